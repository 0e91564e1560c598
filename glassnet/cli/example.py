"""``glassnet example``: the classic networks as programs."""

from __future__ import annotations

import runpy

import typer

__all__ = ["example"]


def example(context: typer.Context) -> None:
    """Run a classic network; `glassnet example list` names them.

    Each is a network of a well-known article. It prints what the article prints, draws what it
    draws, and takes its numbers as options: `glassnet example NAME --help`.

    \b
    glassnet example list
    glassnet example trask-three-layers
    glassnet example thomas --iterations 500
    glassnet example rashid --epochs 1 --png my-digit.png
    """  # noqa: D301  the real backspace tells Typer to leave the lines as they are
    # Examples are programs of users, and the command runs them as programs: by name.
    runpy.run_module("glassnet.examples.__main__")["main"](context.args)
