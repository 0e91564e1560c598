"""What a network is made from: sizes however given, the range of first weights, files of data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.errors import ArgumentError, TrainingError
from glassnet.fann.data import training_data
from glassnet.fann.structure import Structure

__all__ = ["data_of", "layers_of", "widrow_nguyen"]


def layers_of(arguments: tuple[Any, ...]) -> list[int]:
    """Return the sizes of the layers, however they were given."""
    last = arguments[-1] if arguments else None
    if isinstance(last, Sequence | np.ndarray):
        sizes = list(last)
        if len(arguments) == 2 and arguments[0] != len(sizes):
            raise ArgumentError(
                f"{arguments[0]} layers were promised, but {sizes} are {len(sizes)}"
            )
        return sizes
    sizes = list(arguments)
    # As in C, where the number of layers stands first.
    return sizes[1:] if len(sizes) > 3 and sizes[0] == len(sizes) - 1 else sizes


def widrow_nguyen(net: Structure, x: np.ndarray) -> float:
    """Return the bound of first weights by the range of the inputs."""
    if not x.size:
        raise TrainingError("init_weights needs data; read a file or use set_train_data first")
    low, high = float(x.min()), float(x.max())
    if low == high:
        raise TrainingError(f"all inputs are {low}, so they have no range to draw weights by")
    hidden = sum(net.layers[1:-1])
    return float((0.7 * max(hidden, 1)) ** (1 / net.layers[0]) / (high - low))


def data_of(filename: str) -> training_data:
    """Return the rows of a file."""
    data = training_data()
    data.read_train_from_file(filename)
    return data
