"""What a statement computes, as a formula over whole arrays: ``x W₁ + b₁``.

Takes a node and the names of others, gives a tree. Steps and reasons of an account call it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from glassnet.explain.formula.tree import (
    Apply,
    Formula,
    Num,
    Ref,
    add,
    call,
    divide,
    multiply,
    negative,
)
from glassnet.graph import Node
from glassnet.graph.dims import Dim

__all__ = ["CALLS", "COMPARISONS", "symbols_of"]

# Ops that only move numbers about: a formula says nothing of them.
_SILENT = {"reshape", "broadcast_to", "cast", "slice", "pad"}
COMPARISONS = {
    "greater": ">",
    "greater_equal": ">=",
    "less": "<",
    "less_equal": "<=",
    "equal": "==",
    "not_equal": "!=",
}
# Functions that mathematics calls by another name than the ops.
CALLS = {"log": "ln", "maximum": "max", "minimum": "min"}


def symbols_of(node: Node, names: Mapping[int, str]) -> Formula:
    """Return the formula of a value, down to the values that have names.

    Parameters
    ----------
    node : Node
    names : mapping of int to str
        Names by the ``id`` of their nodes; the node's own is not looked at.
    """
    return _Symbols(names).of(node, is_top=True)


class _Symbols:
    def __init__(self, names: Mapping[int, str]) -> None:
        self.names = names

    def of(self, node: Node, is_top: bool = False) -> Formula:
        name = self.names.get(id(node))
        if name is not None and not (is_top and node.inputs):
            return Ref(name)
        if node.is_constant:
            return self._constant(node)
        if not node.inputs:
            return Ref(node.name or str(node.attrs.get("name", "")))
        parts = [self.of(child) for child in node.inputs]
        rule = _RULES.get(node.op.name)
        if rule is not None:
            return rule(node, parts)
        if node.op.name in _SILENT:
            return parts[0]
        if node.op.name in COMPARISONS:
            return Apply(COMPARISONS[node.op.name], tuple(parts))
        return call(CALLS.get(node.op.name, node.op.name), *parts)

    def _constant(self, node: Node) -> Formula:
        if node.shape == ():
            return Num(float(node.attrs["value"]))
        value = node.attrs["value"]
        if (value == value.flat[0]).all():
            return Num(float(value.flat[0]))
        is_mask = node.dtype == "bool" or bool(((value == 0) | (value == 1)).all())
        return Ref(node.name or ("mask" if is_mask else "constants"))


def _multiply(node: Node, parts: list[Formula]) -> Formula:
    is_scaling = any(child.shape == () for child in node.inputs)
    if is_scaling or node.shape == ():
        return multiply(parts)
    flat: list[Formula] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Apply) and part.kind == "hadamard" else [part])
    return Apply("hadamard", tuple(flat))


def _matmul(node: Node, parts: list[Formula]) -> Formula:
    flags = (node.attrs["transpose_a"], node.attrs["transpose_b"])
    turned = [
        Apply("transpose", (part,)) if flag else part
        for part, flag in zip(parts, flags, strict=True)
    ]
    return Apply("matrix", tuple(turned))


def _sum(node: Node, parts: list[Formula]) -> Formula:
    child = node.inputs[0]
    is_rows = node.attrs["axes"] == (0,) and isinstance(child.shape[0], Dim)
    return Apply("sum", (parts[0],), "n" if is_rows else "")


def _size(node: Node, parts: list[Formula]) -> Formula:
    size = node.inputs[0].shape[node.attrs["axis"]]
    return Ref("n") if isinstance(size, Dim) else Num(float(size))


def _one_hot(node: Node, parts: list[Formula]) -> Formula:
    return call("one_hot", parts[0])


def _cross_entropy(node: Node, parts: list[Formula]) -> Formula:
    return call(node.op.name.removeprefix("sparse_"), *parts)


def _random(node: Node, parts: list[Formula]) -> Formula:
    return Ref("random")


_RULES: dict[str, Callable[[Node, list[Formula]], Formula]] = {
    "add": lambda node, parts: add(parts),
    "subtract": lambda node, parts: add([parts[0], negative(parts[1])]),
    "negative": lambda node, parts: negative(parts[0]),
    "multiply": _multiply,
    "divide": lambda node, parts: divide(*parts),
    "square": lambda node, parts: Apply("square", tuple(parts)),
    "power": lambda node, parts: Apply("power", tuple(parts)),
    "where": lambda node, parts: Apply("where", tuple(parts)),
    "matmul": _matmul,
    "transpose": lambda node, parts: Apply("transpose", tuple(parts)),
    "sum": _sum,
    "size": _size,
    "one_hot": _one_hot,
    "softmax_cross_entropy": _cross_entropy,
    "sparse_softmax_cross_entropy": _cross_entropy,
    "random_uniform": _random,
    "random_bits": _random,
}
