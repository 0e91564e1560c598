"""``glassnet show``: what a model file holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from glassnet.cli import options
from glassnet.cli.files import refuse_to_overwrite
from glassnet.cli.say import field, out
from glassnet.cli.scores import scores_text
from glassnet.cli.trained import load_noted
from glassnet.translation import plural

__all__ = ["show"]

MOST_NAMES = 12


Picture = Annotated[
    str | None,
    typer.Option("--svg", metavar="FILE", help="Also draw the network, with its weights, to FILE."),
]


def show(model: options.ModelFile, svg: Picture = None) -> None:
    """Print what MODEL holds: its layers, what it was trained on, and how well it did.

    \b
    glassnet show digits.safetensors
    glassnet show digits.safetensors --svg digits.svg
    """  # noqa: D301  the real backspace keeps the lines as they are
    if svg is not None:
        refuse_to_overwrite(Path(svg), model, "the model")
    found = load_noted(model)
    picture = None if svg is None else found.diagram().save(svg)
    out(found.summary_text())
    if picture is not None:
        field("picture", str(picture))
    info = found.info
    if not info:
        return
    out("")
    _show_data(info)
    if info.get("test"):
        field("test", scores_text(info["test"], info.get("test_rows")))
    run = info.get("run", {})
    if run:
        field("layers", str(info.get("layers", "")))
        field("seed", str(run.get("seed")))


def _show_data(info: dict[str, Any]) -> None:
    data = info.get("data", {})
    about = f"{data.get('name')}, " + plural("{n} row", "{n} rows", data.get("rows", 0))
    if data.get("description"):
        about += f": {data['description']}"
    field("data", about)
    if info.get("feature_names"):
        field("features", _some(info["feature_names"]))
    field("target", str(info.get("target_name")))
    if info.get("class_names"):
        field("classes", _some(info["class_names"]))


def _some(names: list[str]) -> str:
    rest = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {rest} more" if rest > 0 else "")
