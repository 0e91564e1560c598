"""One elementwise op as a chain of NumPy calls that write into buffers."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.graph.expression import parse_expression
from glassnet.graph.node import Node

__all__ = ["Elementwise", "Value", "ends_in_ufunc"]

_BINARY = {
    ast.Add: ("add", "+"), ast.Sub: ("subtract", "-"), ast.Mult: ("multiply", "*"),
    ast.Div: ("divide", None), ast.Pow: ("power", None),
}  # fmt: skip
_COMPARE = {
    ast.Gt: ("greater", ">"), ast.GtE: ("greater_equal", ">="), ast.Lt: ("less", "<"),
    ast.LtE: ("less_equal", "<="), ast.Eq: ("equal", "=="), ast.NotEq: ("not_equal", "!="),
}  # fmt: skip
_UFUNCS = {
    "exp": np.exp, "expm1": np.expm1, "log": np.log, "log1p": np.log1p, "sqrt": np.sqrt,
    "abs": np.absolute, "sign": np.sign, "sin": np.sin, "cos": np.cos, "tanh": np.tanh,
    "floor": np.floor, "maximum": np.maximum, "minimum": np.minimum,
}  # fmt: skip


@dataclass
class Value:
    """How the written function refers to one value.

    ``array`` is the buffer itself where it is known before the function runs; ``is_scalar``
    marks a plain Python number; ``is_temporary`` a buffer that may be overwritten.
    """

    text: str
    shape: tuple[int, ...]
    dtype: str
    array: np.ndarray | None = None
    is_scalar: bool = False
    is_temporary: bool = False


def ends_in_ufunc(node: Node) -> bool:
    """Tell whether the last thing an op does is a NumPy call that can write anywhere."""
    if node.op.expression is None or node.shape == ():
        return False
    tree = parse_expression(node.op.expression)
    return not isinstance(tree, ast.Name | ast.Constant) and not _is_where(tree)


def _is_where(tree: ast.expr) -> bool:
    return (
        isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == "where"
    )


class Elementwise:
    """Writes one elementwise op: its scalar expression as a chain of ufunc calls."""

    def __init__(
        self, writer: Any, node: Node, shape: tuple[int, ...], inputs: list[Value | None]
    ) -> None:
        self.writer = writer
        self.node = node
        self.shape = shape
        self.names: dict[str, Value] = {}
        for name, value in zip(node.op.inputs, inputs, strict=True):
            assert value is not None
            # Values of the graph are not ours to overwrite.
            self.names[name] = Value(
                value.text, value.shape, value.dtype, value.array, value.is_scalar
            )
        for name, attr in node.attrs.items():
            self.names[name] = Value(repr(attr), (), node.dtype, is_scalar=True)
        # Temporaries are computed in the dtype of the inputs (comparisons give bool).
        self.dtype = inputs[-1].dtype if inputs and inputs[-1] is not None else node.dtype
        self.out: Value | None = None
        self.out_is_open = False
        self.borrowed: list[Value] = []

    def write(self, state: str | None) -> Value:
        assert self.node.op.expression is not None
        tree = parse_expression(self.node.op.expression)
        if self.shape == ():
            return self._scalar_value(tree)
        self._choose_out(tree, state)
        assert self.out is not None
        result = self.emit(tree, root=True)
        if result.text != self.out.text:
            self.writer.line(f"{self.out.text}[...] = {result.text}")
        for value in self.borrowed:
            self.writer.release(value)
        return self.out

    def _scalar_value(self, tree: ast.expr) -> Value:
        text = self.emit(tree).text
        if self.node.op.name == "cast":
            kind = {"b": "bool", "f": "float"}.get(np.dtype(self.node.dtype).kind, "int")
            text = f"{kind}({text})"
        return self.writer.scalar(text, self.node)

    def _choose_out(self, tree: ast.expr, state: str | None) -> None:
        """Write into the state, into an input nobody needs any more, or into a free buffer."""
        writer, node = self.writer, self.node
        ufunc = ends_in_ufunc(node)
        if state is not None:
            old = writer.program.inputs[state]
            self.out = writer.values[id(old)]
            self.out_is_open = all(writer.base[id(child)] is not old for child in node.inputs)
            return
        place = writer.position[id(node)]
        for child in node.inputs:
            value = writer.values[id(child)]
            dying = writer.last_use[id(writer.base[id(child)])] == place
            whole = writer.base[id(child)] is child and value.is_temporary
            if ufunc and dying and whole and (value.shape, value.dtype) == (self.shape, node.dtype):
                self.out = value
                return
        self.out = writer.buffer(self.shape, node.dtype)
        self.out_is_open = ufunc

    def _temporary(self, shape: tuple[int, ...], dtype: str) -> Value:
        out = self.out
        if out is not None and self.out_is_open and (shape, dtype) == (out.shape, out.dtype):
            self.out_is_open = False
            return Value(out.text, shape, dtype, out.array, is_temporary=True)
        value = self.writer.buffer(shape, dtype)
        self.borrowed.append(value)
        return value

    def emit(self, tree: ast.expr, root: bool = False) -> Value:
        if isinstance(tree, ast.Name):
            return self.names[tree.id]
        if isinstance(tree, ast.Constant):
            return Value(repr(tree.value), (), self.dtype, is_scalar=True)
        function, template, parts = _parts(tree)
        values = [self.emit(part) for part in parts]
        if all(value.is_scalar for value in values):
            text = template.format(*(value.text for value in values))
            return Value(text, (), self.dtype, is_scalar=True)
        return self._array_call(function, values, root)

    def _array_call(self, function: str, values: list[Value], root: bool) -> Value:
        is_bool = function in _COMPARISONS
        dtype = "bool" if is_bool else self.dtype
        shape = np.broadcast_shapes(*(value.shape for value in values))
        target = self.out if root else None
        if target is None and function != "where":
            for value in values:
                if value.is_temporary and (value.shape, value.dtype) == (shape, dtype):
                    target = value
        if target is None:
            target = self._temporary(shape, dtype)
        if function == "where":
            condition, a, b = values
            self.writer.line(f"copyto({target.text}, {b.text})")
            self.writer.line(f"copyto({target.text}, {a.text}, where={condition.text})")
        else:
            texts = ", ".join(self._operand(value) for value in values)
            name = self.writer.call(_ufunc(function), f"u_{function}")
            # A positional third argument of these two is deprecated in NumPy 2.4.
            keyword = "out=" if function in ("maximum", "minimum") else ""
            self.writer.line(f"{name}({texts}, {keyword}{target.text})")
        self._reopen(values, target)
        return target

    def _operand(self, value: Value) -> str:
        """Return what is written for an operand: a number as an array of the right dtype.

        NumPy would look up the dtype of a Python number in every call, which takes longer
        than the arithmetic of a small network.
        """
        if value.is_scalar and self.dtype.startswith("float"):
            number = _literal(value.text)
            if number is not None:
                return self.writer.number(number, self.dtype)
        return value.text

    def _reopen(self, values: list[Value], target: Value) -> None:
        """The output buffer is open for temporaries again once its content was consumed."""
        out = self.out
        if out is None or target.text == out.text:
            return
        if any(value.is_temporary and value.text == out.text for value in values):
            self.out_is_open = True


def _literal(text: str) -> float | None:
    """Return the number a text stands for, None if it is a name or an expression."""
    try:
        return float(text)
    except ValueError:
        return None


_COMPARISONS = {name for name, _ in _COMPARE.values()}


def _ufunc(name: str) -> Any:
    if name == "erf":
        from scipy.special import erf

        return erf
    return _UFUNCS[name] if name in _UFUNCS else getattr(np, name)


def _parts(tree: ast.expr) -> tuple[str, str, list[ast.expr]]:
    """Return the ufunc name, the scalar template and the operands of one operation."""
    if isinstance(tree, ast.BinOp):
        if (
            isinstance(tree.op, ast.Pow)
            and isinstance(tree.right, ast.Constant)
            and tree.right.value == 2
        ):
            return "square", "({0} * {0})", [tree.left]
        name, symbol = _BINARY[type(tree.op)]
        template = f"{name}({{}}, {{}})" if symbol is None else f"({{}} {symbol} {{}})"
        return name, template, [tree.left, tree.right]
    if isinstance(tree, ast.UnaryOp):
        return "negative", "(-{})", [tree.operand]
    if isinstance(tree, ast.Compare):
        name, symbol = _COMPARE[type(tree.ops[0])]
        return name, f"({{}} {symbol} {{}})", [tree.left, tree.comparators[0]]
    assert isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name)
    name = tree.func.id
    if name == "where":
        return name, "({1} if {0} else {2})", list(tree.args)
    return name, f"s_{name}({', '.join('{}' for _ in tree.args)})", list(tree.args)
