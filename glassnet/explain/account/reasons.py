"""Why each value is what it is: the layer it belongs to, the chain rule it follows from.

Takes a trace, the layers, losses and optimizer; gives titles, chain rules and slopes of statements.
``steps.py`` asks it for each step, ``why/`` for the readers of a value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet import activations
from glassnet.explain.account.heading import Words
from glassnet.explain.account.trace import Trace
from glassnet.explain.formula.arrays import symbols_of
from glassnet.explain.formula.slopes import Slopes, slope_formula
from glassnet.explain.formula.tree import Formula, Num, Ref, add, multiply, partial, value_of
from glassnet.explain.formula.typeset import TEXT, name_text
from glassnet.graph import Node, Statement, topological_order
from glassnet.layers.base import Layer
from glassnet.layers.topology import Topology
from glassnet.training.compile_record import CompileRecord
from glassnet.translation import _

__all__ = ["Reasons"]


# A slope of at most this many entries is shown with its numbers.
_MOST_NUMBERS = 4


@dataclass(frozen=True)
class Slope:
    """A factor of the chain rule: ∂a₁/∂z₁, its formula, and its numbers where they are few."""

    left: Formula
    right: Formula
    numbers: list[float]


class Reasons:
    """Tells about the statements of one pass.

    Parameters
    ----------
    trace : Trace
    topology : Topology
    record : CompileRecord or None
        Losses and optimizer.
    words : Words
        What features and classes are called.
    """

    def __init__(
        self,
        trace: Trace,
        topology: Topology,
        record: CompileRecord | None,
        words: Words,
    ) -> None:
        self.trace = trace
        self.topology = topology
        self.losses = _losses(record)
        self.optimizer = record.optimizer if record is not None else None
        # What a layer replaces itself, by the name of its input.
        self.buffers = {
            weight.name: str(layer.name)
            for layer in topology.layers
            for weight in layer.weights.values()
            if not weight.is_parameter
        }
        self.words = words
        self.gradients = self._gradient_names()
        self.of_gradients: dict[str, dict[str, Node]] = {}
        for name, node in trace.nodes.items():
            if id(node) in self.gradients:
                self.of_gradients.setdefault(self.gradients[id(node)], {})[name] = node
        self.layers = _layers_by_value(topology)
        self.readers = self._readers()

    # What the values of the backward pass are the gradient of ---------------------------

    def _gradient_names(self) -> dict[int, str]:
        """Return the statement that holds the gradient at a value, by ``id`` of the value."""
        found: dict[int, str] = {}
        backward = self.trace.listing.of_stage("backward")
        places = {one.name: place for place, one in enumerate(backward)}
        for name, node in self.trace.nodes.items():
            slope = self.trace.slopes.get(id(node))
            if slope is None:
                continue
            wanted = gradient_names(name)
            # Names can be shared out anew; the numbers tell for certain.
            likely = [backward[k] for k in sorted(places[one] for one in wanted if one in places)]
            fits = [one for one in likely if _equal(self.trace.array(one.node), slope)]
            if not fits:
                fits = [one for one in backward if _equal(self.trace.array(one.node), slope)]
            if fits and (fits[0].name in wanted or len(fits) == 1):
                found[id(node)] = fits[0].name
        return found

    def of_gradient(self, one: Statement) -> Node | None:
        """Return the value whose gradient a statement of the backward pass is."""
        found = self.of_gradients.get(one.name, {})
        # Where a slope is 1 two values share a gradient; it bears the name of one of them.
        own = [node for name, node in found.items() if one.name in gradient_names(name)]
        return next(iter([*own, *found.values()]), None)

    def _readers(self) -> dict[int, list[Statement]]:
        """Return the statements that read a value on the way to the loss."""
        loss = self.trace.listing.program.outputs.get("loss")
        if loss is None:
            return {}
        leading = {id(node) for node in topological_order([loss])}
        readers: dict[int, list[Statement]] = {}
        for one in self.trace.listing.statements:
            if id(one.node) in leading and one.stage in ("forward", "loss"):
                for name in one.reads:
                    readers.setdefault(id(self.trace.nodes[name]), []).append(one)
        return readers

    # Chain rule ------------------------------------------------------------------------

    def chain(self, one: Statement) -> list[Formula]:
        """Return the sides of the chain rule for a gradient: ∂L/∂z₁ = ∂L/∂a₁ · ∂a₁/∂z₁ = ..."""
        node = self.of_gradient(one) if one.stage == "backward" else None
        if node is None:
            return []
        name = self.trace.names[id(node)]
        left = partial("loss", name)
        sides = [left]
        for with_names in (False, True):
            side = add(self._paths(node, with_names))
            if side not in sides:
                sides.append(side)
        return sides if len(sides) > 1 else []

    def _rows(self) -> list[Node]:
        program = self.trace.listing.program
        return [program.inputs[name] for name in program.rows]

    def slopes(self, one: Statement) -> list[Slope]:
        """Return the slopes that the chain rule of a statement names, and what they are."""
        node = self.of_gradient(one) if one.stage == "backward" else None
        found: list[Slope] = []
        while node is not None:
            readers = self.readers.get(id(node), [])
            after = None
            for reader in readers:
                left = partial(reader.name, self.trace.names[id(node)])
                right = self._slope(reader, node)
                if right is not None:
                    found.append(Slope(left, right, self._numbers(reader, node)))
                if len(readers) == 1 and reader.name != "loss":
                    after = None if id(reader.node) in self.gradients else reader.node
            node = after
        return found if self.chain(one) else []

    def _numbers(self, reader: Statement, node: Node) -> list[float]:
        """Return the entries of a slope that is one number for each entry, if they are few."""
        array = self.trace.array(node)
        if array.size > _MOST_NUMBERS:
            return []
        if reader.name == "loss":
            return [float(number) for number in self.trace.slopes[id(node)].reshape(-1)]
        if not reader.node.op.is_elementwise or reader.node.inputs != (node,):
            return []
        slopes = Slopes(self.trace.entry_formulas(_MOST_NUMBERS, _MOST_NUMBERS), reader.node, node)
        return [value_of(slopes.of(reader.node, place, place)) for place in np.ndindex(array.shape)]

    def _slope(self, reader: Statement, node: Node) -> Formula | None:
        """Return the slope of a statement in one of the values it reads, where it is short."""
        made = reader.node
        if reader.name == "loss":
            whole = symbols_of(self.trace.slope_nodes[id(node)], self.trace.names)
            return whole if len(TEXT.write(whole)) < 40 and node.inputs else None
        if made.op.is_elementwise and made.inputs == (node,):
            return slope_formula(made, Ref(reader.name), Ref(self.trace.names[id(node)]))
        for part in (made, *made.inputs):
            if part.op.name == "matmul" and node in part.inputs:
                other = part.inputs[1 if part.inputs[0] is node else 0]
                known = self.trace.names.get(id(other))
                return Ref(known) if known else symbols_of(other, self.trace.names)
        return Num(1.0) if made.op.name == "add" and node in made.inputs else None

    def _paths(self, node: Node, with_names: bool) -> list[Formula]:
        """Return one product for every way a value has to the next known gradient."""
        terms = []
        name = self.trace.names[id(node)]
        for reader in self.readers.get(id(node), []):
            if reader.name == "loss":
                # What a weight adds to the loss by itself is its penalty.
                is_penalty = not node.inputs and node not in self._rows()
                terms.append(partial("penalty" if is_penalty else "loss", name))
                continue
            step = partial(reader.name, name)
            known = self.gradients.get(id(reader.node))
            if known is not None:
                terms.append(
                    multiply([Ref(known) if with_names else partial("loss", reader.name), step])
                )
            else:
                terms += [multiply([one, step]) for one in self._paths(reader.node, with_names)]
        return terms

    # Words -----------------------------------------------------------------------------

    def title(self, one: Statement) -> str:
        """Return in words what a statement computes."""
        if one.stage == "forward":
            return self._forward(one)
        if one.stage == "loss":
            return self._loss(one)
        return self._backward(one) if one.stage == "backward" else self._update(one)

    def _forward(self, one: Statement) -> str:
        layer = self._layer(one.name)
        if layer is None:
            return ""
        kind, name = type(layer).__name__, str(layer.name)
        if one.name == f"z{layer.number}":
            return _("weighted sums of {layer} ({kind})").format(layer=name, kind=kind)
        if one.name == f"a{layer.number}":
            function = _function(layer.activation)
            return _("outputs of {layer}: its activation is {function}").format(
                layer=name, function=function
            )
        if layer.role == "dropping" and one.name != name:
            return _("mask of {layer}: 0 leaves a value out").format(layer=name)
        return _("outputs of {layer} ({kind})").format(layer=name, kind=kind)

    def units(self, one: Statement) -> tuple[str, ...]:
        """Return the names of what the units of a value stand for: features, classes, or ()."""
        node = self.of_gradient(one) if one.stage == "backward" else one.node
        if node is None or one.stage not in ("forward", "backward"):
            return ()
        layer = self._layer(self.trace.names[id(node)])
        shape = self.trace.array(one.node).shape
        return self.words.of_units(str(layer.name), shape) if layer is not None else ()

    def _layer(self, name: str) -> Layer | None:
        return self.layers.get(name)

    def _loss(self, one: Statement) -> str:
        return self.losses.get(one.name) or _("a part of the loss")

    def _backward(self, one: Statement) -> str:
        node = self.of_gradient(one)
        if node is None:
            return _("a part of the gradient")
        name = self.trace.names[id(node)]
        readers = self.readers.get(id(node), [])
        if node.op.name == "input":
            return self._of_weight(name, readers)
        if len(readers) > 1:
            return _("{name} is used in {n} places; what they send back is added").format(
                name=name_text(name), n=len(readers)
            )
        if readers and _is_fused(readers[0].node, node, self.trace):
            return _("prediction minus target: all that activation and loss leave of their slopes")
        if not readers or readers[0].stage == "loss":
            return _("how the loss changes with {name}").format(name=name_text(name))
        reader = readers[0].node
        if reader.op.is_elementwise and len(reader.inputs) == 1:
            return _("what comes back, times the slope of {function}").format(
                function=reader.op.name
            )
        inner = [child for child in reader.inputs if id(child) not in self.trace.names]
        if any(child.op.name == "matmul" for child in (reader, *inner)):
            return _("the error terms come back through the weights to {name}").format(
                name=name_text(name)
            )
        return _("what comes back to {name}").format(name=name_text(name))

    def _of_weight(self, name: str, readers: list[Statement]) -> str:
        readers = [one for one in readers if one.name != "loss"]
        if len(readers) == 1 and readers[0].name.startswith("z"):
            error = self.gradients.get(id(readers[0].node), "")
            inner = [one for one in readers[0].reads if self._is_value(one)]
            if name.startswith("W") and error and len(inner) == 1:
                return _("gradient: {a} at the start of the weight, {d} at its end").format(
                    a=name_text(inner[0]), d=name_text(error)
                )
            if name.startswith("b") and error:
                return _("gradient: a bias is a weight whose input is 1")
        return _("gradient of {name}").format(name=name_text(name))

    def _is_value(self, name: str) -> bool:
        """Tell whether a name is that of samples or of what was computed from them."""
        node = self.trace.nodes[name]
        return bool(node.inputs) or name in self.trace.listing.program.rows

    def _update(self, one: Statement) -> str:
        kind = type(self.optimizer).__name__
        if one.state in self.buffers:
            return _("{layer} keeps {name} for the next steps; no gradient moves it").format(
                layer=self.buffers[one.state], name=name_text(one.name)
            )
        if one.state and one.name == one.parameter:
            return _("{optimizer} moves {name}").format(optimizer=kind, name=name_text(one.name))
        if one.state:
            return _("{optimizer} keeps this for {name}").format(
                optimizer=kind, name=name_text(one.parameter)
            )
        return _("a part of the update")


def _layers_by_value(topology: Topology) -> dict[str, Layer]:
    """Return the layers by the names of what they compute: z1, a1, dropout_1, mask_1."""
    found: dict[str, Layer] = {}
    for layer in topology.layers:
        names = [str(layer.name)]
        if layer.role == "dropping":
            names += [str(layer.name).replace("dropout", "mask"), f"{layer.name}_mask"]
        if layer.number:
            names += [f"z{layer.number}", f"a{layer.number}"]
        for name in names:
            found.setdefault(name, layer)
    return found


def _function(activation: Callable[..., Any]) -> str:
    """Return what an activation is, in words."""
    if isinstance(activation, activations.Steep):
        name = _function(activation.activation)
        return _("{function} of steepness {s}").format(function=name, s=activation.steepness)
    if isinstance(activation, activations.PerUnit):
        return _("a function of its own for each unit")
    return activations.name_of(activation)


def _is_fused(made: Node, z: Node, trace: Trace) -> bool:
    """Tell whether a loss is computed from the pre-activation, in one piece with the activation."""
    stack = [made]
    while stack:
        node = stack.pop()
        if node.op.name.endswith("cross_entropy") and node.inputs[0] is z:
            return True
        stack.extend(child for child in node.inputs if id(child) not in trace.names)
    return False


def gradient_names(name: str) -> tuple[str, str, str]:
    """Return what the gradient at a value may be called: d1 of z1, da1, d_dropout_1."""
    return f"d{name[1:]}", f"d{name}", f"d_{name}"


def _equal(a: np.ndarray, b: np.ndarray) -> bool:
    if a.shape != b.shape:
        return False
    scale = float(np.abs(b[np.isfinite(b)]).max(initial=0.0))
    tolerance = 1e-4 if a.dtype == np.float32 else 1e-9
    return bool(np.allclose(a, b, rtol=tolerance, atol=tolerance * scale, equal_nan=True))


def _losses(record: CompileRecord | None) -> dict[str, str]:
    """Return what the loss is, and those of several outputs, by their symbols."""
    if record is None:
        return {}
    if len(record.goals) == 1:
        return {"loss": _("the loss: {loss}").format(loss=type(record.only.loss).__name__)}
    found = {
        f"loss{goal.number}": _("the loss of the output {name}: {loss}").format(
            name=goal.name, loss=type(goal.loss).__name__
        )
        for goal in record.goals
    }
    return {**found, "loss": _("the loss: that of all outputs together")}
