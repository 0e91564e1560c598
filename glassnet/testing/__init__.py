"""Checks of your own parts: hand-written derivatives, new ops, layers and losses.

>>> from glassnet.layers import Dense
>>> from glassnet.testing import check_gradient, check_layer, check_op
>>> check_gradient(lambda x: (x**3).sum(), lambda x: 3 * x**2, [1.0, 2.0]).ok
True
>>> check_op("sigmoid")
>>> check_layer(Dense(5), (3,))
"""

from glassnet.testing.gradient import GradientReport, WrongEntry, check_gradient
from glassnet.testing.layers import LAYER_CONTRACTS, check_layer
from glassnet.testing.losses import LOSS_CONTRACTS, check_loss
from glassnet.testing.numeric import central_difference, draw, plain_values
from glassnet.testing.ops import OP_CONTRACTS, check_op

__all__ = [
    "LAYER_CONTRACTS",
    "LOSS_CONTRACTS",
    "OP_CONTRACTS",
    "GradientReport",
    "WrongEntry",
    "central_difference",
    "check_gradient",
    "check_layer",
    "check_loss",
    "check_op",
    "draw",
    "plain_values",
]


def __dir__() -> list[str]:
    return list(__all__)
