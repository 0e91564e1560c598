"""Weights as images, and the images a network has in mind."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

from glassnet.plots.backwards import back_query as image_of
from glassnet.plots.images import image_grid
from glassnet.plots.inputs import check_count, check_rows
from glassnet.plots.models import first_kernel, image_shape, network_of
from glassnet.plots.panels import panels
from glassnet.plots.style import INK, SIGNED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["back_query", "weight_images"]


def weight_images(
    net: Any,
    shape: tuple[int, int] | None = None,
    *,
    layer: int = 0,
    most: int = 20,
    columns: int = 5,
    ax: Axes | None = None,
) -> Figure:
    """Draw the weights into each unit of a dense layer as an image: light +, dark -.

    Parameters
    ----------
    net : model
    shape : (int, int), optional
        Height and width; by default those of the input, else a square.
    layer : int, default 0
        Which dense layer.
    most : int, default 20
        Units to draw.
    columns : int, default 5
    ax : Axes, optional
        Its place is divided among the images.

    Returns
    -------
    Figure

    Raises
    ------
    ShapeError
        If the weights make no image.
    ArgumentError
        If there is no such layer.

    Examples
    --------
    >>> import glassnet as gn
    >>> net = gn.Sequential([gn.Input((64,)), gn.layers.Dense(6, "tanh")], seed=0)
    >>> [ax.get_title() for ax in weight_images(net).axes][:6]
    ['unit 1', 'unit 2', 'unit 3', 'unit 4', 'unit 5', 'unit 6']
    """
    most, columns = check_count(most, "most", 1), check_count(columns, "columns", 1)
    topology = network_of(net, "weight_images").topology
    kernel = first_kernel(topology, layer, "weight_images")
    sides = image_shape(len(kernel), shape, topology, "weight_images")
    images = kernel.T[:most].reshape(-1, *sides)
    columns = min(columns, len(images))
    figure, axes = panels(columns, math.ceil(len(images) / columns), (1.4, 1.6), ax)
    reach = float(np.abs(images).max()) or 1.0
    for place, (one, image) in enumerate(zip(axes, images, strict=False), 1):
        drawn = one.imshow(image, cmap=SIGNED, vmin=-reach, vmax=reach, interpolation="nearest")
        one.set_title(f"unit {place}", fontsize=9, color=INK)
        one.set_axis_off()
    for one in axes[len(images) :]:
        one.remove()
    figure.colorbar(drawn, ax=axes[: len(images)], label="weight", shrink=0.8)
    return figure


def back_query(
    net: Any,
    classes: Sequence[int] | None = None,
    shape: tuple[int, int] | None = None,
    *,
    columns: int = 5,
    ax: Axes | None = None,
) -> Figure:
    """Draw the input that a network, asked backwards, has in mind for each class.

    Parameters
    ----------
    net : model
        With one input and one output.
    classes : sequence of int, optional
        By default all, at most 20.
    shape : (int, int), optional
        Height and width; by default those of the input, else a square.
    columns : int, default 5
    ax : Axes, optional
        Its place is divided among the images.

    Returns
    -------
    Figure

    Raises
    ------
    ShapeError
        If the inputs make no image.
    ArgumentError
        If there is no such class.

    Examples
    --------
    >>> import glassnet as gn
    >>> net = gn.Sequential([gn.Input((64,)), gn.layers.Dense(10, "softmax")], seed=0)
    >>> len(back_query(net, [3, 7]).axes)
    2

    Source: T. Rashid: "Make Your Own Neural Network" (2016).
    """
    network = network_of(net, "back_query")
    count = network.topology.output_shapes[0][-1]
    chosen = (
        list(range(min(count, 20)))
        if classes is None
        else list(check_rows(classes, "classes", "class numbers"))
    )
    images = [image_of(network, one) for one in chosen]
    size = int(np.prod(network.topology.input_shapes[0]))
    sides = image_shape(size, shape, network.topology, "back_query")
    names = network.info.get("class_names")
    titles = [str(one if names is None or not len(names) else names[one]) for one in chosen]
    return image_grid([one.reshape(sides) for one in images], titles, columns, ax)
