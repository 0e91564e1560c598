"""A. Trask's eleven lines of Python: a hidden layer learns what no single input tells."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet import plots
from glassnet.examples._show import save, table, twelve

X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], "float64")
Y = np.array([[0], [1], [1], [0]], "float64")


def network(rate: float = 1.0, hidden: int = 4, seed: int = 1) -> gn.Sequential:
    """Return the 3-4-1 network with the article's initial weights: uniform in [-1, 1), no bias."""
    layers = [gn.layers.Dense(units, "sigmoid", use_bias=False) for units in (hidden, 1)]
    net = gn.Sequential([gn.Input((3,)), *layers], "float64")
    net.compile(gn.optimizers.SGD(rate), "half_sum_squared_error")
    net.build()
    draw = np.random.RandomState(seed).random_sample
    net.set_weights([2 * draw((3, hidden)) - 1, 2 * draw((hidden, 1)) - 1])
    return net


def errors(
    net: gn.Sequential, steps: int = 60_000, every: int = 10_000, to_the_end: bool = True
) -> list[float]:
    """Train, and return the mean absolute error before steps 0, 10,000, 20,000 ...

    ``to_the_end=False`` leaves out the steps after the last error.
    """
    found = []
    for done in range(0, steps, every):
        found.append(float(np.mean(np.abs(Y - net.predict(X)))))
        count = min(every, steps - done)
        if done + count == steps and not to_the_end:
            break
        # Large rates magnify the last bit of every number, so the sums are those of the article.
        net.fit(X, Y, epochs=count, batch_size="full", verbose=0, backend="numpy")
    return found


def hidden_values(net: gn.Sequential) -> np.ndarray:
    """Return what the hidden layer makes of the four samples."""
    return gn.activations.sigmoid(X @ net.get_weights()[0])


def main(
    steps: int = 60_000,
    rate: float = 1.0,
    hidden: int = 4,
    seed: int = 1,
    picture: str = "trask-three-layers.png",
) -> None:
    """Train the network and print its error on the way.

    Parameters
    ----------
    steps : int
        Steps of gradient descent, each with all four samples.
    rate : float
        Learning rate.
    hidden : int
        Units of the hidden layer.
    seed : int
        Seed of the initial weights.
    picture : str
        File for the picture; "" for none.
    """
    net = network(rate, hidden, seed)
    for error in errors(net, steps):
        print(f"Error:{twelve(error)}")
    a2 = net.predict(X)
    values = hidden_values(net)
    rows = [
        [str(x.astype(int)), *(f"{v:.4f}" for v in h), int(t), f"{o:.5f}", f"{t - o:+.5f}",
         f"{o * (1 - o):.5f}"]
        for x, h, t, o in zip(X, values, Y[:, 0], a2[:, 0], strict=True)
    ]  # fmt: skip
    names = [f"hidden {number}" for number in range(1, hidden + 1)]
    print(table(["inputs", *names, "target", "output", "error", "slope"], rows))
    print(
        "Notice: no input alone agrees with the target (the first two make an XOR), but the\n"
        "hidden units have become inputs that do."
    )
    save(plots.value_grid(values, [str(x.astype(int)) for x in X], names), picture)
