"""Writes the source of a compiled program: one function that runs any number of batches.

::

    def run(control, totals, order, D, F, I, U, B, x0, x1):
        ...  # numbers that stand still
        while done < wanted:  # one batch after the other
            ...  # the units of the plan, in order
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from glassnet.backends.compiled.emit.control import CONTROL
from glassnet.backends.compiled.emit.entries import write_entries
from glassnet.backends.compiled.emit.expressions import converted, expression_text
from glassnet.backends.compiled.emit.kernels import KERNELS
from glassnet.backends.compiled.emit.nest import write_nest
from glassnet.backends.compiled.emit.rotated import Rotated
from glassnet.backends.compiled.emit.writer import Writer
from glassnet.backends.compiled.schedule.places import ARENAS, Place, dim_text
from glassnet.backends.compiled.schedule.schedule import Schedule
from glassnet.backends.compiled.schedule.sharing import ALONE, ROWS
from glassnet.backends.compiled.schedule.units import Unit
from glassnet.graph.dims import Dim, size_of
from glassnet.graph.node import Node
from glassnet.quoting import visible

__all__ = ["HANDLED", "Source", "SourceWriter", "write_source"]

# Ops that nests and scalars take care of; with KERNELS, all that can be compiled.
HANDLED = {"sum", "max", "transpose", "slice", "reshape", "broadcast_to", "one_hot", "size"} | set(
    KERNELS
)


# Programs for one row with at most this many units have their loops in the function itself.
_FEW_UNITS = 60


@dataclass
class Source:
    """What the compiler is given.

    Attributes
    ----------
    text : str
    arguments : list of str
        Types of the function's arguments.
    starts : mapping of str to sequence of int
        Where arrays begin in the arenas.
    is_short : bool
        Whether a call of a loop takes a part of the time that counts.
    """

    text: str
    arguments: list[str]
    starts: Mapping[str, Sequence[int]]
    is_short: bool = False


def write_source(schedule: Schedule) -> Source:
    """Return the source of one program."""
    return SourceWriter(schedule).write()


class SourceWriter(Writer):
    """Writes the whole function: the head, the loop over batches, the units, the results."""

    is_short = False  # see Source

    def __init__(self, schedule: Schedule) -> None:
        super().__init__(schedule)
        self.data = [(name, schedule.program.inputs[name]) for name in schedule.data]

    # Numbers --------------------------------------------------------------------------

    def _scalar_unit(self, node: Node) -> None:
        kind = "float64" if node.dtype == "float32" else node.dtype
        if node.op.name == "size":
            text = f"float64({dim_text(node.inputs[0].shape[node.attrs['axis']])})"
        elif node.op.name == "reshape":
            text = self._element(node.inputs[0])
        elif node.op.name == "cast":
            source = node.inputs[0].dtype
            text = converted(self.scalar(node.inputs[0]), _wide(source), kind)
        else:
            values = [self.scalar(child) for child in node.inputs]
            inside = _wide(node.inputs[-1].dtype)
            names = dict(zip(node.op.inputs, values, strict=True))
            text = expression_text(node, names, inside, self.constants, is_flat=False)
        self.line(f"{self.scalar_name(node)} = {text}")

    def _element(self, node: Node) -> str:
        """Return the only element of an array as a number."""
        if node.shape == ():
            return self.scalar(node)
        place = self.place(node)
        text = f"{place.pointer}[{place.offset}]"
        return (
            f"({text} != 0)"
            if node.dtype == "bool"
            else converted(text, node.dtype, _wide(node.dtype))
        )

    # The function ---------------------------------------------------------------------

    def write(self) -> Source:
        rotation = self.schedule.rotation
        self.is_short = self.schedule.fixed_rows == 1 and len(self.schedule.units) <= _FEW_UNITS
        self.rotated = None if rotation is None else Rotated(self.schedule, rotation)
        self._head()
        if self.schedule.program.state:
            self.line("setting = tiny_as_zero()")
        if self.rotated is not None:
            self.rotated.begin(self)
        self.line("while done < wanted:")
        self.depth = 2
        self._batch()
        for unit in self.schedule.head:
            self._unit(unit)
        self._phases()
        self._tail()
        if self.schedule.program.state:
            self.depth = 1
            self.line("tiny_as_before(setting)")
        return self.finished()

    def finished(self) -> Source:
        """Return the lines as a module, with the types of the function's arguments."""
        kinds = ["*uint8" if dtype == "bool" else f"*{dtype}" for dtype in ARENAS.values()]
        arguments = ["int64", "int64", "*int64", "*int64", "*float64", "*int64", *kinds]
        names = ["thread", "threads", "signs", "control", "totals", "order", *ARENAS]
        for number, (_, node) in enumerate(self.data):
            arguments.append("*uint8" if node.dtype == "bool" else f"*{node.dtype}")
            names.append(f"given{number}")
        head = ["import math", "", *self.constants.lines(), ""]
        return Source(
            "\n".join([*head, f"def run({', '.join(names)}):", *self.lines, ""]),
            arguments,
            self.memory.starts,
            self.is_short,
        )

    def _head(self) -> None:
        for number, name in enumerate(CONTROL):
            self.line(f"{name} = control[{number}]")
        self.line("batch = first_batch")
        self.line("done = 0")
        self.line("epoch = 0")
        if self.schedule.shards > 1:
            self.line("ticket = 0")
        self.line("per_epoch = (rows + batch_size - 1) // batch_size")
        for name, node in self.schedule.program.inputs.items():
            if name in self.memory.inputs and node.shape == () and name != "step":
                place = self.memory.inputs[name]
                text = f"{place.pointer}[{place.offset}]"
                text = f"({text} != 0)" if node.dtype == "bool" else text
                self.line(f"{self.scalar_name(node)} = {text}  # {visible(name)}")

    def _batch(self) -> None:
        self.line("start = batch * batch_size")
        self.line("n = batch_size if start + batch_size <= rows else rows - start")
        step = self.schedule.program.inputs.get("step")
        if step is not None:
            self.names[id(step)] = "step_now"
            self.line("step_now = step + done")  # counts from the first batch of the call
        for number, (_, node) in enumerate(self.data):
            self._rows(number, node)
        if any(self.memory.gathered):
            self._gather()

    def _rows(self, number: int, node: Node) -> None:
        """Use rows where they lie if they follow each other; gather them if they are shuffled."""
        buffer = self.memory.gathered[number]
        self.line(f"x{number} = given{number}")
        if buffer is None:
            self._fixed_rows(number, node)
            return
        assert isinstance(node.shape[0], Dim)
        width = dim_text(size_of((node.shape[0].coefficient, *node.shape[1:])))
        self.line(f"at{number} = start * {width}")

    def _gather(self) -> None:
        self.line("if has_order:")
        self.depth += 1
        self.open_shards(ROWS.loop)
        for number, (_, node) in enumerate(self.data):
            buffer = self.memory.gathered[number]
            if buffer is not None:
                self._gather_one(number, node, buffer)
        self.close_shards(ROWS.loop)
        if self.schedule.shards > 1:
            # Whoever computes a shard need not be who has gathered its rows.
            self.barrier()
        for number, buffer in enumerate(self.memory.gathered):
            if buffer is not None:
                self.line(f"x{number} = {buffer.pointer}")
                self.line(f"at{number} = {buffer.offset}")
        self.depth -= 1

    def _gather_one(self, number: int, node: Node, buffer: Place) -> None:
        assert isinstance(node.shape[0], Dim)
        width = dim_text(size_of((node.shape[0].coefficient, *node.shape[1:])))
        self.line(f"for r in range({'lo, hi' if self.schedule.shards > 1 else 'n'}):")
        self.line("row = order[start + r]", 1)
        self.line(f"for k in range({width}):", 1)
        target = f"{buffer.pointer}[{buffer.offset} + r * {width} + k]"
        self.line(f"{target} = given{number}[row * {width} + k]", 2)

    def _fixed_rows(self, number: int, node: Node) -> None:
        """Use rows where they lie: a program for one row at a time takes it from anywhere."""
        fixed = self.schedule.fixed_rows
        width = dim_text(size_of(node.shape)) if fixed else "0"
        self.line(f"at{number} = start * {width} // {max(fixed, 1)}")
        if fixed == 1:
            self.line("if has_order:")
            self.line(f"at{number} = order[start] * {width}", 1)

    def _phases(self) -> None:
        rotation = self.schedule.rotation
        ahead = -1 if rotation is None else rotation.product
        groups = [[unit for unit in group if unit != ahead] for group in self.schedule.phases]
        groups = [group for group in groups if group]
        for number, group in enumerate(groups):
            if number:
                self.barrier()
                self._collect(groups[number - 1])
            self._phase([self.schedule.units[unit] for unit in group])
        self.sharing = ALONE

    def _phase(self, group: list[Unit]) -> None:
        is_open = False
        for loop, units in itertools.groupby(group, key=lambda unit: unit.sharing.loop):
            if is_open and self.schedule.shards > 1 and not loop.is_repeated:
                # A shard may need what another thread is still computing in the loop before.
                self.barrier()
            is_open = is_open or not loop.is_repeated
            self.open_shards(loop)
            for unit in units:
                self.sharing = unit.sharing
                self._unit(unit)
            self.close_shards(loop)

    def _collect(self, group: Sequence[int]) -> None:
        """Read the numbers that other threads have published in the phase before."""
        for number in group:
            for node in self.schedule.units[number].nodes:
                if node.shape == () and id(node) in self.memory.places:
                    place = self.memory.places[id(node)]
                    count = self.schedule.shards if id(node) in self.memory.partial else 1
                    distance = self.memory.partial.get(id(node), 0)
                    parts = [
                        f"{place.pointer}[{int(place.offset) + shard * distance}]"
                        for shard in range(count)
                    ]
                    text = " + ".join(parts)
                    if node.op.name == "max":
                        text = functools.reduce(lambda a, b: f"largest({a}, {b})", parts)
                    text = f"({text} != 0)" if node.dtype == "bool" else text
                    self.line(f"{self.scalar_name(node)} = {text}")

    def _unit(self, unit: Unit) -> None:
        rotated = self.rotated
        if rotated is not None and unit is self.schedule.units[rotated.rotation.update]:
            rotated.write(self)
            return
        if unit.sharing.own_length:
            self.cut_length(str(unit.sharing.own_length))
        if unit.kind == "nest":
            write_nest(self, unit)
        elif unit.kind == "scalar":
            self._scalar_unit(unit.nodes[0])
        else:
            node = unit.nodes[0]
            self.comment(f"{node.op.name} -> {node.name or 'no name'}")
            place = self.memory.places[id(node)]
            KERNELS.get(node.op.name, write_entries)(self, node, place)
            if node.shape == () and self.schedule.shards == 1:
                self.line(f"{self.scalar_name(node)} = {self._loaded(place, node)}")

    def _loaded(self, place: Place, node: Node) -> str:
        text = f"{place.pointer}[{place.offset}]"
        return (
            f"({text} != 0)"
            if node.dtype == "bool"
            else converted(text, node.dtype, _wide(node.dtype))
        )

    def _tail(self) -> None:
        """Write results of the batch, then the new state that had to wait."""
        last = self.schedule.phases[-1]
        if self.schedule.shards > 1:
            self.barrier()
            self._collect(last)
        self.open_shards(ALONE.loop)
        self._results()
        self.close_shards(ALONE.loop)
        nodes = [node for unit in last for node in self.schedule.units[unit].nodes]
        published = any(node.shape == () and id(node) in self.memory.places for node in nodes)
        if self.schedule.shards > 1 and (self.memory.copies or published):
            # What was just read or copied must not be overtaken by the next batch.
            self.barrier()
        outputs = self.schedule.program.outputs
        for name in self.schedule.program.state:
            node = self.schedule.program.inputs[name]
            if node.shape == ():
                self.line(f"{self.names[id(node)]} = {self.scalar(outputs[name])}")
        self.line("done += 1")
        self.line("batch += 1")
        self.line("if batch == per_epoch:")
        self.line("batch = 0", 1)
        self.line("epoch += 1", 1)

    def _results(self) -> None:
        outputs = self.schedule.program.outputs
        for number, name in enumerate(self.schedule.program.totals):
            total = f"totals[epoch * {len(self.schedule.program.totals)} + {number}]"
            self.line(f"{total} += {self.scalar(outputs[name])}  # {visible(name)}")
        for name, place in self.memory.results.items():
            if outputs[name].shape == ():
                text = self.scalar(outputs[name])
                text = f"uint8({text})" if outputs[name].dtype == "bool" else text
                self.line(f"{place.pointer}[{place.offset}] = {text}")
        for target, source in self.memory.copies:
            self.copy(target, source)


def _wide(dtype: str) -> str:
    return "float64" if dtype == "float32" else dtype
