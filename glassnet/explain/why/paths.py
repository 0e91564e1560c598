"""The ways from one number of a network to its loss, and the factors on them.

Takes a trace and one entry of a value; gives the factors along every path, and the strongest
paths. ``chain.py`` calls it.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from glassnet.explain.account.reasons import Reasons
from glassnet.explain.account.trace import Trace
from glassnet.explain.formula.entries import EntryFormulas
from glassnet.explain.formula.places import Index
from glassnet.explain.formula.slopes import Slopes
from glassnet.explain.formula.tree import Formula, Num, Ref, multiply, partial, value_of
from glassnet.graph import Node, Statement

__all__ = ["Factor", "Links", "Path"]

# More paths than this are not compared one by one.
_MOST_COMPARED = 20_000
_NEVER = 2**62

Place = tuple[int, Index]


@dataclass(frozen=True)
class Factor:
    """One link of a chain: ∂reader/∂read, what it is made of, its number."""

    of: Ref
    by: Ref
    formula: Formula
    number: float

    @property
    def symbol(self) -> Formula:
        return partial(self.of, self.by)


@dataclass(frozen=True)
class Path:
    """One way from the loss to the value: factors from the loss backwards, and their product."""

    factors: tuple[Factor, ...]

    @property
    def number(self) -> float:
        return math.prod(factor.number for factor in self.factors)

    @property
    def product(self) -> Formula:
        """The product as a formula of numbers."""
        return multiply(Ref("factor", None, factor.number) for factor in self.factors)

    @property
    def route(self) -> list[Ref]:
        """The values on the way, from the value to the loss."""
        return [self.factors[-1].by, *(factor.of for factor in reversed(self.factors))]


class Links:
    """The factors between single numbers, from one entry of a value up to the loss."""

    def __init__(self, trace: Trace, reasons: Reasons, node: Node, place: Index) -> None:
        self.trace = trace
        self.elements: EntryFormulas = trace.entry_formulas(_NEVER, _NEVER)
        self.start: Place = (id(node), place)
        self.loss = trace.listing.program.outputs["loss"]
        # Links from an entry to the entries that are computed from it.
        self.onward: dict[Place, list[tuple[Place, Factor]]] = {}
        # The first link by which an entry was reached.
        self.arrived: dict[Place, tuple[Factor, Place]] = {}
        self.dead_end: Path | None = None
        self.order = self._walk(reasons)
        self.totals, self.counts = self._add_up()

    def _walk(self, reasons: Reasons) -> list[Place]:
        """Find all links, in the order of the pass; return the entries they start from."""
        reached: dict[int, dict[Index, None]] = {self.start[0]: {self.start[1]: None}}
        order = [self.start]
        for statement in self.trace.listing.statements:
            if statement.stage not in ("forward", "loss"):
                continue
            for name in statement.reads:
                node = self.trace.nodes[name]
                readers = reasons.readers.get(id(node), [])
                if id(node) in reached and statement in readers:
                    found = self._link(statement, node, list(reached[id(node)]))
                    reached.setdefault(id(statement.node), {}).update(dict.fromkeys(found))
            order += [(id(statement.node), one) for one in reached.get(id(statement.node), {})]
        return order

    def _link(self, statement: Statement, node: Node, places: list[Index]) -> Iterator[Index]:
        slopes = Slopes(self.elements, statement.node, node)
        for place in places:
            by = self.elements.reference(node, place)
            for index in slopes.touched(place):
                formula = slopes.of(statement.node, index, place)
                number = value_of(formula)
                if formula == Num(0.0):
                    continue
                of = self.elements.reference(statement.node, index)
                factor = Factor(of, by, formula, number)
                target = (id(statement.node), index)
                if number == 0:
                    self._end_here(factor, (id(node), place))
                    continue
                self.arrived.setdefault(target, (factor, (id(node), place)))
                self.onward.setdefault((id(node), place), []).append((target, factor))
                yield index

    def _end_here(self, factor: Factor, place: Place) -> None:
        """Note the way to the first factor that is 0."""
        if self.dead_end is None:
            factors = [factor]
            while place in self.arrived:
                before, place = self.arrived[place]
                factors.append(before)
            self.dead_end = Path(tuple(factors))

    def _add_up(self) -> tuple[dict[Place, float], dict[Place, int]]:
        """Return the gradient at every entry, and how many paths lead from it to the loss."""
        totals: dict[Place, float] = {(id(self.loss), ()): 1.0}
        counts: dict[Place, int] = {(id(self.loss), ()): 1}
        for place in reversed(self.order):
            links = self.onward.get(place, [])
            if links:
                totals[place] = sum(factor.number * totals.get(to, 0.0) for to, factor in links)
                counts[place] = sum(counts.get(to, 0) for to, _factor in links)
        return totals, counts

    def strongest(self, most: int) -> list[Path]:
        """Return the paths with the largest products, largest first."""
        found = list(itertools.islice(self._by_strength(), most))
        return sorted(found, key=lambda path: -abs(path.number))

    def _by_strength(self) -> Iterator[Path]:
        """Yield paths, those that promise most first: by what the rest of the way adds up to."""
        best = self._best()
        ticket = itertools.count()
        start = self.start
        heap: list[Any] = [(-best.get(start, 0.0), next(ticket), start, 1.0, ())]
        for _round in range(_MOST_COMPARED):
            if not heap:
                return
            _bound, _ticket, place, product, factors = heapq.heappop(heap)
            if place == (id(self.loss), ()):
                if factors:
                    yield Path(tuple(reversed(factors)))
                continue
            for to, factor in self.onward.get(place, []):
                ahead = product * abs(factor.number)
                bound = ahead * best.get(to, 0.0)
                if math.isnan(bound):
                    bound = 0.0
                if to in best:
                    entry = (-bound, next(ticket), to, ahead, (*factors, factor))
                    heapq.heappush(heap, entry)

    def _best(self) -> dict[Place, float]:
        """Return the largest product from every entry to the loss."""
        best: dict[Place, float] = {(id(self.loss), ()): 1.0}
        for place in reversed(self.order):
            onward = self.onward.get(place, [])
            links = [abs(factor.number) * best[to] for to, factor in onward if to in best]
            if links:
                best[place] = max(links)
        return best
