"""Rewriting: the same values with fewer ops.

One pass from the inputs to the outputs rebuilds the graph. On the way it folds constants,
drops what does nothing (``x * 1``), shares equal values, and hands broadcast numbers
straight to their readers, so that what is left is what a person would have written.
Values no output needs are never visited, so dead code disappears by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np

from glassnet.graph.dims import broadcast_shapes
from glassnet.graph.expression import scalar_function
from glassnet.graph.node import REGISTRY, Node, constant, make_node
from glassnet.graph.program import Program, topological_order

__all__ = ["RULES", "Builder", "Rule", "lowered", "simplify", "simplify_nodes"]


def simplify(program: Program) -> Program:
    """Return an equal program with fewer ops; inputs stay, even unused ones."""
    names = list(program.outputs)
    nodes = simplify_nodes([program.outputs[name] for name in names])
    outputs = dict(zip(names, nodes, strict=True))
    return Program(
        program.name, list(program.inputs.values()), outputs, program.totals, program.rows
    )


def simplify_nodes(outputs: list[Node], rules: Mapping[str, Rule] | None = None) -> list[Node]:
    """Return nodes equal to the outputs, simplified together.

    Parameters
    ----------
    outputs : list of Node
    rules : mapping, optional
        What may take the place of an op, by its name; default :data:`RULES`.
    """
    builder = Builder(RULES if rules is None else rules)
    new: dict[int, Node] = {}
    for node in topological_order(outputs):
        inputs = tuple(new[id(child)] for child in node.inputs)
        result = builder.build(node, inputs)
        # A name goes to what takes the node's place, unless that has a name of its own.
        if node.name and not result.name and not result.is_constant:
            result.name = node.name
        new[id(node)] = result
    return [new[id(node)] for node in outputs]


def _key(node: Node, ids: tuple[int, ...]) -> Any:
    attrs: list[Any] = []
    for name, value in sorted(node.attrs.items()):
        if isinstance(value, np.ndarray):
            attrs.append((name, value.shape, value.tobytes()))
        else:
            attrs.append((name, type(value), repr(value)))
    return (node.op.name, ids, tuple(attrs), node.dtype)


class Builder:
    """Rebuilds nodes one at a time, sharing equal ones."""

    def __init__(self, rules: Mapping[str, Rule]) -> None:
        self.rules = rules
        self.known: dict[Any, Node] = {}

    def build(self, node: Node, inputs: tuple[Node, ...]) -> Node:
        if node.op.name == "input":
            return node
        if node.op.is_elementwise:
            inputs = self._without_broadcasts(node, inputs)
        if inputs == node.inputs:
            candidate = node
        else:
            candidate = Node(node.op, inputs, node.attrs, node.shape, node.dtype, node.name)
        return self.share(self._reduced(candidate))

    def share(self, node: Node) -> Node:
        if node.op.name == "input":
            return node
        return self.known.setdefault(_key(node, tuple(id(child) for child in node.inputs)), node)

    def make(self, name: str, *inputs: Any, **attrs: Any) -> Node:
        """Build a new op inside a rule, simplified and shared in its turn."""
        nodes = make_node(REGISTRY[name], inputs, attrs)
        return self.build(nodes, tuple(self.share(child) for child in nodes.inputs))

    def _without_broadcasts(self, node: Node, inputs: tuple[Node, ...]) -> tuple[Node, ...]:
        """Read through ``broadcast_to`` where the op would broadcast by itself."""
        kept = list(inputs)
        for position, child in enumerate(inputs):
            if child.op.name == "broadcast_to":
                trial = [*kept[:position], child.inputs[0], *kept[position + 1 :]]
                if broadcast_shapes(*(one.shape for one in trial)) == node.shape:
                    kept = trial
        return tuple(kept)

    def _reduced(self, node: Node) -> Node:
        folded = _fold(node)
        if folded is not None:
            return folded
        if _is_uniform(node):
            scalars = [child.inputs[0] if child.shape else child for child in node.inputs]
            one = self.make(node.op.name, *scalars, **node.attrs)
            return self.make("broadcast_to", one, shape=node.shape)
        rule = self.rules.get(node.op.name)
        result = rule(self, node, *node.inputs) if rule else None
        if result is None or result.shape != node.shape or result.dtype != node.dtype:
            return node
        return result


def _fold(node: Node) -> Node | None:
    """Compute an elementwise op whose inputs are all plain numbers."""
    if not node.op.is_elementwise or node.shape != () or not node.inputs:
        return None
    if not all(child.is_constant and child.shape == () for child in node.inputs):
        return None
    values = [child.attrs["value"] for child in node.inputs]
    if node.op.name == "cast":
        return constant(values[0], node.dtype)
    expression = node.op.expression
    assert expression is not None
    attrs = {name: value for name, value in node.attrs.items()}
    function = scalar_function(expression, (*node.op.inputs, *attrs))
    return constant(function(*values, *attrs.values()), node.dtype)


def _is_uniform(node: Node) -> bool:
    """Tell whether every entry of an elementwise op is the same: all inputs are spread scalars."""
    return (
        node.op.is_elementwise
        and node.shape != ()
        and all(child.shape == () or _is_spread_scalar(child) for child in node.inputs)
    )


def _is_spread_scalar(node: Node) -> bool:
    return node.op.name == "broadcast_to" and node.inputs[0].shape == ()


def _is_number(node: Node, value: float) -> bool:
    return node.is_constant and node.shape == () and node.attrs["value"] == value


def _is_scalar(node: Node) -> bool:
    return node.shape == ()


Rule = Callable[..., "Node | None"]


def _add(b: Builder, node: Node, x: Node, y: Node) -> Node | None:
    if _is_number(y, 0):
        return x
    if _is_number(x, 0):
        return y
    if y.op.name == "negative":
        return b.make("subtract", x, y.inputs[0])
    if x.op.name == "negative":
        return b.make("subtract", y, x.inputs[0])
    return None


def _subtract(b: Builder, node: Node, x: Node, y: Node) -> Node | None:
    if _is_number(y, 0):
        return x
    if _is_number(x, 0):
        return b.make("negative", y)
    if y.op.name == "negative":
        return b.make("add", x, y.inputs[0])
    return None


def _multiply(b: Builder, node: Node, x: Node, y: Node) -> Node | None:
    for one, other in ((x, y), (y, x)):
        if _is_number(one, 1):
            return other
        if _is_number(one, -1):
            return b.make("negative", other)
        if one.op.name == "negative":
            return b.make(
                "negative",
                b.make("multiply", *((one.inputs[0], y) if one is x else (x, one.inputs[0]))),
            )
    # Numbers gather: s * (t * z) = (s * t) * z costs one array op less.
    for one, other in ((x, y), (y, x)):
        if _is_scalar(one) and not _is_scalar(other) and other.op.name == "multiply":
            for inner, rest in (other.inputs, other.inputs[::-1]):
                if _is_scalar(inner) and not _is_scalar(rest):
                    return b.make("multiply", b.make("multiply", one, inner), rest)
    if x.is_constant and _is_scalar(x) and _is_scalar(y) and y.op.name == "multiply":
        inner, rest = y.inputs
        if inner.is_constant:
            return b.make("multiply", b.make("multiply", x, inner), rest)
    return None


def _divide(b: Builder, node: Node, x: Node, y: Node) -> Node | None:
    return x if _is_number(y, 1) else None


def _power(b: Builder, node: Node, x: Node, y: Node) -> Node | None:
    if _is_number(y, 1):
        return x
    if _is_number(y, 2):
        return b.make("square", x)
    return None


def _negative(b: Builder, node: Node, x: Node) -> Node | None:
    if x.op.name == "negative":
        return x.inputs[0]
    if x.op.name == "subtract":
        return b.make("subtract", x.inputs[1], x.inputs[0])
    return None


def _same_if_shape(b: Builder, node: Node, x: Node) -> Node | None:
    if x.shape == node.shape:
        return x
    if x.op.name == node.op.name:
        return b.make(node.op.name, x.inputs[0], **node.attrs)
    if _is_spread_scalar(x):
        return b.make("broadcast_to", x.inputs[0], shape=node.shape)
    return None


def _cast(b: Builder, node: Node, x: Node) -> Node | None:
    return x if x.dtype == node.dtype else None


def _transpose(b: Builder, node: Node, x: Node) -> Node | None:
    axes = node.attrs["axes"]
    if axes == tuple(range(len(axes))):
        return x
    if x.op.name == "transpose":
        return b.make("transpose", x.inputs[0], axes=tuple(x.attrs["axes"][axis] for axis in axes))
    return None


def _sum(b: Builder, node: Node, x: Node) -> Node | None:
    if not node.attrs["axes"]:
        return x
    if node.shape != ():
        return None
    # A sum of everything: factors come out of it, and sums within it join it.
    if x.op.name == "sum":
        axes = tuple(range(x.inputs[0].ndim))
        return b.make("sum", x.inputs[0], axes=axes, keepdims=False)
    if x.op.name == "multiply":
        for factor, rest in (x.inputs, x.inputs[::-1]):
            if _is_scalar(factor) and not _is_scalar(rest):
                return b.make("multiply", factor, b.make("sum", rest, **node.attrs))
    return None


def _matmul(b: Builder, node: Node, x: Node, y: Node) -> Node | None:
    """Transposes of matrices are flags on the product, not copies."""
    flips = [node.attrs["transpose_a"], node.attrs["transpose_b"]]
    inputs = [x, y]
    for position, child in enumerate(inputs):
        if child.op.name == "transpose" and child.attrs["axes"] == (1, 0):
            inputs[position] = child.inputs[0]
            flips[position] = not flips[position]
    if inputs == [x, y]:
        return None
    return b.make("matmul", *inputs, transpose_a=flips[0], transpose_b=flips[1])


RULES: dict[str, Rule] = {
    "add": _add,
    "subtract": _subtract,
    "multiply": _multiply,
    "divide": _divide,
    "power": _power,
    "negative": _negative,
    "broadcast_to": _same_if_shape,
    "reshape": _same_if_shape,
    "cast": _cast,
    "transpose": _transpose,
    "sum": _sum,
    "matmul": _matmul,
}


def lowered(program: Program, kernels: Collection[str]) -> Program:
    """Return the program with every fused op taken apart that has no kernel of its own."""
    names = list(program.outputs)
    nodes = list(program.outputs.values())
    while True:
        order = topological_order(nodes)
        if not any(_is_composite(node, kernels) for node in order):
            break
        new: dict[int, Node] = {}
        for node in order:
            inputs = tuple(new[id(child)] for child in node.inputs)
            if _is_composite(node, kernels):
                assert node.op.decompose is not None
                new[id(node)] = node.op.decompose(*inputs, **node.attrs)
                new[id(node)].name = new[id(node)].name or node.name
            elif inputs == node.inputs:
                new[id(node)] = node
            else:
                new[id(node)] = Node(node.op, inputs, node.attrs, node.shape, node.dtype, node.name)
        nodes = [new[id(node)] for node in nodes]
    outputs = dict(zip(names, nodes, strict=True))
    inputs_ = list(program.inputs.values())
    return simplify(Program(program.name, inputs_, outputs, program.totals, program.rows))


def _is_composite(node: Node, kernels: Collection[str]) -> bool:
    return node.op.decompose is not None and node.op.name not in kernels
