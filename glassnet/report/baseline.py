"""What simple methods make of the same rows: a network that does clearly worse has more to learn.

Two methods without hyperparameters: the mean of the nearest training rows, and a wide hidden
layer that stays as it was drawn, with only the last layer fitted, by least squares. Both take
a tenth of a second, and show what no curve can: whether more can be learned although the loss is at
rest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from glassnet.data.moments import moments
from glassnet.random import normal, permutation
from glassnet.report.run import TrainedRun

__all__ = ["Better", "better_method", "mean_is_above", "row_errors"]

MOST_TRAIN, MOST_TEST = 2000, 1000
NEIGHBOURS = 5
UNITS = 256
CLEARLY = 0.03  # of all rows, or of the variance
SURE = 2.0  # standard errors


@dataclass
class Better:
    """A simple method that does clearly better on the test rows.

    Attributes
    ----------
    method : {"nearest", "wide"}
    own, other : float
        Accuracy or R² of the network and of the method, on the same rows.
    """

    method: str
    own: float
    other: float


def better_method(run: TrainedRun) -> Better | None:
    """Return the best simple method if it does clearly better than the network, else None."""
    (x, y), (x_test, y_test) = run.train, run.test
    rows, test = _drawn(len(x), MOST_TRAIN), _drawn(len(x_test), MOST_TEST)
    if len(rows) < 2 * NEIGHBOURS:
        return None
    inputs = _scaled(run, x[rows])
    wanted = _wanted(run, y[rows])
    own = row_errors(run, y_test, run.outputs)[test]
    found = None
    for method, answer in (("nearest", _nearest), ("wide", _wide)):
        said = answer(inputs, wanted, _scaled(run, x_test[test], like=x[rows]))
        errors = row_errors(run, y_test[test], said, of=y_test)
        gain = float((own - errors).mean())
        if gain > CLEARLY and mean_is_above(own - errors, 0.0):
            other = 1 - float(errors.mean())
            if found is None or other > found.other:
                found = Better(method, 1 - float(own.mean()), other)
    return found


def row_errors(
    run: TrainedRun, y: np.ndarray, outputs: np.ndarray, of: np.ndarray | None = None
) -> np.ndarray:
    """Return the error of every row; one less their mean is the accuracy, or R².

    Parameters
    ----------
    run : TrainedRun
    y : ndarray
        Class numbers, or numbers.
    outputs : ndarray
        The outputs of the network, or of a simple method, for the rows.
    of : ndarray, optional
        The targets whose variance counts as 1; by default `y`.
    """
    if run.is_classification:
        return np.asarray(run.as_probabilities(outputs).argmax(axis=1) != y, np.float64)
    true = y.reshape(len(y), -1).astype(np.float64)
    spread = (true if of is None else of.reshape(len(of), -1).astype(np.float64)).var(axis=0)
    squared = (true - outputs.reshape(true.shape)) ** 2
    return np.asarray((squared / np.where(spread > 0, spread, 1.0)).mean(axis=1))


def mean_is_above(values: np.ndarray, level: float) -> bool:
    """Return whether the mean is above a level by more than chance makes it."""
    error = values.std() / math.sqrt(max(len(values) - 1, 1))
    return bool(values.mean() - level > SURE * error)


def _drawn(count: int, most: int) -> np.ndarray:
    return np.sort(permutation(0, "report/baseline", count)[:most])


def _scaled(run: TrainedRun, x: np.ndarray, like: np.ndarray | None = None) -> np.ndarray:
    """Return samples as rows of numbers of the size of 1, measured on the training rows."""
    flat = x.reshape(len(x), -1).astype(np.float64)
    known = flat if like is None else like.reshape(len(like), -1).astype(np.float64)
    if run.data.image_shape is not None:  # pixels keep their common scale
        return (flat - known.mean()) / (known.std() or 1.0)
    found = moments(known)
    return np.asarray((flat - found.mean) / np.where(found.constant, 1.0, found.deviation))


def _wanted(run: TrainedRun, y: np.ndarray) -> np.ndarray:
    if run.is_classification:
        return np.eye(max(len(run.data.class_names), 2))[y]
    return y.reshape(len(y), -1).astype(np.float64)


def _nearest(x: np.ndarray, y: np.ndarray, x_test: np.ndarray) -> np.ndarray:
    """Return the mean target of the nearest training rows."""
    squares = (x**2).sum(axis=1) - 2 * x_test @ x.T  # the rest is the same for all of them
    near = np.argpartition(squares, NEIGHBOURS - 1, axis=1)[:, :NEIGHBOURS]
    return np.asarray(y[near].mean(axis=1))


def _wide(x: np.ndarray, y: np.ndarray, x_test: np.ndarray) -> np.ndarray:
    """Return what a wide random hidden layer gives with the best last layer."""
    width = x.shape[1]
    weights = normal(0, "report/baseline/W", (width, UNITS), stddev=1.5 / math.sqrt(width))
    bias = normal(0, "report/baseline/b", (UNITS,))
    mean = y.mean(axis=0)
    hidden, hidden_test = (
        np.concatenate([rows, np.tanh(rows @ weights + bias)], axis=1) for rows in (x, x_test)
    )
    middle = hidden.mean(axis=0)
    return np.asarray(mean + (hidden_test - middle) @ _ridge(hidden - middle, y - mean))


def _ridge(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the weights of least squares, shrunk as cross-validation would have it.

    Source: Golub, Heath and Wahba, Generalized cross-validation as a method for choosing a good
    ridge parameter (1979).
    """
    u, s, vt = np.linalg.svd(x, full_matrices=False)
    projected, rows = u.T @ y, len(x)
    outside = float((y**2).sum() - (projected**2).sum())
    best, chosen = math.inf, s
    for shrink in s[0] ** 2 * 10.0 ** np.arange(-8.0, 1.0) if s[0] > 0 else ():
        kept = s**2 / (s**2 + shrink)
        left = outside + float((((1 - kept)[:, None] * projected) ** 2).sum())
        score = left / max(rows - 1 - float(kept.sum()), 1e-9) ** 2
        if score < best:
            best, chosen = score, s / (s**2 + shrink)
    if not math.isfinite(best):
        return np.zeros((x.shape[1], y.shape[1]))
    return np.asarray(vt.T @ (chosen[:, None] * projected))
