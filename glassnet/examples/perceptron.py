"""The perceptron: a neuron with a step learns AND and OR, and fails at XOR."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet import plots
from glassnet.examples._show import save, table


def perceptron() -> gn.Sequential:
    """Return one step neuron with two inputs, all weights 0."""
    net = gn.Sequential([gn.Input((2,)), gn.layers.Dense(1, "step")], "float64", seed=0)
    net.build()
    net.set_weights([np.zeros((2, 1)), [0.0]])
    return net


def learn(name: str, rate: float = 0.5, epochs: int = 20) -> tuple[gn.Sequential, list[int]]:
    """Return the trained perceptron and the number of mistakes in each pass.

    The rule of Rosenblatt: after a mistake, w ← w + rate · (y - ŷ) · x. The step has no slope, so
    there is no gradient to follow.
    """
    (x, y), _ = gn.datasets.load(name)
    net = perceptron()
    mistakes: list[int] = []
    while len(mistakes) < epochs and (not mistakes or mistakes[-1]):
        mistakes.append(0)
        for sample, target in zip(x, y, strict=True):
            error = target - net.predict(sample[None])[0, 0]
            if error:
                W, b = net.get_weights()
                net.set_weights([W + rate * error * sample[:, None], b + rate * error])
                mistakes[-1] += 1
    return net, mistakes


def main(rate: float = 0.5, epochs: int = 20, picture: str = "perceptron.png") -> None:
    """Train a perceptron on three logic tables.

    Parameters
    ----------
    rate : float
        Size of a correction.
    epochs : int
        Passes after which to give up.
    picture : str
        File for the picture; "" for none.
    """
    rows, panels = [], []
    for name in ("and", "or", "xor"):
        net, mistakes = learn(name, rate, epochs)
        (x, y), _ = gn.datasets.load(name)
        right = int(np.sum(net.predict_labels(x) == y))
        W, b = net.get_weights()
        line = f"{W[0, 0]:g} a {W[1, 0]:+g} b {b[0]:+g} >= 0"
        rows.append(
            [name.upper(), len(mistakes), f"{right} of 4", line, " ".join(map(str, mistakes))]
        )
        panels.append((name.upper(), net.predict_labels, x, y))
    print(table(["table", "passes", "right", "answers 1 where", "mistakes in each pass"], rows))
    print(
        "Notice: AND and OR can be parted by one straight line. For XOR there is no such line:\n"
        "the mistakes go on for ever. A hidden layer mends it: glassnet example xor."
    )
    save(plots.boundary_panels(panels), picture)
