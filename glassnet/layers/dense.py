"""Dense: every input feeds every unit."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from glassnet import activations, initializers
from glassnet.errors import ShapeError
from glassnet.graph import Dim, Node
from glassnet.layers import regularizers
from glassnet.layers.base import FAMILY, Context, Layer, SampleShape, single
from glassnet.settings import flag, made_by, whole
from glassnet.translation import plural

__all__ = ["Dense"]


@FAMILY.add
class Dense(Layer):
    """a = activation(x W + b).

    Input ``(n, ..., n_in)``, output ``(n, ..., units)``; W is ``(n_in, units)``, b ``(units,)``.

    Parameters
    ----------
    units : int
        Number of outputs.
    activation : str or callable, optional
        See :mod:`glassnet.activations`; default linear.
    use_bias : bool, default True
    kernel_initializer : str or Initializer, optional
        Default: He normal for the ReLU family, LeCun normal for selu, else Glorot uniform.
        Differs: Keras always takes Glorot uniform.
    bias_initializer : str or Initializer, default "zeros"
    kernel_regularizer, bias_regularizer : str or Regularizer, optional
    name : str, optional

    Raises
    ------
    ArgumentError
        If ``units`` is not a positive whole number, or a name is not known.

    Examples
    --------
    >>> from glassnet.layers import Input
    >>> Dense(30, activation="sigmoid")(Input((64,)))
    <Tensor (n, 30) of Dense>
    """

    is_linear = True
    role = "dense"
    rules = MappingProxyType(
        {
            "units": whole(1, most=10**30, why="units must be a positive whole number"),
            "activation": made_by(activations.get),
            "use_bias": flag,
            "kernel_initializer": made_by(initializers.get),
            "bias_initializer": made_by(initializers.get),
            "kernel_regularizer": made_by(regularizers.get),
            "bias_regularizer": made_by(regularizers.get),
        }
    )

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = None,
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        name: str | None = None,
    ) -> None:
        super().__init__(name)
        self.units = units
        self.activation = activation
        self.use_bias = use_bias
        if kernel_initializer is None:
            kernel_initializer = _default_initializer(self.activation)
        self.kernel_initializer = kernel_initializer
        self.bias_initializer = bias_initializer
        self.kernel_regularizer = kernel_regularizer
        self.bias_regularizer = bias_regularizer

    def build(self, *input_shapes: SampleShape) -> None:
        n_in = single(input_shapes, self)[-1]
        self.add_weight(
            "kernel",
            "W",
            (n_in, self.units),
            self.kernel_initializer,
            True,
            self.kernel_regularizer,
        )
        if self.use_bias:
            self.add_weight(
                "bias", "b", (self.units,), self.bias_initializer, True, self.bias_regularizer
            )

    def in_words(self) -> str:
        settings = self.get_config()
        return plural(
            "{n} unit, {activation}", "{n} units, {activation}", settings["units"],
            activation=str(settings.get("activation") or "linear"),
        )  # fmt: skip

    def output_shape(self, *input_shapes: SampleShape) -> SampleShape:
        shape = single(input_shapes, self)
        if not shape:
            raise ShapeError(
                "Dense needs samples with at least one axis, but x has the shape (n,); if every "
                "sample is one number use x.reshape(-1, 1)"
            )
        return (*shape[:-1], self.units)

    def call(self, context: Context, *inputs: Node) -> Node:
        x = inputs[0]
        lead = x.shape[:-1]
        if len(lead) > 1:
            rows: int | Dim = 1
            for dim in lead:
                rows = dim * rows
            x = x.reshape((rows, x.shape[-1]))
        z = x @ self.weight(context, "kernel")
        if self.use_bias:
            z = z + self.weight(context, "bias")
        if len(lead) > 1:
            z = z.reshape((*lead, self.units))
        if not z.name:
            z.named(f"z{self.number}")
        a: Node = self.activation(z)
        return a if a is z else a.named(f"a{self.number}")


def _default_initializer(activation: Any) -> str:
    name = activations.name_of(activation)
    if name in ("relu", "leaky_relu", "elu", "gelu", "silu", "softplus", "LeakyRelu", "Elu"):
        return "he_normal"
    return "lecun_normal" if name == "selu" else "glorot_uniform"
