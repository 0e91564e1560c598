"""Training data as FANN's Python binding has them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from glassnet.errors import ArgumentError, DataError, ShapeError
from glassnet.fann.settings import Draws
from glassnet.formats.fann import read_data, write_data
from glassnet.formats.files import write_text

__all__ = ["table", "training_data", "training_data_parent"]


def table(values: Any, name: str) -> np.ndarray:
    """Return rows of numbers as an array of two axes.

    Raises
    ------
    DataError
        If they are not numbers, rows differ in length, or one is NaN or infinite.
    """
    try:
        array = np.array(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"{name} must be rows of numbers of equal length, for example [[0, 1], [1, 1]]"
        ) from error
    if array.size == 0:
        array = array.reshape(len(array), -1) if array.ndim else array.reshape(0, 0)
    if array.ndim != 2:
        raise DataError(
            f"{name} has {array.ndim} axes, but rows of numbers were expected; for one number a "
            "row write [[0], [1]]"
        )
    if not np.isfinite(array).all():
        raise DataError(f"{name} holds NaN or infinity; remove or replace those rows")
    return array


class training_data_parent:
    """Rows of inputs and outputs.

    Parameters
    ----------
    other : training_data, optional
        Data to copy.

    Examples
    --------
    >>> data = training_data()
    >>> data.set_train_data([[0, 1], [1, 1]], [[1], [0]])
    >>> data.length_train_data(), data.num_input_train_data()
    (2, 2)
    """

    def __init__(self, other: training_data_parent | None = None) -> None:
        self.x: np.ndarray = np.zeros((0, 0)) if other is None else other.x.copy()
        self.y: np.ndarray = np.zeros((0, 0)) if other is None else other.y.copy()
        self._draws = Draws()

    def destroy_train(self) -> None:
        """Forget all rows."""
        self.x, self.y = np.zeros((0, 0)), np.zeros((0, 0))

    # Files ----------------------------------------------------------------------------

    def read_train_from_file(self, filename: str) -> bool:
        """Read a ``.data`` file; True if that went well, else an exception."""
        self.x, self.y = read_data(filename)
        return True

    def save_train(self, filename: str) -> bool:
        """Write a ``.data`` file that reads back as the same numbers."""
        self._needed()
        write_data(filename, self.x, self.y)
        return True

    def save_train_to_fixed(self, filename: str, decimal_point: int) -> bool:
        """Write whole numbers for FANN's fixed-point library: value · 2^decimal_point."""
        self._needed()
        lines = [f"{len(self.x)} {self.x.shape[1]} {self.y.shape[1]}"]
        for pair in zip(self.x, self.y, strict=True):
            for row in pair:
                lines.append("".join(f"{int(value * 2.0**decimal_point)} " for value in row))
        write_text(filename, "\n".join(lines) + "\n")
        return True

    # Rows -----------------------------------------------------------------------------

    def length_train_data(self) -> int:
        """Return the number of rows."""
        return len(self.x)

    def num_input_train_data(self) -> int:
        """Return the number of inputs."""
        return int(self.x.shape[1])

    def num_output_train_data(self) -> int:
        """Return the number of outputs."""
        return int(self.y.shape[1])

    def get_input(self) -> list[list[float]]:
        """Return the inputs as lists."""
        rows: list[list[float]] = self.x.tolist()
        return rows

    def get_output(self) -> list[list[float]]:
        """Return the outputs as lists."""
        rows: list[list[float]] = self.y.tolist()
        return rows

    def set_train_data(self, *arguments: Any) -> None:
        """Take rows: ``(input, output)``, or ``(rows, n_in, input, n_out, output)``."""
        if len(arguments) == 5:
            _, _, x, _, y = arguments
        elif len(arguments) == 2:
            x, y = arguments
        else:
            raise ArgumentError("set_train_data takes (input, output), two lists of rows")
        x, y = table(x, "input"), table(y, "output")
        if len(x) != len(y):
            raise DataError(
                f"input has {len(x)} rows and output {len(y)}; each row of one belongs to a row "
                "of the other"
            )
        self.x, self.y = x, y

    def create_train_from_callback(
        self, num_data: int, num_input: int, num_output: int, user_function: Callable[..., Any]
    ) -> None:
        """Take rows from a function: ``user_function(number, n_in, n_out)`` gives both lists."""
        rows = [user_function(number, num_input, num_output) for number in range(num_data)]
        self.set_train_data([row[0] for row in rows], [row[1] for row in rows])

    def shuffle_train_data(self) -> None:
        """Put the rows into random order; see :func:`glassnet.fann.seed`."""
        order = self._draws.order(len(self.x))
        self.x, self.y = self.x[order], self.y[order]

    def merge_train_data(self, data: training_data_parent) -> None:
        """Append the rows of other data of the same widths."""
        if data.x.shape[1:] != self.x.shape[1:] or data.y.shape[1:] != self.y.shape[1:]:
            raise ShapeError(
                f"data of {data.x.shape[1]} inputs and {data.y.shape[1]} outputs cannot be "
                f"appended to data of {self.x.shape[1]} and {self.y.shape[1]}"
            )
        self.x = np.concatenate([self.x, data.x])
        self.y = np.concatenate([self.y, data.y])

    def subset_train_data(self, pos: int, length: int) -> None:
        """Keep ``length`` rows from row ``pos`` on."""
        if pos < 0 or length < 0 or pos + length > len(self.x):
            raise ArgumentError(
                f"rows {pos} to {pos + length - 1} are not all there: the data have {len(self.x)}"
            )
        self.x, self.y = self.x[pos : pos + length].copy(), self.y[pos : pos + length].copy()

    # Scaling --------------------------------------------------------------------------

    def scale_input_train_data(self, new_min: float, new_max: float) -> None:
        """Map the inputs to a range, all columns by the least and greatest of all of them."""
        self.x = _to_range(self.x, new_min, new_max)

    def scale_output_train_data(self, new_min: float, new_max: float) -> None:
        """Map the outputs to a range, all columns by the least and greatest of all of them."""
        self.y = _to_range(self.y, new_min, new_max)

    def scale_train_data(self, new_min: float, new_max: float) -> None:
        """Map inputs and outputs to a range, each by their own least and greatest."""
        self.scale_input_train_data(new_min, new_max)
        self.scale_output_train_data(new_min, new_max)

    def _needed(self) -> None:
        if not self.x.shape[1]:
            raise DataError("there are no data yet; use set_train_data or read_train_from_file")


def _to_range(values: np.ndarray, new_min: float, new_max: float) -> np.ndarray:
    if values.size == 0:
        raise DataError("there are no data to scale; use set_train_data or read_train_from_file")
    low, high = float(values.min()), float(values.max())
    if low == high:
        # One value alone has no range; FANN divides by 0 here.
        return np.full_like(values, new_min)
    scaled = (values - low) * ((new_max - new_min) / (high - low)) + new_min
    return np.clip(scaled, new_min, new_max)


class training_data(training_data_parent):
    """Rows of inputs and outputs; see :class:`training_data_parent`."""


def as_rows(data: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the arrays of training data, or a pair of tables."""
    if isinstance(data, training_data_parent):
        return data.x, data.y
    if isinstance(data, Sequence) and len(data) == 2:
        return table(data[0], "input"), table(data[1], "output")
    raise ArgumentError(
        f"{type(data).__name__} are no training data; give a training_data, for example one that "
        "read_train_from_file has filled"
    )
