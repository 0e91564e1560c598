"""Scalar expressions, which ops and losses are defined by, as formulas.

Takes a line such as ``"1 / (1 + exp(-x))"`` and a formula for each name in it, gives a tree.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from glassnet.explain.formula.arrays import CALLS
from glassnet.explain.formula.tree import Apply, Formula, Num, arguments_of, call
from glassnet.graph import REGISTRY
from glassnet.graph.expression import parse_expression

__all__ = ["formula_of", "written_out"]


def formula_of(expression: str, leaves: Mapping[str, Formula]) -> Formula:
    """Return an expression as a formula.

    Raises
    ------
    KeyError
        If a name has no formula, or an operation has no form.
    """
    return _from_tree(parse_expression(expression), leaves)


def written_out(formula: Formula) -> Formula | None:
    """Return a call of a simple function with its arithmetic in its place."""
    if not isinstance(formula, Apply) or formula.kind != "call" or formula.name not in REGISTRY:
        return None
    op = REGISTRY[formula.name]
    if op.expression is None or len(op.expression) > 36 or "1p" in op.expression:
        return None
    arguments = arguments_of(op)
    if op.expression == f"{op.name}({', '.join(arguments)})":
        return None
    leaves = dict(zip(arguments, formula.parts, strict=True))
    try:
        return formula_of(op.expression, leaves)
    except KeyError:
        return None


_BINARY = {ast.Add: "add", ast.Mult: "multiply", ast.Div: "divide"}
_SIGNS = {ast.Gt: ">", ast.GtE: ">=", ast.Lt: "<", ast.LtE: "<="}


def _from_tree(tree: ast.expr, leaves: Mapping[str, Formula]) -> Formula:
    """Return a scalar expression as a formula; an operation it has no form for is a KeyError."""
    if isinstance(tree, ast.Name):
        return leaves[tree.id]
    if isinstance(tree, ast.Constant) and isinstance(tree.value, int | float):
        return Num(float(tree.value))
    if isinstance(tree, ast.UnaryOp):
        return Apply("negative", (_from_tree(tree.operand, leaves),))
    if isinstance(tree, ast.BinOp):
        left, right = _from_tree(tree.left, leaves), _from_tree(tree.right, leaves)
        if isinstance(tree.op, ast.Pow) and right == Num(2.0):
            return Apply("square", (left,))
        if isinstance(tree.op, ast.Sub):
            return Apply("add", (left, Apply("negative", (right,))))
        return Apply(_BINARY[type(tree.op)], (left, right))
    if isinstance(tree, ast.Compare):
        sides = (_from_tree(tree.left, leaves), _from_tree(tree.comparators[0], leaves))
        return Apply(_SIGNS[type(tree.ops[0])], sides)
    assert isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name)
    parts = [_from_tree(part, leaves) for part in tree.args]
    if tree.func.id == "where":
        return Apply("where", tuple(parts))
    return call(CALLS.get(tree.func.id, tree.func.id), *parts)
