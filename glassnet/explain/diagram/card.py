"""What a notebook shows of a network: its diagram and its table, as one piece of HTML.

Takes title, SVG, rows and notes; ``notebook_card`` calls it for a model that ends a cell.
"""

from __future__ import annotations

from collections.abc import Sequence

from glassnet.explain.diagram.palette import GRID, INK, MUTED, PAPER
from glassnet.html import Html, element, table

__all__ = ["card"]

_FONT = Html("font:13px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif")


def card(title: str, svg: str, rows: Sequence[Sequence[str]], notes: Sequence[str]) -> str:
    """Return a diagram over a table as HTML that needs nothing from elsewhere.

    Parameters
    ----------
    title : str
    svg : str
        Text that is not marked as :class:`~glassnet.html.Html` is shown as text.
    rows : sequence of sequence of str
        The first is the head. Third columns are numbers.
    notes : sequence of str
        Lines under the table.
    """
    is_chain = not any(row[3] for row in rows[1:])
    head, *body = (row[:3] if is_chain else row for row in rows)
    shown = table(
        [element("tr", *_cells("td", row)) for row in body],
        element("tr", *_cells("th", head), style=f"background:{PAPER}"),
        style=Html(f"{_FONT};border-collapse:collapse;margin:6px 0"),
    )
    ground = f"background:{PAPER};color:{INK};border:1px solid {GRID};border-radius:8px"
    return element(
        "div",
        element("div", title, style="font-weight:600"),
        element("div", svg, style="overflow-x:auto"),
        shown,
        *(element("div", note, style=f"color:{MUTED}") for note in notes),
        style=Html(
            f"{ground};{_FONT};padding:10px 14px;display:inline-block;max-width:100%;"
            "box-sizing:border-box"
        ),
    )


def _cells(tag: str, texts: Sequence[str]) -> list[Html]:
    style = f"border-bottom:1px solid {GRID};color:{INK};background:{PAPER}"
    sides = ["right" if place == 2 else "left" for place in range(len(texts))]
    return [
        element(tag, text, style=f"text-align:{side};padding:2px 18px 2px 0;border:0;{style}")
        for text, side in zip(texts, sides, strict=True)
    ]
