"""One pass of a network on given samples: every statement of it, and the number of every value.

Takes a program and a value for each input; gives a :class:`Trace`: statements, names, arrays, and
the gradient at every value. ``explain`` calls it; all of ``account`` and ``why`` reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from glassnet import backends
from glassnet.explain.formula.entries import EntryFormulas
from glassnet.explain.formula.places import has_rows
from glassnet.graph import (
    REGISTRY,
    Listing,
    Node,
    Program,
    gradients,
    list_statements,
    topological_order,
)
from glassnet.graph.readable import readable

__all__ = ["Trace", "trace"]


@dataclass
class Trace:
    """What happened in one pass.

    Attributes
    ----------
    listing : Listing
        The statements.
    values : dict
        Array of every node, by its ``id``.
    names : dict
        Name of every node that has one, by its ``id``; a new value of ``W1`` is ``new W1``.
    nodes : dict of str to Node
        The other way round, in the order of the pass.
    is_single : bool
        Whether the samples are one sample, whose batch axis is left out.
    slopes : dict
        The gradient of the loss at every value of the forward pass, by ``id`` of that value.
    slope_nodes : dict
        The graph of these gradients.
    """

    listing: Listing
    values: dict[int, np.ndarray]
    names: dict[int, str]
    nodes: dict[str, Node]
    is_single: bool
    slopes: dict[int, np.ndarray] = field(default_factory=dict)
    slope_nodes: dict[int, Node] = field(default_factory=dict)

    @cached_property
    def named(self) -> list[Node]:
        return list(self.nodes.values())

    def entry_formulas(self, most: int, kept: int) -> EntryFormulas:
        """Return what takes entries apart; sums of more than ``most`` terms keep ``kept``."""
        return EntryFormulas(self.named, self.names, self.values, self.is_single, most, kept)

    def array(self, node: Node) -> np.ndarray:
        return self.values[id(node)]

    def has_rows(self, node: Node) -> bool:
        """Tell whether the first axis of a value runs over the samples."""
        return has_rows(node)


def trace(program: Program, given: Mapping[str, np.ndarray], is_single: bool) -> Trace:
    """Run a program and keep every value.

    Parameters
    ----------
    program : Program
        As :func:`~glassnet.graph.list_statements` takes it.
    given : mapping of str to array
        A value for every input.
    is_single : bool
    """
    # No value is called as a function is: "sigmoid = sigmoid(z2)" would be hard to read.
    reserved = set(REGISTRY) - set(program.inputs)
    listing = list_statements(program, keep_named=True, reserved=reserved)
    names, nodes = _names(listing)
    order = listing.program.order()
    found = _run(listing.program, {f"v{place}": node for place, node in enumerate(order)}, given)
    values = {id(node): found[f"v{place}"] for place, node in enumerate(order)}
    for name, node in listing.program.inputs.items():
        values.setdefault(id(node), np.asarray(given[name], node.dtype))
    made = Trace(listing, values, names, nodes, is_single)
    _add_slopes(made, given)
    return made


def _names(listing: Listing) -> tuple[dict[int, str], dict[str, Node]]:
    names: dict[int, str] = {}
    nodes: dict[str, Node] = {}
    for name, node in {**listing.inputs, **listing.constants}.items():
        names[id(node)] = name
        nodes[name] = node
    for one in listing.statements:
        name = f"new {one.name}" if one.state else one.name
        names.setdefault(id(one.node), name)
        nodes[name] = one.node
    return names, nodes


def _run(
    program: Program, outputs: Mapping[str, Node], given: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    whole = Program("explain", list(program.inputs.values()), outputs)
    # A backend of its own: the shared one would keep a compiled copy of every explanation.
    return backends.Numpy().run(whole, {name: given[name] for name in whole.inputs})


def _add_slopes(made: Trace, given: Mapping[str, np.ndarray]) -> None:
    """Find the gradient of the loss at every named value it is made from."""
    program = made.listing.program
    loss = program.outputs.get("loss")
    if loss is None:
        return
    wanted = [
        node
        for node in topological_order([loss])
        if id(node) in made.names
        and node is not loss
        and node.dtype.startswith("float")
        and not node.is_constant
    ]
    found = {f"g{place}": node for place, node in enumerate(gradients(loss, wanted))}
    plain = readable(Program("slopes", list(program.inputs.values()), found)).outputs
    arrays = _run(program, plain, given)
    for place, node in enumerate(wanted):
        made.slope_nodes[id(node)] = plain[f"g{place}"]
        made.slopes[id(node)] = np.broadcast_to(arrays[f"g{place}"], made.array(node).shape)
