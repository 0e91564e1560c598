"""The check of a derivative written by hand: which entries are wrong, and by what factor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from glassnet.errors import ArgumentError, ContractError, shown
from glassnet.testing.numeric import central_difference

__all__ = ["GradientReport", "WrongEntry", "check_gradient"]

_SHOWN = 8


@dataclass(frozen=True)
class WrongEntry:
    """One entry of a gradient that is wrong.

    Attributes
    ----------
    index : tuple of int
        Where it stands.
    given : float
        What the derivative function says.
    measured : float
        What the differences of the function say.
    """

    index: tuple[int, ...]
    given: float
    measured: float

    @property
    def factor(self) -> float:
        """How many times too large the entry is."""
        return self.given / self.measured if self.measured else float("inf")

    def __str__(self) -> str:
        place = f"[{', '.join(map(str, self.index))}]" if self.index else "the derivative"
        text = f"{place}: got {self.given:.6g}, but it should be {self.measured:.6g}"
        if not np.isfinite(self.factor):
            return text
        # A factor near 1 shows its difference from 1 only in later digits.
        digits = 8 if abs(self.factor - 1) < 1e-3 else 4
        return f"{text} ({self.factor:.{digits}g} times)"


@dataclass(frozen=True)
class GradientReport:
    """What :func:`check_gradient` found.

    Attributes
    ----------
    given, measured : ndarray
        The derivative as written, and as measured.
    wrong : tuple of WrongEntry
        The entries that differ.
    advice : str
        What the differences have in common; empty if nothing.
    """

    given: np.ndarray
    measured: np.ndarray
    wrong: tuple[WrongEntry, ...] = field(default=())
    advice: str = ""

    @property
    def ok(self) -> bool:
        """Whether every entry is right."""
        return not self.wrong

    def __str__(self) -> str:
        total = self.measured.size
        if self.ok:
            return f"the derivative is right: {total} of {total} entries agree"
        lines = [f"the derivative is wrong in {len(self.wrong)} of {total} entries"]
        lines += [f"  {entry}" for entry in self.wrong[:_SHOWN]]
        if len(self.wrong) > _SHOWN:
            lines.append(f"  ... and {len(self.wrong) - _SHOWN} more")
        return "\n".join([*lines, self.advice] if self.advice else lines)


def check_gradient(
    f: Callable[[Any], Any],
    df: Callable[[Any], Any] | Any,
    x: Any,
    *,
    tolerance: float = 1e-6,
    step: float = 1e-3,
    raises: bool = True,
) -> GradientReport:
    """Compare a derivative written by hand with differences of the function itself.

    Parameters
    ----------
    f : callable
        A function of one number or array that returns one number.
    df : callable or array
        Its derivative: a function of x, or the value at x; one entry for each entry of x.
    x : float or array
        Where to compare. Keep away from kinks such as 0 for abs and relu.
    tolerance : float, default 1e-6
        Largest relative error that counts as right.
    step : float, default 1e-3
        How far to move each entry of x (times its size, where that is above 1).
    raises : bool, default True
        Raise if an entry is wrong; else only say so in the report.

    Returns
    -------
    GradientReport

    Raises
    ------
    ContractError
        If an entry is wrong. It is an ``AssertionError``, and its text says which entries
        are wrong, and by what factor.
    ArgumentError
        If f does not return one finite number, or an argument is of the wrong kind.

    Examples
    --------
    >>> print(check_gradient(lambda w: ((w - 1) ** 2).sum(), lambda w: 2 * (w - 1), [3.0, 0.5]))
    the derivative is right: 2 of 2 entries agree
    >>> print(check_gradient(lambda w: w**2, lambda w: w, 3.0, raises=False))
    the derivative is wrong in 1 of 1 entries
      the derivative: got 3, but it should be 6 (0.5 times)
    It is 0.5 times what it should be: is a factor of 2 missing?
    """
    if not callable(f):
        raise ArgumentError(f"f={shown(f)} must be a function of x")
    for name, value in (("tolerance", tolerance), ("step", step)):
        if not isinstance(value, float | int) or not 0 < value < float("inf"):
            raise ArgumentError(f"{name}={shown(value)} must be a positive number")
    point = np.array(_real(x, "x"))
    if not np.all(np.isfinite(point)):
        raise ArgumentError("x holds NaN or infinity; give finite numbers")
    given = _real(df(point.copy()) if callable(df) else df, "the derivative")
    measured = _measured(f, point, step)
    if given.shape != point.shape:
        raise ContractError(_shape_message(given, point, measured, tolerance))
    wrong = _wrong_entries(given, measured, tolerance)
    advice = _advice(given, measured, wrong, tolerance) if wrong else ""
    report = GradientReport(given, measured, wrong, advice)
    if wrong and raises:
        raise ContractError(str(report))
    return report


def _real(value: Any, name: str) -> np.ndarray:
    """Return numbers in double precision."""
    try:
        array = np.asarray(value)
        if array.dtype.kind in "fiub" or (array.dtype == object and value is not None):
            return array.astype(np.float64)
    except (TypeError, ValueError):
        pass
    raise ArgumentError(f"{name} is {shown(value)}; a real number or an array of them was expected")


def _measured(f: Callable[[Any], Any], point: np.ndarray, step: float) -> np.ndarray:
    value = _real(f(point.copy()), "what f returns")
    if value.size != 1:
        raise ArgumentError(
            f"f returned a value of shape {value.shape}, but one number was expected; "
            "take its sum or mean first"
        )

    def number(x: np.ndarray) -> float:
        result = float(np.asarray(f(x)).reshape(()))
        if not np.isfinite(result):
            raise ArgumentError(
                f"f is {result} at {shown(x.tolist())}, so there is no derivative to measure "
                "here; choose another x, or a smaller step"
            )
        return result

    measured = np.zeros(point.shape)
    for index in np.ndindex(point.shape):
        direction = np.zeros(point.shape)
        direction[index] = 1.0
        size = step * max(1.0, float(np.abs(point[index])))
        measured[index] = central_difference(number, point, direction, size)
    return measured


def _close(a: np.ndarray, b: np.ndarray, tolerance: float) -> np.ndarray:
    scale = np.maximum(np.abs(a), np.abs(b))
    # Entries far below the largest one are measured less exactly.
    floor = 1e-3 * max(1.0, float(np.max(np.abs(b), initial=0.0)))
    return np.abs(a - b) <= tolerance * np.maximum(scale, floor)


def _wrong_entries(
    given: np.ndarray, measured: np.ndarray, tolerance: float
) -> tuple[WrongEntry, ...]:
    right = _close(given, measured, tolerance)
    return tuple(
        WrongEntry(index, float(given[index]), float(measured[index]))
        for index in np.ndindex(given.shape)
        if not right[index]
    )


def _shape_message(
    given: np.ndarray, point: np.ndarray, measured: np.ndarray, tolerance: float
) -> str:
    text = (
        f"the derivative has the shape {given.shape}, but x has the shape {point.shape}; "
        "there must be one entry for each entry of x"
    )
    if given.T.shape == point.shape and np.all(_close(given.T, measured, tolerance)):
        text += ". Its transpose is right: return df.T"
    return text


def _advice(
    given: np.ndarray, measured: np.ndarray, wrong: tuple[WrongEntry, ...], tolerance: float
) -> str:
    """Say what all wrong entries have in common."""
    if not np.all(np.isfinite(given)):
        return "It holds NaN or infinity: is something divided by 0, or the logarithm of 0 taken?"
    if np.all(_close(-given, measured, tolerance)):
        return "Every entry has the wrong sign."
    is_square = given.ndim == 2 and given.shape == given.T.shape
    if is_square and np.all(_close(given.T, measured, tolerance)):
        return "The entries are those of the transposed matrix."
    factors = np.array([entry.factor for entry in wrong])
    common = float(np.median(factors))
    is_common = np.isfinite(common) and np.allclose(factors, common, rtol=1e-4, atol=0)
    if not is_common or abs(common - 1) < 1e-3:
        return _constant_advice(wrong)
    subject = "It is" if len(wrong) == 1 else "Each of them is"
    if common == 0:
        return f"{subject} 0: does the value reach the result on another way too?"
    size, what = (common, "too much") if abs(common) > 1 else (1 / common, "missing")
    question = f": is a factor of {size:.4g} {what}?"
    return f"{subject} {common:.4g} times what it should be{question}"


def _constant_advice(wrong: tuple[WrongEntry, ...]) -> str:
    """Say by how much all wrong entries are off, if it is the same for all."""
    off = np.array([entry.given - entry.measured for entry in wrong])
    common = float(np.median(off))
    if len(off) < 2 or not np.allclose(off, common, rtol=1e-3, atol=0):
        return ""
    size, what = abs(common), "too much" if common > 0 else "too little"
    return f"Each of them is {size:.4g} {what}: is a term of the sum wrong?"
