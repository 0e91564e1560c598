"""What a finding is: a level, a verdict, the evidence for it, and what to do."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from glassnet.translation import _

__all__ = ["LEVELS", "Finding", "capped", "level_name"]

# From harmless to harmful.
LEVELS = ("note", "warning", "problem")


@dataclass(frozen=True)
class Finding:
    """One thing that was found.

    Attributes
    ----------
    level : {"note", "warning", "problem"}
        Good to know; probably harmful; keeps the network from learning.
    title : str
        The verdict in a few words.
    evidence : str
        The numbers it rests on.
    remedy : str
        What to do.
    check : str
        Name of the check that found it.
    numbers : dict of str to float
        The numbers of the evidence, for programs.

    Examples
    --------
    >>> found = Finding("warning", "Dead units", "9 of 10 are 0.", "Use leaky_relu.", "dead_relu")
    >>> print(found)
    warning: Dead units
      9 of 10 are 0.
      Try: Use leaky_relu.
    """

    level: str
    title: str
    evidence: str
    remedy: str
    check: str
    numbers: Mapping[str, float] = field(default_factory=dict, compare=False)

    @property
    def rank(self) -> int:
        """Place of the level, 0 for a note."""
        return LEVELS.index(self.level)

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return {
            **{field.name: getattr(self, field.name) for field in dataclasses.fields(self)},
            "numbers": {name: _plain(value) for name, value in self.numbers.items()},
        }

    def __str__(self) -> str:
        remedy = _("Try: {remedy}").format(remedy=self.remedy)
        return f"{level_name(self.level)}: {self.title}\n  {self.evidence}\n  {remedy}"


def _plain(value: float) -> float | None:
    """Return a number as JSON knows it: neither NaN nor infinity."""
    number = float(value)
    return number if abs(number) < float("inf") else None


def level_name(level: str) -> str:
    """Return a level in the reader's language."""
    return {"note": _("note"), "warning": _("warning"), "problem": _("problem")}[level]


def capped(findings: list[Finding], level: str) -> list[Finding]:
    """Return findings that are taken no more seriously than a level.

    Examples
    --------
    >>> serious = Finding("problem", "title", "evidence", "remedy", "check")
    >>> capped([serious], "note")[0].level
    'note'
    """
    most = LEVELS.index(level)
    return [
        dataclasses.replace(found, level=level) if found.rank > most else found
        for found in findings
    ]
