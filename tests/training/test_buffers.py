"""Buffers: numbers that a layer keeps and replaces itself, which no gradient moves."""

import contextlib
import io

import numpy as np
import pytest

import glassnet as gn
from glassnet.backends import Compiled
from glassnet.errors import GraphError, TrainingError
from glassnet.layers.base import Layer
from glassnet.testing import check_layer
from glassnet.training.callbacks import TrainingWarning
from tests.layers.buffers import CUSTOM, Counter, MovingMean, Scaled

DRAW = np.random.default_rng(4)
X = DRAW.normal(1.0, 1.0, size=(23, 3))
Y = np.sin(X[:, :2])


def chain(optimizer="adam", dtype="float64", units=5, **settings):
    """A chain with all kinds of buffers between two dense layers."""
    layers = [
        gn.Input((3,)),
        gn.layers.Dense(units, "tanh"),
        MovingMean(),
        Counter(),
        Scaled(),
        gn.layers.Dense(2),
    ]
    net = gn.Sequential(layers, dtype=dtype, seed=3, **settings)
    net.compile(optimizer, "mse")
    return net


def twice(optimizer="sgd", trainable=True):
    """Two inputs through one layer with buffers, called twice."""
    a, b = gn.Input((3,)), gn.Input((3,))
    layers = [MovingMean(), Counter(), Scaled()]
    for layer in layers:
        layer.trainable = trainable
    ends = []
    for x in (a, b):
        for layer in layers:
            x = layer(x)
        ends.append(x)
    net = gn.Model([a, b], gn.layers.Dense(2)(gn.layers.Concatenate()(ends)), dtype="float64")
    net.compile(optimizer, "mse")
    return net


def state(net):
    return {name: np.array(value) for name, value in net.network.weights().items()}


def buffers(net):
    weights = list(net.network.topology.weights())
    return {w.name: np.array(w.value) for w in weights if not w.is_parameter}


def assert_same(found, expected, rtol=1e-10):
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=rtol, atol=1e-13, err_msg=name)


@pytest.mark.parametrize("make", [MovingMean, Counter, Scaled])
@pytest.mark.parametrize("shape", [(3,), (4, 3)])
def test_contract(make, shape):
    check_layer(make(), shape)


def test_moving_mean_by_hand():
    net = gn.Sequential([gn.Input((3,)), MovingMean(), Counter()], dtype="float64", seed=0)
    net.compile("sgd", "mse")
    net.fit(X, X, batch_size=8, epochs=2, shuffle=False, verbose=0)
    mean = np.zeros(3)
    for _ in range(2):
        for start in (0, 8, 16):
            mean = 0.75 * mean + 0.25 * X[start : start + 8].mean(axis=0)
    np.testing.assert_allclose(net.layers[0].weights["mean"].value, mean, rtol=1e-12)
    assert net.layers[1].weights["count"].value == 6
    np.testing.assert_allclose(net.predict(X), X - mean, rtol=1e-9)


@pytest.mark.parametrize("batch_size", [1, 8, "full"])
def test_loops_and_numpy_agree(batch_size):
    found = {}
    for backend in ("loops", "numpy"):
        net = chain()
        net.fit(X, Y, batch_size=batch_size, epochs=2, verbose=0, backend=backend)
        found[backend] = state(net)
    assert_same(found["numpy"], found["loops"])


# One row, few rows on few units, many rows, and enough work to be shared among threads.
@pytest.mark.parametrize(
    ("batch_size", "units", "rows"),
    [(1, 5, 23), (8, 5, 23), ("full", 5, 4), ("full", 5, 23), (32, 24, 64)],
)
def test_compiled(batch_size, units, rows):
    x, y = np.resize(X, (rows, 3)), np.resize(Y, (rows, 2))
    net = chain(units=units)
    net.fit(x, y, batch_size=batch_size, epochs=3, verbose=0, backend="numpy")
    other = chain(units=units)
    other.fit(x, y, batch_size=batch_size, epochs=3, verbose=0, backend="compiled")
    assert_same(state(other), state(net))


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_compiled_on_threads(threads):
    draw = np.random.default_rng(0)
    x, y = draw.normal(size=(600, 3)), draw.normal(size=(600, 2))
    net, other = chain(units=200), chain(units=200)
    net.fit(x, y, batch_size=256, epochs=2, verbose=0, backend="numpy")
    other.fit(x, y, batch_size=256, epochs=2, verbose=0, backend=Compiled(threads=threads))
    assert_same(state(other), state(net), rtol=1e-9)


def test_a_layer_called_twice_sees_its_own_last_update():
    net = twice()
    other = DRAW.normal(size=X.shape)
    net.fit([X, other], Y, batch_size="full", epochs=1, verbose=0)
    mean = np.zeros(3)
    for x in (X, other):
        mean = 0.75 * mean + 0.25 * x.mean(axis=0)
    np.testing.assert_allclose(net.layers[0].weights["mean"].value, mean, rtol=1e-12)
    assert net.layers[1].weights["count"].value == 2


@pytest.mark.parametrize("backend", ["loops", "compiled"])
def test_called_twice_on_every_backend(backend):
    one, two = twice("adam"), twice("adam")
    for net, which in ((one, "numpy"), (two, backend)):
        net.seed = 0
        net.fit([X, 2 * X], Y, batch_size=10, epochs=2, verbose=0, backend=which)
    assert_same(state(two), state(one))


@pytest.mark.parametrize("optimizer", ["sgd", "lbfgs"])
def test_frozen_layers_keep_them(optimizer):
    net = chain(optimizer)
    net.build()
    for layer in net.layers[1:4]:
        layer.trainable = False
    before = buffers(net)
    net.fit(X, Y, epochs=2, verbose=0)
    assert_same(buffers(net), before)
    net.layers[2].trainable = True
    net.fit(X, Y, batch_size="full", epochs=2, verbose=0)
    assert net.layers[2].weights["count"].value == 2
    net.trainable = False
    before = buffers(net)
    assert not any(layer.trainable for layer in net.layers) and not net.trainable
    with contextlib.suppress(TrainingError):  # L-BFGS refuses, as there is nothing to train
        net.fit(X, Y, epochs=2, verbose=0)
    assert_same(buffers(net), before)
    frozen = twice(trainable=False)
    before = buffers(frozen)
    frozen.fit([X, X], Y, epochs=1, verbose=0)
    assert_same(buffers(frozen), before)


def test_lbfgs_moves_them_once_an_iteration():
    net = chain("lbfgs")
    history = net.fit(X, Y, epochs=6, verbose=0)
    assert net.layers[2].weights["count"].value == len(history.history["loss"]) > 0
    assert np.all(net.layers[1].weights["mean"].value != 0)


def test_train_on_batch_is_a_step_of_fit():
    one, two = chain(), chain()
    for start in (0, 8, 16):
        one.train_on_batch(X[start : start + 8], Y[start : start + 8])
    two.fit(X, Y, batch_size=8, epochs=1, shuffle=False, verbose=0)
    assert_same(state(one), state(two))


def test_evaluation_and_prediction_leave_them_alone():
    net = chain()
    net.fit(X, Y, epochs=1, verbose=0)
    before = state(net)
    net.predict(X)
    net.evaluate(X, Y, verbose=0)
    net.explain(X[0], Y[0])
    net.diagnose(X, Y)
    net.source(X, Y)
    assert_same(state(net), before, rtol=0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_files(dtype, tmp_path):
    net = chain(dtype=dtype)
    net.fit(X, Y, epochs=2, batch_size=8, verbose=0)
    again = gn.load(net.save(tmp_path / "net.safetensors"), CUSTOM)
    assert_same(state(again), state(net), rtol=0)
    assert np.array_equal(again.predict(X), net.predict(X))
    for one in (net, again):
        one.fit(X, Y, epochs=1, batch_size=8, verbose=0)
    assert_same(state(again), state(net), rtol=0)


def test_resume(tmp_path):
    whole, part = chain(), chain()
    whole.fit(X, Y, epochs=5, batch_size=8, verbose=0)
    path = tmp_path / "run.safetensors"
    keep = gn.callbacks.ModelCheckpoint(path)
    part.fit(X, Y, epochs=2, batch_size=8, verbose=0, callbacks=[keep])
    resumed = chain()
    resumed.fit(X, Y, epochs=5, batch_size=8, verbose=0, resume=path)
    assert_same(state(resumed), state(whole), rtol=0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_set_as_they_are_given(dtype):
    """A buffer without axes too, as an array, as NumPy's number, and as Python's."""
    net, other = chain(dtype=dtype), chain(dtype=dtype)
    net.fit(X, Y, epochs=2, batch_size=8, verbose=0)
    for change in (np.array, lambda w: w * 1.0, np.ndarray.tolist):
        other.set_weights([change(w) for w in net.get_weights()])
        assert_same(state(other), state(net), rtol=0)
        other.set_weights([0.0 * w for w in other.get_weights()])
        assert not any(w.any() for w in other.get_weights())


def test_counted_apart():
    net = chain()
    net.build()
    scaled = net.layers[3]
    assert (scaled.parameter_count, scaled.buffer_count) == (5, 6)
    text = net.summary_text()
    assert "49 parameters, 37 of them trained, 12 non-trainable (12 in buffers)" in text
    scaled.trainable = False
    text = net.summary_text()
    assert "32 of them trained, 17 non-trainable (5 frozen, 12 in buffers)" in text
    assert net.count_params() == 49


def test_explained_as_the_layers_own():
    e = chain("sgd").explain(X[:2], Y[:2])
    moved = [line for line in str(e).splitlines() if "SGD moves" in line]
    assert [line.split(",")[0].strip() for line in moved] == [
        "SGD moves W₁", "SGD moves b₁", "SGD moves s₄", "SGD moves W₅", "SGD moves b₅",
    ]  # fmt: skip
    assert "moving_mean_1 keeps m₂ for the next steps; no gradient moves it" in str(e)
    assert e["new c3"] == 1
    np.testing.assert_allclose(e["new m2"], 0.25 * e["a1"].mean(axis=0))


@pytest.mark.parametrize("style", ["numpy", "loops"])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_printed_programs(style, optimizer):
    net = chain(optimizer)
    net.build()
    text = net.source(X[:12], Y[:12], epochs=2, batch_size=8, style=style)
    assert_program_equals(net, text, batch_size=8)


def test_printed_lbfgs():
    net = chain("lbfgs")
    net.build()
    text = net.source(X[:12], Y[:12], epochs=4, style="numpy")
    assert_program_equals(net, text, epochs=4, rtol=1e-6)


def assert_program_equals(net, text, epochs=2, rtol=1e-9, **settings):
    scope = {"__name__": "program"}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(text, scope)
    net.fit(X[:12], Y[:12], epochs=epochs, verbose=0, **settings)
    for weight in net.network.topology.weights():
        found = np.asarray(scope[weight.symbol], float)
        np.testing.assert_allclose(found, weight.value, rtol=rtol, err_msg=weight.name)


def test_the_forward_program_reads_them():
    net = chain()
    net.fit(X, Y, epochs=2, verbose=0)
    for style in ("numpy", "loops"):
        scope = {}
        exec(net.source(forward_only=True, style=style), scope)
        np.testing.assert_allclose(scope["predict"](X.tolist()), net.predict(X), rtol=1e-9)


class Doubled(Layer):
    """a = x; a buffer that grows beyond all bounds."""

    def build(self, *input_shapes):
        self.add_weight("size", "g", (2,), gn.initializers.Constant(1e300), is_parameter=False)

    def output_shape(self, *input_shapes):
        return input_shapes[0]

    def call(self, context, *inputs):
        self.update(context, "size", self.weight(context, "size") * 10.0)
        return inputs[0]


def test_terminate_on_nan_looks_at_them():
    net = gn.Sequential([gn.Input((3,)), Doubled(), gn.layers.Dense(2)], dtype="float64", seed=0)
    net.compile("sgd", "mse")
    with pytest.warns(TrainingWarning, match="training stopped in epoch 3, batch 3"):
        net.fit(X, Y, batch_size=8, epochs=9, verbose=0)
    assert np.isfinite(net.layers[0].weights["size"].value).all()


class Wrong(Layer):
    """Gives what it should not a new value."""

    def __init__(self, what="", name=None):
        super().__init__(name)
        self.what = what

    def build(self, *input_shapes):
        self.add_weight("w", "w", (3,), "ones")
        self.add_weight("kept", "k", (3,), "ones", is_parameter=False)

    def output_shape(self, *input_shapes):
        return input_shapes[0]

    def call(self, context, *inputs):
        kept = self.weight(context, "kept")
        given = {
            "parameter": (self.weights["w"].name, kept),
            "unknown": ("other.mean", kept),
            "rows": (self.weights["kept"].name, inputs[0]),
            "number": (self.weights["kept"].name, 3.0),
        }
        name, value = given[self.what]
        context.updates[name] = value
        return inputs[0] * self.weight(context, "w")


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("parameter", "a parameter, which the optimizer moves"),
        ("unknown", "no weight of its own; declare a buffer"),
        ("rows", r"float64\(n, 3\), but a node of float64\(3,\)"),
        ("number", r"the new value 3.0, but a node"),
    ],
)
def test_what_is_no_buffer_is_refused(what, message):
    net = gn.Sequential([gn.Input((3,)), Wrong(what), gn.layers.Dense(2)], dtype="float64")
    net.compile("sgd", "mse")
    with pytest.raises(GraphError, match=message):
        net.fit(X, Y, verbose=0)
