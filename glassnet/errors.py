"""Every exception of glassnet.

A message says three things: what came, what was expected, and how to fix it.
Each class also inherits from the built-in exception a caller would expect, so
``except ValueError`` keeps working.
"""

from __future__ import annotations

import difflib
import reprlib
import sys
from collections.abc import Iterable

__all__ = [
    "ArgumentError",
    "ContractError",
    "DataError",
    "DTypeError",
    "FileFormatError",
    "GlassnetError",
    "depth_of_user",
    "GraphError",
    "OutputError",
    "ShapeError",
    "TrainingError",
    "shown",
    "suggestion",
]


class GlassnetError(Exception):
    """Base of all glassnet exceptions."""


class ShapeError(GlassnetError, ValueError):
    """Two shapes do not fit together."""


class DTypeError(GlassnetError, TypeError):
    """A value has a type that cannot be used here."""


class ArgumentError(GlassnetError, ValueError):
    """An argument has a value outside what is allowed."""


class DataError(GlassnetError, ValueError):
    """Data cannot be used: NaN, infinite, empty, unknown labels, missing columns."""


class ContractError(GlassnetError, AssertionError):
    """A part does not keep its promise: a wrong derivative, shape or dtype rule."""


class FileFormatError(GlassnetError, ValueError):
    """A file is corrupt, truncated, or not of the expected format."""


class OutputError(GlassnetError, OSError):
    """A file could not be written."""


class GraphError(GlassnetError, ValueError):
    """A graph is malformed, or its text form does not parse."""


class TrainingError(GlassnetError, RuntimeError):
    """Training cannot start or cannot go on."""


def shown(value: object) -> str:
    """Return how a wrong argument is shown in a message: not with all its numbers.

    Examples
    --------
    >>> shown("x"), shown([1] * 1000)
    ("'x'", '[1, 1, 1, 1, 1, 1, ...]')
    """
    if isinstance(value, int) and abs(value) >= 10**40:
        return "<a whole number of many digits>"  # of thousands Python writes none
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and shape:
        return f"<{type(value).__name__} of shape {shape}>"
    return reprlib.repr(value)


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the nearest known word, else what is known.

    Parameters
    ----------
    word : str
        What the user wrote.
    known : iterable of str
        What would have been accepted.

    Examples
    --------
    >>> suggestion("sigmiod", ["sigmoid", "tanh"])
    "; did you mean 'sigmoid'?"
    """
    names = sorted(str(name) for name in known)
    lowered = {name.lower(): name for name in names}
    near = difflib.get_close_matches(str(word).lower(), list(lowered), n=1, cutoff=0.6)
    if near:
        return f"; did you mean {lowered[near[0]]!r}?"
    return "; known are: " + ", ".join(names) if names else ""


def depth_of_user() -> int:
    """Return how many calls away the code is that called glassnet: a warning points there."""
    frame, depth = sys._getframe(1), 1
    while frame.f_back is not None:
        package = frame.f_globals.get("__name__", "").partition(".")[0]
        if package not in ("glassnet", "scipy"):
            break
        frame, depth = frame.f_back, depth + 1
    return depth


def __dir__() -> list[str]:
    return list(__all__)
