"""``glassnet source``: a model as a program."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from glassnet.cli import options
from glassnet.cli.data import builtin_name, load_for_model
from glassnet.cli.files import refuse_to_overwrite
from glassnet.cli.rows import batch_size_of, row_weights, training_rows
from glassnet.cli.say import field, note, out
from glassnet.cli.scores import targets
from glassnet.cli.trained import load_model, task_of
from glassnet.errors import ArgumentError
from glassnet.streams import ascii_program, is_unicode

__all__ = ["source"]

Data = Annotated[
    str | None,
    typer.Argument(
        metavar="[DATA]",
        help="What to train on: a built-in data set, or a CSV or .npz file. Without it the program "
        "reads data.npz.",
        show_default=False,
    ),
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="The program. By default it is printed."),
]
ForwardOnly = Annotated[
    bool, typer.Option("--forward-only", help="Only predict(x), and nothing that trains.")
]
Style = Annotated[
    str, typer.Option(metavar="STYLE", help="numpy, or loops: plain Python without imports.")
]
Epochs = Annotated[int, typer.Option(metavar="N", min=1, help="Times through the data.")]


def source(
    model: options.ModelFile,
    data: Data = None,
    output: Output = None,
    forward_only: ForwardOnly = False,
    style: Style = "numpy",
    epochs: Epochs = 1,
    batch_size: options.BatchSizeOfTraining = None,
    target: options.KnownTarget = None,
) -> None:
    """Write MODEL as a program that stands by itself: forward, backward, update.

    The program goes on training where MODEL stands, on the rows of DATA that were not held out to
    test it (those it was trained and validated with). Numbers that are too many to be written
    down, of weights or data, go to a .npz file beside the program.

    \b
    glassnet source digits.safetensors digits -o net.py && python net.py
    glassnet source flowers.safetensors --forward-only -o predict.py
    glassnet source xor.safetensors xor --style loops
    """  # noqa: D301  the real backspace keeps the lines as they are
    if output is not None:
        for path in (output, output.with_suffix(".npz")):
            refuse_to_overwrite(path, model, "the model")
            if data is not None and builtin_name(data) is None:
                refuse_to_overwrite(path, data, "the data")
    found = load_model(model)
    settings = _settings(found, data, target, batch_size, forward_only)
    settings |= {"style": style, "forward_only": forward_only, "epochs": epochs}
    if output is None:
        text = found.source(**settings)
        if not is_unicode(sys.stdout):  # Python reads UTF-8, of which ASCII is a part
            text = ascii_program(text)
        out(text, nl=False)
        if 'parent / "net.npz"' in text:
            note("the program reads net.npz beside it; --output net.py writes both")
        return
    field("written", str(found.save_source(output, **settings)))
    if output.with_suffix(".npz").name in output.read_text(encoding="utf-8"):
        field("beside it", str(output.with_suffix(".npz")))


def _settings(
    model: Any, data: str | None, target: str | None, batch_size: str | None, forward_only: bool
) -> dict[str, Any]:
    """Return samples, targets, weights and batch size, as the training had them."""
    if forward_only:
        if data is not None:
            raise ArgumentError("--forward-only needs no DATA: predict(x) is given its samples")
        return {}
    if data is None:
        size = model.info.get("run", {}).get("batch_size") if batch_size is None else batch_size
        return {"batch_size": "full" if size == "full" else _whole(size)}
    loaded = load_for_model(data, model.info, target)
    (x, y), _ = training_rows(model, loaded)
    outputs = model.network.topology.output_shapes[0][-1]
    task = task_of(model, loaded.task)
    return {
        "x": x,
        "y": targets(model, task, y, outputs),
        "sample_weight": row_weights(model, task, y),
        "batch_size": batch_size_of(model, batch_size, loaded),
    }


def _whole(size: Any) -> int:
    if size is None:
        return 32
    if not str(size).isdigit() or len(str(size)) > 15:
        raise ArgumentError(f"--batch-size {size!r}: give a whole number, or 'full' for all rows")
    return int(size)
