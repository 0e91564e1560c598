"""What pictures are given, checked before anything is drawn.

Matplotlib finds nonsense late, in words of its own, with half a picture drawn; here it is refused
first, with the name of the argument.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from glassnet.data.arrays import check_array
from glassnet.errors import ArgumentError, DataError, GlassnetError, ShapeError, shown
from glassnet.quoting import visible
from glassnet.training.callbacks.base import check_count
from glassnet.training.callbacks.base import check_number as check_real

__all__ = [
    "check_class_names",
    "check_count",
    "check_flag",
    "check_name",
    "check_names",
    "check_number",
    "check_rows",
    "curve",
    "numbers",
    "values_of",
]

LARGEST = 1e100  # matplotlib squares and multiplies what it draws


def numbers(value: Any, name: str, **rules: Any) -> np.ndarray:
    """Return an array of float64 that can be drawn; the rules are those of `check_array`.

    Raises
    ------
    GlassnetError
        If it holds anything but finite numbers, or ones too large for any picture.
    """
    array = check_array(value, name, "float64", **rules)
    if array.size and np.abs(array).max() > LARGEST:
        raise DataError(
            f"{name} holds {array.flat[np.abs(array).argmax()]:g}; numbers beyond {LARGEST:g} "
            f"cannot be drawn, divide {name} by a power of ten"
        )
    return array


def curve(value: Any, name: str) -> np.ndarray:
    """Return the numbers of a curve, shape ``(steps,)``; NaN and infinity are gaps in it."""
    rows = check_rows(value, name, "numbers, one a point")
    try:
        array = np.asarray(rows)
        if array.dtype.kind == "c":
            raise TypeError("complex numbers have no order")
        array = array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ArgumentError(
            f"{name}={shown(value)} must be a list of numbers, one a point: {error}"
        ) from None
    if array.ndim != 1:
        raise ShapeError(f"{name} has the shape {array.shape}; one number a point is expected")
    finite = array[np.isfinite(array)]
    numbers(finite, name, allow_empty=True)
    return array


def check_rows(value: Any, name: str, what: str) -> Sequence[Any]:
    """Return a list, tuple or array of things; a text, a dict or a set is none."""
    if isinstance(value, str | bytes | Mapping | set | frozenset):
        raise ArgumentError(f"{name}={shown(value)} must be a list of {what}")
    try:
        found = value if hasattr(value, "__len__") else list(value)
        len(found)
    except TypeError:
        raise ArgumentError(f"{name}={shown(value)} must be a list of {what}") from None
    return found


def check_number(value: Any, name: str) -> float:
    """Return a finite real number."""
    if isinstance(value, complex | np.complexfloating | np.ndarray):
        raise ArgumentError(f"{name}={shown(value)} must be a number")
    return check_real(value, name)


def check_name(value: Any, name: str) -> str:
    """Return a text to be written in a picture; a number is one too."""
    if not isinstance(value, str | int | float | np.integer | np.floating | np.bool_):
        raise ArgumentError(f"{name}={shown(value)} must be a text")
    return visible(value)


def check_names(value: Any, name: str, count: int, of: str) -> list[str]:
    """Return the given number of texts, one for each item."""
    found = check_rows(value, name, f"{count} names, one for each {of}")
    if len(found) != count:
        raise ShapeError(
            f"{name}={shown(value)} holds {len(found)}, but must be {count} names, one for each "
            f"{of}"
        )
    return [check_name(one, f"{name}[{place}]") for place, one in enumerate(found)]


def check_class_names(value: Any, count: int) -> list[str]:
    """Return what classes are called: their numbers, where nothing is given."""
    if value is None or not len(
        check_rows(value, "class_names", f"{count} names, one for each class")
    ):
        return [str(number) for number in range(count)]
    return check_names(value, "class_names", count, "class")


def check_flag(value: Any, name: str) -> bool | None:
    """Return True, False or None."""
    if value is not None and not isinstance(value, bool | np.bool_):
        raise ArgumentError(f"{name}={shown(value)} must be True or False")
    return value  # type: ignore[return-value]


def values_of(function: Callable[[Any], Any], points: Any, name: str) -> np.ndarray:
    """Return what a function gives for some points, as numbers of any shape.

    Raises
    ------
    ArgumentError
        If it is no function, cannot be computed there, or gives something else.
    """
    if not callable(function):
        raise ArgumentError(
            f"{name}={shown(function)} must be a function, such as lambda x: x ** 2"
        )
    shape = np.shape(points)
    try:
        with np.errstate(all="ignore"):
            found = np.asarray(function(points))
            if found.dtype.kind not in "fiub":
                raise TypeError(f"it gives {shown(found.item() if found.ndim == 0 else found)}")
    except (GlassnetError, TypeError, ValueError, LookupError, ArithmeticError) as error:
        raise ArgumentError(
            f"{name} cannot be computed for an array of shape {shape}: {error}; give a function "
            "that takes such an array and gives numbers"
        ) from error
    return found.astype(np.float64)
