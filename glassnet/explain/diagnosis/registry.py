"""The list of checks: each is one function from a case to findings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from glassnet.errors import ArgumentError, shown, suggestion
from glassnet.training.health import Finding

__all__ = ["CHECKS", "Check", "NotApplicable", "check", "chosen"]


class NotApplicable(Exception):
    """A check cannot say anything here; the text says why."""


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes
    ----------
    name : str
    run : callable
        From a `Case` to a list of findings.
    about : str
        What it looks at: the first line of the function's docstring.
    """

    name: str
    run: Callable[[Any], list[Finding]]
    about: str


CHECKS: dict[str, Check] = {}


def check(function: Callable[[Any], list[Finding]]) -> Callable[[Any], list[Finding]]:
    """Put a function on the list, under its own name; findings come in the order of the list."""
    name, about = function.__name__, (function.__doc__ or "").strip().splitlines()[0]
    CHECKS[name] = Check(name, function, about)
    return function


def chosen(names: Sequence[str] | str | None) -> list[Check]:
    """Return the checks of these names, all for None.

    Raises
    ------
    ArgumentError
        If there is no check of a name; the nearest is suggested.
    """
    if names is None:
        return list(CHECKS.values())
    wanted = [names] if isinstance(names, str) else names
    if not isinstance(wanted, list | tuple | set):
        raise ArgumentError(f"checks={shown(names)} must be a list of names, or None for all")
    for name in wanted:
        if name not in CHECKS:
            raise ArgumentError(f"there is no check {name!r}{suggestion(str(name), CHECKS)}")
    return [one for name, one in CHECKS.items() if name in wanted]
