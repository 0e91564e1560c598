"""Metrics as functions of plain arrays: targets and predictions in, one number out.

Every one equals a call of scikit-learn; ``docs/metrics.md`` is the table, and the tests go over it.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

import numpy as np

from glassnet.errors import ArgumentError, DataError, ShapeError, depth_of_user
from glassnet.metrics.kinds import decide, scored

__all__ = [
    "UndefinedMetricWarning",
    "accuracy",
    "bit_fail",
    "confusion_matrix",
    "exact_match",
    "f1",
    "mean_absolute_error",
    "mean_squared_error",
    "precision",
    "r2",
    "recall",
    "roc_auc",
    "top_k_accuracy",
    "warning_once",
]


class UndefinedMetricWarning(UserWarning):
    """A metric has no value for these samples, and NaN is returned."""


# Metrics that have warned in the current run; None outside of a run, where every call warns.
_SAID: ContextVar[set[str] | None] = ContextVar("said", default=None)


@contextlib.contextmanager
def warning_once(said: set[str]) -> Iterator[None]:
    """Let each metric warn once that it is undefined, as long as the same set is given."""
    token = _SAID.set(said)
    try:
        yield
    finally:
        _SAID.reset(token)


def _undefined(name: str, why: str) -> float:
    said = _SAID.get()
    if said is None or name not in said:
        if said is not None:
            said.add(name)
        warnings.warn(f"{name} is NaN: {why}", UndefinedMetricWarning, stacklevel=depth_of_user())
    return float("nan")


# Classes -----------------------------------------------------------------------------------


def accuracy(y_true: Any, y_pred: Any, kind: str | None = None) -> float:
    """Fraction of samples whose class is right; of several answers a row, fraction of answers.

    Parameters
    ----------
    y_true : array_like
        Labels, numbers or text, ``(n,)`` or ``(n, 1)``; one-hot rows ``(n, k)``; or rows of several
        answers ``(n, k)``, yes or no each (multi-label). Yes is the higher of two values.
    y_pred : array_like
        Labels or answers as in `y_true`; scores ``(n,)`` of the higher of two labels, which is
        meant from 0.5 on (from half way between the labels on, where scores leave 0 to 1); or
        scores of all classes, ``(n, k)``, whose highest is meant. Column j is the label j, or the
        j-th label in ascending order where labels are no column numbers.
    kind : {"labels", "one_hot", "binary"}, optional
        What targets are, where their form does not tell: "binary" says that every column is an
        answer by itself, also where each row happens to hold a single yes. While a network
        trains, its loss says it.

    Raises
    ------
    ShapeError
        If the shapes do not fit together.
    DataError
        If there are no samples or no classes, or NaN.

    Examples
    --------
    >>> accuracy([0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
    0.6666666666666666
    >>> accuracy([[1, 0, 1], [0, 0, 0]], [[0.9, 0.2, 0.3], [0.4, 0.1, 0.2]])
    0.8333333333333334
    """
    found = decide(y_true, y_pred, kind)
    return float(np.mean(found.true == found.predicted))


def exact_match(y_true: Any, y_pred: Any, kind: str | None = None) -> float:
    """Fraction of samples all of whose answers are right; with one class a sample, the accuracy.

    Parameters
    ----------
    y_true, y_pred, kind
        As in `accuracy`.

    Examples
    --------
    >>> exact_match([[1, 0, 1], [0, 0, 0]], [[0.9, 0.2, 0.3], [0.4, 0.1, 0.2]])
    0.5
    """
    found = decide(y_true, y_pred, kind)
    hits = found.true == found.predicted
    return float(np.mean(hits.all(axis=1) if found.is_multi_label else hits))


def top_k_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> float:
    """Fraction of samples whose class is among the k with the highest scores.

    Of equal scores the later column counts as higher, as in scikit-learn. Differs: `accuracy` takes
    the first of them.

    Parameters
    ----------
    y_true : array_like
        Labels or one-hot rows, as in `accuracy`.
    y_pred : array_like of shape (n, classes)
    k : int, default 5

    Examples
    --------
    >>> top_k_accuracy([0, 1, 2], [[0.5, 0.3, 0.2], [0.5, 0.3, 0.2], [0.5, 0.3, 0.2]], k=2)
    0.6666666666666666
    """
    if k < 1:
        raise ArgumentError(f"top_k_accuracy(k={k}): k must be at least 1")
    scores = np.asarray(y_pred)
    if scores.ndim < 2 or scores.shape[-1] < 2:
        raise ShapeError(
            f"top_k_accuracy needs one score a class, shape (n, k), got {scores.shape}"
        )
    found = decide(y_true, y_pred)
    if found.is_multi_label:
        raise DataError("top_k_accuracy needs one class a sample, but y_true is not one-hot")
    scores = scores.reshape(-1, scores.shape[-1])
    own = scores[np.arange(len(scores)), found.true][:, None]
    later = np.arange(scores.shape[1]) > found.true[:, None]
    ahead = np.sum((scores > own) | ((scores == own) & later), axis=1)
    return float(np.mean(ahead < k))


def confusion_matrix(y_true: Any, y_pred: Any, num_classes: int | None = None) -> np.ndarray:
    """Counts of samples by true class (row) and predicted class (column).

    Parameters
    ----------
    y_true, y_pred
        As in `accuracy`; one class a sample.
    num_classes : int, optional
        Labels are 0 to ``num_classes - 1``, a row for each. By default there is a row for every
        label that occurs, in ascending order.

    Examples
    --------
    >>> confusion_matrix([0, 1, 1], [0, 1, 0])
    array([[1, 0],
           [1, 1]])
    >>> confusion_matrix([-1, 1, 1], [-1, 1, -1])
    array([[1, 0],
           [1, 1]])
    """
    found = decide(y_true, y_pred)
    if found.is_multi_label:
        raise DataError(
            "confusion_matrix needs one class a sample, but the rows of y_true hold several "
            "answers; take one column at a time"
        )
    used = np.union1d(found.true, found.predicted)
    labels = found.labels[used]
    if num_classes is None:
        count, places = len(used), np.searchsorted(used, np.arange(len(found.labels)))
    else:
        count, places = num_classes, _numbers_of(found.labels, labels, num_classes)
    matrix = np.zeros((count, count), np.int64)
    np.add.at(matrix, (places[found.true], places[found.predicted]), 1)
    return matrix


def _numbers_of(known: np.ndarray, used: np.ndarray, count: int) -> np.ndarray:
    """Return known labels as the class numbers they are."""
    wrong = [one for one in used.tolist() if isinstance(one, str) or not 0 <= one < count]
    wrong += [one for one in used.tolist() if not isinstance(one, str) and one != int(one)]
    if wrong:
        raise ArgumentError(
            f"num_classes={count}, but there is a label {wrong[0]}; labels go from 0 to {count - 1}"
        )
    return known.astype(np.int64)


def _class_counts(
    y_true: Any, y_pred: Any, kind: str | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return hits, predicted and actual counts: of the higher of two labels, else of all."""
    found = decide(y_true, y_pred, kind)
    if found.is_multi_label:
        both = found.true & found.predicted
        return both.sum(axis=0), found.predicted.sum(axis=0), found.true.sum(axis=0)
    count = len(found.labels)
    hits = np.bincount(found.true[found.true == found.predicted], minlength=count)
    predicted = np.bincount(found.predicted, minlength=count)
    actual = np.bincount(found.true, minlength=count)
    used = predicted + actual > 0
    if count <= 2:
        used = np.arange(count) == count - 1
    return hits[used], predicted[used], actual[used]


def _ratio(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.divide(a, b, out=np.zeros(len(a)), where=b > 0)


def precision(y_true: Any, y_pred: Any, kind: str | None = None) -> float:
    """Of the samples called positive, the fraction that are.

    Of two classes the higher label is positive. Several classes, and several answers a row: the
    plain mean over classes and over columns. 0 where nothing is called positive.

    Parameters
    ----------
    y_true, y_pred, kind
        As in `accuracy`.

    Examples
    --------
    >>> precision([-1, -1, 1, 1], [-1, 1, 1, 1])
    0.6666666666666666
    """
    hits, predicted, _ = _class_counts(y_true, y_pred, kind)
    return float(np.mean(_ratio(hits, predicted)))


def recall(y_true: Any, y_pred: Any, kind: str | None = None) -> float:
    """Of the positive samples, the fraction called so; several classes as in `precision`.

    Parameters
    ----------
    y_true, y_pred, kind
        As in `accuracy`.
    """
    hits, _, actual = _class_counts(y_true, y_pred, kind)
    return float(np.mean(_ratio(hits, actual)))


def f1(y_true: Any, y_pred: Any, kind: str | None = None) -> float:
    """Harmonic mean of precision and recall; several classes as in `precision`.

    Parameters
    ----------
    y_true, y_pred, kind
        As in `accuracy`.

    Examples
    --------
    >>> f1([0, 1, 1, 0], [0, 1, 0, 0])
    0.6666666666666666
    """
    hits, predicted, actual = _class_counts(y_true, y_pred, kind)
    return float(np.mean(_ratio(2 * hits, predicted + actual)))


def roc_auc(y_true: Any, y_pred: Any, kind: str | None = None) -> float:
    """Probability that a positive sample scores higher than a negative one (ties count half).

    Of two classes the higher label is positive. Several classes: the plain mean over classes, each
    against the rest; several answers a row: over columns. NaN, with an `UndefinedMetricWarning`,
    where a class is absent, or has all the samples.

    Parameters
    ----------
    y_true, kind
        As in `accuracy`.
    y_pred : array_like
        Scores: ``(n,)`` of the higher label, or ``(n, k)``.

    Examples
    --------
    >>> roc_auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.75
    >>> roc_auc([1, 1, 2, 2], [0.1, 0.4, 0.35, 0.8])
    0.75
    """
    found = scored(y_true, y_pred, kind)
    if found.is_multi_label:
        pairs = list(zip(found.true.T, found.predicted.T, strict=True))
    elif found.predicted.ndim == 1:
        pairs = [(found.true == 1, found.predicted)]
    else:
        pairs = [(found.true == c, scores) for c, scores in enumerate(found.predicted.T)]
    for place, (positive, _) in enumerate(pairs):
        if positive.all() or not positive.any():
            what = f"class {found.labels[place]}" if len(pairs) > 1 else "the higher label"
            has = "all of the samples" if positive.all() else "none of the samples"
            return _undefined("roc_auc", f"{what} has {has}, and both kinds are needed")
    return float(np.mean([_auc(*pair) for pair in pairs]))


def _auc(positive: np.ndarray, scores: np.ndarray) -> float:
    count = int(positive.sum())
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    total = ranks[inverse.reshape(-1)][positive].sum()
    return float((total - count * (count + 1) / 2) / (count * (len(positive) - count)))


# Quantities --------------------------------------------------------------------------------


def _numbers(y_true: Any, y_pred: Any) -> tuple[np.ndarray, np.ndarray]:
    try:
        true, predicted = np.asarray(y_true, np.float64), np.asarray(y_pred, np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"this metric compares numbers with numbers: {error}") from None
    if true.shape != predicted.shape:
        raise ShapeError(
            f"y_true has the shape {true.shape} but y_pred has {predicted.shape}; they must be "
            "equal "
            "(a column of predictions is made flat by np.ravel(y_pred))"
        )
    if true.size == 0:
        raise DataError("a metric of no samples is not defined: y_true is empty")
    return true, predicted


def mean_squared_error(y_true: Any, y_pred: Any) -> float:
    """Mean of (y - ŷ)²."""
    true, predicted = _numbers(y_true, y_pred)
    return float(np.mean((true - predicted) ** 2))


def mean_absolute_error(y_true: Any, y_pred: Any) -> float:
    """Mean of |y - ŷ|."""
    true, predicted = _numbers(y_true, y_pred)
    return float(np.mean(np.abs(true - predicted)))


def bit_fail(y_true: Any, y_pred: Any, limit: float = 0.35) -> float:
    """Fraction of |y - ŷ| ≥ limit; NaN counts as one.

    Examples
    --------
    >>> bit_fail([0.0, 1.0, 1.0, 0.0], [0.1, 0.9, 0.4, 0.0])
    0.25
    """
    true, predicted = _numbers(y_true, y_pred)
    return float(np.mean(~(np.abs(true - predicted) < limit)))


def r2(y_true: Any, y_pred: Any) -> float:
    """1 - Σ(y - ŷ)² / Σ(y - mean)²: 1 is perfect, 0 no better than the mean.

    Several outputs: the plain mean over outputs. An output whose targets are all equal has 1 where
    every prediction is right, else 0. NaN, with an `UndefinedMetricWarning`, for a single sample.

    Examples
    --------
    >>> r2([1.0, 2.0, 3.0], [1.0, 2.0, 4.0])
    0.5
    """
    true, predicted = _numbers(y_true, y_pred)
    if true.ndim == 0 or len(true) < 2:
        return _undefined("r2", "it needs two samples or more")
    true, predicted = true.reshape(len(true), -1), predicted.reshape(len(true), -1)
    away = true - true.mean(axis=0)
    # A power of two near the largest distance, so that squares of small numbers are not 0.
    unit = np.ldexp(1.0, np.frexp(np.abs(away).max(axis=0))[1] - 1)
    error = np.sum(((true - predicted) / unit) ** 2, axis=0)
    spread = np.sum((away / unit) ** 2, axis=0)
    # The mean of equal numbers may differ from them in the last digit.
    is_constant = (true == true[0]).all(axis=0)
    of_constant = np.where(error == 0, 1.0, 0.0)
    share = np.divide(error, spread, out=np.zeros_like(error), where=~is_constant)
    return float(np.mean(np.where(is_constant, of_constant, 1 - share)))
