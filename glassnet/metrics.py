"""Metrics: numbers for people, on plain arrays and while a network trains.

One file, though a long one: metrics are short, and are chosen by reading them side by side.

The functions take targets and predictions as arrays. Targets are class labels ``(n,)``,
one-hot rows ``(n, k)`` or numbers; predictions are what a network gives, or labels.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from glassnet import ops
from glassnet.errors import ArgumentError, DataError, ShapeError
from glassnet.graph import Node
from glassnet.settings import Configured, Family

__all__ = [
    "Accuracy",
    "BitFail",
    "HostMetric",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Metric",
    "TopKAccuracy",
    "accuracy",
    "bit_fail",
    "confusion_matrix",
    "f1",
    "get",
    "mean_absolute_error",
    "mean_squared_error",
    "missed",
    "names",
    "precision",
    "r2",
    "recall",
    "roc_auc",
    "top_k_accuracy",
]


def labels_of(values: Any, threshold: float = 0.5) -> np.ndarray:
    """Return class labels from labels, one-hot rows, probabilities or one sigmoid output.

    >>> labels_of([[0.1, 0.9], [0.8, 0.2]])
    array([1, 0])
    """
    array = np.asarray(values)
    if array.ndim == 2 and array.shape[1] > 1:
        return array.argmax(axis=1)
    array = array.reshape(-1)
    if array.dtype.kind == "f" and not np.all(array == np.floor(array)):
        return (array >= threshold).astype(np.int64)
    return array.astype(np.int64)


def _pair(y_true: Any, y_pred: Any) -> tuple[np.ndarray, np.ndarray]:
    true, predicted = labels_of(y_true), labels_of(y_pred)
    if len(true) != len(predicted):
        raise ShapeError(f"y_true has {len(true)} samples but y_pred has {len(predicted)}")
    if len(true) == 0:
        raise DataError("a metric of no samples is not defined: y_true is empty")
    return true, predicted


def _numbers(y_true: Any, y_pred: Any) -> tuple[np.ndarray, np.ndarray]:
    true, predicted = np.asarray(y_true, np.float64), np.asarray(y_pred, np.float64)
    if true.shape != predicted.shape:
        raise ShapeError(
            f"y_true has the shape {true.shape} but y_pred has {predicted.shape}; they must be "
            "equal "
            "(a column of predictions is made flat by y_pred.ravel())"
        )
    if true.size == 0:
        raise DataError("a metric of no samples is not defined: y_true is empty")
    return true, predicted


def accuracy(y_true: Any, y_pred: Any) -> float:
    """Fraction of samples whose class is right.

    Examples
    --------
    >>> accuracy([0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
    0.6666666666666666
    """
    true, predicted = _pair(y_true, y_pred)
    return float(np.mean(true == predicted))


def top_k_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> float:
    """Fraction of samples whose class is among the k most probable."""
    true, scores = labels_of(y_true), np.asarray(y_pred)
    if scores.ndim != 2:
        raise ShapeError(
            f"top_k_accuracy needs one score a class, shape (n, k), got {scores.shape}"
        )
    own = scores[np.arange(len(true)), true]
    return float(np.mean(np.sum(scores > own[:, None], axis=1) < k))


def confusion_matrix(y_true: Any, y_pred: Any, num_classes: int | None = None) -> np.ndarray:
    """Counts of samples by true class (row) and predicted class (column).

    Examples
    --------
    >>> confusion_matrix([0, 1, 1], [0, 1, 0])
    array([[1, 0],
           [1, 1]])
    """
    true, predicted = _pair(y_true, y_pred)
    largest = int(max(true.max(), predicted.max()))
    if num_classes is not None and largest >= num_classes:
        raise ArgumentError(
            f"num_classes={num_classes}, but there is a label {largest}; labels go from 0 to "
            f"{num_classes - 1}"
        )
    count = num_classes or largest + 1
    matrix = np.zeros((count, count), np.int64)
    np.add.at(matrix, (true, predicted), 1)
    return matrix


def _class_counts(y_true: Any, y_pred: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return hits, predicted and actual counts: of class 1 if there are two, else of all."""
    matrix = confusion_matrix(y_true, y_pred)
    if len(matrix) == 1:
        matrix = np.pad(matrix, (0, 1))
    hits, predicted, actual = np.diag(matrix), matrix.sum(axis=0), matrix.sum(axis=1)
    if len(matrix) == 2:
        return hits[1:], predicted[1:], actual[1:]
    used = (predicted + actual) > 0
    return hits[used], predicted[used], actual[used]


def _ratio(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.divide(a, b, out=np.zeros(len(a)), where=b > 0)


def precision(y_true: Any, y_pred: Any) -> float:
    """Of the samples called positive, the fraction that are; several classes: their plain mean."""
    hits, predicted, _ = _class_counts(y_true, y_pred)
    return float(np.mean(_ratio(hits, predicted)))


def recall(y_true: Any, y_pred: Any) -> float:
    """Of the positive samples, the fraction called so; several classes: their plain mean."""
    hits, _, actual = _class_counts(y_true, y_pred)
    return float(np.mean(_ratio(hits, actual)))


def f1(y_true: Any, y_pred: Any) -> float:
    """Harmonic mean of precision and recall; several classes: the plain mean over classes.

    Examples
    --------
    >>> f1([0, 1, 1, 0], [0, 1, 0, 0])
    0.6666666666666666
    """
    hits, predicted, actual = _class_counts(y_true, y_pred)
    return float(np.mean(_ratio(2 * hits, predicted + actual)))


def roc_auc(y_true: Any, y_pred: Any) -> float:
    """Probability that a positive sample scores higher than a negative one (ties count half).

    Several classes: plain mean over classes, each against the rest.

    Examples
    --------
    >>> roc_auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.75
    """
    true, scores = labels_of(y_true), np.asarray(y_pred, np.float64)
    if scores.ndim == 2 and scores.shape[1] > 2:
        present = [c for c in range(scores.shape[1]) if 0 < np.sum(true == c) < len(true)]
        if not present:
            raise DataError("roc_auc needs samples of both classes, but y_true holds only one")
        return float(np.mean([_auc(true == c, scores[:, c]) for c in present]))
    scores = scores[:, -1] if scores.ndim == 2 else scores
    return _auc(true == 1, scores)


def _auc(positive: np.ndarray, scores: np.ndarray) -> float:
    count = int(positive.sum())
    if count in (0, len(positive)):
        raise DataError("roc_auc needs samples of both classes, but y_true holds only one")
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    total = ranks[inverse.reshape(-1)][positive].sum()
    return float((total - count * (count + 1) / 2) / (count * (len(positive) - count)))


def mean_squared_error(y_true: Any, y_pred: Any) -> float:
    """Mean of (y - ŷ)²."""
    true, predicted = _numbers(y_true, y_pred)
    return float(np.mean((true - predicted) ** 2))


def mean_absolute_error(y_true: Any, y_pred: Any) -> float:
    """Mean of |y - ŷ|."""
    true, predicted = _numbers(y_true, y_pred)
    return float(np.mean(np.abs(true - predicted)))


def bit_fail(y_true: Any, y_pred: Any, limit: float = 0.35) -> float:
    """Fraction of |y - ŷ| ≥ limit.

    Examples
    --------
    >>> bit_fail([0.0, 1.0, 1.0, 0.0], [0.1, 0.9, 0.4, 0.0])
    0.25
    """
    true, predicted = _numbers(y_true, y_pred)
    return float(np.mean(np.abs(true - predicted) >= limit))


def r2(y_true: Any, y_pred: Any) -> float:
    """1 - Σ(y - ŷ)² / Σ(y - mean)²: 1 is perfect, 0 no better than the mean.

    Examples
    --------
    >>> r2([1.0, 2.0, 3.0], [1.0, 2.0, 4.0])
    0.5
    """
    true, predicted = _numbers(y_true, y_pred)
    spread = np.sum((true - true.mean(axis=0)) ** 2)
    error = np.sum((true - predicted) ** 2)
    if spread == 0:
        return 1.0 if error == 0 else 0.0
    return float(1 - error / spread)


class Metric(Configured, abc.ABC):
    """Base of metrics that are summed up inside the training step.

    Attributes
    ----------
    name : str
        Key in the history.
    """

    name = "metric"

    @abc.abstractmethod
    def per_sample(self, targets: Node, predictions: Node, kind: str) -> Node:
        """Return one number a sample, whose mean is the metric.

        Parameters
        ----------
        kind : {"labels", "one_hot", "binary", "values"}
            What the targets are.
        """


FAMILY: Family[Metric] = Family("metric", Metric)


def _flat_mean(values: Node) -> Node:
    axes = tuple(range(1, len(values.shape)))
    return ops.mean(values, axis=axes) if axes else values


class Accuracy(Metric):
    """Fraction of samples whose class is right (one sigmoid output: at least 0.5 is class 1)."""

    name = "accuracy"

    def per_sample(self, targets: Node, predictions: Node, kind: str) -> Node:
        if kind == "labels":
            hits = ops.equal(ops.argmax(predictions, axis=-1), targets)
        elif kind == "one_hot":
            hits = ops.equal(ops.argmax(predictions, axis=-1), ops.argmax(targets, axis=-1))
        else:
            hits = ops.equal(ops.greater_equal(predictions, 0.5), ops.greater_equal(targets, 0.5))
        return _flat_mean(ops.cast(hits, predictions.dtype))


class TopKAccuracy(Metric):
    """Fraction of samples whose class is among the k most probable.

    Parameters
    ----------
    k : int, default 5
    """

    name = "top_k_accuracy"

    def __init__(self, k: int = 5) -> None:
        if k < 1:
            raise ArgumentError(f"TopKAccuracy(k={k}): k must be at least 1")
        self.k = k

    def per_sample(self, targets: Node, predictions: Node, kind: str) -> Node:
        if kind not in ("labels", "one_hot"):
            raise ArgumentError("top_k_accuracy needs class targets and one output a class")
        dtype = predictions.dtype
        hot = targets if kind == "one_hot" else ops.one_hot(targets, predictions.shape[-1], dtype)
        own = ops.sum(hot * predictions, axis=-1, keepdims=True)
        above = ops.sum(ops.cast(ops.greater(predictions, own), dtype), axis=-1)
        return ops.cast(ops.less(above, float(self.k)), dtype)


def _check_comparable(metric: Metric, kind: str) -> None:
    if kind == "labels":
        raise ArgumentError(
            f"{metric.name} compares numbers with numbers, but the targets of this loss are class "
            "labels; use metrics=['accuracy'], or one-hot targets with categorical_crossentropy"
        )


class MeanSquaredError(Metric):
    """Mean of (y - ŷ)²."""

    name = "mean_squared_error"

    def per_sample(self, targets: Node, predictions: Node, kind: str) -> Node:
        _check_comparable(self, kind)
        return _flat_mean(ops.square(predictions - targets))


class MeanAbsoluteError(Metric):
    """Mean of |y - ŷ|."""

    name = "mean_absolute_error"

    def per_sample(self, targets: Node, predictions: Node, kind: str) -> Node:
        _check_comparable(self, kind)
        return _flat_mean(ops.abs(predictions - targets))


def missed(errors: Node, limit: Any) -> Node:
    """Return 1 where an error is as large as the limit or larger, else 0."""
    return ops.cast(ops.greater_equal(ops.abs(errors), limit), errors.dtype)


class BitFail(Metric):
    """Fraction of the outputs that are off by ``limit`` or more.

    Where outputs stand for bits, 0 says that every one of them is right.

    Parameters
    ----------
    limit : float, default 0.35
    halved : bool, default False
        For outputs from -1 to 1: half the difference counts.

    Source: Fahlman (1988), as FANN has it. Differs: FANN gives the number of such outputs.
    """

    name = "bit_fail"

    def __init__(self, limit: float = 0.35, halved: bool = False) -> None:
        if not limit > 0:
            raise ArgumentError(f"BitFail(limit={limit}): limit must be greater than 0")
        self.limit = float(limit)
        self.halved = bool(halved)

    def per_sample(self, targets: Node, predictions: Node, kind: str) -> Node:
        _check_comparable(self, kind)
        return _flat_mean(missed(predictions - targets, self.limit * (2 if self.halved else 1)))


class HostMetric(Metric):
    """A metric computed from all targets and predictions at once, after an epoch.

    Parameters
    ----------
    function : callable
        ``function(y_true, y_pred)`` gives a number.
    """

    def __init__(self, function: Callable[[Any, Any], float]) -> None:
        self.function = function
        self.name = getattr(function, "__name__", "metric")

    def per_sample(self, targets: Node, predictions: Node, kind: str) -> Node:
        raise ArgumentError(f"{self.name} is not a mean over samples")

    def __call__(self, y_true: np.ndarray, y_pred: np.ndarray) -> float:
        return float(self.function(y_true, y_pred))


FAMILY.add(Accuracy, "acc")
FAMILY.add(TopKAccuracy, "top_k")
FAMILY.add(BitFail)
FAMILY.add(MeanSquaredError, "mse")
FAMILY.add(MeanAbsoluteError, "mae")

_HOST: Mapping[str, Callable[[Any, Any], float]] = {
    "precision": precision,
    "recall": recall,
    "f1": f1,
    "roc_auc": roc_auc,
    "auc": roc_auc,
    "r2": r2,
}
for _name, _function in _HOST.items():
    if _name != "auc":
        _function.glassnet_name = _name  # type: ignore[attr-defined]


def names() -> list[str]:
    """Return the names that ``compile(metrics=[...])`` knows."""
    return sorted({*FAMILY.names(), *_HOST})


def get(metric: Any) -> Metric:
    """Return a metric from an object, a name, a description or a function of two arrays.

    Examples
    --------
    >>> get("accuracy").name, get("f1").name
    ('accuracy', 'f1')
    """
    if isinstance(metric, dict) and metric.get("class") == "HostMetric":
        metric = metric["function"]
    if isinstance(metric, str) and metric.lower() in _HOST:
        return HostMetric(_HOST[metric.lower()])
    if isinstance(metric, str) and metric not in FAMILY.members:
        from glassnet.errors import suggestion

        raise ArgumentError(f"unknown metric {metric!r}{suggestion(metric, names())}")
    if callable(metric) and not isinstance(metric, Metric | type):
        return HostMetric(metric)
    return FAMILY.get(metric)
