"""The rows a model was trained on, and how they were given to it."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.cli.data import is_made_on
from glassnet.data.moments import moments
from glassnet.datasets import Dataset
from glassnet.errors import ArgumentError

__all__ = ["batch_size_of", "error_weights", "row_weights", "training_rows"]

Pair = tuple[np.ndarray, np.ndarray]


def training_rows(model: Any, data: Dataset) -> tuple[Pair, Pair | None]:
    """Return the rows of the training, and those held out if these are the data it was made on."""
    known = model.info.get("data", {})
    if data.complete or not is_made_on(known, data):
        return (data.x, data.y), None
    return data.split(model.info.get("run", {}).get("test_size"))


def row_weights(model: Any, task: str, y: np.ndarray) -> np.ndarray | None:
    """Return the weights that `train` gives to rows of a regression: errors in deviations."""
    if task != "regression" or not model.info.get("run"):
        return None
    return error_weights(y, len(y))


def error_weights(y: np.ndarray, rows: int) -> np.ndarray:
    """Return the weight of each row with which errors count in deviations of the targets `y`.

    Always saying the mean then gives a loss of 1.
    """
    deviation = float(moments(y.reshape(-1, 1)).deviation[0]) or 1.0
    return np.full(rows, 1 / deviation**2)


def batch_size_of(model: Any, given: str | None, data: Dataset) -> int | str | None:
    """Return the batch size that was asked for, else that of the training."""
    size = given if given is not None else model.info.get("run", {}).get("batch_size")
    if size is None:
        return "full" if data.complete else None
    if str(size).isascii() and str(size).isdigit() and len(str(size)) < 16:
        return int(size)
    if size != "full":
        raise ArgumentError(f"--batch-size {size!r}: give a whole number, or 'full' for all rows")
    return "full"
