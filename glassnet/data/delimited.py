"""Text tables: finding out separator and header, and reading the cells with polars.

What is not a clean table is refused with the row, the line of the file and the column.
"""

from __future__ import annotations

import os
import textwrap
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.data.frames import is_row_number, may_number_rows
from glassnet.data.layout import (
    MISSING,
    SEPARATORS,
    Layout,
    csv_rows,
    has_header,
    layout,
    refuse_ragged,
)
from glassnet.data.limits import check_columns, check_room, enough_memory
from glassnet.data.numerals import (
    DECIMAL_COMMA,
    how_to_write,
    is_number,
    looks_grouped,
    plain_number,
)
from glassnet.errors import DataError, FileFormatError, suggestion

if TYPE_CHECKING:
    import polars

__all__ = ["MISSING", "TextTable", "existing_file", "read_delimited"]

# What polars takes at most for a cell besides its text, and for a column.
_CELL_BYTES, _COLUMN_BYTES = 32, 4096


@dataclass(eq=False)
class TextTable:
    """The cells of a text table, column by column: numbers where they parse, else text."""

    path: Path
    names: list[str]
    frame: polars.DataFrame
    header: bool
    layout: Layout
    notes: list[str] = field(default_factory=list)
    _commas: dict[str, str] = field(default_factory=dict)  # an example a column

    def __len__(self) -> int:
        return self.frame.height

    def place(self, row: int) -> str:
        """Say where a row is: counted as data, and as a line in an editor."""
        return f"row {row + 1} (line {self.layout.line(row + 1 + int(self.header))})"

    def refuse_missing(self, column: int, classes: Collection[str] | None = None) -> None:
        """Raise a `DataError` if the column has an empty cell, or one such as ``NA``.

        Parameters
        ----------
        column : int
        classes : collection of str, optional
            Of a target: words that are no missing cells here but names of classes.
        """
        series = self.frame.to_series(column)
        empty = series.is_null()
        if series.dtype.is_numeric() is False:
            words = [word for word in MISSING if not word or word not in (classes or ())]
            empty = empty | series.str.strip_chars().is_in(words).fill_null(True)
        count = int(empty.sum())
        if not count:
            return
        row = int(empty.arg_max() or 0)
        word = str(series[row] or "").strip()
        more = f", the first of {count} in this column" if count > 1 else ""
        raise DataError(
            f"{self.path.name}: the cell in column {self.names[column]!r}, {self.place(row)} is "
            f"missing{f' ({word!r})' if word else ''}{more}. Missing cells are not filled yet: "
            "remove such rows or columns, or fill them in, and read again"
            + (
                f". If {word!r} is a class, give it another name"
                if classes is not None and word
                else ""
            )
        )

    def holds_words(self, column: int) -> bool:
        """Return whether some cell of the column is neither missing nor a number."""
        series = self.frame.to_series(column)
        if series.dtype.is_numeric():
            return False
        missing = series.str.strip_chars().is_in(list(MISSING)).fill_null(True)
        return bool((self._parse(series).is_null() & ~missing).any())

    def numbers(self, column: int) -> np.ndarray | None:
        """Return a column without missing cells as float64, or ``None`` if it holds text."""
        series = self.frame.to_series(column)
        is_text = not series.dtype.is_numeric()
        parsed = self._parse(series) if is_text else series
        if parsed.null_count():
            return None
        if is_text:
            self._check_marks(column)
        series = parsed
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
        plain = series[row] if plain_number(series[row]) else None
        remedy = (
            "Remove the column, turn it into numbers, or name it as the target if it is what is "
            "to be predicted"
            if plain is None
            else f"Write such numbers without marks, here {how_to_write(plain)}"
        )
        raise DataError(
            f"{self.path.name}: column {self.names[column]!r}, {self.place(row)} holds the text "
            f"{series[row]!r} where a number is needed ({all_text}). {remedy}"
        )

    def _parse(self, series: polars.Series) -> polars.Series:
        """Read text as numbers; other text becomes null."""
        import polars as pl

        text = series.str.strip_chars()
        if self.layout.separator != ",":
            text = text.str.replace(DECIMAL_COMMA, "${1}.${2}")
        return text.cast(pl.Float64, strict=False)

    def _check_marks(self, column: int) -> None:
        """Note a column of numbers with decimal commas; refuse one with commas and points."""
        series = self.frame.to_series(column)
        comma = series.str.contains(",", literal=True)
        point = series.str.contains(".", literal=True)
        if not comma.any():
            return
        name, with_comma = self.names[column], int(comma.arg_max() or 0)
        one = series[with_comma].strip()
        if point.any():
            with_point = int(point.arg_max() or 0)
            raise DataError(
                f"{self.path.name}: column {name!r} holds {one!r} in {self.place(with_comma)} and "
                f"{series[with_point].strip()!r} in {self.place(with_point)}: which is the decimal "
                "mark, comma or point? Write all numbers with decimal points, and without marks of "
                "thousands"
            )
        self._commas[name] = one

    def comma_notes(self) -> list[str]:
        """Return a note on the decimal commas in the columns that were read, if any."""
        if not self._commas:
            return []
        name, one = next(iter(self._commas.items()))
        return [f"commas are decimal marks: {one} in column {name!r} is {one.replace(',', '.')}"]


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
    found = layout(_text(path), path.name, header)
    if not found.text:
        raise DataError(f"{path.name} is empty; a table with at least two rows is needed")
    head, separator = found.head(), found.separator
    check_columns(path, 1 + head[0].count(separator))
    rows = csv_rows(head, separator)
    named = has_header(rows) if header is None else header
    if named and len(rows) == 1:
        raise DataError(f"{path.name} has a header line and no rows below it")
    names = _names(rows[0], named, path)
    if separator != ",":
        _refuse_two_marks(path, rows[named:], names)
    frame = _frame(path, found, named, rows)
    table = TextTable(path, names, frame, named, found)
    table.notes.append(f"cells are separated by {SEPARATORS[separator]}s")
    table.notes += found.notes
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


def _refuse_two_marks(path: Path, rows: list[list[str]], names: list[str]) -> None:
    """Raise a `DataError` if a mark is one of thousands in a column, by what other columns show.

    A column of numbers such as ``1.200`` is read with decimal points, unless another column has
    decimal commas, as in ``0,5``; and the other way round.
    """
    columns = [
        [cell.strip() for cell in column if "," in cell or "." in cell]
        for column in zip(*(row for row in rows if len(row) == len(names)), strict=True)
    ]
    marked = [
        (name, cells)
        for name, cells in zip(names, columns, strict=False)
        if cells and all(map(is_number, cells))
    ]
    clear = {
        mark: next((cell for _, cells in marked for cell in cells if _is_clear(cell, mark)), None)
        for mark in ",."
    }
    for name, cells in marked:
        mark = "," if "," in cells[0] else "."
        other = clear["," if mark == "." else "."]
        if other is not None and clear[mark] is None and all(map(looks_grouped, cells)):
            raise DataError(
                f"{path.name}: column {name!r} holds {cells[0]!r}, where other columns have "
                f"numbers such as {other!r}: the {'comma' if mark == ',' else 'point'} seems to "
                f"mark thousands. Write {cells[0].replace(mark, '')}; or, if it is a decimal mark, "
                "write all numbers with decimal points"
            )


def _is_clear(cell: str, mark: str) -> bool:
    return mark in cell and not looks_grouped(cell)


def _names(first: list[str], named: bool, path: Path) -> list[str]:
    if not named:
        return [f"column_{number}" for number in range(1, len(first) + 1)]
    names = [cell.strip() or f"column_{number}" for number, cell in enumerate(first, 1)]
    if len(set(names)) < len(names):
        seen = Counter(names)
        name = next(name for name in names if seen[name] > 1)
        raise DataError(f"{path.name} has two columns named {name!r}. Rename one of them")
    return names


def _frame(path: Path, found: Layout, named: bool, rows: list[list[str]]) -> polars.DataFrame:
    """Read all cells: as numbers where the sample holds numbers, as text if that fails."""
    import polars as pl

    text, separator = found.text, found.separator
    width, body, content = len(rows[0]), rows[named:], text
    if named:
        header_lines = "".join(rows[0]).count("\n") + 1  # a quoted name may hold line ends
        content = text.split("\n", header_lines)[header_lines]
    if any(len(row) > width for row in rows):
        refuse_ragged(found, path.name, width)  # polars would make room for its columns
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
            refuse_ragged(found, path.name, width)
        return frame
    refuse_ragged(found, path.name, width)
    reason = str(problem).split("\n\n")[-1].strip("` \n")  # between advice on polars itself
    reason = textwrap.shorten(reason, 200)  # it may quote all that follows an open quotation mark
    raise FileFormatError(
        f"{path.name} cannot be read as a table: {reason} Is a quotation mark left open?"
    )


def _plain(cell: str) -> bool:
    return is_number(cell) and "," not in cell


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
