"""The equations of a dense network in the notation of the guides.

Takes a network, gives :class:`Equations`, whose lines are formulas like those of an account and are
set by the same typesetters. An activation's formula and slope come from its op, a loss's from the
loss. ``net.equations()`` calls it.

Layers count from 1, the input. w_ij^(l) is the weight from node j of layer l to node i of layer
l + 1, so row i of W^(l) belongs to node i of layer l + 1; a kernel of glassnet is its transpose.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from glassnet import activations
from glassnet.errors import GraphError
from glassnet.explain.formula.expressions import formula_of
from glassnet.explain.formula.functions import function_and_slope
from glassnet.explain.formula.guides import GUIDE, GUIDE_LATEX
from glassnet.explain.formula.tree import (
    Apply,
    Formula,
    Num,
    Ref,
    add,
    call,
    divide,
    multiply,
    negative,
    partial,
)
from glassnet.explain.formula.typeset import Typesetter
from glassnet.layers.base import Layer
from glassnet.losses import HalfSumSquaredError, Loss
from glassnet.training.network import Network
from glassnet.translation import plural

__all__ = ["Equations", "equations"]

# Layers of more nodes than this are written with dots, and by matrices.
WRITTEN_OUT = 4

# Activations whose formula is short enough to be read; of others the name is written.
_READABLE = (
    "sigmoid", "tanh", "relu", "linear", "softplus", "softsign", "exponential", "step",
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One line: two sides, each a formula or words; the left alone where lines are left out."""

    left: Formula | str
    right: Formula | str = ""
    note: str = ""

    def sides(self, typesetter: Typesetter) -> list[str]:
        """Return what stands on either side of the sign of equality."""
        sides = [self.left, self.right] if self.right else [self.left]
        found = [
            typesetter.words(one) if isinstance(one, str) else typesetter.write(one)
            for one in sides
        ]
        return [*found[:-1], found[-1] + (typesetter.words(self.note) if self.note else "")]

    def text(self) -> str:
        """Return the line as text."""
        return " = ".join(self.sides(GUIDE))

    def latex(self) -> str:
        """Return the line as LaTeX, with the mark at which lines are aligned."""
        sides = self.sides(GUIDE_LATEX)
        return " &= ".join(sides) if sides[1:] else f"&{sides[0]}"


@dataclass(frozen=True)
class _Step:
    """A layer of nodes: how many, after which function, with a bias or without."""

    units: int
    activation: str
    has_bias: bool


@dataclass(frozen=True)
class Equations:
    r"""What :meth:`Sequential.equations` returns: ``print`` it, or take ``latex()``.

    Examples
    --------
    >>> import glassnet as gn
    >>> net = gn.Sequential([gn.Input((2,)), gn.layers.Dense(1, "sigmoid")], seed=0)
    >>> print(net.equations().forward())
    z_1^(2) = w_11^(1) x_1 + w_12^(1) x_2 + b_1^(1)
    h_1^(2) = f(z_1^(2))
    z^(2) = W^(1) h^(1) + b^(1)
    >>> print(net.equations().latex().splitlines()[6])
    z_{1}^{(2)} &= w_{11}^{(1)} x_{1} + w_{12}^{(1)} x_{2} + b_{1}^{(1)} \\
    """

    n_in: int
    steps: tuple[_Step, ...]
    loss: Loss
    normalized: bool

    def __str__(self) -> str:
        parts = []
        for title, lines in _sections(self):
            parts.append("\n".join([title, *(f"  {line.text()}" for line in lines)]))
        return "\n\n".join(parts)

    __repr__ = __str__

    def forward(self) -> str:
        """Return the equations of the forward pass as text."""
        return "\n".join(line.text() for line in _forward(self))

    def backward(self) -> str:
        """Return the error terms and the gradient as text."""
        return "\n".join(line.text() for line in (*_errors(self), *_gradient(self)))

    def latex(self) -> str:
        """Return all equations as LaTeX: an ``align*`` environment, ready to paste."""
        lines = []
        for title, equations_ in _sections(self):
            lines += [line.latex() + r" \\" for line in (Line(title), *equations_)]
        return "\n".join([r"\begin{align*}", *lines, r"\end{align*}"])

    def _repr_latex_(self) -> str:
        return self.latex()


def equations(network: Network) -> Equations:
    """Return the equations of a chain of dense layers.

    Raises
    ------
    GraphError
        If the network holds something else.
    """
    topology = network.topology
    if not topology.is_chain or len(topology.outputs) != 1:
        raise GraphError(
            "equations are written for chains of layers, but this network has branches; look at "
            "summary() for its parts"
        )
    steps: list[_Step] = []
    for layer in topology.layers:
        _take(layer, steps)
    if not steps:
        raise GraphError("the network has no dense layer, so there are no equations to write")
    loss = network.loss or HalfSumSquaredError()
    normalized = any(layer.role == "normalizing" for layer in topology.layers)
    return Equations(math.prod(topology.input_shapes[0]), tuple(steps), loss, normalized)


def _take(layer: Layer, steps: list[_Step]) -> None:
    """Add what a layer means for the equations to the steps."""
    name = activations.name_of(layer.activation or activations.linear)
    if layer.role == "dense" and layer.input_shapes and len(layer.input_shapes[0]) == 1:
        settings = layer.get_config()
        steps.append(_Step(settings["units"], name, settings["use_bias"]))
    elif layer.role == "activation" and steps and steps[-1].activation == "linear":
        steps[-1] = replace(steps[-1], activation=name)
    elif layer.role not in ("dropping", "shape") and (layer.role != "normalizing" or steps):
        raise GraphError(
            f"equations are written for dense layers, but {layer.name} is "
            f"{type(layer).__name__}; look at summary() for the parts of this network"
        )


def _sections(e: Equations) -> Iterator[tuple[str, list[Line]]]:
    meaning = Line(Ref("w", sub="ij"), "weight from node j to node i of the next layer")
    yield "Layers", [Line(Ref("h", layer=1), Ref("x")), *_sizes(e), meaning]
    yield "Forward pass", list(_forward(e))
    yield "Activation", list(_functions(e))
    yield "Loss of one sample", [_loss(e)]
    yield "Error terms", list(_errors(e))
    yield "Gradient", list(_gradient(e))


def _size(after: int, before: int) -> str:
    return f"{after} x {before} " + plural("number", "numbers", after * before)


def _sizes(e: Equations) -> Iterator[Line]:
    if e.normalized:
        raw, mean, deviation = (Ref(base, sub="j") for base in ("r", "μ", "σ"))
        above = Apply("group", (add([raw, negative(mean)]),))
        yield Line(Ref("x", sub="j"), divide(above, deviation))
    sizes = [e.n_in, *(step.units for step in e.steps)]
    for place, (before, after) in enumerate(itertools.pairwise(sizes), 1):
        yield Line(Ref("W", layer=place), _size(after, before))


def _function(e: Equations, step: _Step) -> str:
    """Return f where all layers share one function, else its own name."""
    names = {one.activation for one in e.steps}
    return "f" if len(names) == 1 and step.activation != "softmax" else step.activation


def _some(count: int, term: Callable[[int], Formula]) -> Formula:
    """Return the sum of terms 1 to count, those in the middle as dots where there are many."""
    if count <= WRITTEN_OUT:
        return add(term(k) for k in range(1, count + 1))
    return add([term(1), term(2), Ref("…"), term(count)])


def _nodes(count: int, line: Callable[[int], Line]) -> Iterator[Line]:
    """Yield a line for every node, with dots in the place of those between where they are many."""
    is_short = count <= WRITTEN_OUT
    for node in range(1, count + 1) if is_short else (1, 2, None, count):
        yield Line(Ref("⋮")) if node is None else line(node)


def _weight(i: int, j: int, layer: int) -> Ref:
    """Return w_ij, with a comma where the indices could be misread."""
    comma = "," if max(i, j) > 9 else ""
    return Ref("w", sub=f"{i}{comma}{j}", layer=layer)


def _node(node: object, layer: int) -> Ref:
    return Ref("x", sub=str(node)) if layer == 1 else Ref("h", sub=str(node), layer=layer)


def _forward(e: Equations) -> Iterator[Line]:
    before = e.n_in
    for place, step in enumerate(e.steps, 1):

        def weighted(i: int, place: int = place, step: _Step = step, n: int = before) -> Line:
            total = _some(n, lambda j: multiply([_weight(i, j, place), _node(j, place)]))
            bias = [Ref("b", sub=str(i), layer=place)] if step.has_bias else []
            return Line(Ref("z", sub=str(i), layer=place + 1), add([total, *bias]))

        def activated(i: int, place: int = place, step: _Step = step) -> Line:
            z = Ref("z", sub=str(i), layer=place + 1)
            return Line(Ref("h", sub=str(i), layer=place + 1), _activated(e, step, z))

        yield from _nodes(step.units, weighted)
        yield from _nodes(step.units, activated)
        if before > 1 or step.units > 1:
            product = Apply("matrix", (Ref("W", layer=place), Ref("h", layer=place)))
            biases = [Ref("b", layer=place)] if step.has_bias else []
            yield Line(Ref("z", layer=place + 1), add([product, *biases]))
        before = step.units


def _activated(e: Equations, step: _Step, z: Ref) -> Formula:
    if step.activation != "softmax":
        return Apply("activation", (z,), _function(e, step))
    powers = call("exp", Ref("z", sub="k", layer=z.layer))
    return divide(call("exp", z), Apply("sum", (powers,), "k"))


def _functions(e: Equations) -> Iterator[Line]:
    for name in dict.fromkeys(step.activation for step in e.steps):
        if name == "softmax":
            yield Line("softmax", "positive outputs that sum to 1")
            continue
        f = _function(e, next(step for step in e.steps if step.activation == name))
        left = Apply("activation", (Ref("z"),), f)
        if name not in _READABLE:
            yield Line(left, f"the activation {name}")
            continue
        value, slope = function_and_slope(activations.get(name), Ref("z"), left)
        yield Line(left, value)
        yield Line(Apply("slope", (Ref("z"),), f), slope)


def _names(e: Equations, i: str) -> dict[str, Formula]:
    """Return target, output and number of outputs as losses name them."""
    last = e.steps[-1]
    output = Ref("h", sub=i, layer=len(e.steps) + 1)
    return {"y": Ref("y", sub=i), "h": output, "k": Num(float(last.units))}


def _loss(e: Equations) -> Line:
    left = Ref("J")
    if not e.loss.formula:
        return Line(left, f"the loss {type(e.loss).__name__}")
    factor, term = (formula_of(part, _names(e, "i")) for part in e.loss.formula)
    note = " of the activated h" if e.loss.from_logits else ""
    return Line(left, multiply([factor, Apply("sum", (term,), "i")]), note)


def _out_error(e: Equations, i: int) -> Formula:
    """Return the right side of δ of an output node."""
    step, names = e.steps[-1], _names(e, str(i))
    z = Ref("z", sub=str(i), layer=len(e.steps) + 1)
    is_matched = step.activation == ("linear" if e.loss.from_logits else e.loss.matched)
    if e.loss.formula and e.loss.matched and is_matched:
        h = Apply("activation", (z,), e.loss.matched) if e.loss.from_logits else names["h"]
        factor = formula_of(e.loss.formula[0], names)
        error = add([h, negative(names["y"])])
        return error if step.units == 1 else multiply([negative(factor), error])
    error = _slope_of_loss(e, str(i))
    if step.activation == "softmax":
        inner = Apply("group", (_slope_of_loss(e, "k"),))
        total = Apply("sum", (Apply("multiply", (inner, _names(e, "k")["h"])),), "k")
        return Apply("chain", (names["h"], add([error, negative(total)])))
    slope = Apply("slope", (z,), _function(e, step))
    if isinstance(error, Apply) and error.kind == "negative":
        return negative(Apply("chain", (error.parts[0], slope)))
    return Apply("chain", (error, slope))


def _slope_of_loss(e: Equations, i: str) -> Formula:
    names = _names(e, i)
    if not e.loss.slope:
        return Apply("partial", (Ref("J"), names["h"]))
    return multiply([formula_of(e.loss.slope, names)])


def _errors(e: Equations) -> Iterator[Line]:
    def at_output(i: int) -> Line:
        return Line(Ref("δ", sub=str(i), layer=len(e.steps) + 1), _out_error(e, i))

    yield from _nodes(e.steps[-1].units, at_output)
    for place in range(len(e.steps) - 1, 0, -1):
        step, after = e.steps[place - 1], e.steps[place]

        def hidden(j: int, place: int = place, step: _Step = step, n: int = after.units) -> Line:
            def term(i: int) -> Formula:
                return multiply([_weight(i, j, place + 1), Ref("δ", sub=str(i), layer=place + 2)])

            z = Ref("z", sub=str(j), layer=place + 1)
            slope = Apply("slope", (z,), _function(e, step))
            total = Apply("chain", (Apply("group", (_some(n, term),)), slope))
            return Line(Ref("δ", sub=str(j), layer=place + 1), total)

        yield from _nodes(step.units, hidden)
        turned = Apply("transpose", (Ref("W", layer=place + 1),))
        product = Apply("group", (Apply("matrix", (turned, Ref("δ", layer=place + 2))),))
        slope = Apply("slope", (Ref("z", layer=place + 1),), _function(e, step))
        yield Line(Ref("δ", layer=place + 1), Apply("hadamard", (product, slope)))


def _gradient(e: Equations) -> Iterator[Line]:
    for place, step in enumerate(e.steps, 1):
        delta = Ref("δ", sub="i", layer=place + 1)
        weight, bias = (Ref(base, sub=sub, layer=place) for base, sub in (("w", "ij"), ("b", "i")))
        yield Line(partial("J", weight), multiply([_node("j", place), delta]))
        if step.has_bias:
            yield Line(partial("J", bias), delta)
        turned = Apply("transpose", (Ref("h", layer=place),))
        product = Apply("matrix", (Ref("δ", layer=place + 1), turned))
        yield Line(partial("J", Ref("W", layer=place)), product)
