"""Scalar expressions of elementwise ops as source text for compiled loops and scalars."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Mapping
from typing import Any

from glassnet.graph.expression import parse_expression
from glassnet.graph.node import Node

__all__ = ["Constants", "converted", "expression_text", "scalar_text"]

_SYMBOLS: dict[type, str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**",
    ast.Gt: ">", ast.GtE: ">=", ast.Lt: "<", ast.LtE: "<=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip

# Numbers within arrays take the branch-free forms, single numbers the C library's.
_FLAT = {"exp": "flat_exp", "tanh": "flat_tanh", "log": "flat_log"}
_PLAIN = {
    name: f"math.{name}"
    for name in ("exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tanh", "erf")
} | {"abs": "abs", "floor": "whole", "maximum": "maximum", "minimum": "minimum", "where": "select"}


class Constants:
    """Typed numbers at the head of the generated module: a bare 1.0 would widen float32."""

    def __init__(self) -> None:
        self.names: dict[tuple[str, str], str] = {}

    def name(self, value: Any, dtype: str) -> str:
        if dtype == "bool":
            return str(bool(value))
        if dtype in ("int64", "uint32"):
            return str(int(value))
        text = repr(float(value))
        if dtype == "float64" and math.isfinite(value):
            return text if value >= 0 else f"({text})"
        short = re.sub(r"\W", "_", text.replace("-", "m"))
        return self.names.setdefault((text, dtype), f"c{dtype[-2:]}_{short}")

    def lines(self) -> list[str]:
        return [f"{name} = {dtype}(float({text!r}))" for (text, dtype), name in self.names.items()]


def converted(text: str, source: str, target: str) -> str:
    """Return the text of a value converted from one dtype to another."""
    if source == target:
        return text
    return f"({text} != 0)" if target == "bool" else f"{target}({text})"


def expression_text(
    node: Node, names: Mapping[str, str], dtype: str, constants: Constants, is_flat: bool
) -> str:
    """Return an elementwise op's expression with ``names`` put in.

    Parameters
    ----------
    node : Node
    names : mapping
        Source text for every input.
    dtype : str
        What numbers within the expression are.
    constants : Constants
    is_flat : bool
        Whether it stands in a loop over an array.
    """
    assert node.op.expression is not None
    known = dict(names)
    for key, value in node.attrs.items():
        if key not in known and isinstance(value, int | float):
            known[key] = constants.name(value, dtype)
    return _Text(known, dtype, constants, is_flat).of(parse_expression(node.op.expression))


def scalar_text(expression: str, names: Mapping[str, str], dtype: str, constants: Constants) -> str:
    """Return any scalar expression with ``names`` put in, as it stands in a loop over an array."""
    return _Text(names, dtype, constants, is_flat=True).of(parse_expression(expression))


class _Text:
    def __init__(
        self, names: Mapping[str, str], dtype: str, constants: Constants, is_flat: bool
    ) -> None:
        self.names = names
        self.dtype = dtype
        self.constants = constants
        self.is_flat = is_flat

    def of(self, tree: ast.expr) -> str:
        if isinstance(tree, ast.Name):
            return self.names[tree.id]
        if isinstance(tree, ast.Constant):
            return self.constants.name(tree.value, self.dtype)
        if isinstance(tree, ast.UnaryOp):
            return f"(-{self.of(tree.operand)})"
        if isinstance(tree, ast.Compare):
            return self._pair(tree.ops[0], tree.left, tree.comparators[0])
        if isinstance(tree, ast.BinOp):
            return self._pair(tree.op, tree.left, tree.right)
        assert isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name)
        return self._call(tree.func.id, [self.of(part) for part in tree.args])

    def _pair(self, operator: ast.AST, left: ast.expr, right: ast.expr) -> str:
        symbol = _SYMBOLS[type(operator)]
        if self.dtype == "bool" and symbol in "+*":
            symbol = {"+": "|", "*": "&"}[symbol]
        if symbol == "**" and isinstance(right, ast.Constant) and right.value == 2:
            return f"({self.of(left)} * {self.of(left)})"
        return f"({self.of(left)} {symbol} {self.of(right)})"

    def _call(self, name: str, arguments: list[str]) -> str:
        if name == "sign":
            zero, one, minus = (self.constants.name(value, self.dtype) for value in (0, 1, -1))
            below = f"select({arguments[0]} < {zero}, {minus}, {arguments[0]})"
            return f"select({arguments[0]} > {zero}, {one}, {below})"
        function = _FLAT.get(name) if self.is_flat else None
        if function is None or not self.dtype.startswith("float"):
            function = _PLAIN[name]
        return f"{function}({', '.join(arguments)})"
