"""M. Mazur's one step of backpropagation, with every number on the way."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

import glassnet as gn
from glassnet import plots
from glassnet.examples._show import save, table

X, Y = np.array([[0.05, 0.10]]), np.array([[0.01, 0.99]])
# Columns are units: w1 and w2 lead to the first hidden unit.
W1 = np.array([[0.15, 0.25], [0.20, 0.30]])
W2 = np.array([[0.40, 0.50], [0.45, 0.55]])
B1, B2 = 0.35, 0.60


class Step(NamedTuple):
    """The numbers of one step; z sums, a outputs, d error terms."""

    z1: np.ndarray
    a1: np.ndarray
    z2: np.ndarray
    a2: np.ndarray
    loss: float
    d2: np.ndarray
    dW2: np.ndarray
    d1: np.ndarray
    dW1: np.ndarray


def network(rate: float = 0.5) -> gn.Sequential:
    """Return the 2-2-2 network; its biases are added but not learned, as in the article."""
    layers = []
    for bias in (B1, B2):
        layers += [
            gn.layers.Dense(2, use_bias=False),
            gn.layers.Rescaling(1.0, offset=bias),
            gn.layers.Activation("sigmoid"),
        ]
    net = gn.Sequential([gn.Input((2,)), *layers], "float64", seed=0)
    net.compile(gn.optimizers.SGD(rate), "half_sum_squared_error")
    net.set_weights([W1, W2])
    return net


def by_hand() -> Step:
    """Return every number of the first step from the four equations of backpropagation."""
    sigmoid = gn.activations.sigmoid
    z1 = X @ W1 + B1
    a1 = sigmoid(z1)
    z2 = a1 @ W2 + B2
    a2 = sigmoid(z2)
    d2 = (a2 - Y) * a2 * (1 - a2)
    d1 = d2 @ W2.T * a1 * (1 - a1)
    return Step(z1, a1, z2, a2, float(0.5 * np.sum((Y - a2) ** 2)), d2, a1.T @ d2, d1, X.T @ d1)


def main(rate: float = 0.5, steps: int = 10_000, picture: str = "mazur.png") -> None:
    """Make one step, print all of it, then go on.

    Parameters
    ----------
    rate : float
        Learning rate.
    steps : int
        Steps to make in all.
    picture : str
        File for the loss curve; "" for none.
    """
    s = by_hand()
    for name, values in [("hidden", (s.z1, s.a1, s.d1)), ("output", (s.z2, s.a2, s.d2))]:
        rows = [[k + 1, *(f"{v[0, k]:.9f}" for v in values)] for k in range(2)]
        print(table([f"{name} unit", "weighted sum", "output", "error term"], rows))
    print(f"total error: {s.loss:.9f}")
    net = network(rate)
    loss = net.fit(X, Y, epochs=1, verbose=0).history["loss"]
    old, gradient = np.append(W1.T, W2.T), np.append(s.dW1.T, s.dW2.T)
    new = np.concatenate([w.T.ravel() for w in net.get_weights()])
    rows = [
        [f"w{k}", f"{a:.2f}", f"{g:+.9f}", f"{b:.9f}"]
        for k, (a, g, b) in enumerate(zip(old, gradient, new, strict=True), 1)
    ]
    print(table(["weight", "before", "gradient", "after one step"], rows))
    print(f"total error after one step: {net.evaluate(X, Y, verbose=0).loss:.9f}")
    loss += net.fit(X, Y, epochs=max(steps - 1, 0), verbose=0).history.get("loss", [])
    print(f"after {steps:,} steps: {net.evaluate(X, Y, verbose=0).loss:.10f}", net.predict(X)[0])
    print(
        "Notice: the new weights are all computed from the old ones. A weight's gradient is the\n"
        "output at its beginning times the error term at its end."
    )
    save(plots.curves({"loss": loss}), picture)
