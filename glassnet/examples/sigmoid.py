"""The sigmoid: its graph and slope, and what a weight and a bias do to it."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet import plots
from glassnet.examples._show import save, table


def sigmoid(x: float) -> float:
    """Return s(x)."""
    return float(gn.activations.sigmoid(float(x)))


def slope(x: float) -> float:
    """Return s'(x), found by differentiating the graph of the sigmoid."""
    return float(gn.grad(gn.activations.sigmoid)(float(x)))


def facts(x: np.ndarray) -> dict[str, bool]:
    """Return what is said of the sigmoid, and whether it holds on these points."""
    s, tanh = gn.activations.sigmoid(x), gn.activations.tanh(x)
    slopes = np.array([slope(value) for value in x])
    return {
        "s(0) = 0.5": sigmoid(0) == 0.5,
        "s(-x) = 1 - s(x)": bool(np.allclose(gn.activations.sigmoid(-x), 1 - s)),
        "tanh x = 2 s(2x) - 1": bool(np.allclose(tanh, 2 * gn.activations.sigmoid(2 * x) - 1)),
        "s'(x) = s(x) (1 - s(x))": bool(np.allclose(slopes, s * (1 - s))),
        "it always rises": bool(np.all(np.diff(gn.activations.sigmoid(np.sort(x))) > 0)),
        "it stays between 0 and 1": bool(np.all((s > 0) & (s < 1))),
    }


def main(
    points: tuple[float, ...] = (2.0, 0.0, -1.0),
    weights: tuple[float, ...] = (0.5, 1.0, 2.0),
    biases: tuple[float, ...] = (-8.0, 0.0, 8.0),
    weight: float = 5.0,
    picture: str = "sigmoid.png",
) -> None:
    """Print values, slopes and properties of the sigmoid, and draw it.

    Parameters
    ----------
    points : tuple of float
        Where to give value and slope.
    weights : tuple of float
        Weights of the second graph, s(w x).
    biases : tuple of float
        Biases of the third graph, s(w x + b).
    weight : float
        The weight of the third graph.
    picture : str
        File for the three graphs; "" for none.
    """
    rows = [[f"{x:g}", f"{sigmoid(x):.6f}", f"{slope(x):.6f}"] for x in points]
    print(table(["x", "s(x)", "slope s'(x)"], rows))
    for name, holds in facts(np.linspace(-8.0, 8.0, 33)).items():
        print(f"  {name:<26}{'holds' if holds else 'does not hold'}")
    print(
        "Notice: the slope is largest, 1/4, where the output is undecided. A weight makes the\n"
        "switch steeper; a bias moves the place where it switches, to x = -b/w."
    )
    save(plots.sigmoid_graphs(weights, biases, weight), picture)
