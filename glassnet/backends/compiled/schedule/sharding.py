"""Into how many shards a program is cut, and how each of its units is shared among threads.

Which thread computes a shard makes no difference to any number, so results are the same on any
number of threads.
"""

from __future__ import annotations

from glassnet.backends.compiled.schedule.draft import Draft
from glassnet.backends.compiled.schedule.places import number_of
from glassnet.backends.compiled.schedule.sharing import (
    ALONE,
    EACH,
    ROWS,
    SUMS,
    Columns,
    Inner,
    Sharing,
    Tiles,
)
from glassnet.backends.compiled.schedule.units import Unit
from glassnet.graph.dims import Dim, size_of
from glassnet.graph.node import Node

__all__ = ["is_read_late", "shard_count", "sharing_of"]

# A step of less work than this (in operations, about 0.1 ms) is not worth a second thread.
_WORTH = 5e6
# Nor is one of many small products: the threads meet after each.
_MOST_MEETINGS = 30  # in a step of _WORTH
# Rows a shard: few enough for many cores, enough for a matrix product to be efficient.
_ROWS = 256
_MOST = 16
# Gradients up to this size are summed by shard; larger ones are computed in tiles.
_SMALL_GRADIENT = 8192
# BLAS rearranges the right-hand matrix of a product: from this size on each thread takes half
# of its columns, so that it is done once.
_LARGE_MATRIX = 1 << 18
# Weights with more than this many times as many rows as shards have together stay with one thread
# row by row: to fetch numbers that another core has just changed is slower than to add up its
# partial sums.
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

    A thread that the system has put to sleep holds up no other, so it may read much later.
    """
    if node.shape != ():
        return False
    is_taken_out = node.op.name == "reshape" and node.inputs[0].shape != ()
    return is_taken_out or (node.op.name == "input" and id(node) in state)


def sharing_of(unit: Unit, draft: Draft, shards: int, capacity: int) -> Sharing:
    """Return how a unit is shared among threads, given the number of shards."""
    if shards == 1:
        return ALONE
    if unit.kind == "scalar":
        return EACH
    if unit.kind == "nest":
        found = _sharing_of_space(unit.space)
        whole = any(
            found.makes_parts(node) and not draft.is_read_by_element(node) for node in unit.nodes
        )
        return ALONE if whole else found
    node = unit.nodes[0]
    if node.op.name == "matmul":
        found = _sharing_of_product(node, draft, shards, capacity)
        return _tiles(node) if found == SUMS and not draft.is_read_by_element(node) else found
    by_row = bool(node.shape) and isinstance(node.shape[0], Dim)
    if by_row and node.op.name == "random_uniform":
        # Draws come in pairs, which must not be torn.
        return ROWS if number_of(size_of(node.shape), 1) % 2 == 0 else ALONE
    return ALONE


def _sharing_of_space(space: tuple[int | Dim, ...]) -> Sharing:
    if not space:
        return ALONE
    if isinstance(space[0], Dim):
        return ROWS
    if any(isinstance(dim, Dim) for dim in space) or size_of(space) < _SMALL_VALUE:  # type: ignore[operator]
        return ALONE
    return Tiles(space[0])


def _tiles(node: Node) -> Sharing:
    assert isinstance(node.shape[0], int)
    return Tiles(node.shape[0])


def _sharing_of_product(node: Node, draft: Draft, shards: int, capacity: int) -> Sharing:
    flip_a, flip_b = node.attrs["transpose_a"], node.attrs["transpose_b"]
    a, b = node.inputs
    columns = node.shape[1]
    if isinstance(node.shape[0], Dim):
        if flip_a or isinstance(columns, Dim):
            return ALONE
        if isinstance(a.shape[1], Dim):
            return ROWS
        rows = number_of(node.shape[0], capacity)
        if b.shape[0] >= _OWNED * shards * rows:  # type: ignore[operator]
            if flip_b:
                return Columns(columns)
            if draft.is_read_by_element(node):
                return Inner(a.shape[1])
        wide = size_of(b.shape) >= _LARGE_MATRIX  # type: ignore[operator]
        return Columns(columns) if wide and columns >= 512 else ROWS
    if flip_a and not flip_b and isinstance(a.shape[0], Dim):
        size = size_of(node.shape)
        if isinstance(size, Dim):
            return ALONE
        return SUMS if size <= _SMALL_GRADIENT else _tiles(node)
    return ALONE
