"""Diagnosis: the findings, as text, HTML and JSON.

Takes findings, gives the object that ``net.diagnose`` and ``glassnet diagnose`` show.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from glassnet.html import Html, element
from glassnet.quoting import json_text, visible
from glassnet.streams import is_coloured
from glassnet.training.health import LEVELS, Finding
from glassnet.training.health.findings import level_name, wrapped
from glassnet.translation import _, plural

__all__ = ["Diagnosis"]

_BREAK = Html("<br>")
_SHADES = {"note": "#0072b2", "warning": "#a06a00", "problem": "#b3261e"}


@dataclass(repr=False, eq=False)
class Diagnosis(Sequence):
    """What a diagnosis found: a list of findings, the gravest first.

    ``print`` shows it, with colours in a terminal; a notebook shows it as HTML.

    Attributes
    ----------
    findings : list of Finding
    checked : list of str
        Names of the checks that were made.
    skipped : dict of str to str
        Those that were not, and why.
    assumptions : list of str
        What was taken for granted, in words.
    rows, rows_used : int
        Rows that came, and that were looked at.
    """

    findings: list[Finding]
    checked: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    assumptions: list[str] = field(default_factory=list)
    network: str = ""
    rows: int = 0
    rows_used: int = 0

    def __post_init__(self) -> None:
        # The order of the checks goes from causes to effects and is kept within a level.
        self.findings = sorted(self.findings, key=lambda found: -found.rank)

    def __len__(self) -> int:
        return len(self.findings)

    def __getitem__(self, place: Any) -> Any:
        """Return a finding by its place."""
        return self.findings[place]

    def of(self, check: str) -> list[Finding]:
        """Return the findings of one check, by its name."""
        return [found for found in self.findings if found.check == check]

    @property
    def worst(self) -> str | None:
        """The gravest level among the findings, None if there is none."""
        return self.findings[0].level if self.findings else None

    @property
    def headline(self) -> str:
        """The result in one sentence."""
        counts = [sum(found.level == level for found in self) for level in reversed(LEVELS)]
        texts = [
            plural("{n} problem", "{n} problems", counts[0]),
            plural("{n} warning", "{n} warnings", counts[1]),
            plural("{n} note", "{n} notes", counts[2]),
        ]
        made = plural("{n} check", "{n} checks", len(self.checked))
        said = ", ".join(text for text, count in zip(texts, counts, strict=True) if count)
        if not said:
            return _("{checks} made; nothing wrong was found.").format(checks=made)
        return _("{checks} made: {findings}.").format(checks=made, findings=said)

    # As text ----------------------------------------------------------------------------

    def text(self, colour: bool = False) -> str:
        """Return it as text, without colours unless they are asked for."""
        blocks = ["\n".join([visible(self.network), *wrapped(self.headline, "")])]
        blocks += [found.text(colour) for found in self]
        if self._remarks():
            blocks.append("\n".join(line for text in self._remarks() for line in wrapped(text)))
        return "\n\n".join(blocks)

    def _remarks(self) -> list[str]:
        remarks = list(self.assumptions)
        if self.rows_used < self.rows:
            remarks.append(
                _("It looked at {used} of the {rows} rows, drawn at random.").format(
                    used=f"{self.rows_used:,}", rows=f"{self.rows:,}"
                )
            )
        if self.skipped:
            remarks.append(
                plural(
                    "{n} more check says nothing here; .skipped has the reason.",
                    "{n} more checks say nothing here; .skipped has the reasons.",
                    len(self.skipped),
                )
            )
        return remarks

    def __str__(self) -> str:
        return self.text(colour=is_coloured(sys.stdout))

    def __repr__(self) -> str:
        return self.text()

    # As HTML and JSON -------------------------------------------------------------------

    def _repr_html_(self) -> str:
        head = element("p", element("b", self.network), _BREAK, self.headline)
        remarks = [element("p", element("small", text)) for text in self._remarks()]
        return element("div", head, *map(_finding_html, self), *remarks)

    def as_dict(self) -> dict[str, Any]:
        """Return it in a form JSON can hold."""
        return {
            "worst": self.worst,
            "findings": [found.as_dict() for found in self],
            "checked": list(self.checked),
            "skipped": dict(self.skipped),
            "assumptions": list(self.assumptions),
            "rows": self.rows,
            "rows_used": self.rows_used,
        }

    def to_json(self) -> str:
        """Return it as JSON."""
        return json_text(self.as_dict())


def _finding_html(found: Finding) -> Html:
    """Return a finding with a bar in the colour of its level."""
    shade = _SHADES[found.level]
    return element(
        "div",
        element("b", level_name(found.level), style=f"color:{shade}"),
        " ",
        element("b", found.title),
        _BREAK,
        found.evidence,
        _BREAK,
        element("i", found.tried),
        style=f"border-left:4px solid {shade};padding-left:0.8em;margin:0.8em 0",
    )
