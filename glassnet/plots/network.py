"""The diagram of a network as a matplotlib picture."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from matplotlib.collections import LineCollection
from matplotlib.patches import Circle as CirclePatch
from matplotlib.patches import PathPatch, Polygon, Rectangle
from matplotlib.path import Path
from matplotlib.patheffects import withStroke

from glassnet.errors import ArgumentError, shown
from glassnet.explain.diagram.drawing import Box, Circle, Curve, Drawing, Item, Line, Text
from glassnet.explain.diagram.palette import PAPER
from glassnet.plots.style import figure_of, prepared
from glassnet.quoting import mathtext

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["network"]

PIXELS = 76.0  # of the diagram, for an inch of a new figure
SIDES = {"start": "left", "middle": "center", "end": "right"}


def network(net: Any, x: Any = None, *, most: int = 12, ax: Axes | None = None) -> Axes:
    """Draw a network with its weights; ``net.diagram()`` gives the same as SVG.

    Blue lines are positive weights, dashed orange ones negative; thick ones are large.

    Parameters
    ----------
    net : model
    x : array, optional
        One sample: its values are written into the units.
    most : int, default 12
        Units of a layer that are drawn; of more, the first and the last.
    ax : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ArgumentError
        If it is no model, or has no layers.
    ShapeError
        If the sample does not fit.

    Examples
    --------
    >>> import glassnet as gn
    >>> net = gn.Sequential([gn.Input((2,)), gn.layers.Dense(3, "tanh")], seed=0)
    >>> [text.get_text() for text in network(net).texts][:3]
    ['input', 'x1', 'x2']
    """
    if not callable(getattr(net, "diagram", None)):
        raise ArgumentError(f"network({shown(net)}): give a model, such as gn.Sequential([...])")
    drawing = net.diagram(x, most).drawing
    ax = prepared(ax, (drawing.width / PIXELS, drawing.height / PIXELS))
    ax.set_axis_off()
    ax.set(xlim=(0, drawing.width), ylim=(drawing.height, 0), aspect="equal")
    scale = _points_per_pixel(ax, drawing)
    _lines(ax, drawing, scale)
    for above, item in enumerate(drawing.items):
        if not isinstance(item, Line):
            _draw(ax, item, 3 + above * 1e-3, scale)
    return ax


def _points_per_pixel(ax: Axes, drawing: Drawing) -> float:
    """Return how many points one pixel of the diagram takes in these axes."""
    room = ax.get_window_extent()
    pixels = min(room.width / drawing.width, room.height / drawing.height)
    return pixels * 72 / figure_of(ax).dpi


def _lines(ax: Axes, drawing: Drawing, scale: float) -> None:
    looks = defaultdict(list)
    for item in drawing.items:
        if isinstance(item, Line):
            look = item.width, item.colour, item.opacity, item.is_dashed
            looks[look].append([(item.x1, item.y1), (item.x2, item.y2)])
    for (width, colour, opacity, is_dashed), lines in sorted(looks.items()):
        dashes: Any = (0, (4.0, 2.0)) if is_dashed else "solid"
        ax.add_collection(
            LineCollection(
                lines, linewidths=width * scale, colors=colour, alpha=opacity, linestyles=dashes
            ),
            autolim=False,
        )


def _draw(ax: Axes, item: Item, level: float, scale: float) -> None:
    if isinstance(item, Text):
        if item.paper:
            corner = item.x - item.paper / 2, item.y - 0.85 * item.size
            paper = Rectangle(corner, item.paper, 1.1 * item.size, facecolor=PAPER, lw=0)
            ax.add_patch(paper)
            paper.set_zorder(level)
        halo = [withStroke(linewidth=3 * scale, foreground=PAPER, alpha=0.85)]
        ax.text(
            item.x, item.y, mathtext(item.text), fontsize=item.size * scale, color=item.colour,
            ha=SIDES[item.anchor], va="baseline", weight="bold" if item.is_bold else "normal",
            zorder=level, path_effects=halo if item.has_halo else None, clip_on=False,
        )  # fmt: skip
    elif isinstance(item, Circle):
        _circle(ax, item, level, scale)
    elif isinstance(item, Box):
        corner = item.x - item.width / 2, item.y - item.height / 2
        ax.add_patch(
            Rectangle(corner, item.width, item.height, facecolor=item.fill, edgecolor=item.colour,
                      lw=scale, zorder=level)
        )  # fmt: skip
    else:
        assert isinstance(item, Curve)
        _curve(ax, item, scale)


def _circle(ax: Axes, item: Circle, level: float, scale: float) -> None:
    place = (item.x, item.y)
    ax.add_patch(CirclePatch(place, item.radius, facecolor=PAPER, edgecolor="none", zorder=level))
    circle = ax.patches[-1]
    if item.strength < 1:
        circle = CirclePatch(
            place, item.radius, facecolor=item.fill, alpha=item.strength, zorder=level, lw=0
        )
        ax.add_artist(circle)
    else:
        circle.set_facecolor(item.fill)
    ax.add_artist(
        CirclePatch(place, item.radius, fill=False, edgecolor=item.colour, lw=scale, zorder=level,
                    linestyle="--" if item.is_dashed else "-")
    )  # fmt: skip


def _curve(ax: Axes, item: Curve, scale: float) -> None:
    (x, y), *others = item.points
    points, codes = [(x, y)], [Path.MOVETO]
    for x2, y2 in others:
        middle = (x + x2) / 2
        points += [(middle, y), (middle, y2), (x2, y2)]
        codes += [Path.CURVE4] * 3
        x, y = x2, y2
    way = Path(points, codes)
    ax.add_patch(
        PathPatch(way, fill=False, edgecolor=item.colour, lw=item.width * scale, alpha=item.opacity)
    )
    head = [(x, y), (x - 7, y - 3.5), (x - 7, y + 3.5)]
    ax.add_patch(Polygon(head, facecolor=item.colour, alpha=item.opacity, lw=0))
