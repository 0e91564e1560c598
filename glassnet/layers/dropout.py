"""Dropout: leave out units at random while training."""

from __future__ import annotations

from types import MappingProxyType

from glassnet import ops
from glassnet.graph import Node
from glassnet.layers.base import FAMILY, Context, Layer, SampleShape, single
from glassnet.settings import number
from glassnet.translation import _

__all__ = ["Dropout"]


_FRACTION = "the rate must be at least 0 and below 1; it is the fraction of values left out"


@FAMILY.add
class Dropout(Layer):
    """a = x · mask, mask = 0 with probability ``rate``, else 1 / (1 - rate); when predicting a = x.

    Parameters
    ----------
    rate : float
        Fraction left out, at least 0 and below 1.

    Source: Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov (JMLR 2014), scaled in
    training ("inverted").
    """

    is_linear = True
    passes_on = True
    role = "dropping"
    rules = MappingProxyType({"rate": number(at_least=0, below=1, why=_FRACTION)})

    def __init__(self, rate: float, name: str | None = None) -> None:
        super().__init__(name)
        self.rate = rate

    def in_words(self) -> str:
        return _("leaves out {rate:.0f} % at random while training").format(rate=100 * self.rate)

    @property
    def drops(self) -> bool:
        return self.rate > 0

    def output_shape(self, *input_shapes: SampleShape) -> SampleShape:
        return single(input_shapes, self)

    def call(self, context: Context, *inputs: Node) -> Node:
        x = inputs[0]
        if not context.is_training or self.rate == 0:
            return x
        mask = ops.dropout_mask(
            context.seed, context.step, x.shape, self.rate, str(self.name), context.dtype
        )
        name = str(self.name)
        mask.named(name.replace("dropout", "mask") if "dropout" in name else f"{name}_mask")
        return x * mask
