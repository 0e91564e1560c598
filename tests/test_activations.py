"""Activations: values by formula, by name, on arrays and in networks."""

import math

import numpy as np
import pytest

import glassnet as gn
from glassnet import activations
from glassnet.errors import ArgumentError, DTypeError
from glassnet.ops.piecewise import _SIGMOID_POINTS, _TANH_POINTS

Z = np.array([[-7.0, -3.0, -1.2, -0.1], [0.0, 0.4, 2.9, 8.0]])
erf = np.vectorize(math.erf)


def lines(points, low, high):
    """Straight lines through points, the two numbers outside."""
    x, y = zip(*points, strict=True)
    return lambda z: np.where(z < x[0], low, np.where(z >= x[-1], high, np.interp(z, x, y)))


# What each is called, and its formula in NumPy.
FORMULAS = {
    "linear": lambda z: z,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.2 * z),
    "elu": lambda z: np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1),
    "selu": lambda z: (
        1.05070098735548 * np.where(z > 0, z, 1.67326324235437 * (np.exp(np.minimum(z, 0)) - 1))
    ),
    "gelu": lambda z: z * (1 + erf(z / np.sqrt(2))) / 2,
    "silu": lambda z: z / (1 + np.exp(-z)),
    "swish": lambda z: z / (1 + np.exp(-z)),
    "softplus": lambda z: np.log(1 + np.exp(z)),
    "softsign": lambda z: z / (1 + np.abs(z)),
    "hard_sigmoid": lambda z: np.clip(z / 6 + 0.5, 0, 1),
    "step": lambda z: (z >= 0) * 1.0,
    "softmax": lambda z: np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True),
    "log_softmax": lambda z: z - np.log(np.exp(z).sum(axis=-1, keepdims=True)),
    "exponential": np.exp,
    "sigmoid_stepwise": lines(_SIGMOID_POINTS, 0.0, 1.0),
    "tanh_stepwise": lines(_TANH_POINTS, -1.0, 1.0),
    "step_symmetric": lambda z: np.where(z >= 0, 1.0, -1.0),
    "gaussian": lambda z: np.exp(-(z**2)),
    "gaussian_symmetric": lambda z: 2 * np.exp(-(z**2)) - 1,
    "elliot": lambda z: z / 2 / (1 + np.abs(z)) + 0.5,
    "linear_piece": lambda z: np.clip(z, 0, 1),
    "linear_piece_symmetric": lambda z: np.clip(z, -1, 1),
    "sin": np.sin,
    "cos": np.cos,
    "half_sin": lambda z: np.sin(z) / 2 + 0.5,
    "half_cos": lambda z: np.cos(z) / 2 + 0.5,
}
EACH = pytest.mark.parametrize("name", FORMULAS)


def test_every_activation_has_a_formula():
    assert set(activations.names()) == set(FORMULAS)
    classes = {"Elu", "LeakyRelu", "PerUnit", "Steep"}
    assert set(activations.__all__) == set(FORMULAS) | classes | {"get", "names"}


@EACH
def test_values(name):
    function = getattr(activations, name)
    np.testing.assert_allclose(function(Z), FORMULAS[name](Z), rtol=1e-12, atol=1e-15)
    assert activations.get(name) is function
    assert activations.get(name.upper()) is function


@EACH
def test_numbers_lists_and_dtypes(name):
    function = getattr(activations, name)
    if "softmax" not in name:
        assert float(function(0.4)) == pytest.approx(float(FORMULAS[name](np.array(0.4))))
    assert np.shape(function([0.5, 1.5])) == (2,)
    assert function(Z.astype("f4")).dtype == "float32"
    assert function(Z).dtype == "float64"


@EACH
def test_in_a_network(name, tmp_path):
    net = gn.Sequential([gn.Input((4,)), gn.layers.Dense(3, name)], dtype="float64", seed=0)
    w, b = (np.random.default_rng(0).normal(size=shape) for shape in [(4, 3), (3,)])
    net.set_weights([w, b])
    np.testing.assert_allclose(net.predict(Z), FORMULAS[name](Z @ w + b), rtol=1e-11, atol=1e-14)
    again = gn.load(net.save(tmp_path / "net.safetensors"))
    np.testing.assert_array_equal(again.predict(Z), net.predict(Z))
    assert again.layers[0].activation is net.layers[0].activation


@pytest.mark.parametrize(
    ("activation", "formula"),
    [
        (activations.LeakyRelu(0.1), lambda z: np.where(z > 0, z, 0.1 * z)),
        (activations.Elu(0.5), lambda z: np.where(z > 0, z, 0.5 * np.expm1(np.minimum(z, 0)))),
        (activations.Steep("tanh", [0.5, 1, 2, 3]), lambda z: np.tanh(z * [0.5, 1, 2, 3])),
        (activations.Steep("linear", 2.0, limit=3.0), lambda z: np.clip(2 * z, -3, 3)),
        (
            activations.PerUnit(["relu", "sin", "relu", "linear"]),
            lambda z: np.where(
                [1, 0, 1, 0], np.maximum(z, 0), np.where([0, 1, 0, 0], np.sin(z), z)
            ),
        ),
    ],
)
def test_with_settings(activation, formula, tmp_path):
    np.testing.assert_allclose(activation(Z), formula(Z), rtol=1e-13)
    config = activation.to_config()
    assert activations.get(config).to_config() == config
    net = gn.Sequential([gn.Input((4,)), gn.layers.Activation(activation)], dtype="float64", seed=0)
    again = gn.load(net.save(tmp_path / "net.safetensors"))
    np.testing.assert_allclose(again.predict(Z), formula(Z), rtol=1e-13)


def test_by_class_and_none():
    assert activations.get(None) is activations.linear
    assert isinstance(activations.get(activations.LeakyRelu), activations.LeakyRelu)


def test_a_function_of_ones_own(tmp_path):
    net = gn.Sequential(
        [gn.Input((4,)), gn.layers.Dense(3, lambda z: gn.ops.sin(z) + z)], dtype="float64", seed=0
    )
    w, b = net.get_weights()
    np.testing.assert_allclose(net.predict(Z), np.sin(Z @ w + b) + Z @ w + b, rtol=1e-12)
    net.compile("sgd", "mse")
    net.fit(Z, np.zeros((2, 3)), verbose=0)
    with pytest.raises(DTypeError, match="use a named function"):
        net.save(tmp_path / "net.safetensors")
    assert not list(tmp_path.iterdir())


def test_unknown():
    with pytest.raises(ArgumentError, match="unknown activation 'rellu'; did you mean 'relu'"):
        activations.get("rellu")
    with pytest.raises(ArgumentError, match="unknown activation 3"):
        activations.get(3)
