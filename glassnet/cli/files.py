"""Which files a command reads and writes: what is read must not be written over."""

from __future__ import annotations

import os
from pathlib import Path

from glassnet.errors import ArgumentError

__all__ = ["refuse_to_overwrite", "same_file"]


def same_file(one: str | Path, other: str | Path) -> bool:
    """Return whether two names lead to one file, links and ``~`` included.

    Examples
    --------
    >>> same_file("a/../data.csv", "data.csv"), same_file("data.csv", "model.csv")
    (True, False)
    """
    if os.path.realpath(one) == os.path.realpath(other):
        return True
    try:
        return os.path.samefile(one, other)
    except (OSError, ValueError):  # one of them does not exist
        return False


def refuse_to_overwrite(path: Path, read: str | Path, what: str) -> None:
    """Raise an `ArgumentError` if a file to be written is one that is read.

    Parameters
    ----------
    path : Path
        The file to be written.
    read : str or Path
        The file that is read, as the caller named it.
    what : str
        What it holds, in words.
    """
    if same_file(path, os.path.expanduser(read)):
        raise ArgumentError(f"{str(path)!r} holds {what}; choose another file to write")
