"""Rescaling: fixed numbers to multiply by and to add."""

from __future__ import annotations

from types import MappingProxyType

from glassnet import numbers
from glassnet.graph import Node
from glassnet.layers.base import FAMILY, Context, Layer, SampleShape, single
from glassnet.settings import number

__all__ = ["Rescaling"]


@FAMILY.add
class Rescaling(Layer):
    """a = x · scale + offset.

    Parameters
    ----------
    scale : float
    offset : float, default 0

    Examples
    --------
    Pixels from 0 to 255 become numbers from 0 to 1:

    >>> Rescaling(1 / 255).scale
    0.00392156862745098
    """

    role = "scaling"
    keeps_dtype = True
    is_linear = True
    rules = MappingProxyType({"scale": number(), "offset": number()})

    def __init__(self, scale: float, offset: float = 0.0, name: str | None = None) -> None:
        super().__init__(name)
        self.scale = scale
        self.offset = offset

    def in_words(self) -> str:
        moved = f" {'−' if self.offset < 0 else '+'} {numbers.number(abs(self.offset))}"
        return f"x · {numbers.number(self.scale)}{moved if self.offset else ''}"

    def output_shape(self, *input_shapes: SampleShape) -> SampleShape:
        return single(input_shapes, self)

    def call(self, context: Context, *inputs: Node) -> Node:
        return inputs[0] * self.scale + self.offset
