"""``glassnet diagnose``: what keeps a network from learning."""

from __future__ import annotations

import json

import typer

from glassnet.cli import options
from glassnet.cli.data import load_for_model
from glassnet.cli.rows import batch_size_of, row_weights, training_rows
from glassnet.cli.say import out
from glassnet.cli.scores import targets
from glassnet.cli.trained import load_model, task_of

__all__ = ["diagnose"]

# What the shell is told where a problem was found: neither success, nor a failure of the command.
PROBLEM = 3


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
    (x, y), held_out = training_rows(found, loaded)
    outputs = found.network.topology.output_shapes[0][-1]
    task = task_of(found, loaded.task)
    told = found.diagnose(
        x, targets(found, task, y, outputs),
        None if held_out is None else (held_out[0], targets(found, task, held_out[1], outputs)),
        row_weights(found, task, y), batch_size_of(found, batch_size, loaded),
        verbose=0 if as_json else "auto",
    )  # fmt: skip
    if as_json:
        answer = {**told.as_dict(), "model": str(model)}
        out(json.dumps(answer, allow_nan=False))
    else:
        out(str(told))
    if told.worst == "problem":
        raise typer.Exit(PROBLEM)
