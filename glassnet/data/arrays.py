"""Turning what a caller passes as ``x`` or ``y`` into arrays a network can use.

Everything that is not a block of finite numbers is refused here, with the place of the first
offending value, so that no NaN or text is met later in the middle of a training step.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.errors import ArgumentError, DataError, DTypeError, ShapeError

__all__ = [
    "array_text",
    "as_numbers",
    "check_array",
    "check_finite",
    "check_labels",
    "check_same_length",
    "number_array",
]

_BLOCK = 1 << 16  # values looked at together when the quick test says something is wrong


def array_text(x: Any, name: str) -> str:
    """Return how an error calls an array, in advice that takes it apart; others become one first.

    Examples
    --------
    >>> array_text(np.zeros(2), "y"), array_text([0, 0], "y")
    ('y', 'np.array(y)')
    """
    return name if isinstance(x, np.ndarray) else f"np.array({name})"


def check_array(
    x: Any,
    name: str = "x",
    dtype: str | np.dtype | None = "float32",
    *,
    ndim: int | tuple[int, ...] | None = None,
    allow_empty: bool = False,
) -> np.ndarray:
    """Return `x` as a contiguous array of finite floating-point numbers.

    An array that is already one is returned itself, not a copy.

    Parameters
    ----------
    x : array_like
        Numbers: an array, nested lists, or a data frame of number columns.
    name : str
        What to call `x` in error messages.
    dtype : {"float32", "float64", "exact"} or None
        Result type. ``None`` keeps float32 and float64 and turns all else into float32.
        ``"exact"`` is the smaller of both that holds every number of the type of `x`: float32
        for whole numbers of up to 16 bits, float64 for wider ones.
    ndim : int or tuple of int, optional
        The numbers of axes that are allowed. By default one or more.
    allow_empty : bool
        Whether an array without any value is allowed.

    Examples
    --------
    >>> check_array([[0, 1], [1, 0]])
    array([[0., 1.],
           [1., 0.]], dtype=float32)
    >>> check_array([[0.5, float("nan")]])
    Traceback (most recent call last):
    ...
    glassnet.errors.DataError: x holds 1 value that is not finite: x[0, 1] is nan. Remove such \
rows, e.g. np.array(x)[np.isfinite(x).all(axis=1)], or fill them in, e.g. np.nan_to_num(x)
    """
    if type(x) is np.ndarray and ndim is None and _is_ready(x, dtype):
        return x
    array = as_numbers(x, name)
    _check_axes(array, name, ndim, array_text(x, name))
    if array.size == 0 and not allow_empty:
        raise DataError(
            f"{name} is empty: its shape is {array.shape}. Pass at least one sample with at "
            "least one value"
        )
    wanted = _result_type(array, dtype)
    with np.errstate(over="ignore"):
        result = np.asarray(array, wanted, order="C")  # a single number keeps its lack of axes
    check_finite(result, name, original=array, text=array_text(x, name))
    return result


_KINDS = {"float32": np.dtype("float32"), "float64": np.dtype("float64")}
# Up to this many values the quickest test is used: prediction of one sample needs its speed.
_FEW = 1 << 14


def _is_ready(x: np.ndarray, dtype: Any) -> bool:
    """Tell quickly that nothing has to be done to a small array; False says nothing."""
    if x.dtype is not _KINDS.get(dtype) or x.ndim == 0 or not 0 < x.size <= _FEW:
        return False
    # As with a sum: NaN and infinity survive, and BLAS does not warn of them.
    return x.flags.c_contiguous and math.isfinite(np.vdot(x, x))


def check_finite(
    array: np.ndarray,
    name: str = "x",
    original: np.ndarray | None = None,
    text: str | None = None,
) -> None:
    """Raise a `DataError` if a floating-point array holds NaN or infinity.

    Parameters
    ----------
    array : ndarray
        What to look through.
    name : str
        What to call it in the message.
    original : ndarray, optional
        The same values before they were converted; tells infinity from a number that was too
        large for the new type.
    text : str, optional
        What the values are called where the message takes rows from them, as by `array_text`.

    Examples
    --------
    >>> check_finite(np.ones(3))
    >>> check_finite(np.array([1.0, np.inf]), "y")
    Traceback (most recent call last):
    ...
    glassnet.errors.DataError: y holds 1 value that is not finite: y[1] is inf. Remove such \
rows, e.g. y[np.isfinite(y)], or fill them in, e.g. np.nan_to_num(y)
    """
    if array.dtype.kind != "f" or _sum_is_finite(array):
        return
    count, first = _not_finite(array)
    if count == 0:
        return  # finite numbers whose sum is too large
    place = ", ".join(str(index) for index in np.unravel_index(first, array.shape))
    value = array.reshape(-1)[first]
    if original is not None and original.size == array.size:
        before = original.reshape(-1)[first]
        if np.isfinite(before):
            raise DataError(
                f"{name}[{place}] is {before}, too large for {array.dtype}. Scale the data, or "
                'use a network with dtype="float64"'
            )
    axes = ", ".join(map(str, range(1, array.ndim)))
    rows = f".all(axis={axes if array.ndim == 2 else f'({axes})'})" if array.ndim > 1 else ""
    raise DataError(
        f"{name} holds {count} value{'s that are' if count > 1 else ' that is'} not finite: "
        f"{'the first, ' if count > 1 else ''}{name}[{place}]{',' if count > 1 else ''} is "
        f"{value}. Remove such rows, e.g. {text or name}[np.isfinite({name}){rows}], or fill them "
        f"in, e.g. np.nan_to_num({name})"
    )


def check_labels(labels: Any, num_classes: int | None = None, name: str = "y") -> np.ndarray:
    """Return class labels as whole numbers (int64), all in ``0 .. num_classes - 1``.

    Parameters
    ----------
    labels : array_like
        Class labels of any shape. Floating-point labels must be whole numbers.
    num_classes : int, optional
        Number of classes; without it only negative labels are refused.
    name : str
        What to call `labels` in error messages.

    Examples
    --------
    >>> check_labels([0, 2, 1.0])
    array([0, 2, 1])
    >>> check_labels([0, 3], num_classes=3)
    Traceback (most recent call last):
    ...
    glassnet.errors.DataError: y[1] is 3, but with 3 classes labels go from 0 to 2
    """
    array = as_numbers(labels, name)
    check_finite(array, name)
    if array.dtype.kind == "f":
        _raise_at(array, array != np.floor(array), name, "labels are whole numbers 0, 1, 2, ...")
    _raise_at(array, array < 0, name, "labels start at 0. Number the classes 0, 1, 2, ...")
    if num_classes is not None:
        rule = f"with {num_classes} classes labels go from 0 to {num_classes - 1}"
        _raise_at(array, array >= num_classes, name, rule)
    return array.astype(np.int64)


def check_same_length(**arrays: np.ndarray | None) -> int:
    """Return the common number of rows of several arrays; ``None`` values are passed over.

    Examples
    --------
    >>> check_same_length(x=np.zeros((4, 2)), y=np.zeros(4), sample_weight=None)
    4
    >>> check_same_length(x=np.zeros((4, 2)), y=np.zeros(3))
    Traceback (most recent call last):
    ...
    glassnet.errors.ShapeError: x has 4 rows but y has 3: they need one row each per sample
    """
    lengths = {name: len(array) for name, array in arrays.items() if array is not None}
    (first, expected), *others = lengths.items()
    for name, length in others:
        if length != expected:
            raise ShapeError(
                f"{first} has {expected} rows but {name} has {length}: they need one row each "
                "per sample"
            )
    return expected


def _result_type(array: np.ndarray, dtype: str | np.dtype | None) -> np.dtype:
    if dtype is None:
        return np.dtype(array.dtype.type if array.dtype in ("float32", "float64") else "float32")
    if dtype == "exact":
        return np.dtype("float32" if np.can_cast(array.dtype, np.float32) else "float64")
    wanted = np.dtype(dtype)
    if wanted not in (np.dtype("float32"), np.dtype("float64")):
        raise ArgumentError(f'dtype is {str(dtype)!r}; use "float32" or "float64"')
    return wanted


def _check_axes(
    array: np.ndarray, name: str, ndim: int | tuple[int, ...] | None, text: str
) -> None:
    allowed = (ndim,) if isinstance(ndim, int) else ndim
    if array.ndim == 0 and (allowed is None or 0 not in allowed):
        raise ShapeError(f"{name} is the single number {array}; pass an array of samples")
    if allowed is None or array.ndim in allowed:
        return
    hint = ""
    if array.ndim == 1 and 2 in allowed:
        hint = f". Write {text}[None, :] for one sample, {text}[:, None] for a single feature"
    wanted = " or ".join(str(count) for count in allowed)
    raise ShapeError(f"{name} has shape {array.shape}; {wanted} axes are needed{hint}")


def as_numbers(x: Any, name: str) -> np.ndarray:
    """Return `x` as an array of real numbers of any type, else say which value is none.

    NaN and infinity are numbers here; None and text are not.

    Examples
    --------
    >>> as_numbers([1, float("nan")], "x")
    array([ 1., nan])
    """
    # A plain array is asked first: numpy.ma takes 10 ms to import.
    if type(x) is not np.ndarray and isinstance(x, np.ma.MaskedArray) and np.ma.is_masked(x):
        raise DataError(f"{name} is a masked array with masked values; fill or remove them first")
    if hasattr(x, "toarray") and not isinstance(x, np.ndarray):
        raise DTypeError(f"{name} is a sparse matrix; pass {name}.toarray()")
    try:
        array = np.asarray(x)
    except ValueError as error:
        raise ShapeError(_ragged_message(x, name, error)) from None
    if array.dtype.kind in "fiub":
        return array
    if array.dtype.kind in "UST" and not hasattr(x, "dtype"):
        array = np.asarray(x, dtype=object)  # NumPy made text of the numbers beside it
    elif array.dtype.kind in "UST":
        _refuse_word(array, name)
    if array.dtype.kind in "OUST":
        return number_array(array, name, [str(one) for one in getattr(x, "columns", [])])
    raise DTypeError(
        f"{name} holds values of type {array.dtype}; real numbers are needed. Convert them first"
    )


def _refuse_word(array: np.ndarray, name: str) -> None:
    """Raise a `DTypeError` for the first text of an array that is no number, if there is one."""
    for index, value in np.ndenumerate(array):
        try:
            float(value)
        except ValueError:
            raise _is_text(
                f"{name}[{', '.join(map(str, index))}]" if index else name, value
            ) from None


def _is_text(place: str, value: str | bytes) -> DTypeError:
    return DTypeError(
        f"{place} is the text {str(value)!r} where a number is needed. Convert text "
        "columns to numbers first; glassnet.datasets.LabelEncoding numbers class names"
    )


def number_array(array: np.ndarray, name: str, columns: Sequence[str] = ()) -> np.ndarray:
    """Convert an array of Python objects that all are numbers, as mixed data frames give.

    Parameters
    ----------
    array : ndarray
    name : str
        What to call it in error messages.
    columns : sequence of str
        Names of the columns, if it is a table of named ones.
    """
    for index, value in np.ndenumerate(array):
        if isinstance(value, int | float | np.number | np.bool_) and not isinstance(value, complex):
            continue
        place = f"{name}[{', '.join(map(str, index))}]" if index else name
        if columns and len(index) == 2:
            place = f"column {columns[index[1]]!r}, row {index[0]} of {name}"
        if value is None or type(value).__name__ in ("NAType", "NaTType"):
            raise DataError(f"{place} is missing ({value}). Fill in or remove such rows")
        if isinstance(value, str | bytes):
            raise _is_text(place, value)
        kind = type(value).__name__
        raise DTypeError(f"{place} is a {kind} where a number is needed. Convert it to one")
    return array.astype(np.float64)


def _ragged_message(x: Any, name: str, error: ValueError) -> str:
    if isinstance(x, Sequence) and all(hasattr(row, "__len__") for row in x):
        for index, row in enumerate(x):
            if len(row) != len(x[0]):
                return (
                    f"the rows of {name} differ in length: row 0 has {len(x[0])} values, row "
                    f"{index} has {len(row)}. All samples need the same number of values"
                )
    return f"{name} cannot be made into one array: {error}"


def _sum_is_finite(array: np.ndarray) -> bool:
    """Tell in one pass, without a temporary, that nothing is NaN or infinite.

    Both survive addition, so a finite sum is proof. The reverse does not hold: the sum of
    large finite numbers can overflow, which is why a failure is looked at value by value.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(np.add.reduce(array, axis=None)))


def _not_finite(array: np.ndarray) -> tuple[int, int]:
    """Count NaN and infinite values, and give the flat position of the first."""
    flat = array.reshape(-1)
    count, first = 0, -1
    for start in range(0, flat.size, _BLOCK):
        bad = np.flatnonzero(~np.isfinite(flat[start : start + _BLOCK]))
        if bad.size and first < 0:
            first = start + int(bad[0])
        count += bad.size
    return count, first


def _raise_at(array: np.ndarray, wrong: np.ndarray, name: str, rule: str) -> None:
    """Raise a `DataError` naming the first place where `wrong` is true, if there is one."""
    if not wrong.any():
        return
    index = tuple(int(i) for i in np.unravel_index(int(np.argmax(wrong)), array.shape))
    place = f"{name}[{', '.join(map(str, index))}]" if index else name
    raise DataError(f"{place} is {array[index]}, but {rule}")
