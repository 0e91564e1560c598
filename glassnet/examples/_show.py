"""What examples share for showing: tables of text, saved pictures, data files."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from glassnet.data.download import cache_folder
from glassnet.errors import OutputError
from glassnet.quoting import visible

__all__ = ["data_file", "save", "table", "twelve"]


def table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return rows as text in columns, numbers to the right.

    Examples
    --------
    >>> print(table(["x", "name"], [[1, "one"], [10, "ten"]]))
     x  name
     1  one
    10  ten
    """
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(head, *cells, strict=True)]
    columns = zip(*cells, strict=True)
    right = [all(_is_number(cell) for cell in column) for column in columns]

    def line(parts: Sequence[str]) -> str:
        placed = [
            part.rjust(width) if to_right else part.ljust(width)
            for part, width, to_right in zip(parts, widths, right, strict=True)
        ]
        return "  ".join(placed).rstrip()

    return "\n".join(line(parts) for parts in [list(head), *cells])


def _is_number(text: str) -> bool:
    first = text.strip().lstrip("+-").replace(",", "")[:1]
    return first.isdigit()


def twelve(number: float) -> str:
    """Return a number as the older articles print it: twelve digits.

    Examples
    --------
    >>> twelve(0.0085845256532541)
    '0.00858452565325'
    """
    return f"{number:.12g}"


def save(picture: Any, path: str) -> None:
    """Write a picture to a file; an empty path means none is wanted."""
    if not path:
        return
    figure = getattr(picture, "figure", None) or picture
    with place_of_picture(path):
        figure.savefig(path, dpi=120)
    print(f"picture: {visible(path)}")


@contextlib.contextmanager
def place_of_picture(path: str) -> Iterator[None]:
    """Make the folder of a picture; what cannot be written there is an `OutputError`."""
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise OutputError(
            f"{path} cannot be written: {error.strerror or error}; give another place with "
            '--picture, or --picture "" for none'
        ) from error


def data_file(name: str) -> Path | None:
    """Return a file of real data that is not part of the package, or None where it is not found.

    It is looked for in the folder named by ``GLASSNET_DATA`` and in the cache.
    """
    folders = [cache_folder()]
    if own := os.environ.get("GLASSNET_DATA"):
        folders.insert(0, Path(own))
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    return None
