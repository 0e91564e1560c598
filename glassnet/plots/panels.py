"""Several pictures side by side in one figure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from glassnet.data.arrays import check_labels
from glassnet.errors import ArgumentError, ShapeError, shown
from glassnet.plots.boundary import boundary, class_numbers
from glassnet.plots.inputs import check_count, check_name, check_number, check_rows, values_of
from glassnet.plots.style import Picture, figure_of, prepared
from glassnet.quoting import mathtext

__all__ = ["boundary_panels", "panels"]

WIDEST = 8.6  # inches of a figure
LOWEST = 2.8  # inches of a panel, however many there are
MOST_PANELS = 1000
MOST_CLASSES = 100


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

    Raises
    ------
    ArgumentError
        If the numbers of panels are not whole, or more than 1,000 in all.

    Examples
    --------
    >>> len(panels(3)[1])
    3
    """
    columns, rows = check_count(columns, "columns", 1), check_count(rows, "rows", 1)
    if columns * rows > MOST_PANELS:
        raise ArgumentError(
            f"columns={columns} times rows={rows} are too many panels; {MOST_PANELS:,} are the most"
        )
    width, height = _inches(size)
    # A wider figure would be made smaller wherever it is shown, and its letters with it.
    shrunk = min(1.0, WIDEST / (columns * width))
    width, height = width * shrunk, max(height * shrunk, min(height, LOWEST))
    if ax is None:
        figure: Figure = Picture(figsize=(columns * width, rows * height))
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

    Raises
    ------
    ArgumentError
        If there is no classifier, or one is not made of these four.
    GlassnetError
        If its samples are not of two features, or its classes not one a sample.

    Examples
    --------
    >>> x = np.array([[0.0, 0.0], [1.0, 1.0]])
    >>> len(boundary_panels([("a", lambda p: (p[:, 0] > 0.5).astype(int), x, [0, 1])]).axes)
    1
    """
    checked = _checked(classifiers)
    figure, axes = panels(len(checked), 1, (3.9, 3.6), ax)
    for one, (title, chances, x, y) in zip(axes, checked, strict=True):
        boundary(chances, x, y, ax=one)
        one.set(title=mathtext(title), aspect="equal")
        if one is not axes[-1] and (legend := one.get_legend()) is not None:
            legend.remove()
    return figure


def _checked(classifiers: Any) -> list[tuple[str, Callable[[np.ndarray], np.ndarray], Any, Any]]:
    """Return the classifiers with functions that give one probability a class: 0 or 1."""
    fours = check_rows(classifiers, "classifiers", "(title, labels_of, x, y)")
    if not len(fours):
        raise ArgumentError("boundary_panels needs at least one (title, labels_of, x, y)")
    found = []
    for place, four in enumerate(fours):
        name = f"classifiers[{place}]"
        if not isinstance(four, tuple | list) or len(four) != 4:
            raise ArgumentError(f"{name}={shown(four)} must be four: (title, labels_of, x, y)")
        title, labels_of, x, y = four
        if not callable(labels_of):
            raise ArgumentError(
                f"labels_of={shown(labels_of)} of {name} must be a function, such as "
                "net.predict_labels"
            )
        x, y = class_numbers(x, y)
        most = int(y.max()) + 1
        if most > MOST_CLASSES:
            raise ArgumentError(f"y of {name} has the class {most - 1}; too many to be told apart")
        found.append((check_name(title, f"title of {name}"), _one_hot(labels_of, most), x, y))
    return found


def _one_hot(labels_of: Callable[[np.ndarray], Any], classes: int) -> Callable[..., np.ndarray]:
    def chances(points: np.ndarray) -> np.ndarray:
        labels = check_labels(values_of(labels_of, points, "labels_of"), MOST_CLASSES, "labels")
        if labels.size != len(points):
            raise ShapeError(
                f"labels_of gives the shape {labels.shape} for {len(points)} samples; one class "
                "number a sample is expected, as net.predict_labels gives"
            )
        return np.eye(max(classes, int(labels.max()) + 1))[labels.reshape(-1)]

    return chances


def _inches(size: Any) -> tuple[float, float]:
    """Return width and height of a panel."""
    pair = check_rows(size, "size", "two numbers, width and height in inches")
    if len(pair) != 2:
        raise ArgumentError(f"size={shown(size)} must be width and height in inches")
    width, height = (check_number(one, "size") for one in pair)
    if not (0 < width <= 100 and 0 < height <= 100):
        raise ArgumentError(f"size={shown(size)} must be more than 0 and at most 100 inches")
    return width, height
