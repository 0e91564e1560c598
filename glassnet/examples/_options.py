"""The options of an example are the parameters of its ``main``; its docstring explains them."""

from __future__ import annotations

import argparse
import inspect
import re
import typing
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from glassnet.errors import ArgumentError
from glassnet.examples._show import place_of_picture
from glassnet.formats.files import check_writable

__all__ = ["run"]

_PICTURES = (".png", ".svg", ".pdf", ".jpg")


def run(main: Callable[..., Any], name: str, about: str, arguments: Sequence[str]) -> Any:
    """Call ``main`` with what a command line says.

    Examples
    --------
    >>> def main(steps: int = 10, rate: float = 0.5) -> None:
    ...     print(steps, rate)
    >>> run(main, "demo", "A demonstration.", ["--steps", "20"])
    20 0.5
    """
    parser = argparse.ArgumentParser(prog=f"glassnet example {name}", description=about)
    help_of = _help(main)
    hints = typing.get_type_hints(main)
    for key, parameter in inspect.signature(main).parameters.items():
        _add(parser, key, hints[key], parameter.default, help_of.get(key, ""))
    chosen = vars(parser.parse_args(arguments))
    _check_picture(chosen.get("picture", ""))
    return main(**chosen)


def _check_picture(path: str) -> None:
    """Refuse a picture that could not be saved before a long training, not after it."""
    if path and Path(path).suffix.lower() not in _PICTURES:
        raise ArgumentError(
            f"--picture {path}: the name of a picture ends in {', '.join(_PICTURES[:-1])} or "
            f"{_PICTURES[-1]}"
        )
    if path:
        with place_of_picture(path):
            check_writable(path)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} must be 1 or more")
    return number


def _add(parser: argparse.ArgumentParser, key: str, kind: Any, default: Any, text: str) -> None:
    flag = f"--{key.replace('_', '-')}"
    if kind is bool:
        parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=default, help=text)
        return
    many = typing.get_origin(kind) is tuple
    kind = typing.get_args(kind)[0] if many else kind
    shown = " ".join(map(str, default)) if many else default
    text = f"{text} (default: {shown})" if shown not in ("", None) else text
    parser.add_argument(
        flag,
        type=_positive if kind is int and default else kind,
        default=default,
        metavar=kind.__name__.upper(),
        nargs="+" if many else None,
        help=text.replace("%", "%%"),
    )


def _help(main: Callable[..., Any]) -> dict[str, str]:
    """Return the words about each parameter in a docstring of NumPy's style."""
    text = inspect.getdoc(main) or ""
    found = re.findall(r"^(\w[\w, ]*?) : [^\n]*\n((?:    [^\n]+\n?)+)", text, re.MULTILINE)
    words = {}
    for keys, lines in found:
        for key in keys.split(", "):
            words[key] = " ".join(line.strip() for line in lines.splitlines())
    return words
