"""Names of columns: learned from the data frames of ``fit``, and matched from then on.

They are in the ``info`` of a network and so in its file: ``feature_names`` where there is one
input, ``input_columns`` by the name of the input where there are several, ``target_names`` where
a frame of several targets was given.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from glassnet.data.frames import (
    column_names,
    frame_values,
    in_order,
    is_frame,
    is_series,
    row_values,
    rows_by_name,
    warn_of_row_numbers,
    without_row_numbers,
)

__all__ = [
    "Columns",
    "sample_by_name",
    "samples_by_name",
    "targets_by_name",
]

Info = dict[str, Any]
_TARGETS = "target_names"
_KEYS = ("feature_names", "input_columns", _TARGETS)


class Columns:
    """The names of the columns of each input, as the ``info`` of a network holds them.

    Parameters
    ----------
    info : dict
    inputs : sequence of str
        What the inputs are called.
    """

    def __init__(self, info: Info, inputs: Sequence[str]) -> None:
        self.info, self.inputs = info, list(inputs)

    def of(self, number: int) -> list[str]:
        """Return the names an input has learned; none before a frame was given."""
        if len(self.inputs) == 1:
            return _names(self.info.get("feature_names"))
        found = self.info.get("input_columns")
        return _names(found.get(self.inputs[number])) if isinstance(found, dict) else []

    def match(self, number: int, frame: Any) -> bool:
        """Return whether the columns of a frame are to be found by the names of an input.

        Names that only count the columns of a table without a header line are none.
        """
        known = self.of(number)
        if all(re.fullmatch(r"column_\d+", name) for name in known):
            return bool(known) and set(known) <= set(column_names(frame, self.inputs[number]))
        return True

    def count(self, frame: Any) -> int:
        """Return how many columns of a frame a network with one input is given."""
        if self.match(0, frame):
            return len(self.of(0))
        what = self.inputs[0]
        return len(without_row_numbers(frame, column_names(frame, what), what)[0])

    def _note(self, number: int, names: Sequence[str]) -> None:
        if len(self.inputs) == 1:
            self.info["feature_names"] = list(names)
        else:
            found = self.info.get("input_columns")
            found = found if isinstance(found, dict) else {}
            self.info["input_columns"] = {**found, self.inputs[number]: list(names)}

    def learn(self, x: Any, y: Any = None) -> None:
        """Note the names of columns where frames bring them and none are known yet."""

        def note(number: int, frame: Any) -> Any:
            if not self.match(number, frame):
                names = column_names(frame, self.inputs[number])
                self._note(number, without_row_numbers(frame, names)[0])
            return frame

        self.parts(x, note)
        if is_frame(y) and not _names(self.info.get(_TARGETS)):
            names = without_row_numbers(y, column_names(y, "y"), "y")[0]
            if len(names) > 1:
                self.info[_TARGETS] = names

    def entries(self) -> Info:
        """Return what ``info`` holds of names, for :meth:`put_back`."""
        return copy.deepcopy({key: self.info[key] for key in _KEYS if key in self.info})

    def put_back(self, entries: Info) -> None:
        """Forget names that were learned since."""
        for key in _KEYS:
            self.info.pop(key, None)
        self.info.update(entries)

    def parts(self, x: Any, change: Callable[[int, Any], Any]) -> Any:
        """Return samples with every frame among them changed, by the number of its input."""
        if len(self.inputs) == 1 and is_frame(x):
            return change(0, x)
        if isinstance(x, Mapping):
            own = [f"x{number}" for number in range(1, len(self.inputs) + 1)]
            places = {n: k for names in (own, self.inputs) for k, n in enumerate(names)}
            return {
                name: change(places.get(name, 0), part) if is_frame(part) else part
                for name, part in x.items()
            }
        if isinstance(x, list | tuple) and any(is_frame(part) for part in x):
            last = len(self.inputs) - 1
            return [
                change(min(number, last), part) if is_frame(part) else part
                for number, part in enumerate(x)
            ]
        return x


def _names(found: Any) -> list[str]:
    """Return names that were noted; users may change ``info``, so anything may be in it."""
    is_list = isinstance(found, list | tuple | np.ndarray)
    names = list(found) if is_list else []
    return [str(name) for name in names] if all(isinstance(n, str) for n in names) else []


def samples_by_name(x: Any, columns: Columns) -> Any:
    """Return samples with arrays in place of frames, their columns as the network knows them.

    Columns it does not know are left out with a warning. Where it knows no names, the columns
    keep their order, and those that only number the rows are left out. Rows of a frame in a list
    are matched by name as well.

    Raises
    ------
    DataError
        If a column is missing, or two have one name.
    """
    if len(columns.inputs) == 1 and isinstance(x, list | tuple):
        x = rows_by_name(x, columns.of(0), columns.inputs[0])

    def values(number: int, frame: Any) -> np.ndarray:
        known, what = columns.of(number), columns.inputs[number]
        if columns.match(number, frame):
            return in_order(frame, known, what)
        names, numbers = without_row_numbers(frame, column_names(frame, what), what)
        warn_of_row_numbers(numbers, what)
        return frame_values(frame, names, what)

    return columns.parts(x, values)


def targets_by_name(
    y: Any, info: Info, output_shape: tuple[int, ...] | None = None, takes_labels: bool = False
) -> Any:
    """Return targets with an array in place of a frame or a series.

    A single named column is one target, so it gets the shape that the loss needs: ``(n,)`` for
    labels, ``(n, 1)`` for a network with one output.
    """
    if is_frame(y):
        known = _names(info.get(_TARGETS))
        names, numbers = without_row_numbers(y, column_names(y, "y"), "y")
        if known:
            values = in_order(y, known, "y")
        elif len(names) == 1:
            warn_of_row_numbers(numbers, "y")
            values = np.asarray(y[_label(y, names[0])])[:, None]  # text is for the loss to refuse
        else:
            warn_of_row_numbers(numbers, "y")
            values = frame_values(y, names, "y")
        is_column = values.shape[1] == 1
        return values[:, 0] if takes_labels and is_column else values
    if is_series(y):
        array = np.asarray(y)
        return array[:, None] if output_shape == (1,) and not takes_labels else array
    return y


def _label(frame: Any, name: str) -> Any:
    labels = getattr(frame, "column_names", frame.columns)
    return next(label for label in labels if ("" if label is None else str(label)) == name)


def sample_by_name(x: Any, columns: Columns) -> Any:
    """Return one sample, or several, with arrays in place of frames and of rows of frames."""
    known = columns.of(0) if len(columns.inputs) == 1 else []
    if known and not isinstance(x, Mapping) and not is_frame(x):
        return row_values(x, known)
    return samples_by_name(x, columns)
