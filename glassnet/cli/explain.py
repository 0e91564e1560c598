"""``glassnet explain``: every number of one pass of a model, with its reason."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from glassnet.cli import options
from glassnet.cli.data import builtin_name, load_for_model, load_samples
from glassnet.cli.files import refuse_to_overwrite
from glassnet.cli.predict import shaped
from glassnet.cli.say import field, note, out
from glassnet.cli.scores import targets
from glassnet.cli.trained import features_of, load_model, task_of
from glassnet.errors import ArgumentError, DataError
from glassnet.formats.files import check_writable
from glassnet.streams import is_coloured
from glassnet.translation import _

__all__ = ["explain"]


def explain(
    context: typer.Context,
    model: options.ModelFile,
    data: options.Data,
    target: options.KnownTarget = None,
    row: Annotated[
        int, typer.Option(metavar="N", min=0, help="The row of DATA to explain, counted from 0.")
    ] = 0,
    why: Annotated[
        str | None,
        typer.Option(
            metavar="NAME ROW COLUMN",
            help="Tell only why the loss changes with one weight: the factors from the loss to it.",
        ),
    ] = None,
    unfold: Annotated[
        bool, typer.Option("--unfold", help="Write out wide layers and long sums, too.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a page for the browser instead.")
    ] = None,
    latex: Annotated[bool, typer.Option("--latex", help="Print LaTeX instead.")] = False,
) -> None:
    """Show one pass of MODEL on a row of DATA, step by step, with every number.

    Forward pass, loss, backward pass and the next step of the optimizer; without a target in DATA
    the forward pass only. The model is not changed.

    \b
    glassnet explain digits.safetensors digits --row 3
    glassnet explain digits.safetensors digits --row 3 --html why.html
    glassnet explain flowers.safetensors new-flowers.csv --unfold
    glassnet explain flowers.safetensors flowers.csv --why W1 0 1
    """  # noqa: D301  the real backspace keeps the lines as they are
    asked = _asked(why, context.args)
    _check_page(html, model, data)
    found = load_model(model)
    x, y = _row(found, data, target, row)
    account = found.explain(x) if y is None else found.explain(x, y)
    account.sample = _("row {row} of {data}").format(row=row, data=_short(data))
    if asked is not None:
        one = account.why(*asked)
        out(one.latex() if latex else str(one))
    elif html is not None:
        field("written", str(account.save(html, unfold)))
    else:
        out(account.latex(unfold) if latex else _text(account, unfold))


def _short(data: str) -> str:
    """Return a data set as a title names it: without the folders before a file."""
    return data if builtin_name(data) is not None else Path(data).name


def _check_page(html: Path | None, model: Path, data: str) -> None:
    """Refuse a page that would overwrite what is read, or that cannot be written."""
    if html is None:
        return
    refuse_to_overwrite(html, model, "the model")
    if builtin_name(data) is None:
        refuse_to_overwrite(html, data, "the data")
    check_writable(html)


def _text(account: Any, unfold: bool) -> str:
    text = str(account.text(unfold, color=is_coloured(sys.stdout)))
    return text.replace("text(unfold=True)", "--unfold")


def _asked(why: str | None, rest: list[str]) -> tuple[str, tuple[int, ...]] | None:
    """Return name and indices of ``--why W1 0 1``; ``--why "W1[0,1]"`` is understood as well."""
    if why is None:
        if rest:
            raise ArgumentError(
                f"{rest[0]!r} is one argument too many; see glassnet explain --help"
            )
        return None
    name, *numbers = [part for part in re.split(r"[\[\],\s]+", " ".join([why, *rest])) if part]
    if not all(re.fullmatch(r"-?\d+", number) for number in numbers):
        raise ArgumentError(
            f"--why {' '.join([why, *rest])!r}: the name of a value and the row and column in it "
            "were expected, for example --why W1 0 1"
        )
    return name, tuple(int(number) for number in numbers)


def _row(model: Any, source: str, target: str | None, row: int) -> tuple[Any, Any]:
    """Return one sample and its target, None where the data hold no target."""
    try:
        loaded = load_for_model(source, model.info, target)
    except DataError as error:
        if target is not None:
            raise
        x = load_samples(source, model.info, features_of(model))
        note(f"the forward pass only, as there is no target to learn from: {error}")
        return shaped(model, _one_of(x, row, source))[0], None
    outputs = model.network.topology.output_shapes[0][-1]
    y = targets(model, task_of(model, loaded.task), loaded.y, outputs)
    return shaped(model, _one_of(loaded.x, row, source))[0], y[row]


def _one_of(x: np.ndarray, row: int, source: str) -> np.ndarray:
    if row >= len(x):
        raise ArgumentError(
            f"--row {row}: {source} has {len(x):,} rows, counted from 0, so the last is "
            f"{len(x) - 1}"
        )
    return x[row : row + 1]
