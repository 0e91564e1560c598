"""Whole training runs with every layer, loss and optimizer: NumPy's weights, compiled.

pytestmark = pytest.mark.unoptimised

A backend that cannot compile something has nobody to fall back to here.
"""

import numpy as np
import pytest

import glassnet as gn
from glassnet import optimizers
from glassnet.backends import Numpy
from glassnet.backends.compiled.schedule.sharding import shard_count
from glassnet.graph import Program
from glassnet.layers import Dropout
from glassnet.testing.layers import part_of
from tests.backends.compiled.test_every_op import compiled
from tests.layers.samples import CASES as LAYERS
from tests.layers.samples import inputs_for
from tests.layers.test_every_layer import model_around
from tests.layers.test_every_layer import trained as layer_trained
from tests.losses.samples import CASES as LOSSES

# Rows of a batch that make any layer's step worth a second thread.
SHARED = 20_000
INNER = [case for case in LAYERS if not case[0].startswith("InputLayer")]
# In single precision two right programs drift apart; RPROP's kin go by signs, which jump.
TOLERANCE = {"float64": 1e-9, "float32": 5e-5}
BY_SIGN = {"rprop", "fann_rprop", "sarprop", "quickprop"}


def assert_same(one, other, dtype):
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(a, b, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])


def both_types(cases):
    """Double precision always, single among the slow tests."""
    return [
        pytest.param(*case, dtype, marks=[pytest.mark.slow] if dtype == "float32" else [],
                     id=f"{name}-{dtype}")
        for name, *case in cases
        for dtype in ("float64", "float32")
    ]  # fmt: skip


@pytest.mark.parametrize(("make", "shapes", "dtype"), both_types(INNER))
def test_layers(make, shapes, dtype):
    one, x, history = layer_trained(make, shapes, compiled(), dtype)
    two, _, expected = layer_trained(make, shapes, "numpy", dtype)
    assert history["loss"] == pytest.approx(expected["loss"], rel=TOLERANCE[dtype])
    assert_same(one.get_weights(), two.get_weights(), dtype)
    assert_same([one.predict(x, backend=compiled())], [two.predict(x, backend="numpy")], dtype)


def shared_training(make, shapes, backend):
    """Two steps of a batch large enough to be shared among threads, the second one short."""
    net = model_around(make, shapes)
    x = inputs_for(shapes, rows=SHARED + 999)
    x, rows = (x[0] if len(x) == 1 else x), SHARED + 999
    y = np.linspace(-1, 1, 2 * rows).reshape(rows, 2)
    history = net.fit(x, y, epochs=1, batch_size=SHARED, verbose=0, backend=backend)
    program = net.network.step()
    state = {id(program.inputs[name]) for name in program.state}
    assert shard_count(program.order(), SHARED, state) > 1
    return [*net.get_weights(), np.array(history.history["loss"])]


@pytest.mark.slow
@pytest.mark.parametrize(("make", "shapes"), [c[1:] for c in INNER], ids=[c[0] for c in INNER])
def test_layers_shared_among_threads(make, shapes):
    results = [shared_training(make, shapes, compiled(threads)) for threads in (1, 2, 3)]
    assert_same(results[0], shared_training(make, shapes, "numpy"), "float64")
    for other in results[1:]:
        assert all(a.tobytes() == b.tobytes() for a, b in zip(results[0], other, strict=True))


def loss_trained(make, y_true, y_pred, backend, dtype, reduction):
    """A small network learns the targets of a loss; its outputs suit the loss."""
    loss = make(reduction=reduction)
    shape = y_pred.shape[1:] or (1,)
    ends = {"Poisson": "softplus", "BinaryCrossentropy": "sigmoid"}
    end = ends.get(type(loss).__name__, "softmax" if "Categorical" in type(loss).__name__ else None)
    end = None if getattr(loss, "from_logits", False) else end
    layers = [gn.layers.Dense(5, "tanh"), gn.layers.Dense(int(np.prod(shape)), end)]
    layers += [gn.layers.Reshape(shape)] if len(shape) > 1 else []
    net = gn.Sequential([gn.Input((3,)), *layers], dtype=dtype, seed=2)
    net.compile(gn.optimizers.SGD(0.05), loss)
    x = np.linspace(-1, 1, 3 * len(y_true)).reshape(-1, 3)
    y = y_true.reshape(-1, 1) if y_pred.ndim == 1 else y_true
    history = net.fit(x, y, epochs=5, batch_size=3, verbose=0, backend=backend)
    return net.get_weights(), history.history["loss"]


CASES = [(name, make, y, p) for name, (make, y, p, _) in LOSSES.items()]


@pytest.mark.parametrize(("make", "y_true", "y_pred", "dtype"), both_types(CASES))
def test_losses(make, y_true, y_pred, dtype):
    for reduction in ("mean", "sum"):
        weights, losses = loss_trained(make, y_true, y_pred, compiled(), dtype, reduction)
        expected, numbers = loss_trained(make, y_true, y_pred, "numpy", dtype, reduction)
        assert losses == pytest.approx(numbers, rel=TOLERANCE[dtype])
        assert_same(weights, expected, dtype)


@pytest.mark.parametrize("name", sorted(set(optimizers.FAMILY.names()) - BY_SIGN))
def test_optimizers_in_single_precision(name):
    x, y = np.linspace(-1, 1, 120).reshape(40, 3), np.arange(40) % 3
    found = []
    for backend in (compiled(), "numpy"):
        layers = [gn.layers.Dense(6, "tanh"), gn.layers.Dense(3, "softmax")]
        net = gn.Sequential(layers, seed=1)
        net.compile(name, "sparse_categorical_crossentropy")
        net.fit(x, y, epochs=1, batch_size=16, verbose=0, backend=backend)
        found.append(net.get_weights())
    assert_same(*found, "float32")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(30,), (7, 3)])
def test_dropout_draws_the_very_same_masks(shape, dtype):
    part = part_of(Dropout(0.4), (shape,), is_training=True, dtype=dtype)
    x = np.ones((129, *shape), dtype)
    inputs = [node for node in part.inputs if node.attrs["name"] in ("x1", "seed", "step")]
    program = Program("mask", inputs, {"y": part.output})
    for step in (1, 2, 2**31):
        values = {"x1": x, "seed": np.array(5), "step": np.array(step)}
        found, expected = (b.run(program, values)["y"] for b in (compiled(), Numpy()))
        assert found.tobytes() == expected.tobytes()
        assert 0.3 < np.mean(found == 0) < 0.5
