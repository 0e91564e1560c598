"""Text of FANN files: decoded, numbers read, places named in errors."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import NoReturn

from glassnet.errors import FileFormatError
from glassnet.formats.files import checked_path

__all__ = ["REAL", "Source", "read_source"]

# A number as C reads it; a decimal comma is recognised by its place, see `Source.real`. No two
# repeats of the pattern may match the same digits: other text would take quadratic time.
REAL = (
    r"[+-]?(?:0[xX][0-9a-fA-F]*(?:[.,][0-9a-fA-F]*)?(?:[pP][+-]?\d+)?"
    r"|(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?|inf(?:inity)?|nan)"
)
_WHOLE = re.compile(r"[+-]?\d+")
_REAL = re.compile(REAL, re.IGNORECASE)
# Digits of a whole number; longer ones are no number of anything.
_MOST_DIGITS = 18
_LARGEST_SINGLE = 3.4e38


class Source:
    """The text of a file, and what its errors are called.

    Parameters
    ----------
    text : str
        Line ends as they are in the file.
    name : str
        What the file is called in messages.
    """

    def __init__(self, text: str, name: str) -> None:
        self.text = text
        self.name = name
        # "." or ",": the first decimal mark met; one file has one.
        self.mark = ""

    def line(self, position: int) -> int:
        r"""Return the number of the line a position lies in.

        >>> Source("a\r\nb\rc\nd", "x").line(7)
        4
        """
        before = self.text[:position]
        return 1 + before.count("\n") + len(re.findall(r"\r(?!\n)", before))

    def fail(self, position: int, field: str, expected: str, found: str) -> NoReturn:
        """Raise: line, field, what was expected, what stands there."""
        raise FileFormatError(
            f"{self.name}, line {self.line(position)}, {field}: expected {expected}, "
            f"found {shown(found)}"
        )

    def whole(self, token: str, position: int, field: str, top: int | None = None) -> int:
        """Return a whole number from 0 to ``top``."""
        limit = "a whole number of 0 or more" if top is None else f"a whole number from 0 to {top}"
        if not _WHOLE.fullmatch(token) or len(token) > _MOST_DIGITS:
            self.fail(position, field, limit, token)
        value = int(token)
        if value < 0 or (top is not None and value > top):
            self.fail(position, field, limit, token)
        return value

    def single(self, token: str, position: int, field: str) -> float:
        """Return a number that FANN keeps in single precision."""
        value = self.real(token, position, field)
        if abs(value) > _LARGEST_SINGLE:
            self.fail(position, field, "a number below 3.4e38", token)
        return value

    def real(self, token: str, position: int, field: str) -> float:
        """Return a finite number; all of a file have the same decimal mark."""
        if not _REAL.fullmatch(token):
            self.fail(position, field, "a number", token)
        mark = "," if "," in token else "." if "." in token else ""
        if mark and self.mark and mark != self.mark:
            self.fail(
                position,
                field,
                f"a number with the decimal {'comma' if self.mark == ',' else 'point'} of the "
                "numbers before it",
                token,
            )
        self.mark = self.mark or mark
        value = to_float(token.replace(",", "."))
        if value is None or not math.isfinite(value):
            self.fail(position, field, "a finite number", token)
        return value


def to_float(token: str) -> float | None:
    """Return what C reads from a number, None if there are no digits."""
    if "x" not in token.lower():
        return float(token)
    try:
        return float.fromhex(token)
    except ValueError:
        return None
    except OverflowError:
        return math.inf


def shown(text: str) -> str:
    """Return what stands in a file, shortened, for a message."""
    if not text.strip():
        return "nothing"
    return repr(text if len(text) <= 40 else text[:37] + "...")


def read_source(path: str | Path) -> Source:
    """Read a text file: UTF-8 with or without its mark; other bytes stand for themselves.

    Raises
    ------
    FileFormatError
        If there is no such file, or it cannot be read.
    """
    path = checked_path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FileFormatError(
            f"cannot read {str(path)!r}: {error.strerror}; give the path of a FANN file"
        ) from error
    return source_of(content, str(path))


def source_of(content: bytes, name: str) -> Source:
    """Return the text of a file's bytes."""
    return Source(content.removeprefix(b"\xef\xbb\xbf").decode("latin-1"), name)
