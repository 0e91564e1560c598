"""What it costs to compute a value again."""

from __future__ import annotations

import ast

from glassnet.graph.expression import is_slow, parse_expression
from glassnet.graph.node import Node

__all__ = ["CHEAP", "operations"]

# A value read in several places is computed again if that takes at most this many operations.
CHEAP = 4


def operations(node: Node) -> int:
    """Count a node's own operations; functions like exp are too slow to compute twice."""
    if node.op.name in ("reshape", "broadcast_to") or node.op.expression == "x":
        return 0
    if node.op.expression is None:
        return 1
    if is_slow(node.op.expression):
        return CHEAP + 1
    total = 0
    for part in ast.walk(parse_expression(node.op.expression)):
        if isinstance(part, ast.Pow | ast.Div):
            return CHEAP + 1
        total += isinstance(part, ast.BinOp | ast.Call | ast.Compare | ast.UnaryOp)
    return total
