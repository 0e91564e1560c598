"""A. Trask's first network: three inputs, one sigmoid output, no hidden layer."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet import plots
from glassnet.examples._show import save, table

X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], "float64")
Y = np.array([[0], [0], [1], [1]], "float64")


def network(rate: float = 1.0, seed: int = 1) -> gn.Sequential:
    """Return the network with the article's initial weights: uniform in [-1, 1), no bias."""
    net = gn.Sequential([gn.Input((3,)), gn.layers.Dense(1, "sigmoid", use_bias=False)], "float64")
    net.compile(gn.optimizers.SGD(rate), "half_sum_squared_error")
    net.build()
    net.set_weights([2 * np.random.RandomState(seed).random_sample((3, 1)) - 1])
    return net


def outputs(
    steps: int = 10_000, rate: float = 1.0, seed: int = 1
) -> tuple[np.ndarray, list[float]]:
    """Return the outputs before the last step, which the article prints, and the loss curve."""
    if steps < 2:
        raise gn.errors.ArgumentError(
            f"--steps {steps}: what is shown is from before the last of 2"
        )
    net = network(rate, seed)
    history = net.fit(X, Y, epochs=steps - 1, batch_size="full", verbose=0)
    return net.predict(X), history.history["loss"]


def main(
    steps: int = 10_000, rate: float = 1.0, seed: int = 1, picture: str = "trask-two-layers.png"
) -> None:
    """Train the network and print what it has learned.

    Parameters
    ----------
    steps : int
        Steps of gradient descent, each with all four samples.
    rate : float
        Learning rate.
    seed : int
        Seed of the initial weights.
    picture : str
        File for the picture; "" for none.
    """
    a, loss = outputs(steps, rate, seed)
    print("Output After Training:")
    print(a)
    error, slope = Y - a, a * (1 - a)
    rows = [
        [str(x.astype(int)), int(y), f"{o:.8f}", f"{e:+.8f}", f"{s:.8f}", f"{e * s:+.8f}"]
        for x, y, o, e, s in zip(X, Y[:, 0], a[:, 0], error[:, 0], slope[:, 0], strict=True)
    ]
    print(table(["inputs", "target", "output", "error", "slope", "error x slope"], rows))
    print(
        "Notice: the output follows the first input, with which the target agrees. Where the\n"
        "network is sure the slope is near 0, so a good output is hardly changed any more."
    )
    save(plots.curves({"loss": loss}), picture)
