"""Text tables: finding out separator and header, and reading the cells with polars.

What is not a clean table is refused with the row, the line of the file and the column.
"""

from __future__ import annotations

import os
import re
import textwrap
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.data.frames import is_row_number, may_number_rows
from glassnet.data.limits import check_columns, check_room, enough_memory
from glassnet.errors import DataError, FileFormatError, suggestion

if TYPE_CHECKING:
    import polars

__all__ = ["MISSING", "TextTable", "existing_file", "read_delimited"]

MISSING = ("", "NA", "N/A", "n/a", "na", "NaN", "nan", "NAN", "null", "NULL", "None", "?")

_SAMPLE = 100  # rows that separator, header and column types are judged by
# What polars takes at most for a cell besides its text, and for a column.
_CELL_BYTES, _COLUMN_BYTES = 32, 4096
_BLANK = re.compile(r"(?m)^\s*$")
_SEPARATORS = {"\t": "tab", ";": "semicolon", ",": "comma"}


@dataclass(eq=False)
class TextTable:
    """The cells of a text table, column by column: numbers where they parse, else text."""

    path: Path
    names: list[str]
    frame: polars.DataFrame
    header: bool
    separator: str
    lines: list[int]  # line numbers of the rows in the file; empty if every line is a row
    notes: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return self.frame.height

    def place(self, row: int) -> str:
        """Say where a row is: counted as data, and as a line in an editor."""
        line = row + int(self.header)
        line = self.lines[line] if self.lines else line + 1
        return f"row {row + 1} (line {line})"

    def refuse_missing(self, column: int) -> None:
        """Raise a `DataError` if the column has an empty cell, or one such as ``NA``."""
        series = self.frame.to_series(column)
        empty = series.is_null()
        if series.dtype.is_numeric() is False:
            empty = empty | series.str.strip_chars().is_in(list(MISSING)).fill_null(True)
        count = int(empty.sum())
        if count:
            more = f", the first of {count} in this column" if count > 1 else ""
            raise DataError(
                f"{self.path.name}: the cell in column {self.names[column]!r}, "
                f"{self.place(int(empty.arg_max() or 0))} is missing{more}. Missing cells are not "
                "filled yet: remove such rows or columns, or fill them in, and read again"
            )

    def numbers(self, column: int) -> np.ndarray | None:
        """Return a column without missing cells as float64, or ``None`` if it holds text."""
        series = self.frame.to_series(column)
        if not series.dtype.is_numeric():
            series = self._parse(series)
        if series.null_count():
            return None
        values = series.to_numpy().astype(np.float64, copy=False)
        with np.errstate(over="ignore"):
            bad = np.flatnonzero(~np.isfinite(values.astype(np.float32)))
        if bad.size:
            value = values[bad[0]]
            why = "too large for float32" if np.isfinite(value) else "not finite"
            raise DataError(
                f"{self.path.name}: the number in column {self.names[column]!r}, "
                f"{self.place(int(bad[0]))} is {value}, {why}. Correct or remove such rows"
            )
        return values

    def refuse_text(self, column: int) -> None:
        """Raise a `DataError` naming the first cell of the column that is no number."""
        series = self.frame.to_series(column)
        wrong = self._parse(series).is_null()
        row = int(wrong.arg_max() or 0)
        count = int(wrong.sum())
        all_text = f"all {count} cells are text" if count == len(self) else f"{count} in all"
        raise DataError(
            f"{self.path.name}: column {self.names[column]!r}, {self.place(row)} holds the text "
            f"{series[row]!r} where a number is needed ({all_text}). Remove the column, turn it "
            "into numbers, or name it as the target if it is what is to be predicted"
        )

    def _parse(self, series: polars.Series) -> polars.Series:
        """Read text as numbers; what is none becomes null. Decimal commas count beside ``;``."""
        import polars as pl

        text = series.str.strip_chars()
        if self.separator == ";":
            text = text.str.replace(r"^([-+]?\d*),(\d+)$", "${1}.${2}")
        return text.cast(pl.Float64, strict=False)


def existing_file(path: str | Path) -> Path:
    """Return the path if it is a file that is there, else raise a `DataError` with a hint."""
    path = Path(os.path.expanduser(path))
    if os.path.isfile(path):
        if not os.access(path, os.R_OK):
            raise DataError(f"{path} cannot be read; change its rights or read a copy")
        return path
    if os.path.isdir(path):
        raise DataError(f"{path} is a folder; name a file in it")
    if os.path.exists(path):
        raise DataError(f"{path} is a device or a pipe; write what it gives to a file first")
    if os.path.islink(path):
        raise DataError(f"{path} is a link that leads to no file; name the file itself")
    if not os.path.isdir(path.parent):
        raise DataError(f"there is no file {path}: the folder {path.parent} does not exist")
    if not os.access(path.parent, os.R_OK | os.X_OK):
        raise DataError(f"the folder {path.parent} cannot be read; change its rights")
    near = suggestion(path.name, os.listdir(path.parent))
    raise DataError(f"there is no file {path}{near if 'did you mean' in near else ''}")


def read_delimited(
    path: str | Path, header: bool | None = None, known: Collection[str] = ()
) -> TextTable:
    """Read a text table whose cells are separated by commas, semicolons or tabs.

    Columns that only number the rows are left out; a note says so.

    Parameters
    ----------
    path : str or Path
        The file, UTF-8.
    header : bool, optional
        Whether the first line names the columns. By default it is judged: it does if it
        holds no number where the lines below do.
    known : collection of str
        Columns that are to stay, whatever they hold, if all of them are there.
    """
    path = existing_file(path)
    with enough_memory(path):
        return _read(path, header, known)


def _read(path: Path, header: bool | None, known: Collection[str]) -> TextTable:
    text, lines = _without_blank_lines(_text(path))
    if not text:
        raise DataError(f"{path.name} is empty; a table with at least two rows is needed")
    head = text.split("\n", _SAMPLE)[:_SAMPLE]
    check_columns(path, 1 + max(head[0].count(separator) for separator in _SEPARATORS))
    separator = _separator(head)
    rows = _csv_rows(head, separator)
    named = _has_header(rows) if header is None else header
    if named and len(rows) == 1:
        raise DataError(f"{path.name} has a header line and no rows below it")
    names = _names(rows[0], named, path)
    frame = _frame(path, text, separator, named, rows)
    table = TextTable(path, names, frame, named, separator, lines)
    table.notes.append(f"cells are separated by {_SEPARATORS[separator]}s")
    if not named:
        table.notes.append(f"no header line; columns are column_1 to column_{len(table.names)}")
    return _without_row_numbers(table, rows[0], known)


def _text(path: Path) -> str:
    """Return the content with plain line ends, or say what kind of file it is instead."""
    content = path.read_bytes()
    if content.startswith(b"PK\x03\x04"):
        raise FileFormatError(
            f"{path.name} is a zip file or an Excel sheet, not a text table. Save it as CSV"
        )
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileFormatError(f"{path.name} is UTF-16 text. Save it as UTF-8")
    if b"\0" in content:
        raise FileFormatError(f"{path.name} is a binary file, not a text table")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FileFormatError(
            f"{path.name} is not UTF-8 text: line {line} holds the byte "
            f"0x{content[error.start]:02x}. Save it as UTF-8"
        ) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _without_blank_lines(text: str) -> tuple[str, list[int]]:
    """Return the text without blank lines, and the line numbers that are left if any went."""
    text = text.rstrip("\n")
    if not _BLANK.search(text):  # as usual: no list of all lines is needed
        return text, []
    kept = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    numbers = [number for number, _ in kept]
    blanks = numbers != list(range(1, len(numbers) + 1))
    return "\n".join(line for _, line in kept), numbers if blanks else []


def _separator(head: list[str]) -> str:
    """Return the separator that cuts all lines into the same number of cells, else the commonest.

    Tab and semicolon go before comma, which may also stand inside numbers and text.
    """
    for separator in _SEPARATORS:
        if not any(separator in line for line in head):
            continue
        widths = {len(row) for row in _csv_rows(head, separator)}
        if len(widths) == 1 and widths != {1}:
            return separator
    return max(reversed(_SEPARATORS), key=lambda separator: sum(separator in line for line in head))


def _csv_rows(lines: list[str], separator: str) -> list[list[str]]:
    import csv

    return list(_rows_of(csv.reader((f"{line}\n" for line in lines), delimiter=separator)))


def _rows_of(reader: Iterable[list[str]]) -> Iterator[list[str]]:
    import csv

    try:
        yield from reader
    except csv.Error as error:
        raise FileFormatError(
            f"a table cannot hold such cells ({error}). Is a quotation mark left open?"
        ) from None


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return cell.strip() not in MISSING


def _has_header(rows: list[list[str]]) -> bool:
    """Judge the first line: names stand over numbers, or count the columns from 0."""
    first, *rest = rows
    if len(first) > 3 and first == [str(number) for number in range(len(first))]:
        return True
    if not rest:
        return not any(map(_is_number, first))
    votes = 0
    for column, name in enumerate(first):
        cells = [row[column] for row in rest if column < len(row) and row[column] not in MISSING]
        votes += (
            bool(cells) and not _is_number(name) and 2 * sum(map(_is_number, cells)) > len(cells)
        )
    return votes > 0 and (2 * votes >= len(first) or not any(map(_is_number, first)))


def _names(first: list[str], named: bool, path: Path) -> list[str]:
    if not named:
        return [f"column_{number}" for number in range(1, len(first) + 1)]
    names = [cell.strip() or f"column_{number}" for number, cell in enumerate(first, 1)]
    if len(set(names)) < len(names):
        seen = Counter(names)
        name = next(name for name in names if seen[name] > 1)
        raise DataError(f"{path.name} has two columns named {name!r}. Rename one of them")
    return names


def _frame(
    path: Path, text: str, separator: str, named: bool, rows: list[list[str]]
) -> polars.DataFrame:
    """Read all cells: as numbers where the sample holds numbers, as text if that fails."""
    import polars as pl

    width, body, content = len(rows[0]), rows[named:], text
    if named:
        header_lines = "".join(rows[0]).count("\n") + 1  # a quoted name may hold line ends
        content = text.split("\n", header_lines)[header_lines]
    if any(len(row) > width for row in rows):
        _refuse_ragged(path, text, separator, width)  # polars would make room for its columns
    cells = width * (content.count("\n") + 1)
    check_room(3 * len(content) + _CELL_BYTES * cells + _COLUMN_BYTES * width)
    as_text: dict[str, Any] = {str(column): pl.String for column in range(width)}
    as_numbers = as_text | {
        str(column): pl.Float64
        for column in range(width)
        if all(_plain(row[column]) for row in body if column < len(row))
    }
    for schema in (as_numbers, as_text):
        try:
            frame = pl.read_csv(
                content.encode(), separator=separator, has_header=False, schema=schema
            )
        except pl.exceptions.PolarsError as error:
            problem = error
            continue
        if frame.to_series(-1).null_count():
            _refuse_ragged(path, text, separator, width)
        return frame
    _refuse_ragged(path, text, separator, width)
    reason = str(problem).split("\n\n")[-1].strip("` \n")  # between advice on polars itself
    reason = textwrap.shorten(reason, 200)  # it may quote all that follows an open quotation mark
    raise FileFormatError(
        f"{path.name} cannot be read as a table: {reason} Is a quotation mark left open?"
    )


def _plain(cell: str) -> bool:
    return _is_number(cell) and "," not in cell


def _refuse_ragged(path: Path, text: str, separator: str, width: int) -> None:
    """Raise a `DataError` for the first line with another number of cells than the first line."""
    import csv

    reader = csv.reader(text.splitlines(keepends=True), delimiter=separator)
    for row in _rows_of(reader):
        if len(row) != width:
            raise DataError(
                f"{path.name}: line {reader.line_num} (blank lines not counted) has {len(row)} "
                f"cells, the first line has {width}, separated by {_SEPARATORS[separator]}s. Every "
                "row needs the same number; text that holds a separator must stand in quotes"
            )


def _without_row_numbers(table: TextTable, head: list[str], known: Collection[str]) -> TextTable:
    """Leave out columns that hold the index of a frame, as pandas writes it."""
    if not table.header:
        return table
    stay = set(known) if set(known) <= set(table.names) else set()
    found = [
        place
        for place, cell in enumerate(head)
        if table.names[place] not in stay and _numbers_rows(table, place, cell.strip())
    ]
    if not found or len(found) == len(head):
        return table
    for place in found:
        values = table.numbers(place)
        assert values is not None
        is_count = np.array_equal(values - values[0], np.arange(len(table)))
        which = "the first column" if place == 0 else f"column {place + 1}"
        which += f", {head[place].strip()!r}," if head[place].strip() else " has no name and"
        does = "counts" if is_count else "numbers"
        table.notes.append(f"{which} {does} the rows: left out")
    table.frame = table.frame.drop([table.frame.columns[place] for place in found])
    table.names = [name for place, name in enumerate(table.names) if place not in found]
    return table


def _numbers_rows(table: TextTable, place: int, name: str) -> bool:
    """Return whether a column is an index; a last one without a name may be the target."""
    if not may_number_rows(name) or (not name and place == len(table.names) - 1 > 0):
        return False
    try:
        values = table.numbers(place)
    except DataError:
        return False
    return values is not None and is_row_number(name, values)
