"""The steps of an account: each statement with its formula, its reason and its entries.

Takes a trace and reasons, gives :class:`Step` objects, whose entries are formulas with numbers; the
renderers write them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from glassnet.explain.account.reasons import Reasons, Slope
from glassnet.explain.account.trace import Trace
from glassnet.explain.formula.arrays import symbols_of
from glassnet.explain.formula.entries import EntryFormulas
from glassnet.explain.formula.expressions import written_out
from glassnet.explain.formula.tree import (
    Apply,
    Formula,
    Num,
    Ref,
    Rest,
    rounded,
    shares_of,
    value_of,
)
from glassnet.graph import REGISTRY, Dim, Node, Statement
from glassnet.numbers import MOST_DIGITS, digits_for_change

__all__ = ["Entry", "Fold", "Step", "entry_of", "steps_of"]


@dataclass(frozen=True)
class Fold:
    """How much is written out.

    Attributes
    ----------
    most_entries, kept_entries : int
        A value of more entries shows the kept number of them: where the gradient is largest.
    most_terms, kept_terms : int
        A sum of more terms shows the kept number of them: the largest.
    most_aside, kept_aside : int
        As for entries, for what an optimizer keeps besides the weights.
    """

    most_entries: int = 10
    kept_entries: int = 4
    most_terms: int = 6
    kept_terms: int = 3
    most_aside: int = 4
    kept_aside: int = 2


NEVER = Fold(*[2**62] * 6)


# Of a sum of at most this many terms each is written as a number, too.
_MOST_SHARES = 6
_PLAIN = (Num, Ref, Rest)


@dataclass(frozen=True)
class Entry:
    """One number of a value: its name, what it is made of, and itself.

    Attributes
    ----------
    left : Ref
    formula : Formula
        What it is made of; written in symbols or in numbers.
    inner : Formula or None
        The same with the function written out: 1 / (1 + exp(-z)).
    more_digits : int
        Digits it needs besides the usual, to show that a weight has changed.
    """

    left: Ref
    formula: Formula
    inner: Formula | None = None
    more_digits: int = 0

    @property
    def shares(self) -> Formula | None:
        """What its terms come to, where it is a short sum of more than plain numbers."""
        parts = shares_of(self.inner or self.formula)
        if not 1 < len(parts) <= _MOST_SHARES or all(isinstance(one, _PLAIN) for one in parts):
            return None
        if sum(value_of(one) != 0 for one in parts) < 2:
            return None  # a + 0 says no more than a
        return Apply("add", tuple(Ref("share", None, value_of(one)) for one in parts))

    @property
    def number(self) -> float:
        assert self.left.number is not None
        return self.left.number

    def digits_written(self, digits: int) -> int:
        """Return the digits its numbers need so that a reader who computes it gets the result.

        More than usual where almost equal numbers are subtracted, or where the result has more.
        """
        formula = self.inner or self.formula

        def distance(places: int) -> float:
            return abs(value_of(rounded(formula, places)) - self.number)

        try:
            least = distance(MOST_DIGITS + 1)
            if not math.isfinite(least):
                return digits
            # Single precision does not come nearer than its own rounding, with any digits.
            near = 3 * abs(self.number) * 10.0 ** (1 - digits - self.more_digits)
            near = max(near, 1.5 * least)
            enough = (
                places for places in range(digits, MOST_DIGITS + 1) if distance(places) <= near
            )
            return next(enough, max(digits, MOST_DIGITS + 1))
        except (ArithmeticError, KeyError, ValueError):
            return digits


@dataclass(frozen=True)
class Step:
    """One statement of the pass.

    Attributes
    ----------
    name : str
        What the value is called; a new weight is ``new W1``.
    stage : {"forward", "loss", "backward", "update"}
    shape : tuple of int
    formula : Formula
        What it is, over whole arrays.
    title : str
        What it is, in words.
    chain : list of Formula
        The chain rule it follows from: sides of an equation.
    slopes : list of Slope
        The slopes in it, and what they are.
    functions : list of (str, str)
        Functions of the formula and what they compute.
    units : tuple of str
        What the units along the last axis stand for, where that has names.
    """

    name: str
    stage: str
    shape: tuple[int, ...]
    formula: Formula
    title: str
    chain: list[Formula]
    slopes: list[Slope]
    functions: list[tuple[str, str]]
    statement: Statement
    units: tuple[str, ...]
    trace: Trace = field(repr=False)
    focus: list[tuple[int, ...]] = field(repr=False, default_factory=list)

    @property
    def value(self) -> np.ndarray:
        return self.trace.array(self.statement.node)

    def entries(self, fold: Fold, digits: int = 6) -> Iterator[Entry]:
        """Yield the entries to write out."""
        elements = self.trace.entry_formulas(fold.most_terms, fold.kept_terms)
        for index in self._shown(fold):
            yield entry_of(self.trace, elements, self.statement, index, digits)

    def unit_of(self, entry: Entry) -> str:
        """Return what the unit of an entry stands for, empty where that has no name."""
        return self.units[entry.left.index[-1]] if self.units and entry.left.index else ""

    def left_out(self, fold: Fold) -> int:
        """Return how many entries are not written out."""
        return self.value.size - min(self.value.size, len(self._shown(fold)))

    def _shown(self, fold: Fold) -> list[tuple[int, ...]]:
        most, kept = fold.most_entries, fold.kept_entries
        if self.is_side_matter:
            most, kept = min(most, fold.most_aside), min(kept, fold.kept_aside)
        if self.value.size <= most:
            return [tuple(index) for index in np.ndindex(self.value.shape)]
        return sorted(self.focus[:kept])

    @property
    def is_side_matter(self) -> bool:
        """Whether it is what an optimizer keeps or needs in between, not the weights themselves."""
        return self.stage == "update" and self.statement.name != self.statement.parameter


def entry_of(
    trace: Trace, elements: EntryFormulas, one: Statement, index: tuple[int, ...], digits: int
) -> Entry:
    """Return one entry of the value of a statement."""
    node, name = one.node, f"new {one.name}" if one.state else one.name
    number = float(trace.array(node)[index])
    is_copy = trace.names.get(id(node)) != name
    formula = elements.entry(node, index, is_top=not is_copy)
    more = 0
    if one.stage == "update" and one.state:
        before = float(trace.array(trace.listing.program.inputs[one.state])[index])
        limit = 8 if node.dtype == "float32" else 15
        more = max(min(digits_for_change(before, number, digits), limit) - digits, 0)
    left = Ref(name, elements.shown_index(node, index), number)
    return Entry(left, formula, written_out(formula), more)


def steps_of(trace: Trace, reasons: Reasons) -> list[Step]:
    """Return all steps of a pass."""
    known: set[str] = set()
    steps = []
    focus = _Focus(trace)
    for one in trace.listing.statements:
        name = f"new {one.name}" if one.state else one.name
        symbols = _symbols(trace, one, name)
        functions = [f for f in _functions(symbols) if f[0] not in known]
        known.update(f[0] for f in functions)
        shape = trace.array(one.node).shape
        is_row = trace.is_single and bool(one.shape) and one.shape[0] == Dim("n")
        steps.append(
            Step(
                name, one.stage, shape[1:] if is_row else shape, symbols, reasons.title(one),
                reasons.chain(one), reasons.slopes(one), functions, one, reasons.units(one), trace,
                focus.of(one),
            )
        )  # fmt: skip
    return steps


def _symbols(trace: Trace, one: Statement, name: str) -> Formula:
    known = trace.names.get(id(one.node))
    return symbols_of(one.node, trace.names) if known == name else Ref(known or "")


# What functions compute, in words of mathematics ------------------------------------------


def _functions(formula: Formula) -> list[tuple[str, str]]:
    """Return the functions of a formula that need to be told, with what they compute."""
    found: dict[str, str] = {}
    stack = [formula]
    while stack:
        one = stack.pop()
        if isinstance(one, Apply):
            stack.extend(one.parts)
            if one.kind == "call" and one.name in REGISTRY and one.name not in _OBVIOUS:
                op = REGISTRY[one.name]
                left, _, right = op.formula.partition(" = ")
                index = "_k" if left == "y_k" else ""
                right = right.replace("maximum(", "max(").replace("minimum(", "min(")
                found[one.name] = f"{one.name}({', '.join(op.inputs)}){index} = {right}"
    return list(found.items())


_OBVIOUS = {"exp", "sqrt", "abs", "tanh", "sin", "cos", "sign", "log", "one_hot", "floor", "max"}


# Which entries of a wide value are shown ----------------------------------------------------


class _Focus:
    """Chooses the entries to show: the same for all values that go with each other.

    These are the values of one shape that a layer has, and those that are computed from each other
    entry by entry: z, a and their error terms; a weight, its gradient, its slots and its new value.
    """

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.parent: dict[object, object] = {}
        for one in trace.listing.statements:
            for key in [self._layer(one), *self._read_by_entry(one.node)]:
                self.parent[self._find(key)] = self._find(id(one.node))
        self.chosen: dict[object, np.ndarray] = {}
        for one in trace.listing.statements:
            # Of several values the last of the backward pass counts: the error term.
            key = self._find(id(one.node))
            if one.stage in ("forward", "backward") or key not in self.chosen:
                self.chosen[key] = trace.array(one.node)

    def _find(self, key: object) -> object:
        passed = []
        while key in self.parent and self.parent[key] != key:
            passed.append(key)
            key = self.parent[key]
        self.parent.update(dict.fromkeys(passed, key))  # or long chains are walked again and again
        return key

    def _layer(self, one: Statement) -> object:
        name = one.parameter or one.name
        tag = re.search(r"(\d+|_\w+)$", name)
        return (tag[0] if tag else name), self.trace.array(one.node).shape

    def _read_by_entry(self, node: Node) -> list[int]:
        """Return the named values of the same shape that a value takes entry by entry."""
        shape, stack, found = self.trace.array(node).shape, [node], []
        while stack:
            made = stack.pop()
            if not made.op.is_elementwise:
                continue
            for child in made.inputs:
                if self.trace.array(child).shape == shape:
                    named = id(child) in self.trace.names
                    found += [id(child)] if named else []
                    stack += [] if named else [child]
        return found

    def of(self, one: Statement) -> list[tuple[int, ...]]:
        """Return the places of the largest numbers, largest first."""
        array = self.chosen[self._find(id(one.node))]
        size = np.abs(np.nan_to_num(array.astype(float), nan=np.inf)).reshape(-1)
        largest = np.argsort(-size, kind="stable")[: Fold.kept_entries]
        return [tuple(int(i) for i in np.unravel_index(k, array.shape)) for k in largest]
