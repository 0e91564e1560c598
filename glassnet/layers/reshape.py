"""Reshape: the same numbers of a sample in another shape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import MappingProxyType

from glassnet.errors import ShapeError
from glassnet.graph import Node
from glassnet.layers.base import FAMILY, Context, Layer, SampleShape, sample_shape_of, single
from glassnet.settings import sizes

__all__ = ["Reshape"]


@FAMILY.add
class Reshape(Layer):
    """a = x with samples of another shape, row by row.

    Parameters
    ----------
    target_shape : tuple of int
        Shape of one output sample; one size may be -1 and is then worked out.
    """

    role = "shape"
    keeps_dtype = True
    is_linear = True
    passes_on = True
    rules = MappingProxyType({"target_shape": sizes(open_size=True)})

    def __init__(self, target_shape: Sequence[int], name: str | None = None) -> None:
        super().__init__(name)
        self.target_shape = target_shape  # type: ignore[assignment]  # its rule makes it one

    target_shape: tuple[int, ...]

    def output_shape(self, *input_shapes: SampleShape) -> SampleShape:
        shape = single(input_shapes, self)
        total = math.prod(shape)
        known = math.prod(size for size in self.target_shape if size != -1)
        target = tuple(total // max(known, 1) if size == -1 else size for size in self.target_shape)
        if self.target_shape.count(-1) > 1 or math.prod(target) != total:
            raise ShapeError(
                f"Reshape(target_shape={self.target_shape}): a sample of shape {shape} has {total} "
                "values and does not fit"
            )
        return target

    def call(self, context: Context, *inputs: Node) -> Node:
        x = inputs[0]
        return x.reshape((x.shape[0], *self.output_shape(sample_shape_of(x))))
