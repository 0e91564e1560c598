"""Numbers on the lines of a small network: each where it can be read and belongs to one line.

Takes a layout and its lines, gives numbers with places; ``paint.py`` calls it.
"""

from __future__ import annotations

from collections.abc import Sequence

from glassnet.explain.diagram.drawing import Line, Text
from glassnet.explain.diagram.layout import text_width
from glassnet.numbers import number_text

__all__ = ["weight_numbers"]

SIZE = 9.5  # of the letters
CLEAR = 6.0  # pixels from the middle of a number to the nearest other line, at least
ENOUGH = 11.0  # more is no better
PLACES = [0.5 + sign * step / 40 for step in range(17) for sign in (1, -1)]  # along a line


def weight_numbers(lines: Sequence[Line], weights: Sequence[float]) -> list[Text]:
    """Return a number for every line, or none where they would not all find a place."""
    found: list[Text] = []
    for line, weight in zip(lines, weights, strict=True):
        text = number_text(weight, 3).replace("-", "−")
        places = [_at(line, share, text) for share in PLACES]
        free = [one for one in places if one is not None and not _covers(one, found)]
        best = max(free, key=lambda one: _clearance(one, line, lines), default=None)
        if best is None or _clearance(best, line, lines) < CLEAR:
            return []
        found.append(best)
    return found


def _at(line: Line, share: float, text: str) -> Text | None:
    """Return a number at a part of the way along a line; None where it would cover a unit."""
    x, half = line.x1 + share * (line.x2 - line.x1), text_width(text, SIZE) / 2
    if not line.x1 + half + 3 <= x <= line.x2 - half - 3:
        return None
    y = line.y1 + share * (line.y2 - line.y1)
    # On paper of its own, so that the line does not strike it out.
    return Text(x, y + 0.35 * SIZE, text, SIZE, line.colour, has_halo=False, paper=2 * half + 2)


def _covers(one: Text, others: Sequence[Text]) -> bool:
    return any(
        abs(one.x - other.x) < (text_width(one.text, SIZE) + text_width(other.text, SIZE)) / 2 + 3
        and abs(one.y - other.y) < SIZE + 2
        for other in others
    )


def _clearance(one: Text, own: Line, lines: Sequence[Line]) -> float:
    """Return how far the nearest other line passes from the middle of a number."""
    middle = one.y - 0.35 * SIZE
    distances = [abs(_height(line, one.x) - middle) for line in lines if line is not own]
    return min([*distances, ENOUGH])


def _height(line: Line, x: float) -> float:
    return line.y1 + (x - line.x1) / (line.x2 - line.x1) * (line.y2 - line.y1)
