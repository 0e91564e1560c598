from __future__ import annotations

import numpy as np
import pytest

from glassnet import datasets
from glassnet.errors import ArgumentError
from tests.shared_data import shared_file

GENERATORS = [
    datasets.two_moons,
    datasets.circles,
    datasets.blobs,
    datasets.spiral,
    datasets.two_spirals,
]


@pytest.mark.parametrize("draw", GENERATORS)
def test_same_seed_same_points(draw):
    x, y = draw(101, noise=0.3, seed=5)
    assert x.shape == (101, 2)
    assert (x.dtype, y.dtype) == (np.float32, np.int64)
    counts = np.bincount(y)
    assert counts.max() - counts.min() <= 1
    np.testing.assert_array_equal(x, draw(101, noise=0.3, seed=5)[0])
    assert (x != draw(101, noise=0.3, seed=6)[0]).any()
    assert (draw(20, noise=0.3, seed=None)[0] != draw(20, noise=0.3, seed=None)[0]).any()


@pytest.mark.parametrize("draw", GENERATORS)
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_samples": 0}, "n_samples is 0; it must be a whole number of 1 or more"),
        ({"n_samples": 2.5}, "n_samples is 2.5"),
        ({"n_samples": 1}, "1 samples are too few"),
        ({"noise": -1}, "noise is -1; it must be 0 or more"),
        ({"seed": -1}, "seed is -1; use a whole number of 0 or more, or None"),
    ],
)
def test_bad_arguments(draw, arguments, message):
    with pytest.raises(ArgumentError, match=message):
        draw(**arguments)


@pytest.mark.parametrize("name", ["moons", "circles"])
def test_curves_are_those_of_scikit_learn(name):
    sklearn_datasets = pytest.importorskip("sklearn.datasets")
    options = {"factor": 0.5} if name == "circles" else {}
    theirs = getattr(sklearn_datasets, f"make_{name}")(100, shuffle=False, **options)
    draw = datasets.two_moons if name == "moons" else datasets.circles
    x, y = draw(100, noise=0.0)
    np.testing.assert_allclose(x, theirs[0], atol=1e-6)
    np.testing.assert_array_equal(y, theirs[1])


def test_spiral_is_that_of_cs231n():
    x, y = datasets.spiral(300, noise=0.0)
    for arm in range(3):
        radius = np.linspace(0.0, 1, 100)
        angle = np.linspace(arm * 4, (arm + 1) * 4, 100)
        expected = np.c_[radius * np.sin(angle), radius * np.cos(angle)]
        np.testing.assert_allclose(x[y == arm], expected, atol=1e-6)
    noisy, _ = datasets.spiral(3000, noise=0.2)
    clean, _ = datasets.spiral(3000, noise=0.0)
    np.testing.assert_allclose(np.hypot(*noisy.T), np.hypot(*clean.T), atol=1e-5)
    moved = clean.any(axis=1)  # all but the points in the middle
    turned = (noisy @ [1, 1j])[moved] / (clean @ [1, 1j])[moved]
    assert np.std(np.angle(turned)) == pytest.approx(0.2, rel=0.1)


def test_two_spirals_are_the_classic_benchmark():
    x, y = datasets.two_spirals()
    place = np.arange(97)
    angle, radius = place * np.pi / 16, 6.5 * (104 - place) / 104
    expected = np.column_stack([radius * np.sin(angle), radius * np.cos(angle)])
    np.testing.assert_allclose(6.5 * x[y == 0], expected, atol=1e-5)
    np.testing.assert_allclose(6.5 * x[y == 1], -expected, atol=1e-5)


def test_two_spirals_wind_like_fanns():
    """FANN's file holds the same curves, moved to the unit square: both wind three times."""
    numbers = np.array(shared_file("fann/two-spiral.train").read_text().split(), float)[3:]
    rows = numbers.reshape(-1, 3)
    their_radius = np.hypot(*(rows[:, :2] - 0.5).T)
    ours, _ = datasets.two_spirals()
    our_radius = np.hypot(*ours.T)
    assert their_radius.max() / their_radius.min() == pytest.approx(
        our_radius.max() / our_radius.min(), rel=0.05
    )


def test_blobs():
    x, y = datasets.blobs(3000, noise=0.5, centers=3)
    for number in range(3):
        angle = 2 * np.pi * number / 3
        centre = [5 * np.cos(angle), 5 * np.sin(angle)]
        np.testing.assert_allclose(x[y == number].mean(0), centre, atol=0.1)
        np.testing.assert_allclose(x[y == number].std(0), 0.5, rtol=0.1)
    assert datasets.blobs(8, centers=[[0, 0, 0], [1, 1, 1]])[0].shape == (8, 3)
    for centers in (0, [1.0, 2.0]):
        with pytest.raises(ArgumentError, match="centers is"):
            datasets.blobs(8, centers=centers)


def test_factor_of_circles():
    with pytest.raises(ArgumentError, match=r"factor is 1.5; it must lie between 0 and 1"):
        datasets.circles(factor=1.5)
