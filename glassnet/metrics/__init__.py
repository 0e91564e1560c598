"""Metrics: numbers for people, on plain arrays and while a network trains.

The functions take targets and predictions as arrays; which call of scikit-learn each equals stands
in ``docs/metrics.md``. The classes are what ``compile(metrics=[...])`` makes of their names.
"""

from glassnet.metrics.kinds import Kind, kind_of, merged
from glassnet.metrics.scores import (
    UndefinedMetricWarning,
    accuracy,
    bit_fail,
    confusion_matrix,
    exact_match,
    f1,
    mean_absolute_error,
    mean_squared_error,
    precision,
    r2,
    recall,
    roc_auc,
    top_k_accuracy,
    warning_once,
)
from glassnet.metrics.step import (
    FAMILY,
    Accuracy,
    BitFail,
    ExactMatch,
    HostMetric,
    MeanAbsoluteError,
    MeanSquaredError,
    Metric,
    TopKAccuracy,
    get,
    missed,
    names,
)

__all__ = [
    "FAMILY",
    "Accuracy",
    "BitFail",
    "ExactMatch",
    "HostMetric",
    "Kind",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Metric",
    "TopKAccuracy",
    "UndefinedMetricWarning",
    "accuracy",
    "bit_fail",
    "confusion_matrix",
    "exact_match",
    "f1",
    "get",
    "kind_of",
    "mean_absolute_error",
    "mean_squared_error",
    "merged",
    "missed",
    "names",
    "precision",
    "r2",
    "recall",
    "roc_auc",
    "top_k_accuracy",
    "warning_once",
]


def __dir__() -> list[str]:
    return list(__all__)
