"""Prediction and evaluation: a program run over all samples in pieces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from glassnet.backends import Backend
from glassnet.graph import Program
from glassnet.metrics import Kind
from glassnet.training.compile_record import CompileRecord

__all__ = ["PENALTY", "PIECE", "averages", "evaluate_rows", "predict_rows"]

# The total that holds the penalties: a part of the loss, but one that an epoch has once.
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
    record: CompileRecord,
    piece: int = PIECE,
    kinds: Sequence[Kind | None] = (),
) -> dict[str, float]:
    """Return losses and metrics over all samples, whose targets are of the kinds given."""
    rows = record.rows(data)
    totals = dict.fromkeys(program.totals, 0.0)
    host = [goal for goal in record.goals if goal.host_metrics]
    found: dict[str, list[np.ndarray]] = {goal.predictions: [] for goal in host}
    for start in range(0, rows, piece):
        part = {name: array[start : start + piece] for name, array in data.items()}
        outputs = backend.run(program, {**part, **weights})
        for name in totals:
            totals[name] += float(outputs[name])
        for name, parts in found.items():
            parts.append(outputs[name])
    if "penalty" in outputs:
        totals[f"total_{PENALTY}"] = rows * float(outputs["penalty"])
    named = averages(totals, rows, record)
    for goal in host:
        predictions = np.concatenate(found[goal.predictions])
        kind = kinds[record.goals.index(goal)] if kinds else None
        for metric in goal.host_metrics:
            named[goal.called(metric.name)] = metric(data[goal.target], predictions, kind)
    return {name: named[name] for name in record.names}


def averages(totals: Mapping[str, Any], rows: int, record: CompileRecord) -> dict[str, Any]:
    """Return the numbers of an epoch (or an array of epochs) from what its batches added up to.

    A loss that sums over samples is the sum over the epoch; everything else is a mean, the
    penalties too, so that an epoch has them once however many batches it has.
    """
    sums = {name.removeprefix("total_"): total for name, total in totals.items()}
    losses, metrics = {}, {}
    for goal in record.goals:
        name = record.loss_name(goal)
        losses[name] = sums[name] if goal.loss.reduction == "sum" else sums[name] / rows
        # Outputs that are NaN have no class, though a comparison with one has an answer.
        is_nan = losses[name] != losses[name]
        has_nan = is_nan is not False and np.any(is_nan)
        for metric in goal.step_metrics:
            called = goal.called(metric.name)
            value = sums[called] / rows
            metrics[called] = np.where(is_nan, np.nan, value)[()] if has_nan else value
    whole: Any = 0.0
    for goal, value in zip(record.goals, losses.values(), strict=True):
        whole = whole + goal.weight * value
    if PENALTY in sums:
        whole = whole + sums[PENALTY] / rows
    found = {"loss": whole, **losses, **metrics}
    found["loss"] = whole
    return found
