"""Reverse mode as graph to graph: the backward pass is made of the same ops as the forward pass."""

from __future__ import annotations

import re
from collections.abc import Sequence

from glassnet.errors import GraphError, ShapeError
from glassnet.graph.dims import Shape, shape_text
from glassnet.graph.node import Node, apply, constant
from glassnet.graph.program import topological_order

__all__ = ["gradients", "is_pre_activation", "sum_to"]


def gradients(output: Node, wrt: Sequence[Node], seed: Node | None = None) -> list[Node]:
    """Return d output / d w for every w in ``wrt``, by the chain rule from the output backwards.

    Parameters
    ----------
    output : Node
        A scalar, unless ``seed`` gives the gradient to start from.
    wrt : sequence of Node
        What to differentiate with respect to. Values the output does not depend on get zeros.
    seed : Node, optional
        Gradient of the output; default 1.

    Raises
    ------
    GraphError
        If the output is no scalar and no seed is given, or an op on the way has no derivative.
    """
    if seed is None:
        if output.shape != ():
            raise GraphError(
                f"only a scalar can be differentiated, and {output!r} has the shape "
                f"{shape_text(output.shape)}; take its sum or mean first"
            )
        seed = constant(1.0, output.dtype)
    order = topological_order([output])
    wanted = _depends_on(order, wrt)
    accumulated: dict[int, Node] = {id(output): seed}
    for node in reversed(order):
        g = accumulated.get(id(node))
        if g is None or not node.inputs or id(node) not in wanted:
            continue
        _name(g, node)
        _push(node, g, wanted, accumulated)
    return [_gradient_of(node, accumulated) for node in wrt]


def _name(g: Node, node: Node) -> None:
    """Call the gradient at a pre-activation z1 the error term d1, that at any other a1 da1."""
    if node.name and not g.name and not g.is_constant:
        g.named(_gradient_name(node.name))


def _gradient_name(name: str) -> str:
    """Return what the gradient at a value is called.

    >>> _gradient_name("z1"), _gradient_name("a1"), _gradient_name("add_1")
    ('d1', 'da1', 'd_add_1')
    """
    if is_pre_activation(name):
        return f"d{name[1:]}"
    return f"d{name}" if re.fullmatch(r"[^\W\d_](\d+|_.*)?", name) else f"d_{name}"


def is_pre_activation(name: str) -> bool:
    """Tell whether a name is that of a pre-activation.

    >>> is_pre_activation("z1"), is_pre_activation("z_hidden"), is_pre_activation("zip")
    (True, True, False)
    """
    return re.fullmatch(r"z(\d+|_.*)", name) is not None


def _depends_on(order: list[Node], wrt: Sequence[Node]) -> set[int]:
    wanted = {id(node) for node in wrt}
    for node in order:
        if any(id(child) in wanted for child in node.inputs):
            wanted.add(id(node))
    return wanted


def _push(node: Node, g: Node, wanted: set[int], accumulated: dict[int, Node]) -> None:
    """Add what ``node`` passes on to the gradients of its inputs."""
    if node.op.derivative is None:
        raise GraphError(
            f"the op {node.op.name!r} has no derivative, but the gradient has to pass through it"
        )
    shares = node.op.derivative(g, node, *node.inputs, **node.attrs)
    if len(shares) != len(node.inputs):
        raise GraphError(
            f"the derivative rule of {node.op.name!r} gives {len(shares)} gradients for "
            f"{len(node.inputs)} inputs"
        )
    for child, share in zip(node.inputs, shares, strict=True):
        if share is None or id(child) not in wanted:
            continue
        if node.op.is_elementwise:
            share = sum_to(share, child.shape)
        if share.shape != child.shape:
            raise ShapeError(
                f"the derivative rule of {node.op.name!r} gives a gradient of shape "
                f"{shape_text(share.shape)} for an input of shape {shape_text(child.shape)}"
            )
        before = accumulated.get(id(child))
        accumulated[id(child)] = share if before is None else before + share


def _gradient_of(node: Node, accumulated: dict[int, Node]) -> Node:
    g = accumulated.get(id(node))
    if g is None:
        return apply("broadcast_to", constant(0.0, node.dtype), shape=node.shape)
    return g


def sum_to(g: Node, shape: Shape) -> Node:
    """Undo broadcasting: sum a gradient over the axes along which its value was stretched."""
    if g.shape == shape:
        return g
    if len(g.shape) < len(shape) or g.shape == ():
        return apply("broadcast_to", g, shape=shape)
    lead = len(g.shape) - len(shape)
    axes = list(range(lead))
    stretch = False
    for position, dim in enumerate(shape):
        if g.shape[lead + position] != dim:
            if dim == 1:
                axes.append(lead + position)
            else:
                stretch = True
    if axes:
        g = apply("sum", g, axes=tuple(axes), keepdims=True)
        g = apply("reshape", g, shape=g.shape[lead:])
    return apply("broadcast_to", g, shape=shape) if stretch else g
