"""What targets say of classes: two levels, one-hot rows, the class of every row."""

from __future__ import annotations

import numpy as np

__all__ = ["classes_of", "is_one_hot", "levels_of"]


def levels_of(y: np.ndarray) -> tuple[float, float] | None:
    """Return the two values of targets that stand for no and yes, None where there are others.

    Where only one of them comes up, 0 and 1 belong together, and -1 belongs to 1.

    Parameters
    ----------
    y : ndarray of any shape

    Examples
    --------
    >>> levels_of(np.array([[0, 1], [1, 1]])), levels_of(np.array([-1.0, 1.0, 1.0]))
    ((0.0, 1.0), (-1.0, 1.0))
    >>> levels_of(np.array([0.0, 0.5, 1.0])) is None
    True
    """
    if y.dtype.kind not in "biuf" or y.size == 0:
        return None
    head = y[:100].reshape(-1)[:1000]
    if not np.all((head == head.min()) | (head == head.max())):
        return None  # quantities show it at once
    low, high = y.min(), y.max()
    if not np.isfinite([low, high]).all() or not np.all((y == low) | (y == high)):
        return None
    if low < high:
        return float(low), float(high)
    return {0.0: (0.0, 1.0), 1.0: (0.0, 1.0), -1.0: (-1.0, 1.0)}.get(float(low))


def is_one_hot(y: np.ndarray, high: float = 1.0) -> bool:
    """Return whether every row, along the last axis, holds the high level exactly once.

    Parameters
    ----------
    y : ndarray of two levels
    high : float, default 1
        The upper one.

    Examples
    --------
    >>> is_one_hot(np.array([[0, 1], [1, 0]])), is_one_hot(np.array([[0, 1], [1, 1]]))
    (True, False)
    """
    if y.ndim < 2 or y.shape[-1] < 2:
        return False
    return bool(np.all(np.count_nonzero(y == high, axis=-1) == 1))


def classes_of(y: np.ndarray) -> np.ndarray | None:
    """Return the class of every row of targets, None where they are no classes.

    Classes are text and truth values, whole numbers ``(n,)`` or ``(n, 1)`` of an integer type that
    each stand for two rows or more on average, columns of two values, and one-hot rows, whatever
    their type. Several columns that are not one-hot are none: each row has several answers.

    Parameters
    ----------
    y : ndarray

    Examples
    --------
    >>> classes_of(np.array([[0.0], [1.0], [1.0]]))
    array([0, 1, 1])
    >>> classes_of(np.array([[0, 1, 1], [1, 0, 0]])) is None
    True
    """
    if y.ndim == 2 and y.shape[1] > 1:
        levels = levels_of(y)
        if levels is None or not is_one_hot(y, levels[1]):
            return None
        return np.asarray(np.argmax(y == levels[1], axis=1))
    if y.ndim not in (1, 2) or y.size == 0:
        return None
    column = y.reshape(-1)
    kind = column.dtype.kind
    if kind == "f" and levels_of(column) is None:
        return None
    if kind == "O" and not all(isinstance(value, str | bool | int) for value in column.tolist()):
        return None
    if kind not in "biufUSTO":
        return None
    try:
        distinct, classes = np.unique(column, return_inverse=True)
    except TypeError:  # text and numbers have no order
        return None
    is_quantity = kind in "iu" and len(distinct) > 2 and 2 * len(distinct) > len(column)
    return None if is_quantity else classes.reshape(-1)
