"""The vocabulary that nests, kernels and products are written in: lines, names, loops, shards."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from glassnet.backends.compiled.emit.expressions import Constants
from glassnet.backends.compiled.schedule.places import Place, dim_text
from glassnet.backends.compiled.schedule.schedule import Schedule
from glassnet.backends.compiled.schedule.sharing import ALONE, ShardLoop, Sharing
from glassnet.errors import GraphError
from glassnet.graph.dims import Dim, Shape, size_of
from glassnet.graph.node import Node
from glassnet.quoting import visible

__all__ = ["Writer", "element"]

_INDENT = "    "

# Loops up to the first length are best unrolled; those above the second never are.
UNROLLED, LONG = 8, 1024
# Up to this length the remainder is worth a mask, which slows every turn of the loop.
MASKED = 64


def element(place: Place, indices: Sequence[str]) -> str:
    """Return the text of one element of an array."""
    terms = []
    for index, stride in zip(indices, place.strides, strict=True):
        if index != "0" and stride != 0:
            factor = dim_text(stride)
            factor = factor if factor.isalnum() else f"({factor})"
            terms.append(index if stride == 1 else f"{index} * {factor}")
    return f"{place.pointer}[{place.at(terms)}]"


class Writer:
    """Collects the lines of one function; it reads the schedule and changes nothing in it.

    Attributes
    ----------
    sharing : Sharing
        How threads share the unit that is being written.
    """

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.memory = schedule.memory
        self.constants = Constants()
        self.lines: list[str] = []
        self.depth = 1
        self.sharing: Sharing = ALONE
        self.names: dict[int, str] = {}
        self.count = 0

    # Lines and names ------------------------------------------------------------------

    def line(self, text: str, depth: int = 0) -> None:
        self.lines.append(_INDENT * (self.depth + depth) + text)

    def comment(self, text: str) -> None:
        self.line(f"# {visible(text)}")

    def fresh(self) -> str:
        self.count += 1
        return f"t{self.count}"

    def counters(self, number: int) -> list[str]:
        return [f"j{k}" for k in range(number)]

    def name(self, node: Node) -> str:
        """Return a new local name that tells what the value is."""
        self.count += 1
        base = re.sub(r"\W+", "_", node.name or node.op.name, flags=re.ASCII).strip("_")
        if not base or not base[0].isalpha() or keyword.iskeyword(base):
            base = f"v_{base}"
        return f"{base}_{self.count}"

    def place(self, node: Node) -> Place:
        found = self.schedule.place(node)
        if found is None:
            raise GraphError(f"no place for {node!r} in the compiled program")
        return found

    def span(self, size: int | Dim) -> str:
        return f"range({dim_text(size)})"

    def loops(self, shape: Shape) -> tuple[list[str], int]:
        """Open one loop an axis (none for size 1); return the indices and how deep they stand."""
        names, depth = [], 0
        for axis, size in enumerate(shape):
            if size == 1:
                names.append("0")
                continue
            self.line(f"for k{axis} in {self.span(size)}:", depth)
            names.append(f"k{axis}")
            depth += 1
        return names, depth

    def fill(self, place: Place, value: str) -> None:
        if place.is_contiguous:
            place = replace(place, shape=(size_of(place.shape),), strides=(1,))
        loops, depth = self.loops(place.shape)
        self.line(f"{element(place, loops)} = {value}", depth)

    def copy(self, target: Place, source: Place) -> None:
        """Write loops that copy one place to another of the same shape."""
        if target.is_contiguous and source.is_contiguous:
            size = size_of(target.shape)
            target = replace(target, shape=(size,), strides=(1,))
            source = replace(source, shape=(size,), strides=(1,))
        loops, depth = self.loops(target.shape)
        self.line(f"{element(target, loops)} = {element(source, loops)}", depth)

    def start_of(self, node: Node, wide: bool = False) -> str:
        """Return what a reduction starts with."""
        dtype = "float64" if wide and node.dtype == "float32" else node.dtype
        if node.op.name == "sum":
            return self.constants.name(0, dtype)
        if dtype.startswith("float"):
            return self.constants.name(float("-inf"), dtype)
        return {"int64": "-9223372036854775808", "uint32": "0"}.get(dtype, "False")

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

    # Numbers --------------------------------------------------------------------------

    def scalar(self, node: Node) -> str:
        """Return the text of a single number."""
        if node.is_constant:
            dtype = "float64" if node.dtype.startswith("float") else node.dtype
            return self.constants.name(node.attrs["value"], dtype)
        return self.names[id(node)]

    def scalar_name(self, node: Node) -> str:
        if id(node) not in self.names:
            self.names[id(node)] = self.name(node)
        return self.names[id(node)]

    # Threads --------------------------------------------------------------------------

    def open_shards(self, loop: ShardLoop) -> None:
        """Begin the loop in which a thread takes one shard after the other.

        Each begins with shards of its own, whose numbers are still in its cache, and then takes
        what others have left, so a thread that the system has put to sleep holds up no other;
        which thread it was makes no difference to any number.
        """
        if self.schedule.shards == 1 or loop.is_repeated:
            return
        count = loop.turns(self.schedule.shards)
        self.line(f"ticket += {count}")
        self.line(f"for turn in range({count}):")
        self.depth += 1
        self.line(f"shard = (thread * {count} // threads + turn) % {count}")
        self.line("if not claim(signs, shard, ticket):")
        self.line("continue", 1)
        if loop.length:
            self.cut_length(loop.length)

    def close_shards(self, loop: ShardLoop) -> None:
        if self.schedule.shards > 1 and not loop.is_repeated:
            self.line("finish(signs)")
            self.depth -= 1

    def cut_length(self, length: str) -> None:
        """Write where this shard's part of a length begins and ends."""
        shards = self.schedule.shards
        self.line(f"lo = {length} * shard // {shards}")
        self.line(f"hi = {length} * (shard + 1) // {shards}")
        self.line("m = hi - lo")

    def barrier(self) -> None:
        """Wait until every shard so far is done."""
        self.line("meet(signs, ticket)")

    def publish(self, node: Node) -> None:
        """Write a number down for the other threads."""
        if self.schedule.shards > 1:
            place = self.own_part(node)
            self.line(f"{place.pointer}[{place.offset}] = {self.scalar_name(node)}")

    def own_part(self, node: Node) -> Place:
        """Return where this shard puts its part of a value."""
        place = self.place(node)
        distance = self.memory.partial.get(id(node))
        if distance is None:
            return place
        return replace(place, offset=f"{place.offset} + shard * {distance}")
