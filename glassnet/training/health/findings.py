"""What a finding is: a level, a verdict, the evidence for it, and what to do."""

from __future__ import annotations

import dataclasses
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from glassnet.quoting import visible
from glassnet.translation import _

__all__ = ["LEVELS", "Finding", "capped", "level_name", "wrapped"]

# From harmless to harmful.
LEVELS = ("note", "warning", "problem")
WIDTH = 92
_COLOURS = {"note": "36", "warning": "33", "problem": "31"}  # cyan, yellow, red


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
            **{one.name: getattr(self, one.name) for one in dataclasses.fields(self)},
            "numbers": {name: _plain(value) for name, value in self.numbers.items()},
        }

    @property
    def tried(self) -> str:
        """The remedy as a sentence of its own."""
        return _("Try: {remedy}").format(remedy=self.remedy)

    def text(self, colour: bool = False) -> str:
        """Return it as text of a few lines."""
        label = level_name(self.level)
        title = visible(self.title)
        head = f"{label}: {title}"
        if colour:
            head = f"\x1b[1;{_COLOURS[self.level]}m{label}\x1b[0;1m: {title}\x1b[0m"
        return "\n".join([head, *wrapped(self.evidence), *wrapped(self.tried)])

    def __str__(self) -> str:
        return self.text()


def wrapped(text: str, indent: str = "  ") -> list[str]:
    """Return the lines of a text that is broken where it is long."""
    return textwrap.wrap(
        visible(text), WIDTH, initial_indent=indent, subsequent_indent=indent,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


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
