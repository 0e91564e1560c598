"""Which programs are very small, and what little of theirs lies in memory.

See :mod:`~glassnet.backends.compiled.emit.scalarised` for how their source is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.backends.compiled.schedule.memory import Memory, kept_as
from glassnet.backends.compiled.schedule.places import Arena, Place
from glassnet.graph.dims import Dim, size_of
from glassnet.graph.node import Node
from glassnet.graph.program import Program
from glassnet.quoting import visible

__all__ = [
    "MOST_LANES",
    "SHAPING",
    "SmallSchedule",
    "is_small",
    "row_axis",
    "small_schedule",
    "without_rows",
]

# Rows of a batch up to which they are computed side by side, in the lanes of one register.
MOST_LANES = 8

# Elements computed in a step up to which each becomes a line of source of its own. Compile
# time grows with them: about a second at the limit.
_MOST = 800

SHAPING = {"reshape", "broadcast_to", "transpose", "slice", "concatenate", "pad"}
_OTHERS = {"matmul", "sum", "max", "argmax", "one_hot", "size", "input"}
_KINDS = ("float32", "float64", "int64")


def is_small(program: Program, data: tuple[str, ...], rows: int) -> bool:
    """Whether a program of simple ops can, and should, be written element by element."""
    if not 1 <= rows <= MOST_LANES:
        return False
    elements = 0
    for node in program.order():
        if not _is_known(node) or not _has_onerow_axis(node):
            return False
        if node.op.name == "input" and node.attrs["name"] not in data and row_axis(node) >= 0:
            return False
        elements += _elements(node)
        if elements > _MOST:
            return False
    results = [node for name, node in program.outputs.items() if name not in program.totals]
    return rows == 1 or all(row_axis(node) < 0 for node in results)


def _is_known(node: Node) -> bool:
    if node.dtype not in _KINDS and (node.dtype != "bool" or node.op.name == "input"):
        return False
    known = node.op.is_elementwise or node.op.name in SHAPING | _OTHERS or node.is_constant
    if node.op.name in ("max", "argmax") and known:
        axes = node.attrs["axes"] if node.op.name == "max" else (node.attrs["axis"],)
        return row_axis(node.inputs[0]) not in axes
    if node.op.name == "reshape" and known:
        return _keeps_rows_apart(node)
    return known


def row_axis(node: Node) -> int:
    """Return the axis that runs over rows, -1 if there is none."""
    return next((axis for axis, dim in enumerate(node.shape) if isinstance(dim, Dim)), -1)


def _has_onerow_axis(node: Node) -> bool:
    symbols = [dim for dim in node.shape if isinstance(dim, Dim)]
    return not symbols or symbols == [Dim("n")]


def _keeps_rows_apart(node: Node) -> bool:
    """Whether the axis of rows stays where it is when the others take another form."""
    before, after = node.inputs[0], node
    if row_axis(before) < 0 or row_axis(after) < 0:
        return row_axis(before) == row_axis(after)
    return size_of(before.shape[: row_axis(before)]) == size_of(after.shape[: row_axis(after)])


def without_rows(shape: Sequence[Any]) -> tuple[int, ...]:
    """Return a shape with 1 in the place of the number of rows: lanes hold them."""
    return tuple(1 if isinstance(dim, Dim) else dim for dim in shape)


def _elements(node: Node) -> int:
    """Return how many lines a node may take."""
    size = int(np.prod(without_rows(node.shape)))
    if node.op.name == "matmul":
        a = without_rows(node.inputs[0].shape)
        return size * a[0 if node.attrs["transpose_a"] else 1]
    return 0 if node.is_constant or node.op.name in SHAPING else size


@dataclass(frozen=True, repr=False)
class SmallSchedule:
    """A schedule without units: every element is a local variable, what lasts has a place.

    Attributes
    ----------
    program : Program
    data : tuple of str
        Inputs given as arrays from outside at every call.
    fixed_rows : int
        Number of rows, which lie side by side in the lanes of a register.
    memory : Memory
        Places of what is given and of what is wanted.
    """

    program: Program
    data: tuple[str, ...]
    fixed_rows: int
    memory: Memory
    shards: int = 1

    def __repr__(self) -> str:
        return f"<SmallSchedule of {visible(self.program.name)}: {self.fixed_rows} rows>"

    def __str__(self) -> str:
        rows = f"{self.fixed_rows} rows side by side" if self.fixed_rows > 1 else "1 row"
        nodes = [node for node in self.program.order() if node.inputs]
        numbers = sum(map(_elements, nodes))
        lines = [
            f"{visible(self.program.name)}: {rows}, one thread, no loops",
            f"{len(nodes)} values, {numbers} numbers, each a local variable",
        ]
        for name, place in self.memory.inputs.items():
            lines.append(
                f"lasting {visible(name)} {place.shape} at {place.pointer}[{place.offset}]"
            )
        return "\n".join(lines)


def small_schedule(program: Program, data: tuple[str, ...], rows: int) -> SmallSchedule:
    """Return the schedule of a program that is small enough."""
    arena = Arena({"n": rows})

    def placed(node: Node, is_lasting: bool = False) -> Place:
        return arena.take(without_rows(node.shape), kept_as(node), lasting=is_lasting)

    inputs = {
        name: placed(node, is_lasting=True)
        for name, node in program.inputs.items()
        if name not in data
    }
    results = {
        name: inputs[name] if name in inputs else placed(node)
        for name, node in program.outputs.items()
        if name not in program.totals
    }
    memory = Memory({}, {}, (), inputs, results, (), (), arena.used, arena.all_starts())
    return SmallSchedule(program, data, rows, memory)
