"""Rewriting for readers: the same values in the form a person would write them.

What :func:`~glassnet.graph.rewrite.simplify` leaves is short; here a few habits of hand-written
formulas are added to it: ``x / n`` in place of ``1 / n * x``, and sums that drop their axis.
The last digit may differ from what a backend computes.
"""

from __future__ import annotations

from glassnet.graph.dims import Dim
from glassnet.graph.node import Node, constant
from glassnet.graph.program import Program
from glassnet.graph.rewrite import RULES, Builder, Rule, simplify_nodes

__all__ = ["is_count", "readable"]


def readable(program: Program) -> Program:
    """Return an equal program, rewritten for a reader."""
    nodes = simplify_nodes(list(program.outputs.values()), {**RULES, **_FOR_READERS})
    outputs = dict(zip(program.outputs, nodes, strict=True))
    inputs = list(program.inputs.values())
    return Program(program.name, inputs, outputs, program.totals, program.rows)


def is_count(node: Node) -> bool:
    """Tell whether a node is a number of values: a size, or a product of sizes."""
    if node.op.name == "multiply":
        return all(is_count(child) for child in node.inputs)
    return node.op.name == "size"


def _size(b: Builder, node: Node, x: Node) -> Node | None:
    # Other fixed sizes stay: "/ (n * 3)" says more than "* 0.3333333333333333 / n".
    dim = x.shape[node.attrs["axis"]]
    return constant(1.0, node.dtype) if not isinstance(dim, Dim) and dim == 1 else None


def _multiply(b: Builder, node: Node, x: Node, y: Node) -> Node | None:
    simpler = RULES["multiply"](b, node, x, y)
    if simpler is not None:
        return simpler
    for one, other in ((x, y), (y, x)):
        if _is_quotient_of_numbers(one):
            above, below = one.inputs
            if other.op.name == "divide" and is_count(below) and is_count(other.inputs[1]):
                below = b.make("multiply", below, other.inputs[1])
                other = other.inputs[0]
            return b.make("divide", b.make("multiply", above, other), below)
    return None


def _is_quotient_of_numbers(node: Node) -> bool:
    return node.op.name == "divide" and node.shape == () and not node.name


def _reshape(b: Builder, node: Node, x: Node) -> Node | None:
    simpler = RULES["reshape"](b, node, x)
    if simpler is not None or x.op.name not in ("sum", "max") or not x.attrs["keepdims"]:
        return simpler
    dropped = b.make(x.op.name, x.inputs[0], axes=x.attrs["axes"], keepdims=False)
    return dropped if dropped.shape == node.shape else None


_FOR_READERS: dict[str, Rule] = {"size": _size, "multiply": _multiply, "reshape": _reshape}
