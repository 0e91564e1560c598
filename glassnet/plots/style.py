"""What all pictures share: colours, and axes that keep out of the way.

The colours are those of Okabe and Ito, which people of every colour vision can tell apart. They
also differ in lightness, and nothing is said by colour alone.
"""

from __future__ import annotations

import io
import re
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter

from glassnet.errors import ArgumentError, shown
from glassnet.explain.diagram.palette import BLUE, GRID, INK, MUTED, ORANGE
from glassnet.quoting import mathtext, visible

__all__ = [
    "BLUE",
    "CYCLE",
    "GRID",
    "INK",
    "MUTED",
    "ORANGE",
    "SIGNED",
    "Picture",
    "PictureAxes",
    "Thousands",
    "class_styles",
    "figure_of",
    "legend_text",
    "prepared",
    "shortened",
]

# For numbers of both signs: dark is negative, light is positive, to every eye and in grey.
SIGNED = "cividis"
CYCLE = (BLUE, "#e69f00", "#009e73", "#cc79a7", "#56b4e9", ORANGE)
_MARKERS = "osD^vP"


_LONGEST = 40  # letters of a name in a legend
MARGIN = 0.12  # inches around a picture and its panels


class Picture(Figure):
    """A figure with room around it, which a notebook shows though pyplot knows nothing of it."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(layout="constrained", **settings)
        engine: Any = self.get_layout_engine()
        engine.set(w_pad=MARGIN, h_pad=MARGIN)

    def _repr_png_(self) -> bytes:
        stream = io.BytesIO()
        self.savefig(stream, format="png", dpi=96)
        return stream.getvalue()


class PictureAxes(Axes):
    """Axes that a notebook shows as their figure, where a function returns them."""

    def _repr_png_(self) -> bytes | None:
        show: Any = getattr(self.figure, "_repr_png_", None)
        return None if show is None else show()


def figure_of(ax: Axes) -> Figure:
    """Return the whole figure that axes are part of."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    return figure


def prepared(ax: Axes | None, size: tuple[float, float] = (5.6, 3.4)) -> Axes:
    """Return axes in the house style: the given ones, else those of a new figure.

    Parameters
    ----------
    ax : Axes, optional
    size : (float, float)
        Width and height of a new figure, in inches.

    Raises
    ------
    ArgumentError
        If what is given is no Axes.
    """
    if ax is None:
        ax = Picture(figsize=size).add_subplot(axes_class=PictureAxes)
    elif not isinstance(ax, Axes):
        raise ArgumentError(
            f"ax={shown(ax)} must be the Axes of a matplotlib figure, for example those of "
            "figure, ax = matplotlib.pyplot.subplots()"
        )
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(MUTED)
    ax.tick_params(colors=MUTED, labelcolor=INK, labelsize=9, length=3)
    ax.xaxis.label.set(color=INK, fontsize=10)
    ax.yaxis.label.set(color=INK, fontsize=10)
    ax.title.set(fontsize=11, color=INK)
    ax.set_facecolor("none")
    ax.set_axisbelow(True)
    return ax


class Thousands(ScalarFormatter):
    """Writes the numbers of an axis as tables have them: 450,000."""

    def __init__(self) -> None:
        super().__init__(useOffset=False)
        self.set_powerlimits((-5, 9))

    def __call__(self, x: float, pos: int | None = None) -> str:
        text = super().__call__(x, pos)
        return re.sub(r"^(\D?)(\d{5,})$", lambda found: f"{found[1]}{int(found[2]):,}", text)


def legend_text(name: object) -> str:
    """Return a name for a legend, which leaves out what begins with an underscore."""
    text = mathtext(shortened(visible(name), _LONGEST))
    return f" {text}" if text.startswith("_") else text


def shortened(name: str, most: int) -> str:
    """Return a name of a few letters: a long one leaves no room for the picture."""
    return name if len(name) <= most else name[: most - 1] + "…"


def class_styles(count: int) -> list[tuple[str, str]]:
    """Return a colour and a marker for each of some classes; no pair comes twice up to 36."""
    return [
        (CYCLE[number % len(CYCLE)], _MARKERS[(number + number // len(CYCLE)) % len(_MARKERS)])
        for number in range(count)
    ]
