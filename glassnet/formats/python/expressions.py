"""Arithmetic as text: numbers, precedence, and the scalar expressions of the ops."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from glassnet.graph.expression import parse_expression

__all__ = ["ATOM", "Text", "binary", "call", "number", "of_tree", "raised", "where_chain"]

# How strongly a text holds together; what holds less strongly than its place needs parentheses.
_CONDITION, _AND, _COMPARE, _ADD, _MULTIPLY, _NEGATIVE, _POWER, ATOM = range(8)

_OPERATORS = {
    "add": ("+", _ADD), "subtract": ("-", _ADD), "multiply": ("*", _MULTIPLY),
    "divide": ("/", _MULTIPLY), "matmul": ("@", _MULTIPLY), "power": ("**", _POWER),
    "greater": (">", _COMPARE), "greater_equal": (">=", _COMPARE), "less": ("<", _COMPARE),
    "less_equal": ("<=", _COMPARE), "equal": ("==", _COMPARE), "not_equal": ("!=", _COMPARE),
    "and": ("and", _AND), "&": ("&", _AND),
}  # fmt: skip
_OF_AST = {
    ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide",
    ast.Pow: "power", ast.Gt: "greater", ast.GtE: "greater_equal", ast.Lt: "less",
    ast.LtE: "less_equal", ast.Eq: "equal", ast.NotEq: "not_equal",
}  # fmt: skip
# (a + b) + c needs no parentheses on the left only; a * (b * c) is not (a * b) * c to the last bit.
_BRIEF_LIMIT = 1e15


class Text(NamedTuple):
    """A piece of program text, and how strongly it holds together."""

    text: str
    strength: int = ATOM

    def within(self, strength: int) -> str:
        """Return the text for a place that needs a strength, in parentheses if it has less."""
        return self.text if self.strength >= strength else f"({self.text})"


def number(value: float, dtype: str = "float64") -> Text:
    """Return a number as a person writes it.

    >>> number(2.0).text, number(0.2).text, number(0.20000000298023224, "float32").text
    ('2', '0.2', '0.2')
    """
    if isinstance(value, bool):
        return Text(repr(value))
    value = float(value)
    if not math.isfinite(value):
        return Text(f'float("{value}")')
    if value == int(value) and abs(value) < _BRIEF_LIMIT:
        text = str(int(value))
    else:
        text = str(np.float32(value)) if dtype == "float32" else repr(value)
    return Text(text, _NEGATIVE if value < 0 else ATOM)


def binary(name: str, left: Text, right: Text) -> Text:
    """Return two texts joined by the operator of an op.

    >>> binary("multiply", Text("a2"), binary("subtract", Text("1"), Text("a2"))).text
    'a2 * (1 - a2)'
    """
    if name == "subtract" and right.text.startswith("-") and right.strength == _NEGATIVE:
        name, right = "add", Text(right.text[1:], ATOM)
    symbol, strength = _OPERATORS[name]
    if name == "power":
        return _power(left.within(ATOM), right.within(_NEGATIVE))
    if symbol == "&":
        return Text(f"{left.within(ATOM)} & {right.within(ATOM)}", strength)
    # A comparison within a comparison would be a chain.
    first = strength + 1 if strength == _COMPARE else strength
    return Text(f"{left.within(first)} {symbol} {right.within(strength + 1)}", strength)


def negative(x: Text) -> Text:
    return Text(f"-{x.within(_POWER)}", _NEGATIVE)


def raised(x: Text, power: int) -> Text:
    """Return a text to a power."""
    return _power(x.within(ATOM), str(power))


def _power(base: str, exponent: str) -> Text:
    """Return a power, close together where both are names or numbers: ``a1**2``."""
    is_brief = all(re.fullmatch(r"[\w.]+", one) for one in (base, exponent))
    return Text(f"{base}**{exponent}" if is_brief else f"{base} ** {exponent}", _POWER)


def call(name: str, *arguments: Text) -> Text:
    """Return the call of a function."""
    return Text(f"{name}({', '.join(one.text for one in arguments)})")


def chosen(condition: Text, a: Text, b: Text) -> Text:
    """Return a conditional expression of plain Python."""
    text = f"{a.within(_AND)} if {condition.within(_AND)} else {b.within(_CONDITION)}"
    return Text(text, _CONDITION)


Functions = Mapping[str, Callable[..., Text]]


def of_tree(expression: str | ast.expr, names: Mapping[str, Text], functions: Functions) -> Text:
    """Return a scalar expression as text.

    Parameters
    ----------
    expression : str or parsed expression
    names : mapping
        What stands for each name in it.
    functions : mapping
        How each function it calls is written.
    """
    tree = parse_expression(expression) if isinstance(expression, str) else expression
    if isinstance(tree, ast.Name):
        return names[tree.id]
    if isinstance(tree, ast.Constant):
        assert isinstance(tree.value, int | float)
        return number(tree.value)
    if isinstance(tree, ast.UnaryOp):
        return negative(of_tree(tree.operand, names, functions))
    if isinstance(tree, ast.Call):
        assert isinstance(tree.func, ast.Name)
        arguments = [of_tree(one, names, functions) for one in tree.args]
        return functions[tree.func.id](*arguments)
    if isinstance(tree, ast.Compare):
        sides: Sequence[ast.expr] = (tree.left, tree.comparators[0])
        name = _OF_AST[type(tree.ops[0])]
    else:
        assert isinstance(tree, ast.BinOp)
        sides, name = (tree.left, tree.right), _OF_AST[type(tree.op)]
    left, right = (of_tree(side, names, functions) for side in sides)
    if name == "multiply" and left == right:
        return raised(left, 2)
    return binary(name, left, right)


def where_chain(expression: str) -> tuple[list[tuple[ast.expr, ast.expr]], ast.expr]:
    """Return conditions and values of ``where(c1, v1, where(c2, v2, ... rest))``, and the rest."""
    tree = parse_expression(expression)
    cases = []
    while (
        isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == "where"
    ):
        cases.append((tree.args[0], tree.args[1]))
        tree = tree.args[2]
    return cases, tree
