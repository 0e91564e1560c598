"""How a matrix product is computed: by loops, from registers or by BLAS; decided by its sizes.

:func:`form_of` is asked by the schedule, for its text, and by the emitter.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

from glassnet.backends.compiled.schedule.places import Place, number_of
from glassnet.backends.compiled.schedule.sharing import Sharing
from glassnet.graph.dims import Dim
from glassnet.graph.node import Node

__all__ = ["Form", "Operands", "form_of"]

# Products of at most this many columns are faster as loops than as calls.
_NARROW = 3
# Bytes of 64 columns of b, over the whole inner size, that stay in the second-level cache.
_PANEL, _COLUMNS = 1 << 19, 64
# The longest columns of a matrix that are made into rows on the way.
_TURNED = 2048


class Form(enum.Enum):
    """A way to compute a product; the value is its name in a schedule."""

    ONE_ROW = "one row times a matrix"
    BY_SAMPLE = "sample by sample"
    BY_NUMBER = "number by number"
    REGISTERS = "blocks in registers"
    BLAS = "BLAS"


@dataclass(frozen=True)
class Operands:
    """The places of a product ``out = a b``, or those of one shard."""

    a: Place
    b: Place
    out: Place

    @classmethod
    def of(cls, node: Node, a: Place, b: Place, out: Place) -> Operands:
        """Return the places of a node's operands, turned as its flags say."""
        flips = node.attrs["transpose_a"], node.attrs["transpose_b"]
        return cls(_flipped(a, flips[0]), _flipped(b, flips[1]), out)

    def shared(self, sharing: Sharing, shards: int) -> Operands:
        """Return what one shard multiplies; equal shards have sizes that are known."""
        a, b, out = sharing.product(self.a, self.b, self.out)
        length = sharing.own_length
        if length == 0 or length % shards:
            return Operands(a, b, out)
        a, b, out = (_with_rows(place, length // shards) for place in (a, b, out))
        return Operands(a, b, out)


def _flipped(place: Place, flip: bool) -> Place:
    if not flip:
        return place
    return replace(place, shape=place.shape[::-1], strides=place.strides[::-1])


def _with_rows(place: Place, rows: int) -> Place:
    """Return a place whose part of a shard is ``rows`` long."""
    shape = tuple(dim.coefficient * rows if isinstance(dim, Dim) and dim.symbol == "m" else dim
                  for dim in place.shape)  # fmt: skip
    return replace(place, shape=shape)


def form_of(product: Operands, rows: int) -> Form:
    """Return how a shard's product is computed; ``rows`` is how many samples it has at most."""
    a, b = product.a, product.b
    columns = b.shape[1]
    is_narrow = isinstance(columns, int) and columns <= _NARROW
    if a.shape[0] == 1 and b.strides[1] == 1 and not is_narrow:
        return Form.ONE_ROW
    if is_narrow and a.strides[0] == 1 and a.shape[0] != 1:
        return Form.BY_SAMPLE
    if is_narrow or a.shape[0] == 1:
        return Form.BY_NUMBER
    return Form.REGISTERS if _fits(product, rows) else Form.BLAS


def _fits(product: Operands, rows: int) -> bool:
    """Whether a panel of b stays in the cache while blocks of the result are summed up."""
    b, columns, inner = product.b, product.b.shape[1], product.a.shape[1]
    if not b.dtype.startswith("float") or isinstance(columns, Dim) or product.out.strides[1] != 1:
        return False
    if b.strides[1] == 1:
        item = 4 if b.dtype == "float32" else 8
        return number_of(inner, rows) * min(columns, _COLUMNS) * item <= _PANEL
    return b.strides[0] == 1 and isinstance(inner, int) and inner <= _TURNED
