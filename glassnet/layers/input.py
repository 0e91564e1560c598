"""Input: says the shape of one sample."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from glassnet.errors import ShapeError, shown
from glassnet.graph import Node
from glassnet.layers.base import FAMILY, Context, Layer, SampleShape, Tensor
from glassnet.settings import sizes

__all__ = ["Input", "InputLayer"]


@FAMILY.add
class InputLayer(Layer):
    """The place where samples of a given shape enter.

    Parameters
    ----------
    shape : tuple of int
        Shape of one sample.
    """

    is_input = True
    rules = MappingProxyType({"shape": sizes()})
    shape: tuple[int, ...]

    def __init__(self, shape: Sequence[int], name: str | None = None) -> None:
        super().__init__(name)
        self.shape = shape  # type: ignore[assignment]  # its rule makes it one

    def output_shape(self, *input_shapes: SampleShape) -> SampleShape:
        return self.shape

    def call(self, context: Context, *inputs: Node) -> Node:
        return inputs[0]


def Input(shape: int | Sequence[int], name: str | None = None) -> Tensor:
    """Return the place where samples enter a network.

    Parameters
    ----------
    shape : int or tuple of int
        Shape of one sample, without the batch axis.
    name : str, optional
        Its key where samples are given as a dict, and its name in messages. Formulas and printed
        programs call inputs ``x``, or ``x1``, ``x2`` ... in their order; these keys are always
        taken too, as is a list.

    Raises
    ------
    ShapeError
        If the shape is not made of positive whole numbers.
    GraphError
        If the name is no text, or holds a space, a dot, a colon or a slash.

    Examples
    --------
    >>> Input((64,))
    <Tensor (n, 64) of InputLayer>
    >>> import glassnet as gn
    >>> age, bill = Input((1,), name="age"), Input((3,), name="bill")
    >>> net = gn.Model([age, bill], gn.layers.Dense(2)(gn.layers.Concatenate()([age, bill])))
    >>> net.predict({"bill": np.ones((5, 3)), "age": np.ones((5, 1))}).shape
    (5, 2)
    """
    sizes: list[Any] = list(shape) if isinstance(shape, list | tuple) else [shape]
    if not all(isinstance(size, int | np.integer) and size > 0 for size in sizes):
        raise ShapeError(
            f"Input(shape={shown(shape)}): the shape of one sample is a tuple of positive whole "
            "numbers, without the batch size, for example Input((64,))"
        )
    layer = InputLayer([int(size) for size in sizes], name)
    return Tensor(layer.shape, layer)
