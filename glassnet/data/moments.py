"""Mean and deviation of columns, right for numbers of any size and offset.

``1.7e9 + (0 ... 199)`` has the deviation 57.73 and is not constant: what counts as constant is
judged by the precision of the numbers themselves, never by a fixed part of their mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Moments", "blurred", "moments"]

# Deviation of a narrow column as a part of its largest number: float32 leaves it less than about
# a thousand different values.
_NARROW = 1e-4
_FLOAT32 = np.finfo(np.float32)
_BLOCK = 1 << 18  # numbers that are converted to double precision together


@dataclass(frozen=True)
class Moments:
    """What :func:`moments` found, one entry a column.

    Attributes
    ----------
    mean, deviation : ndarray of float64
        The deviation of a constant column is 0.
    largest : ndarray of float64
        The largest absolute value.
    """

    mean: np.ndarray
    deviation: np.ndarray
    largest: np.ndarray

    @property
    def constant(self) -> np.ndarray:
        """Which columns hold one number, up to rounding."""
        return self.deviation == 0

    @property
    def blurred(self) -> np.ndarray:
        """Which columns float32 would blur or cannot hold."""
        return blurred(self.deviation, self.largest)


def blurred(deviation: np.ndarray, largest: np.ndarray) -> np.ndarray:
    """Return which columns float32 would blur or cannot hold.

    They vary little beside their size, less than float32's smallest normal number, or lie so far
    out that differences overflow.

    Parameters
    ----------
    deviation, largest : ndarray
        As in `Moments`.

    Examples
    --------
    >>> blurred(np.array([57.7, 1e-300, 1e300, 2.0]), np.array([1.7e9, 1e-300, 1e300, 9.0]))
    array([ True,  True,  True, False])
    """
    least = np.maximum(_NARROW * largest, _FLOAT32.tiny)
    return ((deviation > 0) & (deviation < least)) | (largest > _FLOAT32.max / 2)


def moments(x: np.ndarray) -> Moments:
    """Return mean, standard deviation and largest number of each column, in double precision.

    The deviation is that of all values, ``sqrt(mean((x - mean)**2))``. A deviation of at most
    half the distance between neighbouring numbers of the type of `x` is the work of rounding:
    the column is constant.

    Parameters
    ----------
    x : ndarray
        Finite numbers ``(n, ..., columns)``; all axes but the last are averaged over.

    Examples
    --------
    >>> found = moments(1.7e9 + np.arange(200.0)[:, None])
    >>> found.mean, found.deviation, found.blurred
    (array([1.70000010e+09]), array([57.73430523]), array([ True]))
    >>> moments(np.full((5, 1), 0.1)).deviation
    array([0.])
    """
    table = np.asarray(x).reshape(-1, x.shape[-1])
    low, high = (np.asarray(f(table, axis=0), np.float64) for f in (np.min, np.max))
    largest = np.maximum(np.abs(low), np.abs(high))
    # Distances from the lowest number as parts of the span: exact for a large offset, and neither
    # a distance nor a square overflows, for everything is halved first.
    half = high / 2 - low / 2
    unit = np.where(half > 0, half, 1.0)
    middle = _mean(table, low, unit)
    deviation = 2 * np.sqrt(_mean(table, low, unit, middle)) * half
    kind = table.dtype if table.dtype.kind == "f" else np.dtype(np.float64)
    rounding = np.spacing(largest.astype(kind)).astype(np.float64) / 2
    deviation[deviation <= rounding] = 0.0
    return Moments(low + middle * half + middle * half, deviation, largest)


def _mean(
    table: np.ndarray, low: np.ndarray, unit: np.ndarray, middle: np.ndarray | None = None
) -> np.ndarray:
    """Return the mean of u = (x - low) / 2 / unit, or of (u - middle)² if there is a middle."""
    rows = max(1, _BLOCK // max(table.shape[1], 1))
    total = np.zeros(table.shape[1])
    for start in range(0, len(table), rows):
        part = (table[start : start + rows] * np.float64(0.5) - low / 2) / unit
        total += (part if middle is None else (part - middle) ** 2).sum(axis=0)
    return total / len(table)
