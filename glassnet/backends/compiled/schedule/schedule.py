"""The schedule of a program: all that is decided, finished before a line of source is written."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from glassnet.backends.compiled.schedule.elements import REDUCTIONS, VIEWS
from glassnet.backends.compiled.schedule.memory import Memory
from glassnet.backends.compiled.schedule.places import ARENAS, Place, dim_text, view
from glassnet.backends.compiled.schedule.products import Form, Operands, form_of
from glassnet.backends.compiled.schedule.rotation import Rotation
from glassnet.backends.compiled.schedule.sharing import Sharing
from glassnet.backends.compiled.schedule.units import Unit
from glassnet.errors import GraphError
from glassnet.graph.dims import Dim
from glassnet.graph.node import Node
from glassnet.graph.program import Program
from glassnet.quoting import visible

__all__ = ["Schedule"]


@dataclass(frozen=True, repr=False)
class Schedule:
    """What a program becomes: its units in order, how threads share them, where values lie.

    ``print(schedule)`` shows it. Nothing changes it any more; the emitter and the memory of a run
    only read it.

    Attributes
    ----------
    program : Program
    data : tuple of str
        Inputs given as arrays from outside at every call.
    fixed_rows : int
        The number of rows if the program is made for these alone, else 0.
    capacity : int
        Most rows of a batch.
    shards : int
        Into how many shards a batch is cut; 1 if threads share nothing.
    head, units : tuple of Unit
        Numbers that depend on no array; the units of a batch, in order.
    phases : tuple of tuple of int
        Numbers of units; between two phases stands a barrier.
    rotation : Rotation or None
        Which product is made ahead for the next sample.
    floating : frozenset
        Ids of the values that are computed where they are read.
    last_reads : mapping
        For each value, by the id of its node, the number of the last unit that reads it.
    memory : Memory
        Places of all values.
    """

    program: Program
    data: tuple[str, ...]
    fixed_rows: int
    capacity: int
    shards: int
    head: tuple[Unit, ...]
    units: tuple[Unit, ...]
    phases: tuple[tuple[int, ...], ...]
    rotation: Rotation | None
    floating: frozenset[int]
    last_reads: Mapping[int, int]
    memory: Memory

    def place(self, node: Node) -> Place | None:
        """Return where a stored value or a view of one lies."""
        if id(node) in self.memory.places:
            return self.memory.places[id(node)]
        if node.op.name in VIEWS and node.inputs[0].shape != ():
            below = self.place(node.inputs[0])
            return None if below is None else view(node, below)
        return None

    def product(self, node: Node, out: Place, sharing: Sharing) -> Operands:
        """Return what a shard of a matrix product multiplies, and where the result goes."""
        a, b = (self._operand(child) for child in node.inputs)
        return Operands.of(node, a, b, out).shared(sharing, self.shards)

    def _operand(self, node: Node) -> Place:
        place = self.place(node)
        if place is None:
            raise GraphError(f"no place for {node!r} in the compiled program")
        return place

    def form(self, node: Node, sharing: Sharing) -> Form:
        """Return how a matrix product is computed."""
        rows = -(-self.capacity // self.shards) if sharing.loop.length else self.capacity
        return form_of(self.product(node, self._operand(node), sharing), rows)

    # As text --------------------------------------------------------------------------

    def __repr__(self) -> str:
        return f"<Schedule of {self._title()}>"

    def __str__(self) -> str:
        lines = [self._title(), self._arenas(), ""]
        lines += self._inputs()
        if self.head:
            lines.append(f"before each batch: {_names(self.head[0].nodes, self.head[1:])}")
        for number, phase in enumerate(self.phases):
            if number:
                lines.append("---- barrier ----")
            lines += itertools.chain.from_iterable(map(self._unit, phase))
        for target, source in self.memory.copies:
            lines.append(f"at the end of a batch: {_at(source)} is copied to {_at(target)}")
        return "\n".join(lines)

    def _title(self) -> str:
        rows = f"exactly {self.fixed_rows}" if self.fixed_rows else f"up to {self.capacity}"
        shared = f"{self.shards} shards" if self.shards > 1 else "one thread"
        return f"{visible(self.program.name)}: {len(self.units)} units, {rows} rows, {shared}"

    def _arenas(self) -> str:
        sizes = [
            f"{pointer} {count} {ARENAS[pointer]}"
            for pointer, count in self.memory.used.items()
            if count
        ]
        return "memory: " + ", ".join(sizes)

    def _inputs(self) -> Iterator[str]:
        program = self.program
        for number, name in enumerate(self.data):
            copied = self.memory.gathered[number]
            shuffled = "" if copied is None else f", shuffled rows copied to {_at(copied)}"
            shape = _shape(program.inputs[name].shape)
            yield f"given   {visible(name)} {shape} as x{number}{shuffled}"
        for name, place in self.memory.inputs.items():
            yield f"lasting {visible(name)} {_shape(program.inputs[name].shape)} at {_at(place)}"

    def _unit(self, number: int) -> Iterator[str]:
        unit = self.units[number]
        over = f" over {_shape(unit.space)}" if unit.kind == "nest" else ""
        if unit.kind == "kernel":
            over = f" of {', '.join(map(_name, unit.nodes[0].inputs))}"
            over += self._form(unit)
        sharing = f" | {unit.sharing.text}" if self.shards > 1 else ""
        yield f"{number:3} {unit.kind}{over}{sharing}{self._rotated(number)}"
        fused = self._fused(unit)
        if fused:
            yield f"      fused: {', '.join(map(_text, fused))}"
        for node in unit.nodes:
            yield f"      {_text(node)}{self._lifetime(node, number)}"

    def _form(self, unit: Unit) -> str:
        node = unit.nodes[0]
        return f", {self.form(node, unit.sharing).value}" if node.op.name == "matmul" else ""

    def _rotated(self, number: int) -> str:
        rotation = self.rotation
        if rotation is None or number not in (rotation.product, rotation.update):
            return ""
        if number == rotation.update:
            return f" | together with unit {rotation.product} for the next sample"
        return f" | made ahead, together with unit {rotation.update} of the sample before"

    def _fused(self, unit: Unit) -> list[Node]:
        """Return the floating values that are computed within a unit, in order."""
        found: set[int] = set()
        stack = [child for node in unit.nodes for child in node.inputs]
        while stack:
            node = stack.pop()
            if id(node) in self.floating and id(node) not in found:
                found.add(id(node))
                stack += node.inputs
        return [node for node in self.program.order() if id(node) in found]

    def _lifetime(self, node: Node, number: int) -> str:
        """Return where a value lies and until which unit it is needed."""
        place = self.memory.places.get(id(node))
        if place is None:
            return " in registers"
        parts = f", {self.shards} parts" if id(node) in self.memory.partial else ""
        return (
            f" {_shape(node.shape)} {place.dtype} at {_at(place)}{parts}{self._until(node, number)}"
        )

    def _until(self, node: Node, number: int) -> str:
        name = next((n for n, one in self.program.outputs.items() if one is node), None)
        if name is not None:
            return f", new {visible(name)}" if name in self.program.state else ", kept: a result"
        last = self.last_reads.get(id(node), number)
        return f", until unit {last}" if last > number else ""


def _names(nodes: tuple[Node, ...], more: tuple[Unit, ...]) -> str:
    every = [*nodes, *(node for unit in more for node in unit.nodes)]
    return ", ".join(map(_text, every))


def _name(node: Node) -> str:
    """Return what a value is called: by its layer or the caller, else by its op."""
    if node.op.name == "input":
        return visible(node.attrs["name"])
    return visible(node.name or node.op.name)


def _text(node: Node) -> str:
    """Return a value's op, with the value's name where it has one."""
    op = node.op.name
    if op in REDUCTIONS:
        op = f"{op} over axes {', '.join(map(str, node.attrs['axes']))}"
    return f"{visible(node.name)} = {op}" if node.name else op


def _at(place: Place) -> str:
    return f"{place.pointer}[{place.offset}]"


def _shape(shape: tuple[int | Dim, ...]) -> str:
    return f"({', '.join(map(dim_text, shape))})"
