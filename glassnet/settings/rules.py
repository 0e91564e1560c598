"""What a setting may be: one rule checks the argument of a constructor and a later change.

A rule takes a value and returns it as it is to be kept, or raises an `ArgumentError` that
names the value and what was expected.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from glassnet.errors import ArgumentError, shown

__all__ = [
    "FixedDict",
    "FixedList",
    "Rule",
    "a_function",
    "as_float",
    "fixed",
    "flag",
    "held",
    "is_number",
    "made_by",
    "number",
    "numbers",
    "one_of",
    "refuse",
    "sizes",
    "whole",
]

# ``rule(owner, name, value)``: name of the class, name of the setting, the new value.
Rule = Callable[[str, str, Any], Any]

_MOST = 2**63


def refuse(owner: str, name: str, value: Any, expected: str) -> NoReturn:
    """Raise the `ArgumentError` for a value that is not allowed."""
    raise ArgumentError(f"{owner}: {name}={shown(value)} must be {expected}")


def is_number(value: Any) -> bool:
    """Tell whether a setting is a single number, Python's or NumPy's.

    >>> is_number(1), is_number(np.float32(0.5)), is_number(True), is_number("1")
    (True, True, False, False)
    """
    if isinstance(value, np.generic | np.ndarray) and value.ndim == 0:
        value = value.item()
    return isinstance(value, int | float) and not isinstance(value, bool)


def number(
    *,
    at_least: float = -math.inf,
    above: float = -math.inf,
    at_most: float = math.inf,
    below: float = math.inf,
    why: str = "",
) -> Rule:
    """Return the rule of a finite number within bounds; ``why`` is the message for any other value.

    Examples
    --------
    >>> number(at_least=0, below=1)("Dropout", "rate", 0.5)
    0.5
    >>> number(at_least=0, below=1)("Adam", "beta_1", 1.5)
    Traceback (most recent call last):
    glassnet.errors.ArgumentError: Adam: beta_1=1.5 must be a number of at least 0 and below 1
    """
    expected = _bounds(at_least, above, at_most, below)

    def rule(owner: str, name: str, value: Any) -> float:
        found = as_float(value)
        within = at_least <= found <= at_most and above < found < below
        if not (math.isfinite(found) and within):
            if why:
                raise ArgumentError(f"{owner}({name}={shown(value)}): {why}")
            refuse(owner, name, value, expected)
        return found

    return rule


def _bounds(at_least: float, above: float, at_most: float, below: float) -> str:
    """Return what a number must be, in words."""
    if (at_least, above, at_most, below) == (0, -math.inf, math.inf, math.inf):
        return "a number, 0 or greater"
    told = [("of at least", at_least), ("greater than", above), ("of at most", at_most)]
    told.append(("below", below))
    words = [f"{word} {bound:g}" for word, bound in told if math.isfinite(bound)]
    return f"a number {' and '.join(words)}" if words else "a finite number"


def as_float(value: Any) -> float:
    """Return a single number as a float, NaN if it is none."""
    if not is_number(value):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf


def whole(at_least: int, floats: bool = False, most: int = _MOST - 1, why: str = "") -> Rule:
    """Return the rule of a whole number; ``floats`` takes 10.0 too."""

    def rule(owner: str, name: str, value: Any) -> int:
        is_whole = is_number(value) and (floats or not isinstance(value, float | np.floating))
        if not is_whole or not at_least <= value <= most or int(value) != value:
            text = why or f"{name} must be a whole number of at least {at_least}"
            raise ArgumentError(f"{owner}({name}={shown(value)}): {text}")
        return int(value)

    return rule


def flag(owner: str, name: str, value: Any) -> bool:
    """Return True or False."""
    if not isinstance(value, bool | np.bool_):
        refuse(owner, name, value, "True or False")
    return bool(value)


def one_of(*choices: str) -> Rule:
    """Return the rule of one of several words."""
    expected = " or ".join(map(repr, choices))

    def rule(owner: str, name: str, value: Any) -> str:
        if not isinstance(value, str) or value not in choices:
            refuse(owner, name, value, expected)
        return value

    return rule


def made_by(get: Callable[[Any], Any]) -> Rule:
    """Return the rule of what a function makes of a name, a description or an object."""

    def rule(owner: str, name: str, value: Any) -> Any:
        return get(value)

    return rule


def a_function(owner: str, name: str, value: Any) -> Any:
    """Return a function."""
    if not callable(value):
        refuse(owner, name, value, "a function")
    return value


def numbers(optional: bool = False) -> Rule:
    """Return the rule of a finite number, or of a list with one for each unit."""

    def rule(owner: str, name: str, value: Any) -> Any:
        if value is None and optional:
            return None
        single = number()
        if isinstance(value, dict) and "array" in value:
            value = value["array"]  # as a file holds one
        if isinstance(value, np.ndarray) and value.ndim:
            value = value.tolist()
        if isinstance(value, list | tuple) and value:
            return FixedList([single(owner, name, one) for one in value])
        if not math.isfinite(as_float(value)):
            refuse(owner, name, value, "a finite number, or a list with one for each unit")
        return float(value)

    return rule


def sizes(open_size: bool = False) -> Rule:
    """Return the rule of the shape of a sample; ``open_size`` takes -1 too, for one to work out."""
    least = -1 if open_size else 1
    expected = "a tuple of positive whole numbers" + (", one of them may be -1" * open_size)

    def rule(owner: str, name: str, value: Any) -> tuple[int, ...]:
        items: list[Any] = list(value) if isinstance(value, list | tuple | np.ndarray) else [None]
        are_whole = all(
            isinstance(size, int | np.integer) and not isinstance(size, bool) for size in items
        )
        if not are_whole or not all(least <= size < _MOST for size in items):
            refuse(owner, name, value, expected)
        return tuple(int(size) for size in items)

    return rule


class FixedList(list[Any]):
    """A list that is a setting: it is replaced as a whole, so that the change is seen.

    Examples
    --------
    >>> FixedList([1, 2]).append(3)
    Traceback (most recent call last):
    glassnet.errors.ArgumentError: this list is a setting, and cannot be changed in place; ...
    """

    def _refuse(self, *arguments: Any, **named: Any) -> NoReturn:
        raise ArgumentError(
            "this list is a setting, and cannot be changed in place; set the whole setting to a "
            "new list"
        )

    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = extend = insert = pop = remove = clear = sort = reverse = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return FixedList, (list(self),)

    def __deepcopy__(self, memo: dict[int, Any]) -> FixedList:
        return FixedList(copy.deepcopy(list(self), memo))


class FixedDict(dict[Any, Any]):
    """A dict that is a setting: it is replaced as a whole, so that the change is seen.

    Examples
    --------
    >>> FixedDict(a=1).update(a=2)
    Traceback (most recent call last):
    glassnet.errors.ArgumentError: this dict is a setting, and cannot be changed in place; ...
    """

    def _refuse(self, *arguments: Any, **named: Any) -> NoReturn:
        raise ArgumentError(
            "this dict is a setting, and cannot be changed in place; set the whole setting to a "
            "new dict"
        )

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return FixedDict, (dict(self),)

    def __deepcopy__(self, memo: dict[int, Any]) -> FixedDict:
        return FixedDict(copy.deepcopy(dict(self), memo))


def held(value: Any) -> Any:
    """Return a setting as it is kept: what is in it cannot be changed in place, at any depth.

    >>> held([[1, 2]])[0].append(3)
    Traceback (most recent call last):
    glassnet.errors.ArgumentError: this list is a setting, and cannot be changed in place; ...
    """
    if isinstance(value, np.ndarray):
        is_fixed = value.flags.owndata and not value.flags.writeable
        return value if is_fixed else fixed(value)
    if type(value) in (list, FixedList):
        return FixedList(map(held, value))
    if type(value) is tuple:
        return tuple(map(held, value))
    if type(value) in (dict, FixedDict):
        return FixedDict({name: held(part) for name, part in value.items()})
    return value


def fixed(array: np.ndarray) -> np.ndarray:
    """Return a copy of an array that cannot be written to."""
    made = np.array(array)
    made.setflags(write=False)
    return made
