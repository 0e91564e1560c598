"""Networks that are trained for several outputs: compile, fit, evaluate, predict, files."""

import contextlib
import itertools
import pickle  # noqa: TID251 - users send models to other processes
import tempfile

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import (
    ArgumentError,
    DataError,
    FileFormatError,
    ShapeError,
    TrainingError,
)
from glassnet.formats import safetensors
from tests.formats.python import programs
from tests.models.several import CLASSES, N_IN, ROWS, drawn, expected_losses

L = gn.layers
SEEDS = range(12)
draw = np.random.default_rng(1)
X = draw.normal(size=(20, 3))
A, B = draw.normal(size=(20, 1)), draw.integers(0, 3, 20)


def network(**settings):
    x = gn.Input((3,))
    h = L.Dense(4, "tanh", name="h")(x)
    a, b = L.Dense(1, name="a")(h), L.Dense(3, "softmax", name="b")(h)
    return gn.Model(x, [a, b], seed=0, **settings)


def compiled(**settings):
    net = network(dtype="float64")
    net.compile("sgd", settings.pop("loss", ["mse", "sparse_categorical_crossentropy"]), **settings)
    return net


# The numbers ----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_losses_are_those_of_the_predictions(seed):
    case = drawn(seed)
    found = case.net.evaluate(case.x, case.y, sample_weight=case.sample_weight, verbose=0)
    expected = expected_losses(case)
    assert list(found.names) == list(expected)
    np.testing.assert_allclose(list(found), list(expected.values()), rtol=1e-9)
    pieces = case.net.evaluate(
        case.x, case.y, batch_size=4, sample_weight=case.sample_weight, verbose=0
    )
    np.testing.assert_allclose(list(pieces), list(found), rtol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("size", [4, "full"])
def test_an_epoch_without_steps_has_the_numbers_of_an_evaluation(seed, size):
    case = drawn(seed, optimizer=gn.optimizers.SGD(0.0))
    has_dropout = any(isinstance(layer, L.Dropout) for layer in case.net.layers)
    settings = {"sample_weight": case.sample_weight, "verbose": 0}
    known = case.net.evaluate(case.x, case.y, **settings)
    history = case.net.fit(
        case.x, case.y, batch_size=size, validation_data=(case.x, case.y), **settings
    ).history
    assert list(history) == [*known.names, *(f"val_{name}" for name in known.names)]
    found = [history[name][0] for name in known.names]
    if not has_dropout:
        np.testing.assert_allclose(found, list(known), rtol=1e-12)
    if case.sample_weight is None:
        val = [history[f"val_{name}"][0] for name in known.names]
        np.testing.assert_allclose(val, list(known), rtol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_backends_agree(seed):
    runs = []
    for backend in ("numpy", "loops"):
        case = drawn(seed)
        history = case.net.fit(
            case.x, case.y, batch_size=4, epochs=2, verbose=0, backend=backend,
            sample_weight=case.sample_weight,
        ).history  # fmt: skip
        runs.append((case.net.get_weights(), history))
    for a, b in zip(runs[0][0], runs[1][0], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)
    for name, curve in runs[0][1].items():
        np.testing.assert_allclose(curve, runs[1][1][name], rtol=1e-9)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_compiled_backend_agrees(seed):
    found = []
    for backend in ("numpy", "compiled"):
        case = drawn(seed)
        case.net.fit(case.x, case.y, batch_size=4, epochs=3, verbose=0, backend=backend)
        found.append(case.net.get_weights())
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("style", ["numpy", "loops"])
def test_a_printed_program_trains_as_fit_does(seed, style):
    case = drawn(seed)
    weights = {} if case.sample_weight is None else {"sample_weight": case.sample_weight}
    for size in (4, "full"):
        # The slope of TanhError is a np.where that computes both of its sides.
        with np.errstate(invalid="ignore"):
            programs.check(
                case.net, case.x, case.y, batch_size=size, style=style, rtol=1e-9, **weights
            )


@pytest.mark.parametrize("seed", [0, 3, 5])
def test_a_printed_program_tells_the_loss_of_the_epoch(seed, capsys):
    case = drawn(seed)
    history = case.net.fit(case.x, case.y, epochs=2, batch_size=4, verbose=0).history
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        case = drawn(seed)
        path = case.net.save_source("net.py", case.x, case.y, epochs=2, batch_size=4)
        scope = {"__name__": "program", "__file__": str(path.absolute())}
        exec(compile(path.read_text(), "<program>", "exec"), scope)
    printed = [float(line.rpartition(" ")[2]) for line in capsys.readouterr().out.splitlines()]
    np.testing.assert_allclose(printed, history["loss"], rtol=1e-5)


def test_lbfgs_trains_the_sum_of_the_losses():
    net = compiled(loss_weights={"b": 0.5})
    net.compile(gn.optimizers.LBFGS(), {"a": "mse", "b": "sparse_categorical_crossentropy"})
    before = net.evaluate(X, [A, B], verbose=0).loss
    history = net.fit(X, [A, B], epochs=20, verbose=0)
    assert history.history["loss"][-1] < 0.8 * before
    programs.check(net, X, [A, B], epochs=3, batch_size="full", rtol=1e-6)


def test_an_infinite_loss_of_one_output_ends_the_run():
    net = compiled(loss=["mse", "sparse_categorical_crossentropy"])
    net.optimizer.learning_rate = 1e200
    with pytest.warns(UserWarning, match="went bad"):
        history = net.fit(X, [A * 1e150, B], epochs=3, verbose=0)
    assert "became" in history.stopped or "bad" in history.stopped
    assert all(np.isfinite(weight).all() for weight in net.get_weights())


# Forms ----------------------------------------------------------------------------------

FORMS = {
    "lists": ({}, [A, B], None),
    "dicts": (
        {"loss": {"b": "sparse_categorical_crossentropy", "a": "mse"}},
        {"b": B, "a": A},
        None,
    ),
    "weights of one for all": ({"loss_weights": 1.0}, (A, B), np.ones(20)),
    "a list of weights": ({"loss_weights": [1, 1]}, [A, B], [np.ones(20), None]),
    "a dict of weights": ({"loss_weights": {"a": 1.0}}, [A, B], {"b": np.ones(20)}),
    "a plain list of weights": ({}, [A.tolist(), B.tolist()], [1.0] * 20),
}


@pytest.mark.parametrize("form", FORMS)
def test_forms_mean_the_same(form):
    settings, y, weight = FORMS[form]
    plain, net = compiled(), compiled(**settings)
    plain.fit(X, [A, B], epochs=2, verbose=0)
    net.fit(X, y, epochs=2, verbose=0, sample_weight=weight)
    for a, b in zip(plain.get_weights(), net.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


METRICS = [
    {"b": "accuracy"},
    {"b": ["accuracy"], "a": None},
    [None, "accuracy"],
    [[], ["accuracy"]],
]


@pytest.mark.parametrize("metrics", METRICS)
def test_metrics_have_the_name_of_their_output(metrics):
    net = compiled(metrics=metrics)
    assert list(net.evaluate(X, [A, B], verbose=0).names) == [
        "loss", "a_loss", "b_loss", "b_accuracy",
    ]  # fmt: skip


def test_metrics_of_several_outputs_are_computed_for_each():
    net = compiled(metrics={"a": ["mae", "r2"], "b": ["f1", "accuracy"]})
    scores = net.evaluate(X, [A, B], verbose=0)
    a, b = net.predict(X)
    assert scores["a_mean_absolute_error"] == pytest.approx(np.abs(a - A).mean())
    assert scores["a_r2"] == pytest.approx(gn.metrics.r2(A, a))
    assert scores["b_accuracy"] == pytest.approx(np.mean(b.argmax(axis=1) == B))
    assert scores["b_f1"] == pytest.approx(gn.metrics.f1(B, b))
    history = net.fit(X, [A, B], epochs=2, validation_split=0.3, verbose=0).history
    assert set(history) == {*scores.names, *(f"val_{name}" for name in scores.names)}
    assert list(net.train_on_batch(X, [A, B]).names) == list(scores.names)
    assert net.test_on_batch(X, [A, B]).names == scores.names


def test_an_output_may_be_left_untrained():
    net = network(dtype="float64")
    net.compile("sgd", {"a": "mse", "b": None}, metrics={"a": "mae"})
    before = net.get_weights()
    history = net.fit(X, {"a": A}, epochs=2, verbose=0).history
    assert list(history) == ["loss", "a_mean_absolute_error"]
    after = net.get_weights()
    assert np.array_equal(before[4], after[4]) and not np.array_equal(before[2], after[2])
    net.fit(X, [A, None], verbose=0)
    assert net.evaluate(X, [A, B], verbose=0).loss == net.evaluate(X, {"a": A}, verbose=0).loss
    programs.check(net, X, {"a": A}, rtol=1e-9)


def test_without_compile_every_output_has_a_loss_that_suits_it():
    net = network()
    history = net.fit(X, [A, B], verbose=0).history
    assert list(history) == ["loss", "a_loss", "b_loss", "b_accuracy"]
    names = {name: type(loss).__name__ for name, loss in net.loss.items()}
    assert names == {"a": "MeanSquaredError", "b": "SparseCategoricalCrossentropy"}
    assert "output b: loss SparseCategorical" in net.summary_text()
    assert "(chosen by default)" in net.summary_text()
    alone = network()
    assert list(alone.fit(X, {"b": B}, verbose=0).history) == ["loss", "b_accuracy"]


def test_a_network_with_one_output_takes_the_same_forms():
    found = []
    for loss, metrics, weights in (
        ("mse", ["mae"], None), ({"a": "mse"}, {"a": "mae"}, {"a": 1.0}), (["mse"], [["mae"]], [1])
    ):  # fmt: skip
        net = gn.Sequential([gn.Input((3,)), L.Dense(1, name="a")], seed=0)
        net.compile("sgd", loss, metrics, weights)
        found.append(net.fit(X, A, epochs=2, verbose=0).history)
    assert found[0] == found[1] == found[2]
    half = gn.Sequential([gn.Input((3,)), L.Dense(1)], seed=0)
    half.compile("sgd", {"dense_1": "mse"}, loss_weights=0.5)
    whole = gn.Sequential([gn.Input((3,)), L.Dense(1)], seed=0)
    whole.compile("sgd", "mse")
    assert half.evaluate(X, A, verbose=0).loss == pytest.approx(
        0.5 * whole.evaluate(X, A, verbose=0).loss
    )


def test_a_layer_that_makes_two_outputs_gives_them_two_names():
    a, b = gn.Input((2,)), gn.Input((2,))
    shared = L.Dense(1, name="d")
    net = gn.Model([a, b], [shared(a), shared(b)], seed=0)
    assert net.output_names == ["d", "d_2"]
    net.compile("sgd", "mse")
    history = net.fit([X[:, :2], X[:, 1:]], [A, A], verbose=0).history
    assert list(history) == ["loss", "d_loss", "d_2_loss"]


# What is refused ------------------------------------------------------------------------

REFUSED = [
    (lambda net: net.compile("sgd", {"a": "mse"}), "says nothing for the output 'b'"),
    (lambda net: net.compile("sgd", {"a": "mse", "c": "mse"}), "the outputs of this network are"),
    (lambda net: net.compile("sgd", ["mse"]), "a list of 1, but this network has 2 outputs"),
    (lambda net: net.compile("sgd", {"a": None, "b": None}), "no output has a loss"),
    (lambda net: net.compile("sgd", "mse", ["mae"]), "metrics is a list of 1"),
    (lambda net: net.compile("sgd", "mse", "mae"), "give their metrics as a dict by these names"),
    (lambda net: net.compile("sgd", "mse", {"c": "mae"}), "metrics names the output 'c'"),
    (lambda net: net.compile("sgd", ["mse", None], {"b": "acc"}), "has metrics but no loss"),
    (lambda net: net.compile("sgd", "mse", None, {"c": 1}), "loss_weights names the output 'c'"),
    (lambda net: net.compile("sgd", "mse", None, [1]), "loss_weights is a list of 1"),
    (lambda net: net.compile("sgd", "mse", None, {"a": "x"}), "loss_weights holds 'x'"),
    (lambda net: net.compile("sgd", "mse", None, np.nan), "loss_weights holds nan"),
    (lambda net: net.compile("sgd", "mse", {"a": ["mae", "mae"]}), "'a_mean_absolute_error'"),
    (lambda net: net.fit(X, A, verbose=0), "has the outputs a, b, but y is one ndarray"),
    (lambda net: net.fit(X, [A], verbose=0), "y is a list of 1"),
    (lambda net: net.fit(X, {"a": A}, verbose=0), "'b': y has nothing for it"),
    (lambda net: net.fit(X, {"a": A, "c": B}, verbose=0), "y names the output 'c'"),
    (lambda net: net.fit(X, [A, B[:5]], verbose=0), r"y\['b'\] has 5"),
    (lambda net: net.fit(X, [A, B + 7], verbose=0), "the output 'b'"),
    (lambda net: net.fit(X, [A, B], sample_weight=[np.ones(20)] * 3, verbose=0), "a list of 3"),
    (lambda net: net.fit(X, [A, B], sample_weight={"a": -A[:, 0]}, verbose=0), "output 'a'"),
    (lambda net: net.fit(X, [A, B], class_weight={0: 1}, verbose=0), "networks with one output"),
]


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_what_is_refused(number):
    act, message = REFUSED[number]
    net = compiled()
    before = net.get_weights()
    with pytest.raises((ArgumentError, ShapeError, DataError, TrainingError), match=message):
        act(net)
    assert all(map(np.array_equal, before, net.get_weights()))
    assert set(net.loss) == {"a", "b"}


# Files and copies -----------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_a_saved_model_trains_on_as_one_that_was_not(seed, tmp_path):
    case = drawn(seed)
    settings = {"epochs": 2, "batch_size": 4, "verbose": 0, "sample_weight": case.sample_weight}
    case.net.fit(case.x, case.y, **settings)
    loaded = gn.load(case.net.save(tmp_path / "net.safetensors"))
    copied = pickle.loads(pickle.dumps(case.net))
    assert {name: repr(loss) for name, loss in loaded.loss.items()} == {
        name: repr(loss) for name, loss in case.net.loss.items()
    }
    histories = [net.fit(case.x, case.y, **settings).history for net in (case.net, loaded, copied)]
    assert histories[0] == histories[1] == histories[2]
    for other in (loaded, copied):
        assert all(map(np.array_equal, case.net.get_weights(), other.get_weights()))


def test_metrics_weights_and_kinds_are_in_the_file(tmp_path):
    net = compiled(metrics={"b": ["accuracy"], "a": ["mae"]}, loss_weights={"a": 0.25})
    net.fit(X, [A, B], verbose=0)
    loaded = gn.load(net.save(tmp_path / "net.safetensors"))
    assert loaded.evaluate(X, [A, B], verbose=0) == net.evaluate(X, [A, B], verbose=0)
    assert loaded.network.targets == net.network.targets
    untrained = network()
    untrained.compile("sgd", {"a": None, "b": "sparse_categorical_crossentropy"})
    again = gn.load(untrained.save(tmp_path / "net.safetensors"))
    assert list(again.loss) == ["b"] and again.output_names == ["a", "b"]


DAMAGE = {
    "another order": lambda goals: goals.reverse(),
    "an output twice": lambda goals: goals.append(goals[0]),
    "no output": lambda goals: goals.clear(),
    "an output that is not there": lambda goals: goals[0].update(output=2),
    "no number": lambda goals: goals[0].update(output=True),
    "a weight in words": lambda goals: goals[0].update(loss_weight="1"),
    "an infinite weight": lambda goals: goals[0].update(loss_weight=float("inf")),
    "no list of metrics": lambda goals: goals[0].update(metrics=3),
    "no loss": lambda goals: goals[0].pop("loss"),
    "a kind of no targets": lambda goals: goals[0].update(targets=["some", 0, 1]),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_goals_in_a_file_are_refused(damage, tmp_path):
    path = compiled(loss_weights={"a": 0.5}).save(tmp_path / "net.safetensors")
    tensors, description = safetensors.read(path)
    DAMAGE[damage](description["compile"]["goals"])
    safetensors.write(path, tensors, description)
    with pytest.raises(FileFormatError, match=r"cannot be (read|used)"):
        gn.load(path)


def test_a_run_is_resumed_to_the_same_bits(tmp_path):
    def run(epochs, **settings):
        case = drawn(3)
        case.net.fit(
            case.x, case.y, epochs=epochs, batch_size=4, verbose=0, validation_split=0.2,
            sample_weight=case.sample_weight, **settings,
        )  # fmt: skip
        return case.net

    path = tmp_path / "run.safetensors"
    whole = run(4)
    run(2, callbacks=[gn.callbacks.ModelCheckpoint(path)])
    resumed = run(4, resume=path)
    assert all(map(np.array_equal, whole.get_weights(), resumed.get_weights()))
    assert whole.history.history == resumed.history.history
    other = drawn(3)
    other.net.compile("adam", dict(other.net.loss), loss_weights=[3.0] * len(other.names))
    with pytest.raises(ArgumentError, match=r"losses and metrics|optimizer"):
        other.net.fit(other.x, other.y, epochs=4, batch_size=4, verbose=0, resume=path)


# Callbacks ------------------------------------------------------------------------------


def test_callbacks_watch_the_numbers_of_an_output():
    net = compiled(metrics={"b": ["f1"]})
    stop = gn.callbacks.EarlyStopping("val_b_f1", patience=1)
    doctor = gn.callbacks.Doctor(verbose=0)
    watcher = gn.callbacks.Snapshots(X, [A, B])
    history = net.fit(
        X, [A, B], epochs=6, validation_split=0.3, verbose=0, callbacks=[stop, doctor, watcher]
    )
    assert history.best("val_b_f1")[1] == max(history.history["val_b_f1"])
    assert [part.shape for part in watcher.predictions[0]] == [(20, 1), (20, 3)]
    assert len(watcher.losses) == len(watcher.epochs)


NAMES = ["acc", "precision_head", "a", "loss", "r2"]


@pytest.mark.parametrize(("output", "prefix"), list(itertools.product(NAMES, ["", "val_"])))
def test_the_better_direction_is_that_of_the_metric_not_of_the_output(output, prefix):
    from glassnet.training.history import mode_of

    for metric in ("loss", "mean_absolute_error", "mean_squared_error", "bit_fail"):
        assert mode_of(f"{prefix}{output}_{metric}") == "min"
    for metric in ("accuracy", "f1", "precision", "recall", "r2", "roc_auc", "exact_match"):
        assert mode_of(f"{prefix}{output}_{metric}") == "max"


@pytest.mark.parametrize("seed", [0, 1])
def test_a_predictor_returns_every_output(seed):
    case = drawn(seed)
    found = case.net.predictor()(case.x[0])
    assert len(found) == len(case.names)
    for one, array in zip(found, case.net.predict(case.x[:1]), strict=True):
        np.testing.assert_allclose(one, array[0], rtol=1e-12)


def test_targets_of_one_axis_are_a_column_for_every_output():
    found = [
        compiled(loss=["mse", "sparse_categorical_crossentropy"]).fit(X, [y, B], verbose=0).history
        for y in (A, A[:, 0])
    ]
    assert found[0] == found[1]


def test_sizes_of_the_cases():
    case = drawn(0)
    assert case.x.shape == (ROWS, N_IN)
    assert [array.shape for array in case.net.predict(case.x)] == [(ROWS, CLASSES)] * len(case.y)
