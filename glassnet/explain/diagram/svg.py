"""A drawing as SVG.

Takes a :class:`Drawing`, gives the text of an SVG document.
"""

from __future__ import annotations

import itertools
import re

from glassnet.explain.diagram.drawing import Box, Circle, Curve, Drawing, Item, Line, Text
from glassnet.explain.diagram.palette import PAPER
from glassnet.quoting import html_text

__all__ = ["svg_text"]

MOST_TIPS = 1000  # of more lines, those of one look become one path
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"


def svg_text(drawing: Drawing) -> str:
    """Return a drawing as an SVG document.

    It has a ground of its own: on a dark page it is as readable as on a white one.
    """
    width, height = f"{drawing.width:.0f}", f"{drawing.height:.0f}"
    lines = sum(isinstance(item, Line) for item in drawing.items)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" font-family="{html_text(FONT)}">',
        f"<title>{html_text(drawing.title)}</title>",
        f'<rect width="{width}" height="{height}" rx="6" fill="{PAPER}"/>',
    ]
    for is_line, items in itertools.groupby(drawing.items, lambda item: isinstance(item, Line)):
        if is_line:
            parts += _lines([item for item in items if isinstance(item, Line)], lines <= MOST_TIPS)
        else:
            parts += map(_one, items)
    return "\n".join([*parts, "</svg>", ""])


def _lines(lines: list[Line], has_tips: bool) -> list[str]:
    """Return lines, those of one look in a group."""
    parts = []

    def look(line: Line) -> tuple[str, float, float, bool]:
        return line.colour, line.width, line.opacity, line.is_dashed

    # Strong lines are drawn over weak ones.
    ordered = sorted(lines, key=lambda line: (line.width, look(line)))
    for (colour, width, opacity, is_dashed), group in itertools.groupby(ordered, look):
        dashes = f' stroke-dasharray="{4 + width:g} {2.5 + width / 2:g}"' if is_dashed else ""
        parts.append(
            f'<g fill="none" stroke="{colour}" stroke-width="{width:g}" '
            f'stroke-opacity="{opacity:g}"{dashes}>'
        )
        if has_tips:
            parts += [f'<path d="{_way(line)}">{_tip(line.tip)}</path>' for line in group]
        else:
            parts.append(f'<path d="{"".join(map(_way, group))}"/>')
        parts.append("</g>")
    return parts


def _way(line: Line) -> str:
    return f"M{line.x1:.1f} {line.y1:.1f}L{line.x2:.1f} {line.y2:.1f}"


def _tip(tip: str) -> str:
    return f"<title>{_words(tip)}</title>" if tip else ""


def _words(text: str) -> str:
    """Return a text with a real minus before its numbers."""
    return re.sub(r"(?<!\w)-(?=\d)|(?<=\de)-(?=\d)", "−", html_text(text))


def _one(item: Item) -> str:
    if isinstance(item, Circle):
        return _circle(item)
    if isinstance(item, Curve):
        return (
            f'<path d="{_curve_way(item)}" fill="none" stroke="{item.colour}" '
            f'stroke-width="{item.width:g}" stroke-opacity="{item.opacity:g}"/>' + _arrow_head(item)
        )
    if isinstance(item, Box):
        x, y = item.x - item.width / 2, item.y - item.height / 2
        return (
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{item.width:.1f}" height="{item.height:.1f}" '
            f'rx="3" fill="{item.fill}" stroke="{item.colour}"/>'
        )
    assert isinstance(item, Text)
    weight = ' font-weight="600"' if item.is_bold else ""
    halo = f' stroke="{PAPER}" stroke-width="4" stroke-opacity="0.85" paint-order="stroke"'
    paper = (
        f'<rect x="{item.x - item.paper / 2:.1f}" y="{item.y - 0.85 * item.size:.1f}" '
        f'width="{item.paper:.1f}" height="{1.1 * item.size:.1f}" fill="{PAPER}"/>'
        if item.paper
        else ""
    )
    return paper + (
        f'<text x="{item.x:.1f}" y="{item.y:.1f}" font-size="{item.size:g}" fill="{item.colour}" '
        f'text-anchor="{item.anchor}"{halo if item.has_halo else ""}{weight}>'
        f"{_words(item.text)}</text>"
    )


def _circle(item: Circle) -> str:
    place = f'cx="{item.x:.1f}" cy="{item.y:.1f}" r="{item.radius:g}"'
    dashes = ' stroke-dasharray="3 2"' if item.is_dashed else ""
    ground = f'<circle {place} fill="{PAPER}"/>' if item.strength < 1 else ""
    return ground + (
        f'<circle {place} fill="{item.fill}" fill-opacity="{item.strength:g}" '
        f'stroke="{item.colour}"{dashes}>{_tip(item.tip)}</circle>'
    )


def _curve_way(curve: Curve) -> str:
    (x, y), *others = curve.points
    parts = [f"M{x:.1f} {y:.1f}"]
    for x2, y2 in others:
        middle = (x + x2) / 2
        parts.append(f"C{middle:.1f} {y:.1f} {middle:.1f} {y2:.1f} {x2:.1f} {y2:.1f}")
        x, y = x2, y2
    return "".join(parts)


def _arrow_head(curve: Curve) -> str:
    x, y = curve.points[-1]
    return (
        f'<path d="M{x:.1f} {y:.1f}l-7 -3.5v7z" fill="{curve.colour}" '
        f'fill-opacity="{curve.opacity:g}"/>'
    )
