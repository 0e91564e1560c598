"""How units are shared among threads: shards of rows, pieces of parameters, and barriers.

Rows are cut into a fixed number of shards and parameters into as many pieces. Which thread
computes a shard makes no difference to any number, so results are the same on any number of
threads. Between two units stands a barrier if one shard needs what another has made.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from glassnet.backends.compiled.schedule.places import number_of
from glassnet.graph.dims import Dim, size_of
from glassnet.graph.node import Node

if TYPE_CHECKING:
    from glassnet.backends.compiled.schedule.plan import Plan, Unit

__all__ = ["Phases", "cut_length", "is_partial", "is_read_late", "shard_count", "way_of"]

# A step of less work than this (in operations, about 0.1 ms) is not worth a second thread.
_WORTH = 5e6
# Nor is one of many small products: the threads meet after each.
_MOST_MEETINGS = 30  # in a step of _WORTH
# Rows a shard: few enough for many cores, enough for a matrix product to be efficient.
_ROWS = 256
_MOST = 16
# Gradients up to this size are summed by shard; larger ones are computed in pieces.
_SMALL_GRADIENT = 8192
# BLAS rearranges the right-hand matrix of a product: from this size on each thread takes half
# of its columns, so that it is done once.
_LARGE_MATRIX = 1 << 18
# Weights with so many more rows than the shards of a batch have stay with one thread row by row:
# to fetch numbers that another core has just changed is slower than to add up its partial sums.
_OWNED = 2
# Values smaller than this are computed by one thread alone.
_SMALL_VALUE = 4096


def shard_count(order: list[Node], capacity: int, state: set[int]) -> int:
    """Return the number of shards: it depends on the program and the batch, not the machine."""
    work, products = 0.0, 0
    for node in order:
        size = number_of(size_of(node.shape), capacity)
        if node.op.name == "matmul":
            a = node.inputs[0]
            products += 1
            work += 2 * size * number_of(a.shape[0 if node.attrs["transpose_a"] else 1], capacity)
        else:
            work += 10 * size
    if work < _WORTH * max(1.0, products / _MOST_MEETINGS) or capacity < 32:
        return 1
    if any(is_read_late(node, state) for node in order):
        return 1
    return max(2, min(_MOST, capacity // _ROWS))


def is_read_late(node: Node, state: set[int]) -> bool:
    """Whether every thread reads a number from a place that others may have overwritten by then.

    A thread that the system has put to sleep holds up nobody, so it may read much later.
    """
    if node.shape != ():
        return False
    is_taken_out = node.op.name == "reshape" and node.inputs[0].shape != ()
    return is_taken_out or (node.op.name == "input" and id(node) in state)


def way_of(plan: Plan, unit: Unit) -> str:
    """Say how a unit is shared among threads.

    "rows" of the batch; "sums" over rows, a partial one for each shard; "pieces" of parameters;
    for a product its "columns", or partial sums over its "inner" size; "alone" on one thread;
    "every" thread for itself.
    """
    if unit.kind == "scalar":
        return "every"
    if plan.shards == 1:
        return "alone"
    if unit.kind == "nest":
        way = _way_of_space(unit.space)
        whole = any(
            is_partial(node, way) and not plan.is_read_by_element(node) for node in unit.nodes
        )
        return "alone" if whole else way
    node = unit.nodes[0]
    if node.op.name == "matmul":
        way = _way_of_product(plan, node)
        return "pieces" if way == "sums" and not plan.is_read_by_element(node) else way
    by_row = bool(node.shape) and isinstance(node.shape[0], Dim)
    if by_row and node.op.name == "random_uniform":
        # Draws come in pairs, which must not be torn.
        return "rows" if number_of(size_of(node.shape), 1) % 2 == 0 else "alone"
    return "alone"


def _way_of_space(space: tuple[int | Dim, ...]) -> str:
    if not space:
        return "alone"
    if isinstance(space[0], Dim):
        return "rows"
    if any(isinstance(dim, Dim) for dim in space) or size_of(space) < _SMALL_VALUE:  # type: ignore[operator]
        return "alone"
    return "pieces"


def _way_of_product(plan: Plan, node: Node) -> str:
    flip_a, flip_b = node.attrs["transpose_a"], node.attrs["transpose_b"]
    a, b = node.inputs
    if isinstance(node.shape[0], Dim):
        if flip_a or isinstance(node.shape[1], Dim) or isinstance(a.shape[1], Dim):
            return "alone" if flip_a or isinstance(node.shape[1], Dim) else "rows"
        rows = number_of(node.shape[0], plan.arena.capacity["n"])
        if b.shape[0] >= _OWNED * plan.shards * rows:  # type: ignore[operator]
            if flip_b:
                return "columns"
            if plan.is_read_by_element(node):
                return "inner"
        wide = size_of(b.shape) >= _LARGE_MATRIX  # type: ignore[operator]
        return "columns" if wide and node.shape[1] >= 512 else "rows"
    if flip_a and not flip_b and isinstance(a.shape[0], Dim):
        size = size_of(node.shape)
        if isinstance(size, Dim):
            return "alone"
        return "sums" if size <= _SMALL_GRADIENT else "pieces"
    return "alone"


def is_partial(node: Node, way: str) -> bool:
    """Whether each shard makes its own part of a value, to be added up where it is read."""
    if way == "alone":
        return False
    if node.op.name == "matmul":
        return way in ("sums", "inner")
    if node.op.name not in ("sum", "max"):
        return False
    axes, shape = node.attrs["axes"], node.inputs[0].shape
    # The axis that is cut into shards is the first one longer than 1.
    first = next((axis for axis, dim in enumerate(shape) if dim != 1), None)
    return first in axes


def cut_length(unit: Unit, way: str) -> int:
    """Return the length that is cut into pieces; 0 where the batch is cut, or nothing."""
    node = unit.nodes[0]
    if way not in ("pieces", "columns", "inner"):
        return 0
    if way == "inner":
        length = node.inputs[0].shape[1]
    elif way == "columns":
        length = node.shape[1]
    else:
        length = unit.space[0] if unit.kind == "nest" else node.shape[0]
    assert isinstance(length, int)
    return length


@dataclass
class _Traffic:
    """What a unit reads and writes: place to whether it stays within its own shard."""

    way: str
    length: int
    reads: dict[Any, bool] = field(default_factory=dict)
    writes: dict[Any, bool] = field(default_factory=dict)

    def read(self, key: Any, is_own: bool) -> None:
        self.reads[key] = self.reads.get(key, True) and is_own


class Phases:
    """Units grouped into phases with a barrier between each two."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.groups: list[list[int]] = [[]]
        current: list[_Traffic] = []
        for number in range(len(plan.units)):
            traffic = self._traffic(number)
            if plan.shards > 1 and any(self._collide(traffic, other) for other in current):
                self.groups.append([])
                current = []
            self.groups[-1].append(number)
            current.append(traffic)

    def _key(self, node: Node) -> Any:
        place = self.plan.places.get(id(node))
        if place is None or node.attrs.get("name") in self.plan.data:
            return id(node)
        return (place.pointer, place.offset)

    def _traffic(self, number: int) -> _Traffic:
        unit = self.plan.units[number]
        way = self.plan.ways[number]
        traffic = _Traffic(way, cut_length(unit, way))
        for node in unit.nodes:
            for place, (leaf, mapping) in enumerate(self.plan.leaves(node)):
                if leaf.is_constant:
                    continue
                own = self._stays(unit, node, place, leaf, mapping, traffic.way)
                traffic.read(self._key(leaf), own)
            traffic.writes[self._key(node)] = True
            traffic.writes[id(node)] = True
        return traffic

    def _stays(
        self, unit: Unit, node: Node, place: int, leaf: Node, mapping: Any, way: str
    ) -> bool:
        """Whether a shard reads only what the same shard has made."""
        if leaf.shape == () or id(leaf) in self.plan.partial:
            return False
        if unit.kind == "kernel":
            # A product reads its own rows on the left; a sum by shards its own rows on both sides.
            is_base = leaf is node.inputs[place]
            return is_base and (way == "sums" or (way == "rows" and place == 0))
        if mapping is None or not unit.space:
            return False
        first = next((axis for axis, dim in enumerate(leaf.shape) if dim != 1), None)
        return first is not None and mapping[first] == 0 and leaf.shape[first] == unit.space[0]

    def _collide(self, new: _Traffic, old: _Traffic) -> bool:
        same_way = {new.way, old.way} <= {"rows", "sums"} or new.way == old.way != "columns"
        # Places are used again: pieces of another length end elsewhere in the same memory.
        same_way = same_way and new.length == old.length
        for key, own in new.reads.items():
            if key not in old.writes or old.way == "every":
                continue
            if not (same_way and own) and not self._both_alone(new, old):
                return True
        for key in new.writes:
            for touched in (old.reads, old.writes):
                is_torn = key in touched and not (same_way and touched[key])
                if is_torn and not self._both_alone(new, old):
                    return True
        return False

    def _both_alone(self, new: _Traffic, old: _Traffic) -> bool:
        return new.way == old.way == "alone"
