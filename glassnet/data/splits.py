"""Drawing the rows that are held out.

The draw uses the raw bits of one generator and a stable sort, both of which NumPy promises
never to change, so that a split made today is the split made by every later version.
"""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np

from glassnet.data.classes import classes_of, is_one_hot, levels_of
from glassnet.data.frames import is_frame, is_series, rows_of
from glassnet.errors import ArgumentError, DataError, ShapeError

__all__ = ["Split", "random_split", "stratified_split", "train_test_split"]

Pair = tuple[np.ndarray, np.ndarray]
Split = tuple[Pair, Pair]


def random_split(n: int, fraction: float = 0.2, seed: int = 0) -> Pair:
    """Return the row numbers of a training and a test part, both in random order.

    Parameters
    ----------
    n : int
        Number of rows.
    fraction : float or int
        Part of the rows that goes to the test part; a whole number of 1 or more is a count.
    seed : int
        The same seed gives the same split.

    Examples
    --------
    >>> train, test = random_split(10, 0.3)
    >>> len(train), len(test), sorted([*train.tolist(), *test.tolist()]) == list(range(10))
    (7, 3, True)
    """
    held_out = _rows_held_out(n, fraction)
    order = _shuffled(n, seed)
    return order[held_out:], order[:held_out]


def stratified_split(y: Any, fraction: float = 0.2, seed: int = 0) -> Pair:
    """Return row numbers of a training and a test part in which the classes keep their shares.

    Each class is in both parts wherever it has two rows or more and the test part has a row
    for every class. A class with one row stays in the training part. Apart from that a class has
    its exact share of the test part, up or down to a whole row. With fewer test rows than classes
    the largest classes are served first, and the seed decides among those of one size.

    Parameters
    ----------
    y : array_like
        Class of every row: numbers or names of shape ``(n,)`` or ``(n, 1)``, or one-hot rows.
    fraction, seed
        As in `random_split`.

    Raises
    ------
    ShapeError
        If rows have no single class: several columns that are not one-hot.

    Examples
    --------
    >>> y = np.array([0] * 10 + [1] * 5)
    >>> train, test = stratified_split(y, 0.2)
    >>> np.bincount(y[train]), np.bincount(y[test])
    (array([8, 4]), array([2, 1]))
    """
    classes = _class_of_rows(y)
    n = len(classes)
    held_out = _rows_held_out(n, fraction)
    order = _shuffled(n, seed)
    shuffled = classes[order]
    takes = _takes(np.bincount(classes), held_out, shuffled)
    is_test = _places(shuffled) < takes[shuffled]
    return order[~is_test], order[is_test]


def train_test_split(
    x: Any,
    y: Any,
    fraction: float = 0.2,
    seed: int = 0,
    stratify: bool | None = None,
) -> Split:
    """Return ``(x_train, y_train), (x_test, y_test)``.

    Parameters
    ----------
    x, y : array or data frame
        Samples and targets, one row each per sample. A frame stays one, with its names.
    fraction, seed
        As in `random_split`.
    stratify : bool, optional
        Whether the classes keep their shares. By default they do if `y` holds classes: text,
        truth values, whole numbers of an integer type that each stand for two rows or more on
        average, a column of two values, or one-hot rows. Multi-label rows and quantities are
        drawn without regard to their values.

    Examples
    --------
    >>> x, y = np.arange(20.0).reshape(10, 2), np.array([0, 1] * 5)
    >>> (x_train, y_train), (x_test, y_test) = train_test_split(x, y, fraction=0.4)
    >>> x_train.shape, y_test.shape
    ((6, 2), (4,))
    """
    x, y = (part if is_frame(part) or is_series(part) else np.asarray(part) for part in (x, y))
    if len(x) != len(y):
        raise ShapeError(f"x has {len(x)} rows but y has {len(y)}: they need one row per sample")
    targets = np.asarray(y)
    if stratify is None:
        stratify = classes_of(targets) is not None
    train, test = (
        stratified_split(targets, fraction, seed)
        if stratify
        else random_split(len(targets), fraction, seed)
    )
    return (rows_of(x, train), rows_of(y, train)), (rows_of(x, test), rows_of(y, test))


def _rows_held_out(n: int, fraction: float) -> int:
    """Return how many of `n` rows `fraction` means: at least one, and not all."""
    if n < 2:
        raise DataError(f"{n} row{'' if n == 1 else 's'} cannot be split; 2 or more are needed")
    if isinstance(fraction, bool) or not fraction > 0:
        raise ArgumentError(f"the part to hold out is {fraction}; use a fraction between 0 and 1")
    if fraction < 1:
        return min(max(round(n * fraction), 1), n - 1)
    if fraction >= n or fraction != int(fraction):
        raise ArgumentError(
            f"the part to hold out is {fraction}; use a fraction between 0 and 1, or a count "
            f"from 1 to {n - 1}"
        )
    return int(fraction)


def _shuffled(n: int, seed: int) -> np.ndarray:
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ArgumentError(f"seed is {seed!r}; use a whole number of 0 or more")
    return np.argsort(np.random.PCG64(int(seed)).random_raw(n), kind="stable")


def _class_of_rows(y: Any) -> np.ndarray:
    """Return classes as numbers 0, 1, ... in sorted order."""
    array = np.asarray(y)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim == 2:
        levels = levels_of(array)
        if levels is None or not is_one_hot(array, levels[1]):
            raise ShapeError(
                f"y of shape {array.shape} holds rows that are not one-hot: they have no single "
                "class whose share could be kept; use random_split, or stratify=False"
            )
        array = (array == levels[1]).argmax(axis=1)
    if array.ndim != 1:
        raise ShapeError(f"y has shape {array.shape}; one class per row, shape (n,), is needed")
    return np.unique(array, return_inverse=True)[1]


def _places(classes: np.ndarray) -> np.ndarray:
    """Return how many rows of its own class stand before each row."""
    by_class = np.argsort(classes, kind="stable")
    counts = np.bincount(classes)
    places = np.empty_like(by_class)
    places[by_class] = np.arange(len(classes)) - np.repeat(np.cumsum(counts) - counts, counts)
    return places


def _takes(counts: np.ndarray, held_out: int, shuffled: np.ndarray) -> np.ndarray:
    """Return how many rows of each class are held out.

    Where not every class gets a row, the first in the `shuffled` classes go before their equals:
    by number, the test part would hold the lowest labels.
    """
    if np.minimum(1, counts - 1).sum() > held_out or (counts - 1).sum() < held_out:
        first = np.unique(shuffled, return_index=True)[1]
        turn = np.argsort(first, kind="stable")
        takes = np.empty_like(counts)
        takes[turn] = _shares(counts[turn], held_out)
        return takes
    return _shares(counts, held_out)


def _shares(counts: np.ndarray, held_out: int) -> np.ndarray:
    """Return how many rows of each class are held out, the first class first among equals.

    Starts from the exact shares rounded down, at least one row a class and at most all but
    one, and then gives or takes single rows where the distance to the exact share is largest.
    """
    most = counts - 1
    if most.sum() < held_out:  # nearly everything is held out: some class has to go wholly
        most = counts
    least = np.minimum(1, most)
    if least.sum() > held_out:  # fewer rows than classes
        least = np.zeros_like(counts)
    share = counts * held_out / counts.sum()
    takes = np.clip(np.floor(share).astype(np.int64), least, most)
    missing = held_out - int(takes.sum())
    step = 1 if missing > 0 else -1
    # A heap, for there may be as many classes as rows: the largest distance, then the first class.
    queue = [
        (step * (takes[c] - share[c]), c)
        for c in np.flatnonzero(takes < most if step > 0 else takes > least)
    ]
    heapq.heapify(queue)
    for _ in range(abs(missing)):
        number = queue[0][1]
        takes[number] += step
        if takes[number] == (most if step > 0 else least)[number]:
            heapq.heappop(queue)
        else:
            heapq.heapreplace(queue, (step * (takes[number] - share[number]), number))
    return takes
