"""How the elements of a value relate to loops: spaces, and which loop runs over which axis."""

from __future__ import annotations

from glassnet.graph.dims import Dim
from glassnet.graph.node import Node

__all__ = [
    "REDUCTIONS",
    "VIEWS",
    "Map",
    "axis_map",
    "is_looped",
    "is_outer_product",
    "is_passing",
    "natural_map",
    "space_of",
]

REDUCTIONS = ("sum", "max")
VIEWS = ("transpose", "slice", "reshape", "broadcast_to")

# For each axis of a value the loop that runs over it; None where the axis has one element.
Map = tuple["int | None", ...]


def is_outer_product(node: Node) -> bool:
    """A product over an inner size of 1 is elementwise: each element is one multiplication."""
    if node.op.name != "matmul":
        return False
    a = node.inputs[0]
    return a.shape[0 if node.attrs["transpose_a"] else 1] == 1


def space_of(node: Node) -> tuple[int | Dim, ...]:
    """Return a node's shape without axes of size 1."""
    return tuple(dim for dim in node.shape if dim != 1)


def natural_map(node: Node) -> Map:
    """Say which loop runs over each axis, for a node that fills the whole space."""
    count = iter(range(len(node.shape)))
    return tuple(None if dim == 1 else next(count) for dim in node.shape)


def is_passing(node: Node) -> bool:
    """Whether a node's elements are those of its input under another index."""
    if node.op.name == "reshape":
        return space_of(node) == space_of(node.inputs[0])
    return node.op.name == "broadcast_to"


def is_looped(node: Node) -> bool:
    """Whether the node is computed element by element within a nest."""
    return (
        node.op.is_elementwise
        or is_passing(node)
        or is_outer_product(node)
        or node.op.name == "one_hot"
    )


def axis_map(node: Node, position: int, outer: Map) -> Map:
    """Say which loop runs over each axis of one input, given the same for the node."""
    child = node.inputs[position]
    if node.op.name == "reshape":
        loops = iter(axis for axis, dim in zip(outer, node.shape, strict=True) if dim != 1)
        return tuple(None if dim == 1 else next(loops) for dim in child.shape)
    if is_outer_product(node):
        own = outer[position]
        flipped = node.attrs["transpose_b" if position else "transpose_a"]
        return (None, own) if flipped != bool(position) else (own, None)
    if node.op.name == "one_hot":
        return outer[:-1]
    lead = len(outer) - len(child.shape)
    return tuple(
        None if dim == 1 else axis for dim, axis in zip(child.shape, outer[lead:], strict=True)
    )
