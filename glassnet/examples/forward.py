"""A. Thomas's forward pass: node by node in loops, then by matrices, and how long each takes."""

from __future__ import annotations

import math
import timeit
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

import glassnet as gn
from glassnet import plots
from glassnet.examples._show import save, table

X = [1.5, 2.0, 3.0]
# Rows are nodes, as the article writes them: row i holds the weights into node i.
W = [np.array([[0.2] * 3, [0.4] * 3, [0.6] * 3]), np.array([[0.5] * 3])]
B = [np.array([0.8, 0.8, 0.8]), np.array([0.2])]

# What the article measured on its machine, in seconds: loops, matrices.
ARTICLE = {
    "3-3-1": (40e-6, None),
    "3-3-3-1": (70e-6, 46e-6),
    "100-100-50-10": (41e-3, 84e-6),
}


def by_loops(x: Sequence[float], weights: Sequence, biases: Sequence) -> list[float]:
    """Return the outputs, computed weight by weight in Python loops."""
    h = list(x)
    for matrix, offsets in zip(weights, biases, strict=True):
        outputs = []
        for i in range(len(matrix)):
            z = 0.0
            for j in range(len(h)):
                z += matrix[i][j] * h[j]
            outputs.append(1.0 / (1.0 + math.exp(-(z + offsets[i]))))
        h = outputs
    return h


def by_matrices(x: Sequence[float] | np.ndarray, weights: Sequence, biases: Sequence) -> np.ndarray:
    """Return the outputs, one matrix product a layer."""
    h = np.asarray(x)
    for matrix, offsets in zip(weights, biases, strict=True):
        h = 1.0 / (1.0 + np.exp(-(matrix @ h + offsets)))
    return h


def network(weights: Sequence, biases: Sequence) -> gn.Sequential:
    """Return the same network as a model; its kernels are the transposed matrices."""
    layers = [gn.layers.Dense(len(matrix), "sigmoid") for matrix in weights]
    net = gn.Sequential([gn.Input((weights[0].shape[1],)), *layers], "float64", seed=0)
    net.build()
    pairs = zip(weights, biases, strict=True)
    net.set_weights([array for matrix, b in pairs for array in (matrix.T, b)])
    return net


def zeros(sizes: Sequence[int]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return weights and biases for timing; their values do not matter."""
    pairs = zip(sizes[1:], sizes[:-1], strict=True)
    return [np.zeros(pair) for pair in pairs], [np.zeros(size) for size in sizes[1:]]


def timings(repeat: int = 200) -> list[tuple[str, float, float, float | None, float | None]]:
    """Return for each network the seconds of a pass by loops and by matrices, and the article's."""
    found: list[tuple[str, float, float, float | None, float | None]] = []
    for name, article in ARTICLE.items():
        sizes = [int(size) for size in name.split("-")]
        weights, biases = zeros(sizes) if sizes != [3, 3, 1] else (W, B)
        x = X if sizes[0] == 3 else [1.0] * sizes[0]
        loops, matrices = (
            _seconds(partial(way, x, weights, biases), repeat if sizes[0] == 3 else 3)
            for way in (by_loops, by_matrices)
        )
        found.append((name, loops, matrices, *article))
    return found


def _seconds(function: Callable[[], object], number: int) -> float:
    return min(timeit.repeat(function, number=number, repeat=5)) / number


def micro(seconds: float | None) -> str:
    """Return a time in microseconds as text."""
    return "" if seconds is None else f"{seconds * 1e6:,.1f}"


def main(repeat: int = 200, picture: str = "forward.png") -> None:
    """Compute the forward pass in three ways and time two of them.

    Parameters
    ----------
    repeat : int
        Passes timed at a stretch.
    picture : str
        File for the picture of the times; "" for none.
    """
    h = np.array(X)
    for layer, (matrix, b) in enumerate(zip(W, B, strict=True), 2):
        z = matrix @ h + b
        h = by_matrices(h, [matrix], [b])
        print(f"layer {layer}: z = {np.round(z, 10)}  h = {np.round(h, 10)}")
    print(f"loops     {by_loops(X, W, B)[0]:.10f}")
    print(f"matrices  {by_matrices(X, W, B)[0]:.10f}")
    print(f"glassnet  {network(W, B).predict([X])[0, 0]:.10f}")
    times = timings(repeat)
    rows = [
        [name, micro(a), micro(b), f"{a / b:.1f}", micro(c), micro(d)] for name, a, b, c, d in times
    ]
    head = ["network", "loops µs", "matrices µs", "ratio", "article: loops µs", "matrices µs"]
    print(table(head, rows))
    print(
        "Notice: for three nodes loops are as quick as matrices, whose calls cost more than their\n"
        "sums. With 100 nodes there are a thousand times as many products but no more calls."
    )
    save(plots.time_bars([(name, a, b) for name, a, b, *_ in times]), picture)
