"""Add and Concatenate: several values become one (for functional models)."""

from __future__ import annotations

from glassnet import ops
from glassnet.errors import ShapeError
from glassnet.graph import Node
from glassnet.layers.base import FAMILY, Context, Layer, SampleShape

__all__ = ["Add", "Concatenate"]


@FAMILY.add
class Add(Layer):
    """a = x₁ + x₂ + ..., all of the same shape.

    Examples
    --------
    >>> from glassnet.layers import Dense, Input
    >>> x = Input((4,))
    >>> Add()([x, Dense(4)(x)])
    <Tensor (n, 4) of Add>
    """

    role = "adding"
    keeps_dtype = True
    is_linear = True

    def output_shape(self, *input_shapes: SampleShape) -> SampleShape:
        if len(input_shapes) < 2 or len(set(input_shapes)) != 1:
            raise ShapeError(
                "Add needs two or more inputs of one shape, got "
                f"{', '.join(map(str, input_shapes))}"
            )
        return input_shapes[0]

    def call(self, context: Context, *inputs: Node) -> Node:
        total = inputs[0]
        for x in inputs[1:]:
            total = total + x
        return total


@FAMILY.add
class Concatenate(Layer):
    """a = the inputs one after the other along the last axis."""

    role = "joining"
    keeps_dtype = True
    is_linear = True

    def output_shape(self, *input_shapes: SampleShape) -> SampleShape:
        if len(input_shapes) < 2 or len({shape[:-1] for shape in input_shapes}) != 1:
            raise ShapeError(
                "Concatenate needs two or more inputs that differ only in the last axis, got "
                + ", ".join(map(str, input_shapes))
            )
        return (*input_shapes[0][:-1], sum(shape[-1] for shape in input_shapes))

    def call(self, context: Context, *inputs: Node) -> Node:
        return ops.concatenate(inputs, axis=-1)
