"""Checks of your own parts: hand-written derivatives and new ops.

>>> from glassnet.testing import check_gradient, check_op
>>> check_gradient(lambda x: (x**3).sum(), lambda x: 3 * x**2, [1.0, 2.0]).ok
True
>>> check_op("sigmoid")
"""

from glassnet.testing.gradient import GradientReport, WrongEntry, check_gradient
from glassnet.testing.numeric import central_difference, draw, plain_values
from glassnet.testing.ops import OP_CONTRACTS, check_op

__all__ = [
    "OP_CONTRACTS",
    "GradientReport",
    "WrongEntry",
    "central_difference",
    "check_gradient",
    "check_op",
    "draw",
    "plain_values",
]
