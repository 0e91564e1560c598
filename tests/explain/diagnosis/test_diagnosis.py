"""The diagnosis as a whole: it changes nothing, works on whatever fit works on, reads well."""

from __future__ import annotations

import json

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import ArgumentError, DataError, ShapeError
from glassnet.explain.diagnosis import CHECKS, LEVELS, Diagnosis, Finding
from glassnet.layers import Dense, Normalization
from glassnet.optimizers import SGD, Adam
from tests.explain.diagnosis.sick import LABELS, compiled, iris, plain


def everything(net):
    """All numbers a network holds, and the settings that go with them, as they are."""
    network = net.network
    state = network.state
    arrays = {**network.weights(), **state.slots}
    return (
        {name: array.tobytes() for name, array in arrays.items()},
        (state.step, state.epoch, state.seed, net.seed),
        repr(network.optimizer.scalars()), repr(network.loss), net.history,
    )  # fmt: skip


def trained(optimizer):
    net = compiled([Normalization(), Dense(8, "relu"), Dense(3, "softmax")], LABELS, optimizer)
    net.fit(*iris(), epochs=3, verbose=0)
    return net


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rprop", "lbfgs"])
def test_it_changes_nothing(optimizer):
    net = trained(optimizer)
    before = everything(net)
    x, y = iris()
    copies = x.copy(), y.copy()
    net.diagnose(x, y, verbose=0)
    assert everything(net) == before
    assert np.array_equal(x, copies[0]) and np.array_equal(y, copies[1])


def test_training_goes_on_as_if_it_had_not_been():
    one, other = trained("adam"), trained("adam")
    one.diagnose(*iris(), verbose=0)
    for net in (one, other):
        net.fit(*iris(), epochs=2, verbose=0)
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        assert np.array_equal(a, b)


def test_a_network_that_is_not_built_stays_so():
    x, y = iris()
    net = gn.Sequential([Dense(8, "tanh"), Dense(3, "softmax")])
    told = net.diagnose(x, y, verbose=0)
    assert not net.built and net.seed is None and net.loss is None
    assert any("seed 0" in text for text in told.assumptions)
    assert any("SparseCategoricalCrossentropy" in text for text in told.assumptions)
    net.fit(x, y, epochs=1, verbose=0)  # the layers are still free to be built


def test_it_says_the_same_every_time():
    net = plain()
    assert net.diagnose(*iris(), verbose=0).text() == net.diagnose(*iris(), verbose=0).text()


def test_two_inputs_and_nan_in_one_of_them():
    x, y = iris()
    left, right = gn.Input((2,)), gn.Input((2,))
    both = gn.layers.Concatenate()([Dense(4, "tanh")(left), Dense(4, "tanh")(right)])
    net = gn.Model([left, right], Dense(3, "softmax")(both), seed=0)
    net.compile(Adam(0.01), LABELS)
    x[4, 3] = np.nan
    told = net.diagnose([x[:, :2], x[:, 2:]], y, verbose=0)
    assert [found.check for found in told] == ["not_finite"]
    assert "x2[4, 1] is nan" in told[0].evidence
    named = net.diagnose({"x1": x[:, :2], "x2": x[:, 2:]}, y, verbose=0)
    assert named.text() == told.text()


def test_nothing_but_nan():
    told = plain().diagnose(np.full((5, 4), np.nan), np.zeros(5, int), verbose=0)
    assert [found.check for found in told] == ["not_finite"]
    assert told.worst == "problem"


def test_lists_and_weights_of_rows():
    x, y = iris()
    x[0, 0] = np.nan
    weights = np.linspace(0.5, 1, len(y))
    told = plain().diagnose(x.tolist(), y.tolist(), sample_weight=weights, verbose=0)
    assert [found.check for found in told] == ["not_finite"]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (lambda x, y: (x[:, :3], y), ShapeError, "was built for"),
        (lambda x, y: (x, y[:-1]), ShapeError, "149"),
        (lambda x, y: (x, None), ArgumentError, "y is missing"),
        (lambda x, y: (None, y), ArgumentError, "x is missing"),
        (lambda x, y: (x, y + 5), DataError, "labels go from 0 to 2"),
        (lambda x, y: ([["a"] * 4] * 150, y), Exception, "text"),
        (lambda x, y: (x[:0], y[:0]), DataError, "empty"),
    ],
)
def test_what_makes_no_sense_is_refused_as_by_fit(arguments, error, message):
    net = plain()
    net.build((None, 4))
    given = arguments(*iris())
    texts = []
    for call in (lambda: net.fit(*given, verbose=0), lambda: net.diagnose(*given, verbose=0)):
        with pytest.raises(error, match=message) as caught:
            call()
        texts.append(str(caught.value))
    assert texts[0] == texts[1]


def test_other_arguments_are_checked():
    net = plain()
    with pytest.raises(ArgumentError, match="did you mean 'dead_units'"):
        net.diagnose(*iris(), checks=["dead_unit"])
    with pytest.raises(ArgumentError, match="must be a list of names"):
        net.diagnose(*iris(), checks=3)
    with pytest.raises(ArgumentError, match="batch_size"):
        net.diagnose(*iris(), batch_size=0)
    with pytest.raises(ArgumentError, match=r"must be \(x, y\)"):
        net.diagnose(*iris(), validation_data=3)
    with pytest.raises(ArgumentError, match="verbose"):
        net.diagnose(*iris(), verbose=7)


def test_other_rows_show_learning_by_heart():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(80, 20)), rng.integers(0, 2, 80)
    net = compiled([Dense(32, "relu"), Dense(2, "softmax")], LABELS, Adam(0.01))
    net.fit(x[:40], y[:40], epochs=60, verbose=0)
    (found,) = net.diagnose(x[:40], y[:40], (x[40:], y[40:]), verbose=0).of("overfitting")
    assert found.level == "warning"
    assert found.numbers["train"] > 0.9 and found.numbers["test"] < 0.2


def test_many_rows_are_sampled_and_it_says_so():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(30_000, 5)).astype("float32")
    net = compiled([Dense(8, "tanh"), Dense(2, "softmax")], LABELS, Adam(0.01))
    told = net.diagnose(x, (x[:, 0] * x[:, 1] > 0).astype(int), verbose=0)
    assert told.rows == 30_000 and told.rows_used == 2_000
    assert "It looked at 2,000 of the 30,000 rows" in told.text()


# Shown ------------------------------------------------------------------------------------

FINDINGS = [
    Finding("note", "Small", "It is 1.", "Nothing.", "a"),
    Finding("problem", "Large <b>", "It is 3 & more.", "All.", "b", {"size": float("inf")}),
    Finding("warning", "Middling", "It is 2.", "Some.", "c"),
]
TOLD = Diagnosis(FINDINGS, ["a", "b", "c"], {"d": "it is dark"}, ["It rains."], "A net", 10, 5)


def test_it_is_a_list_the_gravest_first():
    assert [found.level for found in TOLD] == list(reversed(LEVELS))
    assert len(TOLD) == 3 and TOLD.worst == "problem" and TOLD[-1].title == "Small"
    assert TOLD.of("c") == [FINDINGS[2]]
    assert not Diagnosis([]) and Diagnosis([]).worst is None


def test_as_text():
    assert TOLD.text() == (
        "A net\n3 checks made: 1 problem, 1 warning, 1 note.\n\n"
        "problem: Large <b>\n  It is 3 & more.\n  Try: All.\n\n"
        "warning: Middling\n  It is 2.\n  Try: Some.\n\n"
        "note: Small\n  It is 1.\n  Try: Nothing.\n\n"
        "  It rains.\n  It looked at 5 of the 10 rows, drawn at random.\n"
        "  1 more check says nothing here; .skipped has the reason."
    )
    assert "\x1b" not in str(TOLD) and "\x1b[1;31mproblem" in TOLD.text(colour=True)
    assert Diagnosis([], ["a"]).headline == "1 check made; nothing wrong was found."


def test_colours_come_in_a_terminal_only(monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[" in str(TOLD)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in str(TOLD)


def test_as_html():
    page = TOLD._repr_html_()
    assert "Large &lt;b&gt;" in page and "3 &amp; more" in page and "<b>problem</b>" not in page
    assert page.count("border-left") == 3


def test_as_json():
    told = json.loads(TOLD.to_json())
    assert told["worst"] == "problem" and told["findings"][0]["numbers"] == {"size": None}
    assert told["skipped"] == {"d": "it is dark"} and told["rows_used"] == 5


def test_every_check_says_what_it_looks_at():
    for name, one in CHECKS.items():
        assert one.about.endswith(".") and len(one.about) > 20, name


def test_a_schedule_and_a_frozen_layer():
    schedule = gn.optimizers.ExponentialDecay(0.1, 100, 0.9)
    net = compiled([Dense(8, "tanh"), Dense(3, "softmax")], LABELS, SGD(schedule))
    net.layers[0].trainable = False
    told = net.diagnose(*iris(), verbose=0)
    assert "learning_rate" in told.checked and not told.worst


def test_a_column_that_float32_blurs_is_not_called_constant():
    x = np.column_stack([1e6 + 0.01 * (-1.0) ** np.arange(40), np.arange(40) % 7, np.full(40, 3.0)])
    net = gn.Sequential([gn.layers.Dense(1)], seed=0)
    net.compile("sgd", "mse")
    told = net.diagnose(x, x[:, 1:2], checks=["constant_columns", "unscaled"], verbose=0)
    assert told.of("constant_columns")[0].numbers == {"columns": 1}
    assert "2" in told.of("constant_columns")[0].evidence
    assert told.of("unscaled")[0].level == "problem"


@pytest.mark.parametrize("spread", [1e-3, 1.0, 1e5])
@pytest.mark.parametrize("weight", [1.0, None, 1e-6])
def test_weights_that_stand_for_the_unit_of_the_targets_are_right(spread, weight):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 3))
    y = (spread * (x @ [1.0, 2.0, -1.0]))[:, None]
    net = gn.Sequential([gn.layers.Dense(4, "tanh"), gn.layers.Dense(1)], seed=0, dtype="float64")
    net.compile(gn.optimizers.Adam(0.01), "mse")
    weights = np.full(60, weight if weight is not None else 1 / y.var())
    found = net.diagnose(x, y, sample_weight=weights, verbose=0).of("sample_weights")
    scaled = weights[0] * y.var()
    assert bool(found) == (not 1 / 30 <= scaled <= 30 and not 1 / 30 <= weights[0] <= 30)
