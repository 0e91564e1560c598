"""What pictures ask of a model: its network, its values, its sizes."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.errors import ArgumentError, ShapeError, shown
from glassnet.layers.topology import Topology
from glassnet.plots.inputs import check_count, check_rows, numbers
from glassnet.training.network import Network

__all__ = ["first_kernel", "image_shape", "network_of", "plane"]


def network_of(net: Any, what: str) -> Network:
    """Return the built network of a model."""
    network = getattr(net, "network", None)  # builds it, where the input is known
    if not isinstance(network, Network):
        raise ArgumentError(f"{what}({shown(net)}): give a model, such as gn.Sequential([...])")
    return network


def first_kernel(topology: Topology, layer: int, what: str) -> np.ndarray:
    """Return the weights of a dense layer, counted from 0 among the dense ones."""
    dense = [one for one in topology.layers if one.role in ("dense", "masked")]
    if not dense:
        raise ArgumentError(f"{what}: the network has no dense layer")
    is_whole = isinstance(layer, int | np.integer) and not isinstance(layer, bool)
    if not is_whole or not -len(dense) <= layer < len(dense):
        raise ArgumentError(
            f"{what}: layer={shown(layer)}, but there are {len(dense)} dense layers, counted from 0"
        )
    chosen = dense[layer]
    kernel = chosen.weights["kernel"].value
    assert kernel is not None
    return kernel if chosen.mask is None else kernel * chosen.mask


def image_shape(
    size: int, shape: tuple[int, int] | None, topology: Topology, what: str
) -> tuple[int, int]:
    """Return height and width of images of ``size`` pixels.

    Raises
    ------
    ShapeError
        If they are not given and nothing says them.
    """
    if shape is not None:
        sides = check_rows(shape, "shape", "two numbers, height and width")
        if len(sides) != 2:
            raise ShapeError(f"{what}: shape={shown(shape)} must be (height, width)")
        height, width = (check_count(side, "shape", 1) for side in sides)
        if height * width != size:
            raise ShapeError(f"{what}: shape={shape} does not make {size} pixels")
        return height, width
    own = [side for side in topology.input_shapes[0] if side != 1]
    if len(own) == 2 and own[0] * own[1] == size:
        return own[0], own[1]
    side = round(size**0.5)
    if side * side != size:
        raise ShapeError(f"{what}: {size} numbers make no square image; give shape=(height, width)")
    return side, side


def plane(x: Any, steps: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Return the sides of a plane around samples of two features, and all its points (n, 2).

    Raises
    ------
    ShapeError
        If the samples have not two features.
    """
    x = numbers(x, "x", allow_empty=True)
    if x.ndim != 2 or x.shape[1] != 2 or not len(x):
        raise ShapeError(f"a plane needs samples of two features, (n, 2), but x is {x.shape}")
    low, high = x.min(axis=0), x.max(axis=0)
    margin = 0.12 * np.where(high > low, high - low, 1.0)
    sides = [np.linspace(low[i] - margin[i], high[i] + margin[i], steps) for i in (0, 1)]
    return sides, np.stack(np.meshgrid(*sides), axis=-1).reshape(-1, 2)
