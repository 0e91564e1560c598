"""What knowing nothing brings: the best answer that does not look at the inputs, and its loss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from glassnet.losses import BinaryCrossentropy, Loss, MeanAbsoluteError
from glassnet.random import permutation

__all__ = [
    "GOOD",
    "best_guess",
    "drawn",
    "guess_loss",
    "mean_loss",
    "perfect_outputs",
    "targets_of",
]

GOOD = 0.4  # share of the loss of a guess that is gone where a network has learned


def drawn(data: Mapping[str, np.ndarray], count: int) -> dict[str, np.ndarray]:
    """Return at most so many rows, drawn at random, in the order they lie in."""
    rows = len(data["y"])
    if rows <= count:
        return dict(data)
    chosen = np.sort(permutation(0, "diagnosis", rows)[:count])
    return {name: array[chosen] for name, array in data.items()}


def targets_of(loss: Loss, y: np.ndarray, classes: int) -> np.ndarray:
    """Return targets in the shape of the outputs: one-hot for class labels."""
    return np.eye(classes)[y] if loss.takes_labels else y


def best_guess(loss: Loss, targets: np.ndarray) -> np.ndarray:
    """Return the outputs, those of one row, that are best for all rows together.

    Examples
    --------
    >>> from glassnet.losses import MeanSquaredError
    >>> best_guess(MeanSquaredError(), np.array([[1.0], [3.0]]))
    array([2.])
    """
    values = targets.astype(np.float64)
    if isinstance(loss, MeanAbsoluteError):
        return np.asarray(np.median(values, axis=0))
    return perfect_outputs(loss, values.mean(axis=0))


def perfect_outputs(loss: Loss, targets: np.ndarray) -> np.ndarray:
    """Return the outputs that stand for targets: the targets, or their logits."""
    if not getattr(loss, "from_logits", False):
        return np.asarray(targets)
    p = np.clip(targets, 1e-7, 1 - 1e-7)
    return np.log(p / (1 - p)) if isinstance(loss, BinaryCrossentropy) else np.log(p)


def guess_loss(loss: Loss, y: np.ndarray, guess: np.ndarray) -> float:
    """Return the mean loss of giving the same outputs for every row."""
    return mean_loss(loss, y, np.broadcast_to(guess, (len(y), *guess.shape)))


def mean_loss(loss: Loss, y: np.ndarray, outputs: Any) -> float:
    """Return the mean loss of a row, also where the loss sums over rows."""
    with np.errstate(all="ignore"):
        found = float(loss(y, np.asarray(outputs)))
    return found / len(y) if loss.reduction == "sum" else found
