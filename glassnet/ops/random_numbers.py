"""Random numbers as ops: drawn by counter, the same in every backend.

A draw depends on the seed, the stream (a number made from the layer's name) and the
step, and on the place of the number in its array. Nothing else is remembered.
"""

from __future__ import annotations

import math

from glassnet.graph.dims import Shape
from glassnet.graph.node import Op, Sample, Values, as_node, define
from glassnet.ops.arithmetic import cos, log, sqrt, where
from glassnet.random import stream_number

_SEED = Values((), 0, 1000, dtype="int64")
_DRAWS = tuple(
    Sample((_SEED, _SEED), {"stream": stream, "shape": shape})
    for stream, shape in [(1, (2, 3)), (2**32 - 1, (5,)), (7, ()), (3, (2, 3, 5))]
)


def _with_dtype(samples: tuple[Sample, ...]) -> tuple[Sample, ...]:
    return tuple(Sample(one.inputs, {**one.attrs, "dtype": "float64"}) for one in samples)


def _shape(seed: Shape, step: Shape, stream: int, shape: Shape, dtype: str = "") -> Shape:
    return shape


random_bits_op = define(
    Op(
        "random_bits",
        ("seed", "step"),
        _shape,
        lambda seed, step, stream, shape: "uint32",
        lambda g, y, seed, step, stream, shape: (None, None),
        "y = 32 random bits each, threefry2x32(seed, stream, step)",
        samples=_DRAWS,
    )
)

random_uniform_op = define(
    Op(
        "random_uniform",
        ("seed", "step"),
        _shape,
        lambda seed, step, stream, shape, dtype: dtype,
        lambda g, y, seed, step, stream, shape, dtype: (None, None),
        "y = (bits >> 8) / 2^24, uniform in [0, 1)",
        samples=_with_dtype(_DRAWS),
    )
)


def random_bits(seed, step, shape, stream="bits"):
    """y = 32 random bits each, from threefry2x32 keyed by seed, stream and step."""
    return random_bits_op(seed, step, stream=stream_number(stream), shape=tuple(shape))


def random_uniform(seed, step, shape, stream="uniform", dtype="float32"):
    """y uniform in [0, 1), in steps of 2^-24."""
    return random_uniform_op(
        seed, step, stream=stream_number(stream), shape=tuple(shape), dtype=dtype
    )


def random_normal(seed, step, shape, stream="normal", dtype="float32"):
    """y normal with mean 0 and deviation 1 (Box and Muller, 1958)."""
    radius = random_uniform(seed, step, shape, f"{stream}/radius", dtype)
    angle = random_uniform(seed, step, shape, f"{stream}/angle", dtype)
    return sqrt(-2.0 * log(1.0 - radius)) * cos((2.0 * math.pi) * angle)


def dropout_mask(seed, step, shape, rate, stream="dropout", dtype="float32"):
    """y = 0 with probability ``rate``, else 1 / (1 - rate)."""
    draw = random_uniform(seed, step, shape, stream, dtype)
    kept = as_node(1.0 / (1.0 - rate), dtype)  # two plain numbers would make it float64
    return where(draw >= rate, kept, 0.0)
