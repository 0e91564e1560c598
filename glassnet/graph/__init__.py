"""The language: nodes, ops, shapes, reverse mode, rewriting and the text form."""

from glassnet.graph.differentiate import gradients
from glassnet.graph.dims import Dim, Shape, bind, broadcast_shapes, shape_text, size_of
from glassnet.graph.node import (
    REGISTRY,
    Node,
    Op,
    Sample,
    Values,
    apply,
    as_node,
    constant,
    define,
    input_node,
)
from glassnet.graph.program import Program, topological_order
from glassnet.graph.rewrite import lowered, simplify, simplify_nodes
from glassnet.graph.text import from_text, to_text

__all__ = [
    "REGISTRY",
    "Dim",
    "Node",
    "Op",
    "Program",
    "Sample",
    "Shape",
    "Values",
    "apply",
    "as_node",
    "bind",
    "broadcast_shapes",
    "constant",
    "define",
    "from_text",
    "gradients",
    "input_node",
    "lowered",
    "shape_text",
    "simplify",
    "simplify_nodes",
    "size_of",
    "to_text",
    "topological_order",
]
