"""Checks what a file says of connections against its layers."""

from __future__ import annotations

import numpy as np

from glassnet.errors import ArgumentError
from glassnet.formats.fann.net import FannNet
from glassnet.formats.fann.scan import Source

__all__ = ["check_connections", "check_room", "full_counts"]

# Most cells of a network's matrices: 10 million, and 50 for every connection.
_FREE_CELLS = 10_000_000
_CELLS_PER_CONNECTION = 50


def full_counts(net: FannNet) -> np.ndarray:
    """Return how many connections each neuron has if everything is connected."""
    counts = np.zeros(sum(net.layer_sizes), int)
    starts = net.starts()
    for layer, (first, last) in enumerate(net.source_ranges()):
        if layer == 0:
            continue
        end = starts[layer + 1] - (0 if net.is_shortcut else 1)
        counts[starts[layer] : end] = last - first
    return counts


def check_room(net: FannNet) -> None:
    """Check that matrices over all possible connections can be held.

    Raises
    ------
    ArgumentError
        If the connections a file lists are only a small part of them.
    """
    cells = 0
    for units, (first, last) in zip(net.layer_sizes[1:], net.source_ranges()[1:], strict=True):
        cells += units * (last - first)
    most = _CELLS_PER_CONNECTION * len(net.weights) + _FREE_CELLS
    if cells > most:
        raise ArgumentError(
            f"the network has {len(net.weights):,} connections of {cells:,} possible ones, and "
            f"room is needed for all; at most {most:,} are allowed here (10 million, and 50 for "
            "every connection). Use a network that is less sparse"
        )


def check_connections(source: Source, net: FannNet, position: int) -> None:
    """Check number and sources of every neuron's connections.

    A network that is fully connected takes its sources by place, as FANN does, unless the file
    names each source once in another order.
    """
    full = full_counts(net)
    # FANN makes no sparse shortcut networks, but runs those that say so; and only a bias neuron
    # has no connections.
    is_dense = net.is_shortcut and net.parameters["connection_rate"] >= 1
    least = full if is_dense else np.minimum(full, 1)
    wrong = np.flatnonzero((net.num_inputs > full) | (net.num_inputs < least))
    if wrong.size:
        number = int(wrong[0])
        field = f"num_inputs of neuron {number}"
        expected = f"{least[number]} to {full[number]} connections"
        source.fail(position, field, expected, str(net.num_inputs[number]))
    is_full = bool((net.num_inputs == full).all())
    ends = np.cumsum(net.num_inputs)
    starts = net.starts()
    for layer, allowed in enumerate(net.source_ranges()):
        if layer == 0:
            continue
        own = slice(starts[layer], starts[layer + 1])
        begin, end = int(ends[own.start - 1]), int(ends[own.stop - 1])
        if is_full:
            _check_full(source, net, (begin, end), allowed, position)
        else:
            _check_sparse(source, net, own, (begin, end), allowed, position)


def _check_full(
    source: Source,
    net: FannNet,
    connections: tuple[int, int],
    allowed: tuple[int, int],
    position: int,
) -> None:
    """Check a layer in which everything is connected, and put its sources in their place."""
    begin, end = connections
    first, last = allowed
    # A dense network of FANN ignores what stands here, but no number may point nowhere.
    _check_between(source, net, connections, (0, sum(net.layer_sizes)), position)
    rows = net.sources[begin:end].reshape(-1, last - first)
    by_place = np.arange(first, last)
    if not (np.sort(rows, axis=1) == by_place).all():
        net.sources[begin:end] = np.tile(by_place, len(rows))


def _check_sparse(
    source: Source,
    net: FannNet,
    own: slice,
    connections: tuple[int, int],
    allowed: tuple[int, int],
    position: int,
) -> None:
    """Check a layer's neurons, ``own``: each source comes from where it may, and once."""
    begin, end = connections
    _check_between(source, net, connections, allowed, position)
    first, last = allowed
    neurons = np.repeat(np.arange(own.start, own.stop), net.num_inputs[own])
    codes = neurons * (last - first + 1) + (net.sources[begin:end] - first)
    values, counts = np.unique(codes, return_counts=True)
    if (counts > 1).any():
        target, origin = divmod(int(values[counts > 1][0]), last - first + 1)
        field = f"connections of neuron {target}"
        source.fail(position, field, "each source once", f"{origin + first} twice")


def _check_between(
    source: Source,
    net: FannNet,
    connections: tuple[int, int],
    allowed: tuple[int, int],
    position: int,
) -> None:
    begin, end = connections
    low, high = allowed
    own = net.sources[begin:end]
    wrong = np.flatnonzero((own < low) | (own >= high))
    if wrong.size:
        number = begin + int(wrong[0])
        field = f"connected_to_neuron of connection {number}"
        source.fail(position, field, f"a neuron from {low} to {high - 1}", str(net.sources[number]))
