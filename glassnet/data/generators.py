"""Points in the plane, drawn: classes that no straight line separates.

Every function returns ``x`` of shape ``(n, 2)`` (float32) and class numbers ``y`` of shape
``(n,)`` (int64). The same arguments give the same points; ``seed=None`` draws new ones.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glassnet.errors import ArgumentError

__all__ = ["blobs", "circles", "spiral", "two_moons", "two_spirals"]

Points = tuple[np.ndarray, np.ndarray]


def two_moons(n_samples: int = 400, noise: float = 0.1, seed: int | None = 0) -> Points:
    """Draw two half circles that reach into each other.

    Parameters
    ----------
    n_samples : int
        Number of points in all.
    noise : float
        Standard deviation of the normal noise added to each coordinate.
    seed : int or None
        Seed of the draw.

    Examples
    --------
    >>> x, y = two_moons(100, noise=0.0)
    >>> x.shape, np.bincount(y)
    ((100, 2), array([50, 50]))
    """
    upper, lower = (np.linspace(0, np.pi, count) for count in _counts(n_samples, 2))
    first = np.column_stack([np.cos(upper), np.sin(upper)])
    second = np.column_stack([1 - np.cos(lower), 0.5 - np.sin(lower)])
    return _points([first, second], noise, seed)


def circles(
    n_samples: int = 400, noise: float = 0.05, seed: int | None = 0, factor: float = 0.5
) -> Points:
    """Draw a circle inside another.

    Parameters
    ----------
    n_samples, noise, seed
        As in `two_moons`.
    factor : float
        Radius of the inner circle, class 1; the outer one, class 0, has radius 1.

    Examples
    --------
    >>> x, y = circles(10, noise=0.0)
    >>> np.linalg.norm(x, axis=1).round(3)[y == 1].tolist()
    [0.5, 0.5, 0.5, 0.5, 0.5]
    """
    if not 0 < factor < 1:
        raise ArgumentError(f"factor is {factor}; it must lie between 0 and 1")
    rings = []
    for radius, count in zip((1.0, factor), _counts(n_samples, 2), strict=True):
        angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
        rings.append(radius * np.column_stack([np.cos(angle), np.sin(angle)]))
    return _points(rings, noise, seed)


def blobs(
    n_samples: int = 300,
    noise: float = 1.0,
    seed: int | None = 0,
    centers: int | Sequence[Sequence[float]] = 3,
) -> Points:
    """Draw round clouds of points, a class each.

    Parameters
    ----------
    n_samples, seed
        As in `two_moons`.
    noise : float
        Standard deviation of each cloud.
    centers : int or array_like
        Number of clouds, which then stand evenly on a circle of radius 5, or their centres,
        of shape ``(k, n_features)``.

    Examples
    --------
    >>> x, y = blobs(6, noise=0.0, centers=[[0, 0], [3, 4]])
    >>> x.tolist()[0], x.tolist()[-1], y.tolist()
    ([0.0, 0.0], [3.0, 4.0], [0, 0, 0, 1, 1, 1])
    """
    if isinstance(centers, int):
        angle = 2 * np.pi * np.arange(centers) / max(centers, 1)
        places = 5 * np.column_stack([np.cos(angle), np.sin(angle)])
    else:
        places = np.asarray(centers, np.float64)
    if places.ndim != 2 or len(places) < 1:
        raise ArgumentError(f"centers is {centers!r}; give a count of 1 or more, or (k, 2) points")
    counts = _counts(n_samples, len(places))
    clouds = [np.tile(place, (count, 1)) for place, count in zip(places, counts, strict=True)]
    return _points(clouds, noise, seed)


def spiral(
    n_samples: int = 300, noise: float = 0.2, seed: int | None = 0, n_classes: int = 3
) -> Points:
    """Draw the arms of a spiral, a class each: the data of the CS231n course notes.

    The radius grows from 0 to 1 and the angle of arm ``k`` from ``4k`` to ``4k + 4`` radians.

    Parameters
    ----------
    n_samples, seed
        As in `two_moons`.
    noise : float
        Standard deviation of the noise on the angle, in radians.
    n_classes : int
        Number of arms.

    Examples
    --------
    >>> x, y = spiral()
    >>> x.shape, np.bincount(y)
    ((300, 2), array([100, 100, 100]))
    """
    counts = _counts(n_samples, n_classes)
    draws = _generator(noise, seed).standard_normal(n_samples)
    arms = []
    for arm, count in enumerate(counts):
        radius = np.linspace(0, 1, count)
        angle = np.linspace(4 * arm, 4 * arm + 4, count)
        angle += noise * draws[sum(counts[:arm]) :][:count]
        arms.append(radius[:, None] * np.column_stack([np.sin(angle), np.cos(angle)]))
    return _points(arms, 0.0, None)


def two_spirals(n_samples: int = 194, noise: float = 0.0, seed: int | None = 0) -> Points:
    """Draw two spirals of three turns, each between the turns of the other.

    With the default arguments the points are those of the classic benchmark of Lang and
    Witbrock (1988): 97 in each spiral, from radius 6.5 inwards, here divided by 6.5.

    Parameters
    ----------
    n_samples, noise, seed
        As in `two_moons`.

    Examples
    --------
    >>> x, y = two_spirals()
    >>> x[0].tolist(), x[97].tolist(), np.bincount(y)
    ([0.0, 1.0], [0.0, -1.0], array([97, 97]))
    """
    arms = []
    for sign, count in zip((1.0, -1.0), _counts(n_samples, 2), strict=True):
        turn = np.linspace(0, 1, count)
        radius = sign * (1 - turn * 96 / 104)
        angle = 6 * np.pi * turn
        arms.append(radius[:, None] * np.column_stack([np.sin(angle), np.cos(angle)]))
    return _points(arms, noise, seed)


def _counts(n_samples: int, n_classes: int) -> list[int]:
    """Share the samples out as evenly as can be, the first classes getting one more."""
    for name, value in (("n_samples", n_samples), ("n_classes", n_classes)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
            raise ArgumentError(f"{name} is {value!r}; it must be a whole number of 1 or more")
    if n_samples < n_classes:
        raise ArgumentError(f"{n_samples} samples are too few for {n_classes} classes")
    each, rest = divmod(n_samples, n_classes)
    return [each + (number < rest) for number in range(n_classes)]


def _generator(noise: float, seed: int | None) -> np.random.Generator:
    if not 0 <= noise < np.inf:
        raise ArgumentError(f"noise is {noise}; it must be 0 or more")
    if seed is not None and (not isinstance(seed, int | np.integer) or seed < 0):
        raise ArgumentError(f"seed is {seed!r}; use a whole number of 0 or more, or None")
    return np.random.default_rng(seed)


def _points(classes: list[np.ndarray], noise: float, seed: int | None) -> Points:
    """Put the points of all classes below each other and add noise."""
    x = np.concatenate(classes)
    draws = _generator(noise, seed).standard_normal(x.shape)
    y = np.repeat(np.arange(len(classes)), [len(points) for points in classes])
    return (x + noise * draws).astype(np.float32), y.astype(np.int64)
