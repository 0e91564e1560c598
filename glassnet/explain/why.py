"""Why one weight moves: the chain of factors from the loss to it, along every path."""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.errors import ArgumentError, ShapeError, suggestion
from glassnet.explain.paths import Factor, Links, Path
from glassnet.explain.places import Index
from glassnet.explain.reasons import Reasons
from glassnet.explain.scripts import LATEX, TEXT, Script
from glassnet.explain.steps import Entry, entry_of
from glassnet.explain.terms import Apply, Formula, Num, Ref, Rest, add, multiply
from glassnet.explain.trace import Trace
from glassnet.graph import Node, shape_text, topological_order
from glassnet.numbers import number_text
from glassnet.translation import _, plural

__all__ = ["Factor", "Path", "Why", "why"]

# Paths that are told one by one; of more, the strongest.
SHOWN = 4
# More paths than this are not counted for the reader.
_MANY = 1_000_000
# Columns of the text.
WIDTH = 80
_NEVER = 2**62


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
    moves : list of Entry
        What the optimizer makes of it, in its order: slots, move, the new weight last.
    is_kept : bool
        Whether the optimizer kept something of earlier steps for it.

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
    moves: list[Entry]
    is_kept: bool
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
            parts += [] if self.dead_end is None else [self._ending()]
        if self.path_count > 1:
            parts.append("\n".join(textwrap.wrap(self.counted(), WIDTH)))
        parts += [self._path_text(path) for path in self.paths]
        if self.path_count > 1:
            total = number_text(self.value, self.digits)
            written = TEXT.write(self.sum, True, self.digits)
            parts.append(f"{_('Sum of all paths')}: {written} = {total}")
        if self.moves:
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
        if self.path_count > _MANY:
            return _(
                "There are more than a million paths from it to the loss. The strongest {n}:"
            ).format(n=len(self.paths))
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

    @property
    def moving(self) -> str:
        """Say that the optimizer moves it, and when by what it kept more than by this gradient."""
        text = _("So {optimizer} moves it:").format(optimizer=self.optimizer)
        shift = self.moves[-1].number - (self.target.number or 0.0)
        if not shift:
            return _("So {optimizer} leaves it where it is:").format(optimizer=self.optimizer)
        if not self.is_kept or shift * self.value < 0:
            return text
        if not self.value:
            return _(
                "This gradient is 0, but {optimizer} has kept something of earlier steps, and "
                "moves it:"
            ).format(optimizer=self.optimizer)
        return _(
            "So {optimizer} moves it, against this gradient: what it has kept of earlier steps "
            "outweighs it:"
        ).format(optimizer=self.optimizer)

    def _update_text(self) -> str:
        from glassnet.explain.plain import entry_lines

        head = textwrap.fill(self.moving, WIDTH)
        if len(self.moves) == 1:
            move = self.moves[0]
            sides = [TEXT.write(move.formula), TEXT.write(move.formula, True, self.digits)]
            sides.append(number_text(move.number, self.digits + move.more_digits))
            line = f"{head} {TEXT.write(move.left)} = {' = '.join(sides)}"
            if len(line) <= WIDTH:
                return line
        lines = [line for one in self.moves for line in entry_lines(one, self.digits, WIDTH, True)]
        return "\n".join([head, *lines])

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
    links = Links(trace, reasons, node, place)
    target = trace.elements(_NEVER, _NEVER).reference(node, place)
    count = links.counts.get((id(node), place), 0)
    paths = links.strongest(SHOWN)
    value = links.totals.get((id(node), place), 0.0)
    rest = value - math.fsum(path.number for path in paths) if count > len(paths) else 0.0
    dead_end = None if paths else links.dead_end
    return Why(
        target, value, paths, count, rest, dead_end, _moves(trace, name, place, digits),
        _is_kept(trace, name, place), type(reasons.optimizer).__name__, digits,
    )  # fmt: skip


def _target(trace: Trace, name: str, index: Any) -> tuple[Node, Index]:
    """Return the value and the entry that are meant."""
    if not trace.slopes:
        raise ArgumentError(
            _("why needs the loss, but this is a forward pass only: give y to explain(x, y)")
        )
    node = trace.nodes.get(name) if isinstance(name, str) else None
    known = [one for one, other in trace.nodes.items() if id(other) in trace.slopes]
    if node is None or id(node) not in trace.slopes:
        raise ArgumentError(
            _("the loss is not computed from a value {name!r}").format(name=name)
            + suggestion(str(name), known)
        )
    return node, _place(trace, node, name, index)


def _place(trace: Trace, node: Node, name: str, index: Any) -> Index:
    """Return the entry that is meant, with its batch axis."""
    shape = trace.array(node).shape
    lead = (0,) if trace.is_single and trace.has_rows(node) else ()
    given = tuple(index) if isinstance(index, tuple | list) else (index,)
    wanted = (*lead, *given)
    whole = all(isinstance(i, int | np.integer) and not isinstance(i, bool) for i in wanted)
    if not whole or len(wanted) != len(shape):
        shown = shape[len(lead) :]
        raise ArgumentError(
            plural(
                "{name} has the shape {shape}, so an entry of it has one index, for example "
                "{example}; got {index!r}",
                "{name} has the shape {shape}, so an entry of it has {n} indices, for example "
                "{example}; got {index!r}",
                len(shown),
                name=name,
                shape=shape_text(shown),
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
    return tuple(int(i) % size for i, size in zip(wanted, shape, strict=True))


def _moves(trace: Trace, name: str, place: Index, digits: int) -> list[Entry]:
    """Return what the optimizer makes of the entry: each value on the way to the new weight."""
    new = trace.nodes.get(f"new {name}")
    if new is None:
        return []
    own = {id(node) for node in topological_order([new])}
    elements = trace.elements(_NEVER, _NEVER)
    moves = []
    for one in trace.listing.of_stage("update"):
        shape = trace.array(one.node).shape
        is_same = shape == trace.array(new).shape
        if id(one.node) in own and (is_same or shape == ()):
            moves.append(entry_of(trace, elements, one, place if is_same else (), digits))
    return sorted(moves, key=lambda move: move.left.name == f"new {name}")


def _is_kept(trace: Trace, name: str, place: Index) -> bool:
    """Tell whether a slot of the weight holds more than 0 from earlier steps."""
    shape = trace.array(trace.nodes[name]).shape
    return any(
        one.state
        and one.name != name
        and trace.array(one.node).shape == shape
        and bool(trace.array(trace.listing.program.inputs[one.state])[place])
        for one in trace.listing.of_stage("update")
        if one.parameter == name
    )
