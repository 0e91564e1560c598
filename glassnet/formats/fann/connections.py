"""Checks what a file says of connections against its layers."""

from __future__ import annotations

import numpy as np

from glassnet.formats.fann.net import FannNet
from glassnet.formats.fann.scan import Source

__all__ = ["check_connections", "full_counts"]


def full_counts(net: FannNet) -> np.ndarray:
    """Return how many connections each neuron has if everything is connected."""
    counts = np.zeros(sum(net.layer_sizes), int)
    starts = net.starts()
    for layer in range(1, len(net.layer_sizes)):
        first, last = net.source_range(layer)
        end = starts[layer + 1] - (0 if net.is_shortcut else 1)
        counts[starts[layer] : end] = last - first
    return counts


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
    for layer in range(1, len(net.layer_sizes)):
        first, last = net.source_range(layer)
        begin = int(ends[starts[layer] - 1])
        end = int(ends[starts[layer + 1] - 1])
        _check_layer(source, net, (begin, end), (first, last), position, is_full)


def _check_layer(
    source: Source,
    net: FannNet,
    connections: tuple[int, int],
    allowed: tuple[int, int],
    position: int,
    is_full: bool,
) -> None:
    begin, end = connections
    first, last = allowed
    own = net.sources[begin:end]
    # A dense network of FANN ignores what stands here, but no number may point nowhere.
    low, high = (0, sum(net.layer_sizes)) if is_full else (first, last)
    wrong = np.flatnonzero((own < low) | (own >= high))
    if wrong.size:
        number = begin + int(wrong[0])
        field = f"connected_to_neuron of connection {number}"
        source.fail(position, field, f"a neuron from {low} to {high - 1}", str(net.sources[number]))
    if is_full:
        rows = own.reshape(-1, last - first)
        by_place = np.arange(first, last)
        if not (np.sort(rows, axis=1) == by_place).all():
            net.sources[begin:end] = np.tile(by_place, len(rows))
        return
    neurons = np.repeat(np.arange(len(net.num_inputs)), net.num_inputs)[begin:end]
    codes = neurons * (sum(net.layer_sizes) + 1) + own
    values, counts = np.unique(codes, return_counts=True)
    if (counts > 1).any():
        twice = int(values[counts > 1][0])
        target, origin = divmod(twice, sum(net.layer_sizes) + 1)
        field = f"connections of neuron {target}"
        source.fail(position, field, "each source once", f"{origin} twice")
