"""What all pictures share: colours, and axes that keep out of the way.

The colours are those of Okabe and Ito, which people of every colour vision can tell apart. They
also differ in lightness, and nothing is said by colour alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

__all__ = ["BLUE", "CYCLE", "GRID", "INK", "MUTED", "ORANGE", "class_styles", "literal", "prepared"]

INK = "#1d2733"
MUTED = "#5d6b7a"
GRID = "#d8dee6"
BLUE = "#0072b2"
ORANGE = "#d55e00"
CYCLE = (BLUE, "#e69f00", "#009e73", "#cc79a7", "#56b4e9", ORANGE)
_MARKERS = "osD^vP"


def prepared(ax: Axes | None, size: tuple[float, float] = (5.6, 3.4)) -> Axes:
    """Return axes in the house style: the given ones, else those of a new figure.

    Parameters
    ----------
    ax : Axes, optional
    size : (float, float)
        Width and height of a new figure, in inches.
    """
    if ax is None:
        ax = Figure(figsize=size, layout="constrained").subplots()
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(MUTED)
    ax.tick_params(colors=MUTED, labelcolor=INK, labelsize=9, length=3)
    ax.xaxis.label.set(color=INK, fontsize=10)
    ax.yaxis.label.set(color=INK, fontsize=10)
    ax.set_facecolor("none")
    ax.set_axisbelow(True)
    return ax


def literal(texts: Iterable[Text]) -> None:
    """Let names stand as they are: a dollar sign in them begins no formula."""
    for text in texts:
        text.set_parse_math(False)


def class_styles(count: int) -> list[tuple[str, str]]:
    """Return a colour and a marker for each of some classes; no pair comes twice up to 36."""
    return [
        (CYCLE[number % len(CYCLE)], _MARKERS[(number + number // len(CYCLE)) % len(_MARKERS)])
        for number in range(count)
    ]
