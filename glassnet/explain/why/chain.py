"""Why one number moves the loss, as data: the strongest paths between them, and the next step.

Takes the traced pass and one entry of a value; gives the :class:`Chain` that the renderers of this
folder (``text``, ``html``, ``latex``) write. :class:`glassnet.explain.why.why.Why` is its public
face.
"""

from __future__ import annotations

import abc
import math
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from glassnet.errors import ArgumentError, ShapeError, suggestion
from glassnet.explain.account.reasons import Reasons
from glassnet.explain.account.steps import Entry, entry_of
from glassnet.explain.account.trace import Trace
from glassnet.explain.formula.places import Index
from glassnet.explain.formula.tree import Formula, Num, Ref, Rest, add, partial
from glassnet.explain.formula.typeset import TEXT, Typesetter
from glassnet.explain.why.paths import Factor, Links, Path
from glassnet.graph import Node, shape_text, topological_order
from glassnet.numbers import number_text
from glassnet.translation import _, plural

__all__ = ["Chain"]

# Paths that are told one by one; of more, the strongest.
SHOWN = 4
# More paths than this are not counted for the reader.
_MANY = 1_000_000
_NEVER = 2**62


@dataclass(frozen=True)
class Chain(abc.ABC):
    """Why the loss changes with one number, as data; a subclass adds the ways to read it.

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

    @classmethod
    def of(cls, trace: Trace, reasons: Reasons, name: str, index: Any, digits: int) -> Self:
        """Return the chain of factors from the loss to one entry of a value."""
        node, place = _target(trace, name, index)
        links = Links(trace, reasons, node, place)
        target = trace.entry_formulas(_NEVER, _NEVER).reference(node, place)
        count = links.counts.get((id(node), place), 0)
        paths = links.strongest(SHOWN)
        value = links.totals.get((id(node), place), 0.0)
        rest = value - math.fsum(path.number for path in paths) if count > len(paths) else 0.0
        dead_end = None if paths else links.dead_end
        return cls(
            target, value, paths, count, rest, dead_end, _moves(trace, name, place, digits),
            _is_kept(trace, name, place), type(reasons.optimizer).__name__, digits,
        )  # fmt: skip

    @abc.abstractmethod
    def __str__(self) -> str: ...

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
        left = TEXT.write(partial("loss", self.target))
        return _("Why {gradient} = {number}").format(
            gradient=left, number=number_text(self.value, self.digits)
        )

    def nothing(self) -> str:
        """Return why there is no path."""
        name = TEXT.write(self.target)
        if self.dead_end is None:
            return _("The loss is not computed from {name}.").format(name=name)
        where = TEXT.write(self.dead_end.factors[0].symbol)
        return _("Every path from {name} to the loss has a factor 0; here it is {where}:").format(
            name=name, where=where
        )

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

    def row(self, factor: Factor, typesetter: Typesetter) -> tuple[str, str, str]:
        """Return a factor in three parts: ∂a/∂b, its formula, its numbers."""
        left = typesetter.write(factor.symbol)
        symbols = typesetter.write(factor.formula)
        numbers = typesetter.write(factor.formula, True, self.digits)
        result = typesetter.write(Num(factor.number), digits=self.digits)
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
    elements = trace.entry_formulas(_NEVER, _NEVER)
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
