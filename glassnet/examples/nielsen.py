"""M. Nielsen's network: MNIST with 30 hidden units, mini-batches of 10, 30 epochs."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet import plots
from glassnet.examples._show import save


def network(hidden: int = 30, rate: float = 3.0, seed: int = 0) -> gn.Sequential:
    """Return 784-hidden-10, all sigmoid; weights and biases from N(0, 1), as in the book."""
    normal = gn.initializers.RandomNormal(0.0, 1.0)
    layers = [
        gn.layers.Dense(units, "sigmoid", kernel_initializer=normal, bias_initializer=normal)
        for units in (hidden, 10)
    ]
    net = gn.Sequential([gn.Input((784,)), *layers], seed=seed)
    loss = gn.losses.HalfSumSquaredError(reduction="mean")
    net.compile(gn.optimizers.SGD(rate), loss, ["accuracy"])
    return net


def data() -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Return pixels from 0 to 1 and one-hot targets: training and test images."""
    train, test = gn.datasets.mnist.load_data()
    return tuple(  # type: ignore[return-value]
        (x.reshape(len(x), 784) / np.float32(255), gn.utils.to_categorical(y, 10))
        for x, y in (train, test)
    )


def train(
    epochs: int = 30, batch_size: int = 10, rate: float = 3.0, hidden: int = 30, seed: int = 0
) -> tuple[gn.Sequential, list[int]]:
    """Return the trained network and the number of right test images after each epoch."""
    (x, y), test = data()
    net, right = network(hidden, rate, seed), []

    def count(epoch: int, logs: dict[str, float]) -> None:
        right.append(round(net.evaluate(*test, verbose=0).accuracy * len(test[0])))
        print(f"Epoch {epoch}: {right[-1]} / {len(test[0])}", flush=True)

    watch = gn.callbacks.LambdaCallback(on_epoch_end=count)
    net.fit(x, y, batch_size=batch_size, epochs=epochs, verbose=0, callbacks=[watch])
    return net, right


def main(
    epochs: int = 30,
    batch_size: int = 10,
    rate: float = 3.0,
    hidden: int = 30,
    seed: int = 0,
    picture: str = "nielsen.png",
) -> None:
    """Train the network, counting right test images after every epoch.

    Parameters
    ----------
    epochs : int
        Passes over the 60,000 training images.
    batch_size : int
        Images a step.
    rate : float
        Learning rate.
    hidden : int
        Units of the hidden layer.
    seed : int
        Seed of initial weights and of the order of the images.
    picture : str
        File for the picture; "" for none.
    """
    _, right = train(epochs, batch_size, rate, hidden, seed)
    print(f"best {max(right) / 100:.2f} %, last {right[-1] / 100:.2f} %; the book prints 95.42 %")
    print(
        "Notice: most is learned in the first epoch. After that the count wanders: the test\n"
        "images only look on, so the best epoch is a lucky one and the last is the honest one."
    )
    curve = {"test images": [count / 100 for count in right]}
    save(plots.runs(curve, ylabel="% right", xlabel="epoch", logarithmic=False), picture)
