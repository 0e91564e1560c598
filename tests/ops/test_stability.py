"""Inputs of ±1e4 in single precision: no warning, no NaN, forwards and backwards."""

import numpy as np
import pytest

from glassnet import backends, ops
from glassnet.graph import Program, constant, gradients, input_node, simplify

EXTREME = np.array([[-1e4, -100.0, -30.0, 0.5, 1e4], [1e4, 90.0, -1e4, 1e4, -88.0]], "f4")
T = np.array([[0, 0, 0, 1, 0], [1, 0, 0, 0, 0]], "f4")
T_WRONG = T[::-1].copy()

FUNCTIONS = {
    "sigmoid": ops.sigmoid,
    "tanh": ops.tanh,
    "softplus": ops.softplus,
    "softsign": ops.softsign,
    "hard_sigmoid": ops.hard_sigmoid,
    "silu": ops.silu,
    "gelu": ops.gelu,
    "elu": ops.elu,
    "selu": ops.selu,
    "relu": ops.relu,
    "leaky_relu": ops.leaky_relu,
    "softmax": ops.softmax,
    "log_softmax": ops.log_softmax,
    "softmax_cross_entropy": lambda z: ops.softmax_cross_entropy(z, constant(T)),
    "softmax_cross_entropy, wrong": lambda z: ops.softmax_cross_entropy(z, constant(T_WRONG)),
    "sparse_softmax_cross_entropy": lambda z: ops.sparse_softmax_cross_entropy(
        z, constant(np.array([2, 3]))
    ),
    "sigmoid_cross_entropy": lambda z: ops.sigmoid_cross_entropy(z, constant(T)),
    "sigmoid_cross_entropy, wrong": lambda z: ops.sigmoid_cross_entropy(z, constant(1 - T)),
}

# What the same functions must give at the two ends.
ENDS = {
    "sigmoid": (0, 1),
    "tanh": (-1, 1),
    "softplus": (0, 1e4),
    "softsign": (-0.9999, 0.9999),
    "hard_sigmoid": (0, 1),
    "silu": (0, 1e4),
    "gelu": (0, 1e4),
    "elu": (-1, 1e4),
    "selu": (-1.7580993408473766, 10507.009873554805),
    "relu": (0, 1e4),
    "leaky_relu": (-2000, 1e4),
}
SLOPES = {
    "sigmoid": (0, 0),
    "tanh": (0, 0),
    "softplus": (0, 1),
    "hard_sigmoid": (0, 0),
    "silu": (0, 1),
    "gelu": (0, 1),
    "elu": (0, 1),
    "selu": (0, 1.0507009873554805),
    "relu": (0, 1),
    "leaky_relu": (0.2, 1),
}


def forwards_and_backwards(function, values, backend):
    z = input_node("z", values.shape)
    y = function(z)
    (dz,) = gradients(ops.sum(y), [z])
    program = simplify(Program("extreme", [z], {"y": y, "dz": dz}))
    with np.errstate(all="ignore" if backend == "numpy" else "raise"):
        found = backends.get(backend).run(program, {"z": values})
    return found["y"], found["dz"]


@pytest.mark.parametrize("backend", ["loops", "numpy"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_warning_and_no_nan(name, backend):
    y, dz = forwards_and_backwards(FUNCTIONS[name], EXTREME, backend)
    assert y.dtype == dz.dtype == np.float32
    assert np.all(np.isfinite(y))
    assert np.all(np.isfinite(dz))


@pytest.mark.parametrize("backend", ["loops", "numpy"])
@pytest.mark.parametrize("name", ENDS)
def test_the_ends_are_right(name, backend):
    y, dz = forwards_and_backwards(FUNCTIONS[name], np.array([-1e4, 1e4], "f4"), backend)
    np.testing.assert_allclose(y, ENDS[name], rtol=1e-6, atol=1e-12)
    if name in SLOPES:
        np.testing.assert_allclose(dz, SLOPES[name], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("backend", ["loops", "numpy"])
def test_a_sure_and_wrong_answer_costs_its_distance(backend):
    y, dz = forwards_and_backwards(
        lambda z: ops.sparse_softmax_cross_entropy(z, constant(np.array([1]))),
        np.array([[1e4, -1e4, 0.0]], "f4"),
        backend,
    )
    assert y == [2e4]
    np.testing.assert_array_equal(dz, [[1, -1, 0]])


@pytest.mark.parametrize("name", sorted(ENDS))
def test_on_plain_arrays_too(name):
    y = FUNCTIONS[name](np.array([-1e4, 1e4], "f4"))
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, ENDS[name], rtol=1e-6, atol=1e-12)
