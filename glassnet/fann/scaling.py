"""Scaling kept in a network: every column by its mean and deviation."""

from __future__ import annotations

import numpy as np

from glassnet.errors import DataError

__all__ = ["descaled", "fitted", "neutral", "scaled"]

Scaling = dict[str, np.ndarray]


def neutral(n_in: int, n_out: int) -> Scaling:
    """Return scaling that leaves everything as it is."""
    values = {"mean": 0.0, "deviation": 1.0, "new_min": -1.0, "factor": 1.0}
    return {
        f"{name}_{side}": np.full(size, value)
        for side, size in (("in", n_in), ("out", n_out))
        for name, value in values.items()
    }


def fitted(scaling: Scaling, side: str, rows: np.ndarray, low: float, high: float) -> Scaling:
    """Return the scaling that maps mean ± one deviation of every column to a range.

    The four numbers of a column are C floats, as in FANN.
    """
    if not len(rows):
        raise DataError("scaling needs data; use set_train_data or read_train_from_file first")
    columns = rows.shape[1]
    new = {
        "mean": rows.mean(axis=0),
        "deviation": rows.std(axis=0),
        "new_min": np.full(columns, low),
        "factor": np.full(columns, (high - low) / 2),
    }
    singles = {f"{k}_{side}": v.astype(np.float32).astype(float) for k, v in new.items()}
    return {**scaling, **singles}


def _parts(scaling: Scaling, side: str) -> tuple[np.ndarray, ...]:
    mean, deviation, new_min, factor = (
        scaling[f"{name}_{side}"] for name in ("mean", "deviation", "new_min", "factor")
    )
    # A column that never changes is left alone; FANN 2.2.0 divides by 0.
    constant = deviation == 0
    if constant.any():
        mean = np.where(constant, 0.0, mean)
        new_min = np.where(constant, -1.0, new_min)
        factor = np.where(constant, 1.0, factor)
        deviation = np.where(constant, 1.0, deviation)
    return mean, deviation, new_min, factor


def scaled(scaling: Scaling, side: str, rows: np.ndarray) -> np.ndarray:
    """Return ((x - mean) / deviation + 1) · factor + new_min."""
    mean, deviation, new_min, factor = _parts(scaling, side)
    result: np.ndarray = ((rows - mean) / deviation + 1.0) * factor + new_min
    return result


def descaled(scaling: Scaling, side: str, rows: np.ndarray) -> np.ndarray:
    """Return ((x - new_min) / factor - 1) · deviation + mean."""
    mean, deviation, new_min, factor = _parts(scaling, side)
    result: np.ndarray = ((rows - new_min) / factor - 1.0) * deviation + mean
    return result
