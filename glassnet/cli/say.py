"""What the command says to a person: results, notes, warnings, errors."""

from __future__ import annotations

import contextlib
import sys
import textwrap
import warnings
from collections.abc import Iterator
from typing import Any, NoReturn, TextIO

import typer

from glassnet.quoting import terminal_text
from glassnet.streams import is_coloured

__all__ = ["fail", "field", "note", "out", "plain_warnings"]

LABEL_WIDTH = 10
TEXT_WIDTH = 100


def _styled(text: str, to_errors: bool, **style: Any) -> str:
    if not text or not is_coloured(sys.stderr if to_errors else sys.stdout):
        return text
    return typer.style(text, **style)


def out(text: str, *, nl: bool = True, err: bool = False) -> None:
    """Print a text to the stream as it is set up; Typer would set up another for ASCII."""
    typer.echo(text, nl=nl, file=sys.stderr if err else sys.stdout)


def field(label: str, text: str, *, file: TextIO | None = None) -> None:
    """Print a label and a text beside it, wrapped where it is long.

    Examples
    --------
    >>> field("test", "accuracy 98.1 %")
    test      accuracy 98.1 %
    """
    indent = " " * LABEL_WIDTH
    lines = [
        wrapped
        for line in terminal_text(text).split("\n")
        for wrapped in textwrap.wrap(
            line, TEXT_WIDTH - LABEL_WIDTH, break_long_words=False, break_on_hyphens=False
        )
    ]
    head = _styled(label, file is sys.stderr, bold=True) + " " * (LABEL_WIDTH - len(label))
    typer.echo(head + ("\n" + indent).join(lines), file=file or sys.stdout)


def note(text: str) -> None:
    """Print a remark to standard error."""
    out(f"{_styled('note:', True, fg='cyan')} {terminal_text(text)}", err=True)


def fail(error: BaseException | str, code: int = 1) -> NoReturn:
    """Print an error to standard error and end with an exit code."""
    text = terminal_text(error)
    out(f"{_styled('error:', True, fg='red', bold=True)} {text}", err=True)
    raise SystemExit(code)


@contextlib.contextmanager
def plain_warnings() -> Iterator[None]:
    """Print warnings as text for a person, without the line of code they come from."""

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        text = terminal_text(message)
        out(f"{_styled('warning:', True, fg='yellow')} {text}", err=True)

    before = warnings.showwarning
    warnings.showwarning = show
    try:
        yield
    finally:
        warnings.showwarning = before
