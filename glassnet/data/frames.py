"""Data frames, of pandas, polars or any library whose frames have ``columns``: matched by name.

No such library is imported: a frame is told by its attributes, and ``frame[name]`` is a column.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from glassnet.data.arrays import as_numbers, number_array
from glassnet.errors import DataError, DTypeError, depth_of_user, suggestion

__all__ = [
    "FrameWarning",
    "column_names",
    "frame_values",
    "in_order",
    "is_frame",
    "is_row_number",
    "is_series",
    "may_number_rows",
    "one_sample_text",
    "row_values",
    "rows_by_name",
    "rows_of",
    "sample_numbers",
    "warn_of_row_numbers",
    "without_row_numbers",
]

_UNNAMED = re.compile(r"(Unnamed: \d+(\.\d+)*)?$")


class FrameWarning(UserWarning):
    """Columns of a data frame were left out."""


def is_frame(x: Any) -> bool:
    """Return whether something is a data frame: a table whose columns have names.

    Examples
    --------
    >>> import polars as pl
    >>> is_frame(pl.DataFrame({"a": [1]})), is_frame(np.zeros((1, 1)))
    (True, False)
    """
    if isinstance(x, np.ndarray | list | tuple | Mapping):
        return False
    if hasattr(x, "collect") and hasattr(type(x), "columns"):
        return True  # a lazy one: refused, for even its names are computed when they are asked for
    columns = getattr(x, "columns", None)
    return columns is not None and not callable(columns) and hasattr(x, "__getitem__")


def is_series(x: Any) -> bool:
    """Return whether something is a single named column, as ``frame["a"]`` gives it."""
    if isinstance(x, np.ndarray | list | tuple | Mapping) or is_frame(x):
        return False
    return hasattr(x, "name") and hasattr(x, "to_numpy")


def _labels(frame: Any, what: str) -> dict[str, Any]:
    """Return the columns: the name of each, as text, and what the frame calls it."""
    if hasattr(frame, "collect"):
        raise DTypeError(f"{what} is a frame that was not computed yet; pass {what}.collect()")
    # The tables of pyarrow hold the columns themselves there.
    labels = list(getattr(frame, "column_names", frame.columns))
    names = ["" if label is None or label != label else str(label) for label in labels]
    double = next((name for name in names if names.count(name) > 1), None)
    if double is not None:
        raise DataError(
            f"{what} has two columns named {double!r}; columns are matched by name, so rename or "
            "remove one of them"
        )
    return dict(zip(names, labels, strict=True))


def column_names(frame: Any, what: str = "x") -> list[str]:
    """Return the names of the columns as text; numbers may be names too.

    Raises
    ------
    DataError
        If two columns have the same name.
    """
    return list(_labels(frame, what))


def frame_values(frame: Any, names: Sequence[str], what: str = "x") -> np.ndarray:
    """Return columns as an array of numbers ``(n, columns)``.

    Raises
    ------
    DataError, DTypeError
        If a cell is missing or no number; the column and the row are named.

    Examples
    --------
    >>> import polars as pl
    >>> frame_values(pl.DataFrame({"a": [1, 2], "b": [0.5, 1.5]}), ["b", "a"])
    array([[0.5, 1. ],
           [1.5, 2. ]])
    """
    labels = _labels(frame, what)
    columns = [_column(frame[labels[name]], name, what) for name in names]
    if not columns:
        return np.empty((len(frame), 0))
    kind = np.result_type(*columns)
    values = np.empty((len(columns[0]), len(columns)), kind)
    for place, column in enumerate(columns):
        values[:, place] = column
    return values


def _column(column: Any, name: str, what: str) -> np.ndarray:
    array = np.asarray(column)
    if array.dtype.kind in "fiub":
        return array
    return number_array(array[:, None], what, [name])[:, 0]


def in_order(
    frame: Any, known: Sequence[str], what: str = "x", names: str = "the network was trained with"
) -> np.ndarray:
    """Return the columns of known names in their order, as numbers; others are left out.

    A warning names those left out, but for row numbers.

    Raises
    ------
    DataError
        If a column is missing.

    Examples
    --------
    >>> import polars as pl
    >>> in_order(pl.DataFrame({"b": [3, 4], "a": [1, 2]}), ["a", "b"])
    array([[1, 3],
           [2, 4]])
    """
    found = column_names(frame, what)
    missing = [name for name in known if name not in found]
    if missing:
        near = suggestion(missing[0], [name for name in found if name not in known])
        raise DataError(
            f"{what} has no column{'s' if len(missing) > 1 else ''} {_listed(missing)}, which "
            f"{names}{near if 'did you mean' in near else ''}; it has {_listed(found)}. Columns "
            f"are matched by name: rename them, or pass {what}.to_numpy() to go by position"
        )
    extra = [name for name in found if name not in known]
    _warn(without_row_numbers(frame, extra, what)[0], what, f"it is not among those {names}")
    return frame_values(frame, known, what)


def without_row_numbers(
    frame: Any, names: Sequence[str], what: str = "x"
) -> tuple[list[str], list[str]]:
    """Split names into those of other columns and those of columns that only number the rows."""
    labels = _labels(frame, what)
    numbers = [
        name
        for name in names
        if may_number_rows(name) and is_row_number(name, np.asarray(frame[labels[name]]))
    ]
    return [name for name in names if name not in numbers], numbers


def may_number_rows(name: str) -> bool:
    """Return whether a column has no name, or that of an index in a file (``Unnamed: 0``)."""
    return _UNNAMED.match(name.strip()) is not None


def is_row_number(name: str, values: np.ndarray) -> bool:
    """Return whether a column is the index of a frame, as it is when a file was written with it.

    It has no name, or ``Unnamed: 0``, and holds whole numbers that all differ; the rows may have
    been shuffled or filtered since.

    Examples
    --------
    >>> is_row_number("Unnamed: 0", np.array([7, 2, 5])), is_row_number("age", np.array([7, 2, 5]))
    (True, False)
    >>> is_row_number("", np.array([0.5, 1.5])), is_row_number("", np.array([1, 1]))
    (False, False)
    """
    if not may_number_rows(name) or values.dtype.kind not in "fiu" or not len(values):
        return False
    is_whole = values.dtype.kind in "iu" or bool(np.all(np.floor(values) == values))
    return is_whole and len(np.unique(values)) == len(values)


def warn_of_row_numbers(numbers: Sequence[str], what: str = "x") -> None:
    """Say that columns were left out because they number the rows."""
    _warn(numbers, what, "it has no name and only numbers the rows")


def _warn(names: Sequence[str], what: str, why: str) -> None:
    if not names:
        return
    several = len(names) > 1
    why = why.replace("it is", "they are").replace("it has", "they have") if several else why
    why = why.replace("numbers the", "number the") if several else why
    warnings.warn(
        f"{what}: the column{'s' if several else ''} {_listed(names)} "
        f"{'are' if several else 'is'} left out: {why}",
        FrameWarning,
        stacklevel=depth_of_user(),
    )


def rows_of(x: Any, rows: np.ndarray) -> Any:
    """Return some rows of an array, a frame or a series, in the same type.

    Examples
    --------
    >>> import polars as pl
    >>> rows_of(pl.DataFrame({"a": [1, 2, 3]}), np.array([2, 0]))["a"].to_list()
    [3, 1]
    """
    return x.iloc[rows] if hasattr(x, "iloc") else x[rows]


def row_values(row: Any, known: Sequence[str], what: str = "x") -> Any:
    """Return one sample in the order of known names, where its values have names.

    That is a dict, or a row of a pandas frame, whose index holds the names; all else is
    returned as it is. Labels that are no text are names only where all known ones are among them.

    Raises
    ------
    DataError, DTypeError
        If a name is missing or there twice, or if a value is missing or no number.
    """
    labels = _labels_of_row(row)
    names = list(map(str, labels))
    is_text = all(isinstance(label, str) for label in labels)
    if not labels or not (is_text or set(known) <= set(names)):
        return row
    missing = [name for name in known if name not in names]
    if missing:
        raise DataError(
            f"{what} has no value named {_listed(missing)}, which the network was trained with; it "
            f"has {_listed(labels)}"
        )
    double = next((name for name in known if names.count(name) > 1), None)
    if double is not None:
        raise DataError(f"{what} has two values named {double!r}; rename or remove one of them")
    values = list(row.values()) if isinstance(row, Mapping) else np.asarray(row)
    found = [values[names.index(name)] for name in known]
    if any(np.ndim(value) for value in found):
        return as_numbers(found, what)
    array = np.array(found)
    if array.dtype.kind in "fiub":
        return array
    return number_array(np.array(found, object)[None], what, known)[0]


def _labels_of_row(row: Any) -> list[Any]:
    """Return what the values of one row are called: of a dict, or of a series with an index."""
    if isinstance(row, Mapping):
        return list(row)
    index = getattr(row, "index", None)
    is_named = index is not None and not callable(index) and np.ndim(row) == 1
    return list(index) if is_named and index is not None else []


def rows_by_name(rows: Sequence[Any], known: Sequence[str], what: str = "x") -> Any:
    """Return a list of samples in the order of known names, if rows with names are among them."""
    if not known or not any(isinstance(row, Mapping) or is_series(row) for row in rows):
        return rows
    return [row_values(row, known, f"{what}[{place}]") for place, row in enumerate(rows)]


def sample_numbers(row: Any, known: Sequence[str], what: str = "x") -> np.ndarray:
    """Return one sample as numbers, in the order of known names where its values have names.

    Raises
    ------
    DataError, DTypeError
        If a name or a value is missing, or a value is no number.

    Examples
    --------
    >>> sample_numbers({"b": 2.5, "a": 1}, ["a", "b"])
    array([1. , 2.5])
    """
    return as_numbers(row_values(row, known, what) if known else row, what)


def one_sample_text(x: Any, name: str, known: Sequence[str] = ()) -> str | None:
    """Return how a row of a pandas frame becomes a frame of one row, which keeps its names.

    None if it is no such row: its index does not hold the known names, or, where none are known,
    is no text.
    """
    labels = _labels_of_row(x) if hasattr(x, "to_frame") else []
    is_text = bool(labels) and all(isinstance(label, str) for label in labels)
    is_row = set(known) <= set(map(str, labels)) if known else is_text
    return f"{name}.to_frame().T" if is_row else None


def _listed(names: Sequence[Any], most: int = 10) -> str:
    text = ", ".join(map(repr, names[:most]))
    return text + (f" and {len(names) - most} more" if len(names) > most else "")
