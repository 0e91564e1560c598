"""Reads and writes FANN training data: a header of three counts, then numbers."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np

from glassnet.errors import DataError, FileFormatError
from glassnet.formats.fann.scan import Source, read_source, source_of
from glassnet.formats.files import write_text

__all__ = ["format_data", "format_number", "parse_data", "read_data", "write_data"]

_TOKEN = re.compile(r"\S+")
_COMMENT = re.compile(r"(?m)^[ \t]*#[^\r\n]*")
_PLAIN = re.compile(r"[0-9eE+\-.\s]*")


def read_data(path: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """Read a FANN training file.

    Returns
    -------
    (ndarray, ndarray)
        Inputs ``(n, n_in)`` and outputs ``(n, n_out)``.

    Raises
    ------
    FileFormatError
        If a number is no number, or there are not exactly as many as the header says.
        Differs: FANN ignores what stands behind the last number it needs.
    """
    return _parse(read_source(path))


def parse_data(content: bytes, name: str = "the data") -> tuple[np.ndarray, np.ndarray]:
    r"""Read FANN training data from the bytes of a file.

    >>> x, y = parse_data(b"1 2 1\n0 1\n1\n")
    >>> x, y
    (array([[0., 1.]]), array([[1.]]))
    """
    return _parse(source_of(content, name))


def _parse(source: Source) -> tuple[np.ndarray, np.ndarray]:
    text = source.text
    if "#" in text:
        text = source.text = _COMMENT.sub(lambda found: " " * len(found[0]), text)
    head = []
    position = 0
    for name in ("rows", "inputs", "outputs"):
        match = _TOKEN.search(text, position)
        token = match[0] if match else ""
        start = match.start() if match else position
        head.append(source.whole(token, start, f"number of {name}", 2**32 - 1))
        position = match.end() if match else position
    rows, n_in, n_out = head
    if n_in == 0:
        source.fail(0, "number of inputs", "1 or more", "0")
    values = _numbers(source, position, rows, n_in + n_out)
    table = values.reshape(rows, n_in + n_out)
    return table[:, :n_in].copy(), table[:, n_in:].copy()


def _numbers(source: Source, start: int, rows: int, width: int) -> np.ndarray:
    body = source.text[start:]
    words = body.split()
    needed = rows * width
    if len(words) == needed and _PLAIN.fullmatch(body):
        try:
            values = np.array([float(word) for word in words])
        except ValueError:
            values = np.array([np.nan])
        if np.isfinite(values).all():
            return values
    # The slow way finds the number that is wrong, and its line.
    values = _each(source, start, rows, width)
    if len(words) != needed:
        _miscounted(source, start, needed, rows, width)
    return values


def _each(source: Source, start: int, rows: int, width: int) -> np.ndarray:
    values = []
    for count, match in enumerate(_TOKEN.finditer(source.text, start)):
        if count >= rows * width:
            break
        row, column = divmod(count, width)
        values.append(source.real(match[0], match.start(), f"row {row + 1}, number {column + 1}"))
    return np.array(values)


def _miscounted(source: Source, start: int, needed: int, rows: int, width: int) -> None:
    words = list(_TOKEN.finditer(source.text, start))
    said = f"{needed} numbers ({rows} rows of {width}, as the header says)"
    if len(words) < needed:
        source.fail(len(source.text), f"row {len(words) // max(width, 1) + 1}", said,
                    f"only {len(words)}")  # fmt: skip
    source.fail(words[needed].start(), "end of the data", said, str(len(words)))


def write_data(path: str | Path, x: np.ndarray, y: np.ndarray) -> Path:
    """Write a FANN training file.

    Parameters
    ----------
    x, y : ndarray
        ``(n, n_in)`` and ``(n, n_out)``. Numbers are written as FANN writes them where that
        text reads back as the same number, else as the shortest decimal that does.

    Raises
    ------
    DataError
        If the shapes do not fit, or a number is NaN or infinite.
    """
    return write_text(path, format_data(x, y))


def format_data(x: np.ndarray, y: np.ndarray) -> str:
    r"""Return the text of a FANN training file.

    >>> format_data([[0.1, 5000]], [[0.9999997]])
    '1 2 1\n0.100000 5000.000000 \n0.9999997 \n'
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    if x.ndim != 2 or y.ndim != 2 or len(x) != len(y):
        raise DataError(
            f"inputs {x.shape} and outputs {y.shape} must be tables with the same number of rows"
        )
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise DataError("NaN and infinity cannot be written to a FANN training file")
    lines = [f"{len(x)} {x.shape[1]} {y.shape[1]}"]
    for inputs, outputs in zip(x.tolist(), y.tolist(), strict=True):
        lines.append("".join(f"{format_number(value)} " for value in inputs))
        lines.append("".join(f"{format_number(value)} " for value in outputs))
    return "\n".join(lines) + "\n"


def format_number(value: float) -> str:
    """Return FANN's text of a number if it reads back as the same one, else the shortest.

    >>> format_number(1.0), format_number(0.25), format_number(1 / 3)
    ('1', '0.250000', '0.3333333333333333')
    """
    if value == 0:
        return "0" if math.copysign(1.0, value) > 0 else "-0.0"
    text = _fann_text(value)
    return text if float(text) == value else repr(value)


def _fann_text(value: float) -> str:
    """Return what FANN prints: a whole number if a comparison in 32-bit integers says so."""
    millions = (_int32(value + 0.5) * 1000000 + 2**31) % 2**32 - 2**31
    if millions == _int32(value * 1000000.0 + 0.5):
        return str(math.trunc(value)) if abs(value) < 2**31 else str(-(2**31))
    return f"{value:.6f}"


def _int32(value: float) -> int:
    """Return the floor as a C int; what does not fit becomes the least one."""
    return math.floor(value) if -(2.0**31) <= value < 2.0**31 else -(2**31)


def check_widths(path: str, x: np.ndarray, n_in: int, y: np.ndarray, n_out: int) -> None:
    """Check that data fit a network.

    Raises
    ------
    FileFormatError
        If not, with both sizes.
    """
    if x.shape[1] != n_in or y.shape[1] != n_out:
        raise FileFormatError(
            f"{path} has {x.shape[1]} inputs and {y.shape[1]} outputs, but the network has {n_in} "
            f"and {n_out}; use data of its size, or a network of theirs"
        )
