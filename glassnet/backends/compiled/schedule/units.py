"""A unit: one part of the generated code, a nest of loops, a structured op or one number."""

from __future__ import annotations

from dataclasses import dataclass, replace

from glassnet.backends.compiled.schedule.sharing import ALONE, Sharing
from glassnet.graph.dims import Dim
from glassnet.graph.node import Node

__all__ = ["Unit"]


@dataclass(frozen=True, eq=False)
class Unit:
    """One part of the generated code.

    Attributes
    ----------
    kind : {"nest", "kernel", "scalar"}
    space : tuple
        The shape that a nest runs over, without axes of size 1.
    nodes : tuple of Node
        The values it makes: elementwise results, reductions, or the one value of a kernel or
        scalar.
    sharing : Sharing
        How threads share it.
    """

    kind: str
    space: tuple[int | Dim, ...] = ()
    nodes: tuple[Node, ...] = ()
    sharing: Sharing = ALONE

    def with_node(self, node: Node) -> Unit:
        """Return the unit with one more value."""
        return replace(self, nodes=(*self.nodes, node))

    def shared(self, sharing: Sharing) -> Unit:
        """Return the unit shared in another way."""
        return replace(self, sharing=sharing)
