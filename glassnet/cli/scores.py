"""Test results: as numbers, and in words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from glassnet import metrics
from glassnet.numbers import number
from glassnet.training.classes import probabilities
from glassnet.utils import to_categorical

__all__ = ["plain_scores", "score", "scores_text", "targets"]


def score(model: Any, task: str, x: np.ndarray, y: np.ndarray) -> dict[str, float]:
    """Return the test results of a model by name, the most telling first.

    Parameters
    ----------
    y : ndarray
        Class numbers, or numbers for regression.
    """
    outputs = model.predict(x)
    if task == "regression":
        true = y.reshape(outputs.shape).astype(np.float64)
        return {
            "r2": metrics.r2(true, outputs),
            "mean_absolute_error": metrics.mean_absolute_error(true, outputs),
            "mean_squared_error": metrics.mean_squared_error(true, outputs),
        }
    shares = probabilities(outputs, model.loss)
    shares = shares[:, 1:] if outputs.shape[1] == 1 else shares
    return {
        "accuracy": metrics.accuracy(y, shares),
        "f1": metrics.f1(y, shares),
        "loss": float(model.evaluate(x, targets(model, task, y, outputs.shape[1]), verbose=0)[0]),
    }


def targets(model: Any, task: str, y: np.ndarray, outputs: int) -> np.ndarray:
    """Return class numbers, or numbers for regression, in the form the loss of the model takes."""
    if task == "regression":
        return y.reshape(-1, outputs)
    if outputs == 1:
        return y[:, None]
    takes_labels = model.loss is None or model.loss.takes_labels
    return y if takes_labels else to_categorical(y, outputs)


def plain_scores(scores: dict[str, float]) -> dict[str, float | None]:
    """Return results as JSON can hold them."""
    return {name: value if math.isfinite(value) else None for name, value in scores.items()}


def scores_text(scores: Mapping[str, float | None], rows: int | None = None) -> str:
    """Return test results in words.

    Examples
    --------
    >>> scores_text({"accuracy": 0.975, "f1": 0.974, "loss": 0.081}, 40)
    'accuracy 97.5 % (39 of 40 right), F1 0.974, loss 0.081'
    """
    labels = {"r2": "R²", "f1": "F1"}
    parts = []
    for name, value in scores.items():
        label = labels.get(name, name.replace("_", " "))
        if value is None or not math.isfinite(value):
            parts.append(f"{label} not finite")
        elif name == "accuracy":
            right = f" ({round(value * rows):,} of {rows:,} right)" if rows else ""
            parts.append(f"accuracy {100 * value:.1f} %{right}")
        else:
            # An ASCII minus, so that what a terminal shows can be pasted into a program.
            parts.append(f"{label} {number(value)}".replace("\N{MINUS SIGN}", "-"))
    return ", ".join(parts)
