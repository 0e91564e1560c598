"""How much a file may take: what it unpacks to, its columns, and the memory of the machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from glassnet.errors import ArgumentError, FileFormatError

__all__ = ["check_columns", "check_room", "check_unpacked", "enough_memory"]

# A packed file of 13 MB can announce 13 GB; MNIST unpacks to 6 times its size.
_MOST_BYTES = 2**29
_MOST_TIMES = 20
# Every column takes polars about 3 kB, and it ends the process where memory does.
_MOST_COLUMNS = 50_000


def check_unpacked(path: Path, announced: int, packed: int) -> None:
    """Refuse a packed file that says it unpacks to more than is allowed.

    Allowed are 512 MB, or 20 times the size of the file if that is more; the environment
    variable ``GLASSNET_MAX_UNPACKED``, in bytes, sets another limit.

    Parameters
    ----------
    path : Path
        The file.
    announced, packed : int
        Bytes it says it unpacks to, and bytes it has.

    Raises
    ------
    FileFormatError
        Before anything is unpacked.
    """
    limit = _setting("GLASSNET_MAX_UNPACKED", max(_MOST_BYTES, _MOST_TIMES * packed))
    if announced > limit:
        raise FileFormatError(
            f"{path.name} has {packed:,} bytes and says that it unpacks to {announced:,}; at most "
            f"{limit:,} are allowed. If you trust the file, set the environment "
            f"variable GLASSNET_MAX_UNPACKED={announced}"
        )


def check_columns(path: Path, count: int) -> None:
    """Refuse a text table of more columns than are allowed.

    Allowed are 50,000; the environment variable ``GLASSNET_MAX_COLUMNS`` sets another limit.
    """
    limit = _setting("GLASSNET_MAX_COLUMNS", _MOST_COLUMNS)
    if count > limit:
        raise FileFormatError(
            f"{path.name} has {count:,} columns; at most {limit:,} are allowed. Save it as .npz, "
            f"or set the environment variable GLASSNET_MAX_COLUMNS={count}"
        )


@contextmanager
def enough_memory(path: Path) -> Iterator[None]:
    """Turn a `MemoryError` into one that names the file."""
    try:
        yield
    except MemoryError:
        raise FileFormatError(
            f"{path.name} is too large for the memory of this machine, or corrupt; use a part of "
            "it, or an intact copy"
        ) from None


def check_room(size: int) -> None:
    """Raise a `MemoryError` now if the bytes find no room: polars would end the process."""
    try:
        np.empty(size, np.uint8)
    except ValueError:  # more than NumPy counts
        raise MemoryError from None


def _setting(name: str, otherwise: int) -> int:
    text = os.environ.get(name, "").strip()
    if not text:
        return otherwise
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ArgumentError(f"{name}={text!r} in the environment must be a whole number")
    return int(text)
