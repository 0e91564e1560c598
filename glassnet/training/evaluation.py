"""Prediction and evaluation: a program run over all samples in pieces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from glassnet.backends import Backend
from glassnet.graph import Program
from glassnet.losses import Loss
from glassnet.metrics import HostMetric, Kind, Metric

__all__ = ["PENALTY", "PIECE", "averages", "evaluate_rows", "predict_rows"]

# The total that holds the penalties of a loss that sums: a part of the loss, but a mean over rows.
PENALTY = "loss.penalty"

# Samples computed at once: enough to be fast, few enough to need little memory.
PIECE = 1024


def predict_rows(
    backend: Backend,
    program: Program,
    inputs: Mapping[str, np.ndarray],
    weights: Mapping[str, np.ndarray],
    piece: int = PIECE,
) -> list[np.ndarray]:
    """Return the outputs of the network for all samples."""
    rows = len(next(iter(inputs.values())))
    if 0 < rows <= piece:
        return list(backend.run(program, {**inputs, **weights}).values())
    results: list[list[np.ndarray]] = []
    for start in range(0, rows, piece):
        part = {name: array[start : start + piece] for name, array in inputs.items()}
        results.append(list(backend.run(program, {**part, **weights}).values()))
    return [np.concatenate(parts) for parts in zip(*results, strict=True)]


def evaluate_rows(
    backend: Backend,
    program: Program,
    data: Mapping[str, np.ndarray],
    weights: Mapping[str, np.ndarray],
    loss: Loss,
    metrics: Sequence[Metric],
    piece: int = PIECE,
    kind: Kind | None = None,
) -> dict[str, float]:
    """Return loss and metrics over all samples, whose targets are of one kind."""
    rows = len(data["y"])
    totals = dict.fromkeys(program.totals, 0.0)
    predictions = []
    for start in range(0, rows, piece):
        part = {name: array[start : start + piece] for name, array in data.items()}
        outputs = backend.run(program, {**part, **weights})
        for name in totals:
            totals[name] += float(outputs[name])
        if "predictions" in outputs:
            predictions.append(outputs["predictions"])
    named = averages(totals, rows, loss)
    named["loss"] += float(outputs.get("penalty", 0.0))
    for metric in metrics:
        if isinstance(metric, HostMetric):
            named[metric.name] = metric(data["y"], np.concatenate(predictions), kind)
    return {"loss": named["loss"], **{metric.name: named[metric.name] for metric in metrics}}


def averages(totals: Mapping[str, Any], rows: int, loss: Loss) -> dict[str, Any]:
    """Return the numbers of an epoch (or an array of epochs) from what its batches added up to.

    A loss that sums over samples is the sum over the epoch; everything else is a mean, the
    penalties too, so that an epoch has them once however many batches it has.
    """
    named = {}
    for name, total in totals.items():
        short = name.removeprefix("total_")
        is_sum = short == "loss" and loss.reduction == "sum"
        named[short] = total if is_sum else total / rows
    penalty = named.pop(PENALTY, None)
    if penalty is not None:
        named["loss"] = named["loss"] + penalty
    # Outputs that are NaN have no class, though a comparison with one has an answer.
    has_none = np.isnan(named["loss"])
    if np.any(has_none):
        named = {name: np.where(has_none, np.nan, value)[()] for name, value in named.items()}
    return named
