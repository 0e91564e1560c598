"""The equations of a dense network in the notation of the guides.

Layers count from 1, the input. w_ij^(l) is the weight from node j of layer l to node i of layer
l + 1, so row i of W^(l) belongs to node i of layer l + 1; a kernel of glassnet is its transpose.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from glassnet import activations
from glassnet.errors import GraphError
from glassnet.explain.formula.guides import LATEX, TEXT, Script
from glassnet.layers import Activation, Dense, Dropout, Flatten, Normalization
from glassnet.layers.base import Layer
from glassnet.losses import Loss
from glassnet.training.network import Network
from glassnet.translation import plural

__all__ = ["Equations", "equations"]

# Layers of more nodes than this are written with dots, and by matrices.
WRITTEN_OUT = 4

# f(z) and f'(z): text, text, LaTeX, LaTeX.
_FUNCTIONS = {
    "sigmoid": (
        "1 / (1 + e^(-z))",
        "f(z) (1 - f(z))",
        r"\frac{1}{1 + e^{-z}}",
        r"f(z)\,(1 - f(z))",
    ),
    "tanh": ("tanh z", "1 - f(z)²", r"\tanh z", r"1 - f(z)^2"),
    "relu": ("max(0, z)", "1 if z > 0 else 0", r"\max(0, z)", r"[z > 0]"),
    "linear": ("z", "1", "z", "1"),
    "softplus": ("ln(1 + e^z)", "1 / (1 + e^(-z))", r"\ln(1 + e^z)", r"\frac{1}{1 + e^{-z}}"),
    "softsign": ("z / (1 + |z|)", "1 / (1 + |z|)²", r"\frac{z}{1 + |z|}", r"\frac{1}{(1 + |z|)^2}"),
    "exponential": ("e^z", "e^z", "e^z", "e^z"),
    "step": ("1 if z ≥ 0 else 0", "0", r"[z \ge 0]", "0"),
}


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
    loss: Loss | None
    normalized: bool

    def __str__(self) -> str:
        parts = []
        for title, lines in _sections(self, TEXT):
            parts.append("\n".join([title, *(f"  {line}" for line in lines)]))
        return "\n\n".join(parts)

    __repr__ = __str__

    def forward(self) -> str:
        """Return the equations of the forward pass as text."""
        return "\n".join(_forward(self, TEXT))

    def backward(self) -> str:
        """Return the error terms and the gradient as text."""
        return "\n".join([*_errors(self, TEXT), *_gradient(self, TEXT)])

    def latex(self) -> str:
        """Return all equations as LaTeX: an ``align*`` environment, ready to paste."""
        lines = []
        for title, equations_ in _sections(self, LATEX):
            lines.append(rf"&{LATEX.words(title)} \\")
            lines += [_aligned(line) + r" \\" for line in equations_]
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
    is_chain = all(call.inputs == (place,) for place, call in enumerate(topology.calls))
    if not is_chain or len(topology.outputs) != 1:
        raise GraphError(
            "equations are written for chains of layers, but this network has branches; look at "
            "summary() for its parts"
        )
    steps: list[_Step] = []
    for layer in topology.layers:
        _take(layer, steps)
    if not steps:
        raise GraphError("the network has no dense layer, so there are no equations to write")
    normalized = any(isinstance(layer, Normalization) for layer in topology.layers)
    return Equations(math.prod(topology.input_shapes[0]), tuple(steps), network.loss, normalized)


def _take(layer: Layer, steps: list[_Step]) -> None:
    """Add what a layer means for the equations to the steps."""
    if isinstance(layer, Dense) and layer.input_shapes and len(layer.input_shapes[0]) == 1:
        name = activations.name_of(layer.activation)
        steps.append(_Step(layer.units, name, layer.use_bias))
    elif isinstance(layer, Activation) and steps and steps[-1].activation == "linear":
        name = activations.name_of(layer.activation)
        steps[-1] = _Step(steps[-1].units, name, steps[-1].has_bias)
    elif not isinstance(layer, Dropout | Flatten) and not (
        isinstance(layer, Normalization) and not steps
    ):
        raise GraphError(
            f"equations are written for dense layers, but {layer.name} is "
            f"{type(layer).__name__}; look at summary() for the parts of this network"
        )


def _sections(e: Equations, s: Script) -> Iterator[tuple[str, list[str]]]:
    w = s.symbol("w", "ij", None)
    yield (
        "Layers",
        [
            f"{s.symbol('h', '', 1)} = x",
            *_sizes(e, s),
            f"{w} = {s.words('weight from node j to node i of the next layer')}",
        ],
    )
    yield "Forward pass", list(_forward(e, s))
    yield "Activation", list(_functions(e, s))
    yield "Loss of one sample", [f"J = {_loss(e, s)}"]
    yield "Error terms", list(_errors(e, s))
    yield "Gradient", list(_gradient(e, s))


def _size(after: int, before: int) -> str:
    return f"{after} x {before} " + plural("number", "numbers", after * before)


def _sizes(e: Equations, s: Script) -> list[str]:
    lines = []
    if e.normalized:
        raw = [s.symbol(base, "j") for base in ("r", "μ", "σ")]
        lines.append(f"{s.symbol('x', 'j')} = {s.fraction(f'({raw[0]} - {raw[1]})', raw[2])}")
    sizes = [e.n_in, *(step.units for step in e.steps)]
    for place, (before, after) in enumerate(itertools.pairwise(sizes), 1):
        matrix = s.symbol("W", "", place)
        lines.append(f"{matrix} = {s.words(_size(after, before))}")
    return lines


def _function(e: Equations, step: _Step) -> str:
    """Return f where all layers share one function, else its own name."""
    names = {one.activation for one in e.steps}
    return "f" if len(names) == 1 and step.activation != "softmax" else step.activation


def _some(count: int, term: Callable[[int], str], between: str, dots: str) -> str:
    """Return terms 1 to count, those in the middle as dots where there are many."""
    if count <= WRITTEN_OUT:
        return between.join(term(k) for k in range(1, count + 1))
    return between.join([term(1), term(2), dots, term(count)])


def _nodes(count: int) -> list[int | None]:
    """Return the nodes to write out; None stands for those between."""
    return list(range(1, count + 1)) if count <= WRITTEN_OUT else [1, 2, None, count]


def _h(s: Script, node: int | str, layer: int) -> str:
    return s.symbol("x", str(node)) if layer == 1 else s.symbol("h", str(node), layer)


def _forward(e: Equations, s: Script) -> Iterator[str]:
    before = e.n_in
    for place, step in enumerate(e.steps, 1):
        for i in _nodes(step.units):
            if i is None:
                yield s.rows
                continue

            def term(j: int, i: int = i, place: int = place) -> str:
                return f"{s.symbol('w', s.index(i, j), place)} {_h(s, j, place)}"

            bias = f" + {s.symbol('b', str(i), place)}" if step.has_bias else ""
            total = _some(before, term, " + ", s.dots)
            yield f"{s.symbol('z', str(i), place + 1)} = {total}{bias}"
        for i in _nodes(step.units):
            if i is None:
                yield s.rows
            else:
                h = _activated(e, s, step, str(i), place)
                yield f"{s.symbol('h', str(i), place + 1)} = {h}"
        if before > 1 or step.units > 1:
            bias = f" + {s.symbol('b', '', place)}" if step.has_bias else ""
            product = f"{s.symbol('W', '', place)} {s.symbol('h', '', place)}"
            yield f"{s.symbol('z', '', place + 1)} = {product}{bias}"
        before = step.units


def _activated(e: Equations, s: Script, step: _Step, i: str, place: int) -> str:
    z = s.symbol("z", i, place + 1)
    if step.activation != "softmax":
        return s.call(_function(e, step), z)
    other = s.symbol("z", "k", place + 1)
    if s is TEXT:
        return f"e^{z} / Σ_k e^{other}"
    return rf"\frac{{e^{{{z}}}}}{{\sum_k e^{{{other}}}}}"


def _functions(e: Equations, s: Script) -> Iterator[str]:
    for name in dict.fromkeys(step.activation for step in e.steps):
        if name == "softmax":
            yield f"{s.words('softmax')} = {s.words('positive outputs that sum to 1')}"
            continue
        f = _function(e, next(step for step in e.steps if step.activation == name))
        if name not in _FUNCTIONS:
            yield f"{s.call(f, 'z')} = {s.words(f'the activation {name}')}"
            continue
        value, slope, value_latex, slope_latex = _FUNCTIONS[name]
        if f != "f":
            slope = slope.replace("f(z)", f"{f}(z)")
            slope_latex = slope_latex.replace("f(z)", s.call(f, "z"))
        yield f"{s.call(f, 'z')} = {s.formula(value, value_latex)}"
        yield f"{s.slope(f, 'z')} = {s.formula(slope, slope_latex)}"


def _loss_name(e: Equations) -> str:
    return "HalfSumSquaredError" if e.loss is None else type(e.loss).__name__


def _loss(e: Equations, s: Script) -> str:
    last, k = len(e.steps) + 1, str(e.steps[-1].units)
    y, h = s.symbol("y", "i"), s.symbol("h", "i", last)
    squares = f"{s.sum('i')}({y} - {h}){s.formula('²', '^2')}"
    ln = s.formula("ln", r"\ln")
    entropy = f"-{s.sum('i')}{y} {ln} {h}"
    both = f"{y} {ln} {h} + (1 - {y}) {ln} (1 - {h})"
    of_logits = s.words(" of the activated h") if getattr(e.loss, "from_logits", False) else ""
    known = {
        "HalfSumSquaredError": f"{s.formula('½', s.fraction('1', '2'))} {squares}",
        "SumSquaredError": squares,
        "MeanSquaredError": f"{s.fraction('1', k)} {squares}",
        "CategoricalCrossentropy": entropy + of_logits,
        "SparseCategoricalCrossentropy": entropy + of_logits,
        "BinaryCrossentropy": f"-{s.fraction('1', k)} {s.sum('i')}({both})" + of_logits,
    }
    name = _loss_name(e)
    return known.get(name, s.words(f"the loss {name}"))


def _out_error(e: Equations, s: Script, i: str) -> str:
    """Return the right side of δ of an output node."""
    step, last, k = e.steps[-1], len(e.steps) + 1, str(e.steps[-1].units)
    y, h, z = s.symbol("y", i), s.symbol("h", i, last), s.symbol("z", i, last)
    name, f = _loss_name(e), _function(e, step)
    from_logits = getattr(e.loss, "from_logits", False)
    share = f"{s.fraction('1', k)} " if name == "BinaryCrossentropy" and k != "1" else ""
    matched = {"BinaryCrossentropy": "sigmoid", "CategoricalCrossentropy": "softmax"}
    wanted = matched.get(name.removeprefix("Sparse"))
    if wanted is not None and step.activation == wanted and not from_logits:
        return f"{share}({h} - {y})" if share else f"{h} - {y}"
    if wanted is not None and step.activation == "linear" and from_logits:
        return f"{share}({s.call(wanted, z)} - {y})" if share else f"{s.call(wanted, z)} - {y}"
    factor = {"HalfSumSquaredError": "", "SumSquaredError": "2 ", "MeanSquaredError": None}
    outer = factor.get(name, "")
    error = f"-{s.fraction('2', k) + ' ' if outer is None else outer}({y} - {h})"
    if name not in factor:
        error = s.derivative("J", h)
    if step.activation == "softmax":
        inner = error.replace(y, s.symbol("y", "k")).replace(h, s.symbol("h", "k", last))
        other = s.symbol("h", "k", last)
        return f"{h}{s.times}({error} - {s.sum('k')}({inner}) {other})"
    return f"{error}{s.times}{s.slope(f, z)}"


def _errors(e: Equations, s: Script) -> Iterator[str]:
    last = len(e.steps) + 1
    for i in _nodes(e.steps[-1].units):
        if i is None:
            yield s.rows
        else:
            yield f"{s.symbol('δ', str(i), last)} = {_out_error(e, s, str(i))}"
    for place in range(len(e.steps) - 1, 0, -1):
        step, after = e.steps[place - 1], e.steps[place]
        for j in _nodes(step.units):
            if j is None:
                yield s.rows
                continue

            def term(i: int, j: int = j, place: int = place) -> str:
                w = s.symbol("w", s.index(i, j), place + 1)
                return f"{w} {s.symbol('δ', str(i), place + 2)}"

            total = _some(after.units, term, " + ", s.dots)
            slope = s.slope(_function(e, step), s.symbol("z", str(j), place + 1))
            yield f"{s.symbol('δ', str(j), place + 1)} = ({total}){s.times}{slope}"
        matrix = s.transposed(s.symbol("W", "", place + 1))
        slope = s.slope(_function(e, step), s.symbol("z", "", place + 1))
        product = f"({matrix} {s.symbol('δ', '', place + 2)})"
        yield f"{s.symbol('δ', '', place + 1)} = {product}{s.hadamard}{slope}"


def _gradient(e: Equations, s: Script) -> Iterator[str]:
    for place, step in enumerate(e.steps, 1):
        delta, h = s.symbol("δ", "i", place + 1), _h(s, "j", place)
        w = s.symbol("w", "ij", place)
        yield f"{s.derivative('J', w)} = {h} {delta}"
        if step.has_bias:
            yield f"{s.derivative('J', s.symbol('b', 'i', place))} = {delta}"
        transposed = s.transposed(s.symbol("h", "", place))
        matrix = f"{s.symbol('δ', '', place + 1)} {transposed}"
        yield f"{s.derivative('J', s.symbol('W', '', place))} = {matrix}"


def _aligned(line: str) -> str:
    """Return a line with the mark at which LaTeX aligns it."""
    left, sign, right = line.partition(" = ")
    return f"{left} &= {right}" if sign else f"&{line}"
