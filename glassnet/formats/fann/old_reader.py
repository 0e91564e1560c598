"""Reads the FANN 1.1 layout: a few bare numbers in a fixed order."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from glassnet.formats.fann.connections import check_connections
from glassnet.formats.fann.net import FannNet, defaults
from glassnet.formats.fann.scan import Source

__all__ = ["read_old"]

_TOKEN = re.compile(r"[()]|[^\s()]+")


class _Numbers:
    """The numbers of a file, one after the other."""

    def __init__(self, source: Source, start: int) -> None:
        self.source = source
        self.tokens = [(one[0], one.start()) for one in _TOKEN.finditer(source.text, start)]
        self.at = 0

    @property
    def left(self) -> int:
        return len(self.tokens) - self.at

    @property
    def position(self) -> int:
        return self.tokens[self.at][1] if self.left else len(self.source.text)

    def _next(self) -> tuple[str, int]:
        token = self.tokens[self.at] if self.left else ("", self.position)
        self.at += 1
        return token

    def whole(self, field: str, top: int | None = None) -> int:
        token, position = self._next()
        return self.source.whole(token, position, field, top)

    def real(self, field: str) -> float:
        token, position = self._next()
        return self.source.real(token, position, field)

    def single(self, field: str) -> float:
        token, position = self._next()
        return self.source.single(token, position, field)

    def sign(self, field: str, sign: str) -> None:
        token, position = self._next()
        if token != sign:
            self.source.fail(position, field, repr(sign), token)

    def wholes(self, field: str, count: int, what: str) -> list[int]:
        if count > self.left:
            self.source.fail(self.position, field, f"{count} {what}", f"{self.left} more words")
        return [self.whole(field) for _ in range(count)]


def read_old(source: Source, start: int, is_fixed: bool) -> FannNet:
    """Return the network of a 1.1 file; the numbers of a fixed-point one become real."""
    numbers = _Numbers(source, start)
    scale = 2 ** numbers.whole("decimal_point", 30) if is_fixed else 1
    head = _head(numbers, scale)
    position = numbers.position
    sizes = numbers.wholes("layer_sizes", head["layers"], "layer sizes")
    if len(sizes) < 2 or min(sizes) < 1:
        source.fail(position, "layer_sizes", "2 or more layers of 1 or more", str(sizes))
    counts = numbers.wholes("num_connections", sum(sizes), "numbers, one a neuron")
    parameters = defaults() | head["parameters"]
    activation, steepness = _neurons(sizes, head)
    none = (np.zeros(0, int), np.zeros(0))
    net = FannNet(sizes, np.array(counts, int), activation, steepness, *none, parameters)
    net.layout = "FANN_FIX_1.1" if is_fixed else "FANN_FLO_1.1"
    if net.num_input < 1 or net.num_output < 1:
        source.fail(position, "layer_sizes", "an input and an output", str(sizes))
    position = numbers.position
    net.sources, net.weights = _connections(numbers, sum(counts), scale)
    check_connections(source, net, position)
    return net


def _head(numbers: _Numbers, scale: int) -> dict[str, Any]:
    layers = numbers.whole("num_layers")
    parameters = {
        "learning_rate": numbers.single("learning_rate"),
        "connection_rate": numbers.single("connection_rate"),
        "network_type": numbers.whole("network_type", 1),
    }
    return {
        "layers": layers,
        "parameters": parameters,
        "hidden": numbers.whole("activation of the hidden layers", 19),
        "output": numbers.whole("activation of the output layer", 19),
        "hidden_steepness": numbers.real("steepness of the hidden layers") / scale,
        "output_steepness": numbers.real("steepness of the output layer") / scale,
    }


def _neurons(sizes: list[int], head: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    hidden = sum(sizes[1:-1])
    spread = [sizes[0], hidden, sizes[-1]]
    activation = np.repeat([0, head["hidden"], head["output"]], spread)
    steepness = np.repeat([0.0, head["hidden_steepness"], head["output_steepness"]], spread)
    return activation, steepness


def _connections(numbers: _Numbers, total: int, scale: int) -> tuple[np.ndarray, np.ndarray]:
    source = numbers.source
    # Each is four words: a bracket, a neuron, a weight, a bracket.
    if 4 * total > numbers.left:
        found = f"{numbers.left // 4} of them"
        source.fail(numbers.position, "connections", f"{total} connections", found)
    sources, weights = np.zeros(total, int), np.zeros(total)
    for number in range(total):
        field = f"connection {number}"
        numbers.sign(field, "(")
        sources[number] = numbers.whole(f"connected_to_neuron of {field}")
        weights[number] = numbers.real(f"weight of {field}") / scale
        numbers.sign(field, ")")
    return sources, weights
