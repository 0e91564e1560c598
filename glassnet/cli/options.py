"""The arguments and options of the subcommands, with their help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "AllRows",
    "BatchSize",
    "BatchSizeOfTraining",
    "Data",
    "Epochs",
    "Json",
    "KnownTarget",
    "Layers",
    "LearningRate",
    "ModelFile",
    "OptimizerName",
    "Output",
    "Predictions",
    "Report",
    "Resume",
    "Seed",
    "Target",
    "TestSize",
]

Data = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help="A built-in data set (digits, iris, wine, breast_cancer, diabetes, xor, and, or, "
        "nand, mnist, fashion_mnist, two_moons, circles, spiral, two_spirals, blobs), or a CSV or "
        ".npz file.",
        show_default=False,
    ),
]
ModelFile = Annotated[
    Path,
    typer.Argument(metavar="MODEL", help="A model file, as `train` writes it.", show_default=False),
]
Target = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN",
        help="The column to predict: its name, or its position counted from 0. By default the "
        "column named target, class or label, else the last.",
    ),
]
KnownTarget = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN",
        help="The column that holds the right answers: its name, or its position counted from 0. "
        "By default the one of the name it had in training.",
    ),
]
Layers = Annotated[
    str | None,
    typer.Option(
        metavar="LIST",
        help="The layers, e.g. '64 relu, dropout 0.2, 10 softmax'. By default what suits the data.",
    ),
]
Epochs = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=1,
        help="At most this many times through the data. Training ends earlier when the network no "
        "longer gets better.  [default: 300; 2000 for a logic table]",
    ),
]
BatchSize = Annotated[
    str | None,
    typer.Option(
        metavar="N", help="Samples a step, or 'full' for all.  [default: 32; 128 for large sets]"
    ),
]
BatchSizeOfTraining = Annotated[
    str | None,
    typer.Option(
        "--batch-size",
        metavar="N",
        help="Samples a step, or 'full' for all. By default as in training, else 32.",
    ),
]
OptimizerName = Annotated[
    str | None,
    typer.Option(
        "--optimizer", metavar="NAME", help="adam, sgd, rmsprop, lbfgs ...  [default: adam]"
    ),
]
LearningRate = Annotated[
    float | None,
    typer.Option(metavar="RATE", help="How long the steps are. By default what suits the data."),
]
Seed = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=0,
        max=2**31 - 1,
        help="Starting point of all that is random in training; the rows held out for the test do "
        "not depend on it.  [default: 0]",
    ),
]
TestSize = Annotated[
    float | None,
    typer.Option(
        metavar="PART",
        help="Rows to hold out for the test, as a fraction or a count. By default the official "
        "split where there is one, else 0.2.",
    ),
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="The model.  [default: DATA.safetensors]"),
]
Report = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="The report, an HTML page.  [default: DATA-report.html]"),
]
Resume = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Go on from the checkpoint that an interrupted `train` left behind, "
        "DATA.checkpoint.safetensors.",
    ),
]
Json = Annotated[
    bool,
    typer.Option("--json", help="Print one JSON object on standard output and nothing else there."),
]
AllRows = Annotated[
    bool,
    typer.Option("--all", help="Test on all rows, also on those the model was trained with."),
]
Predictions = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", metavar="FILE", help="Where to write. By default the standard output."
    ),
]
