"""Where arrays lie: a pointer, an offset, and how far apart neighbours are along each axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from glassnet.graph.dims import Dim, Shape
from glassnet.graph.node import Node

__all__ = [
    "LASTING",
    "PASSING",
    "ARENAS",
    "Arena",
    "Place",
    "apart",
    "contiguous",
    "dim_text",
    "number_of",
    "product",
    "view",
]

# One arena a dtype: one big array with every value at a fixed place. Numbers that last
# (weights) and numbers of one batch have arenas of their own: the compiler may then assume
# that writing one leaves the other as it is.
LASTING = {"float64": "D", "float32": "F", "int64": "I", "uint32": "U", "bool": "B"}
PASSING = LASTING | {"float64": "Db", "float32": "Fb"}
_ITEM = {"float64": 8, "float32": 4, "int64": 8, "uint32": 4, "bool": 1}
ARENAS = {LASTING[k]: k for k in LASTING} | {PASSING[k]: k for k in PASSING}

# Places start at multiples of 64 bytes, a cache line: machine code relies on it. And of 16 numbers.
_BYTES, _NUMBERS = 64, 16
# Rows of this many bytes, or a multiple, lie a cache line further apart: caches keep what lies
# 4096 bytes apart in one place, and products walk down columns.
_CROWDED = 2048
_LINE = 64


def dim_text(dim: int | Dim) -> str:
    """Return a size as source text.

    >>> dim_text(Dim("n", 4))
    '4 * n'
    """
    if isinstance(dim, Dim):
        return dim.symbol if dim.coefficient == 1 else f"{dim.coefficient} * {dim.symbol}"
    return str(dim)


def product(a: int | Dim, b: int | Dim) -> int | Dim:
    """Return a product of sizes; nothing times a symbolic size is nothing."""
    if a == 0 or b == 0:
        return 0
    return b * a if isinstance(a, int) else a * b


def number_of(size: int | Dim, rows: int) -> int:
    """Return a size as a number for a batch of ``rows`` rows."""
    return size.coefficient * rows if isinstance(size, Dim) else size


def contiguous(shape: Shape) -> Shape:
    """Return the strides of an array that lies row by row."""
    strides: list[int | Dim] = []
    step: int | Dim = 1
    for dim in reversed(shape):
        strides.append(step)
        step = dim * step
    return tuple(reversed(strides))


def apart(shape: Shape, dtype: str) -> Shape:
    """Return the strides of a matrix whose rows do not crowd in one place of the cache."""
    rows, columns = shape
    item = _ITEM[dtype]
    assert isinstance(columns, int)
    is_crowded = rows != 1 and columns > 0 and columns * item % _CROWDED == 0
    return (columns + _LINE // item if is_crowded else columns, 1)


@dataclass(frozen=True)
class Place:
    """An array within an arena or within data given from outside.

    ``offset`` is a number, or source text where it changes from batch to batch.
    """

    pointer: str
    offset: int | str
    shape: Shape
    strides: Shape
    dtype: str

    @property
    def is_contiguous(self) -> bool:
        own = contiguous(self.shape)
        return all(a == b or d == 1 for a, b, d in zip(self.strides, own, self.shape, strict=True))

    def at(self, terms: Sequence[str]) -> str:
        """Return the source text of one element's index."""
        parts = [*terms] if self.offset == 0 else [str(self.offset), *terms]
        return " + ".join(parts) or "0"


def view(node: Node, place: Place) -> Place | None:
    """Return the place of a view, or None if it takes a copy."""
    if node.op.name == "transpose":
        axes = node.attrs["axes"]
        strides = tuple(place.strides[axis] for axis in axes)
        return replace(place, shape=node.shape, strides=strides)
    if node.op.name == "slice":
        axis, start = node.attrs["axis"], node.attrs["start"]
        return replace(
            place, offset=_shifted(place.offset, start * place.strides[axis]), shape=node.shape
        )
    if node.op.name == "broadcast_to":
        lead = len(node.shape) - len(place.shape)
        sides = zip(node.shape[lead:], place.shape, place.strides, strict=True)
        stretched = [stride if own == dim else 0 for dim, own, stride in sides]
        return replace(place, shape=node.shape, strides=(*[0] * lead, *stretched))
    if node.op.name == "reshape" and place.is_contiguous:
        return replace(place, shape=node.shape, strides=contiguous(node.shape))
    return None


def _shifted(offset: int | str, by: Any) -> int | str:
    if by == 0:
        return offset
    if isinstance(offset, int) and isinstance(by, int):
        return offset + by
    return f"{offset} + {dim_text(by)}"


class Arena:
    """Gives out places; what is given back is used again for values of the same size."""

    def __init__(self, capacity: dict[str, int]) -> None:
        self.capacity = capacity
        self.used = dict.fromkeys(ARENAS, 0)  # numbers given out, by pointer
        self.free: dict[tuple[str, Any], list[int]] = {}
        self.starts: dict[str, list[int]] = {pointer: [] for pointer in ARENAS}

    def take(
        self, shape: Shape, dtype: str, lasting: bool = False, strides: Shape | None = None
    ) -> Place:
        strides = strides or contiguous(shape)
        size = shape[0] * strides[0] if shape else 1
        pointer = (LASTING if lasting else PASSING)[dtype]
        # Equal sizes only, so that rows of old and new owner lie at the same addresses.
        free = self.free.get((pointer, size))
        if free:
            offset = free.pop()
        else:
            offset = self.used[pointer]
            self.starts[pointer].append(offset)
            step = max(_NUMBERS, _BYTES // _ITEM[dtype])
            self.used[pointer] += -(-number_of(size, self.capacity["n"]) // step) * step
        return Place(pointer, offset, shape, strides, dtype)

    def take_columns(self, rows: int | Dim, columns: int, dtype: str) -> list[Place]:
        """Return the places of a matrix from each of its columns on; every one is an array."""
        # A cache line more than a multiple of it, so that columns do not crowd.
        length = -(-number_of(rows, self.capacity["n"]) // _NUMBERS) * _NUMBERS
        step = length + _LINE // _ITEM[dtype]
        first = self.take((columns, step), dtype)
        starts = [int(first.offset) + k * step for k in range(columns)]
        self.starts[first.pointer] += starts[1:]
        shape = [(rows, columns - k) for k in range(columns)]
        return [
            replace(first, offset=start, shape=own, strides=(1, step))
            for start, own in zip(starts, shape, strict=True)
        ]

    def all_starts(self) -> Mapping[str, Sequence[int]]:
        """Return where arrays begin, by arena."""
        return {pointer: tuple(starts) for pointer, starts in self.starts.items()}

    def give_back(self, place: Place) -> None:
        assert isinstance(place.offset, int)
        size = place.shape[0] * place.strides[0] if place.shape else 1
        self.free.setdefault((place.pointer, size), []).append(place.offset)
