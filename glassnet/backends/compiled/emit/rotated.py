"""One sample at a time: the update for a sample and the first product of the next share a pass.

The weights of the first layer are often too large for the first cache, and loads cost time even
there. Eight rows of them at a time are updated and, while they are still in registers,
multiplied with the next sample. What a call begins with is the product for its first sample,
written by the same lines, so it makes no difference where a run is cut into calls.
"""

from __future__ import annotations

from dataclasses import replace

from glassnet.backends.compiled.emit.nest import written_row
from glassnet.backends.compiled.emit.products import UNROLLED, add_products, add_rows, blocks
from glassnet.backends.compiled.emit.writer import Writer, element
from glassnet.backends.compiled.schedule.places import Place
from glassnet.backends.compiled.schedule.rotation import Rotation
from glassnet.backends.compiled.schedule.schedule import Schedule

__all__ = ["Rotated"]


class Rotated:
    """Writes the update and the product of a schedule's rotation."""

    def __init__(self, schedule: Schedule, rotation: Rotation) -> None:
        self.schedule = schedule
        self.rotation = rotation
        self.node = schedule.units[rotation.product].nodes[0]
        self.x, self.weights = self.node.inputs
        self.update = schedule.units[rotation.update]

    def begin(self, w: Writer) -> None:
        """Write the product for the first sample of a call."""
        w.comment("matmul -> for the first sample")
        self._address(w, "batch")
        w.open_shards(self.update.sharing.loop)
        self._clear(w)
        weights = self.schedule.memory.places[id(self.weights)]
        for span, step in self._blocks(w):
            add_rows(w, w.own_part(self.node), self._following(), weights, span, step)
        w.close_shards(self.update.sharing.loop)
        if self.schedule.shards > 1:
            w.barrier()

    def write(self, w: Writer) -> None:
        """Write the update, and the product for the next sample, in blocks of rows."""
        w.comment("the update, and the first product for the next sample")
        self._address(w, "batch + 1 if batch + 1 < per_epoch else 0")
        self._clear(w)
        for span, step in self._blocks(w):
            w.line(f"for r in {span}:")
            self._block(w, ["r", *(f"(r + {number})" for number in range(1, step))])

    def _blocks(self, w: Writer) -> list[tuple[str, int]]:
        """Return the ranges of the loops over rows, each with its step; a shard has its own."""
        rows, shards = self.weights.shape[0], self.schedule.shards
        assert isinstance(rows, int)
        if shards == 1:
            return blocks(rows)
        # The last shard has the rows left over, if any: eight a time as far as that goes.
        count = rows // UNROLLED
        w.line(f"first = {count} * shard // {shards} * {UNROLLED}")
        w.line(f"last = {count} * (shard + 1) // {shards} * {UNROLLED}")
        whole = (f"range(first, last, {UNROLLED})", UNROLLED)
        rest = rows % UNROLLED
        w.line(f"end = {rows} if shard == {shards - 1} else 0")
        return [whole, (f"range({rows - rest}, end, {rest})", rest)] if rest else [whole]

    def _block(self, w: Writer, rows: list[str]) -> None:
        """Write the loop over the columns of some rows: new weights go from register to product."""
        unit, x = self.update, self._following()
        weights = unit.nodes.index(self.schedule.program.outputs[self.weights.attrs["name"]])
        column = w.counters(1)[0]
        written = [written_row(w, unit, row, column) for row in rows]
        factors = [w.fresh() for _ in rows]
        for factor, row in zip(factors, rows, strict=True):
            w.line(f"{factor} = {element(x, ('0', row))}", 1)
        for line in (line for one in written for line in one.before):
            w.line(line, 1)
        target = element(w.own_part(self.node), ("0", column))
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
        w.fill(w.own_part(self.node), w.constants.name(0, self.node.dtype))

    def _following(self) -> Place:
        number = self.schedule.data.index(self.x.attrs["name"])
        return replace(
            self.schedule.memory.places[id(self.x)], pointer=f"given{number}", offset="following"
        )
