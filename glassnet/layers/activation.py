"""Activation: an activation function as a layer of its own."""

from __future__ import annotations

from typing import Any

from glassnet import activations
from glassnet.graph import Node
from glassnet.layers.base import FAMILY, Context, Layer, SampleShape, single

__all__ = ["Activation"]


@FAMILY.add
class Activation(Layer):
    """a = activation(x), element by element (softmax: along the last axis).

    Parameters
    ----------
    activation : str or callable
        See :mod:`glassnet.activations`.
    """

    def __init__(self, activation: Any, name: str | None = None) -> None:
        super().__init__(name)
        self.activation = activations.get(activation)

    def output_shape(self, *input_shapes: SampleShape) -> SampleShape:
        return single(input_shapes, self)

    def call(self, context: Context, *inputs: Node) -> Node:
        return self.activation(inputs[0])
