"""J. Loy's two-layer network: 1,500 steps, the loss curve, predictions beside the truth."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet import plots
from glassnet.examples._show import save, table

X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], "float64")
Y = np.array([[0], [1], [1], [0]], "float64")


def train(steps: int = 1_500, seed: int = 0) -> tuple[np.ndarray, list[float]]:
    """Return the outputs before the last step, which the article prints, and the loss curve."""
    if steps < 2:
        raise gn.errors.ArgumentError(
            f"--steps {steps}: what is shown is from before the last of 2"
        )
    layers = [gn.layers.Dense(units, "sigmoid", use_bias=False) for units in (4, 1)]
    net = gn.Sequential([gn.Input((3,)), *layers], "float64")
    net.compile(gn.optimizers.SGD(1.0), "sum_squared_error")
    net.build()
    draw = np.random.RandomState(seed).random_sample
    net.set_weights([draw((3, 4)), draw((4, 1))])
    history = net.fit(X, Y, epochs=steps - 1, batch_size="full", verbose=0)
    return net.predict(X), history.history["loss"]


def main(steps: int = 1_500, seed: int = 0, picture: str = "loy.png") -> None:
    """Train the network and print its predictions.

    Parameters
    ----------
    steps : int
        Steps of gradient descent, each with all four samples.
    seed : int
        Seed of the initial weights, uniform in [0, 1).
    picture : str
        File for the loss curve; "" for none.
    """
    predictions, loss = train(steps, seed)
    rows = [
        [str(x.astype(int)), f"{p:.8f}", int(t)]
        for x, p, t in zip(X, predictions[:, 0], Y[:, 0], strict=True)
    ]
    print(table(["inputs", "prediction", "truth"], rows))
    print(f"loss: {loss[0]:.6f} before the first step, {loss[-1]:.6f} at the end")
    print(
        "Notice: the loss first lies on a plateau, where the network gives 0.5 for everything,\n"
        "and falls when the hidden units have parted."
    )
    save(plots.curves({"loss": loss}), picture)
