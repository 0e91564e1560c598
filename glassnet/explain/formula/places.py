"""Where the entries of a value come from, for ops that move, repeat or gather numbers.

Takes a node and an index, gives the input and the index that it reads. Entries and slopes call it.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np

from glassnet.graph import Node
from glassnet.graph.dims import Dim

__all__ = ["MOVING", "has_rows", "matmul_sources", "moved_source", "reduced_places", "source_index"]

Index = tuple[int, ...]
Place = tuple[Node, Index]

# Every entry of the result is one entry of an input, or zero.
MOVING = {"reshape", "transpose", "broadcast_to", "slice", "pad", "concatenate", "gather"}


def has_rows(node: Node) -> bool:
    """Tell whether the first axis of a value runs over the samples."""
    first = node.shape[0] if node.shape else None
    return isinstance(first, Dim) and first.coefficient == 1


def source_index(index: Index, shape: tuple[int, ...]) -> Index:
    """Return where a broadcast value is read for an index of the result.

    >>> source_index((4, 1), (3,)), source_index((4, 1), (1, 3))
    ((1,), (0, 1))
    """
    lead = len(index) - len(shape)
    return tuple(0 if size == 1 else i for i, size in zip(index[lead:], shape, strict=True))


def reduced_places(node: Node, index: Index, shape: tuple[int, ...]) -> list[Index]:
    """Return the entries of the input that a reduction puts together."""
    axes = node.attrs["axes"]
    rest = iter(index)
    ranges: list[range] = []
    for axis, size in enumerate(shape):
        if axis not in axes:
            here = next(rest)
            ranges.append(range(here, here + 1))
            continue
        if node.attrs["keepdims"]:
            next(rest)
        ranges.append(range(size))
    return list(itertools.product(*ranges))


def matmul_sources(node: Node, index: Index, k: int) -> tuple[Index, Index]:
    """Return the two entries that the k-th term of a product multiplies."""
    row, column = index
    return (
        (k, row) if node.attrs["transpose_a"] else (row, k),
        (column, k) if node.attrs["transpose_b"] else (k, column),
    )


def moved_source(node: Node, index: Index, values: Mapping[int, np.ndarray]) -> Place | None:
    """Return the entry that an op of :data:`MOVING` reads, None where it puts a zero."""
    child = node.inputs[0]
    shape = values[id(child)].shape
    if node.op.name == "reshape":
        flat = np.ravel_multi_index(index, values[id(node)].shape) if index else 0
        return child, tuple(int(i) for i in np.unravel_index(flat, shape)) if shape else ()
    if node.op.name == "transpose":
        source = [0] * len(index)
        for place, axis in zip(index, node.attrs["axes"], strict=True):
            source[axis] = place
        return child, tuple(source)
    if node.op.name == "broadcast_to":
        return child, source_index(index, shape)
    if node.op.name == "gather":
        rows = values[id(node.inputs[1])]
        return child, (int(rows[index[: rows.ndim]]), *index[rows.ndim :])
    if node.op.name == "concatenate":
        return _concatenated(node, index, values)
    return _shifted(node, index, shape)


def _shifted(node: Node, index: Index, shape: tuple[int, ...]) -> Place | None:
    axis = node.attrs["axis"]
    by = node.attrs["start"] if node.op.name == "slice" else -node.attrs["before"]
    place = index[axis] + by
    if not 0 <= place < shape[axis]:
        return None
    return node.inputs[0], (*index[:axis], place, *index[axis + 1 :])


def _concatenated(node: Node, index: Index, values: Mapping[int, np.ndarray]) -> Place:
    axis, place = node.attrs["axis"], index[node.attrs["axis"]]
    for child in node.inputs:
        size = values[id(child)].shape[axis]
        if place < size:
            return child, (*index[:axis], place, *index[axis + 1 :])
        place -= size
    raise IndexError(index)
