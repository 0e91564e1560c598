"""Flatten: every sample becomes one row of numbers."""

from __future__ import annotations

import math

from glassnet.graph import Node
from glassnet.layers.base import FAMILY, Context, Layer, SampleShape, sample_shape_of, single
from glassnet.translation import _

__all__ = ["Flatten"]


@FAMILY.add
class Flatten(Layer):
    """a = x with all axes of a sample joined into one: (n, 8, 8) becomes (n, 64)."""

    role = "shape"
    keeps_dtype = True
    is_linear = True
    passes_on = True

    def in_words(self) -> str:
        return _("each picture as one row of numbers")

    def output_shape(self, *input_shapes: SampleShape) -> SampleShape:
        return (math.prod(single(input_shapes, self)),)

    def call(self, context: Context, *inputs: Node) -> Node:
        x = inputs[0]
        return x.reshape((x.shape[0], *self.output_shape(sample_shape_of(x))))
