"""What every check stands on: sample values, a numeric derivative, and plain evaluation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from glassnet.backends import Loops
from glassnet.graph import Node, Program, Values, input_node
from glassnet.random import permutation, uniform

__all__ = ["central_difference", "draw", "plain_values"]

# Inputs keep this far from the kinks of an op, more than a central difference reaches.
KINK_MARGIN = 0.05


def draw(values: Values, stream: str, dtype: str = "float64", seed: int = 0) -> np.ndarray:
    """Draw one sample input: distinct numbers, spread over the range, away from kinks.

    Parameters
    ----------
    values : Values
        Shape, range, kinks and dtype of the input.
    stream : str
        Name of the draw; another name gives other numbers.
    dtype : str, default "float64"
        The float type under test.
    seed : int, default 0

    Examples
    --------
    >>> draw(Values((2, 3), 0.5, 3.0), "x").shape
    (2, 3)
    """
    count = int(np.prod(values.shape, dtype=np.int64))
    unit = uniform(seed, stream, (count,))
    if values.dtype == "bool":
        return (unit < 0.5).reshape(values.shape)
    if values.dtype != "float":
        whole = np.floor(values.low + unit * (values.high + 1 - values.low))
        return whole.astype(values.dtype).reshape(values.shape)
    # One number a cell of the range, in random order: no two are nearly equal, so that a
    # maximum does not change hands under a small step.
    cells = (permutation(seed, f"{stream}/cells", count) + 0.1 + 0.8 * unit) / max(count, 1)
    numbers = values.low + cells * (values.high - values.low)
    for kink in values.kinks:
        near = np.abs(numbers - kink) < KINK_MARGIN
        numbers = np.where(near, kink + np.where(numbers < kink, -1, 1) * KINK_MARGIN, numbers)
    return numbers.reshape(values.shape).astype(dtype)


def central_difference(
    function: Callable[[np.ndarray], float],
    x: np.ndarray,
    direction: np.ndarray,
    step: float = 1e-3,
) -> float:
    """Return the derivative of a scalar function along a direction, from four of its values.

    The error is of the order step⁴, so in double precision about eleven digits are right.

    Examples
    --------
    >>> slope = central_difference(lambda x: float(x**3), np.array(2.0), np.array(1.0))
    >>> round(slope, 9)
    12.0
    """

    def difference(h: float) -> float:
        return float(function(x + h * direction)) - float(function(x - h * direction))

    return (8.0 * difference(step) - difference(2.0 * step)) / (12.0 * step)


def plain_values(program: Program, values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Compute a program op by op with plain loops, nothing simplified and nothing shared.

    Examples
    --------
    >>> x = input_node("x", (2,), "float64")
    >>> plain_values(Program("double", [x], {"y": x * 2.0}), {"x": np.ones(2)})
    {'y': array([2., 2.])}
    """
    known = {id(node): np.asarray(values[name]) for name, node in program.inputs.items()}
    sizes = program.sizes({name: np.shape(values[name]) for name in program.inputs})
    for node in program.order():
        if id(node) in known:
            continue
        if node.is_constant:
            known[id(node)] = np.asarray(node.attrs["value"], node.dtype)
        else:
            known[id(node)] = _one_op(node, [known[id(child)] for child in node.inputs], sizes)
    return {name: known[id(node)] for name, node in program.outputs.items()}


def _one_op(node: Node, arrays: Sequence[np.ndarray], sizes: Mapping[str, int]) -> np.ndarray:
    """Run one op alone; a symbolic size of its inputs is known from ``sizes``."""
    inputs = [
        input_node(f"i{place}", child.shape, child.dtype) for place, child in enumerate(node.inputs)
    ]
    alone = Node(node.op, tuple(inputs), node.attrs, node.shape, node.dtype)
    given = {f"i{place}": array for place, array in enumerate(arrays)}
    for symbol, size in sizes.items():  # a shape may name a symbol that no input has
        inputs.append(input_node(f"size {symbol}", (symbol,), "bool"))
        given[f"size {symbol}"] = np.zeros(size, bool)
    return Loops().run(Program(node.op.name, inputs, {"y": alone}), given)["y"]
