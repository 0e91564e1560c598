"""``glassnet export``: a model as a file of another library."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glassnet.cli import options
from glassnet.cli.say import field
from glassnet.cli.trained import load_model
from glassnet.errors import ArgumentError, suggestion
from glassnet.models.fann import save_fann

__all__ = ["export"]

# What --to takes: the function that writes it, and the ending of its files.
_FORMATS = {"fann": (save_fann, ".net")}


def export(
    model: options.ModelFile,
    to: Annotated[str, typer.Option(metavar="FORMAT", help="The format: fann.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="The file.  [default: MODEL.net]"),
    ] = None,
) -> None:
    """Write MODEL in the format of another library.

    \b
    glassnet train and.data
    glassnet export and.safetensors --to fann
    """  # noqa: D301  the real backspace keeps the lines as they are
    if to not in _FORMATS:
        raise ArgumentError(f"--to {to!r} is no format{suggestion(to, _FORMATS)}")
    write, ending = _FORMATS[to]
    written = write(load_model(model), output or model.with_suffix(ending))
    field("written", str(written))
