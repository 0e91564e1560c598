"""FANN networks as glassnet's layers, and the other way round."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet import activations
from glassnet.errors import ArgumentError
from glassnet.formats.fann.net import ACTIVATIONS, FannNet, defaults
from glassnet.layers import (
    Activation,
    Concatenate,
    Dense,
    Dropout,
    Flatten,
    Input,
    InputLayer,
    MaskedDense,
    Normalization,
    Rescaling,
    Tensor,
)
from glassnet.layers.topology import Topology

__all__ = ["from_topology", "to_tensors"]

# Number in FANN to the name here, and how many times steeper FANN's is.
_NAMES = {
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
_NUMBERS = {name: (number, factor) for number, (name, factor) in _NAMES.items()}
# FANN bounds the sum; only these show it.
_UNBOUNDED = frozenset({0, 14, 15, 16, 17, 18, 19})


def to_tensors(net: FannNet) -> tuple[Tensor, Tensor, list[np.ndarray]]:
    """Return input and output of a network of layers, and its weights in their order."""
    x = Input((net.num_input,))
    values, weights, position = [x], [], 0
    for layer in range(1, len(net.layer_sizes)):
        units = net.layers[layer]
        start = net.starts()[layer]
        own = slice(start, start + units)
        counts = net.num_inputs[own]
        end = position + int(counts.sum())
        kernel, bias, mask = _matrices(net, layer, counts, slice(position, end))
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
    net: FannNet, layer: int, counts: np.ndarray, own: slice
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return kernel, bias and mask of a layer."""
    first, last = net.source_range(layer)
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
    if number not in _NAMES:
        raise ArgumentError(
            f"the network uses FANN's {ACTIVATIONS[number]}, which FANN never computed; use "
            "glassnet.fann to run it as FANN does"
        )
    name, factor = _NAMES[number]
    if factor * steepness == 1.0 and limit is None:
        return activations.get(name)
    return activations.Steep(name, factor * steepness, limit)


def from_topology(topology: Topology, values: dict[str, np.ndarray]) -> FannNet:
    """Return the FANN network of a chain of dense layers.

    Parameters
    ----------
    topology : Topology
    values : dict of str to ndarray
        Weights by name. Normalization and Rescaling become part of the weights beside them.

    Raises
    ------
    ArgumentError
        If a layer or activation has no counterpart in FANN.
    """
    parts: list[_Part] = []
    # A factor and a summand that the next dense layer has to take in.
    waiting: tuple[Any, Any] = (1.0, 0.0)
    for layer in topology.layers:
        if isinstance(layer, Dense | MaskedDense):
            parts.append(_part_of(layer, values, waiting))
            waiting = (1.0, 0.0)
        elif isinstance(layer, Normalization | Rescaling):
            factor, summand = _affine(layer, values)
            if parts and parts[-1].activation is activations.linear:
                parts[-1].kernel = parts[-1].kernel * factor
                parts[-1].bias = parts[-1].bias * factor + summand
            else:
                waiting = (waiting[0] * factor, waiting[1] * factor + summand)
        elif isinstance(layer, Activation) and parts and parts[-1].activation is activations.linear:
            parts[-1].activation = layer.activation
        elif not isinstance(layer, InputLayer | Flatten | Dropout):
            raise ArgumentError(
                f"a {type(layer).__name__} layer cannot be written to a FANN file; FANN has dense "
                "layers with an activation, one after the other"
            )
    _check_chain(topology, parts, waiting)
    return _net_of(parts)


@dataclass
class _Part:
    """One layer on its way into a file."""

    kernel: np.ndarray
    bias: np.ndarray
    mask: np.ndarray
    activation: Any


def _part_of(
    layer: Dense | MaskedDense, values: dict[str, np.ndarray], waiting: tuple[Any, Any]
) -> _Part:
    kernel = values[layer.weights["kernel"].name].astype(float)
    bias = np.zeros(kernel.shape[1])
    if "bias" in layer.weights:
        bias = values[layer.weights["bias"].name].astype(float)
    mask = layer.mask if isinstance(layer, MaskedDense) else np.ones(kernel.shape, int)
    factor, summand = (np.broadcast_to(part, (len(kernel),)) for part in waiting)
    # (x · factor + summand) W + b
    bias = bias + summand @ (kernel * mask)
    return _Part(kernel * factor[:, None], bias, mask, layer.activation)


def _affine(layer: Normalization | Rescaling, values: dict[str, np.ndarray]) -> tuple[Any, Any]:
    if isinstance(layer, Rescaling):
        return layer.scale, layer.offset
    mean, deviation = (
        values[layer.weights[name].name].astype(float) for name in ("mean", "deviation")
    )
    return 1.0 / deviation, -mean / deviation


def _check_chain(topology: Topology, parts: list[_Part], waiting: tuple[Any, Any]) -> None:
    sizes = [part.kernel.shape for part in parts]
    fits = all(a[1] == b[0] for a, b in itertools.pairwise(sizes))
    if not parts or not fits or len(topology.input_shapes) != 1:
        raise ArgumentError(
            "FANN files hold dense layers in a chain, with one input and one output"
        )
    if np.any(waiting[0] != 1.0) or np.any(waiting[1] != 0.0):
        raise ArgumentError(
            "what scales the outputs after an activation cannot be written to a FANN file; let "
            "the last dense layer be linear"
        )


def _net_of(parts: list[_Part]) -> FannNet:
    sizes = [len(parts[0].kernel) + 1, *(len(part.bias) + 1 for part in parts)]
    counts, numbers, steeps = [[0] * sizes[0]], [[0] * sizes[0]], [[0.0] * sizes[0]]
    sources, weights, start = [], [], 0
    for part, size in zip(parts, sizes[:-1], strict=True):
        # The bias stands last, and is always connected.
        full = np.vstack([part.kernel, part.bias]).T
        linked = np.vstack([part.mask, np.ones_like(part.mask[:1])]).T.astype(bool)
        counts.append([*linked.sum(axis=1).tolist(), 0])
        sources.append(np.nonzero(linked)[1] + start)
        weights.append(full[linked])
        pairs = _fann_activations(part.activation, len(part.bias))
        numbers.append([*(n for n, _ in pairs), 0])
        steeps.append([*(s for _, s in pairs), 0.0])
        start += size
    parameters = defaults()
    parameters["connection_rate"] = min(1.0, sum(map(len, weights)) / _possible(sizes))
    return FannNet(
        sizes,
        np.concatenate(counts).astype(int),
        np.concatenate(numbers).astype(int),
        np.concatenate(steeps),
        np.concatenate(sources),
        np.concatenate(weights),
        parameters,
    )


def _possible(sizes: list[int]) -> int:
    return sum(a * (b - 1) for a, b in itertools.pairwise(sizes))


def _fann_activations(activation: Callable[..., Any], units: int) -> list[tuple[int, float]]:
    if isinstance(activation, activations.PerUnit):
        return [_fann_activations(one, 1)[0] for one in activation.activations]
    steepness: Any = 1.0
    if isinstance(activation, activations.Steep):
        steepness, activation = activation.steepness, activation.activation
    if isinstance(activation, activations.LeakyRelu) and activation.negative_slope == 0.01:
        number, factor = 19, 1.0
    else:
        name = activations.name_of(activation)
        if name not in _NUMBERS:
            raise ArgumentError(
                f"the activation {name!r} is not one of FANN's, which are "
                + ", ".join(sorted(_NUMBERS))
            )
        number, factor = _NUMBERS[name]
    return [(number, float(s) / factor) for s in np.broadcast_to(np.asarray(steepness), (units,))]
