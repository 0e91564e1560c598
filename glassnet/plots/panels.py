"""Several pictures side by side in one figure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from glassnet.errors import ArgumentError
from glassnet.plots.boundary import boundary
from glassnet.plots.style import Picture, figure_of, prepared

__all__ = ["boundary_panels", "panels"]


def panels(
    columns: int,
    rows: int = 1,
    size: tuple[float, float] = (4.2, 3.4),
    ax: Axes | None = None,
) -> tuple[Figure, list[Axes]]:
    """Return a figure and axes in it, row by row.

    Parameters
    ----------
    columns, rows : int
    size : (float, float)
        Width and height of each panel of a new figure, in inches.
    ax : Axes, optional
        Its place is divided among the panels; it is left without a frame.

    Examples
    --------
    >>> len(panels(3)[1])
    3
    """
    if ax is None:
        figure: Figure = Picture(figsize=(columns * size[0], rows * size[1]))
        return figure, [prepared(one) for one in figure.subplots(rows, columns, squeeze=False).flat]
    figure = figure_of(prepared(ax))
    ax.set_axis_off()
    whole = ax.get_subplotspec()
    if whole is None:  # axes put at a place by hand
        parts = [
            ax.inset_axes((column / columns, 1 - (row + 1) / rows, 0.8 / columns, 0.8 / rows))
            for row in range(rows)
            for column in range(columns)
        ]
        return figure, [prepared(one) for one in parts]
    grid = whole.subgridspec(rows, columns)
    places = [(row, column) for row in range(rows) for column in range(columns)]
    return figure, [prepared(figure.add_subplot(grid[place])) for place in places]


def boundary_panels(
    classifiers: Sequence[tuple[str, Callable[[np.ndarray], Any], Any, Any]],
    ax: Axes | None = None,
) -> Figure:
    """Draw the regions of several classifiers of two features side by side.

    Parameters
    ----------
    classifiers : sequence of (title, labels_of, x, y)
        ``labels_of`` gives class numbers, as ``net.predict_labels`` does.
    ax : Axes, optional
        Its place is divided among the panels.

    Examples
    --------
    >>> x = np.array([[0.0, 0.0], [1.0, 1.0]])
    >>> len(boundary_panels([("a", lambda p: (p[:, 0] > 0.5).astype(int), x, [0, 1])]).axes)
    1
    """
    if not len(classifiers):
        raise ArgumentError("boundary_panels needs at least one (title, labels_of, x, y)")
    figure, axes = panels(len(classifiers), 1, (3.9, 3.6), ax)
    for one, (title, labels_of, x, y) in zip(axes, classifiers, strict=True):
        classes = np.eye(int(np.max(y)) + 1)
        boundary(lambda p, of=labels_of, k=classes: k[of(p)], np.asarray(x), np.asarray(y), ax=one)  # type: ignore[misc]
        one.set(title=title, aspect="equal")
        if one is not axes[-1] and (legend := one.get_legend()) is not None:
            legend.remove()
    return figure
