"""FANN networks as glassnet's layers; the other way round is ``export.py``."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet import activations
from glassnet.errors import ArgumentError
from glassnet.formats.fann.connections import check_room
from glassnet.formats.fann.net import ACTIVATIONS, FannNet
from glassnet.layers import Concatenate, Dense, Input, MaskedDense, Tensor

__all__ = ["NAMES", "to_tensors"]

# Number in FANN to the name here, and how many times steeper FANN's is.
NAMES = {
    0: ("linear", 1.0),
    1: ("step", 1.0),
    2: ("step_symmetric", 1.0),
    3: ("sigmoid", 2.0),
    4: ("sigmoid_stepwise", 1.0),
    5: ("tanh", 1.0),
    6: ("tanh_stepwise", 1.0),
    7: ("gaussian", 1.0),
    8: ("gaussian_symmetric", 1.0),
    10: ("elliot", 1.0),
    11: ("softsign", 1.0),
    12: ("linear_piece", 1.0),
    13: ("linear_piece_symmetric", 1.0),
    14: ("sin", 1.0),
    15: ("cos", 1.0),
    16: ("half_sin", 1.0),
    17: ("half_cos", 1.0),
    18: ("relu", 1.0),
}
# FANN bounds the sum; only these show it.
_UNBOUNDED = frozenset({0, 14, 15, 16, 17, 18, 19})


def to_tensors(net: FannNet) -> tuple[Tensor, Tensor, list[np.ndarray]]:
    """Return input and output of a network of layers, and its weights in their order."""
    check_room(net)
    x = Input((net.num_input,))
    values, weights, position = [x], [], 0
    places = zip(net.layers, net.starts(), net.source_ranges(), strict=False)
    for layer, (units, start, sources) in enumerate(places):
        if layer == 0:
            continue
        own = slice(start, start + units)
        counts = net.num_inputs[own]
        end = position + int(counts.sum())
        kernel, bias, mask = _matrices(net, sources, counts, slice(position, end))
        position = end
        activation = _activation(net.activation[own], net.steepness[own])
        source = values[-1]
        if net.is_shortcut and len(values) > 1:
            source = Concatenate()(values)
        made = Dense(units, activation) if mask.all() else MaskedDense(mask, activation)
        values.append(made(source))
        weights += [kernel, bias]
    return x, values[-1], weights


def _matrices(
    net: FannNet, sources: tuple[int, int], counts: np.ndarray, own: slice
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return kernel, bias and mask of a layer."""
    first, last = sources
    full = np.zeros((last - first, len(counts)))
    mask = np.zeros(full.shape, int)
    columns = np.repeat(np.arange(len(counts)), counts)
    full[net.sources[own] - first, columns] = net.weights[own]
    mask[net.sources[own] - first, columns] = 1
    bias = net.num_input if net.is_shortcut else last - first - 1
    return np.delete(full, bias, axis=0), full[bias], np.delete(mask, bias, axis=0)


def _activation(numbers: np.ndarray, steepness: np.ndarray) -> Any:
    made = [_one(int(n), float(s)) for n, s in zip(numbers, steepness, strict=True)]
    same = all(
        n == numbers[0] and s == steepness[0] for n, s in zip(numbers, steepness, strict=True)
    )
    return made[0] if same else activations.PerUnit(made)


def _one(number: int, steepness: float) -> Any:
    limit = None
    if number in _UNBOUNDED and steepness:
        limit = 150.0 / abs(steepness)
    if number == 19:
        return activations.Steep(activations.LeakyRelu(0.01), steepness, limit)
    if number not in NAMES:
        raise ArgumentError(
            f"the network uses FANN's {ACTIVATIONS[number]}, which FANN never computed; use "
            "glassnet.fann to run it as FANN does"
        )
    name, factor = NAMES[number]
    if factor * steepness == 1.0 and limit is None:
        return activations.get(name)
    return activations.Steep(name, factor * steepness, limit)
