"""The loss of an epoch is what ``evaluate`` gives, with penalties and with weights of samples."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import ArgumentError, DataError
from tests.losses.samples import SAMPLES

ROWS = 11
PENALTIES = {
    "no penalty": {},
    "L2": {"kernel_regularizer": "l2"},
    "L1 and both": {
        "kernel_regularizer": {"class": "L1", "l1": 0.3},
        "bias_regularizer": {"class": "L1L2", "l1": 0.1, "l2": 0.2},
    },
}
# What has to stand before a loss that takes no quantity of any size.
BEHIND = {
    "Poisson": "softplus",
    "BinaryCrossentropy": "sigmoid",
    "CategoricalCrossentropy": "softmax",
}
BEHIND["SparseCategoricalCrossentropy"] = "softmax"
ROUNDS = [(name, reduction) for name in SAMPLES for reduction in ("mean", "sum")]


def case(name, reduction, penalty, rate=0.0, optimizer=None):
    make, y, _, _ = SAMPLES[name][0]
    outputs = 3
    end = BEHIND.get(name)
    layers = [
        gn.Input((2,)),
        gn.layers.Dense(4, "tanh", bias_initializer="random_normal", **PENALTIES[penalty]),
        gn.layers.Dense(outputs, end, bias_initializer="random_normal", **PENALTIES[penalty]),
    ]
    net = gn.Sequential(layers, dtype="float64", seed=5)
    net.compile(optimizer or gn.optimizers.SGD(rate), loss=make(reduction=reduction))
    draw = np.random.default_rng(6)
    take = np.arange(ROWS) % len(y)
    return net, draw.normal(size=(ROWS, 2)), y[take], draw.uniform(0, 3, ROWS)


def expected(net, x, y, weights):
    """Return the loss by hand: that of the samples, and the penalties once."""
    each = np.array([net.loss(y[n : n + 1], net.predict(x[n : n + 1])) for n in range(len(x))])
    each = each if weights is None else each * weights
    total = each.mean() if net.loss.reduction == "mean" else each.sum()
    for layer in net.layers:
        for weight in layer.weights.values():
            rule, value = weight.regularizer, weight.value
            if rule is not None:
                total += getattr(rule, "l1", 0) * np.abs(value).sum()
                total += getattr(rule, "l2", 0) * np.square(value).sum()
    return total


@pytest.mark.parametrize("weighted", [False, True], ids=["", "sample weights"])
@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize(("name", "reduction"), ROUNDS)
def test_every_way_to_a_loss_gives_the_same(name, reduction, penalty, weighted):
    net, x, y, w = case(name, reduction, penalty)
    settings = {"sample_weight": w} if weighted else {}
    right = pytest.approx(expected(net, x, y, w if weighted else None), rel=1e-12)
    held = (x, y, w) if weighted else (x, y)
    for size in (1, 3, 4, "full"):
        history = net.fit(
            x, y, batch_size=size, validation_data=held, verbose=0, **settings
        ).history
        assert history["loss"] == [right], size
        assert history["val_loss"] == [right], size
        assert net.evaluate(x, y, batch_size=size, **settings)["loss"] == right
    assert net.train_on_batch(x, y, **settings)["loss"] == right
    assert net.test_on_batch(x, y, **settings)["loss"] == right


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("name", ["MeanSquaredError", "CategoricalCrossentropy"])
def test_lbfgs_reports_the_same(name, reduction):
    lbfgs = gn.optimizers.LBFGS()
    net, x, y, w = case(name, reduction, "L2", optimizer=lbfgs)
    history = net.fit(x, y, sample_weight=w, epochs=3, verbose=0).history["loss"]
    assert history[-1] == pytest.approx(expected(net, x, y, w), rel=1e-12)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("backend", ["loops", "numpy", "compiled"])
def test_every_backend_reports_the_same(backend, reduction):
    net, x, y, _ = case("MeanSquaredError", reduction, "L1 and both")
    right = expected(net, x, y, None)
    history = net.fit(x, y, batch_size=4, epochs=2, backend=backend, verbose=0).history
    assert history["loss"] == pytest.approx([right, right], rel=1e-12)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_while_weights_change_the_penalties_are_a_mean_over_the_samples(reduction):
    """Each batch alone, put together by hand."""
    net, x, y, _ = case("HalfSumSquaredError", reduction, "L2", rate=0.02)
    other = case("HalfSumSquaredError", reduction, "L2", rate=0.02)[0]
    history = net.fit(x, y, batch_size=4, epochs=1, shuffle=False, verbose=0).history["loss"]
    found = 0.0
    for start in range(0, ROWS, 4):
        rows = slice(start, start + 4)
        share = len(x[rows]) / ROWS
        bare = sum(
            float(other.loss(y[n : n + 1], other.predict(x[n : n + 1]))) for n in range(ROWS)[rows]
        )
        whole = expected(other, x[rows], y[rows], None)
        penalty = whole - (bare if reduction == "sum" else bare / len(x[rows]))
        found += (bare if reduction == "sum" else bare / ROWS) + share * penalty
        other.train_on_batch(x[rows], y[rows])
    assert history == [pytest.approx(found, rel=1e-10)]
    for one, two in zip(net.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-12)


@pytest.mark.parametrize("style", ["numpy", "loops"])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("size", [4, "full"])
def test_a_printed_program_reports_the_same(reduction, style, size, capsys):
    net, x, y, _ = case("HalfSumSquaredError", reduction, "L1 and both", rate=0.001)
    text = net.source(x, y, epochs=2, batch_size=size, style=style)
    history = net.fit(x, y, epochs=2, batch_size=size, verbose=0).history["loss"]
    exec(compile(str(text), "printed", "exec"), {"__name__": "__main__"})
    last = float(capsys.readouterr().out.split()[-1])
    assert last == pytest.approx(history[-1], rel=1e-5)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_an_account_has_the_loss_of_its_sample(reduction):
    net, x, y, _ = case("HalfSumSquaredError", reduction, "L2")
    right = expected(net, x[:1], y[:1], None)
    text = str(net.explain(x[0], y[0]))
    assert f"{right:.6g}" in text


def test_an_infinite_penalty_of_a_sum_is_seen():
    layers = [gn.Input((2,)), gn.layers.Dense(1, kernel_regularizer={"class": "L2", "l2": 1e38})]
    net = gn.Sequential(layers, seed=0)
    net.compile(gn.optimizers.SGD(1e-45), loss="sse")
    net.build((None, 2))
    net.set_weights([np.full((2, 1), 1e6, "f4"), np.zeros(1, "f4")])
    with pytest.warns(gn.callbacks.TrainingWarning, match="penalty|loss"):
        net.fit(np.ones((4, 2)), np.ones((4, 1)), batch_size=2, verbose=0)


# Class weights ---------------------------------------------------------------------------


def fit_weighted(name, class_weight, y=None, dtype="float32", from_logits=None, sample_weight=None):
    net, x, targets, _ = case(name, "mean", "no penalty")
    targets = targets if y is None else y
    units = targets.shape[-1] if targets.ndim > 1 else 3
    net = gn.Sequential(
        [gn.Input((2,)), gn.layers.Dense(units, BEHIND.get(name))], dtype=dtype, seed=1
    )
    net.compile("sgd", loss=type(gn.losses.get(name))())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net.fit(x, targets, class_weight=class_weight, sample_weight=sample_weight, verbose=0)


HOT = np.eye(3)[np.arange(ROWS) % 3]
LABELS = np.arange(ROWS) % 3
YES = (np.arange(ROWS) % 2.0)[:, None]
TAKES = {
    "CategoricalCrossentropy": HOT,
    "SparseCategoricalCrossentropy": LABELS,
    "BinaryCrossentropy": YES,
}


@pytest.mark.parametrize("weight", ["balanced", {0: 2.0}])
@pytest.mark.parametrize("name", SAMPLES)
def test_only_losses_of_classes_take_class_weights(name, weight):
    if name in TAKES:
        fit_weighted(name, weight, TAKES[name])
        return
    for y in (HOT, YES, np.ones((ROWS, 2)), np.random.default_rng(0).uniform(size=(ROWS, 2))):
        with pytest.raises(
            ArgumentError, match=r"classes, but y with .* holds quantities; use sam"
        ):
            fit_weighted(name, weight, y)


@pytest.mark.parametrize(
    ("name", "y", "message"),
    [
        ("BinaryCrossentropy", HOT, "holds several yes or no answers a sample"),
        ("BinaryCrossentropy", YES * 0.5, r"0 or 1, but y\[1\] is 0.5"),
        ("CategoricalCrossentropy", np.full((ROWS, 2), 0.5), r"y\[0\] gives several classes"),
    ],
)
def test_targets_that_are_no_single_class(name, y, message):
    with pytest.raises(ArgumentError, match=message):
        fit_weighted(name, "balanced", y)


@pytest.mark.parametrize("name", TAKES)
@pytest.mark.parametrize(
    "table",
    [{0: -1.0}, {0: float("nan")}, {0: float("inf")}, {0: 1e300}, {0: 10**400}, {0: None},
     {0: "2"}, {0: True}, {-1: 1.0}, {3: 1.0}, {0.0: 1.0}, {"0": 1.0}, {True: 1.0}, {None: 1.0},
     [1, 2], "even", 3.0, {1: np.float64("nan")}, {1: 1j}],
    ids=str,
)  # fmt: skip
def test_class_weights_that_make_no_sense(name, table):
    with pytest.raises(ArgumentError, match="class_weight"):
        fit_weighted(name, table, TAKES[name])


def test_weights_that_overflow_only_in_single_precision_or_together():
    with pytest.raises(ArgumentError, match=r"class 0 is 1e\+300, too large for float32"):
        fit_weighted("SparseCategoricalCrossentropy", {0: 1e300}, LABELS)
    with pytest.raises(
        DataError, match="sample_weight times class_weight is too large for float32"
    ):
        fit_weighted(
            "SparseCategoricalCrossentropy", {0: 1e30}, LABELS, sample_weight=np.full(ROWS, 1e30)
        )
    with pytest.raises(DataError, match="too large for float32"):
        fit_weighted("MeanSquaredError", None, HOT, sample_weight=np.full(ROWS, 1e300))
