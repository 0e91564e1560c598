"""Several pictures side by side in one figure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from glassnet.plots.boundary import boundary
from glassnet.plots.style import prepared

__all__ = ["boundary_panels", "panels"]


def panels(
    columns: int, rows: int = 1, size: tuple[float, float] = (4.2, 3.4)
) -> tuple[Figure, list[Axes]]:
    """Return a new figure and its axes, row by row.

    Parameters
    ----------
    columns, rows : int
    size : (float, float)
        Width and height of each panel, in inches.

    Examples
    --------
    >>> len(panels(3)[1])
    3
    """
    figure = Figure(figsize=(columns * size[0], rows * size[1]), layout="constrained")
    return figure, [prepared(ax) for ax in figure.subplots(rows, columns, squeeze=False).flat]


def boundary_panels(
    classifiers: Sequence[tuple[str, Callable[[np.ndarray], Any], Any, Any]],
) -> Figure:
    """Draw the regions of several classifiers of two features side by side.

    Parameters
    ----------
    classifiers : sequence of (title, labels_of, x, y)
        ``labels_of`` gives class numbers, as ``net.predict_labels`` does.

    Examples
    --------
    >>> x = np.array([[0.0, 0.0], [1.0, 1.0]])
    >>> len(boundary_panels([("a", lambda p: (p[:, 0] > 0.5).astype(int), x, [0, 1])]).axes)
    1
    """
    figure, axes = panels(len(classifiers), 1, (3.9, 3.6))
    for ax, (title, labels_of, x, y) in zip(axes, classifiers, strict=True):
        classes = np.eye(int(np.max(y)) + 1)
        boundary(lambda p, of=labels_of, k=classes: k[of(p)], np.asarray(x), np.asarray(y), ax=ax)  # type: ignore[misc]
        ax.set(title=title, aspect="equal")
        if ax is not axes[-1] and (legend := ax.get_legend()) is not None:
            legend.remove()
    return figure
