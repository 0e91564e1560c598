"""Arithmetic: the elementwise ops every other part is made of."""

from __future__ import annotations

from glassnet.graph.node import Sample, Values, apply, elementwise

XY = ("x", "y")


def where(condition, a, b):
    """y = a where the condition holds, else b."""
    return apply("where", condition, a, b)


_where = elementwise(
    "where",
    "where(condition, x, y)",
    lambda g, out, condition, x, y: (None, where(condition, g, 0.0), where(condition, 0.0, g)),
    inputs=("condition", "x", "y"),
    samples=tuple(
        Sample((Values(c, dtype="bool"), Values(a), Values(b)))
        for c, a, b in [((2, 3), (2, 3), (2, 3)), ((2, 1), (3,), (2, 3)), ((2, 3), (), (1, 3))]
    ),
)

add = elementwise("add", "x + y", lambda g, out, x, y: (g, g), inputs=XY)
subtract = elementwise("subtract", "x - y", lambda g, out, x, y: (g, -g), inputs=XY)
multiply = elementwise("multiply", "x * y", lambda g, out, x, y: (g * y, g * x), inputs=XY)
divide = elementwise(
    "divide",
    "x / y",
    lambda g, out, x, y: (g / y, -g * out / y),
    inputs=XY,
    low=0.5,
    high=3.0,
    doc="At y = 0 slopes are those from the side of the sign of zero: +0.0 is the right.",
)


def _power_shares(g, out, x, y):
    # Below x⁰ lies x⁰, so that 0 · x⁻¹ never arises: 0 · ∞ is no number.
    below = where(apply("equal", y, 0.0), 0.0, y - 1.0)
    base = where(x > 0.0, x, 1.0)  # a gradient of 0 times an infinite slope is none either
    by_exponent = base**y * apply("log", base)
    return g * y * x**below, g * where(x > 0.0, by_exponent, 0.0)


power = elementwise(
    "power",
    "x ** y",
    _power_shares,
    inputs=XY,
    low=0.5,
    high=3.0,
    doc="The derivative with respect to the exponent is taken as 0 where x <= 0. At 0, where a "
    "negative power has a pole, slopes are those from the right.",
)
negative = elementwise("negative", "-x", lambda g, y, x: (-g,))
square = elementwise("square", "x * x", lambda g, y, x: (g * (2.0 * x),), formula="y = x²")
exp = elementwise("exp", "exp(x)", lambda g, y, x: (g * y,))
expm1 = elementwise("expm1", "expm1(x)", lambda g, y, x: (g * (y + 1.0),), formula="y = exp(x) - 1")
log = elementwise("log", "log(x)", lambda g, y, x: (g / x,), low=0.2, high=4.0)
log1p = elementwise(
    "log1p",
    "log1p(x)",
    lambda g, y, x: (g / (1.0 + x),),
    low=-0.7,
    high=3.0,
    formula="y = log(1 + x)",
)
sqrt = elementwise(
    "sqrt",
    "sqrt(x)",
    lambda g, y, x: (g * 0.5 / y,),
    low=0.3,
    high=4.0,
    doc="At 0 the slope is infinite, and that of the length √(Σ x²) of a vector of zeros NaN: add "
    "a small number under the root.",
)
sin = elementwise("sin", "sin(x)", lambda g, y, x: (g * apply("cos", x),))
cos = elementwise("cos", "cos(x)", lambda g, y, x: (-g * sin(x),))
erf = elementwise(
    "erf",
    "erf(x)",
    lambda g, y, x: (g * (1.1283791670955126 * exp(-square(x))),),
    formula="y = 2/sqrt(pi) * integral of exp(-t²) from 0 to x",
)
abs = elementwise(
    "abs",
    "abs(x)",
    lambda g, y, x: (g * apply("sign", x),),
    kinks=(0.0,),
    formula="y = |x|",
    doc="At 0 the slope is 0.",
)
sign = elementwise(
    "sign", "sign(x)", lambda g, y, x: (g * 0.0,), kinks=(0.0,), doc="At 0, a jump, the slope is 0."
)
floor = elementwise(
    "floor",
    "floor(x)",
    lambda g, y, x: (g * 0.0,),
    kinks=(-2.0, -1.0, 0.0, 1.0, 2.0),
    doc="At whole numbers, where it jumps, the slope is 0.",
)
maximum = elementwise(
    "maximum",
    "maximum(x, y)",
    lambda g, out, x, y: (where(x >= y, g, 0.0), where(x >= y, 0.0, g)),
    inputs=XY,
    doc="At x = y the whole gradient goes to x.",
)
minimum = elementwise(
    "minimum",
    "minimum(x, y)",
    lambda g, out, x, y: (where(x <= y, g, 0.0), where(x <= y, 0.0, g)),
    inputs=XY,
    doc="At x = y the whole gradient goes to x.",
)
_cast = elementwise(
    "cast",
    "x",
    lambda g, y, x, dtype: (cast(g, x.dtype) if x.dtype.startswith("float") else None,),
    dtype=lambda x, dtype: dtype,
    formula="y = x as another dtype",
    samples=(
        Sample((Values((2, 3)),), {"dtype": "float64"}),
        Sample((Values((2, 3), dtype="bool"),), {"dtype": "float64"}),
        Sample((Values((4,), 0, 9, dtype="int64"),), {"dtype": "float64"}),
    ),
)


def cast(x, dtype):
    """y = x as another dtype (float32, float64, int64, bool)."""
    return apply("cast", x, dtype=dtype)


def clip(x, low, high):
    """y = min(max(x, low), high). At the two bounds the slope by x is 1."""
    return minimum(maximum(x, low), high)
