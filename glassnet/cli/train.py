"""``glassnet train``: from data to a trained, tested, saved and reported network."""

from __future__ import annotations

import json

import typer

from glassnet.cli import options
from glassnet.cli.messages import Messages
from glassnet.cli.request import Request
from glassnet.cli.run import Run
from glassnet.cli.say import out

__all__ = ["train"]

INTERRUPTED = 130  # what a shell gives a program that Ctrl-C ended


def train(
    data: options.Data,
    target: options.Target = None,
    layers: options.Layers = None,
    epochs: options.Epochs = None,
    batch_size: options.BatchSize = None,
    optimizer: options.OptimizerName = None,
    learning_rate: options.LearningRate = None,
    seed: options.Seed = None,
    test_size: options.TestSize = None,
    output: options.Output = None,
    report: options.Report = None,
    resume: options.Resume = None,
    as_json: options.Json = False,
) -> None:
    """Train a network on DATA, test it, and write the model and a report.

    A part of the rows is held out for the test, and a part of the rest watches over the training,
    which ends when the network no longer gets better on it. Ctrl-C ends it early and keeps what
    was learned.

    \b
    glassnet train digits
    glassnet train iris --layers "16 tanh, 3 softmax" --seed 7
    glassnet train houses.csv --target price --test-size 0.3 --output houses.safetensors
    glassnet train digits --resume digits.checkpoint.safetensors
    glassnet train digits --json | jq .test.accuracy
    """  # noqa: D301  the real backspace keeps the lines as they are
    request = Request(
        data, target, layers, epochs, batch_size, optimizer, learning_rate, seed, test_size,
        output, report, resume,
    )  # fmt: skip
    run, messages = Run(request), Messages(is_quiet=as_json)
    run.prepare()
    messages.before(run)
    run.finish()
    messages.after(run)
    if as_json:
        out(json.dumps(run.as_json(), allow_nan=False))
    if run.is_interrupted:
        raise typer.Exit(INTERRUPTED)
