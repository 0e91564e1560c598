"""What a loss says of its own formula is what it computes."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.graph.expression import scalar_function
from glassnet.losses import FAMILY, MeanSquaredError

NAMES = ("y", "h", "k")
WRITTEN = [name for name in FAMILY.names() if FAMILY.get(name).formula]


def rows(loss, k, seed):
    """Targets and outputs of one sample, as numbers for each output."""
    rng = np.random.default_rng(seed)
    outputs = rng.dirichlet(np.ones(k)) if k > 1 else rng.uniform(0.1, 0.9, 1)
    if loss.target_kind in ("one_hot", "labels"):
        return np.eye(k)[rng.integers(k)], outputs
    return rng.uniform(0, 1, k), outputs


def computed(loss, y, h):
    targets = [int(y.argmax())] if loss.takes_labels else y[None]
    return float(loss(np.asarray(targets), h[None]))


@pytest.mark.parametrize("k", [2, 3, 5])
@pytest.mark.parametrize("name", WRITTEN)
def test_the_formula_and_its_slope_give_the_loss_and_its_derivative(name, k):
    loss = FAMILY.get(name)
    factor, term = (scalar_function(part, NAMES) for part in loss.formula)
    for seed in range(4):
        y, h = rows(loss, k, seed)
        written = factor(0.0, 0.0, k) * sum(term(*pair, k) for pair in zip(y, h, strict=True))
        assert np.isclose(computed(loss, y, h), written, rtol=1e-9)
        if not loss.slope:
            continue
        slope, step = scalar_function(loss.slope, NAMES), 1e-6
        for i, change in enumerate(step * np.eye(k)):
            found = (computed(loss, y, h + change) - computed(loss, y, h - change)) / (2 * step)
            assert np.isclose(slope(y[i], h[i], k), found, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("name", [name for name in WRITTEN if FAMILY.get(name).matched])
def test_with_the_matched_activation_prediction_minus_target_is_left(name):
    loss, k, step = FAMILY.get(name), 3, 1e-6
    factor = scalar_function(loss.formula[0], NAMES)(0.0, 0.0, k)
    activation = gn.activations.get(loss.matched)
    for seed in range(4):
        y = rows(loss, k, seed)[0]
        z = np.random.default_rng(seed).normal(size=k)

        def at(z, y=y):
            return computed(loss, y, np.asarray(activation(z[None]))[0])

        h = np.asarray(activation(z[None]))[0]
        for i, change in enumerate(step * np.eye(k)):
            found = (at(z + change) - at(z - change)) / (2 * step)
            assert np.isclose(found, -factor * (h[i] - y[i]), rtol=1e-5, atol=1e-8)


def test_a_loss_that_computes_something_else_does_not_inherit_the_formula():
    class Doubled(MeanSquaredError):
        def per_sample(self, targets, predictions):
            return 2.0 * super().per_sample(targets, predictions)

    class Renamed(MeanSquaredError):
        pass

    net = gn.Sequential([gn.Input((2,)), gn.layers.Dense(1, "tanh")], seed=0)
    net.compile("sgd", Doubled())
    assert "J = the loss Doubled" in str(net.equations())
    assert "∂J/∂h_1^(2)" in net.equations().backward()
    assert Renamed.formula == MeanSquaredError.formula
