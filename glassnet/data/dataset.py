"""One value that holds a data set: samples, targets, and what they mean."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from glassnet.data.arrays import check_same_length
from glassnet.data.splits import Split, train_test_split
from glassnet.errors import ArgumentError, DataError
from glassnet.quoting import visible
from glassnet.translation import plural

__all__ = ["TASKS", "Dataset"]

TASKS = ("classification", "regression")


def whole_text(name: str) -> str:
    """Return a file's name as text that can be shown and written, whatever its bytes are.

    Bytes that are no UTF-8 are half characters in Python's names of files; each becomes U+FFFD.
    """
    return "".join("\ufffd" if "\ud800" <= letter <= "\udfff" else letter for letter in name)


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Samples and targets with the names that belong to them.

    Parameters
    ----------
    x : ndarray
        Samples, one row each. Numbers from tables are float64, those of the sets in the package
        float32, as precise as their files; the pixels of large image sets stay uint8.
    y : ndarray
        Classification: class numbers, int64 of shape ``(n,)``. Regression: float32 of shape
        ``(n,)``, or ``(n, k)`` for several outputs; float64 where float32 would blur them.
    task : {"classification", "regression"}
        What is to be learned.
    feature_names : tuple of str
        Name of each column of `x`; empty for images without named columns.
    class_names : tuple of str
        Name of each class in the order of the numbers in `y`; empty for regression.
    target_name : str
        What `y` is.
    image_shape : tuple of int or None
        ``(height, width, channels)`` where a row of `x` is a picture.
    name, description : str
        A short name and one line that says what the data are.
    train_rows : int or None
        Where the set comes with an official split: how many rows, from the first, are for
        training.
    complete : bool
        The rows are all there is (a truth table): nothing is held out, `split` gives all rows
        twice.
    notes : tuple of str
        What a reader decided about a file, a line each, for showing to a person.

    Examples
    --------
    >>> Dataset(np.zeros((4, 2)), np.array([0, 1, 1, 0]), class_names=("no", "yes"), name="tiny")
    <Dataset tiny: 4 rows, x (4, 2) float64, 2 classes>
    """

    x: np.ndarray
    y: np.ndarray
    task: str = "classification"
    feature_names: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
    target_name: str = "class"
    image_shape: tuple[int, int, int] | None = None
    name: str = "data"
    description: str = ""
    train_rows: int | None = None
    complete: bool = False
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", whole_text(self.name))
        check_same_length(x=self.x, y=self.y)
        if self.task not in TASKS:
            raise ArgumentError(f"task is {self.task!r}; use 'classification' or 'regression'")
        width = int(np.prod(self.x.shape[1:]))
        if self.feature_names and len(self.feature_names) != width:
            raise DataError(
                f"{len(self.feature_names)} feature names were given for {width} features"
            )

    def __len__(self) -> int:
        return len(self.x)

    def __repr__(self) -> str:
        kind = plural("{n} class", "{n} classes", len(self.class_names))
        if self.task == "regression":
            kind = f"regression on {self.target_name!r}"
        shape = f"x {self.x.shape} {self.x.dtype}"
        rows = plural("{n} row", "{n} rows", len(self))
        return f"<Dataset {visible(self.name)}: {rows}, {shape}, {kind}>"

    def split(self, fraction: float | None = None, seed: int = 0) -> Split:
        """Return ``(x_train, y_train), (x_test, y_test)``.

        Parameters
        ----------
        fraction : float or int, optional
            Part of the rows to hold out, drawn at random, stratified for classes; a whole
            number is a count. By default the official split where there is one, else a fifth.
        seed : int
            Seed of the draw.

        Examples
        --------
        >>> data = Dataset(np.zeros((10, 2)), np.array([0, 1] * 5), class_names=("a", "b"))
        >>> (x_train, y_train), (x_test, y_test) = data.split()
        >>> x_train.shape, y_test.tolist()
        ((8, 2), [1, 0])
        """
        if fraction is None and self.complete:
            return (self.x, self.y), (self.x.copy(), self.y.copy())
        if fraction is None and self.train_rows is not None:
            cut = self.train_rows
            return (self.x[:cut], self.y[:cut]), (self.x[cut:], self.y[cut:])
        stratify = self.task == "classification"
        return train_test_split(self.x, self.y, fraction or 0.2, seed, stratify)

    def replace(self, **changes: object) -> Dataset:
        """Return a copy with some fields changed.

        Examples
        --------
        >>> Dataset(np.zeros((2, 1)), np.zeros(2), "regression").replace(name="zeros").name
        'zeros'
        """
        return replace(self, **changes)  # type: ignore[arg-type]
