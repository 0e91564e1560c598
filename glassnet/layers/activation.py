"""Activation: an activation function as a layer of its own."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from glassnet import activations
from glassnet.graph import Node
from glassnet.layers.base import FAMILY, Context, Layer, SampleShape, single
from glassnet.settings import made_by

__all__ = ["Activation"]


@FAMILY.add
class Activation(Layer):
    """a = activation(x), element by element (softmax: along the last axis).

    Parameters
    ----------
    activation : str or callable
        See :mod:`glassnet.activations`.
    """

    role = "activation"
    rules = MappingProxyType({"activation": made_by(activations.get)})

    def __init__(self, activation: Any, name: str | None = None) -> None:
        super().__init__(name)
        self.activation = activation

    def output_shape(self, *input_shapes: SampleShape) -> SampleShape:
        return single(input_shapes, self)

    def call(self, context: Context, *inputs: Node) -> Node:
        return self.activation(inputs[0])
