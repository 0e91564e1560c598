"""Writes a nest: one loop over elements that computes elementwise ops and reductions."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from glassnet.backends.compiled.emit.expressions import converted, expression_text
from glassnet.backends.compiled.emit.writer import Writer
from glassnet.backends.compiled.schedule.elements import (
    REDUCTIONS,
    Map,
    axis_map,
    is_outer_product,
    natural_map,
)
from glassnet.backends.compiled.schedule.places import Place, dim_text, product
from glassnet.backends.compiled.schedule.units import Unit
from glassnet.graph.dims import Dim
from glassnet.graph.node import Node

__all__ = ["Row", "write_nest", "written_row"]


@dataclass
class Access:
    """One array as the loops see it: its stride along each of them."""

    place: Place
    strides: tuple[int | Dim, ...]
    token: str


@dataclass
class Loop:
    """One loop of the nest, over one or more axes of the space that lie one after the other."""

    axes: list[int]
    size: int | Dim
    before: list[str] = field(default_factory=list)  # what stands in front of it
    after: list[str] = field(default_factory=list)


def write_nest(writer: Writer, unit: Unit) -> None:
    """Write the loops of one unit."""
    _Nest(writer, unit).write()


@dataclass
class Row:
    """The lines of one row of a nest: before the loop over its columns, and within it."""

    before: list[str]
    inside: list[str]
    stored: list[str]  # the values that are written, by node of the unit


def written_row(writer: Writer, unit: Unit, row: str, column: str) -> Row:
    """Return one row of a nest over two axes that has no reductions, for others to write."""
    return _Nest(writer, unit).row(row, column)


class _Nest:
    def __init__(self, writer: Writer, unit: Unit) -> None:
        self.writer = writer
        self.unit = unit
        self.accesses: list[Access] = []
        self.head: list[str] = []
        self.body: list[tuple[int, str]] = []
        # The innermost axis each local depends on: it is computed in that loop, no deeper.
        self.level: dict[str, int] = {}
        self.stores: list[str] = []
        self.known: dict[tuple[int, Map], str] = {}
        self.loaded: dict[tuple[Place, tuple[int | Dim, ...]], str] = {}
        self.scalars: dict[tuple[int, str], str] = {}
        self.indexed: set[int] = set()  # axes whose number is used itself
        self.sums: list[tuple[Node, str]] = []

    # Values ---------------------------------------------------------------------------

    def value(self, node: Node, mapping: Map, dtype: str) -> str:
        """Return the text of one element of a node, writing what it needs before."""
        if node.shape == ():
            return self._scalar(node, dtype)
        key = (id(node), mapping)
        if key not in self.known:
            own = node in self.unit.nodes and mapping == natural_map(node)
            if id(node) in self.writer.schedule.floating or own:
                text, level = self._computed(node, mapping)
                if text.isidentifier():
                    self.known[key] = text
                else:
                    self.known[key] = self._local(node, text, level)
            else:
                self.known[key] = self._load(node, mapping)
        return self.known[key]

    def _local(self, node: Node, text: str, level: int) -> str:
        name = self.writer.name(node)
        self.body.append((level, f"{name} = {text}"))
        self.level[name] = level
        return name

    def _scalar(self, node: Node, dtype: str) -> str:
        if node.is_constant:
            return self.writer.constants.name(node.attrs["value"], dtype)
        text = self.writer.scalar(node)
        if node.dtype != "float32" or dtype != "float32":
            return text
        # Numbers are kept in double precision; within float32 loops they are float32.
        if (id(node), dtype) not in self.scalars:
            name = (
                f"{text}_{len(self.writer.lines)}" if text.isidentifier() else self.writer.fresh()
            )
            self.head.append(f"{name} = float32({text})")
            self.scalars[id(node), dtype] = name
        return self.scalars[id(node), dtype]

    def _computed(self, node: Node, mapping: Map) -> tuple[str, int]:
        """Return the text of one element and the innermost axis it depends on."""
        if node.op.name == "one_hot":
            return self._one_hot(node, mapping)
        maps = [axis_map(node, position, mapping) for position in range(len(node.inputs))]
        inside = node.inputs[-1].dtype if node.inputs else node.dtype
        values = [
            self.value(child, one, child.dtype if child.shape else inside)
            for child, one in zip(node.inputs, maps, strict=True)
        ]
        level = max(self.level.get(text, -1) for text in values)
        if is_outer_product(node):
            return f"{values[0]} * {values[1]}", level
        if node.op.name == "cast":
            return converted(values[0], node.inputs[0].dtype, node.dtype), level
        if node.op.expression in (None, "x"):
            return values[0], level
        names = dict(zip(node.op.inputs, values, strict=True))
        text = expression_text(node, names, inside, self.writer.constants, is_flat=True)
        return text, level

    def _one_hot(self, node: Node, mapping: Map) -> tuple[str, int]:
        axis = mapping[-1]
        label = self.value(node.inputs[0], mapping[:-1], "int64")
        one, zero = (self.writer.constants.name(v, node.dtype) for v in (1, 0))
        if axis is None:
            return f"select({label} == 0, {one}, {zero})", self.level.get(label, -1)
        self.indexed.add(axis)
        return f"select({label} == i{axis}, {one}, {zero})", axis

    def _load(self, node: Node, mapping: Map) -> str:
        place = self.writer.place(node)
        strides = self._strides(place, mapping)
        if (place, strides) not in self.loaded:
            text = self._whole(node, place, strides)
            if node.dtype == "bool":
                text = f"({text} != 0)"
            level = max((axis for axis, stride in enumerate(strides) if stride != 0), default=-1)
            self.loaded[place, strides] = self._local(node, text, level)
        return self.loaded[place, strides]

    def _whole(self, node: Node, place: Place, strides: tuple[int | Dim, ...]) -> str:
        """Return the text of an element, of all shards together if each has made its own part."""
        distance = self.writer.memory.partial.get(id(node))
        if distance is None:
            return self.element(place, strides)
        parts = [
            self.element(replace(place, offset=int(place.offset) + shard * distance), strides)
            for shard in range(self.writer.schedule.shards)
        ]
        if node.op.name == "max":
            return functools.reduce(lambda a, b: f"largest({a}, {b})", parts)
        return " + ".join(parts)

    def _strides(self, place: Place, mapping: Map) -> tuple[int | Dim, ...]:
        strides: list[int | Dim] = [0] * len(self.unit.space)
        for axis, stride, dim in zip(mapping, place.strides, place.shape, strict=True):
            if axis is not None and dim != 1:
                # Two axes run by one loop (the diagonal of a matrix) add up.
                strides[axis] = stride if strides[axis] == 0 else strides[axis] + stride  # type: ignore[operator]
        return tuple(strides)

    def element(self, place: Place, strides: tuple[int | Dim, ...]) -> str:
        """Return the text of an element; its index is put in when the loops are known."""
        token = f"@{len(self.accesses)}@"
        self.accesses.append(Access(place, strides, token))
        return f"{place.pointer}[{token}]"

    # Writing --------------------------------------------------------------------------

    def write(self) -> None:
        nodes = self.unit.nodes
        self.writer.comment(", ".join(node.op.name for node in nodes))
        for node in nodes:
            if node.op.name in REDUCTIONS:
                inner = node.inputs[0]
                self.sums.append((node, self.value(inner, natural_map(inner), inner.dtype)))
            else:
                self._store(node)
        targets = [self._target(node) for node, _ in self.sums]
        loops = self._loops()
        lines = list(self.stores)
        for (node, text), target in zip(self.sums, targets, strict=True):
            lines += self._reduction(node, text, target, loops)
        self._emit(loops, lines)

    def _store(self, node: Node) -> str:
        """Write a value down if it has a place; return its text."""
        text = self.value(node, natural_map(node), node.dtype)
        if id(node) in self.writer.memory.places:
            place = self.writer.place(node)
            value = f"uint8({text})" if node.dtype == "bool" else text
            cell = self.element(place, self._strides(place, natural_map(node)))
            self.stores.append(f"{cell} = {value}")
        return text

    def row(self, row: str, column: str) -> Row:
        stored = [self._store(node) for node in self.unit.nodes]
        index = {}
        for access in self.accesses:
            pairs = zip((row, column), access.strides, strict=True)
            terms = [
                name if stride == 1 else f"{name} * {stride}" for name, stride in pairs if stride
            ]
            index[access.token] = access.place.at(terms)
        before = [*self.head, *(_filled(line, index) for level, line in self.body if level < 1)]
        inside = [*(line for level, line in self.body if level == 1), *self.stores]
        return Row(before, [_filled(line, index) for line in inside], stored)

    def _target(self, node: Node) -> str | None:
        """Register where a reduction goes, so that loops are not merged across it."""
        if node.shape == ():
            return None
        place = self.writer.own_part(node)
        axes = node.attrs["axes"]
        mapping = natural_map(node.inputs[0])
        strides: list[int | Dim] = [0] * len(self.unit.space)
        kept = list(place.strides)
        if not node.attrs["keepdims"]:
            for axis in axes:
                kept.insert(axis, 0)
        for axis, (loop, stride) in enumerate(zip(mapping, kept, strict=True)):
            if loop is not None and axis not in axes:
                strides[loop] = stride
        return self.element(place, tuple(strides))

    def _loops(self) -> list[Loop]:
        """Merge axes that every array walks through as one."""
        loops: list[Loop] = []
        for axis, size in enumerate(self.unit.space):
            if loops and self._mergeable(axis):
                last = loops[-1]
                last.axes.append(axis)
                last.size = product(last.size, size)
            else:
                loops.append(Loop([axis], size))
        return loops

    def _mergeable(self, axis: int) -> bool:
        if axis in self.indexed or axis - 1 in self.indexed:
            return False
        size = self.unit.space[axis]
        for access in self.accesses:
            before, here = access.strides[axis - 1], access.strides[axis]
            if isinstance(size, Dim) and isinstance(here, Dim):
                return False
            if before != product(here, size):
                return False
        return True

    def _reduction(self, node: Node, text: str, target: str | None, loops: list[Loop]) -> list[str]:
        """Write one reduction: a local sum in the innermost loops where that is possible."""
        mapping = natural_map(node.inputs[0])
        reduced = {mapping[axis] for axis in node.attrs["axes"]}
        inner = len(loops)
        while inner > 0 and reduced.issuperset(loops[inner - 1].axes):
            inner -= 1
        is_open = any(reduced.intersection(loop.axes) for loop in loops[:inner])
        start = self.writer.start_of(node)
        if target is not None and is_open:
            self.writer.fill(self._own_place(node), start)
        if inner == len(loops):
            assert target is not None or not loops
            if target is None:
                return [f"{self.writer.scalar_name(node)} = {self._wide(node, text)}"]
            if not is_open:
                return [f"{target} = {text}"]
            return [f"{target} = {self._step(node, target, text)}"]
        return self._local_sum(node, text, target, loops[inner], start, is_open)

    def _own_place(self, node: Node) -> Place:
        """Return where this shard writes a reduction: other shards may be writing beside it."""
        place = self.writer.own_part(node)
        if id(node) in self.writer.memory.partial:
            return place
        first, axes = natural_map(node.inputs[0]).index(0), node.attrs["axes"]
        gone = 0 if node.attrs["keepdims"] else sum(axis < first for axis in axes)
        return self.writer.sharing.cut(place, first - gone)

    def _local_sum(
        self, node: Node, text: str, target: str | None, loop: Loop, start: str, is_open: bool
    ) -> list[str]:
        if target is None:
            name = self.writer.scalar_name(node)
            start = self.writer.start_of(node, wide=True)
            text = self._wide(node, text)
        else:
            name = self.writer.fresh()
            loop.after.append(f"{target} = {self._step(node, target, name) if is_open else name}")
        loop.before.append(f"{name} = {start}")
        return [f"{name} = {self._step(node, name, text)}"]

    def _wide(self, node: Node, text: str) -> str:
        return f"float64({text})" if node.dtype == "float32" else text

    def _step(self, node: Node, total: str, text: str) -> str:
        if node.op.name == "max":
            return f"largest({total}, {text})"
        if node.dtype.startswith("float"):
            return f"plus({total}, {text})"
        return f"{total} + {text}"

    def _emit(self, loops: list[Loop], lines: list[str]) -> None:
        index = {a.token: self._index(a, loops) for a in self.accesses}
        filled = functools.partial(_filled, index=index)
        number_of = {axis: number for number, loop in enumerate(loops) for axis in loop.axes}
        number_of[-1] = -1
        body = [(number_of[level], filled(line)) for level, line in self.body]
        for line in [*self.head, *(line for level, line in body if level < 0)]:
            self.writer.line(line)
        for number, loop in enumerate(loops):
            for line in loop.before:
                self.writer.line(filled(line), number)
            inside = [line for level, line in body if level == number]
            if number + 1 == len(loops):
                self._innermost(loops, [*inside, *map(filled, lines)])
                break
            self.writer.line(f"for {self._counter(loop)} in {self._span(loop)}:", number)
            for line in inside:
                self.writer.line(line, number + 1)
        if not loops:
            for line in lines:
                self.writer.line(filled(line))
        for number in reversed(range(len(loops))):
            for line in loops[number].after:
                self.writer.line(filled(line), number)
        for node, _ in self.sums:
            if node.shape == ():
                self.writer.publish(node)

    def _innermost(self, loops: list[Loop], lines: list[str]) -> None:
        loop, depth = loops[-1], len(loops)
        if depth > 1 and self._is_in_place():
            opened = self.writer.open_row(self._counter(loop), loop.size, depth - 1)
        else:
            opened = self._opened(loop, depth - 1)
        for _ in opened:
            for line in lines:
                self.writer.line(line, depth)

    def _opened(self, loop: Loop, depth: int) -> Iterator[None]:
        self.writer.line(f"for {self._counter(loop)} in {self._span(loop)}:", depth)
        self.writer.mark(loop.size, depth + 1)
        yield

    def _is_in_place(self) -> bool:
        """Whether the loops write where they read."""
        written = {self.writer.memory.places.get(id(node)) for node in self.unit.nodes}
        return any(place in written for place, _ in self.loaded)

    def _span(self, loop: Loop) -> str:
        if 0 not in loop.axes:
            return self.writer.span(loop.size)
        return self.writer.sharing.span(loop.size, self.unit.space[0])

    def _counter(self, loop: Loop) -> str:
        return f"i{loop.axes[-1]}"

    def _index(self, access: Access, loops: list[Loop]) -> str:
        terms = []
        for loop in loops:
            stride = access.strides[loop.axes[-1]]
            if stride != 0:
                counter = self._counter(loop)
                terms.append(counter if stride == 1 else f"{counter} * {_factor(stride)}")
        return access.place.at(terms)


def _filled(text: str, index: Mapping[str, str]) -> str:
    """Put the indices, known when the loops are, in the place of their tokens."""
    for token, value in index.items():
        text = text.replace(token, value)
    return text


def _factor(stride: int | Dim) -> str:
    text = dim_text(stride)
    return text if text.isidentifier() or text.isdigit() else f"({text})"
