"""Files with samples and a target: CSV and its relatives, and ``.npz``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from glassnet.data.dataset import Dataset
from glassnet.data.delimited import TextTable, existing_file, read_delimited
from glassnet.data.npz import read_npz
from glassnet.data.numerals import starts_with_number
from glassnet.data.targets import read_target
from glassnet.errors import DataError, suggestion

__all__ = ["read_features", "read_table"]

_USUAL_TARGETS = ("target", "class", "label")


def read_table(
    path: str | Path,
    target: str | int | None = None,
    *,
    task: str | None = None,
    feature_names: Sequence[str] | None = None,
    class_names: Sequence[str] | None = None,
    header: bool | None = None,
) -> Dataset:
    r"""Read a table of numbers with a target column.

    Cells are separated by commas, semicolons or tabs, with or without a header line; both are
    found out. A first line such as ``sep=;`` says the separator; lines that begin with ``#`` are
    comments. Numbers are read in double precision, with decimal commas too where commas do not
    separate the cells. ``$45.00``, ``10%`` and ``1.200,00`` are refused: write the number alone.

    A ``.npz`` file holds ``x`` and ``y``, or ``x_train``, ``y_train``, ``x_test`` and ``y_test``.
    What was decided is in ``notes`` and ``target_name`` of the result.

    Parameters
    ----------
    path : str or Path
        The file.
    target : str or int, optional
        The column to predict: its name, or its position from 0 (from the end if negative). By
        default the column named ``target``, ``class`` or ``label``, else the last. Columns
        without a header line are named ``column_1``, ``column_2``, ...
    task : {"classification", "regression"}, optional
        What the target is. By default text is classes, and so are whole numbers of which at
        most 20 differ, each in two rows or more on average; other numbers are regression.
    feature_names : sequence of str, optional
        The columns a network knows, in its order; by default all but the target.
    class_names : sequence of str, optional
        The classes a network knows, in its order; by default those in the file, sorted.
    header : bool, optional
        Whether the first line names the columns, where the judgement is wrong.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "animals.csv")
    ...     _ = path.write_text("legs,weight,animal\n4,30,dog\n2,3,hen\n4,25,dog\n2,4,hen\n")
    ...     data = read_table(path)
    >>> data
    <Dataset animals: 4 rows, x (4, 2) float64, 2 classes>
    >>> data.class_names, data.target_name, data.notes[-1]
    (('dog', 'hen'), 'animal', "target: column 'animal', the last")
    """
    path = existing_file(path)
    if path.suffix.lower() == ".npz":
        return read_npz(path, task, class_names)
    named = (target,) if isinstance(target, str) else ()
    table = read_delimited(path, header, [*(feature_names or ()), *named])
    if len(table.names) < 2:
        raise DataError(
            f"{path.name} has a single column, {table.names[0]!r}; features and a target are "
            "needed. Cells must be separated by commas, semicolons or tabs"
        )
    column, how = _target_column(table, target)
    y, task, classes, said = _target_values(table, column, task, class_names)
    chosen = [index for index in range(len(table.names)) if index != column]
    if feature_names:
        chosen = _chosen(table, feature_names, chosen)
    x = _features(table, chosen)
    how = f"target: column {table.names[column]!r}, {how}"
    return Dataset(
        x,
        y,
        task,
        tuple(table.names[index] for index in chosen),
        classes,
        table.names[column],
        name=path.stem,
        notes=(*table.notes, *table.comma_notes(), *said, how),
    )


def read_features(
    path: str | Path,
    feature_names: Sequence[str] | None = None,
    *,
    header: bool | None = None,
) -> tuple[np.ndarray, tuple[str, ...]]:
    r"""Read samples to predict from: ``x`` and the names of its columns.

    Parameters
    ----------
    path : str or Path
        The file, as for `read_table`; a target column may be in it or not.
    feature_names : sequence of str, optional
        The columns a network knows, in its order. Columns of other names are passed over. In
        a file without a header line the columns count by position, and one column more than
        needed is taken for a target at the end.
    header : bool, optional
        Whether the first line names the columns, where the judgement is wrong.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "new.csv")
    ...     _ = path.write_text("weight,legs\n30,4\n3,2\n")
    ...     read_features(path, ["legs", "weight"])[0]
    array([[ 4., 30.],
           [ 2.,  3.]])
    """
    path = existing_file(path)
    if path.suffix.lower() == ".npz":
        return read_npz(path, None, None, features_only=True).x, tuple(feature_names or ())
    table = read_delimited(path, header, feature_names or ())
    chosen = list(range(len(table.names)))
    if feature_names:
        chosen = _chosen(table, feature_names, chosen)
    names = tuple(feature_names or [table.names[index] for index in chosen])
    return _features(table, chosen), names


def _target_column(table: TextTable, target: str | int | None) -> tuple[int, str]:
    """Return which column is the target, and in words how it was found."""
    count = len(table.names)
    if target is None:
        usual = [index for index, name in enumerate(table.names) if name.lower() in _USUAL_TARGETS]
        if len(usual) == 1 and usual[0] != count - 1:
            return usual[0], "by its name"
        return count - 1, "the last"
    if isinstance(target, str) and target in table.names:
        return table.names.index(target), "as named"
    if isinstance(target, str):
        known = suggestion(target, table.names)
        raise DataError(f"{table.path.name} has no column {target!r}{known}")
    if not -count <= target < count:
        raise DataError(
            f"{table.path.name} has no column {target}: its {count} columns count from 0 to "
            f"{count - 1}, or from -1 backwards"
        )
    return target % count, "as named"


def _target_values(
    table: TextTable, column: int, task: str | None, class_names: Sequence[str] | None
) -> tuple[np.ndarray, str, tuple[str, ...], list[str]]:
    """Return ``y``, the task, the class names, and notes on what was taken for a class."""
    words = set(class_names or ())
    if task != "regression" and table.holds_words(column):
        words.add("None")  # a word of its own among words; beside numbers it is a missing cell
    table.refuse_missing(column, words)
    values = table.numbers(column)
    if values is None:
        if task == "regression":
            table.refuse_text(column)
        values = table.frame.to_series(column).str.strip_chars().to_numpy()
    try:
        y, task, classes = read_target(values, table.names[column], task, class_names, table.place)
    except DataError as error:
        raise DataError(f"{table.path.name}: {error}") from None
    return y, task, classes, [] if class_names else _notes_on_classes(values, classes)


def _notes_on_classes(values: np.ndarray, classes: Sequence[str]) -> list[str]:
    notes = []
    if values.dtype.kind != "f" and "None" in classes:
        count = int((values == "None").sum())
        notes.append(
            f"'None' is a class, of {count} rows; remove these rows if it stands for missing values"
        )
    if values.dtype.kind != "f" and classes and all(map(starts_with_number, classes)):
        notes.append(
            f"text such as {classes[0]!r} is taken for classes; for a quantity write numbers alone"
        )
    return notes


def _chosen(table: TextTable, feature_names: Sequence[str], without: list[int]) -> list[int]:
    """Return the columns a network knows: by name, or by position where there are no names."""
    known = {table.names[index]: index for index in without}
    count = len(feature_names)
    if table.header and all(name in known for name in feature_names):
        return [known[name] for name in feature_names]
    unnamed = not table.header or all(name.startswith("column_") for name in feature_names)
    if unnamed and len(without) == count:
        return without
    if unnamed and len(without) == count + 1 == len(table.names):
        return without[:-1]
    if unnamed:
        raise DataError(
            f"{table.path.name} has {len(table.names)} columns; {count} features are needed"
        )
    missing = [name for name in feature_names if name not in known]
    raise DataError(
        f"{table.path.name} has no column {missing[0]!r}, which the network needs"
        f"{suggestion(missing[0], known)}"
    )


def _features(table: TextTable, chosen: list[int]) -> np.ndarray:
    x = np.empty((len(table), len(chosen)), np.float64)
    for place, column in enumerate(chosen):
        table.refuse_missing(column)
        values = table.numbers(column)
        if values is None:
            table.refuse_text(column)
        x[:, place] = values
    return x
