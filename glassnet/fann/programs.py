"""FANN's passes as programs of the graph: values, errors, and one step of each algorithm."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from glassnet import ops
from glassnet.fann.functions import activate, slope
from glassnet.fann.structure import Structure
from glassnet.formats.fann import SYMMETRIC
from glassnet.graph import Node, Program, constant, input_node, simplify
from glassnet.metrics import missed
from glassnet.optimizers import FannRPROP, Optimizer, Quickprop
from glassnet.optimizers.sarprop import SARPROP

__all__ = [
    "INCREMENTAL",
    "Kind",
    "Update",
    "counting_program",
    "forward_program",
    "step_program",
    "testing_program",
]

INCREMENTAL, BATCH, RPROP_NUMBER, QUICKPROP, SARPROP_NUMBER = range(5)
_DTYPE = "float64"
# What programs are kept for networks of the same structure.
_KEPT: dict[Any, Program] = {}
_MOST_KEPT = 200


@dataclass(frozen=True)
class Kind:
    """How a network learns, as far as the graph depends on it."""

    algorithm: int
    error_function: int
    is_faithful: bool
    has_momentum: bool = False


@dataclass
class _Pass:
    """The nodes of one forward pass."""

    x: Node
    weights: list[Node]
    sources: list[Node] = field(default_factory=list)
    z: list[Node] = field(default_factory=list)
    values: list[Node] = field(default_factory=list)


def _forward(net: Structure) -> _Pass:
    x = input_node("x", ("n", net.layers[0]), _DTYPE)
    weights = [
        input_node(f"W{layer}", array.shape, _DTYPE)
        for layer, array in enumerate(net.weights, start=1)
    ]
    run = _Pass(x, weights)
    ones = ops.broadcast_to(constant(1.0), (x.shape[0], 1))
    run.values.append(x)
    for layer in range(1, len(net.sizes)):
        source = _source(net, run, ones, layer)
        sums = ops.matmul(source, _masked(net, run, layer), transpose_b=True)
        own = net.slice_of(layer)
        z, y = activate(sums, net.activation[own], net.steepness[own])
        run.sources.append(source)
        run.z.append(z)
        run.values.append(y)
    return run


def _source(net: Structure, run: _Pass, ones: Node, layer: int) -> Node:
    """Return the values that feed a layer: in a shortcut network those of all layers before."""
    before = run.values[layer - 1]
    if net.is_shortcut and layer > 1:
        # Appended to the sources of the layer before: the graph grows with the layers, not with
        # their square.
        return ops.concatenate([run.sources[-1], before])
    return ops.concatenate([before, ones])


def _errors(net: Structure, y: Node) -> tuple[Node, Node]:
    """Return the targets and the errors, halved where the output is symmetric."""
    target = input_node("y", y.shape, _DTYPE)
    error = target - y
    halves = np.isin(net.activation[net.slice_of(len(net.sizes) - 1)], SYMMETRIC)
    if halves.all():
        error = 0.5 * error
    elif halves.any():
        error = error * constant(np.where(halves, 0.5, 1.0))
    return target, error


def _error_function(error: Node, number: int) -> Node:
    return ops.tanh_error_slope(error) if number else error


def _deltas(net: Structure, run: _Pass, error: Node, kind: Kind) -> list[Node]:
    """Return the error term of every layer but the first."""
    last = len(net.sizes) - 1
    incoming = _error_function(error, kind.error_function)
    by_product = net.is_shortcut and last > 1
    by_product &= not kind.is_faithful and kind.algorithm != INCREMENTAL
    way = _sent_back_by_products if by_product else _sent_back_by_layers
    sent_back = way(net, run)
    next(sent_back)
    deltas: list[Node] = []
    for layer in range(last, 0, -1):
        own = net.slice_of(layer)
        rise = slope(run.z[layer - 1], run.values[layer], net.activation[own],
                     net.steepness[own], kind.is_faithful)  # fmt: skip
        delta = incoming * rise
        deltas.insert(0, delta)
        if layer > 1:
            incoming = sent_back.send(delta)
    return deltas


def _masked(net: Structure, run: _Pass, layer: int) -> Node:
    """Return the weights of a layer, 0 where there is no connection."""
    w, mask = run.weights[layer - 1], net.mask(layer)
    return w if mask is None else w * constant(mask)


def _sent_back_by_layers(net: Structure, run: _Pass) -> Generator[Node, Node, None]:
    """Take the error term of one layer after the other; give the error of the layer before it.

    What comes first is nothing to go by.
    """
    first = net.starts[1]
    total: Node | None = None  # what later layers send back to all hidden neurons before them
    delta = yield run.x
    for layer in range(len(net.sizes) - 1, 1, -1):
        back = ops.matmul(delta, _masked(net, run, layer))
        if not net.is_shortcut:
            delta = yield back[:, : net.layers[layer - 1]]
            continue
        back = back[:, first:]
        total = back if total is None else total[:, : back.shape[1]] + back
        delta = yield total[:, net.starts[layer - 1] - first :]


def _sent_back_by_products(net: Structure, run: _Pass) -> Generator[Node, Node, None]:
    """Do the same in a shortcut network by one product a layer, for many rows.

    The error terms of all later layers stand side by side, and so do the weights of a neuron that
    lead to them, one above the other: no sums for all neurons before a layer have to be kept.
    """
    first, layers = net.starts[1], range(len(net.sizes) - 1, 1, -1)
    weights = _one_below_the_other(net, run, layers)
    delta = yield run.x
    deltas = delta
    for layer in layers:
        column = net.starts[layer - 1] - first
        sent = weights[: deltas.shape[1], column : column + net.layers[layer - 1]]
        delta = yield ops.matmul(deltas, sent)
        deltas = ops.concatenate([deltas, delta])


def _one_below_the_other(net: Structure, run: _Pass, layers: Sequence[int]) -> Node:
    """Return the weights of layers from hidden neurons; where a layer has none, any number."""
    parts, numbers, start = [], [], 0
    hidden = np.arange(net.starts[1], net.starts[-2])
    for layer in layers:
        w = _masked(net, run, layer)
        count, columns = net.weights[layer - 1].shape
        parts.append(ops.reshape(w, (count * columns,)))
        row_starts = start + columns * np.arange(count).reshape(-1, 1)
        numbers.append(row_starts + np.minimum(hidden, columns - 1))
        start += count * columns
    return ops.gather(ops.concatenate(parts, axis=0), constant(np.concatenate(numbers)))


def _slopes(net: Structure, run: _Pass, deltas: list[Node], kind: Kind) -> list[Node]:
    """Return minus the gradient of every weight, summed over the rows."""
    slopes = []
    for layer, delta in enumerate(deltas, start=1):
        mask = net.mask(layer)
        wrong = kind.is_faithful and kind.algorithm == INCREMENTAL and mask is not None
        if wrong:
            slopes.append(_wrong_sparse_slope(net, run, delta, layer))
            continue
        one = ops.matmul(delta, run.sources[layer - 1], transpose_a=True)
        slopes.append(one if mask is None else one * constant(mask))
    return slopes


def _wrong_sparse_slope(net: Structure, run: _Pass, delta: Node, layer: int) -> Node:
    """FANN's incremental step in a sparse network: connection k takes the value of neuron k."""
    ones = ops.broadcast_to(constant(1.0), (run.x.shape[0], 1))
    parts = [run.x, ones, *run.values[1:]]
    if not net.is_shortcut:
        parts = [part for value in run.values for part in (value, ones)]
    everything = ops.sum(ops.concatenate(parts), axis=0)  # one row, so the sum is that row
    numbers = np.zeros(net.weights[layer - 1].shape, int)
    for row, columns in enumerate(net.columns(layer)):
        numbers[row, columns] = np.arange(len(columns))
    taken = ops.gather(everything, constant(numbers))
    mask = net.mask(layer)
    assert mask is not None
    column = ops.reshape(ops.sum(delta, axis=0), (net.layers[layer], 1))
    return taken * column * constant(mask)


def _kept(net: Structure, key: tuple[Any, ...], make: Callable[[], Program]) -> Program:
    key = (*net.signature(), *key)
    program = _KEPT.get(key)
    if program is None:
        if len(_KEPT) >= _MOST_KEPT:
            # Another thread may be doing the same.
            _KEPT.pop(next(iter(list(_KEPT))), None)
        _KEPT[key] = program = simplify(make())
        return program
    return program


def forward_program(net: Structure) -> Program:
    """Return x and weights to y."""

    def make() -> Program:
        run = _forward(net)
        return Program("fann_run", [run.x, *run.weights], {"y": run.values[-1]})

    return _kept(net, ("run",), make)


def testing_program(net: Structure) -> Program:
    """Return x, y and weights to the errors."""

    def make() -> Program:
        run = _forward(net)
        target, error = _errors(net, run.values[-1])
        return Program("fann_test", [run.x, target, *run.weights], {"errors": error})

    return _kept(net, ("test",), make)


def counting_program(net: Structure) -> Program:
    """Return x, y, weights and the bit fail limit to the outputs; totals: squares, bit fails."""

    def make() -> Program:
        run = _forward(net)
        target, error = _errors(net, run.values[-1])
        limit, counts = _counts(error)
        outputs = {"outputs": run.values[-1], **counts}
        inputs = [run.x, target, *run.weights, limit]
        return Program("fann_count", inputs, outputs, ["squares", "fails"], ["x", "y"])

    return _kept(net, ("count",), make)


def _counts(error: Node) -> tuple[Node, dict[str, Node]]:
    """Return the bit fail limit, and what is counted of errors."""
    limit = input_node("bit_fail_limit", (), _DTYPE)
    return limit, {"squares": ops.sum(error * error), "fails": ops.sum(missed(error, limit))}


def optimizer_for(kind: Kind) -> Optimizer | None:
    """Return glassnet's optimizer for an algorithm; plain steps need none."""
    if kind.algorithm == RPROP_NUMBER:
        return FannRPROP()
    if kind.algorithm == QUICKPROP:
        return Quickprop()
    return SARPROP() if kind.algorithm == SARPROP_NUMBER else None


def step_program(net: Structure, kind: Kind, layers: tuple[int, ...] | None = None) -> Program:
    """Return one step: of one row if the algorithm is incremental, else of all rows.

    State: ``W1`` ..., ``move1`` ... (steps) and ``slope1`` ... (slopes of the step before, with
    the sign FANN keeps them with). Outputs besides: ``errors``; totals: squares and bit fails.

    Parameters
    ----------
    layers : tuple of int, optional
        Layers to train, by default all.
    """
    return _kept(net, (kind, layers), lambda: _step(net, kind, layers))


def _step(net: Structure, kind: Kind, layers: tuple[int, ...] | None) -> Program:
    run = _forward(net)
    target, error = _errors(net, run.values[-1])
    update = Update({k: w.shape for k, w in enumerate(net.weights, start=1)}, kind, net)
    deltas = _deltas(net, run, error, kind)
    if kind.algorithm == INCREMENTAL:
        # As FANN does, and fewer products: the rate belongs to the neuron, not to each weight.
        deltas = [update.input("rate") * delta for delta in deltas]
    slopes = _slopes(net, run, deltas, kind)
    for layer in layers or range(1, len(net.sizes)):
        update.add(layer, run.weights[layer - 1], slopes[layer - 1])
    limit, counts = _counts(error)
    outputs = {**update.outputs, "errors": error, **counts}
    inputs = [run.x, target, *run.weights, *update.inputs.values(), limit]
    return Program("fann_step", inputs, outputs, ["squares", "fails"], ["x", "y"])


class Update:
    """Builds the new weights of one step.

    Parameters
    ----------
    shapes : dict of int to tuple
        Shape of the weights of every layer.
    kind : Kind
    net : Structure, optional
        Says which weights are no connections.
    """

    def __init__(
        self, shapes: dict[int, tuple[int, ...]], kind: Kind, net: Structure | None = None
    ) -> None:
        self.shapes = shapes
        self.net = net
        self.kind = kind
        self.optimizer = optimizer_for(kind)
        self.inputs: dict[str, Node] = {}
        self.outputs: dict[str, Node] = {}

    def input(self, name: str, shape: tuple[int, ...] = ()) -> Node:
        if name not in self.inputs:
            self.inputs[name] = input_node(name, shape, _DTYPE)
        return self.inputs[name]

    def add(self, layer: int, w: Node, one: Node) -> None:
        """Add the step of one layer's weights, from minus their gradient.

        For incremental learning the learning rate is in it already.
        """
        if self.kind.algorithm == INCREMENTAL and not self.kind.has_momentum:
            self.outputs[f"W{layer}"] = w + one
        elif self.kind.algorithm == INCREMENTAL:
            before = self.input(f"move{layer}", self.shapes[layer])
            move = one + self.input("momentum") * before
            self.outputs |= {f"W{layer}": w + move, f"move{layer}": move}
        elif self.kind.algorithm == BATCH:
            self.outputs[f"W{layer}"] = w + self.input("rate") * one
        else:
            self._by_optimizer(layer, w, one)

    def _by_optimizer(self, layer: int, w: Node, one: Node) -> None:
        shape = self.shapes[layer]
        optimizer = self.optimizer
        assert optimizer is not None
        move, before = self.input(f"move{layer}", shape), self.input(f"slope{layer}", shape)
        hyper = {name: self.input(name) for name in optimizer.hyperparameters}
        rate, step = self.input("rate"), self.input("epoch")
        # RPROP keeps the gradient, FANN its negative.
        sign = -1.0 if self.kind.algorithm == RPROP_NUMBER else 1.0
        first, second = optimizer.slots
        slots = {first: move, second: sign * before}
        if isinstance(optimizer, SARPROP):
            hyper |= {"loss": self.input("mse"), "draws": self.input(f"draws{layer}", shape)}
        new, kept = optimizer.update(w, -one, rate, slots, hyper, step)
        if self.kind.algorithm == RPROP_NUMBER and not self.kind.is_faithful:
            # FANN's rule, but where there is no slope nothing moves and no step grows. (Where the
            # slope has turned round FANN moves up as well; that is kept, for it learns better.)
            flat = ops.equal(one, 0.0)
            new = ops.where(flat, w, new)
            kept[first] = ops.where(flat, move, kept[first])
        mask = None if self.net is None else self.net.mask(layer)
        if mask is not None:
            new = ops.where(constant(mask > 0), new, 0.0)
        self.outputs[f"W{layer}"] = new
        self.outputs[f"move{layer}"] = kept[first]
        self.outputs[f"slope{layer}"] = sign * kept[second]
