"""Initial weights: ranges, moments, and what they depend on."""

import json
import math

import numpy as np
import pytest

from glassnet import initializers
from glassnet.errors import ArgumentError, ShapeError

SHAPE = (300, 200)
# What makes it: (mean, standard deviation, largest value or None).
MOMENTS = {
    "Zeros": (initializers.Zeros(), 0, 0, 0),
    "Ones": (initializers.Ones(), 1, 0, 1),
    "Constant": (initializers.Constant(0.3), 0.3, 0, 0.3),
    "RandomUniform": (initializers.RandomUniform(-1, 3), 1, 4 / math.sqrt(12), 3),
    "RandomNormal": (initializers.RandomNormal(2, 0.5), 2, 0.5, None),
    "GlorotUniform": (initializers.GlorotUniform(), 0, math.sqrt(2 / 500), math.sqrt(6 / 500)),
    "GlorotNormal": (initializers.GlorotNormal(), 0, math.sqrt(2 / 500), None),
    "HeUniform": (initializers.HeUniform(), 0, math.sqrt(2 / 300), math.sqrt(6 / 300)),
    "HeNormal": (initializers.HeNormal(), 0, math.sqrt(2 / 300), None),
    "LecunUniform": (initializers.LecunUniform(), 0, math.sqrt(1 / 300), math.sqrt(3 / 300)),
    "LecunNormal": (initializers.LecunNormal(), 0, math.sqrt(1 / 300), None),
    "Orthogonal": (initializers.Orthogonal(), 0, math.sqrt(1 / 300), None),
}
EACH = pytest.mark.parametrize("name", MOMENTS)
RANDOM = [name for name in MOMENTS if name not in ("Zeros", "Ones", "Constant")]


def test_every_initializer_is_here():
    found = {cls.__name__ for cls in initializers.FAMILY.members.values()}
    assert found == set(MOMENTS)
    assert found <= set(initializers.__all__)


@EACH
def test_moments(name):
    make, mean, deviation, largest = MOMENTS[name]
    w = make(SHAPE, seed=4)
    assert (w.shape, w.dtype) == (SHAPE, np.float64)
    # Five standard errors of 60,000 draws.
    assert abs(w.mean() - mean) <= 5 * deviation / math.sqrt(w.size) + 1e-12
    assert w.std() == pytest.approx(deviation, rel=0.02, abs=1e-12)
    if largest is not None:
        assert w.max() <= largest
        assert w.max() >= largest - 0.001 * max(largest, deviation)
    elif name != "Orthogonal":
        assert 3.5 < abs(w - mean).max() / deviation < 6  # a normal distribution, not cut off


@EACH
def test_repeatable(name):
    make = MOMENTS[name][0]
    np.testing.assert_array_equal(make((3, 4), 1, "a"), make((3, 4), 1, "a"))
    if name != "Orthogonal":
        assert make((), 1).shape == ()


@pytest.mark.parametrize("name", RANDOM)
def test_depends_on_seed_and_stream(name):
    make = MOMENTS[name][0]
    first = make((3, 4), 1, "a")
    assert not np.any(first == make((3, 4), 2, "a"))
    assert not np.any(first == make((3, 4), 1, "b"))


@EACH
def test_description(name):
    make = MOMENTS[name][0]
    again = initializers.get(json.loads(json.dumps(make.to_config())))
    np.testing.assert_array_equal(again(SHAPE, 3, "w"), make(SHAPE, 3, "w"))
    assert type(initializers.get(type(make).__name__)) is type(make)


def test_fans_of_a_convolution():
    assert initializers.fans((3, 3, 8, 16)) == (72, 144)
    assert initializers.fans((5,)) == (5, 5)
    assert initializers.fans(()) == (1, 1)
    w = initializers.HeUniform()((3, 3, 8, 16))
    assert 0.99 * math.sqrt(6 / 72) < w.max() <= math.sqrt(6 / 72)


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (5, 5), (3, 2, 4)])
def test_orthogonal(shape):
    w = initializers.Orthogonal(gain=2.0)(shape).reshape(-1, shape[-1])
    product = w.T @ w if w.shape[0] >= w.shape[1] else w @ w.T
    np.testing.assert_allclose(product, 4 * np.eye(len(product)), atol=1e-12)
    with pytest.raises(ShapeError, match="at least two axes"):
        initializers.Orthogonal()((3,))


def test_constant_array():
    values = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    make = initializers.Constant(values)
    np.testing.assert_array_equal(make((3, 2)), values)
    again = initializers.get(json.loads(json.dumps(make.to_config())))
    np.testing.assert_array_equal(again((3, 2)), values)
    np.testing.assert_array_equal(initializers.Constant([1, 2])((2,)), [1, 2])
    message = r"shape \(3, 2\), but the weight 'w' has the shape \(2, 3\)"
    with pytest.raises(ShapeError, match=message):
        make((2, 3), 0, "w")


@pytest.mark.parametrize(
    "make",
    [
        lambda: initializers.RandomUniform(1, 1),
        lambda: initializers.RandomUniform(2, -2),
        lambda: initializers.RandomNormal(0, -1),
        lambda: initializers.RandomUniform(float("nan"), 1),
        lambda: initializers.RandomNormal(0, float("nan")),
    ],
)
def test_ranges(make):
    with pytest.raises(ArgumentError, match="needs"):
        make()
