"""What every hidden neuron says in a plane of two features, beside what they make together."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

from glassnet.errors import ArgumentError, ShapeError
from glassnet.plots.boundary import boundary
from glassnet.plots.inputs import check_count
from glassnet.plots.models import network_of, plane
from glassnet.plots.panels import panels
from glassnet.plots.style import INK, SIGNED, prepared
from glassnet.quoting import mathtext
from glassnet.training.inspection import layer_values
from glassnet.training.network import Network

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["neuron_maps"]

STEPS = 80
COLUMNS = 4


def neuron_maps(net: Any, x: Any, y: Any, *, most: int = 12, ax: Axes | None = None) -> Figure:
    """Draw the decision boundary of a network with two inputs, and each hidden neuron as a map.

    Light is a large output of the neuron. The line is where its weighted sum is 0: there the neuron
    changes its mind; the boundary is put together of such lines.

    Parameters
    ----------
    net : model
        With two inputs and hidden dense layers.
    x, y : array
        Samples ``(n, 2)`` and their classes.
    most : int, default 12
        Neurons to draw; layers share them from the first on.
    ax : Axes, optional
        Its place is divided among the panels.

    Returns
    -------
    Figure

    Raises
    ------
    ShapeError
        If the network has not two inputs.
    ArgumentError
        If it has no hidden dense layer.

    Examples
    --------
    >>> import glassnet as gn
    >>> x, y = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])
    >>> net = gn.Sequential([gn.Input((2,)), gn.layers.Dense(3, "tanh"), gn.layers.Dense(1)])
    >>> [ax.get_title() for ax in neuron_maps(net, x, y).axes]
    ['the network', 'dense_1: 1', 'dense_1: 2', 'dense_1: 3']
    """
    most = check_count(most, "most", 1)
    network = network_of(net, "neuron_maps")
    if network.topology.input_shapes != [(2,)]:
        raise ShapeError(
            f"neuron_maps needs a network with two inputs, but this one has "
            f"{network.topology.input_shapes}"
        )
    sides, points = plane(x, STEPS)
    maps = _maps(network, points)[:most]
    columns = min(COLUMNS, len(maps))
    rows = math.ceil(len(maps) / columns)
    figure, (left, right) = _two(rows, columns, ax)
    boundary(net, np.asarray(x, float), y, ax=left)
    left.set_title("the network", fontsize=11, color=INK)
    _, small = panels(columns, rows, ax=right)
    for one, (title, values, level) in zip(small, maps, strict=False):
        _map(one, sides, values.reshape(STEPS, STEPS), level)
        one.set_title(mathtext(title), fontsize=9, color=INK)
    for one in small[len(maps) :]:
        one.remove()
    if right.get_subplotspec() is not None:  # else the maps are part of it
        right.remove()
    if ax is not None:
        ax.set_axis_off()
    return figure


def _two(rows: int, columns: int, ax: Axes | None) -> tuple[Figure, list[Axes]]:
    """Return a place for the boundary, and one for the maps."""
    figure, axes = panels(2, 1, (3.2 + 0.55 * columns, max(3.4, 1.5 * rows)), ax)
    spec = axes[0].get_subplotspec()
    if spec is not None and ax is None:
        spec.get_gridspec().set_width_ratios([1.0, 0.42 * columns])
    return figure, axes


def _maps(network: Network, points: np.ndarray) -> list[tuple[str, np.ndarray, float]]:
    """Return title, outputs and the output at a weighted sum of 0 of each hidden neuron."""
    values = layer_values(network, points)
    topology = network.topology
    first = len(topology.input_shapes)
    found = []
    for place, call in enumerate(topology.calls, first):
        if call.layer.role not in ("dense", "masked") or place in topology.outputs:
            continue
        level = np.asarray(call.layer.activation(np.zeros((1, *call.shape))))[0]
        for unit in range(call.shape[-1]):
            title = f"{call.layer.name}: {unit + 1}"
            found.append((title, values[place][:, unit], float(level[unit])))
    if not found:
        raise ArgumentError(
            "neuron_maps: the network has no hidden dense layer; plots.boundary draws its output"
        )
    return found


def _map(ax: Axes, sides: list[np.ndarray], values: np.ndarray, level: float) -> None:
    prepared(ax)
    reach = (*sides[0][[0, -1]], *sides[1][[0, -1]])
    ax.imshow(values, extent=reach, origin="lower", aspect="auto", cmap=SIGNED)
    low, high = float(values.min()), float(values.max())
    # A ReLU is flat at the level itself; a hair above it is where it begins to rise.
    level += 1e-3 * (high - low)
    if low < level < high:
        ax.contour(*sides, values, levels=[level], colors="white", linewidths=2.4)
        ax.contour(*sides, values, levels=[level], colors=INK, linewidths=1.1)
    ax.set(xticks=[], yticks=[])
