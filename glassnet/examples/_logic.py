"""What the examples of the logic tables share."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet import plots
from glassnet.examples._show import save, table

__all__ = ["show", "train"]


def train(
    name: str, hidden: int, epochs: int, rate: float, seed: int
) -> tuple[gn.Sequential, list]:
    """Return a network trained on a logic table, and its loss curve; ``hidden=0``: one neuron."""
    (x, y), _ = gn.datasets.load(name)
    layers = [gn.layers.Dense(hidden, "tanh")] if hidden else []
    net = gn.Sequential([gn.Input((2,)), *layers, gn.layers.Dense(1, "sigmoid")], seed=seed)
    net.compile(gn.optimizers.Adam(rate), "binary_crossentropy", ["accuracy"])
    history = net.fit(x, y.reshape(-1, 1), epochs=epochs, batch_size="full", verbose=0)
    return net, history.history["loss"]


def show(name: str, hidden: int, epochs: int, rate: float, seed: int, picture: str) -> None:
    """Train, print the table beside the outputs, and draw where the network says 1."""
    net, loss = train(name, hidden, epochs, rate, seed)
    (x, y), _ = gn.datasets.load(name)
    outputs = net.predict(x)[:, 0]
    rows = [
        [*a.astype(int), int(t), f"{o:.4f}", round(float(o))]
        for a, t, o in zip(x, y, outputs, strict=True)
    ]
    print(table(["a", "b", f"a {name} b", "output", "rounded"], rows))
    right = int(np.sum(net.predict_labels(x) == y))
    print(f"{right} of 4 right; loss {loss[0]:.4f} -> {loss[-1]:.6f} in {epochs} steps")
    if picture:
        save(plots.boundary_panels([(name.upper(), net.predict_labels, x, y)]), picture)
