"""Derivatives to hundreds of digits, from a scalar expression alone: what rules are held against.

An expression of a record is computed by mpmath; its derivatives are differences with a step so
small, and digits so numerous, that they are exact for a float. Where a function has an end or a
kink, the point is approached from both sides.
"""

from __future__ import annotations

import ast
import functools
import math

import mpmath as mp
import numpy as np

from glassnet.graph import topological_order
from glassnet.graph.expression import parse_expression

DIGITS = 320
NEAR = 40  # a limit is taken 10^-NEAR beside the point
STEP = 60  # and differences have steps of 10^-STEP


def _sign(x):
    return mp.sign(x) if not _is_complex(x) else mp.nan


def _where(condition, a, b):
    return a if condition else b


SCOPE = {
    "exp": mp.exp, "expm1": mp.expm1, "log": mp.log, "log1p": lambda x: mp.log(1 + x),
    "sqrt": mp.sqrt, "abs": abs, "sign": _sign, "sin": mp.sin, "cos": mp.cos, "tanh": mp.tanh,
    "erf": mp.erf, "floor": mp.floor, "maximum": max, "minimum": min, "where": _where,
}  # fmt: skip


class _Exact(ast.NodeTransformer):
    """Floats of an expression as the numbers they are."""

    def visit_Constant(self, node):
        return ast.Call(ast.Name("mpf", ast.Load()), [node], [])


@functools.cache
def function(expression: str, names: tuple[str, ...]):
    """Return a scalar expression as a function of mpmath numbers."""
    parse_expression(expression)
    tree = _Exact().visit(ast.parse(f"lambda {', '.join(names)}: {expression}", mode="eval"))
    code = compile(ast.fix_missing_locations(tree), "<expression>", "eval")
    return eval(code, {**SCOPE, "mpf": mp.mpf, "__builtins__": {}})


def _is_complex(x) -> bool:
    return isinstance(x, mp.mpc) and x.imag != 0


def _difference(f, x, order: int, step):
    """Return the derivative of an order, NaN where the function is not real or not finite."""
    total = mp.mpf(0)
    for k in range(order + 1):
        value = f(x + (mp.mpf(order) / 2 - k) * step)
        if _is_complex(value) or not mp.isfinite(value):
            return mp.nan
        total += (-1) ** k * mp.binomial(order, k) * mp.re(value)
    return total / step**order


def _limit(f, x, order: int, side: int):
    first = _beside(f, x, order, side, NEAR)
    if mp.isnan(first) or abs(first) < 1e6:
        return math.nan if mp.isnan(first) else first
    second = _beside(f, x, order, side, NEAR + 10)
    # What grows without end as the point comes nearer is infinite.
    if abs(second) > 2 * abs(first):
        return math.inf if second > 0 else -math.inf
    return first


def _beside(f, x, order: int, side: int, near: int):
    """Return the derivative 10^-near beside a point, differences being 10^20 times as near."""
    away = mp.mpf(10) ** -near
    return _difference(f, x + side * away, order, away * mp.mpf(10) ** (NEAR - STEP))


def limits(f, x: float, order: int):
    """Return the derivative of an order at a point, come from the left and from the right.

    NaN where the function is not defined on that side.
    """
    with mp.workdps(DIGITS):
        return tuple(_limit(f, mp.mpf(x), order, side) for side in (-1, 1))


def same(a, b) -> bool:
    """Tell whether two limits are one."""
    if math.isinf(a) or math.isinf(b):
        return a == b
    return bool(abs(a - b) <= mp.mpf("1e-15") * max(1, abs(a), abs(b)))


def graph_function(node, variable, values):
    """Return a graph of elementwise ops and sums of one number as a function of one input.

    Parameters
    ----------
    node, variable : Node
        What is computed, of a shape that holds one number, and the input it is a function of.
    values : dict
        The other inputs by name.
    """

    def of(x):
        known = {}
        for part in topological_order([node]):
            inputs = [known[id(child)] for child in part.inputs]
            known[id(part)] = x if part is variable else _value(part, inputs, values)
        return known[id(node)]

    return of


def _value(part, inputs, values):
    op = part.op
    if op.name == "input":
        return mp.mpf(values[part.attrs["name"]])
    if op.name == "constant":
        return mp.mpf(np.asarray(part.attrs["value"]).item())
    if op.name == "size":
        return mp.mpf(1)
    if op.is_elementwise:
        attrs = {} if op.name == "cast" else part.attrs
        f = function(op.expression, (*op.inputs, *attrs))
        return f(*inputs, *(mp.mpf(v) for v in attrs.values()))
    assert op.name in ("sum", "reshape", "broadcast_to"), f"{op.name} of one number is not known"
    return inputs[0]
