"""Local derivatives, entry by entry: what ∂z₁[1]/∂W₁[0,1] is made of.

Takes a statement and a value it reads, gives the tree of the derivative of one entry by another,
from the rules of the ops. Reasons and the chain of factors call it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np

from glassnet import backends
from glassnet.explain.formula.entries import EntryFormulas, scalar_formula
from glassnet.explain.formula.places import (
    Index,
    is_moving,
    matmul_sources,
    moved_source,
    reduced_places,
    source_index,
)
from glassnet.explain.formula.tree import (
    ONE,
    ZERO,
    Apply,
    Formula,
    Num,
    Ref,
    add,
    multiply,
    negative,
)
from glassnet.graph import (
    Node,
    Program,
    apply,
    constant,
    gradients,
    input_node,
    simplify_nodes,
)

__all__ = ["Slopes", "scalar_rule", "slope_formula"]


class Slopes:
    """The derivative of entries of one statement with respect to entries of one value it reads.

    Parameters
    ----------
    elements : EntryFormulas
        With sums unfolded: a local derivative is written out.
    statement : Node
    target : Node
    """

    def __init__(self, elements: EntryFormulas, statement: Node, target: Node) -> None:
        self.elements = elements
        self.statement = statement
        self.target = target
        self.reach = _leading_to(statement, target, elements)

    def touched(self, place: Index) -> list[Index]:
        """Return the entries of the statement that an entry of the target has a part in."""
        values = self.elements.values
        mask = np.zeros(values[id(self.target)].shape, bool)
        mask[place] = True
        found = self._spread(self.statement, mask, {})
        return [tuple(int(i) for i in index) for index in np.argwhere(found)]

    def _spread(self, node: Node, mask: np.ndarray, done: dict[int, np.ndarray]) -> np.ndarray:
        if node is self.target:
            return mask
        if id(node) in done:
            return done[id(node)]
        out: np.ndarray = np.zeros(self.elements.values[id(node)].shape, bool)
        for position, child in enumerate(node.inputs):
            if id(child) in self.reach:
                out |= _passed_on(node, position, self._spread(child, mask, done), out.shape)
        done[id(node)] = out
        return out

    def of(self, node: Node, index: Index, place: Index, is_top: bool = True) -> Formula:
        """Return ∂node[index] / ∂target[place]."""
        if node is self.target and not is_top:
            return ONE if index == place else ZERO
        if id(node) not in self.reach:
            return ZERO
        if node.op.name in _FUSED:
            return _FUSED[node.op.name](self, node, index, place)
        if node.op.is_elementwise:
            return self._elementwise(node, index, place)
        if node.op.name == "matmul":
            return self._matmul(node, index, place)
        if node.op.name == "sum":
            places = reduced_places(node, index, self.elements.values)
            return add(self.of(node.inputs[0], one, place, False) for one in places)
        if is_moving(node, self.elements.values):
            found = moved_source(node, index, self.elements.values)
            return ZERO if isinstance(found, float) else self.of(*found, place, False)
        return self._by_number(node, index, place)

    def _by_number(self, node: Node, index: Index, place: Index) -> Formula:
        """Return the derivative of any other op: its rule run on the numbers."""
        terms = []
        for position, child in enumerate(node.inputs):
            if id(child) not in self.reach:
                continue
            slopes = _run_rule(node, position, index, self.elements.values)
            for source in np.argwhere(slopes):
                at = tuple(int(i) for i in source)
                inner = self.of(child, at, place, False)
                terms.append(multiply([Ref("slope", None, float(slopes[at])), inner]))
        return add(terms)

    def _elementwise(self, node: Node, index: Index, place: Index) -> Formula:
        terms = []
        for position, child in enumerate(node.inputs):
            shape = self.elements.values[id(child)].shape
            inner = self.of(child, source_index(index, shape), place, False)
            if inner != ZERO:
                terms.append(multiply([self._rule(node, position, index), inner]))
        return add(terms)

    def _rule(self, node: Node, position: int, index: Index) -> Formula:
        """Return the derivative rule of an elementwise op, for one entry."""
        attrs = tuple(sorted(node.attrs.items()))
        share, leaves = scalar_rule(node.op, attrs, node.dtype, position)
        if share is None:
            return ZERO
        formulas = {
            id(leaf): self.elements.child(node, number, index)
            for number, leaf in enumerate(leaves[1:])
        }
        formulas[id(leaves[0])] = self.elements.entry(node, index)
        return scalar_formula(share, formulas)

    def _matmul(self, node: Node, index: Index, place: Index) -> Formula:
        a, b = node.inputs
        terms = []
        for k in self._summed(node, place):
            first, second = matmul_sources(node, index, k, self.elements.values)
            if id(a) in self.reach and (a is not self.target or first == place):
                inner = self.of(a, first, place, False)
                if inner != ZERO:
                    terms.append(multiply([inner, self.elements.entry(b, second)]))
            if id(b) in self.reach and (b is not self.target or second == place):
                inner = self.of(b, second, place, False)
                if inner != ZERO:
                    terms.append(multiply([self.elements.entry(a, first), inner]))
        return add(terms)

    def _summed(self, node: Node, place: Index) -> range:
        """Return the terms of a product's sum that an entry of the target can be part of."""
        a, b = node.inputs
        axis = 0 if node.attrs["transpose_a"] else 1
        if a is self.target and id(b) not in self.reach:
            return range(place[axis], place[axis] + 1)
        if b is self.target and id(a) not in self.reach:
            k = place[1 if node.attrs["transpose_b"] else 0]
            return range(k, k + 1)
        return range(self.elements.values[id(a)].shape[axis])

    # Ops whose rule is more than arithmetic on one entry -------------------------------

    def _scores(
        self, z: Node, rows: Index, place: Index, slope: Callable[[int], Formula]
    ) -> Formula:
        """Return Σ over k of slope(k) · ∂z[rows, k] / ∂target[place]."""
        if z is self.target:
            return slope(place[-1]) if place[:-1] == rows else ZERO
        count = self.elements.values[id(z)].shape[-1]
        terms = []
        for k in range(count):
            inner = self.of(z, (*rows, k), place, False)
            if inner != ZERO:
                terms.append(multiply([slope(k), inner]))
        return add(terms)

    def _softmax(self, node: Node, index: Index, place: Index) -> Formula:
        y = self.elements.entry(node, index)

        def slope(k: int) -> Formula:
            if k == index[-1]:
                return multiply([y, add([ONE, negative(y)])])
            return negative(multiply([y, self.elements.entry(node, (*index[:-1], k))]))

        return self._scores(node.inputs[0], index[:-1], place, slope)

    def _log_softmax(self, node: Node, index: Index, place: Index) -> Formula:
        z = node.inputs[0]

        def slope(k: int) -> Formula:
            p = self.elements.probability(z, (*index[:-1], k))
            return add([ONE, negative(p)]) if k == index[-1] else negative(p)

        return self._scores(z, index[:-1], place, slope)

    def _softmax_loss(self, node: Node, index: Index, place: Index) -> Formula:
        z, t = node.inputs

        def slope(k: int) -> Formula:
            target = self.elements.entry(t, (*index, k))
            return add([self.elements.probability(z, (*index, k)), negative(target)])

        return self._scores(z, index, place, slope)

    def _label_loss(self, node: Node, index: Index, place: Index) -> Formula:
        z, labels = node.inputs

        def slope(k: int) -> Formula:
            hit = self.elements.is_label(labels, index, k)
            return add([self.elements.probability(z, (*index, k)), negative(hit)])

        return self._scores(z, index, place, slope)

    def _sigmoid_loss(self, node: Node, index: Index, place: Index) -> Formula:
        z = node.inputs[0]
        source = source_index(index, self.elements.values[id(z)].shape)
        inner = self.of(z, source, place, False)
        p = self.elements.probability(z, source, "sigmoid")
        return multiply([add([p, negative(self.elements.child(node, 1, index))]), inner])


_FUSED: dict[str, Callable[[Slopes, Node, Index, Index], Formula]] = {
    "softmax": Slopes._softmax,
    "log_softmax": Slopes._log_softmax,
    "softmax_cross_entropy": Slopes._softmax_loss,
    "sparse_softmax_cross_entropy": Slopes._label_loss,
    "sigmoid_cross_entropy": Slopes._sigmoid_loss,
}


@cache
def scalar_rule(
    op: object, attrs: tuple[tuple[str, object], ...], dtype: str, position: int
) -> tuple[Node | None, list[Node]]:
    """Return the derivative of an elementwise op as graph, and its leaves: y, then the inputs."""
    y = input_node("y", (), dtype)
    inputs = [input_node(name, (), dtype) for name in op.inputs]  # type: ignore[attr-defined]
    rule = op.derivative  # type: ignore[attr-defined]
    if rule is None:
        return None, [y, *inputs]
    share = rule(constant(1.0, dtype), y, *inputs, **dict(attrs))[position]
    return (None if share is None else simplify_nodes([share])[0]), [y, *inputs]


def slope_formula(made: Node, y: Formula, x: Formula) -> Formula | None:
    """Return the slope of a function of one value, over whole arrays."""
    share, leaves = scalar_rule(made.op, tuple(sorted(made.attrs.items())), made.dtype, 0)
    if share is None:
        return None
    formula = scalar_formula(share, {id(leaves[0]): y, id(leaves[1]): x})
    if not isinstance(formula, Apply) or formula.kind != "multiply":
        return formula
    has_numbers = any(isinstance(part, Num) for part in formula.parts)
    return formula if has_numbers else Apply("hadamard", formula.parts)


# Ops whose result depends on the shape of what they read, not on its numbers.
_SIZES = {"size", "random_bits", "random_uniform"}


def _run_rule(
    node: Node, position: int, index: Index, values: Mapping[int, np.ndarray]
) -> np.ndarray:
    """Return ∂node[index] by every entry of one of its inputs."""
    arrays = [values[id(child)] for child in node.inputs]
    inputs = [
        input_node(f"i{number}", array.shape, child.dtype)
        for number, (array, child) in enumerate(zip(arrays, node.inputs, strict=True))
    ]
    seed = np.zeros(values[id(node)].shape, node.dtype)
    seed[index] = 1
    made = apply(node.op.name, *inputs, **node.attrs)
    share = gradients(made, [inputs[position]], constant(seed))[0]
    program = Program("slope", inputs, {"slope": share})
    given = {f"i{number}": array for number, array in enumerate(arrays)}
    return backends.Numpy().run(program, given)["slope"]


def _leading_to(statement: Node, target: Node, elements: EntryFormulas) -> set[int]:
    """Return the nodes within a statement that the target is part of."""
    found: set[int] = set()

    def visit(node: Node, is_top: bool) -> bool:
        if node is target and not is_top:
            found.add(id(node))
            return True
        if (not is_top and id(node) in elements.names) or node.op.name in _SIZES:
            return False
        hits = [visit(child, False) for child in node.inputs]
        if any(hits):
            found.add(id(node))
        return any(hits)

    visit(statement, True)
    return found


def _passed_on(node: Node, position: int, mask: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return the entries of a node that marked entries of one input have a part in."""
    if node.op.is_elementwise:
        return np.broadcast_to(mask, shape)
    if node.op.name == "matmul":
        flipped = node.attrs["transpose_a" if position == 0 else "transpose_b"]
        turned = mask.T if flipped else mask
        hit = np.asarray(turned.any(axis=1 - position))
        return np.broadcast_to(hit[:, None] if position == 0 else hit, shape)
    if node.op.name == "sum":
        found = mask.any(axis=node.attrs["axes"], keepdims=node.attrs["keepdims"])
        return np.asarray(found)
    if node.op.name == "reshape":
        return mask.reshape(shape)
    return np.ones(shape, bool)
