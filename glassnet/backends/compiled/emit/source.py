"""Writes the source of a compiled program: one function that runs any number of batches.

::

    def run(control, totals, order, D, F, I, U, B, x0, x1):
        ...  # numbers that stand still
        while done < wanted:  # one batch after the other
            ...  # the units of the plan, in order
"""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass, replace

from glassnet.backends.compiled.emit.control import CONTROL
from glassnet.backends.compiled.emit.expressions import Constants, converted, expression_text
from glassnet.backends.compiled.emit.kernels import KERNELS, copy
from glassnet.backends.compiled.emit.nest import write_nest
from glassnet.backends.compiled.emit.products import element
from glassnet.backends.compiled.emit.rotated import Rotated
from glassnet.backends.compiled.emit.sharing import Sharing
from glassnet.backends.compiled.schedule.phases import cut_length
from glassnet.backends.compiled.schedule.places import ARENAS, Place, contiguous, dim_text
from glassnet.backends.compiled.schedule.plan import Plan, Unit
from glassnet.errors import GraphError
from glassnet.graph.dims import Dim, Shape, size_of
from glassnet.graph.node import Node
from glassnet.quoting import visible

__all__ = ["HANDLED", "Source", "write_source"]

# Ops that nests and scalars take care of; with KERNELS, all that can be compiled.
HANDLED = {"sum", "max", "transpose", "slice", "reshape", "broadcast_to", "one_hot", "size"} | set(
    KERNELS
)

_INDENT = "    "


@dataclass
class Source:
    """Source text, the types of the function's arguments, and where arrays begin in the arenas."""

    text: str
    arguments: list[str]
    starts: dict[str, list[int]]


def write_source(plan: Plan) -> Source:
    """Return the source of one planned program."""
    return Writer(plan).write()


class Writer(Sharing):
    """Collects lines; nests and kernels use its small vocabulary."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.constants = Constants()
        self.lines: list[str] = []
        self.depth = 1
        self.way = "alone"  # how the unit being written is shared among threads
        self.names: dict[int, str] = {}
        self.taken: set[str] = set()
        self.count = 0
        self.data = [(name, plan.program.inputs[name]) for name in plan.data]

    # Vocabulary of nests and kernels ---------------------------------------------------

    def line(self, text: str, depth: int = 0) -> None:
        self.lines.append(_INDENT * (self.depth + depth) + text)

    def comment(self, text: str) -> None:
        self.line(f"# {visible(text)}")

    def fresh(self) -> str:
        self.count += 1
        return f"t{self.count}"

    def counters(self, number: int) -> list[str]:
        return [f"j{k}" for k in range(number)]

    def name(self, node: Node) -> str:
        """Return a new local name that tells what the value is."""
        self.count += 1
        base = re.sub(r"\W+", "_", node.name or node.op.name, flags=re.ASCII).strip("_")
        if not base or not base[0].isalpha() or keyword.iskeyword(base):
            base = f"v_{base}"
        return f"{base}_{self.count}"

    def place(self, node: Node) -> Place:
        found = self.plan.place(node)
        if found is None:
            raise GraphError(f"no place for {node!r} in the compiled program")
        return found

    def nest(self, unit: Unit) -> None:
        """Write the loops of one unit."""
        write_nest(self, unit)

    def temporary(self, shape: Shape, dtype: str) -> Place:
        return self.plan.arena.take(shape, dtype)

    def copy(self, target: Place, source: Place) -> None:
        copy(self, target, source)

    def span(self, size: int | Dim) -> str:
        return f"range({dim_text(size)})"

    def loops(self, shape: Shape) -> tuple[list[str], int]:
        """Open one loop an axis (none for size 1); return the indices and how deep they stand."""
        names, depth = [], 0
        for axis, size in enumerate(shape):
            if size == 1:
                names.append("0")
                continue
            self.line(f"for k{axis} in {self.span(size)}:", depth)
            names.append(f"k{axis}")
            depth += 1
        return names, depth

    def fill(self, place: Place, value: str) -> None:
        if place.is_contiguous:
            place = replace(place, shape=(size_of(place.shape),), strides=(1,))
        loops, depth = self.loops(place.shape)
        self.line(f"{element(place, loops)} = {value}", depth)

    def start_of(self, node: Node, wide: bool = False) -> str:
        """Return what a reduction starts with."""
        dtype = "float64" if wide and node.dtype == "float32" else node.dtype
        if node.op.name == "sum":
            return self.constants.name(0, dtype)
        if dtype.startswith("float"):
            return self.constants.name(float("-inf"), dtype)
        return {"int64": "-9223372036854775808", "uint32": "0"}.get(dtype, "False")

    # Numbers --------------------------------------------------------------------------

    def scalar(self, node: Node) -> str:
        """Return the text of a single number."""
        if node.is_constant:
            dtype = "float64" if node.dtype.startswith("float") else node.dtype
            return self.constants.name(node.attrs["value"], dtype)
        return self.names[id(node)]

    def scalar_name(self, node: Node) -> str:
        if id(node) not in self.names:
            self.names[id(node)] = self.name(node)
        return self.names[id(node)]

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
        rotation = self.plan.rotation
        self.rotated = None if rotation is None else Rotated(self.plan, rotation)
        self._place_data()
        self._head()
        if self.plan.program.state:
            self.line("setting = tiny_as_zero()")
        if self.rotated is not None:
            self.rotated.begin(self)
        self.line("while done < wanted:")
        self.depth = 2
        self._batch()
        for unit in self.plan.head:
            self._unit(unit)
        self._phases()
        self._tail()
        if self.plan.program.state:
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
            self.plan.arena.starts,
        )

    def _place_data(self) -> None:
        self.gathered: list[Place | None] = []
        for number, (_, node) in enumerate(self.data):
            place = Place(
                f"x{number}", f"at{number}", node.shape, contiguous(node.shape), node.dtype
            )
            self.plan.places[id(node)] = place
            by_row = bool(node.shape) and isinstance(node.shape[0], Dim)
            self.gathered.append(self.plan.arena.take(node.shape, node.dtype) if by_row else None)

    def _head(self) -> None:
        for number, name in enumerate(CONTROL):
            self.line(f"{name} = control[{number}]")
        self.line("batch = first_batch")
        self.line("done = 0")
        self.line("epoch = 0")
        if self.plan.shards > 1:
            self.line("ticket = 0")
        self.line("per_epoch = (rows + batch_size - 1) // batch_size")
        for name, node in self.plan.program.inputs.items():
            if name in self.plan.inputs and node.shape == () and name != "step":
                place = self.plan.inputs[name]
                text = f"{place.pointer}[{place.offset}]"
                text = f"({text} != 0)" if node.dtype == "bool" else text
                self.line(f"{self.scalar_name(node)} = {text}  # {visible(name)}")

    def _batch(self) -> None:
        self.line("start = batch * batch_size")
        self.line("n = batch_size if start + batch_size <= rows else rows - start")
        step = self.plan.program.inputs.get("step")
        if step is not None:
            self.names[id(step)] = "step_now"
            self.line("step_now = step + done")  # counts from the first batch of the call
        for number, (_, node) in enumerate(self.data):
            self._rows(number, node)
        if any(self.gathered):
            self._gather()

    def _rows(self, number: int, node: Node) -> None:
        """Use rows where they lie if they follow each other; gather them if they are shuffled."""
        room = self.gathered[number]
        self.line(f"x{number} = given{number}")
        if room is None:
            self._fixed_rows(number, node)
            return
        assert isinstance(node.shape[0], Dim)
        width = dim_text(size_of((node.shape[0].coefficient, *node.shape[1:])))
        self.line(f"at{number} = start * {width}")

    def _gather(self) -> None:
        self.line("if has_order:")
        self.depth += 1
        self.open_shards("rows")
        for number, (_, node) in enumerate(self.data):
            room = self.gathered[number]
            if room is not None:
                self._gather_one(number, node, room)
        self.close_shards("rows")
        if self.plan.shards > 1:
            # Whoever computes a shard need not be who has gathered its rows.
            self.barrier()
        for number, room in enumerate(self.gathered):
            if room is not None:
                self.line(f"x{number} = {room.pointer}")
                self.line(f"at{number} = {room.offset}")
        self.depth -= 1

    def _gather_one(self, number: int, node: Node, room: Place) -> None:
        assert isinstance(node.shape[0], Dim)
        width = dim_text(size_of((node.shape[0].coefficient, *node.shape[1:])))
        self.line(f"for r in range({'lo, hi' if self.plan.shards > 1 else 'n'}):")
        self.line("row = order[start + r]", 1)
        self.line(f"for k in range({width}):", 1)
        target = f"{room.pointer}[{room.offset} + r * {width} + k]"
        self.line(f"{target} = given{number}[row * {width} + k]", 2)

    def _fixed_rows(self, number: int, node: Node) -> None:
        """Use rows where they lie: a program for one row at a time takes it from anywhere."""
        fixed = self.plan.fixed_rows
        width = dim_text(size_of(node.shape)) if fixed else "0"
        self.line(f"at{number} = start * {width} // {max(fixed, 1)}")
        if fixed == 1:
            self.line("if has_order:")
            self.line(f"at{number} = order[start] * {width}", 1)

    def _unit(self, unit: Unit) -> None:
        rotated = self.rotated
        if rotated is not None and unit is self.plan.units[rotated.rotation.update]:
            rotated.write(self)
            return
        length = cut_length(unit, self.way)
        if length:
            self._piece(length)
        if unit.kind == "nest":
            write_nest(self, unit)
        elif unit.kind == "scalar":
            self._scalar_unit(unit.nodes[0])
        else:
            node = unit.nodes[0]
            if node.op.name not in KERNELS:
                raise GraphError(f"the op {node.op.name!r} cannot be compiled")
            self.comment(f"{node.op.name} -> {node.name or 'no name'}")
            place = self.plan.places[id(node)]
            KERNELS[node.op.name](self, node, place)
            if node.shape == () and self.plan.shards == 1:
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
        last = self.plan.phases.groups[-1]
        if self.plan.shards > 1:
            self.barrier()
            self._collect(last)
        self.open_shards("alone")
        self._results()
        self.close_shards("alone")
        nodes = [node for unit in last for node in self.plan.units[unit].nodes]
        published = any(node.shape == () and id(node) in self.plan.places for node in nodes)
        if self.plan.shards > 1 and (self.plan.copies or published):
            # What was just read or copied must not be overtaken by the next batch.
            self.barrier()
        outputs = self.plan.program.outputs
        for name in self.plan.program.state:
            node = self.plan.program.inputs[name]
            if node.shape == ():
                self.line(f"{self.names[id(node)]} = {self.scalar(outputs[name])}")
        self.line("done += 1")
        self.line("batch += 1")
        self.line("if batch == per_epoch:")
        self.line("batch = 0", 1)
        self.line("epoch += 1", 1)

    def _results(self) -> None:
        outputs = self.plan.program.outputs
        for number, name in enumerate(self.plan.program.totals):
            total = f"totals[epoch * {len(self.plan.program.totals)} + {number}]"
            self.line(f"{total} += {self.scalar(outputs[name])}  # {visible(name)}")
        for name, place in self.plan.results.items():
            if outputs[name].shape == ():
                text = self.scalar(outputs[name])
                text = f"uint8({text})" if outputs[name].dtype == "bool" else text
                self.line(f"{place.pointer}[{place.offset}] = {text}")
        for target, source in self.plan.copies:
            copy(self, target, source)


def _wide(dtype: str) -> str:
    return "float64" if dtype == "float32" else dtype
