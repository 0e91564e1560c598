"""FANN's activations by number: values from glassnet's ops, slopes as FANN wants them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from glassnet import ops
from glassnet.graph import Node, constant

__all__ = ["VALUE_NAMES", "activate", "slope"]

_VALUES: dict[int, Callable[[Node], Node]] = {
    0: lambda z: z,
    1: ops.step,
    2: ops.step_symmetric,
    3: lambda z: ops.sigmoid(2.0 * z),
    4: ops.sigmoid_stepwise,
    5: ops.tanh,
    6: ops.tanh_stepwise,
    7: ops.gaussian,
    8: ops.gaussian_symmetric,
    9: lambda z: 0.0 * z,
    10: ops.elliot,
    11: ops.softsign,
    12: ops.linear_piece,
    13: ops.linear_piece_symmetric,
    14: ops.sin,
    15: ops.cos,
    16: ops.half_sin,
    17: ops.half_cos,
    18: ops.relu,
    19: lambda z: ops.leaky_relu(z, 0.01),
}

# The ops behind the values, for what is printed and not run; None is the value itself.
VALUE_NAMES: dict[int, str | None] = {
    0: None,
    1: "step",
    2: "step_symmetric",
    3: "sigmoid",
    4: "sigmoid_stepwise",
    5: "tanh",
    6: "tanh_stepwise",
    7: "gaussian",
    8: "gaussian_symmetric",
    10: "elliot",
    11: "softsign",
    12: "linear_piece",
    13: "linear_piece_symmetric",
    14: "sin",
    15: "cos",
    16: "half_sin",
    17: "half_cos",
    18: "relu",
}

# Bounds of the slope where a sigmoid is flat: single-precision numbers.
_LOW, _HIGH, _SYMMETRIC = (float(np.float32(value)) for value in (0.01, 0.99, 0.98))


def _sigmoid_slope(z: Node, y: Node, s: Any) -> Node:
    y = ops.clip(y, _LOW, _HIGH)
    return 2.0 * s * y * (1.0 - y)


def _tanh_slope(z: Node, y: Node, s: Any) -> Node:
    y = ops.clip(y, -_SYMMETRIC, _SYMMETRIC)
    return s * (1.0 - y * y)


def _whole(z: Node, s: Any) -> Node:
    return 0.0 * z + s


def _inside(z: Node, low: float, high: float, s: Any) -> Node:
    return ops.where((z > low) * (z < high) > 0.0, _whole(z, s), 0.0)


# Derivatives by the sum: of z, the value and the steepness. The sigmoids' are FANN's: never 0,
# so that a saturated neuron goes on learning, and those of the smooth curve for a stepwise one.
_SLOPES: dict[int, Callable[[Node, Node, Any], Node]] = {
    0: lambda z, y, s: _whole(z, s),
    1: lambda z, y, s: 0.0 * z,
    2: lambda z, y, s: 0.0 * z,
    3: _sigmoid_slope,
    4: _sigmoid_slope,
    5: _tanh_slope,
    6: _tanh_slope,
    7: lambda z, y, s: -2.0 * z * y * s,
    8: lambda z, y, s: -2.0 * z * (y + 1.0) * s,
    9: lambda z, y, s: 0.0 * z,
    10: lambda z, y, s: s / (2.0 * ops.square(1.0 + ops.abs(z))),
    11: lambda z, y, s: s / ops.square(1.0 + ops.abs(z)),
    12: lambda z, y, s: _inside(z, 0.0, 1.0, s),
    13: lambda z, y, s: _inside(z, -1.0, 1.0, s),
    14: lambda z, y, s: s * ops.cos(z),
    15: lambda z, y, s: -(s * ops.sin(z)),
    16: lambda z, y, s: 0.5 * s * ops.cos(z),
    17: lambda z, y, s: -(0.5 * s * ops.sin(z)),
    18: lambda z, y, s: ops.where(z > 0.0, _whole(z, s), 0.0),
    19: lambda z, y, s: ops.where(z < 0.0, _whole(z, 0.01 * s), s),
}

# Those FANN gets wrong, as it has them: the steepness once too often, slopes on flat parts.
_FAITHFUL: dict[int, Callable[[Node, Node, Any], Node]] = {
    7: lambda z, y, s: -2.0 * z * y * s * s,
    8: lambda z, y, s: -2.0 * z * (y + 1.0) * s * s,
    12: lambda z, y, s: _whole(z, s),
    13: lambda z, y, s: _whole(z, s),
    14: lambda z, y, s: s * ops.cos(s * z),
    15: lambda z, y, s: -(s * ops.sin(s * z)),
    16: lambda z, y, s: 0.5 * s * ops.cos(s * z),
    17: lambda z, y, s: -(0.5 * s * ops.sin(s * z)),
    18: lambda z, y, s: _whole(z, s),
}


def _each(numbers: np.ndarray, made: Callable[[int], Node]) -> Node:
    """Put together what several functions give, each for its own neurons."""
    result: Node | None = None
    for number in sorted(set(numbers.tolist())):
        one = made(int(number))
        mine = constant(numbers == number)
        result = one if result is None else ops.where(mine, one, result)
    assert result is not None
    return result


def _steepness(steepness: np.ndarray) -> Any:
    """Return one number where all neurons have the same."""
    first = float(steepness[0])
    return first if (steepness == first).all() else constant(steepness)


def activate(sums: Node, numbers: np.ndarray, steepness: np.ndarray) -> tuple[Node, Node]:
    """Return z, the bounded product of steepness and sum, and the value."""
    s = _steepness(steepness)
    z = sums if isinstance(s, float) and s == 1.0 else sums * s
    with np.errstate(divide="ignore"):
        limit = 150.0 / np.abs(steepness)
    if np.isfinite(limit).all():
        bound = _steepness(limit)
        z = ops.clip(z, -bound, bound)
    return z, _each(numbers, lambda number: _VALUES[number](z))


def slope(z: Node, y: Node, numbers: np.ndarray, steepness: np.ndarray, is_faithful: bool) -> Node:
    """Return the derivative of the values with respect to the sums."""
    s = _steepness(steepness)

    def made(number: int) -> Node:
        rule = _FAITHFUL.get(number) if is_faithful else None
        return (rule or _SLOPES[number])(z, y, s)

    return _each(numbers, made)
