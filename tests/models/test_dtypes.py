"""A network keeps its precision: no setting, of whatever type it is, changes it anywhere in a step.

Every layer, activation, loss, optimizer, schedule, clipping, metric, regularizer and initializer,
with settings as lists, arrays and NumPy numbers of either precision.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import glassnet as gn
from glassnet import activations, losses, metrics, ops, optimizers
from glassnet.errors import ArgumentError
from glassnet.graph import constant, input_node, topological_order
from glassnet.layers.base import Layer
from glassnet.layers.regularizers import L1, L1L2, L2
from glassnet.metrics import HostMetric
from tests.layers.samples import SAMPLES as LAYERS
from tests.losses.samples import SAMPLES as LOSSES

BOTH = pytest.mark.parametrize("dtype", ["float32", "float64"])
UNITS = 3
X = np.random.default_rng(3).normal(size=(4, UNITS))


def numbers(value):
    """Return a number in all types a setting may come in."""
    yield value
    for kind in (np.float32, np.float64):
        yield kind(value)
        yield np.array(value, kind)
    yield [value] * UNITS
    yield (value,) * UNITS
    yield np.full(UNITS, value, np.float32)
    yield np.full(UNITS, value, np.float64)
    if value == int(value):
        yield [int(value)] * UNITS
        yield np.full(UNITS, value, np.int64)


class Own(Layer):
    """A layer of one's own with arrays in all the ways they may come."""

    def __init__(self, value, name=None):
        super().__init__(name)
        self.value = value

    def output_shape(self, *shapes):
        return shapes[0]

    def call(self, context, *inputs):
        (x,) = inputs
        fixed = self.value if isinstance(self.value, list | tuple) else np.asarray(self.value)
        y = gn.ops.maximum(np.asarray(fixed) * x, -100.0) + constant(np.asarray(fixed))
        y = gn.ops.where(np.array([True, False, True]), y, np.asarray(fixed))
        return gn.ops.matmul(y, np.eye(UNITS)) + gn.ops.matmul(
            y, constant(np.eye(UNITS, dtype="f4"))
        )


def net_of(dtype, *body, loss="mse", optimizer="sgd", inputs=(UNITS,), **settings):
    net = gn.Sequential([gn.Input(inputs), *body], dtype=dtype, seed=1)
    net.compile(optimizer, loss=loss, **settings)
    return net


def check(net, dtype):
    """Look at every value of a step, an evaluation and a prediction, and run them."""
    net.build()
    network = net.network
    programs = [
        network.prediction,
        network.step(True),
        network.step(),
        network.evaluation(True),
    ]
    for program in programs:
        check_nodes(program, dtype)


def check_nodes(program, dtype):
    for node in topological_order(list(program.outputs.values())):
        if node.dtype.startswith("float") and node.dtype != dtype and not node.is_fixed:
            # What is fixed is cast where it meets the rest. Truth values are compared as
            # single-precision numbers, which hold them exactly.
            is_truth = dtype == "float64" and node.op.name in ("cast", "constant")
            assert is_truth, f"{program.name}: {node!r} of {node.inputs}"


def run(net, dtype, backend):
    shape = net.network.topology.input_shapes[0]
    x = np.random.default_rng(0).uniform(0.1, 1, (5, *shape))
    y = np.zeros((5, *net.network.topology.output_shapes[0]))
    net.fit(x, y, epochs=2, batch_size=2, verbose=0, backend=backend, sample_weight=np.ones(5))
    assert {array.dtype.name for array in net.get_weights()} <= {dtype}
    assert net.predict(x).dtype == dtype


@BOTH
@pytest.mark.parametrize("name", LAYERS)
def test_every_layer(name, dtype):
    for make, shapes in LAYERS[name]:
        inputs = [gn.Input(shape) for shape in shapes]
        out = (
            make()(inputs if len(inputs) > 1 else inputs[0]) if name != "InputLayer" else inputs[0]
        )
        net = gn.Model(
            inputs, gn.layers.Dense(UNITS)(gn.layers.Flatten()(out)), dtype=dtype, seed=0
        )
        net.compile("adam", "mse", metrics=["mae"])
        for layer in net.network.topology.layers if net.built else ():
            if isinstance(layer, gn.layers.Normalization):
                layer.adapt(np.random.default_rng(0).normal(size=(9, *shapes[0])))
        check(net, dtype)


@BOTH
@pytest.mark.parametrize("setting", [*numbers(0.5), *numbers(2.0)], ids=repr)
def test_layers_with_arrays(setting, dtype):
    net = net_of(dtype, Own(setting), gn.layers.Dense(UNITS))
    check(net, dtype)
    run(net, dtype, "numpy")


@BOTH
@pytest.mark.parametrize("setting", [*numbers(0.5), *numbers(2.0)], ids=repr)
def test_steep(setting, dtype, tmp_path):
    for f in (activations.Steep("tanh", setting), activations.Steep("sigmoid", 0.5, limit=setting)):
        net = net_of(dtype, gn.layers.Dense(UNITS, f), gn.layers.Activation(f))
        check(net, dtype)
        run(net, dtype, "numpy")
        assert f(np.ones((2, UNITS), dtype)).dtype == dtype  # on plain arrays too
        net.save(tmp_path / "a.safetensors")
        again = gn.load(tmp_path / "a.safetensors").predict(X)
        assert again.dtype == dtype and np.array_equal(again, net.predict(X))
        scope = {}
        exec(str(net.source(forward_only=True)), scope)  # a printed program keeps it too
        printed = scope["predict"](X.astype(dtype))
        assert printed.dtype == dtype
        np.testing.assert_allclose(printed, again, rtol=1e-5)


KINDS = ["tanh", "relu", "gaussian", activations.LeakyRelu(np.float64(0.1)), activations.Elu(2)]


@BOTH
@pytest.mark.parametrize("backend", ["loops", "numpy", "compiled"])
def test_every_backend_keeps_it(backend, dtype):
    own = activations.PerUnit([activations.Steep(KINDS[n], [0.5, 1.0, 2.0]) for n in range(3)])
    net = net_of(dtype, Own([0.5, 1, 2]), gn.layers.Dense(UNITS, own), gn.layers.Dense(UNITS, own))
    check(net, dtype)
    run(net, dtype, backend)


@BOTH
@pytest.mark.parametrize("name", activations.names())
def test_every_activation(name, dtype):
    check(net_of(dtype, gn.layers.Dense(UNITS, name)), dtype)
    f = activations.PerUnit([name, "tanh", activations.Steep(name, [1.0, 2.0, 0.5])])
    if "softmax" not in name:
        check(net_of(dtype, gn.layers.Dense(UNITS, f)), dtype)
    assert activations.get(name)(np.ones((2, UNITS), dtype)).dtype == dtype


SETTINGS = [np.float32(0.5), np.float64(0.5), np.array(0.5), np.array(0.5, "f4"), 0.5]


@BOTH
@pytest.mark.parametrize("name", LOSSES)
def test_every_loss(name, dtype):
    for make, y, _, _ in LOSSES[name]:
        ends = (None, "softmax", "sigmoid")
        for end in ends:
            for reduction in ("mean", "sum"):
                shape = np.shape(y)[1:] or (UNITS,)
                body = [gn.layers.Flatten(), gn.layers.Dense(int(np.prod(shape)), end)]
                net = net_of(dtype, *body, gn.layers.Reshape(shape), loss=make(reduction=reduction))
                check(net, dtype)


class Weighted(losses.Loss):
    """A loss of one's own with a weight for every output."""

    def per_sample(self, targets, predictions):
        weights = np.array([1.0, 2.0, 0.5])
        return gn.ops.sum(
            constant(weights) * weights * gn.ops.square(predictions - targets), axis=-1
        )


@BOTH
def test_losses_with_arrays(dtype):
    for loss in (Weighted(), *(losses.Huber(delta=value) for value in SETTINGS)):
        net = net_of(dtype, gn.layers.Dense(UNITS), loss=loss)
        check(net, dtype)
        run(net, dtype, "numpy")


@BOTH
@pytest.mark.parametrize("value", SETTINGS, ids=repr)
@pytest.mark.parametrize("name", optimizers.FAMILY.names())
def test_every_optimizer(name, value, dtype):
    optimizer = optimizers.FAMILY.get(name)
    if optimizer.is_host_side:
        net = net_of(dtype, gn.layers.Dense(UNITS), optimizer=optimizer)
        net.build()
        check_nodes(net.network.step(), dtype)
        return
    if "learning_rate" in optimizer.get_config():
        optimizer = type(optimizer)(learning_rate=value / 50)
    net = net_of(dtype, gn.layers.Dense(UNITS, "tanh"), optimizer=optimizer)
    check(net, dtype)
    run(net, dtype, "numpy")


@BOTH
@pytest.mark.parametrize("value", SETTINGS, ids=repr)
def test_schedules_clipping_and_regularizers(value, dtype):
    plans = [
        optimizers.StepDecay(value, 3), optimizers.ExponentialDecay(value, 10, value),
        optimizers.CosineDecay(value, 10),
    ]  # fmt: skip
    clips = [optimizers.ClipByValue(value), optimizers.ClipByNorm(value), None]
    rules = [L1(value), L2(value), L1L2(value, value)]
    for plan, clip, rule in zip(plans, clips, rules, strict=True):
        rate = optimizers.Adam(plan, clip=clip)
        body = gn.layers.Dense(UNITS, kernel_regularizer=rule, bias_regularizer=rule)
        net = net_of(dtype, body, optimizer=rate)
        check(net, dtype)
        run(net, dtype, "numpy")


LOSSES_AND_ENDS = [
    ("mean_squared_error", None), ("categorical_crossentropy", "softmax"),
    ("sparse_categorical_crossentropy", "softmax"), ("binary_crossentropy", "sigmoid"),
]  # fmt: skip


@BOTH
@pytest.mark.parametrize("name", metrics.names())
def test_every_metric(name, dtype):
    if isinstance(metrics.get(name), HostMetric):
        return
    fits = 0
    for loss, end in LOSSES_AND_ENDS:
        net = net_of(dtype, gn.layers.Dense(UNITS, end), loss=loss, metrics=[name])
        try:
            net.network.step()
        except ArgumentError:  # a metric may refuse the kind of targets
            continue
        fits += 1
        check(net, dtype)
    assert fits


@BOTH
def test_initializers_of_arrays(dtype):
    for value in (
        np.eye(UNITS),
        np.eye(UNITS, dtype="f4"),
        np.eye(UNITS, dtype=int),
        np.float64(2),
        3,
    ):
        layer = gn.layers.Dense(UNITS, kernel_initializer=gn.initializers.Constant(value))
        net = net_of(dtype, layer)
        check(net, dtype)
        run(net, dtype, "numpy")


@BOTH
def test_class_weights(dtype):
    net = net_of(dtype, gn.layers.Dense(UNITS, "softmax"), loss="sparse_categorical_crossentropy")
    x, y = np.ones((6, UNITS)), np.arange(6) % 3
    net.fit(x, y, class_weight={0: np.float64(2), 1: 3}, epochs=1, verbose=0)
    assert net.predict(x).dtype == dtype


def test_what_is_fixed_follows_what_flows():
    x = input_node("x", ("n", 3), "float32")
    wide = np.ones(3)
    fixed = constant(wide) * np.array([1, 2, 3]) + 0.5
    made = [
        x * wide, wide * x, x * constant(wide), x - constant(0.5), x * fixed, x**wide,
        gn.ops.where(x > wide, x, wide), gn.ops.maximum(x, fixed), x * np.arange(3),
        gn.ops.matmul(x, np.eye(3)), gn.ops.matmul(x, constant(np.eye(3)) * 2.0),
    ]  # fmt: skip
    for y in made:
        assert y.dtype == "float32"
    # Where a wide value is meant, a cast says so.
    assert (gn.ops.cast(x, "float64") * x).dtype == "float64"
    assert (x * gn.ops.cast(constant(wide), "float64")).dtype == "float64"


@BOTH
def test_truth_values_and_whole_numbers_have_the_precision_they_were_made_from(dtype):
    """0.1 times a mask was the 0.1 of float32 in every network."""
    x = np.array([[0.25, -1.5, 2.0]], dtype)
    makers = [
        lambda v: ops.greater(v, 0.0), lambda v: ops.less_equal(v, v), lambda v: v > 0,
        lambda v: ops.argmax(v, axis=-1), lambda v: ops.cast(v, "int64"),
        lambda v: ops.maximum(ops.equal(v, 2.0), ops.greater(v, 0.0)),
        lambda v: 2 * ops.greater(v, 0.0), lambda v: ops.sum(ops.cast(v > 0, "int64"), axis=-1),
    ]  # fmt: skip
    uses = [
        lambda m: 0.1 * m, lambda m: m + 0.1, lambda m: 0.1 - m, lambda m: m / 3,
        lambda m: ops.exp(m), lambda m: ops.where(m > 0, 0.1, m), lambda m: ops.maximum(m, 0.1),
        lambda m: m * np.array([0.1, 0.3, 0.7])[:1], lambda m: (m + 0.1) ** 2.0,
        lambda m: ops.where(m > 0, 0.1, 0.3), lambda m: ops.where(m > 0, np.full(1, 0.1), 2),
    ]  # fmt: skip
    for make, use in itertools.product(makers, uses):
        node = use(make(input_node("x", ("n", 3), dtype)))
        assert node.dtype == dtype == node.float_type
        found = gn.value_and_grad(lambda v, make=make, use=use: ops.sum(use(make(v))))(x)[0]
        mask = np.asarray(evaluated(make, x))
        expected = np.sum(np.asarray(evaluated(use, mask.astype(np.float64))))
        np.testing.assert_allclose(found, expected, rtol=1e-6 if dtype == "float32" else 1e-14)
    # Whole numbers stay whole among themselves, and 2 times True is 2.
    doubled = ops.greater(input_node("x", ("n", 3), dtype), 0.0) * 2
    assert doubled.dtype == "int64" and doubled.float_type == dtype


def evaluated(function, x):
    """Return a function of plain values; its derivative is not asked for."""
    return function(x)
