"""Shapes and words at places: what a layout becomes, and SVG or matplotlib draw.

``paint.py`` makes a :class:`Drawing`; ``svg.py`` and ``plots/network.py`` draw it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from glassnet.explain.diagram.palette import INK, MUTED, PAPER

__all__ = ["Box", "Circle", "Curve", "Drawing", "Item", "Line", "Text"]

# Sizes are pixels; x goes right, y goes down.


@dataclass(frozen=True)
class Line:
    """A straight line; ``tip`` is shown where the mouse rests on it."""

    x1: float
    y1: float
    x2: float
    y2: float
    colour: str = MUTED
    width: float = 1.0
    opacity: float = 1.0
    is_dashed: bool = False
    tip: str = ""


@dataclass(frozen=True)
class Curve:
    """A smooth line through points that leaves and arrives level; an arrow at its end."""

    points: tuple[tuple[float, float], ...]
    colour: str = MUTED
    width: float = 2.0
    opacity: float = 0.6


@dataclass(frozen=True)
class Circle:
    """A unit."""

    x: float
    y: float
    radius: float
    fill: str = PAPER
    strength: float = 1.0  # opacity of the fill, over paper
    colour: str = INK
    is_dashed: bool = False
    tip: str = ""


@dataclass(frozen=True)
class Box:
    """A rectangle around its centre."""

    x: float
    y: float
    width: float
    height: float
    fill: str = PAPER
    colour: str = MUTED


@dataclass(frozen=True)
class Text:
    """A word or a line of them; ``anchor`` is start, middle or end."""

    x: float
    y: float
    text: str
    size: float = 11.0
    colour: str = INK
    anchor: str = "middle"
    is_bold: bool = False
    has_halo: bool = True  # keeps lines below from being read as part of letters
    paper: float = 0.0  # width of a piece of paper under it, which hides what is below


Item = Line | Curve | Circle | Box | Text


@dataclass
class Drawing:
    """Things to draw, those below first.

    Attributes
    ----------
    width, height : float
    items : list of Line, Curve, Circle, Box and Text
    title : str
        What is to be seen, for those who cannot.
    """

    width: float
    height: float
    items: list[Item] = field(default_factory=list)
    title: str = ""
