"""Concatenations that grow, each by columns behind those of the one before, as one array.

A network in which every layer feeds all later ones appends each layer's values to its sources. As
arrays of their own, all of them together would be written again for every layer. A *stack* is the
longest, column by column: the others are its first columns, and the values that are appended are
computed where they belong. Products walk down columns, so their loops run over the rows, however
narrow a layer is.
"""

from __future__ import annotations

from glassnet.backends.compiled.schedule.draft import Draft
from glassnet.backends.compiled.schedule.elements import REDUCTIONS
from glassnet.graph.dims import Dim
from glassnet.graph.node import Node

__all__ = ["Stack", "appended", "stacks", "walks_by_stride", "width_of"]

# Concatenations from the shortest to the longest.
Stack = tuple[Node, ...]


def walks_by_stride(node: Node) -> bool:
    """Whether an op reads, or makes, matrices that may lie with gaps."""
    return node.op.name in ("input", "matmul", *REDUCTIONS) or node.op.is_elementwise


def stacks(draft: Draft) -> list[Stack]:
    """Return the concatenations that can lie in one array: at least two each."""
    grown: dict[int, list[Node]] = {}
    found: list[list[Node]] = []
    for node in draft.order:
        if not _may_grow(node, draft):
            continue
        # The first that goes on from another takes its place; any further one is a copy.
        stack = grown.pop(id(node.inputs[0]), None)
        if stack is None:
            stack = []
            found.append(stack)
        stack.append(node)
        grown[id(node)] = stack
    return [tuple(stack) for stack in found if len(stack) > 1]


def appended(stack: Stack, draft: Draft) -> list[tuple[Node, int]]:
    """Return the values that can be computed in their columns, each with its first column."""
    found: dict[int, tuple[Node, int]] = {}
    for node in stack:
        column = 0
        for child in node.inputs:
            is_new = node is stack[0] or column > 0
            if is_new and _is_made_in_place(child, draft):
                found.setdefault(id(child), (child, column))
            column += width_of(child)
    return list(found.values())


def width_of(node: Node) -> int:
    """Return the columns of a value in a stack."""
    columns = node.shape[1]
    assert isinstance(columns, int)
    return columns


def _may_grow(node: Node, draft: Draft) -> bool:
    if node.op.name != "concatenate" or node.attrs["axis"] != 1 or len(node.shape) != 2:
        return False
    rows, columns = node.shape
    readers = draft.readers[id(node)]
    return (
        isinstance(rows, Dim)
        and isinstance(columns, int)
        and id(node) not in draft.outputs
        and all(walks_by_stride(one) or _goes_on(one, node) for one in readers)
    )


def _goes_on(reader: Node, node: Node) -> bool:
    return reader.op.name == "concatenate" and reader.inputs[0] is node


def _is_made_in_place(node: Node, draft: Draft) -> bool:
    number = draft.unit_of.get(id(node), -1)
    return (
        number >= 0
        and id(node) not in draft.outputs
        and (node.op.name == "matmul" or node.op.is_elementwise)
        and not draft.units[number].sharing.makes_parts(node)
    )
