"""One sample at a time: the update for a sample and the first product of the next share a pass.

The weights of the first layer are often too large for the first cache, and loads cost time even
there. Eight rows of them at a time are updated and, while they are still in registers,
multiplied with the next sample. What a
call begins with is the product for its first sample, written by the same lines, so it makes
no difference where a run is cut into calls.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from glassnet.backends.numba.nest import written_row
from glassnet.backends.numba.places import Place
from glassnet.backends.numba.plan import REDUCTIONS, Plan
from glassnet.backends.numba.products import add_products, add_rows, blocks, element
from glassnet.graph.node import Node

if TYPE_CHECKING:
    from glassnet.backends.numba.source import Writer

__all__ = ["Rotation"]

# Rows shorter than this are too short for vectors.
_SHORT = 16


class Rotation:
    """The product that is made ahead, and the unit that makes it.

    Attributes
    ----------
    product, update : int
        Numbers of units; -1 if the program does not allow it.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.product = self.update = -1
        if plan.fixed_rows == 1 and plan.shards == 1:
            self._find()
        if self.update >= 0:
            node = plan.units[self.product].nodes[0]
            self.node, (self.x, self.weights) = node, node.inputs
            # A place of its own: nothing else may be written there before the next step.
            plan.places[id(node)] = plan.arena.take(node.shape, node.dtype)

    def _find(self) -> None:
        for number, unit in enumerate(self.plan.units):
            node = unit.nodes[0]
            if unit.kind == "kernel" and node.op.name == "matmul" and self._is_first(node):
                update = self._update_of(node)
                if update > number:
                    self.product, self.update = number, update
                    return

    def _is_first(self, node: Node) -> bool:
        x, weights = node.inputs
        flipped = node.attrs["transpose_a"] or node.attrs["transpose_b"]
        is_data = x.op.name == "input" and x.attrs["name"] in self.plan.data
        is_state = weights.op.name == "input" and weights.attrs["name"] in self.plan.program.state
        if flipped or not is_data or not is_state or id(node) in self.plan.outputs:
            return False
        columns = weights.shape[1]
        assert isinstance(columns, int)
        return columns >= _SHORT

    def _update_of(self, node: Node) -> int:
        """Return the nest that writes the new weights over the old ones, else -1."""
        weights = node.inputs[1]
        new = self.plan.program.outputs[weights.attrs["name"]]
        number = self.plan.unit_of.get(id(new), -1)
        if number < 0 or self.plan.places.get(id(new)) != self.plan.places[id(weights)]:
            return -1
        unit = self.plan.units[number]
        is_plain = unit.kind == "nest" and unit.space == weights.shape
        is_plain = is_plain and not any(one.op.name in REDUCTIONS for one in unit.nodes)
        is_last = all(reader < number for reader, _ in self.plan.reads[id(node)])
        # Everybody else has read the old weights by then; the next sample gets the new ones.
        return number if is_plain and is_last else -1

    def begin(self, w: Writer) -> None:
        """Write the product for the first sample of a call."""
        if self.update < 0:
            return
        w.comment("matmul -> for the first sample")
        self._address(w, "batch")
        self._clear(w)
        rows = int(self.weights.shape[0])  # type: ignore[arg-type]
        for start, stop, step in blocks(rows):
            weights = self.plan.places[id(self.weights)]
            add_rows(w, self._out(), self._following(), weights, start, stop, step)

    def write(self, w: Writer) -> None:
        """Write the update, and the product for the next sample, in blocks of rows."""
        w.comment("the update, and the first product for the next sample")
        self._address(w, "batch + 1 if batch + 1 < per_epoch else 0")
        self._clear(w)
        rows = int(self.weights.shape[0])  # type: ignore[arg-type]
        for start, stop, step in blocks(rows):
            w.line(f"for lo in range({start}, {stop}, {step}):")
            self._block(w, ["lo", *(f"(lo + {number})" for number in range(1, step))])

    def _block(self, w: Writer, rows: list[str]) -> None:
        """Write the loop over the columns of some rows: new weights go from register to product."""
        unit, x = self.plan.units[self.update], self._following()
        weights = unit.nodes.index(self.plan.program.outputs[self.weights.attrs["name"]])
        column = w.counters(1)[0]
        written = [written_row(w, unit, row, column) for row in rows]
        factors = [w.fresh() for _ in rows]
        for factor, row in zip(factors, rows, strict=True):
            w.line(f"{factor} = {element(x, ('0', row))}", 1)
        for line in (line for one in written for line in one.before):
            w.line(line, 1)
        target = element(self._out(), ("0", column))
        for _ in w.open_row(column, self.weights.shape[1], 1):
            for line in (line for one in written for line in one.inside):
                w.line(line, 2)
            add_products(w, target, factors, [one.stored[weights] for one in written], 2)

    def _address(self, w: Writer, batch: str) -> None:
        w.line(f"following = {batch}")
        w.line("if has_order:")
        w.line("following = order[following]", 1)
        w.line(f"following *= {self.x.shape[1]}")

    def _clear(self, w: Writer) -> None:
        w.fill(self._out(), w.constants.name(0, self.node.dtype))

    def _out(self) -> Place:
        return self.plan.places[id(self.node)]

    def _following(self) -> Place:
        number = self.plan.data.index(self.x.attrs["name"])
        return replace(self.plan.places[id(self.x)], pointer=f"given{number}", offset="following")
