"""Where the entries of a value come from, for ops that move, repeat or gather numbers.

Takes a node and an index, gives the input and the index that it reads. Entries and slopes call it.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Mapping

import numpy as np

from glassnet.graph import Node
from glassnet.graph.dims import Dim
from glassnet.graph.entry import Entry, conditions_of, worked_out
from glassnet.graph.expression import names_in, parse_expression

__all__ = [
    "Index",
    "entry_of",
    "has_rows",
    "is_moving",
    "matmul_sources",
    "moved_source",
    "reduced_places",
    "source_index",
    "sources",
]

Index = tuple[int, ...]
Place = tuple[Node, Index]


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


def sources(
    node: Node, index: Index, values: Mapping[int, np.ndarray], inner: Index = ()
) -> dict[str, Place | None]:
    """Return the entries that a structured op reads for one of its own, by their names in it.

    Parameters
    ----------
    node : Node
    index : tuple of int
        Of the op's entry.
    values : mapping
        Arrays by the ``id`` of their nodes.
    inner : tuple of int
        Which of the entries that are put together: one number for each range.

    Returns
    -------
    dict
        None where nothing is read: a fill value stands there.
    """
    entry = entry_of(node, values)
    names = {f"i{axis}": place for axis, place in enumerate(index)}
    names |= {f"r{axis}": place for axis, place in enumerate(inner)}
    sizes = dict(zip(names, (*values[id(node)].shape, *entry.ranges), strict=True))
    found: dict[str, Place | None] = {}
    for read in entry.reads:
        child = node.inputs[read.input]
        array = values[id(child)]
        conditions = [] if read.fill is None else conditions_of(read, array.shape, sizes)
        if all(worked_out(one, names) for one in conditions):
            place = tuple(worked_out(one, names) for one in read.index)
            found[read.name] = child, place
            if array.dtype.kind in "iu":
                names[read.name] = int(array[place])  # other reads may be placed by it
        else:
            found[read.name] = None
    return found


def entry_of(node: Node, values: Mapping[int, np.ndarray]) -> Entry:
    """Return what each number of a structured op is made of, for the shapes at hand."""
    assert node.op.entry is not None
    shapes = [values[id(child)].shape for child in node.inputs]
    return node.op.entry(values[id(node)].shape, *shapes, **node.attrs)


def is_moving(node: Node, values: Mapping[int, np.ndarray]) -> bool:
    """Tell whether every entry of a result is one entry of an input, or a fill value."""
    if node.op.entry is None:
        return False
    entry = entry_of(node, values)
    return not entry.combine and bool(entry.reads) and _chooses(parse_expression(entry.value))


def _chooses(tree: ast.expr) -> bool:
    """Whether an expression is one of its names, whatever its conditions are."""
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == "where":
        return all(map(_chooses, tree.args[1:]))
    return isinstance(tree, ast.Name)


def reduced_places(node: Node, index: Index, values: Mapping[int, np.ndarray]) -> list[Index]:
    """Return the entries of the input that a reduction puts together."""
    ranges = [range(int(size)) for size in entry_of(node, values).ranges]  # type: ignore[arg-type]
    found = [sources(node, index, values, inner) for inner in itertools.product(*ranges)]
    return [place[1] for one in found for place in one.values() if place is not None]


def matmul_sources(
    node: Node, index: Index, k: int, values: Mapping[int, np.ndarray]
) -> tuple[Index, Index]:
    """Return the two entries that the k-th term of a product multiplies."""
    first, second = sources(node, index, values, (k,)).values()
    assert first is not None and second is not None
    return first[1], second[1]


def moved_source(node: Node, index: Index, values: Mapping[int, np.ndarray]) -> Place | float:
    """Return the entry that an op which only moves numbers reads, or the fill value it puts."""
    found = sources(node, index, values)
    entry = entry_of(node, values)
    chosen = names_in(entry.value)
    places = [found[name] for name in chosen if found.get(name) is not None]
    fills = [read.fill for read in entry.reads if read.name in chosen]
    return next(filter(None, places), None) or next(filter(None, fills), 0.0)
