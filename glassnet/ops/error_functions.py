"""What a loss makes of one difference between target and prediction."""

from __future__ import annotations

from glassnet.graph.node import elementwise
from glassnet.ops.arithmetic import where

# FANN's numbers: beyond this difference the slope of the error is 17, about its value there.
_LIMIT, _STEEPEST = 0.9999999, 17

_INSIDE = f"minimum(abs(x), {_LIMIT})"


def _slope_share(g, y, x):
    is_inside = (x > -_LIMIT) * (x < _LIMIT) > 0.0
    inside = where(is_inside, x, 0.0)  # nothing is divided by 0 at ±1
    return (where(is_inside, 2.0 * g / (1.0 - inside * inside), 0.0),)


tanh_error_slope = elementwise(
    "tanh_error_slope",
    f"where(x > {_LIMIT}, {_STEEPEST}, where(x < -{_LIMIT}, -{_STEEPEST}, log((1 + x) / (1 - x))))",
    _slope_share,
    low=-0.9,
    high=0.9,
    formula=f"y = log((1 + x) / (1 - x)), ±{_STEEPEST} outside ±{_LIMIT}",
    doc="FANN's tanh error function: small differences count twice, large ones far more. At the "
    "two jumps the slope is 0.",
)
tanh_error = elementwise(
    "tanh_error",
    f"(1 + {_INSIDE}) * log1p({_INSIDE}) + (1 - {_INSIDE}) * log1p(-{_INSIDE})"
    f" + {_STEEPEST} * (abs(x) - {_INSIDE})",
    lambda g, y, x: (g * tanh_error_slope(x),),
    low=-0.9,
    high=0.9,
    formula="y = (1 + x) log(1 + x) + (1 - x) log(1 - x), straight lines outside ±1",
    doc="The error whose slope is tanh_error_slope.",
)
