"""``glassnet diagnose``: what keeps a network from learning."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import typer

from glassnet.cli import options
from glassnet.cli.data import fingerprint, load_for_model
from glassnet.cli.scores import targets
from glassnet.cli.trained import load_model, task_of
from glassnet.datasets import Dataset
from glassnet.errors import ArgumentError

__all__ = ["diagnose"]

# What the shell is told where a problem was found: neither success, nor a failure of the command.
PROBLEM = 3

Pair = tuple[np.ndarray, np.ndarray]


def diagnose(
    model: options.ModelFile,
    data: options.Data,
    target: options.KnownTarget = None,
    batch_size: options.BatchSizeOfTraining = None,
    as_json: options.Json = False,
) -> None:
    """Look for what keeps MODEL from learning DATA, and say what to do.

    It checks the data, the weights, the gradient, the units and the learning rate, by measures and
    short trials on a copy; the file is left as it is. Data are read as `evaluate` reads them. Of
    the data that the model was trained with, it takes the rows of the training, and compares them
    with those held out.

    The exit code is 0, or 3 if a finding is a problem; 1 if the command failed.

    \b
    glassnet diagnose flowers.safetensors flowers.csv
    glassnet diagnose digits.safetensors digits --json
    glassnet diagnose and.net and.data --batch-size full
    """  # noqa: D301  the real backspace keeps the lines as they are
    found = load_model(model)
    loaded = load_for_model(data, found.info, target)
    (x, y), held_out = _rows(found, loaded)
    outputs = found.network.topology.output_shapes[0][-1]
    task = task_of(found, loaded.task)
    told = found.diagnose(
        x, targets(found, task, y, outputs),
        None if held_out is None else (held_out[0], targets(found, task, held_out[1], outputs)),
        _weights(found, task, y), _batch_size(found, batch_size, loaded),
        verbose=0 if as_json else "auto",
    )  # fmt: skip
    if as_json:
        answer = {**told.as_dict(), "model": str(model)}
        typer.echo(json.dumps(answer, allow_nan=False))
    else:
        typer.echo(str(told))
    if told.worst == "problem":
        raise typer.Exit(PROBLEM)


def _rows(model: Any, data: Dataset) -> tuple[Pair, Pair | None]:
    """Return the rows of the training, and those held out if these are the data it was made on."""
    known = model.info.get("data", {})
    if data.complete or known.get("fingerprint") != fingerprint(data):
        return (data.x, data.y), None
    return data.split(model.info.get("run", {}).get("test_size"))


def _weights(model: Any, task: str, y: np.ndarray) -> np.ndarray | None:
    """Return the weights that `train` gives to rows of a regression: errors in deviations."""
    if task != "regression" or not model.info.get("run"):
        return None
    return np.full(len(y), 1 / (float(np.var(y.astype(np.float64))) or 1.0))


def _batch_size(model: Any, given: str | None, data: Dataset) -> int | str | None:
    size = given if given is not None else model.info.get("run", {}).get("batch_size")
    if size is None:
        return "full" if data.complete else None
    if str(size).isascii() and str(size).isdigit() and len(str(size)) < 16:
        return int(size)
    if size != "full":
        raise ArgumentError(f"--batch-size {size!r}: give a whole number, or 'full' for all rows")
    return "full"
