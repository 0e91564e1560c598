"""Scalar expressions: the one definition of every elementwise op.

An expression is a line of arithmetic on the op's input names, such as
``"1 / (1 + exp(-x))"``. This module parses it once, checks that it uses only
what every backend knows, and evaluates it on plain Python numbers. Backends
walk the same parsed tree to make NumPy calls or compiled code.
"""

from __future__ import annotations

import ast
import functools
import math
from collections.abc import Callable, Mapping
from typing import Any

from glassnet.errors import GraphError

__all__ = [
    "FUNCTIONS",
    "named",
    "names_in",
    "parse_expression",
    "scalar_function",
    "scope_of_expressions",
]


def _exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def _expm1(x: float) -> float:
    try:
        return math.expm1(x)
    except OverflowError:
        return math.inf


def _log(x: float) -> float:
    if x > 0:
        return math.log(x)
    return -math.inf if x == 0 else math.nan


def _log1p(x: float) -> float:
    if x > -1:
        return math.log1p(x)
    return -math.inf if x == -1 else math.nan


def _sign(x: float) -> float:
    if x != x:
        return math.nan
    return float(x > 0) - float(x < 0)  # NumPy's truth values cannot be subtracted


def _sqrt(x: float) -> float:
    return math.sqrt(x) if x >= 0 else math.nan


def _sin(x: float) -> float:
    return math.sin(x) if math.isfinite(x) else math.nan


def _cos(x: float) -> float:
    return math.cos(x) if math.isfinite(x) else math.nan


def _floor(x: float) -> float:
    return float(math.floor(x)) if math.isfinite(x) else x


def _maximum(a: float, b: float) -> float:
    return math.nan if a != a or b != b else (a if a >= b else b)


def _minimum(a: float, b: float) -> float:
    return math.nan if a != a or b != b else (a if a <= b else b)


def _where(condition: bool, a: float, b: float) -> float:
    return a if condition else b


def divide(a: float, b: float) -> float:
    """Divide as IEEE 754 does: no exception, but infinity or NaN."""
    try:
        return a / b
    except ZeroDivisionError:
        if a == 0 or a != a:
            return math.nan
        return math.copysign(math.inf, a) * math.copysign(1.0, b)


def power(a: float, b: float) -> float:
    """Raise to a power as IEEE 754 does: no exception, but infinity or NaN."""
    try:
        return math.pow(a, b)
    except OverflowError:
        return -math.inf if a < 0 and b % 2 == 1 else math.inf
    except (ValueError, ZeroDivisionError):
        if a == 0:  # a pole: ±∞ for odd powers, by the sign of zero
            return math.copysign(math.inf, a) if b % 2 == 1 else math.inf
        return math.nan


# What an expression may call: name -> (number of arguments, plain Python meaning).
FUNCTIONS: dict[str, tuple[int, Callable[..., float]]] = {
    "exp": (1, _exp),
    "expm1": (1, _expm1),
    "log": (1, _log),
    "log1p": (1, _log1p),
    "sqrt": (1, _sqrt),
    "abs": (1, abs),
    "sign": (1, _sign),
    "sin": (1, _sin),
    "cos": (1, _cos),
    "tanh": (1, math.tanh),
    "erf": (1, math.erf),
    "floor": (1, _floor),
    "maximum": (2, _maximum),
    "minimum": (2, _minimum),
    "where": (3, _where),
}

# Functions that take many operations each.
_SLOW = {"exp", "expm1", "log", "log1p", "sin", "cos", "tanh", "erf"}

_ALLOWED = (
    ast.BinOp, ast.UnaryOp, ast.Call, ast.Compare, ast.Name, ast.Constant, ast.Load,
    ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.USub,
    ast.Gt, ast.GtE, ast.Lt, ast.LtE, ast.Eq, ast.NotEq,
)  # fmt: skip


@functools.cache
def parse_expression(expression: str) -> ast.expr:
    """Parse an expression into a checked syntax tree.

    Raises
    ------
    GraphError
        If it uses anything outside arithmetic, comparisons and :data:`FUNCTIONS`.
    """
    try:
        tree = ast.parse(expression, mode="eval").body
    except SyntaxError as error:
        raise GraphError(f"the scalar expression {expression!r} is not valid Python") from error
    for part in ast.walk(tree):
        chained = isinstance(part, ast.Compare) and len(part.ops) > 1
        if chained or not isinstance(part, _ALLOWED):
            raise GraphError(
                f"the scalar expression {expression!r} uses {type(part).__name__}; only "
                "arithmetic, "
                f"single comparisons and {', '.join(sorted(FUNCTIONS))} are known to every backend"
            )
        if isinstance(part, ast.Call):
            _check_call(part, expression)
    return tree


def _check_call(call: ast.Call, expression: str) -> None:
    name = call.func.id if isinstance(call.func, ast.Name) else None
    if name not in FUNCTIONS or len(call.args) != FUNCTIONS[name][0] or call.keywords:
        raise GraphError(
            f"the scalar expression {expression!r} calls {ast.unparse(call)}; known functions are "
            + ", ".join(f"{known}/{count}" for known, (count, _) in sorted(FUNCTIONS.items()))
        )


@functools.cache
def is_slow(expression: str) -> bool:
    """Whether an expression calls a function that takes many operations, such as ``exp``.

    >>> is_slow("1 / (1 + exp(-x))"), is_slow("maximum(x, 0)")
    (True, False)
    """
    parts = ast.walk(parse_expression(expression))
    return any(isinstance(part, ast.Name) and part.id in _SLOW for part in parts)


def names_in(expression: str) -> list[str]:
    """Return the input and attribute names of an expression in order of appearance.

    >>> names_in("where(x > 0, x, slope * x)")
    ['x', 'slope']
    """
    tree = parse_expression(expression)
    found = [part for part in ast.walk(tree) if isinstance(part, ast.Name)]
    found.sort(key=lambda name: name.col_offset)
    return list(dict.fromkeys(name.id for name in found if name.id not in FUNCTIONS))


class _Total(ast.NodeTransformer):
    """Replace the operators that raise in Python by functions that give infinity or NaN."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        name = {ast.Div: "divide", ast.Pow: "power"}.get(type(node.op))
        if name is None:
            return node
        return ast.Call(ast.Name(name, ast.Load()), [node.left, node.right], [])


@functools.cache
def scalar_function(expression: str, names: tuple[str, ...]) -> Callable[..., float]:
    """Return the expression as a function of plain numbers.

    >>> scalar_function("1 / (1 + exp(-x))", ("x",))(0.0)
    0.5
    """
    parse_expression(expression)
    tree = _Total().visit(ast.parse(f"lambda {', '.join(names)}: {expression}", mode="eval"))
    code = compile(ast.fix_missing_locations(tree), f"<{expression}>", "eval")
    return eval(code, {**scope_of_expressions(), "__builtins__": {}})


def scope_of_expressions() -> dict[str, Any]:
    """Return what the text of an expression may call."""
    scope = {name: meaning for name, (_, meaning) in FUNCTIONS.items()}
    return {**scope, "divide": divide, "power": power}


def named(expression: str, names: Mapping[str, str]) -> str:
    """Return an expression as Python for plain numbers, with names replaced.

    >>> named("a / b", {"a": "x0", "b": "x1"})
    'divide(x0, x1)'
    """
    parse_expression(expression)
    tree = _Total().visit(ast.parse(expression, mode="eval").body)
    for part in ast.walk(tree):
        if isinstance(part, ast.Name):
            part.id = names.get(part.id, part.id)
    return ast.unparse(tree)
