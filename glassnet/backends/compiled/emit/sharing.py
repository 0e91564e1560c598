"""Writes what threads need: loops over shards, barriers, and numbers told to each other."""

from __future__ import annotations

import abc
import functools
import itertools
from collections.abc import Iterator
from dataclasses import replace

from glassnet.backends.compiled.schedule.places import Place, dim_text, product
from glassnet.backends.compiled.schedule.plan import Plan, Unit
from glassnet.graph.dims import Dim
from glassnet.graph.node import Node

__all__ = ["Sharing"]

# Loops up to the first length are best unrolled; those above the second never are.
UNROLLED, LONG = 8, 1024
# Up to this length the remainder is worth a mask, which slows every turn of the loop.
MASKED = 64


class Sharing(abc.ABC):
    """The part of the writer that shares units among threads."""

    plan: Plan
    depth: int
    way: str

    @abc.abstractmethod
    def line(self, text: str, depth: int = 0) -> None:
        """Write one line."""

    @abc.abstractmethod
    def scalar_name(self, node: Node) -> str:
        """Return the local name of a single number."""

    @abc.abstractmethod
    def place(self, node: Node) -> Place:
        """Return where a value lies."""

    @abc.abstractmethod
    def _unit(self, unit: Unit) -> None:
        """Write one unit."""

    def _phases(self) -> None:
        rotation = self.plan.rotation
        ahead = -1 if rotation is None else rotation.product
        groups = [[unit for unit in group if unit != ahead] for group in self.plan.phases.groups]
        groups = [group for group in groups if group]
        for number, group in enumerate(groups):
            if number:
                self.barrier()
                self._collect(groups[number - 1])
            is_open = False
            for category, units in itertools.groupby(group, key=self._category):
                if is_open and self.plan.shards > 1 and category != "every":
                    # A shard may need what another thread is still computing in the loop before.
                    self.barrier()
                is_open = is_open or category != "every"
                self.open_shards(category)
                for unit in units:
                    self.way = self.plan.ways[unit] if self.plan.shards > 1 else "alone"
                    self._unit(self.plan.units[unit])
                self.close_shards(category)
        self.way = "alone"

    def _category(self, number: int) -> str:
        way = self.plan.ways[number]
        return {"sums": "rows", "columns": "pieces", "inner": "pieces"}.get(way, way)

    def open_shards(self, category: str) -> None:
        """Begin the loop in which a thread takes one shard after the other.

        Each begins with shards of its own, whose numbers are still in its cache, and then takes
        what others have left, so a thread that the system has put to sleep holds up nobody;
        which thread it was makes no difference to any number.
        """
        shards = self.plan.shards
        if shards == 1 or category == "every":
            return
        count = 1 if category == "alone" else shards
        self.line(f"ticket += {count}")
        self.line(f"for turn in range({count}):")
        self.depth += 1
        self.line(f"shard = (thread * {count} // threads + turn) % {count}")
        self.line("if not claim(signs, shard, ticket):")
        self.line("continue", 1)
        if category == "rows":
            self.line(f"lo = n * shard // {shards}")
            self.line(f"hi = n * (shard + 1) // {shards}")
            self.line("m = hi - lo")

    def close_shards(self, category: str) -> None:
        if self.plan.shards > 1 and category != "every":
            self.line("finish(signs)")
            self.depth -= 1

    def barrier(self) -> None:
        """Wait until every shard so far is done."""
        self.line("meet(signs, ticket)")

    def _collect(self, group: list[int]) -> None:
        """Read the numbers that other threads have published in the phase before."""
        for number in group:
            for node in self.plan.units[number].nodes:
                if node.shape == () and id(node) in self.plan.places:
                    place = self.plan.places[id(node)]
                    count = self.plan.shards if id(node) in self.plan.partial else 1
                    distance = self.plan.partial.get(id(node), 0)
                    parts = [
                        f"{place.pointer}[{int(place.offset) + shard * distance}]"
                        for shard in range(count)
                    ]
                    text = " + ".join(parts)
                    if node.op.name == "max":
                        text = functools.reduce(lambda a, b: f"largest({a}, {b})", parts)
                    text = f"({text} != 0)" if node.dtype == "bool" else text
                    self.line(f"{self.scalar_name(node)} = {text}")

    def publish(self, node: Node) -> None:
        """Write a number down for the other threads."""
        if self.plan.shards > 1:
            place = self.own_part(node)
            self.line(f"{place.pointer}[{place.offset}] = {self.scalar_name(node)}")

    def own_part(self, node: Node) -> Place:
        """Return where this shard puts its part of a value."""
        place = self.place(node)
        distance = self.plan.partial.get(id(node))
        if distance is None:
            return place
        return replace(place, offset=f"{place.offset} + shard * {distance}")

    def mark(self, size: int | Dim, depth: int) -> None:
        """Keep a short innermost loop from being unrolled, at the beginning of its body."""
        if isinstance(size, int) and UNROLLED < size <= LONG:
            self.line("masked()" if size <= MASKED else "rolled()", depth)

    def open_row(self, counter: str, size: int | Dim, depth: int) -> Iterator[None]:
        """Open the loop over a row that is changed in place; the body is written in between.

        Reading what the row before has written under a mask means to wait until it has come to
        the cache. So what is left over of a short row has a loop of its own instead.
        """
        rest = size % UNROLLED if isinstance(size, int) and UNROLLED < size <= MASKED else 0
        if not rest:
            self.line(f"for {counter} in range({dim_text(size)}):", depth)
            self.mark(size, depth + 1)
            yield
            return
        whole = size - rest  # type: ignore[operator]
        self.line(f"for {counter} in range({whole}):", depth)
        self.line("rolled()", depth + 1)
        yield
        self.line(f"for {counter} in range({whole}, {size}):", depth)
        yield

    def share(self, factor: int) -> str:
        """Return the range of this shard within a loop of so many elements a row."""
        return f"range(lo * {factor}, hi * {factor})" if factor != 1 else "range(lo, hi)"

    def cut(self, place: Place, axis: int) -> Place:
        """Return the part of a place that belongs to this shard, along one axis.

        An axis of ``4n`` has 4 places for each row of the batch: the shard has ``4m`` of them.
        """
        dim = place.shape[axis]
        each = dim.coefficient if isinstance(dim, Dim) else 1
        distance = dim_text(product(each, place.strides[axis]))
        shape = (*place.shape[:axis], Dim("m", each), *place.shape[axis + 1 :])
        return replace(place, offset=f"{place.offset} + lo * {distance}", shape=shape)

    def _piece(self, length: int) -> None:
        shards = self.plan.shards
        self.line(f"lo = {length} * shard // {shards}")
        self.line(f"hi = {length} * (shard + 1) // {shards}")
        self.line("m = hi - lo")
