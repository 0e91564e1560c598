"""What knowing nothing brings: the best answer that does not look at the inputs, and its loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from glassnet.losses import Loss
from glassnet.random import permutation
from glassnet.training.compile_record import CompileRecord

__all__ = [
    "best_guess",
    "drawn",
    "guess_loss",
    "mean_loss",
    "targets_of",
    "whole_guess",
    "whole_loss",
]


def drawn(data: Mapping[str, np.ndarray], count: int) -> dict[str, np.ndarray]:
    """Return at most ``count`` rows, drawn at random, in their order."""
    rows = len(next(iter(data.values())))
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
    return loss.best_constant(targets.astype(np.float64))


def guess_loss(loss: Loss, y: np.ndarray, guess: np.ndarray) -> float:
    """Return the mean loss of giving the same outputs for every row."""
    return mean_loss(loss, y, np.broadcast_to(guess, (len(y), *guess.shape)))


def mean_loss(loss: Loss, y: np.ndarray, outputs: Any) -> float:
    """Return the mean loss of a row, also where the loss sums over rows."""
    with np.errstate(all="ignore"):
        found = float(loss(y, np.asarray(outputs)))
    return found / len(y) if loss.reduction == "sum" else found


def whole_guess(
    record: CompileRecord, data: Mapping[str, np.ndarray], shapes: Sequence[tuple[int, ...]]
) -> float:
    """Return the mean loss of a row where every output gives its best constant answer."""
    outputs: list[Any] = [None] * len(shapes)
    for goal in record.goals:
        y, shape = data[goal.target], shapes[goal.place]
        targets = targets_of(goal.loss, y, shape[-1]) if shape else y
        guess = best_guess(goal.loss, targets)
        outputs[goal.place] = np.broadcast_to(guess, (len(y), *guess.shape))
    return whole_loss(record, data, outputs)


def whole_loss(
    record: CompileRecord, data: Mapping[str, np.ndarray], outputs: Sequence[np.ndarray]
) -> float:
    """Return the mean loss of a row, without penalties: that of all outputs with their weights."""
    return sum(
        goal.weight * mean_loss(goal.loss, data[goal.target], outputs[goal.place])
        for goal in record.goals
    )
