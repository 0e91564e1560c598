"""What is done to a program before it is planned: fused ops apart, sizes bound, small rewrites."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from glassnet.backends.compiled.schedule.elements import is_outer_product
from glassnet.graph.dims import Dim, bind, size_of
from glassnet.graph.node import Node, Op, input_node
from glassnet.graph.program import Program, topological_order
from glassnet.graph.rewrite import lowered, simplify

__all__ = ["COPY", "in_order", "prepared", "stepping"]

# An elementwise op of this backend alone: gives a value a place of its own.
COPY = Op("copy", ("x",), lambda x: x, lambda x: x, None, "y = x", expression="x")


def prepared(
    program: Program, kernels: Collection[str], sizes: Mapping[str, int] | None = None
) -> Program:
    """Return an equal program of simple ops, with symbolic sizes replaced if they are given."""
    program = lowered(program, kernels)
    if sizes:
        program = _with_scaled_factors(simplify(_bound(program, sizes)))
    return _with_own_outputs(_signs_of_relu(program))


def stepping(program: Program) -> Program:
    """Return the program without results that nothing reads while it runs step after step."""
    outputs = {
        name: node
        for name, node in program.outputs.items()
        if name in program.inputs or name in program.totals
    }
    inputs = list(program.inputs.values())
    return Program(program.name, inputs, outputs, program.totals, program.rows)


def _rebuilt(program: Program, change: Any, inputs: Mapping[str, Node] | None = None) -> Program:
    """Return the program with ``change(node, new inputs)`` in the place of every node."""
    new: dict[int, Node] = {}
    replaced = dict(inputs or {})
    for node in program.order():
        children = tuple(new[id(child)] for child in node.inputs)
        if node.op.name == "input":
            new[id(node)] = replaced.get(node.attrs["name"], node)
        else:
            new[id(node)] = change(node, children)
    outputs = {name: new[id(node)] for name, node in program.outputs.items()}
    all_inputs = [replaced.get(name, node) for name, node in program.inputs.items()]
    return Program(program.name, all_inputs, outputs, program.totals, program.rows)


def _same(node: Node, inputs: tuple[Node, ...]) -> Node:
    if inputs == node.inputs:
        return node
    return Node(node.op, inputs, node.attrs, node.shape, node.dtype, node.name)


def _bound(program: Program, sizes: Mapping[str, int]) -> Program:
    inputs = {
        name: input_node(name, bind(node.shape, sizes), node.dtype)
        for name, node in program.inputs.items()
    }

    def value(attr: Any) -> Any:
        if isinstance(attr, tuple) and any(isinstance(part, Dim) for part in attr):
            return bind(attr, sizes)
        return attr

    def change(node: Node, children: tuple[Node, ...]) -> Node:
        attrs = {key: value(attr) for key, attr in node.attrs.items()}
        return Node(node.op, children, attrs, bind(node.shape, sizes), node.dtype, node.name)

    return _rebuilt(program, change, inputs)


def _signs_of_relu(program: Program) -> Program:
    """Ask relu(z) > 0 instead of z > 0, so that z need not be kept for the backward pass."""
    relu = {id(n.inputs[0]): n for n in program.order() if n.op.name == "relu"}
    if not relu:
        return program
    made: dict[int, Node] = {}

    def change(node: Node, children: tuple[Node, ...]) -> Node:
        result = _same(node, children)
        if node.op.name == "relu":
            made[id(node)] = result
        if node.op.name == "greater" and id(node.inputs[0]) in relu:
            activated = made.get(id(relu[id(node.inputs[0])]))
            zero = node.inputs[1]
            is_zero = zero.is_constant and zero.shape == () and zero.attrs["value"] == 0
            if activated is not None and is_zero:
                return Node(node.op, (activated, children[1]), {}, node.shape, node.dtype)
        return result

    return _rebuilt(program, change)


def _with_scaled_factors(program: Program) -> Program:
    """Write rate * (x d) as x (rate * d): one multiplication a column instead of one a weight."""

    def change(node: Node, children: tuple[Node, ...]) -> Node:
        numbers = [child for child in children if child.shape == ()]
        products = [child for child in children if is_outer_product(child)]
        if node.op.name != "multiply" or not numbers or not products:
            return _same(node, children)
        product = products[0]
        sizes = [size_of(factor.shape) for factor in product.inputs]
        if any(isinstance(size, Dim) for size in sizes) or product.dtype != numbers[0].dtype:
            return _same(node, children)
        place = sizes.index(min(sizes))  # type: ignore[type-var]
        factors = list(product.inputs)
        short = factors[place]
        factors[place] = Node(node.op, (numbers[0], short), {}, short.shape, short.dtype)
        return Node(product.op, tuple(factors), product.attrs, node.shape, node.dtype, product.name)

    return _rebuilt(program, change)


def _with_own_outputs(program: Program) -> Program:
    """Copy what two outputs share, and outputs that are inputs: each output has its own place."""
    taken = {id(node) for node in program.inputs.values()}
    outputs = {}
    for name, node in program.outputs.items():
        own = node is program.inputs.get(name)
        shared = id(node) in taken or node.is_constant or node.op.name in _VIEWS
        if shared and not own:
            node = Node(COPY, (node,), {}, node.shape, node.dtype, node.name)
        taken.add(id(node))
        outputs[name] = node
    return Program(
        program.name, list(program.inputs.values()), outputs, program.totals, program.rows
    )


_VIEWS = ("reshape", "transpose", "slice", "broadcast_to")


def in_order(program: Program) -> list[Node]:
    """Order nodes so that new state comes last: those who read the old state are then done."""
    old = {id(program.inputs[name]) for name in program.state}
    roots = [node for name, node in program.outputs.items() if name not in program.state]
    roots += [
        node
        for node in program.order()
        if not node.op.is_elementwise and any(id(child) in old for child in node.inputs)
    ]
    return topological_order([*roots, *(program.outputs[name] for name in program.state)])
