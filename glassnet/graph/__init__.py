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
from glassnet.graph.statements import Listing, Statement, list_statements
from glassnet.graph.text import from_text, to_text

__all__ = [
    "REGISTRY",
    "Dim",
    "Listing",
    "Node",
    "Op",
    "Program",
    "Sample",
    "Shape",
    "Statement",
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
    "list_statements",
    "lowered",
    "shape_text",
    "simplify",
    "simplify_nodes",
    "size_of",
    "to_text",
    "topological_order",
]
