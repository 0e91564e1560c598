"""How a unit is shared among threads: an object that answers what planner and emitter ask.

Rows of a batch are cut into a fixed number of *shards*, arrays without rows into as many *tiles*.
Within the generated loop over shards ``shard`` is the number of a shard, ``lo`` and ``hi`` are
where its part begins and ends, and ``m`` is ``hi - lo``::

    Rows               shard 0      shard 1      shard 2
    x (n, 64)          |lo ... hi|  |lo ... hi|  |lo ... hi|
"""

from __future__ import annotations

import abc
from dataclasses import dataclass, replace

from glassnet.backends.compiled.schedule.places import Place, dim_text, number_of, product
from glassnet.graph.dims import Dim, Shape, size_of
from glassnet.graph.node import Node

__all__ = [
    "ALONE",
    "EACH",
    "ROWS",
    "SUMS",
    "Columns",
    "Inner",
    "Rows",
    "ShardLoop",
    "Sharing",
    "Sums",
    "Tiles",
]


@dataclass(frozen=True)
class ShardLoop:
    """The loop in which threads take shards; neighbours with equal loops stand in one.

    Attributes
    ----------
    is_shared : bool
        Whether there are several shards to take; else one thread takes all of it.
    length : str
        What is cut for all units of the loop; empty where each unit says its own.
    is_repeated : bool
        Whether every thread computes it for itself: no loop is needed.
    """

    is_shared: bool
    length: str = ""
    is_repeated: bool = False

    def turns(self, shards: int) -> int:
        """Return how many shards there are to take."""
        return shards if self.is_shared else 1


class Sharing(abc.ABC):
    """How one unit is shared among threads. By default a tile of it for each shard."""

    loop: ShardLoop

    @property
    @abc.abstractmethod
    def text(self) -> str:
        """How a schedule names it."""

    @property
    def own_length(self) -> int:
        """The length that is cut for this unit alone; 0 where the loop cuts, or nothing does."""
        return 0

    # What the planner asks ------------------------------------------------------------

    def makes_parts(self, node: Node) -> bool:
        """Whether each shard makes its own part of a value, to be added up where it is read."""
        if node.op.name not in ("sum", "max"):
            return False
        axes, shape = node.attrs["axes"], node.inputs[0].shape
        # The axis that is cut into shards is the first one longer than 1.
        first = next((axis for axis, dim in enumerate(shape) if dim != 1), None)
        return first in axes

    def reads_own_operand(self, position: int) -> bool:
        """Whether a shard of a product reads only its own rows of one of the two matrices."""
        return False

    def is_cut_like(self, other: Sharing) -> bool:
        """Whether shard for shard two units touch the same part of a value."""
        # Places are used again: tiles of another length end elsewhere in the same memory.
        return self == other

    def may_follow(self, before: Sharing, is_own: bool) -> bool:
        """Whether it may touch, without a barrier, what the unit before has touched.

        ``is_own`` says that each shard touches only its own part of it.
        """
        return self.is_cut_like(before) and is_own

    # What the emitter asks ------------------------------------------------------------

    def span(self, size: int | Dim, first: int | Dim) -> str:
        """Return the range of a loop over ``size`` elements: axis ``first`` and those merged in."""
        if isinstance(size, Dim):
            factor = size.coefficient
        else:
            assert isinstance(first, int)
            factor = size // first
        return f"range(lo * {factor}, hi * {factor})" if factor != 1 else "range(lo, hi)"

    def cut(self, place: Place, axis: int) -> Place:
        """Return the part of a place that belongs to this shard, along one axis.

        An axis of ``4n`` has 4 places for each row of the batch: the shard has ``4m`` of them.
        """
        dim = place.shape[axis]
        each = dim.coefficient if isinstance(dim, Dim) else 1
        distance = dim_text(product(each, place.strides[axis]))
        shape = (*place.shape[:axis], Dim("m", each), *place.shape[axis + 1 :])
        return replace(place, offset=f"{place.offset} + lo * {distance}", shape=shape)

    def product(self, a: Place, b: Place, out: Place) -> tuple[Place, Place, Place]:
        """Return what this shard multiplies, and where the result goes."""
        return self.cut(a, 0), b, self.cut(out, 0)

    def flat_bounds(self, shape: Shape) -> tuple[str, str] | None:
        """Return where this shard's elements begin and end, all axes as one; None for all."""
        return None


@dataclass(frozen=True)
class Alone(Sharing):
    """One thread computes it."""

    loop = ShardLoop(is_shared=False)
    text = "one thread"

    def makes_parts(self, node: Node) -> bool:
        return False

    def may_follow(self, before: Sharing, is_own: bool) -> bool:
        return self == before or super().may_follow(before, is_own)

    def span(self, size: int | Dim, first: int | Dim) -> str:
        return f"range({dim_text(size)})"

    def cut(self, place: Place, axis: int) -> Place:
        return place


@dataclass(frozen=True)
class Each(Alone):
    """Every thread computes it for itself: single numbers."""

    loop = ShardLoop(is_shared=False, is_repeated=True)
    text = "every thread for itself"

    def may_follow(self, before: Sharing, is_own: bool) -> bool:
        return Sharing.may_follow(self, before, is_own)


@dataclass(frozen=True)
class Rows(Sharing):
    """Each shard computes its rows of the batch."""

    loop = ShardLoop(is_shared=True, length="n")
    text = "shards of rows"

    def reads_own_operand(self, position: int) -> bool:
        return position == 0

    def is_cut_like(self, other: Sharing) -> bool:
        return isinstance(other, Rows)

    def flat_bounds(self, shape: Shape) -> tuple[str, str] | None:
        width = number_of(size_of(shape), 1)  # of one row, of all 4 where there are 4n
        return f"lo * {width}", f"hi * {width}"


@dataclass(frozen=True)
class Sums(Rows):
    """A product over the rows of the batch: each shard adds up its rows, a part of every sum."""

    text = "sums over shards of rows"

    def makes_parts(self, node: Node) -> bool:
        return node.op.name == "matmul" or super().makes_parts(node)

    def reads_own_operand(self, position: int) -> bool:
        return True

    def product(self, a: Place, b: Place, out: Place) -> tuple[Place, Place, Place]:
        return self.cut(a, 1), self.cut(b, 0), out


@dataclass(frozen=True)
class Tiles(Sharing):
    """Each shard computes a stretch of the first axis, which is not the batch."""

    length: int
    loop = ShardLoop(is_shared=True)

    @property
    def text(self) -> str:
        return f"tiles of {self.length} rows"

    @property
    def own_length(self) -> int:
        return self.length


@dataclass(frozen=True)
class Columns(Tiles):
    """Each shard computes some columns of a product."""

    @property
    def text(self) -> str:
        return f"tiles of {self.length} columns"

    def is_cut_like(self, other: Sharing) -> bool:
        return False

    def product(self, a: Place, b: Place, out: Place) -> tuple[Place, Place, Place]:
        return a, self.cut(b, 1), self.cut(out, 1)


@dataclass(frozen=True)
class Inner(Tiles):
    """Each shard adds up a stretch of a product's inner size: a part of every sum."""

    @property
    def text(self) -> str:
        return f"sums over tiles of the inner size {self.length}"

    def makes_parts(self, node: Node) -> bool:
        return node.op.name == "matmul" or super().makes_parts(node)

    def product(self, a: Place, b: Place, out: Place) -> tuple[Place, Place, Place]:
        return self.cut(a, 1), self.cut(b, 0), out


ALONE, EACH, ROWS, SUMS = Alone(), Each(), Rows(), Sums()
