"""Functions of one value and their slopes as formulas, from the records of their ops.

Takes a function that builds graph, gives the trees of f(z) and f'(z); the equations call it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from glassnet.errors import GraphError
from glassnet.explain.formula.expressions import formula_of, written_out
from glassnet.explain.formula.slopes import slope_formula
from glassnet.explain.formula.tree import ONE, Apply, Formula, Num, call, multiply, negative
from glassnet.graph import Op, input_node

__all__ = ["function_and_slope"]


def function_and_slope(
    function: Callable[[Any], Any], z: Formula, f: Formula
) -> tuple[Formula, Formula]:
    """Return f(z) and f'(z), written out as people write them.

    Parameters
    ----------
    function : callable
        Builds the graph of the function.
    z : Formula
    f : Formula
        What f(z) is called, for slopes that contain it.
    """
    node = input_node("z", ("n",), "float64")
    made = function(node)
    if made is node:
        return z, ONE
    value = _plain(_value(made.op, z))
    slope = slope_formula(made, f, z)
    return value, value if slope == f else _plain(Num(0.0) if slope is None else slope)


def _value(op: Op, z: Formula) -> Formula:
    """Return what an op computes: its formula where that is an expression, else its expression."""
    leaves = {name: z for name in op.inputs}
    try:
        return formula_of(op.formula.partition(" = ")[2], leaves)
    except (GraphError, KeyError):
        return formula_of(op.expression or "0", leaves)


def _plain(formula: Formula) -> Formula:
    """Return a formula as people write it: z² for z·z, |z|, max(0, z), no function of functions."""
    if not isinstance(formula, Apply):
        return formula
    parts = tuple(map(_plain, formula.parts))
    if formula.kind in ("multiply", "hadamard"):
        return Apply("square", parts[:1]) if parts[1:] == parts[:1] else multiply(parts)
    if formula.kind == "where" and parts[1:] == (parts[1], negative(parts[1])):
        return call("abs", parts[1])
    if formula.kind != "call":
        return Apply(formula.kind, parts, formula.name)
    parts = tuple(sorted(parts, key=lambda one: not isinstance(one, Num)))
    return written_out(call(formula.name, *parts)) or call(formula.name, *parts)
