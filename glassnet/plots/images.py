"""Arrays of numbers as grey pictures: digits, weights, hidden values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from glassnet.errors import ArgumentError, DataError, ShapeError, shown
from glassnet.plots.inputs import check_count, check_name, check_names, check_rows, curve, numbers
from glassnet.plots.panels import WIDEST, panels
from glassnet.plots.style import prepared
from glassnet.quoting import mathtext

__all__ = ["digit_and_costs", "image_grid", "read_grey", "value_grid"]


def image_grid(
    images: Sequence[Any],
    titles: Sequence[str] = (),
    columns: int = 5,
    ax: Axes | None = None,
) -> Figure:
    """Draw arrays as grey images in a grid; dark is much.

    Parameters
    ----------
    images : sequence of array, shape (height, width)
    titles : sequence of str
    columns : int
    ax : Axes, optional
        Its place is divided among the images.

    Raises
    ------
    ArgumentError
        If there is no image, or more titles than images.
    GlassnetError
        If an image is no matrix of finite numbers.

    Examples
    --------
    >>> len(image_grid([np.eye(3), np.eye(3)], ["a", "b"]).axes)
    2
    """
    images = [
        numbers(image, f"images[{place}]", ndim=2)
        for place, image in enumerate(check_rows(images, "images", "arrays (height, width)"))
    ]
    if not images:
        raise ArgumentError("image_grid needs at least one image")
    titles = check_rows(titles, "titles", "texts, one an image")
    if len(titles) > len(images):
        raise ArgumentError(f"titles={shown(titles)} are {len(titles)} for {len(images)} images")
    titles = [check_name(one, f"titles[{place}]") for place, one in enumerate(titles)]
    columns = min(check_count(columns, "columns", 1), len(images))
    rows = math.ceil(len(images) / columns)
    width = min(1.7, WIDEST / columns)
    figure, axes = panels(columns, rows, (width, width + 0.2), ax)
    for place, one in enumerate(axes):
        one.set_axis_off()
        if place < len(images):
            one.imshow(images[place], cmap="Greys", interpolation="nearest")
            one.set_title(mathtext(titles[place]) if place < len(titles) else "", fontsize=10)
    for one in axes[len(images) :]:
        one.remove()
    return figure


def value_grid(
    values: Any, rows: Sequence[str], columns: Sequence[str], ax: Axes | None = None
) -> Axes:
    """Draw a small matrix as shaded cells with their numbers; values from 0 to 1.

    Parameters
    ----------
    values : array, shape (n, k)
    rows, columns : sequence of str
        Their names.
    ax : Axes, optional

    Examples
    --------
    >>> len(value_grid([[0.0, 1.0]], ["a"], ["b", "c"]).texts)
    2
    """
    values = numbers(values, "values", ndim=2)
    sides = [len(check_rows(rows, "rows", "names")), len(check_rows(columns, "columns", "names"))]
    if (sides[0], sides[1]) != values.shape:
        raise ShapeError(
            f"value_grid has {values.shape[0]} rows and {values.shape[1]} columns of values, but "
            f"names for {sides[0]} rows and {sides[1]} columns"
        )
    rows = check_names(rows, "rows", sides[0], "row")
    columns = check_names(columns, "columns", sides[1], "column")
    ax = prepared(ax, (1.6 + 0.9 * values.shape[1], 0.8 + 0.7 * values.shape[0]))
    ax.imshow(values, cmap="Greys", vmin=0, vmax=1, aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        colour = "white" if value > 0.55 else "black"
        ax.text(column, row, f"{value:.3f}", color=colour, ha="center", va="center")
    ax.set_xticks(range(len(columns)), list(map(mathtext, columns)))
    ax.set_yticks(range(len(rows)), list(map(mathtext, rows)))
    ax.tick_params(length=0)
    return ax


def digit_and_costs(
    image: Any, title: str, costs: Sequence[float], ax: Axes | None = None
) -> Figure:
    """Draw one image beside the average cost of every iteration.

    Parameters
    ----------
    image : array, shape (height, width)
    title : str
    costs : sequence of float
    ax : Axes, optional
        Its place is divided among the panels.

    Examples
    --------
    >>> len(digit_and_costs(np.eye(8), "a digit", [1.0, 0.5]).axes)
    2
    """
    image, heights = numbers(image, "image", ndim=2), curve(costs, "costs")
    title = check_name(title, "title")
    figure, (left, right) = panels(2, 1, (3.6, 3.4), ax)
    left.imshow(image, cmap="Greys", interpolation="nearest")
    left.set(title=title, xticks=[], yticks=[])
    right.plot(np.arange(1, len(heights) + 1), heights, color="black")
    right.set(title="average cost", xlabel="iteration", ylabel="mean of ‖y - h‖")
    right.set_ylim(bottom=0)
    return figure


def read_grey(path: str | Path) -> np.ndarray:
    """Return a picture file as grey values from 0 (black) to 1 (white), shape (height, width).

    Colours are weighed as the eye does; where the picture is transparent it is white.

    Raises
    ------
    DataError
        If the file is missing or no picture.

    Examples
    --------
    >>> read_grey("nowhere.png")
    Traceback (most recent call last):
    ...
    glassnet.errors.DataError: nowhere.png cannot be read as a picture (...); give a PNG file
    """
    from matplotlib.image import imread

    try:
        pixels = np.asarray(imread(str(path)), np.float64)
    except (OSError, SyntaxError, ValueError) as error:
        raise DataError(
            f"{path} cannot be read as a picture ({type(error).__name__}); give a PNG file"
        ) from error
    if pixels.max(initial=0.0) > 1.0:
        pixels = pixels / 255.0
    if pixels.ndim == 2:
        return pixels
    colour = pixels[..., :3] @ [0.299, 0.587, 0.114] if pixels.shape[-1] > 2 else pixels[..., 0]
    if pixels.shape[-1] in (2, 4):
        return colour * pixels[..., -1] + (1.0 - pixels[..., -1])
    return colour
