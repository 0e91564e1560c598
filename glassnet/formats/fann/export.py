"""Networks of dense layers as FANN networks: chains, and shortcuts of every kind."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from glassnet import activations
from glassnet.errors import ArgumentError
from glassnet.formats.fann.net import LAYER, SHORTCUT, FannNet, defaults
from glassnet.formats.fann.networks import NAMES
from glassnet.layers import (
    Activation,
    Concatenate,
    Dense,
    Dropout,
    Flatten,
    InputLayer,
    Layer,
    MaskedDense,
    Normalization,
    Rescaling,
)
from glassnet.layers.topology import Topology

__all__ = ["from_topology"]

_NUMBERS = {name: (number, factor) for number, (name, factor) in NAMES.items()}
# Files hold the connection rate with six decimals; 1 would say that there are all connections.
_LARGEST_RATE = 0.999999


@dataclass
class _Value:
    """A value of the network: units of FANN layers, each times a factor, plus a summand.

    Attributes
    ----------
    units : ndarray
        For every number its layer (0 is the input) and its place there, shape (k, 2).
    """

    units: np.ndarray
    factor: np.ndarray
    summand: np.ndarray
    # Something else reads its units as they are.
    is_shared: bool = False


@dataclass
class _Part:
    """A FANN layer in the making: what it takes, and how."""

    units: np.ndarray
    kernel: np.ndarray
    bias: np.ndarray
    mask: np.ndarray
    activation: Any


def from_topology(topology: Topology, values: dict[str, np.ndarray]) -> FannNet:
    """Return the FANN network of dense layers, one after the other or with shortcuts.

    Where layers take anything but the whole layer before, the network is one of FANN's shortcut
    networks, with the connections there are.

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
    export = _Export(topology, values)
    parts = export.parts()
    return _layered(parts) if _is_chain(parts) else _shortcut(parts, export.inputs)


class _Export:
    """Walks through the calls of a network and collects FANN's layers."""

    def __init__(self, topology: Topology, weights: dict[str, np.ndarray]) -> None:
        if len(topology.input_shapes) != 1 or len(topology.outputs) != 1:
            raise ArgumentError("FANN files hold networks with one input and one output")
        self.topology = topology
        self.weights = weights
        self.inputs = math.prod(topology.input_shapes[0])
        used = [number for call in topology.calls for number in call.inputs]
        self.readers = Counter([*used, *topology.outputs])
        self.found: list[_Part] = []

    def parts(self) -> list[_Part]:
        values = [_whole(0, self.inputs)]
        for call in self.topology.calls:
            taken = [values[k] for k in call.inputs]
            shared = any(self.readers[k] > 1 or values[k].is_shared for k in call.inputs)
            value = self._call(call.layer, taken, call.shape, shared)
            if not isinstance(call.layer, Dense | MaskedDense):
                value = replace(value, is_shared=value.is_shared or shared)
            values.append(value)
        self._finish(values[self.topology.outputs[0]])
        return self.found

    def _call(
        self, layer: Layer, taken: list[_Value], shape: tuple[int, ...], shared: bool
    ) -> _Value:
        value = taken[0]
        if isinstance(layer, Dense | MaskedDense):
            self.found.append(_part_of(layer, self.weights, value))
            return _whole(len(self.found), len(self.found[-1].bias))
        if isinstance(layer, Concatenate) and len(shape) == 1:
            fields = zip(*((one.units, one.factor, one.summand) for one in taken), strict=True)
            units, factor, summand = map(np.concatenate, fields)
            return _Value(units, factor, summand)
        if isinstance(layer, Normalization | Rescaling):
            factor, summand = _affine(layer, self.weights, shape)
            value = _Value(value.units, value.factor * factor, value.summand * factor + summand)
            return value if shared else self._folded(value)
        if isinstance(layer, Activation) and not shared and self._takes_activation(value):
            self.found[-1].activation = layer.activation
            return value
        if isinstance(layer, InputLayer | Flatten | Dropout):
            return value
        raise ArgumentError(
            f"a {type(layer).__name__} layer cannot be written to a FANN file here; FANN has dense "
            "layers with an activation, and layers that take several earlier ones"
        )

    def _is_newest(self, value: _Value) -> bool:
        """Return whether a value is the newest layer, whole."""
        last = len(self.found)
        return bool(last) and np.array_equal(
            value.units, _whole(last, len(self.found[-1].bias)).units
        )

    def _folded(self, value: _Value) -> _Value:
        """Let the newest layer, if it is linear, give the value itself."""
        if not self._is_newest(value) or self.found[-1].activation is not activations.linear:
            return value
        part = self.found[-1]
        part.kernel = part.kernel * value.factor
        part.bias = part.bias * value.factor + value.summand
        return _whole(len(self.found), len(part.bias))

    def _takes_activation(self, value: _Value) -> bool:
        return (
            self._is_newest(value)
            and self.found[-1].activation is activations.linear
            and _is_plain(value)
        )

    def _finish(self, value: _Value) -> None:
        if not self._is_newest(value):
            raise ArgumentError("the output of a FANN network is its last dense layer")
        if not _is_plain(value):
            raise ArgumentError(
                "what scales the outputs after an activation cannot be written to a FANN file; "
                "let the last dense layer be linear"
            )


def _whole(layer: int, size: int) -> _Value:
    units = np.stack([np.full(size, layer), np.arange(size)], axis=1)
    return _Value(units, np.ones(size), np.zeros(size))


def _is_plain(value: _Value) -> bool:
    return bool((value.factor == 1.0).all() and (value.summand == 0.0).all())


def _part_of(layer: Dense | MaskedDense, values: dict[str, np.ndarray], taken: _Value) -> _Part:
    kernel = values[layer.weights["kernel"].name].astype(float)
    if len(kernel) != len(taken.units):
        raise ArgumentError(
            f"{layer.name} works along the last axis of its input; FANN's layers take every number "
            "of it, so put a Flatten layer before"
        )
    bias = np.zeros(kernel.shape[1])
    if "bias" in layer.weights:
        bias = values[layer.weights["bias"].name].astype(float)
    mask = layer.mask if isinstance(layer, MaskedDense) else np.ones(kernel.shape, int)
    # (x · factor + summand) W + b
    bias = bias + taken.summand @ (kernel * mask)
    return _Part(taken.units, kernel * taken.factor[:, None], bias, mask, layer.activation)


def _affine(
    layer: Normalization | Rescaling, values: dict[str, np.ndarray], shape: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray]:
    if isinstance(layer, Rescaling):
        pair: Any = (layer.scale, layer.offset)
    else:
        mean, deviation = (
            values[layer.weights[name].name].astype(float) for name in ("mean", "deviation")
        )
        pair = (1.0 / deviation, -mean / deviation)
    factor, summand = (np.broadcast_to(part, shape).ravel() for part in pair)
    return factor, summand


def _is_chain(parts: list[_Part]) -> bool:
    sizes = [len(parts[0].kernel), *(len(part.bias) for part in parts)]
    whole = [_whole(layer, size).units for layer, size in enumerate(sizes)]
    return all(np.array_equal(part.units, units) for part, units in zip(parts, whole, strict=False))


def _layered(parts: list[_Part]) -> FannNet:
    """Return a network whose layers take the layer before; each has a bias neuron of its own."""
    sizes = [len(parts[0].kernel) + 1, *(len(part.bias) + 1 for part in parts)]
    rows = _Rows(sizes[0])
    for part, start in zip(parts, np.cumsum([0, *sizes[:-2]]).tolist(), strict=True):
        # The bias stands last, and is always connected.
        full = np.vstack([part.kernel, part.bias]).T
        linked = np.vstack([part.mask, np.ones_like(part.mask[:1])]).T.astype(bool)
        rows.add(part, np.arange(full.shape[1]) + start, full, linked, spare=1)
    return rows.network(sizes, LAYER)


def _shortcut(parts: list[_Part], n_in: int) -> FannNet:
    """Return a network whose layers may take all before; the input layer has the one bias."""
    sizes = [n_in + 1, *(len(part.bias) for part in parts)]
    starts = np.cumsum([0, *sizes])
    rows = _Rows(sizes[0])
    for layer, part in enumerate(parts, start=1):
        full = np.zeros((len(part.bias), int(starts[layer])))
        linked = np.zeros(full.shape, bool)
        places = starts[part.units[:, 0]] + part.units[:, 1]
        # A unit that is taken twice counts with the sum of its weights.
        np.add.at(full.T, places, part.kernel * part.mask)
        np.logical_or.at(linked.T, places, part.mask.astype(bool))
        full[:, n_in], linked[:, n_in] = part.bias, True
        rows.add(part, np.arange(full.shape[1]), full, linked, spare=0)
    return rows.network(sizes, SHORTCUT)


class _Rows:
    """What a file says of neurons and connections, in the order of the neurons."""

    def __init__(self, inputs: int) -> None:
        self.counts, self.numbers, self.steeps = [0] * inputs, [0] * inputs, [0.0] * inputs
        self.sources: list[np.ndarray] = []
        self.weights: list[np.ndarray] = []
        self.possible = 0

    def add(
        self, part: _Part, sources: np.ndarray, full: np.ndarray, linked: np.ndarray, spare: int
    ) -> None:
        """Add a layer: weights ``full`` from ``sources``, where ``linked``."""
        pairs = _fann_activations(part.activation, len(part.bias))
        self.counts += [*linked.sum(axis=1).tolist(), *[0] * spare]
        self.numbers += [*(number for number, _ in pairs), *[0] * spare]
        self.steeps += [*(steep for _, steep in pairs), *[0.0] * spare]
        self.sources.append(sources[np.nonzero(linked)[1]])
        self.weights.append(full[linked])
        self.possible += full.size

    def network(self, sizes: list[int], network_type: int) -> FannNet:
        weights = np.concatenate(self.weights)
        rate = len(weights) / self.possible
        parameters = defaults()
        parameters["network_type"] = network_type
        parameters["connection_rate"] = 1.0 if rate == 1 else min(rate, _LARGEST_RATE)
        return FannNet(
            sizes, np.array(self.counts, int), np.array(self.numbers, int), np.array(self.steeps),
            np.concatenate(self.sources), weights, parameters,
        )  # fmt: skip


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
