"""A FANN network in memory: one matrix of weights a layer, over the neurons that may feed it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.errors import ArgumentError
from glassnet.formats.fann import FannNet
from glassnet.formats.fann.connections import check_room
from glassnet.formats.fann.net import LAYER, SHORTCUT, defaults

__all__ = ["Structure", "layered", "shortcut", "sparse"]

# FANN's limit for a layer, which its newer versions check.
_LARGEST_LAYER = 1_000_000


class Structure:
    """Layers, connections, weights and activations.

    Attributes
    ----------
    sizes : list of int
        Neurons a layer as in files: with bias neurons.
    weights : list of ndarray
        For every layer but the first ``(n_out, n_source)``: rows are its neurons, columns the
        neurons from ``first_source`` on, their bias included.
    orders : list of list of ndarray, or None
        In a sparse network the columns each neuron is connected to, in FANN's order.
    activation, steepness : ndarray
        One number a neuron, bias neurons too.
    """

    def __init__(self, sizes: Sequence[int], network_type: int = LAYER) -> None:
        self.sizes = list(sizes)
        self.network_type = network_type
        self.orders: list[list[np.ndarray]] | None = None
        # Whole numbers in memory of their own, so that machine code can look at them. The first
        # goes up with every change of anything, the second with all but that of weights.
        self.version_cell, self.terms_cell = np.zeros((2, 1), np.int64)
        self.form = 0
        starts = self.starts
        firsts = [0] * len(starts) if self.is_shortcut else [0, *starts]
        self.weights = [
            np.zeros((self.outputs(layer), starts[layer] - firsts[layer]))
            for layer in range(1, len(self.sizes))
        ]
        inner = np.zeros(starts[-1], bool)
        for layer in range(1, len(self.sizes)):
            inner[starts[layer] : starts[layer] + self.outputs(layer)] = True
        self.activation = np.where(inner, 4, 0)
        self.steepness = np.where(inner, 0.5, 0.0)

    @property
    def version(self) -> int:
        """Number that goes up with every change."""
        version: int = self.version_cell.item()
        return version

    def touch(self, form: bool = False, terms: bool = False) -> None:
        """Say that weights have changed.

        Parameters
        ----------
        form : bool, default False
            So has the form of the network: neurons, activations.
        terms : bool, default False
            So have the parameters that it is trained with.
        """
        self.version_cell[0] += 1
        self.terms_cell[0] += form or terms
        self.form += form

    # Numbers of neurons ---------------------------------------------------------------

    @property
    def is_shortcut(self) -> bool:
        return self.network_type == SHORTCUT

    @property
    def starts(self) -> list[int]:
        return [0, *np.cumsum(self.sizes).tolist()]

    @property
    def layers(self) -> list[int]:
        """Neurons a layer, without bias."""
        return [self.outputs(layer) for layer in range(len(self.sizes))]

    @property
    def biases(self) -> list[int]:
        """Bias neurons a layer; that of the output layer of a layered network is none."""
        if self.is_shortcut:
            return [1] + [0] * (len(self.sizes) - 1)
        return [1] * (len(self.sizes) - 1) + [0]

    def outputs(self, layer: int) -> int:
        """Return the neurons of a layer without its bias."""
        has_bias = layer == 0 or not self.is_shortcut
        return self.sizes[layer] - (1 if has_bias else 0)

    def first_source(self, layer: int) -> int:
        """Return the number of the neuron of the first column."""
        return 0 if self.is_shortcut else self.starts[layer - 1]

    def bias_column(self, layer: int) -> int:
        """Return the column of the bias."""
        return self.sizes[0] - 1 if self.is_shortcut else self.sizes[layer - 1] - 1

    def slice_of(self, layer: int) -> slice:
        """Return the neurons of a layer, without bias."""
        start = self.starts[layer]
        return slice(start, start + self.outputs(layer))

    # Connections ----------------------------------------------------------------------

    def mask(self, layer: int) -> np.ndarray | None:
        """Return 1 where a weight is a connection, or None if all are."""
        if self.orders is None:
            return None
        mask = np.zeros_like(self.weights[layer - 1])
        for row, columns in enumerate(self.orders[layer - 1]):
            mask[row, columns] = 1.0
        return mask

    @property
    def connection_count(self) -> int:
        if self.orders is None:
            return sum(w.size for w in self.weights)
        return sum(len(columns) for rows in self.orders for columns in rows)

    def columns(self, layer: int) -> list[np.ndarray]:
        """Return each neuron's columns in FANN's order."""
        if self.orders is not None:
            return self.orders[layer - 1]
        n_out, n_in = self.weights[layer - 1].shape
        return [np.arange(n_in)] * n_out

    def flat(self, arrays: Sequence[np.ndarray]) -> np.ndarray:
        """Return arrays shaped as the weights as one, in the order of connections."""
        if self.orders is None:
            return np.concatenate([array.ravel() for array in arrays])
        parts = [
            array[row, columns]
            for array, rows in zip(arrays, self.orders, strict=True)
            for row, columns in enumerate(rows)
        ]
        return np.concatenate(parts)

    def put(self, flat: np.ndarray, arrays: Sequence[np.ndarray] | None = None) -> None:
        """Write numbers in the order of connections into arrays shaped as the weights."""
        self.touch()
        position = 0
        for layer, array in enumerate(self.weights if arrays is None else arrays, start=1):
            for row, columns in enumerate(self.columns(layer)):
                array[row, columns] = flat[position : position + len(columns)]
                position += len(columns)

    def bias_weights(self) -> list[np.ndarray]:
        """Return for every layer where its weights lead from a bias neuron."""
        found = [np.zeros(w.shape, bool) for w in self.weights]
        for layer, array in enumerate(found, start=1):
            array[:, self.bias_column(layer)] = True
        return found

    def ends(self) -> tuple[np.ndarray, np.ndarray]:
        """Return source and target of every connection."""
        sources, targets = [], []
        for layer in range(1, len(self.sizes)):
            for row, columns in enumerate(self.columns(layer)):
                sources.append(columns + self.first_source(layer))
                targets.append(np.full(len(columns), self.starts[layer] + row))
        return np.concatenate(sources), np.concatenate(targets)

    def signature(self) -> tuple[Any, ...]:
        """Return all that a graph of this network depends on but the weights."""
        orders = None
        if self.orders is not None:
            orders = tuple(columns.tobytes() for rows in self.orders for columns in rows)
        shape = (tuple(self.sizes), self.network_type, orders)
        return (*shape, self.activation.tobytes(), self.steepness.tobytes())

    # To and from files ----------------------------------------------------------------

    def to_file(self, parameters: dict[str, Any], scaling: Any = None) -> FannNet:
        """Return the record of a file."""
        counts = np.zeros(self.starts[-1], int)
        sources, targets = self.ends()
        np.add.at(counts, targets, 1)
        parameters = {**defaults(), **parameters, "network_type": self.network_type}
        weights = self.flat(self.weights)
        return FannNet(self.sizes, counts, self.activation.copy(), self.steepness.copy(),
                       sources, weights, parameters, scaling)  # fmt: skip

    @classmethod
    def from_file(cls, net: FannNet) -> Structure:
        """Return the network of a file's record."""
        check_room(net)
        found = cls(net.layer_sizes, net.parameters["network_type"])
        found.activation = net.activation.copy()
        found.steepness = net.steepness.astype(float)
        orders, position = [], 0
        starts = found.starts
        for layer, (first, _) in enumerate(net.source_ranges()):
            if layer == 0:
                continue
            rows = []
            for neuron in range(starts[layer], starts[layer] + found.outputs(layer)):
                count = int(net.num_inputs[neuron])
                own = net.sources[position : position + count] - first
                rows.append(own.astype(int))
                position += count
            orders.append(rows)
        plain = all(
            len(columns) == found.weights[layer].shape[1]
            and (columns == np.arange(len(columns))).all()
            for layer, rows in enumerate(orders)
            for columns in rows
        )
        found.orders = None if plain else orders
        found.put(net.weights)
        return found


def _checked(layers: Sequence[int]) -> list[int]:
    sizes = list(layers)
    whole = all(isinstance(n, int | np.integer) and 1 <= n <= _LARGEST_LAYER for n in sizes)
    if len(sizes) < 2 or not whole:
        raise ArgumentError(
            f"layers={tuple(sizes)}: give at least an input and an output layer, each a whole "
            f"number from 1 to {_LARGEST_LAYER}, for example (2, 3, 1)"
        )
    return [int(n) for n in sizes]


def layered(layers: Sequence[int]) -> Structure:
    """Return a network in which every layer feeds the next."""
    return Structure([n + 1 for n in _checked(layers)], LAYER)


def shortcut(layers: Sequence[int]) -> Structure:
    """Return a network in which every layer feeds all later ones."""
    sizes = _checked(layers)
    return Structure([sizes[0] + 1, *sizes[1:]], SHORTCUT)


def sparse(rate: float, layers: Sequence[int], draw: Any) -> Structure:
    """Return a layered network with a part of the connections, drawn at random.

    Parameters
    ----------
    rate : float
        Share of all connections, 1 for all.
    draw : callable
        ``draw(n)`` gives the numbers below n in random order.
    """
    if not rate > 0:
        raise ArgumentError(f"connection_rate={rate} must be greater than 0, at most 1")
    found = layered(layers)
    if np.float32(rate) >= 1:
        return found
    sizes = found.layers
    found.orders = [
        _sparse_layer(rate, n_in, n_out, draw) for n_in, n_out in itertools.pairwise(sizes)
    ]
    return found


def _sparse_layer(rate: float, n_in: int, n_out: int, draw: Any) -> list[np.ndarray]:
    total = max(max(n_in, n_out), int(0.5 + rate * n_in * n_out)) + n_out
    counts, running = [], 0
    for i in range(n_out):
        count = total // n_out
        if running + count < total * (i + 1) // n_out:
            count += 1
        running += count
        # The bias is one of them; no source can be taken twice.
        counts.append(min(count - 1, n_in))
    # Every input is used once before any is used again.
    rows: list[list[int]] = [[] for _ in counts]
    places = [row for row, count in enumerate(counts) for _ in range(count)]
    places = [places[k] for k in draw(len(places))]
    for source, row in zip(draw(n_in), places, strict=False):
        rows[row].append(int(source))
    for row, count in enumerate(counts):
        left = [int(k) for k in draw(n_in) if k not in rows[row]]
        rows[row] += left[: count - len(rows[row])]
    return [np.array([n_in, *row]) for row in rows]
