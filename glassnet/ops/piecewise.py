"""Activation functions put together from pieces, bells and waves: those FANN's networks use."""

from __future__ import annotations

import itertools

from glassnet.graph.node import apply, elementwise
from glassnet.ops.arithmetic import clip, cos, sin, where

# Points of two curves that stand in for the sigmoid and tanh at twice their cost; straight lines
# lie between them. The numbers are single-precision, for networks in files depend on them.
_TANH_POINTS = (
    (-2.64665293693542480469, -0.990000009536743164062),
    (-1.47221934795379638672, -0.899999976158142089844),
    (-0.549306154251098632812, -0.5),
    (0.549306154251098632812, 0.5),
    (1.47221934795379638672, 0.899999976158142089844),
    (2.64665293693542480469, 0.990000009536743164062),
)
_SIGMOID_POINTS = (
    (-2.64665246009826660156, 0.00499999988824129104614),
    (-1.47221946716308593750, 0.0500000007450580596924),
    (-0.549306154251098632812, 0.25),
    (0.549306154251098632812, 0.75),
    (1.47221934795379638672, 0.949999988079071044922),
    (2.64665293693542480469, 0.995000004768371582031),
)


def _expression(points, low, high):
    """Return the curve as one scalar expression, its jumps to ``low`` and ``high`` at the ends."""
    text = f"{high}"
    for (v1, r1), (v2, r2) in reversed(list(itertools.pairwise(points))):
        text = f"where(x < {v2!r}, {r2 - r1!r} * (x - {v1!r}) / {v2 - v1!r} + {r1!r}, {text})"
    return f"where(x < {points[0][0]!r}, {low}, {text})"


def _slope(points):
    def derivative(g, y, x):
        share = 0.0 * g
        for (v1, r1), (v2, r2) in reversed(list(itertools.pairwise(points))):
            share = where(x < v2, g * ((r2 - r1) / (v2 - v1)), share)
        return (where(x < points[0][0], 0.0, share),)

    return derivative


def _stepwise(name, points, low, high, like):
    return elementwise(
        name,
        _expression(points, low, high),
        _slope(points),
        low=-3.5,
        high=3.5,
        kinks=tuple(v for v, _ in points),
        formula=f"y = straight lines through six points of {like}, {low} and {high} outside",
        doc="FANN's approximation. It jumps by 0.01 at both ends. At the six points the slope is "
        "that from the right.",
    )


sigmoid_stepwise = _stepwise("sigmoid_stepwise", _SIGMOID_POINTS, 0, 1, "1 / (1 + exp(-2x))")
tanh_stepwise = _stepwise("tanh_stepwise", _TANH_POINTS, -1, 1, "tanh(x)")
step_symmetric = elementwise(
    "step_symmetric",
    "where(x >= 0, 1, -1)",
    lambda g, y, x: (g * 0.0,),
    kinks=(0.0,),
    formula="y = 1 if x >= 0 else -1",
    doc="At 0, a jump, the slope is 0.",
)


def _bell_share(g, bell, x):
    # Beyond ±30 the bell is 0; the bound keeps what further derivatives multiply it by finite.
    return (g * (-2.0 * clip(x, -30.0, 30.0) * bell),)


gaussian = elementwise("gaussian", "exp(-x * x)", _bell_share)
gaussian_symmetric = elementwise(
    "gaussian_symmetric", "2 * exp(-x * x) - 1", lambda g, y, x: _bell_share(g, y + 1.0, x)
)
elliot = elementwise(
    "elliot",
    "0.5 * x / (1 + abs(x)) + 0.5",
    lambda g, y, x: (0.5 * g / apply("square", 1.0 + where(x > 0.0, x, -x)),),
    formula="y = x / (2 (1 + |x|)) + 1/2",
    doc="At 0, where the second derivative jumps, it is that from the left.",
)
linear_piece = elementwise(
    "linear_piece",
    "minimum(maximum(x, 0), 1)",
    lambda g, y, x: (where((x > 0.0) * (x < 1.0) > 0.0, g, 0.0),),
    kinks=(0.0, 1.0),
    doc="At the two kinks the slope is 0.",
)
linear_piece_symmetric = elementwise(
    "linear_piece_symmetric",
    "minimum(maximum(x, -1), 1)",
    lambda g, y, x: (where((x > -1.0) * (x < 1.0) > 0.0, g, 0.0),),
    kinks=(-1.0, 1.0),
    doc="At the two kinks the slope is 0.",
)
half_sin = elementwise("half_sin", "sin(x) / 2 + 0.5", lambda g, y, x: (0.5 * g * cos(x),))
half_cos = elementwise("half_cos", "cos(x) / 2 + 0.5", lambda g, y, x: (-0.5 * g * sin(x),))
