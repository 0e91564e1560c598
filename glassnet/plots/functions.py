"""Functions of one and two numbers: the sigmoid, a single neuron, walks downhill."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from glassnet import activations
from glassnet.errors import ShapeError, shown
from glassnet.plots.inputs import check_name, check_names, check_number, numbers, values_of
from glassnet.plots.panels import panels
from glassnet.plots.style import BLUE, INK, MUTED, ORANGE, legend_text, prepared
from glassnet.quoting import mathtext

__all__ = ["descent", "descent_map", "descent_path", "neuron_regions", "sigmoid_graphs"]


def sigmoid_graphs(
    weights: Sequence[float] = (0.5, 1.0, 2.0),
    biases: Sequence[float] = (-8.0, 0.0, 8.0),
    weight: float = 5.0,
    ax: Axes | None = None,
) -> Figure:
    """Draw the sigmoid with its derivative, s(w x) for weights, s(w x + b) for biases.

    Parameters
    ----------
    weights, biases : sequence of float
    weight : float
        That of the curves with a bias.
    ax : Axes, optional
        Its place is divided among the panels.

    Examples
    --------
    >>> len(sigmoid_graphs().axes)
    3
    """
    slopes, shifts = numbers(weights, "weights", ndim=1), numbers(biases, "biases", ndim=1)
    weight = check_number(weight, "weight")
    figure, (left, middle, right) = panels(3, 1, (4.0, 3.2), ax)
    x = np.linspace(-8.0, 8.0, 401)
    s = activations.sigmoid(x)
    _lines(left, x, {"s(x)": s, "s'(x)": s * (1 - s)})
    _lines(middle, x, {f"w = {w:g}": activations.sigmoid(w * x) for w in slopes})
    near = np.linspace(-4.0, 4.0, 401)
    sums = {f"b = {b:g}": activations.sigmoid(weight * near + b) for b in shifts}
    _lines(right, near, sums)
    left.set(xlabel="x", title="the sigmoid\nand its slope")
    middle.set(xlabel="x", title="s(w x): the weight\nsets the slope")
    right.set(xlabel="x", title=f"s({weight:g}x + b): the bias\nmoves the switch")
    return figure


def _lines(ax: Axes, x: np.ndarray, values: dict[str, np.ndarray]) -> None:
    for place, (name, y) in enumerate(values.items()):
        ax.plot(
            x,
            y,
            label=legend_text(name),
            color=(BLUE, ORANGE, INK)[place % 3],
            ls=("-", "--", ":")[place % 3],
        )
    ax.legend(frameon=False, fontsize=8, loc="best")


def neuron_regions(
    weights: Sequence[float],
    offset: float,
    names: Sequence[str] = ("x1", "x2"),
    ax: Axes | None = None,
) -> Axes:
    """Draw the output of a sigmoid neuron with two inputs, and the line where it is 0.5.

    Parameters
    ----------
    weights : sequence of float
        Two, one an input.
    offset : float
        The bias.
    names : sequence of str
        What to call the two inputs.
    ax : Axes, optional

    Raises
    ------
    GlassnetError
        If there are not two finite weights and two names.

    Examples
    --------
    >>> neuron_regions([7.0, 3.0], -5.0).get_xlabel()
    'x1'
    """
    w = numbers(weights, "weights").reshape(-1)
    if len(w) != 2:
        raise ShapeError(f"weights={shown(weights)} must be two numbers, one an input")
    b, names = check_number(offset, "offset"), check_names(names, "names", 2, "input")
    ax = prepared(ax, (4.8, 3.8))
    x1, x2 = np.meshgrid(np.linspace(-0.5, 1.5, 121), np.linspace(-0.5, 1.5, 121))
    output = activations.sigmoid(w[0] * x1 + w[1] * x2 + b)
    shades = ax.contourf(x1, x2, output, np.linspace(0, 1, 11), cmap="Greys", alpha=0.8)
    ax.figure.colorbar(shades, ax=ax, label="output")
    if output.min() < 0.5 < output.max():
        ax.contour(x1, x2, output, [0.5], colors=ORANGE, linewidths=2)
    for first in (0.0, 1.0):
        for second in (0.0, 1.0):
            value = float(activations.sigmoid(w[0] * first + w[1] * second + b))
            ax.plot(first, second, "o", color="white", markeredgecolor="black", markersize=9)
            ax.annotate(f"{value:.4f}", (first, second), (0, 10), ha="center",
                        textcoords="offset points",
                        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})  # fmt: skip
    ax.set(xlabel=mathtext(names[0]), ylabel=mathtext(names[1]))
    ax.set_title("on the line the neuron is undecided", fontsize=11, color=INK)
    ax.set(xticks=[0, 0.5, 1], yticks=[0, 0.5, 1])
    return ax


def descent_path(
    function: Callable[[Any], Any], path: Any, ax: Axes | None = None, title: str = ""
) -> Axes:
    """Draw a function of one number, and the points of a walk on it.

    Parameters
    ----------
    function : callable
    path : array, shape (steps + 1,)
        As ``gn.minimize(...).path``.
    ax : Axes, optional

    Raises
    ------
    GlassnetError
        If the path is not one number a step, or the function does not give numbers.

    Examples
    --------
    >>> descent_path(lambda x: x**2, [2.0, 1.0, 0.5]).get_xlabel()
    'x'
    """
    path, title = _checked_path(path, 1), check_name(title, "title")
    room = 0.1 * (path.max() - path.min()) or 1.0
    x = np.linspace(path.min() - room, path.max() + room, 400)
    heights, y = _heights(function, x), _heights(function, path)
    ax = prepared(ax)
    ax.plot(x, heights, color=INK, linewidth=1)
    ax.plot(path, y, "o-", color=BLUE, markersize=4, linewidth=1)
    ax.plot(path[-1], y[-1], "X", color=ORANGE, markersize=9)
    for place, name in ((0, f"{path[0]:.4g}"), (-1, f"{path[-1]:.4g}")):
        side = 1 if path[place] < x.mean() else -1  # into the picture
        ax.annotate(name, (path[place], y[place]), (4 * side, 10), textcoords="offset points",
                    ha="left" if side > 0 else "right")  # fmt: skip
    ax.margins(y=0.14)  # room for the numbers
    ax.set(xlabel="x", ylabel="f(x)")
    ax.set_title(mathtext(title), fontsize=11, color=INK)
    return ax


def _heights(function: Callable[[Any], Any], x: np.ndarray, name: str = "function") -> np.ndarray:
    """Return one number a point; where the function has none, a gap."""
    found = values_of(function, x, name)
    if found.shape != x.shape:
        raise ShapeError(
            f"{name} gives the shape {found.shape} for {len(x)} points, but one number a point was "
            "expected"
        )
    numbers(found[np.isfinite(found)], f"{name}(x)")
    return found


def _checked_path(path: Any, size: int, name: str = "path") -> np.ndarray:
    """Return the points of a walk, each of the given number of coordinates."""
    array = numbers(path, name)
    wanted = "(steps + 1,)" if size == 1 else f"(steps + 1, {size})"
    if array.shape[1:] != ((size,) if size > 1 else ()):
        raise ShapeError(
            f"{name} has the shape {array.shape}, but {wanted} was expected, as "
            "gn.minimize(...).path has it"
        )
    return array


def descent_map(
    function: Callable[[Any], Any], path: Any, ax: Axes | None = None, title: str = ""
) -> Axes:
    """Draw a function of two numbers as a contour map, and a walk on it as arrows.

    Parameters
    ----------
    function : callable
        Of one array of two numbers.
    path : array, shape (steps + 1, 2)
    ax : Axes, optional

    Raises
    ------
    GlassnetError
        If the path is not two numbers a step, or the function does not give one number a point.

    Examples
    --------
    >>> descent_map(lambda x: x[0] ** 2 + x[1] ** 2, [[1.0, 1.0], [0.5, 0.5]]).get_ylabel()
    'y'
    """
    path, title = _checked_path(path, 2), check_name(title, "title")
    reach = 1.2 * np.abs(path).max(axis=0)
    reach = np.where(reach > 0, reach, 1.0)
    xs, ys = (np.linspace(-r, r, 41) for r in reach)
    z = np.array([[_height(function, np.array([x, y])) for x in xs] for y in ys])
    finite = numbers(z[np.isfinite(z)], "function(x)")
    levels = np.unique(np.quantile(finite, np.linspace(0.02, 0.98, 14)))
    # One unit is as long on both axes; the figure is as flat as what it shows.
    ax = prepared(ax, (5.6, float(np.clip(4.8 * reach[1] / reach[0], 1.2, 4.4)) + 0.9))
    if len(levels) > 1:  # a flat function has no contour
        ax.contour(xs, ys, z, levels, colors=MUTED, alpha=0.6, linewidths=0.8)
    step = np.diff(path, axis=0)
    ax.quiver(path[:-1, 0], path[:-1, 1], step[:, 0], step[:, 1], angles="xy", scale_units="xy",
              scale=1, width=0.006, color=BLUE)  # fmt: skip
    ax.plot(*path[0], "o", color=INK)
    ax.plot(*path[-1], "X", color=ORANGE, markersize=8)
    ax.set_aspect("equal")
    ax.set(xlabel="x", ylabel="y")
    ax.set_title(mathtext(title), fontsize=11, color=INK)
    return ax


def _height(function: Callable[[Any], Any], point: np.ndarray, name: str = "function") -> float:
    found = values_of(function, point, name)
    if found.size != 1:
        raise ShapeError(
            f"{name} gives the shape {found.shape} for the two numbers of a point, but one number "
            "was expected"
        )
    return float(found.reshape(()))


def descent(
    line: Callable[[Any], Any],
    line_path: Any,
    plane: Callable[[Any], Any],
    plane_path: Any,
    ax: Axes | None = None,
) -> Figure:
    """Draw a walk on a curve, the same from its second point on, and one on a contour map.

    Parameters
    ----------
    line, plane : callable
        Functions of one and of two numbers.
    line_path, plane_path : array, shape (steps + 1,) and (steps + 1, 2)
        As ``gn.minimize(...).path``.
    ax : Axes, optional
        Its place is divided among the panels.

    Examples
    --------
    >>> len(descent(np.square, [2.0, 1.0, 0.5], np.sum, [[1.0, 1.0], [0.5, 0.5]]).axes)
    3
    """
    line_path = _checked_path(line_path, 1, "line_path")
    plane_path = _checked_path(plane_path, 2, "plane_path")
    if len(line_path) < 2:
        raise ShapeError("line_path has one point, but a walk of at least two was expected")
    _heights(line, line_path, "line")
    _height(plane, plane_path[0], "plane")
    figure, (left, middle, right) = panels(3, 1, (4.4, 3.4), ax)
    descent_path(line, line_path, left, "each dot is a step")
    descent_path(line, line_path[1:], middle, "after the first step")
    descent_map(plane, plane_path, right, "in two dimensions")
    return figure
