"""What all pictures share: colours that print in grey, line styles, axes without pyplot."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

__all__ = ["COLOURS", "MARKERS", "STYLES", "figure", "one", "tidy"]

# Okabe and Ito's palette in an order in which neighbours also differ as greys; and lines and
# marks that differ without any colour.
COLOURS = ("#0072B2", "#E69F00", "#111111", "#CC79A7", "#009E73", "#56B4E9", "#D55E00")
STYLES = ("-", "--", ":", "-.", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X")


def figure(columns: int = 1, rows: int = 1, size: tuple[float, float] = (5.0, 3.6)) -> Any:
    """Return a new figure and its axes as an array of rows."""
    fig = Figure(figsize=(columns * size[0], rows * size[1]), layout="constrained")
    FigureCanvasAgg(fig)
    return fig, np.atleast_2d(fig.subplots(rows, columns, squeeze=False))


def one(ax: Axes | None, size: tuple[float, float] = (5.0, 3.6)) -> Axes:
    """Return the axes given, or those of a new figure."""
    return figure(size=size)[1][0, 0] if ax is None else ax


def tidy(ax: Axes, xlabel: str = "", ylabel: str = "", title: str = "") -> Axes:
    """Label the axes and take away the lines nobody reads."""
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title)
    ax.spines[["top", "right"]].set_visible(False)
    return ax
