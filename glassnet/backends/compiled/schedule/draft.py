"""A program taken apart into units: which ops share a loop, and in which order loops run.

Three kinds of unit follow each other: a *nest* is one loop over elements that computes
any number of elementwise ops and reductions, a *kernel* is one structured op (a matrix
product), a *scalar* is one number. Everything that is cheap to compute again, or read once,
*floats*: it has no unit and is written wherever it is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from glassnet.backends.compiled.schedule.costs import CHEAP, operations
from glassnet.backends.compiled.schedule.elements import (
    REDUCTIONS,
    VIEWS,
    Map,
    axis_map,
    is_looped,
    is_passing,
    natural_map,
    space_of,
)
from glassnet.backends.compiled.schedule.prepare import in_order
from glassnet.backends.compiled.schedule.units import Unit
from glassnet.graph.dims import Dim
from glassnet.graph.node import Node
from glassnet.graph.program import Program

__all__ = ["Draft"]


class Draft:
    """The units of a program in order, and who reads what, while it is planned.

    Attributes
    ----------
    units, head : list of Unit
        The units of a batch; numbers that depend on no array and come before them.
    unit_of : dict
        Number of the unit that makes a value, by the id of its node; -1 for the head.
    reads : dict
        For a stored value, by the id of its node: which units read it, each with its axis map
        (None: not by element).
    floating : set
        Ids of the values that are computed where they are read.
    over : dict
        New values that are written straight over the old ones: node's id to the input's name.
    """

    def __init__(self, program: Program, data: tuple[str, ...], fixed_rows: int) -> None:
        self.program = program
        self.data = data
        self.fixed_rows = fixed_rows
        self.order = in_order(program)
        self.readers: dict[int, list[Node]] = {id(node): [] for node in self.order}
        for node in self.order:
            for child in node.inputs if node.op.name != "size" else ():
                self.readers[id(child)].append(node)
        self.outputs = {id(node): name for name, node in program.outputs.items()}
        self.cost: dict[int, int] = {}
        self.floating: set[int] = set()
        self._choose_floating()
        self.head: list[Unit] = []
        self.units: list[Unit] = []
        self.unit_of: dict[int, int] = {}
        self._place_units()
        self._collect_reads()
        self.over = self._over_state()

    def last_reads(self) -> dict[int, int]:
        """Return the number of the last unit that reads each value."""
        return {leaf: max(number for number, _ in reads) for leaf, reads in self.reads.items()}

    def _collect_reads(self) -> None:
        self.reads: dict[int, list[tuple[int, Map | None]]] = {}
        for number, unit in enumerate(self.units):
            for node in unit.nodes:
                for leaf, mapping in self.leaves(node):
                    self.reads.setdefault(id(leaf), []).append((number, mapping))

    def take_in_order(self, numbers: Sequence[int]) -> None:
        """Put the units into another order."""
        self.units = [self.units[number] for number in numbers]
        for position, unit in enumerate(self.units):
            self.unit_of |= {id(node): position for node in unit.nodes}
        self._collect_reads()

    # Floating -------------------------------------------------------------------------

    def _choose_floating(self) -> None:
        for node in self.order:
            if node.shape == () or not is_looped(node) or id(node) in self.outputs:
                continue
            if self._may_float(node):
                self.floating.add(id(node))

    def _may_float(self, node: Node) -> bool:
        if is_passing(node) and node.inputs[0].shape != ():
            below = node.inputs[0]
            plain = id(below) in self.floating or not is_looped(below)
        else:
            plain = True
        inside = sum(self.cost.get(id(c), 0) for c in node.inputs if id(c) in self.floating)
        self.cost[id(node)] = inside + operations(node)
        cost = self.cost[id(node)]
        if not all(self._reads_inside(one, node, cost) for one in self.readers[id(node)]):
            return False
        once = len(self.readers[id(node)]) == 1
        return (once and plain) or cost <= CHEAP

    def _reads_inside(self, reader: Node, node: Node, cost: int) -> bool:
        """Whether a reader can compute the node within its own loop, at no repeated cost."""
        if reader.shape == () and reader.op.name not in REDUCTIONS:
            return False
        if is_passing(reader) and id(reader) not in self.outputs:
            # It is read through: what counts are the reader's own readers.
            return space_of(reader) == space_of(node) and all(
                self._reads_inside(further, reader, cost) for further in self.readers[id(reader)]
            )
        if reader.op.name in REDUCTIONS:
            return True
        if not is_looped(reader):
            return False
        return space_of(reader) == space_of(node) or cost == 0

    # Units ----------------------------------------------------------------------------

    def _place_units(self) -> None:
        for node in self.order:
            if node.op.name == "input" or node.is_constant or id(node) in self.floating:
                continue
            if node.shape != () and id(node) not in self.outputs and self._is_free_view(node):
                continue
            if node.shape == () and (node.op.is_elementwise or node.op.name in ("size", "reshape")):
                self._add_scalar(node)
            elif is_looped(node):
                self._join(node, space_of(node))
            elif node.op.name in REDUCTIONS:
                self._join(node, space_of(node.inputs[0]))
            else:
                self._append(Unit("kernel", (), (node,)))

    def _is_free_view(self, node: Node) -> bool:
        if node.op.name == "reshape":
            # Rows of a transposed or cut array do not follow each other.
            below = node.inputs[0]
            return below.shape != () and (
                below.op.name == "input"
                or below.is_constant
                or id(below) in self.unit_of
                or (below.op.name == "reshape" and self._is_free_view(below))
            )
        return node.op.name in ("transpose", "slice")

    def _add_scalar(self, node: Node) -> None:
        unit = Unit("scalar", (), (node,))
        if any(position >= 0 for position, _ in self.needs(node)):
            self._append(unit)
        else:
            self.unit_of[id(node)] = -1
            self.head.append(unit)

    def _append(self, unit: Unit) -> None:
        self.unit_of[id(unit.nodes[0])] = len(self.units)
        self.units.append(unit)

    def _join(self, node: Node, space: tuple[int | Dim, ...]) -> None:
        """Put a looped node into the last nest of its space that runs late enough."""
        earliest = 0
        for position, is_aligned in self.needs(node):
            earliest = max(earliest, position if is_aligned else position + 1)
        for number in range(len(self.units) - 1, earliest - 1, -1):
            unit = self.units[number]
            if unit.kind == "nest" and unit.space == space:
                self.units[number] = unit.with_node(node)
                self.unit_of[id(node)] = number
                return
        self._append(Unit("nest", space, (node,)))

    def needs(self, node: Node) -> Iterator[tuple[int, bool]]:
        """Return the units a node reads from, and whether within the same loop is soon enough."""
        for leaf, mapping in self.leaves(node):
            position = self.unit_of.get(id(leaf), -1)
            if position < 0:
                continue
            aligned = mapping is not None and is_looped(leaf) and mapping == natural_map(leaf)
            yield position, aligned

    def leaves(self, node: Node) -> Iterator[tuple[Node, Map | None]]:
        """Return the stored values a node reads, with their axis maps (None: not by element)."""
        if node.op.name in REDUCTIONS:
            yield from self._leaf(node.inputs[0], natural_map(node.inputs[0]))
        elif is_looped(node) and node.shape != ():
            yield from self._below(node, natural_map(node))
        elif node.op.name != "size":
            for child in node.inputs:
                yield from self._leaf(child, None)

    def _below(self, node: Node, outer: Map) -> Iterator[tuple[Node, Map | None]]:
        for position, child in enumerate(node.inputs):
            yield from self._leaf(child, axis_map(node, position, outer))

    def _leaf(self, node: Node, mapping: Map | None) -> Iterator[tuple[Node, Map | None]]:
        if id(node) in self.floating and mapping is not None:
            yield from self._below(node, mapping)
        elif id(node) not in self.unit_of and node.op.name in VIEWS:
            yield from self._leaf(node.inputs[0], None)
        else:
            yield node, mapping

    def is_read_by_element(self, node: Node) -> bool:
        """Whether a value is read within nests only, so that its parts can be added there."""
        reads = self.reads.get(id(node), ())
        by_element = all(mapping is not None for _, mapping in reads)
        return id(node) not in self.outputs and by_element if node.shape != () else True

    def _over_state(self) -> dict[int, str]:
        """Return the new values that may be written straight over the old ones."""
        last = self.last_reads()
        chosen: dict[int, str] = {}
        for name in self.program.state:
            old, new = self.program.inputs[name], self.program.outputs[name]
            number = self.unit_of.get(id(new), -1)
            if new is old or number < 0 or last.get(id(old), -1) > number:
                continue
            is_nest = self.units[number].kind == "nest" and new.op.name not in REDUCTIONS
            if is_nest and self._reads_in_step(old, number):
                chosen[id(new)] = name
        return chosen

    def _reads_in_step(self, old: Node, number: int) -> bool:
        """Whether a nest reads an old value only at the very element it is about to replace."""
        return all(
            mapping == natural_map(old) and space_of(old) == self.units[number].space
            for reader, mapping in self.reads.get(id(old), ())
            if reader == number
        )
