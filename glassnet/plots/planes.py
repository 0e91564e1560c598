"""What a classifier says about every point of a plane."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from glassnet.plots._paper import COLOURS, MARKERS, figure, one, tidy

__all__ = ["decision_panels", "decision_regions"]

# Light shades of different grey values behind the points.
_SHADES = ("#cfe3f2", "#f8e2b5", "#b9b9b9", "#ecd3e1", "#bfe3d8")


def decision_regions(
    labels_of: Callable[[np.ndarray], Any],
    x: Any,
    y: Any,
    title: str = "",
    margin: float = 0.15,
    ax: Axes | None = None,
) -> Axes:
    """Shade the plane by the class a network gives, and draw the samples with their own.

    Parameters
    ----------
    labels_of : callable
        Class numbers of points ``(n, 2)``, for example ``net.predict_labels``.
    x : array, shape (n, 2)
    y : array of int, shape (n,)
    title : str
    margin : float
        Room around the samples, in the units of x.
    ax : Axes, optional

    Examples
    --------
    >>> x = np.array([[0.0, 0.0], [1.0, 1.0]])
    >>> decision_regions(lambda p: (p.sum(axis=1) > 1).astype(int), x, [0, 1]).get_xlabel()
    'x1'
    """
    ax = one(ax, (4.0, 3.8))
    x, y = np.asarray(x, np.float64), np.asarray(y).astype(int)
    low, high = x.min(axis=0) - margin, x.max(axis=0) + margin
    xs, ys = np.meshgrid(*(np.linspace(a, b, 200) for a, b in zip(low, high, strict=True)))
    points = np.column_stack([xs.ravel(), ys.ravel()]).astype("float32")
    found = np.asarray(labels_of(points)).reshape(xs.shape).astype(int)
    count = max(int(found.max()), int(y.max())) + 1
    ax.pcolormesh(xs, ys, found, cmap=ListedColormap(_SHADES[:count]), vmin=-0.5, vmax=count - 0.5,
                  shading="nearest", rasterized=True)  # fmt: skip
    for label in np.unique(y):
        ax.scatter(*x[y == label].T, s=50 if len(x) < 20 else 14, marker=MARKERS[label],
                   color=COLOURS[label], edgecolors="white", linewidths=0.5,
                   label=str(label))  # fmt: skip
    ax.set_aspect("equal")
    return tidy(ax, "x1", "x2", title)


def decision_panels(
    panels: Sequence[tuple[str, Callable[[np.ndarray], Any], Any, Any]], margin: float = 0.15
) -> Figure:
    """Draw :func:`decision_regions` of several classifiers side by side.

    Parameters
    ----------
    panels : sequence of (title, labels_of, x, y)
    margin : float

    Examples
    --------
    >>> x = np.array([[0.0, 0.0], [1.0, 1.0]])
    >>> len(decision_panels([("a", lambda p: p[:, 0] > 0.5, x, [0, 1])]).axes)
    1
    """
    fig, (axes,) = figure(len(panels), 1, (3.9, 3.7))
    for ax, (title, labels_of, x, y) in zip(axes, panels, strict=True):
        decision_regions(labels_of, x, y, title, margin, ax)
    axes[-1].legend(title="class", frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    made: Figure = fig
    return made
