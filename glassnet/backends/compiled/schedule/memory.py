"""Where every value of a program lies, in arenas whose places are used again.

::

    D, F ...   what lasts from call to call: weights, slots, constants
    Db, Fb     values of one batch: given back after their last reader
    x0, x1     the rows of the batch, within the data that a call is given
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType as fixed

from glassnet.backends.compiled.schedule.draft import Draft
from glassnet.backends.compiled.schedule.elements import REDUCTIONS, natural_map
from glassnet.backends.compiled.schedule.places import (
    Arena,
    Place,
    apart,
    contiguous,
    number_of,
)
from glassnet.backends.compiled.schedule.rotation import Rotation
from glassnet.backends.compiled.schedule.stacks import appended, stacks, walks_by_stride, width_of
from glassnet.graph.dims import Dim, Shape
from glassnet.graph.node import Node

__all__ = ["Memory", "kept_as", "laid_out"]


@dataclass(frozen=True)
class Memory:
    """Places of values; nodes are known by their id.

    Attributes
    ----------
    places : mapping
        Node to the place where its value lies.
    partial : mapping
        Values of which every shard has its own part, with the distance between the parts.
    constants : tuple
        Arrays that are part of the program, with their places.
    inputs, results : mapping
        Places of inputs that last, and of outputs, by name.
    copies : tuple
        What is copied at the end of a batch, as pairs of target and source.
    gathered : tuple
        For each input given as rows, where shuffled rows are copied to; None if they never are.
    used, starts : mapping
        For each arena how many numbers it holds, and where arrays begin in it.
    """

    places: Mapping[int, Place]
    partial: Mapping[int, int]
    constants: tuple[tuple[Place, Node], ...]
    inputs: Mapping[str, Place]
    results: Mapping[str, Place]
    copies: tuple[tuple[Place, Place], ...]
    gathered: tuple[Place | None, ...]
    used: Mapping[str, int]
    starts: Mapping[str, Sequence[int]]


def laid_out(draft: Draft, shards: int, capacity: int, rotation: Rotation | None) -> Memory:
    """Give every value that outlives its unit a place."""
    return _Layout(draft, shards, capacity).finished(rotation)


class _Layout:
    """Gives out places, unit by unit."""

    def __init__(self, draft: Draft, shards: int, capacity: int) -> None:
        self.draft = draft
        self.shards = shards
        self.arena = Arena({"n": capacity})
        self.places: dict[int, Place] = {}
        self.partial: dict[int, int] = {}
        self.constants: list[tuple[Place, Node]] = []
        self.inputs: dict[str, Place] = {}
        self.results: dict[str, Place] = {}
        self.copies: list[tuple[Place, Place]] = []

    def finished(self, rotation: Rotation | None) -> Memory:
        self._place_lasting()
        self._place_stacks()
        self._place_units()
        self._place_outputs()
        # What comes from here on must not share memory with anything before.
        self.arena.free.clear()
        if rotation is not None:
            self._place_ahead(self.draft.units[rotation.product].nodes[0])
        gathered = self._place_data()
        return Memory(
            fixed(self.places), fixed(self.partial), tuple(self.constants), fixed(self.inputs),
            fixed(self.results), tuple(self.copies), gathered, fixed(self.arena.used),
            self.arena.all_starts(),
        )  # fmt: skip

    def _place_lasting(self) -> None:
        for name, node in self.draft.program.inputs.items():
            if name not in self.draft.data:
                self.inputs[name] = self.places[id(node)] = self.arena.take(
                    node.shape, kept_as(node), lasting=True, strides=self._strides(node)
                )
        for node in self.draft.order:
            if node.is_constant and node.shape != ():
                self.places[id(node)] = self.arena.take(node.shape, node.dtype, lasting=True)
                self.constants.append((self.places[id(node)], node))

    def _place_stacks(self) -> None:
        for stack in stacks(self.draft):
            longest = stack[-1]
            columns = self.arena.take_columns(longest.shape[0], width_of(longest), longest.dtype)
            for node in stack:
                self.places[id(node)] = replace(columns[0], shape=node.shape)
            for node, column in appended(stack, self.draft):
                self.places.setdefault(id(node), replace(columns[column], shape=node.shape))

    def _place_units(self) -> None:
        last, over = self.draft.last_reads(), self.draft.over
        leaving: dict[int, list[Node]] = {}
        for number, unit in enumerate(self.draft.units):
            for node in unit.nodes:
                if id(node) in self.places or not self._is_stored(node, number):
                    continue
                if id(node) in over:
                    self.places[id(node)] = self.inputs[over[id(node)]]
                    continue
                self.places[id(node)] = self._taken(node, number)
                if id(node) not in self.draft.outputs:
                    leaving.setdefault(last.get(id(node), number), []).append(node)
            for node in leaving.pop(number, ()):
                # A number is read by every thread, by one that comes late after everything else.
                if id(node) not in self.partial and node.shape != ():
                    self.arena.give_back(self.places[id(node)])

    def _taken(self, node: Node, number: int) -> Place:
        """Return a place for a value that a unit makes."""
        dtype, strides = kept_as(node), self._strides(node)
        if not self.draft.units[number].sharing.makes_parts(node):
            return self.arena.take(node.shape, dtype, strides=strides)
        size = node.shape[0] * strides[0] if node.shape else 1
        distance = -(-number_of(size, self.arena.capacity["n"]) // 16) * 16
        self.partial[id(node)] = distance
        parts = self.arena.take((self.shards, distance), dtype)
        return replace(parts, shape=node.shape, strides=strides)

    def _strides(self, node: Node) -> Shape:
        """Return how a value lies: matrices that only products and loops read may have gaps."""
        plain = len(node.shape) == 2 and isinstance(node.shape[1], int)
        kinds = [node, *self.draft.readers.get(id(node), ())]
        if plain and all(walks_by_stride(one) for one in kinds):
            return apart(node.shape, node.dtype)
        return contiguous(node.shape)

    def _is_stored(self, node: Node, number: int) -> bool:
        draft = self.draft
        if draft.units[number].kind == "kernel":
            return True
        if node.shape == ():
            return self.shards > 1 and draft.units[number].kind == "nest"
        if id(node) in draft.outputs or node.op.name in REDUCTIONS:
            return True
        natural = natural_map(node)
        return any(
            place != number or mapping != natural
            for place, mapping in draft.reads.get(id(node), ())
        )

    def _place_outputs(self) -> None:
        program, over = self.draft.program, self.draft.over
        for name, node in program.outputs.items():
            is_new = node is not program.inputs.get(name)
            if node.shape == () and name not in program.totals:
                self.results[name] = self.arena.take((), kept_as(node))
                if name in self.inputs and is_new:
                    self.copies.append((self.inputs[name], self.results[name]))
            elif node.shape != ():
                self.results[name] = self.places[id(node)]
                if name in self.inputs and over.get(id(node)) != name and is_new:
                    self.copies.append((self.inputs[name], self.places[id(node)]))

    def _place_ahead(self, node: Node) -> None:
        """Give the product that is made ahead a place that nothing uses before the next step."""
        shape = (self.shards, self.partial.get(id(node), node.shape[1]))
        place = self.arena.take(shape, node.dtype)
        self.places[id(node)] = replace(place, shape=node.shape, strides=contiguous(node.shape))

    def _place_data(self) -> tuple[Place | None, ...]:
        """Say where the rows of the batch are, and where shuffled ones are copied to."""
        gathered: list[Place | None] = []
        for number, name in enumerate(self.draft.data):
            node = self.draft.program.inputs[name]
            strides = contiguous(node.shape)
            self.places[id(node)] = Place(
                f"x{number}", f"at{number}", node.shape, strides, node.dtype
            )
            by_row = bool(node.shape) and isinstance(node.shape[0], Dim)
            gathered.append(self.arena.take(node.shape, node.dtype) if by_row else None)
        return tuple(gathered)


def kept_as(node: Node) -> str:
    """Return the dtype a value has in memory: numbers in double precision, as in other backends."""
    return "float64" if node.shape == () and node.dtype == "float32" else node.dtype
