"""Why one weight moves: the chain of factors from the loss to it, along every path."""

from __future__ import annotations

import heapq
import itertools
import math
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.errors import ArgumentError, ShapeError, suggestion
from glassnet.explain.elements import Elements
from glassnet.explain.numbers import digits_for_change, number_text
from glassnet.explain.places import Index
from glassnet.explain.reasons import Reasons
from glassnet.explain.scripts import LATEX, TEXT, Script
from glassnet.explain.slopes import Slopes
from glassnet.explain.terms import Apply, Formula, Num, Ref, Rest, add, multiply, value_of
from glassnet.explain.trace import Trace
from glassnet.graph import Node, Statement, shape_text
from glassnet.translation import _, plural

__all__ = ["Factor", "Path", "Why", "why"]

# Paths that are told one by one; of more, the strongest.
SHOWN = 4
# Columns of the text.
WIDTH = 80
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
        return Apply("partial", (self.of, self.by))


@dataclass(frozen=True)
class Path:
    """One way from the loss to the value: factors from the loss backwards, and their product."""

    factors: tuple[Factor, ...]

    @property
    def number(self) -> float:
        return math.prod(factor.number for factor in self.factors)

    @property
    def route(self) -> list[Ref]:
        """The values on the way, from the value to the loss."""
        return [self.factors[-1].by, *(factor.of for factor in reversed(self.factors))]


@dataclass(frozen=True)
class Why:
    """Why the loss changes with one number: a product of factors, added over all paths.

    Attributes
    ----------
    target : Ref
        The weight, or other value, with its number.
    value : float
        ∂loss/∂target, the sum over all paths.
    paths : list of Path
        The strongest paths.
    path_count : int
        How many there are without a factor 0.
    rest : float
        What the paths that are not listed add up to.
    dead_end : Path or None
        Where there is no path: the factors up to the first that is 0.

    Examples
    --------
    >>> import glassnet as gn
    >>> net = gn.Sequential([gn.Input((2,)), gn.layers.Dense(1)], dtype="float64", seed=0)
    >>> net.compile(gn.optimizers.SGD(0.1), "half_sum_squared_error")
    >>> net.set_weights([[[0.5], [-0.25]], [0.1]])
    >>> print(net.explain([1.0, 2.0], [1.0]).why("W1", (1, 0)))
    Why ∂L/∂W₁[1,0] = -1.8
    <BLANKLINE>
    W₁[1,0] → z₁[0] → L
      ∂L/∂z₁[0]       = z₁[0] - y[0] = 0.1 - 1 = -0.9
      ∂z₁[0]/∂W₁[1,0] = x[1]         = 2
      product         = (-0.9)·2 = -1.8
    <BLANKLINE>
    So SGD moves it: new W₁[1,0] = W₁[1,0] - η·dW₁[1,0] = -0.25 - 0.1·(-1.8) = -0.07
    """

    target: Ref
    value: float
    paths: list[Path]
    path_count: int
    rest: float
    dead_end: Path | None
    update: tuple[Ref, Formula] | None
    optimizer: str
    digits: int

    @property
    def left_out(self) -> int:
        return self.path_count - len(self.paths)

    @property
    def sum(self) -> Formula:
        """The sum over the paths, as a formula of numbers."""
        terms: list[Formula] = [Ref("path", None, path.number) for path in self.paths]
        if self.left_out:
            terms.append(Rest(self.left_out, self.rest, True))
        return add(terms)

    @property
    def title(self) -> str:
        left = TEXT.write(partial_of("loss", self.target))
        return _("Why {gradient} = {number}").format(
            gradient=left, number=number_text(self.value, self.digits)
        )

    def __str__(self) -> str:
        parts = [self.title]
        if not self.paths:
            parts.append("\n".join(textwrap.wrap(self.nothing(), WIDTH)))
            return "\n\n".join(parts if self.dead_end is None else [*parts, self._ending()])
        if self.path_count > 1:
            parts.append("\n".join(textwrap.wrap(self.counted(), WIDTH)))
        parts += [self._path_text(path) for path in self.paths]
        if self.path_count > 1:
            total = number_text(self.value, self.digits)
            written = TEXT.write(self.sum, True, self.digits)
            parts.append(f"{_('Sum of all paths')}: {written} = {total}")
        if self.update is not None:
            parts.append(self._update_text())
        return "\n\n".join(parts)

    __repr__ = __str__

    def nothing(self) -> str:
        """Return why there is no path."""
        name = TEXT.write(self.target)
        if self.dead_end is None:
            return _("The loss is not computed from {name}.").format(name=name)
        where = TEXT.write(self.dead_end.factors[0].symbol)
        return _("Every path from {name} to the loss has a factor 0; here it is {where}:").format(
            name=name, where=where
        )

    def _ending(self) -> str:
        assert self.dead_end is not None
        return self._path_text(self.dead_end)

    def counted(self) -> str:
        """Return how many paths there are, and how many of them are told."""
        text = plural(
            "There is {n} path from it to the loss.",
            "There are {n} paths from it to the loss; what each sends back is added.",
            self.path_count,
        )
        if not self.left_out:
            return text
        return text + " " + _("The strongest {n}:").format(n=len(self.paths))

    def _path_text(self, path: Path) -> str:
        lines = [" → ".join(TEXT.write(ref) for ref in path.route)]
        rows = [self.row(factor, TEXT) for factor in path.factors]
        product = multiply(Ref("factor", None, factor.number) for factor in path.factors)
        written = TEXT.write(product, True, self.digits)
        total = number_text(path.number, self.digits)
        width = max(len(row[0]) for row in rows)
        middle = max(len(row[1]) for row in rows)
        middle = middle if middle < 40 else 0
        for left, symbols, numbers in rows:
            line = f"  {left:<{width}} = "
            right = f"{symbols:<{middle}} = {numbers}" if symbols else numbers
            if symbols and len(line + right) > WIDTH:
                right = f"{symbols}\n{'':<{width + 2}} = {numbers}"
            lines.append(line + right)
        if len(path.factors) > 1 and path is not self.dead_end:
            name = _("product")
            lines.append(f"  {name:<{width}} = {written} = {total}")
        return "\n".join(lines)

    def row(self, factor: Factor, script: Script) -> tuple[str, str, str]:
        """Return a factor in three parts: ∂a/∂b, its formula, its numbers."""
        left = script.write(factor.symbol)
        symbols = script.write(factor.formula)
        numbers = script.write(factor.formula, True, self.digits)
        result = script.write(Num(factor.number), digits=self.digits)
        if isinstance(factor.formula, Num):
            return left, "", result
        return left, symbols, numbers if numbers == result else f"{numbers} = {result}"

    def _update_text(self) -> str:
        assert self.update is not None
        left, formula = self.update
        old, new = self.target.number or 0.0, left.number or 0.0
        digits = digits_for_change(old, new, self.digits)
        sides = [TEXT.write(left), TEXT.write(formula), TEXT.write(formula, True, self.digits)]
        sides.append(number_text(new, digits))
        head = _("So {optimizer} moves it:").format(optimizer=self.optimizer)
        line = f"{head} {' = '.join(sides)}"
        if len(line) <= WIDTH:
            return line
        pad = " " * (len(sides[0]) + 2)
        first = f"{head}\n  {sides[0]} = {sides[1]}"
        return "\n".join([first, *(f"{pad} = {side}" for side in sides[2:])])

    def latex(self) -> str:
        r"""Return the chain as LaTeX: an ``align*`` environment."""
        lines = []
        for path in self.paths:
            for factor in path.factors:
                left, symbols, numbers = self.row(factor, LATEX)
                middle = f"{symbols} = " if symbols else ""
                lines.append(f"{left} &= {middle}{numbers}")
        total = LATEX.write(Num(self.value), digits=self.digits)
        products = add(
            multiply(Ref("factor", None, factor.number) for factor in path.factors)
            for path in self.paths
        )
        if self.left_out:
            products = add([products, Rest(self.left_out, self.rest, True)])
        left = LATEX.write(partial_of("loss", self.target))
        lines.append(f"{left} &= {LATEX.write(products, True, self.digits)} = {total}")
        return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}"

    def _repr_html_(self) -> str:
        from glassnet.explain.page import why_html

        return why_html(self)


def partial_of(name: str, by: Ref) -> Formula:
    return Apply("partial", (Ref(name), by))


def why(trace: Trace, reasons: Reasons, name: str, index: Any, digits: int) -> Why:
    """Return the chain of factors from the loss to one entry of a value."""
    node, place = _target(trace, name, index)
    links = _Links(trace, reasons, node, place)
    target = trace.elements(_NEVER, _NEVER).reference(node, place)
    count = links.counts.get((id(node), place), 0)
    paths = links.strongest(SHOWN)
    value = links.totals.get((id(node), place), 0.0)
    rest = value - math.fsum(path.number for path in paths) if count > len(paths) else 0.0
    dead_end = None if paths else links.dead_end
    return Why(
        target, value, paths, count, rest, dead_end, _update(trace, name, place),
        type(reasons.optimizer).__name__, digits,
    )  # fmt: skip


def _target(trace: Trace, name: str, index: Any) -> tuple[Node, Index]:
    """Return the value and the entry that are meant."""
    if not trace.slopes:
        raise ArgumentError(
            _("why needs the loss, but this is a forward pass only: give y to explain(x, y)")
        )
    node = trace.nodes.get(name)
    known = [one for one, other in trace.nodes.items() if id(other) in trace.slopes]
    if node is None or id(node) not in trace.slopes:
        raise ArgumentError(
            _("the loss is not computed from a value {name!r}").format(name=name)
            + suggestion(str(name), known)
        )
    shape = trace.array(node).shape
    lead = (0,) if trace.is_single and trace.has_rows(node) else ()
    given = tuple(index) if isinstance(index, tuple | list) else (index,)
    wanted = (*lead, *given)
    whole = all(isinstance(i, int | np.integer) and not isinstance(i, bool) for i in wanted)
    if not whole or len(wanted) != len(shape):
        shown = shape[len(lead) :]
        raise ArgumentError(
            _(
                "{name} has the shape {shape}, so an entry of it has {n} indices, for example "
                "{example}; got {index!r}"
            ).format(
                name=name,
                shape=shape_text(shown),
                n=len(shown),
                index=index,
                example=tuple(0 for _size in shown),
            )
        )
    if not all(-size <= i < size for i, size in zip(wanted, shape, strict=True)):
        raise ShapeError(
            _("{name}{index} does not exist: {name} has the shape {shape}").format(
                name=name, index=list(given), shape=shape_text(shape[len(lead) :])
            )
        )
    return node, tuple(int(i) % size for i, size in zip(wanted, shape, strict=True))


def _update(trace: Trace, name: str, place: Index) -> tuple[Ref, Formula] | None:
    """Return what the optimizer makes of the entry."""
    node = trace.nodes.get(f"new {name}")
    if node is None:
        return None
    elements = trace.elements(_NEVER, _NEVER)
    left = Ref(f"new {name}", place, float(trace.array(node)[place]))
    return left, elements.entry(node, place, is_top=True)


class _Links:
    """The factors between single numbers, from one entry of a value up to the loss."""

    def __init__(self, trace: Trace, reasons: Reasons, node: Node, place: Index) -> None:
        self.trace = trace
        self.elements: Elements = trace.elements(_NEVER, _NEVER)
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
