"""Reverse mode: deep chains, values used many times, and what it refuses."""

import time

import numpy as np
import pytest

from glassnet import backends, ops
from glassnet.errors import GraphError, ShapeError
from glassnet.graph import Program, constant, gradients, input_node, simplify, to_text
from glassnet.graph.differentiate import sum_to


def value_of(outputs, **values):
    inputs = [input_node(name, np.shape(value), "float64") for name, value in values.items()]
    made = outputs(*inputs)
    return backends.get("numpy").run(Program("p", inputs, made), values)


def test_a_chain_of_5000_ops():
    start = time.perf_counter()

    def deep(x):
        y = x
        for _ in range(2500):
            y = ops.tanh(y) * 1.001
        (dx,) = gradients(ops.sum(y), [x])
        return {"y": y, "dx": dx}

    x = np.array([0.3, -1.2])
    found = value_of(deep, x=x)
    y, slope = x, np.ones(2)
    for _ in range(2500):
        slope = slope * 1.001 * (1 - np.tanh(y) ** 2)
        y = np.tanh(y) * 1.001
    np.testing.assert_allclose(found["y"], y, rtol=1e-12)
    np.testing.assert_allclose(found["dx"], slope, rtol=1e-9)
    assert time.perf_counter() - start < 30  # quadratic work would take minutes


def test_every_walk_is_iterative():
    x = input_node("x", ("n", 1), "float64")
    y = x
    for number in range(5000):
        y = ops.sin(y) if number % 2 else y + 1.0
    program = simplify(Program("deep", [x], {"y": y}))
    assert len(program.order()) > 5000
    assert to_text(program).count("\n") > 5000
    backends.get("loops").run(program, {"x": np.zeros((1, 1))})


@pytest.mark.parametrize("times", [1, 2, 3, 17])
def test_a_value_used_many_times(times):
    def outputs(x):
        total = x
        for _ in range(times - 1):
            total = total + x
        power = x
        for _ in range(times - 1):
            power = power * x
        (dtotal,), (dpower,) = gradients(ops.sum(total), [x]), gradients(ops.sum(power), [x])
        return {"dtotal": dtotal, "dpower": dpower}

    x = np.array([0.9, -1.1])
    found = value_of(outputs, x=x)
    np.testing.assert_allclose(found["dtotal"], [times, times])
    np.testing.assert_allclose(found["dpower"], times * x ** (times - 1))


def test_a_diamond_is_linear_in_work():
    """Forty doublings: following every path would take 2^40 steps."""

    def outputs(x):
        y = x
        for _ in range(40):
            y = y + y
        (dx,) = gradients(y, [x])
        return {"dx": dx}

    assert value_of(outputs, x=np.float64(1.0))["dx"] == 2.0**40


def test_with_respect_to_values_on_the_way():
    def outputs(x):
        y = ops.exp(x)
        z = ops.sum(y * x)
        dx, dy, dz, none = gradients(z, [x, y, z, constant(np.zeros(4))])
        return {"dx": dx, "dy": dy, "dz": dz, "none": none}

    x = np.array([0.5, -2.0, 1.0])
    found = value_of(outputs, x=x)
    np.testing.assert_allclose(found["dx"], np.exp(x) * (1 + x))
    np.testing.assert_allclose(found["dy"], x)
    assert found["dz"] == 1
    np.testing.assert_array_equal(found["none"], np.zeros(4))


def test_a_seed_starts_from_another_gradient():
    def outputs(x, g):
        (dx,) = gradients(ops.square(x), [x], seed=g)
        return {"dx": dx}

    x, g = np.array([1.0, 2.0]), np.array([10.0, -1.0])
    np.testing.assert_array_equal(value_of(outputs, x=x, g=g)["dx"], 2 * x * g)


@pytest.mark.parametrize("shape", [(3,), (1, 3), (2, 1), (1, 1), (), (2, 3)])
def test_broadcasting_is_undone(shape):
    def outputs(b, g):
        return {"db": sum_to(g, b.shape)}

    g = np.arange(6.0).reshape(2, 3)
    found = value_of(outputs, b=np.zeros(shape), g=g)["db"]
    lead = g.ndim - len(shape)
    axes = tuple(range(lead)) + tuple(lead + i for i, size in enumerate(shape) if size == 1)
    expected = g.sum(axis=tuple(a for a in axes if a >= lead), keepdims=True) if axes else g
    expected = expected.sum(axis=tuple(range(lead)))
    np.testing.assert_array_equal(found, expected.reshape(shape))


def test_no_gradient_of_a_vector():
    x = input_node("x", (3,))
    with pytest.raises(GraphError, match=r"shape \(3,\); take its sum or mean first"):
        gradients(ops.exp(x), [x])


def test_no_gradient_through_an_op_without_one():
    x = input_node("x", (3,))
    with pytest.raises(GraphError, match="'greater' has no derivative"):
        gradients(ops.greater(ops.sum(x), 0.0), [x])


def test_joining_along_the_batch_is_refused_with_a_reason():
    x = input_node("x", ("n", 2))
    y = ops.concatenate([x, x], axis=0)
    assert str(y.shape[0]) == "2*n"
    with pytest.raises(ShapeError, match="batch axis"):
        gradients(ops.sum(y), [x])


def test_truth_values_pass_no_gradient():
    def outputs(x):
        (dx,) = gradients(ops.sum(ops.cast(x > 0.0, "float64") * x), [x])
        return {"dx": dx}

    np.testing.assert_array_equal(value_of(outputs, x=np.array([-1.0, 2.0]))["dx"], [0, 1])
