"""What a target column means: classes or a quantity.

The rule: text and truth values are classes. Numbers are classes if they all are whole, at most
20 differ, and each stands for two rows or more on average; all other numbers are a quantity
(regression). Text that looks like a number but carries more (``$45.00``) is neither and is refused,
as `glassnet.data.numerals` says. ``task=`` decides otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from glassnet.data.dataset import TASKS
from glassnet.data.encoding import LabelEncoding
from glassnet.data.moments import moments
from glassnet.data.numerals import how_to_write, is_number, plain_number
from glassnet.errors import ArgumentError, DataError

__all__ = ["Target", "as_quantity", "read_target"]

MOST_CLASSES = 20

Target = tuple[np.ndarray, str, tuple[str, ...]]


def read_target(
    values: np.ndarray,
    name: str = "target",
    task: str | None = None,
    class_names: Sequence[str] | None = None,
    place: Callable[[int], str] = lambda row: f"row {row + 1}",
) -> Target:
    """Return ``y``, the task and the class names for one column of target values.

    Parameters
    ----------
    values : ndarray
        One value per row: text, truth values or finite numbers.
    name : str
        What to call the column in error messages.
    task : {"classification", "regression"}, optional
        What the column is; judged by the rule above if not given.
    class_names : sequence of str, optional
        The classes in the order in which a network knows them. Any other is an error.
    place : callable, optional
        How to say where a row is, in error messages.

    Examples
    --------
    >>> read_target(np.array(["yes", "no", "yes"]))
    (array([1, 0, 1]), 'classification', ('no', 'yes'))
    >>> read_target(np.array([1.5, 0.0, 2.0]))[:2]
    (array([1.5, 0. , 2. ], dtype=float32), 'regression')
    """
    if task is not None and task not in TASKS:
        raise ArgumentError(f"task is {task!r}; use 'classification' or 'regression'")
    distinct = np.unique(values)
    is_text = values.dtype.kind in "OUST"
    known = class_names is not None and len(class_names) > 0
    if is_text and task is None and not known:
        _refuse_marked_numbers(values, distinct, name, place)
    task = task or ("classification" if known or _are_classes(values, distinct) else "regression")
    if not known and len(distinct) < 2:
        raise DataError(
            f"the target {name!r} is {distinct[0] if len(distinct) else 'empty'} in all "
            f"{len(values)} rows: there is nothing to learn from a single "
            f"{'class' if task == 'classification' else 'value'}. Is it the right column?"
        )
    if task == "regression":
        return _quantity(values, name), task, ()
    if not known and is_text and 2 * len(distinct) > max(len(values), 4):
        odd = sorted(distinct, key=lambda text: is_number(str(text)))  # the numbers last
        raise DataError(
            f"the target {name!r} holds text, {len(distinct)} different values in {len(values)} "
            f"rows ({odd[0]!r}, {odd[1]!r} ...): too many for classes. Name the target "
            "column, or turn the text into numbers"
        )
    encoding = LabelEncoding(tuple(class_names or ())) if known else LabelEncoding.learn(distinct)
    return encoding.encode(values, f"the target {name!r}"), task, encoding.class_names


def _refuse_marked_numbers(
    values: np.ndarray, distinct: np.ndarray, name: str, place: Callable[[int], str]
) -> None:
    """Raise a `DataError` if most texts are numbers, and some carry more than a number."""
    texts = [str(value) for value in distinct]
    numbers = [text for text in texts if plain_number(text) is not None]
    marked = [text for text in numbers if "," in text or not is_number(text)]
    if not marked or 2 * len(numbers) <= len(texts):
        return
    row = int(np.isin(values, marked).argmax())
    text = str(values[row])
    raise DataError(
        f"the target {name!r} holds the text {text!r} in {place(row)}, which looks like a number. "
        f"For a quantity write all of them without marks, here {how_to_write(text)}; for classes "
        'write names, or say task="classification" in Python'
    )


def _are_classes(values: np.ndarray, distinct: np.ndarray) -> bool:
    if values.dtype.kind not in "fiu":
        return True
    whole = values.dtype.kind in "iu" or bool((distinct == np.floor(distinct)).all())
    return whole and len(distinct) <= MOST_CLASSES and 2 * len(distinct) <= len(values)


def _quantity(values: np.ndarray, name: str) -> np.ndarray:
    if values.dtype.kind not in "fiub":
        raise DataError(
            f"the target {name!r} holds text such as {values[0]!r}; regression needs numbers"
        )
    return as_quantity(values)


def as_quantity(values: np.ndarray) -> np.ndarray:
    """Return targets of a regression as float32, or as float64 where float32 would blur them.

    Examples
    --------
    >>> as_quantity(np.array([1.5, 2.0])).dtype, as_quantity(1.7e9 + np.arange(9)).dtype
    (dtype('float32'), dtype('float64'))
    """
    is_blurred = moments(values.reshape(len(values), -1)).blurred.any()
    return values.astype(np.float64 if is_blurred else np.float32)
