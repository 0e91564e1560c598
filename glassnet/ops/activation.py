"""Activation functions: one scalar expression and one derivative rule each."""

from __future__ import annotations

from glassnet.graph.node import elementwise
from glassnet.ops.arithmetic import erf, exp, minimum, square, where

sigmoid = elementwise(
    "sigmoid",
    "1 / (1 + exp(-x))",
    lambda g, y, x: (g * y * (1.0 - y),),
    formula="y = 1 / (1 + exp(-x))",
    doc="exp may reach infinity; the quotient is then exactly 0, which is right.",
)
tanh = elementwise("tanh", "tanh(x)", lambda g, y, x: (g * (1.0 - y * y),))
relu = elementwise(
    "relu",
    "maximum(x, 0)",
    lambda g, y, x: (where(x > 0.0, g, 0.0),),
    kinks=(0.0,),
    doc="At 0 the slope is that from the left, 0.",
)
_leaky_relu = elementwise(
    "leaky_relu",
    "where(x > 0, x, negative_slope * x)",
    lambda g, y, x, negative_slope: (where(x > 0.0, g, g * negative_slope),),
    kinks=(0.0,),
    attrs={"negative_slope": 0.2},
    doc="At 0 the slope is that from the left, negative_slope.",
)
_elu = elementwise(
    "elu",
    "where(x > 0, x, alpha * expm1(minimum(x, 0)))",
    lambda g, y, x, alpha: (where(x > 0.0, g, g * (y + alpha)),),
    kinks=(0.0,),
    attrs={"alpha": 0.7},
    formula="y = x if x > 0 else alpha (exp(x) - 1)",
    doc="At 0 slopes are those from the left.",
)
SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805
selu = elementwise(
    "selu",
    f"{SELU_SCALE} * where(x > 0, x, {SELU_ALPHA} * expm1(minimum(x, 0)))",
    lambda g, y, x: (g * where(x > 0.0, SELU_SCALE, y + SELU_SCALE * SELU_ALPHA),),
    kinks=(0.0,),
    formula="y = 1.0507 (x if x > 0 else 1.6733 (exp(x) - 1))",
    doc="At 0 slopes are those from the left.",
)
_INVERSE_SQRT_2 = 0.7071067811865476
_INVERSE_SQRT_2PI = 0.3989422804014327
gelu = elementwise(
    "gelu",
    f"0.5 * x * (1 + erf(x * {_INVERSE_SQRT_2}))",
    lambda g, y, x: (
        g
        * (
            0.5 * (1.0 + erf(x * _INVERSE_SQRT_2))
            # The bound keeps x² finite where exp is 0 for long: further derivatives need that.
            + x * (_INVERSE_SQRT_2PI * exp(-0.5 * minimum(square(x), 3000.0)))
        ),
    ),
    formula="y = x Φ(x), Φ the normal distribution function",
)
silu = elementwise(
    "silu",
    "x / (1 + exp(-x))",
    lambda g, y, x: (_silu_share(g, x),),
    formula="y = x sigmoid(x)",
)


def _silu_share(g, x):
    s = sigmoid(x)
    return g * (s * (1.0 + x * (1.0 - s)))


softplus = elementwise(
    "softplus",
    "maximum(x, 0) + log1p(exp(-abs(x)))",
    lambda g, y, x: (g * sigmoid(x),),
    formula="y = log(1 + exp(x))",
)
softsign = elementwise(
    "softsign",
    "x / (1 + abs(x))",
    lambda g, y, x: (g / square(1.0 + where(x > 0.0, x, -x)),),
    formula="y = x / (1 + |x|)",
    doc="At 0, where the second derivative jumps, it is that from the left.",
)
hard_sigmoid = elementwise(
    "hard_sigmoid",
    "minimum(maximum(x / 6 + 0.5, 0), 1)",
    lambda g, y, x: (where((x > -3.0) * (x < 3.0) > 0.0, g * (1 / 6), 0.0),),
    low=-5.0,
    high=5.0,
    kinks=(-3.0, 3.0),
    formula="y = min(max(x/6 + 1/2, 0), 1)",
    doc="At the two kinks the slope is 0.",
)
step = elementwise(
    "step",
    "where(x >= 0, 1, 0)",
    lambda g, y, x: (g * 0.0,),
    kinks=(0.0,),
    formula="y = 1 if x >= 0 else 0",
    doc="The perceptron's threshold. Its derivative is 0, at the jump too, so it cannot learn by "
    "gradients.",
)


def leaky_relu(x, negative_slope=0.2):
    """y = x if x > 0 else negative_slope * x."""
    return _leaky_relu(x, negative_slope=float(negative_slope))


def elu(x, alpha=1.0):
    """y = x if x > 0 else alpha (exp(x) - 1)."""
    return _elu(x, alpha=float(alpha))


# A probability against a truth value, computed from the pre-activation so that log(0) never occurs.
sigmoid_cross_entropy = elementwise(
    "sigmoid_cross_entropy",
    "maximum(z, 0) - z * t + log1p(exp(-abs(z)))",
    lambda g, y, z, t: (g * (sigmoid(z) - t), -g * z),
    inputs=("z", "t"),
    formula="y = -t log s - (1 - t) log(1 - s), s = sigmoid(z)",
)
