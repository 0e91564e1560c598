"""MaskedDense: some inputs feed some units."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import numpy as np

from glassnet import activations, initializers
from glassnet.errors import ShapeError, shown
from glassnet.graph import Node, constant
from glassnet.layers.base import FAMILY, Context, Layer, SampleShape, single
from glassnet.settings import fixed, made_by

__all__ = ["MaskedDense"]


def _mask(owner: str, name: str, value: Any) -> np.ndarray:
    """Return the mask as a table that cannot be changed in place."""
    given = value["array"] if isinstance(value, dict) and "array" in value else value
    try:
        array = np.asarray(given)
    except ValueError:  # rows of several lengths
        array = np.empty(0)
    if array.ndim != 2 or array.size == 0 or not np.isin(array, (0, 1)).all():
        raise ShapeError(
            f"{owner}({name}={shown(value)}): a table (n_in, units) of 0 and 1 was expected"
        )
    return fixed(array.astype(int))


@FAMILY.add
class MaskedDense(Layer):
    """a = activation(x (W · mask) + b), a dense layer with a part of its connections.

    Input ``(n, n_in)``, output ``(n, units)``; W and mask are ``(n_in, units)``. A weight whose
    mask is 0 is no connection: it has no effect, and no gradient.

    Parameters
    ----------
    mask : array of 0 and 1
        Which input feeds which unit.
    activation : str or callable, optional
    kernel_initializer : str or Initializer, default "glorot_uniform"
    bias_initializer : str or Initializer, default "zeros"
    name : str, optional

    Examples
    --------
    >>> from glassnet.layers import Input
    >>> MaskedDense([[1, 0], [1, 1], [0, 1]], "tanh")(Input((3,)))
    <Tensor (n, 2) of MaskedDense>
    """

    is_linear = True
    role = "masked"
    rules = MappingProxyType(
        {
            "mask": _mask,
            "activation": made_by(activations.get),
            "kernel_initializer": made_by(initializers.get),
            "bias_initializer": made_by(initializers.get),
        }
    )

    def __init__(
        self,
        mask: Any,
        activation: Any = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        name: str | None = None,
    ) -> None:
        super().__init__(name)
        self.mask = mask
        self.activation = activation
        self.kernel_initializer = kernel_initializer
        self.bias_initializer = bias_initializer

    def build(self, *input_shapes: SampleShape) -> None:
        self.add_weight("kernel", "W", self.mask.shape, self.kernel_initializer)
        self.add_weight("bias", "b", (self.mask.shape[1],), self.bias_initializer)

    def output_shape(self, *input_shapes: SampleShape) -> SampleShape:
        shape = single(input_shapes, self)
        if shape != (self.mask.shape[0],):
            raise ShapeError(
                f"MaskedDense has a mask for {self.mask.shape[0]} inputs, but a sample has the "
                f"shape {shape}"
            )
        return (int(self.mask.shape[1]),)

    def call(self, context: Context, *inputs: Node) -> Node:
        mask = constant(self.mask.astype(context.dtype)).named(f"mask{self.number}")
        z = inputs[0] @ (self.weight(context, "kernel") * mask) + self.weight(context, "bias")
        z.named(f"z{self.number}")
        a: Node = self.activation(z)
        return a if a is z else a.named(f"a{self.number}")
