"""What a notebook shows of a network: its diagram and its table, as one piece of HTML."""

from __future__ import annotations

from collections.abc import Sequence

from glassnet.explain.palette import GRID, INK, MUTED, PAPER
from glassnet.quoting import html_text

__all__ = ["card"]


def card(title: str, svg: str, rows: Sequence[Sequence[str]], notes: Sequence[str]) -> str:
    """Return a diagram over a table as HTML that needs nothing from elsewhere.

    Parameters
    ----------
    title : str
    svg : str
    rows : sequence of sequence of str
        The first is the head. Third columns are numbers.
    notes : sequence of str
        Lines under the table.
    """
    ground = f"background:{PAPER};color:{INK};border:1px solid {GRID};border-radius:8px"
    font = "font:13px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif"
    is_chain = not any(row[3] for row in rows[1:])
    shown = [row[:3] if is_chain else row for row in rows]
    head = "".join(_cell("th", text, place) for place, text in enumerate(shown[0]))
    body = "".join(
        f"<tr>{''.join(_cell('td', text, place) for place, text in enumerate(row))}</tr>"
        for row in shown[1:]
    )
    below = "".join(f'<div style="color:{MUTED}">{html_text(note)}</div>' for note in notes)
    return (
        f'<div style="{ground};{font};padding:10px 14px;display:inline-block;max-width:100%;'
        f'box-sizing:border-box"><div style="font-weight:600">{html_text(title)}</div>'
        f'<div style="overflow-x:auto">{svg}</div>'
        f'<table style="{font};border-collapse:collapse;margin:6px 0">'
        f'<thead><tr style="background:{PAPER}">{head}</tr></thead><tbody>{body}</tbody></table>'
        f"{below}</div>"
    )


def _cell(tag: str, text: str, place: int) -> str:
    side = "right" if place == 2 else "left"
    style = (
        f"text-align:{side};padding:2px 18px 2px 0;border:0;"
        f"border-bottom:1px solid {GRID};color:{INK};background:{PAPER}"
    )
    return f'<{tag} style="{style}">{html_text(text)}</{tag}>'
