"""Metrics while a network trains: sums inside the step, or of all samples after an epoch."""

from __future__ import annotations

import abc
import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from glassnet import ops
from glassnet.errors import ArgumentError, shown, suggestion
from glassnet.graph import Node, constant
from glassnet.metrics import scores
from glassnet.metrics.kinds import Kind
from glassnet.settings import Configured, Family, a_function, flag, number, whole

__all__ = [
    "FAMILY",
    "Accuracy",
    "BitFail",
    "ExactMatch",
    "HostMetric",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Metric",
    "TopKAccuracy",
    "get",
    "missed",
    "names",
]


class Metric(Configured, abc.ABC):
    """Base of metrics that are summed up inside the training step.

    Attributes
    ----------
    name : str
        Key in the history.
    is_host_side : bool
        Whether it is computed from all samples after an epoch, not summed up inside the step.
    """

    name = "metric"
    is_host_side = False

    @abc.abstractmethod
    def per_sample(self, targets: Node, predictions: Node, kind: Kind) -> Node:
        """Return one number a sample, whose mean is the metric. Sample weights do not count.

        Parameters
        ----------
        kind : {"labels", "one_hot", "binary", "values"}
            What the targets are. It is a string with two numbers besides, ``kind.low`` and
            ``kind.high``: the levels of one-hot rows and of answers, 0 and 1 or -1 and 1.
        """

    def described(self) -> Any:
        """Return what a file has to say about it."""
        return self.to_config()


FAMILY: Family[Metric] = Family("metric", Metric)


def _flat_mean(values: Node) -> Node:
    axes = tuple(range(1, len(values.shape)))
    return ops.mean(values, axis=axes) if axes else values


def _hits(metric: Metric, targets: Node, predictions: Node, kind: Kind) -> Node:
    """Return 1 for each class, or each answer, that is right, else 0."""
    if kind == "values":
        raise ArgumentError(
            f"{metric.name} compares classes, but the targets of this network are quantities: of "
            "more than two different values; use metrics=['mae'] or ['r2'], or a loss of classes"
        )
    if kind == "labels":
        hits = ops.equal(ops.argmax(predictions, axis=-1), targets)
    elif kind == "one_hot":
        hits = ops.equal(ops.argmax(predictions, axis=-1), ops.argmax(targets, axis=-1))
    else:
        middle = kind.threshold
        hits = ops.equal(ops.greater_equal(predictions, middle), ops.greater_equal(targets, middle))
    return ops.cast(hits, predictions.dtype)


class Accuracy(Metric):
    """Fraction of samples whose class is right; of several answers a row, fraction of answers.

    An output says yes from half way between the two levels of the targets on: 0.5, or 0 where
    they are -1 and 1.
    """

    name = "accuracy"

    def per_sample(self, targets: Node, predictions: Node, kind: Kind) -> Node:
        return _flat_mean(_hits(self, targets, predictions, kind))


class ExactMatch(Metric):
    """Fraction of samples all of whose answers are right; with one class a sample, the accuracy."""

    name = "exact_match"

    def per_sample(self, targets: Node, predictions: Node, kind: Kind) -> Node:
        share = _flat_mean(_hits(self, targets, predictions, kind))
        # A share below 1 is short of it by 1/k at least, however its sum was rounded.
        sizes: Any = predictions.shape[1:]
        places = math.prod(sizes)
        return ops.cast(ops.greater_equal(share, 1 - 0.5 / places), predictions.dtype)


class TopKAccuracy(Metric):
    """Fraction of samples whose class is among the k with the highest outputs.

    Of equal outputs the later counts as higher, as in scikit-learn.

    Parameters
    ----------
    k : int, default 5
    """

    name = "top_k_accuracy"

    rules = MappingProxyType({"k": whole(1)})

    def __init__(self, k: int = 5) -> None:
        self.k = k

    def per_sample(self, targets: Node, predictions: Node, kind: Kind) -> Node:
        if kind not in ("labels", "one_hot"):
            raise ArgumentError("top_k_accuracy needs class targets and one output a class")
        dtype = predictions.dtype
        labels = ops.argmax(targets, axis=-1) if kind == "one_hot" else targets
        hot = ops.one_hot(labels, predictions.shape[-1], dtype)
        own = ops.sum(hot * predictions, axis=-1, keepdims=True)
        count: Any = predictions.shape[-1]
        columns = constant(np.arange(count, dtype=dtype))
        place = ops.sum(hot * columns, axis=-1, keepdims=True)
        ahead = ops.cast(ops.greater(predictions, own), dtype)
        ties = ops.cast(ops.equal(predictions, own), dtype)
        ahead = ahead + ties * ops.cast(ops.greater(columns, place), dtype)
        return ops.cast(ops.less(ops.sum(ahead, axis=-1), float(self.k)), dtype)


def _check_comparable(metric: Metric, kind: Kind) -> None:
    if kind == "labels":
        raise ArgumentError(
            f"{metric.name} compares numbers with numbers, but the targets of this loss are class "
            "labels; use metrics=['accuracy'], or one-hot targets with categorical_crossentropy"
        )


class MeanSquaredError(Metric):
    """Mean of (y - ŷ)²."""

    name = "mean_squared_error"

    def per_sample(self, targets: Node, predictions: Node, kind: Kind) -> Node:
        _check_comparable(self, kind)
        return _flat_mean(ops.square(predictions - targets))


class MeanAbsoluteError(Metric):
    """Mean of |y - ŷ|."""

    name = "mean_absolute_error"

    def per_sample(self, targets: Node, predictions: Node, kind: Kind) -> Node:
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

    rules = MappingProxyType(
        {"limit": number(above=0, why="limit must be greater than 0"), "halved": flag}
    )

    def __init__(self, limit: float = 0.35, halved: bool = False) -> None:
        self.limit = limit
        self.halved = halved

    def per_sample(self, targets: Node, predictions: Node, kind: Kind) -> Node:
        _check_comparable(self, kind)
        return _flat_mean(missed(predictions - targets, self.limit * (2 if self.halved else 1)))


class HostMetric(Metric):
    """A metric computed from all targets and predictions at once, after an epoch.

    Parameters
    ----------
    function : callable
        ``function(y_true, y_pred)`` gives a number.
    """

    is_host_side = True
    rules = MappingProxyType({"function": a_function})

    def __init__(self, function: Callable[..., float]) -> None:
        self.function = function
        self.name = getattr(function, "__name__", "metric")

    def per_sample(self, targets: Node, predictions: Node, kind: Kind) -> Node:
        raise ArgumentError(f"{self.name} is not a mean over samples")

    def described(self) -> Any:
        return self.name

    def check(self, kind: Kind) -> None:
        """Raise an `ArgumentError` if the metric is none of such targets."""
        if self.function is scores.r2:
            _check_comparable(self, kind)
        elif self.function in _OF_CLASSES and kind == "values":
            raise ArgumentError(
                f"{self.name} is a metric of classes, but the targets of this network are "
                "quantities: of more than two different values; use metrics=['mae'] or ['r2']"
            )

    def __call__(self, y_true: np.ndarray, y_pred: np.ndarray, kind: Kind | None = None) -> float:
        if self.function not in _OF_CLASSES or kind is None:
            return self._number(self.function(y_true, y_pred))
        if np.isnan(y_pred).any():
            return float("nan")
        return self._number(self.function(y_true, y_pred, kind=kind))

    def _number(self, value: Any) -> float:
        try:
            return float(value)
        except (TypeError, ValueError):
            raise ArgumentError(
                f"the metric {self.name} gave {shown(value)}; a metric gives one number, for "
                "example the mean over classes"
            ) from None


FAMILY.add(Accuracy, "acc")
FAMILY.add(ExactMatch)
FAMILY.add(TopKAccuracy, "top_k")
FAMILY.add(BitFail)
FAMILY.add(MeanSquaredError, "mse")
FAMILY.add(MeanAbsoluteError, "mae")

_HOST: Mapping[str, Callable[..., float]] = {
    "precision": scores.precision,
    "recall": scores.recall,
    "f1": scores.f1,
    "roc_auc": scores.roc_auc,
    "auc": scores.roc_auc,
    "r2": scores.r2,
}
for _name, _function in _HOST.items():
    if _name != "auc":
        _function.glassnet_name = _name  # type: ignore[attr-defined]

# Functions that are told what the targets are.
_OF_CLASSES = (
    scores.accuracy,
    scores.exact_match,
    scores.f1,
    scores.precision,
    scores.recall,
    scores.roc_auc,
)


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
    if isinstance(metric, str) and FAMILY.find(metric) is None:
        raise ArgumentError(f"unknown metric {metric!r}{suggestion(metric, names())}")
    if callable(metric) and not isinstance(metric, Metric | type):
        return HostMetric(metric)
    return FAMILY.get(metric)
