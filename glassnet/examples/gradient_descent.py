"""Gradient descent on f(x) = x⁴ - 3x³ + 2 from 6 down to 2.25, and in two dimensions."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn
from glassnet import plots
from glassnet.evaluate import Minimum
from glassnet.examples._show import save, table


def f(x: Any) -> Any:
    """f(x) = x⁴ - 3x³ + 2; its derivative 4x³ - 9x² is found by glassnet."""
    return x**4 - 3 * x**3 + 2


def valley(x: Any) -> Any:
    """f(x, y) = x² + 5y²: a valley five times as steep across as along.

    Written as a sum over x² and weights, so that x may be a vector.
    """
    return gn.ops.sum(x * x * np.array([1.0, 5.0]))


def descend(start: float = 6.0, rate: float = 0.01, precision: float = 1e-5) -> Minimum:
    """Return the walk along f from ``start``."""
    return gn.minimize(f, start, learning_rate=rate, precision=precision)


def main(
    start: float = 6.0,
    rate: float = 0.01,
    precision: float = 1e-5,
    valley_rate: float = 0.17,
    picture: str = "gradient-descent.png",
) -> None:
    """Walk downhill, print the path, and draw it.

    Parameters
    ----------
    start : float
        Where to begin.
    rate : float
        Learning rate.
    precision : float
        Stop when a step is not longer than this.
    valley_rate : float
        Learning rate of the walk in two dimensions.
    picture : str
        File for the two pictures; "" for none.
    """
    found = descend(start, rate, precision)
    path = found.path
    shown = [k for k in (0, 1, 2, 3, 5, 10, 20, 50) if k < found.steps] + [found.steps]
    rows = [
        [k, f"{path[k]:.10f}", f"{f(path[k]):.8f}", f"{gn.grad(f)(path[k]):+.8f}"] for k in shown
    ]
    print(table(["step", "x", "f(x)", "slope"], rows))
    print(f"The local minimum occurs at {found.x:.10f}, after {found.steps} steps; exact: 2.25")
    flat = gn.minimize(valley, [-4.0, 1.5], learning_rate=valley_rate, precision=1e-3)
    print(f"x² + 5y² from (-4, 1.5): {flat.steps} steps to ({flat.x[0]:.4f}, {flat.x[1]:.4f})")
    print(
        "Notice: the steps shrink with the slope. Across the valley the same learning rate is\n"
        "nearly too large, so the walk zigzags, while along it the steps stay small."
    )
    save(plots.descent(f, path, valley, flat.path), picture)
