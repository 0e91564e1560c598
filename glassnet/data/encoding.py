"""Class names, class numbers and one-hot rows: from each to the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.data.arrays import check_labels
from glassnet.errors import ArgumentError, DataError, suggestion

__all__ = ["LabelEncoding", "to_categorical"]


def to_categorical(x: Any, num_classes: int | None = None, dtype: str = "float32") -> np.ndarray:
    """Return one-hot rows for class numbers, as Keras's function of this name does.

    Parameters
    ----------
    x : array_like of int
        Class numbers, of shape ``(n,)`` or ``(n, 1)``; other shapes get one more axis.
    num_classes : int, optional
        Number of columns. By default the largest class number plus one.
    dtype : str
        Type of the result.

    Examples
    --------
    >>> to_categorical([0, 2, 1])
    array([[1., 0., 0.],
           [0., 0., 1.],
           [0., 1., 0.]], dtype=float32)
    """
    if num_classes is not None and num_classes < 1:
        raise ArgumentError(f"num_classes is {num_classes}; it must be 1 or more")
    labels = check_labels(x, num_classes, "x")
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    if num_classes is None:
        if labels.size == 0:
            raise DataError("x is empty, so the number of classes is unknown; pass num_classes")
        num_classes = int(labels.max()) + 1
    rows = np.zeros((labels.size, num_classes), dtype)
    rows[np.arange(labels.size), labels.reshape(-1)] = 1
    return rows.reshape(*labels.shape, num_classes)


@dataclass(frozen=True)
class LabelEncoding:
    """The order of the class names: name ``i`` belongs to class number ``i``.

    Examples
    --------
    >>> animals = LabelEncoding.learn(["dog", "cat", "dog"])
    >>> animals.class_names
    ('cat', 'dog')
    >>> animals.encode(["dog", "cat"])
    array([1, 0])
    >>> animals.decode([0, 0, 1])
    ['cat', 'cat', 'dog']
    """

    class_names: tuple[str, ...]

    @classmethod
    def learn(cls, values: Iterable[Any]) -> LabelEncoding:
        """Make an encoding of all distinct values, sorted; numbers are sorted as numbers."""
        array = np.asarray(values if isinstance(values, np.ndarray) else list(values))
        return cls(tuple(label_text(value) for value in np.unique(array).tolist()))

    def encode(self, values: Iterable[Any], name: str = "y") -> np.ndarray:
        """Return the class number of each value; an unknown one is a `DataError`."""
        array = np.asarray(values if isinstance(values, np.ndarray) else list(values))
        distinct, place = np.unique(array, return_inverse=True)
        numbers = {class_name: number for number, class_name in enumerate(self.class_names)}
        found = np.empty(len(distinct), np.int64)
        for index, value in enumerate(distinct.tolist()):
            text = label_text(value)
            if text not in numbers:
                raise DataError(
                    f"{name} holds the class {text!r}, which is not one of the "
                    f"{len(numbers)} known classes{suggestion(text, self.class_names)}"
                )
            found[index] = numbers[text]
        return found[place.reshape(array.shape)]

    def decode(self, labels: Any) -> list[str]:
        """Return the class name of each class number."""
        numbers = check_labels(labels, len(self.class_names), "labels")
        return [self.class_names[number] for number in numbers.reshape(-1)]


def label_text(value: Any) -> str:
    """Return how a class value is written: whole floats without ``.0``, truth values in lower case.

    Examples
    --------
    >>> label_text(2.0), label_text(True), label_text("Adelie")
    ('2', 'true', 'Adelie')
    """
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
