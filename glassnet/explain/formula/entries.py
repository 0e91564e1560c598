"""What one entry of a value is made of: ``x[0]·W₁[0,1] + x[1]·W₁[1,1] + b₁[1]``, with numbers.

Takes a node, an index and the arrays of a pass; gives a tree whose leaves know their numbers.
Steps, slopes and the chain of factors call it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from glassnet.explain.formula.arrays import CALLS, COMPARISONS
from glassnet.explain.formula.places import (
    Index,
    has_rows,
    is_moving,
    matmul_sources,
    moved_source,
    reduced_places,
    source_index,
)
from glassnet.explain.formula.tree import (
    Apply,
    Formula,
    Num,
    Ref,
    Rest,
    add,
    arguments_of,
    call,
    divide,
    multiply,
    negative,
)
from glassnet.graph import Node
from glassnet.graph.dims import Dim

__all__ = ["EntryFormulas", "scalar_formula"]


@dataclass
class EntryFormulas:
    """Takes values apart, entry by entry, down to values that have names.

    Attributes
    ----------
    named : sequence of Node
        The values that have names.
    names : mapping
        Their names by the ``id`` of their nodes.
    values : mapping
        Arrays by the ``id`` of their nodes.
    is_single : bool
        One sample without its batch axis: indices leave that axis out.
    most : int
        Sums of more terms are folded.
    kept : int
        How many terms a folded sum keeps: the largest.
    """

    named: Sequence[Node]
    names: Mapping[int, str]
    values: Mapping[int, np.ndarray]
    is_single: bool = False
    most: int = 6
    kept: int = 3

    def shown_index(self, node: Node, index: Index) -> Index:
        """Return an index as a reader of the account writes it."""
        return index[1:] if self.is_single and has_rows(node) else index

    def reference(self, node: Node, index: Index) -> Ref:
        """Return an entry of a named value."""
        plain = "random" if node.op.name.startswith("random") else node.op.name
        name = self.names.get(id(node)) or node.name or plain
        number = float(self.values[id(node)][index])
        return Ref(name, self.shown_index(node, index), number)

    def entry(self, node: Node, index: Index, is_top: bool = False) -> Formula:
        """Return what an entry is made of; the entry itself where it has a name."""
        if node.is_constant:
            return Num(float(np.asarray(node.attrs["value"])[index]))
        if id(node) in self.names and not (is_top and node.inputs):
            return self.reference(node, index)
        rule = _RULES.get(node.op.name)
        if rule is not None:
            return rule(self, node, index)
        if node.op.is_elementwise:
            return self._elementwise(node, index)
        if is_moving(node, self.values):
            return self.moved(node, index)
        return self.reference(node, index)

    def child(self, node: Node, position: int, index: Index) -> Formula:
        """Return the entry of an input that an elementwise op reads for an index."""
        one = node.inputs[position]
        return self.entry(one, source_index(index, self.values[id(one)].shape))

    def _elementwise(self, node: Node, index: Index) -> Formula:
        parts = [self.child(node, position, index) for position in range(len(node.inputs))]
        rule = _SCALAR.get(node.op.name)
        if rule is not None:
            return rule(parts)
        return called(node, parts)

    def folded(self, numbers: np.ndarray, term: Callable[[int], Formula]) -> Formula:
        """Return a sum of terms: the largest and a rest where there are many.

        Parameters
        ----------
        numbers : ndarray
            What each term is.
        term : callable
            Gives the formula of the term at a place.
        """
        if len(numbers) <= self.most:
            return add(term(place) for place in range(len(numbers)))
        size = np.abs(np.nan_to_num(numbers, nan=np.inf))
        chosen = sorted(np.argsort(-size, kind="stable")[: self.kept].tolist())
        terms = [term(place) for place in chosen]
        others = np.delete(numbers, chosen)
        return add([*terms, Rest(len(others), float(others.sum()))])

    # Ops that read entries elsewhere ---------------------------------------------------

    def matmul(self, node: Node, index: Index) -> Formula:
        a, b = node.inputs
        row, column = index
        left, right = self.values[id(a)], self.values[id(b)]
        left = left[:, row] if node.attrs["transpose_a"] else left[row]
        right = right[column] if node.attrs["transpose_b"] else right[:, column]

        def term(k: int) -> Formula:
            first, second = matmul_sources(node, index, k, self.values)
            return multiply([self.entry(a, first), self.entry(b, second)])

        with np.errstate(all="ignore"):
            products = np.asarray(left, np.float64) * np.asarray(right, np.float64)
        linked = self._linked(node, index)
        if linked is None:
            return self.folded(products, term)
        return self.folded(products[linked], lambda place: term(int(linked[place])))

    def _linked(self, node: Node, index: Index) -> np.ndarray | None:
        """Return the places of a sparse layer's connections, None where all are connected."""
        mask = node.inputs[1]
        if mask.op.name != "multiply" or id(mask) in self.names:
            return None
        constants = [child for child in mask.inputs if child.is_constant and child.shape]
        if not constants or node.attrs["transpose_b"]:
            return None
        return np.flatnonzero(constants[0].attrs["value"][:, index[1]])

    def sum(self, node: Node, index: Index) -> Formula:
        child = node.inputs[0]
        places = reduced_places(node, index, self.values)
        numbers = np.array([float(self.values[id(child)][place]) for place in places])
        return self.folded(numbers, lambda k: self.entry(child, places[k]))

    def max(self, node: Node, index: Index) -> Formula:
        child = node.inputs[0]
        places = reduced_places(node, index, self.values)
        return call("max", *(self.entry(child, place) for place in places))

    def moved(self, node: Node, index: Index) -> Formula:
        """Return the entry that an op which only moves numbers reads."""
        found = moved_source(node, index, self.values)
        return Num(found) if isinstance(found, float) else self.entry(*found)

    def size(self, node: Node, index: Index) -> Formula:
        size = node.inputs[0].shape[node.attrs["axis"]]
        number = float(self.values[id(node)])
        return Ref("n", None, number) if isinstance(size, Dim) else Num(number)

    def one_hot(self, node: Node, index: Index) -> Formula:
        return self.is_label(node.inputs[0], index[:-1], index[-1])

    def is_label(self, labels: Node, index: Index, k: int) -> Formula:
        """Return [y == k]: 1 where the label is k, else 0."""
        label = self.reference(labels, index)
        row = f"[{','.join(map(str, label.index))}]" if label.index else ""
        number = float(self.values[id(labels)][index] == k)
        return Ref(f"[{label.name}{row}=={k}]", None, number)

    # Softmax and its losses ------------------------------------------------------------

    def probability(self, z: Node, index: Index, kind: str = "softmax") -> Formula:
        """Return a probability: by its name where some value holds it, else by its formula."""
        for node in self.named:
            if node.op.name == kind and node.inputs[0] is z:
                return self.reference(node, index)
        return self.softmax_of(z, index) if kind == "softmax" else call(kind, self.entry(z, index))

    def softmax_of(self, z: Node, index: Index) -> Formula:
        scores = self.values[id(z)][index[:-1]].astype(np.float64)
        # Powers beyond what a number holds: the largest is taken off all, as it is computed.
        top = float(scores.max()) if np.abs(scores).max() > 50 else 0.0

        def power(k: int) -> Formula:
            exponent = self.entry(z, (*index[:-1], k))
            return call("exp", add([exponent, Num(-top)]) if top else exponent)

        with np.errstate(all="ignore"):
            powers = np.exp(scores - top)
        return divide(power(index[-1]), self.folded(powers, power))

    def softmax(self, node: Node, index: Index) -> Formula:
        return self.softmax_of(node.inputs[0], index)

    def log_softmax(self, node: Node, index: Index) -> Formula:
        return call("ln", self.softmax_of(node.inputs[0], index))

    def softmax_loss(self, node: Node, index: Index) -> Formula:
        z, t = node.inputs
        count = self.values[id(z)].shape[-1]
        targets = self.values[id(t)][index]
        terms = [
            multiply([self.entry(t, (*index, k)), call("ln", self.probability(z, (*index, k)))])
            for k in range(count)
            if targets[k] != 0
        ]
        return negative(terms[0]) if len(terms) == 1 else negative(add(terms))

    def label_loss(self, node: Node, index: Index) -> Formula:
        z, labels = node.inputs
        label = int(self.values[id(labels)][index])
        return negative(call("ln", self.probability(z, (*index, label))))

    def sigmoid_loss(self, node: Node, index: Index) -> Formula:
        z = node.inputs[0]
        place = source_index(index, self.values[id(z)].shape)
        target = self.child(node, 1, index)
        p = self.probability(z, place, "sigmoid")
        hit = negative(multiply([target, call("ln", p)]))
        miss = multiply([add([Num(1.0), negative(target)]), call("ln", _one_minus(p))])
        return add([hit, negative(miss)])


def called(node: Node, parts: Sequence[Formula]) -> Formula:
    """Return an elementwise op as the call of a function, its settings among the arguments."""
    settings = [
        Num(float(node.attrs[name])) for name in arguments_of(node.op) if name in node.attrs
    ]
    return call(CALLS.get(node.op.name, node.op.name), *parts, *settings)


def scalar_formula(node: Node, leaves: Mapping[int, Formula]) -> Formula:
    """Return a small graph of scalars as a formula, given what its leaves are."""
    if id(node) in leaves:
        return leaves[id(node)]
    if node.is_constant:
        return Num(float(node.attrs["value"]))
    parts = [scalar_formula(child, leaves) for child in node.inputs]
    rule = _SCALAR.get(node.op.name)
    if rule is not None:
        return rule(parts)
    return called(node, parts)


def _where(condition: Formula, yes: Formula, no: Formula) -> Formula:
    if isinstance(condition, Num):  # a fixed table says which
        return yes if condition.number else no
    return Apply("where", (condition, yes, no))


def _one_minus(p: Formula) -> Formula:
    return add([Num(1.0), negative(p)])


_SCALAR: dict[str, Callable[[list[Formula]], Formula]] = {
    "add": add,
    "subtract": lambda parts: add([parts[0], negative(parts[1])]),
    "negative": lambda parts: negative(parts[0]),
    "multiply": multiply,
    "divide": lambda parts: divide(*parts),
    "square": lambda parts: Apply("square", tuple(parts)),
    "power": lambda parts: Apply("power", tuple(parts)),
    "where": lambda parts: _where(*parts),
    "cast": lambda parts: parts[0],
    **{
        name: (lambda parts, sign=sign: Apply(sign, tuple(parts)))  # type: ignore[misc]
        for name, sign in COMPARISONS.items()
    },
}

_RULES: dict[str, Callable[[EntryFormulas, Node, Index], Formula]] = {
    "matmul": EntryFormulas.matmul,
    "sum": EntryFormulas.sum,
    "max": EntryFormulas.max,
    "size": EntryFormulas.size,
    "one_hot": EntryFormulas.one_hot,
    "softmax": EntryFormulas.softmax,
    "log_softmax": EntryFormulas.log_softmax,
    "softmax_cross_entropy": EntryFormulas.softmax_loss,
    "sparse_softmax_cross_entropy": EntryFormulas.label_loss,
    "sigmoid_cross_entropy": EntryFormulas.sigmoid_loss,
}
