"""How a text table is laid out: separator, comments, blank lines, header."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from glassnet.data.numerals import is_number, plain_number
from glassnet.errors import DataError, FileFormatError
from glassnet.translation import plural

__all__ = ["MISSING", "SAMPLE", "SEPARATORS", "Layout", "csv_rows", "has_header", "layout"]

MISSING = ("", "NA", "N/A", "n/a", "na", "NaN", "nan", "NAN", "null", "NULL", "None", "?")

SAMPLE = 100  # rows that separator, header and column types are judged by
SEPARATORS = {"\t": "tab", ";": "semicolon", ",": "comma"}
_BLANK = re.compile(r"(?m)^\s*$")
_COMMENT = re.compile(r"(?m)^[ \t]*#")
_SAID = re.compile(r'"?sep=(.)"?[;,\t ]*', re.IGNORECASE)


@dataclass
class Layout:
    """The lines of a table that hold cells, and how they hold them.

    Attributes
    ----------
    text : str
        Header and rows, without blank lines and comments.
    lines : list of int
        The line of the file in which each line of `text` stands; empty if none was left out.
    separator : str
    notes : list of str
        Notes for the user on what was decided.
    """

    text: str
    lines: list[int] = field(default_factory=list)
    separator: str = ","
    notes: list[str] = field(default_factory=list)

    def line(self, number: int) -> int:
        """Return the line of the file for a line of the text, both from 1."""
        return self.lines[number - 1] if self.lines else number

    def head(self) -> list[str]:
        """Return the first lines."""
        return self.text.split("\n", SAMPLE)[:SAMPLE]


def layout(text: str, name: str, header: bool | None = None) -> Layout:
    """Find the lines of a table and what separates their cells.

    A first line such as ``sep=;`` says the separator, else it is found out. Lines that begin with
    ``#`` are comments. The last of those above the first row holds the names of the columns if it
    has a name for each of them and no other line has. ``#`` in the rows themselves begins text
    where the first column is text.

    Parameters
    ----------
    text : str
    name : str
        What to call the table in error messages.
    header : bool, optional
        Whether the first line is said to name the columns.
    """
    found = _without(Layout(text.rstrip("\n")), lambda place, line: not line.strip(), _BLANK)
    said = _SAID.fullmatch(found.text.split("\n", 1)[0].strip(" "))
    if said:
        found.separator = _said_separator(said[1], name)
        found = _without(found, lambda place, line: place == 0)
    found = _without_comments(found, bool(said), header)
    if not said:
        found.separator = _separator(found.head())
    return found


def _said_separator(separator: str, name: str) -> str:
    if separator in SEPARATORS:
        return separator
    raise FileFormatError(
        f"{name}: the first line says that cells are separated by {separator!r}; commas, "
        "semicolons and tabs are read. Write the table with one of them"
    )


def _without(
    found: Layout,
    is_left_out: Callable[[int, str], bool],
    pattern: re.Pattern[str] | None = None,
) -> Layout:
    """Return the layout without some lines; `pattern` tells quickly that there are none."""
    if pattern is not None and not pattern.search(found.text):
        return found
    kept = [
        (found.line(place + 1), line)
        for place, line in enumerate(found.text.split("\n"))
        if not is_left_out(place, line)
    ]
    numbers = [number for number, _ in kept]
    if numbers == list(range(1, len(numbers) + 1)):
        numbers = []
    return Layout("\n".join(line for _, line in kept), numbers, found.separator, found.notes)


def _without_comments(found: Layout, is_said: bool, header: bool | None) -> Layout:
    if not _COMMENT.search(found.text):
        return found
    lines = found.text.split("\n")
    places = _comment_lines(lines)
    top = 0
    while top in places:
        top += 1
    rest = [line for place, line in enumerate(lines[top:], top) if place not in places][:SAMPLE]
    if not rest:  # all lines begin with #, as colours and numbers of tickets do
        return found
    separator = found.separator if is_said else _separator(rest)
    rows = csv_rows(rest, separator)
    below = [place for place in places if place >= top]
    if _are_rows([lines[place] for place in below], rows, separator):
        places -= set(below)
    names = _names_in_comment(lines[top - 1], rows, separator) if top and header is None else None
    if names is not None:
        places.discard(top - 1)
        lines[top - 1] = names
        found.notes.append("the columns are named by the comment above the first row")
    found.text = "\n".join(lines)
    if places:
        found.notes.append(
            plural("{n} comment line (#) left out", "{n} comment lines (#) left out", len(places))
        )
    return _without(found, lambda place, line: place in places)


def _comment_lines(lines: list[str]) -> set[int]:
    """Return the places of the lines that begin with ``#``, outside of quoted cells."""
    places, is_open = set(), False
    for place, line in enumerate(lines):
        if not is_open and line.lstrip(" \t").startswith("#"):
            places.add(place)
        elif line.count('"') % 2:
            is_open = not is_open
    return places


def _are_rows(marked: list[str], rows: list[list[str]], separator: str) -> bool:
    """Return whether lines that begin with ``#`` are rows whose first cell is such a text."""
    if not marked:
        return False
    first = [row[0] for row in rows[1:] or rows if row]
    if sum(map(is_number, first)) * 2 > len(first) and len(marked) <= len(rows):
        return False
    width = max(map(len, rows))
    return width > 1 and all(len(row) == width for row in csv_rows(marked[:SAMPLE], separator))


def _names_in_comment(line: str, rows: list[list[str]], separator: str) -> str | None:
    """Return the line without its mark if it names the columns and the first row does not."""
    names = line.lstrip(" \t#")
    cells = csv_rows([names], separator)
    is_header = (
        bool(cells) and len(cells[0]) == len(rows[0]) > 1 and not any(map(is_number, cells[0]))
    )
    return names if is_header and not has_header(rows) else None


def _separator(head: list[str]) -> str:
    """Return the separator that cuts all lines into the same number of cells, else the commonest.

    Tab and semicolon go before comma, which may also stand inside numbers and text.
    """
    for separator in SEPARATORS:
        if not any(separator in line for line in head):
            continue
        widths = {len(row) for row in csv_rows(head, separator)}
        if len(widths) == 1 and widths != {1}:
            return separator
    return max(reversed(SEPARATORS), key=lambda separator: sum(separator in line for line in head))


def csv_rows(lines: Iterable[str], separator: str) -> list[list[str]]:
    """Return the cells of lines."""
    return list(rows_of(csv.reader((f"{line}\n" for line in lines), delimiter=separator)))


def rows_of(reader: Iterable[list[str]]) -> Iterator[list[str]]:
    """Yield the rows of a reader; what it cannot read is a `FileFormatError`."""
    try:
        yield from reader
    except csv.Error as error:
        raise FileFormatError(
            f"a table cannot hold such cells ({error}). Is a quotation mark left open?"
        ) from None


def has_header(rows: list[list[str]]) -> bool:
    """Judge the first line: names stand over numbers, or count the columns from 0."""
    first, *rest = rows
    if len(first) > 3 and first == [str(number) for number in range(len(first))]:
        return True
    if not rest:
        return not any(map(_is_numeral, first))
    votes = 0
    for column, name in enumerate(first):
        cells = [row[column] for row in rest if column < len(row) and row[column] not in MISSING]
        votes += (
            bool(cells) and not _is_numeral(name) and 2 * sum(map(_is_numeral, cells)) > len(cells)
        )
    return votes > 0 and (2 * votes >= len(first) or not any(map(_is_numeral, first)))


def _is_numeral(cell: str) -> bool:
    return is_number(cell) or plain_number(cell) is not None or cell.strip().lstrip("+-") == "inf"


def refuse_ragged(found: Layout, name: str, width: int) -> None:
    """Raise a `DataError` for the first line with another number of cells than the first line."""
    lines = (f"{line}\n" for line in found.text.split("\n"))
    reader = csv.reader(lines, delimiter=found.separator)
    for row in rows_of(reader):
        if len(row) != width:
            cells = f"{len(row)} cell{'s' if len(row) != 1 else ''}"
            raise DataError(
                f"{name}: line {found.line(reader.line_num)} has {cells}, the first line has "
                f"{width}, separated by {SEPARATORS[found.separator]}s. Every row needs the same "
                "number; text that holds a separator must stand in quotes"
            )
