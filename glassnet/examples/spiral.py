"""The spiral of the CS231n notes: a linear classifier fails, one hidden layer does it."""

from __future__ import annotations

import glassnet as gn
from glassnet import plots
from glassnet.examples._show import save


def network(hidden: int, seed: int = 0) -> gn.Sequential:
    """Return 2-hidden-3 with ReLU and softmax, as in the notes; ``hidden=0``: linear."""
    small, decay = gn.initializers.RandomNormal(0.0, 0.01), gn.layers.regularizers.L2(0.0005)
    layers = [
        gn.layers.Dense(units, name_, kernel_initializer=small, kernel_regularizer=decay)
        for units, name_ in ((hidden, "relu"), (3, "softmax"))
        if units
    ]
    net = gn.Sequential([gn.Input((2,)), *layers], seed=seed)
    net.compile(gn.optimizers.SGD(1.0), "sparse_categorical_crossentropy", ["accuracy"])
    return net


def train(hidden: int, epochs: int, seed: int = 0) -> tuple[gn.Sequential, float]:
    """Return the trained network and its accuracy on the 300 points."""
    x, y = gn.datasets.spiral(seed=seed)
    net = network(hidden, seed)
    net.fit(x, y, epochs=epochs, batch_size="full", verbose=0)
    return net, net.evaluate(x, y, verbose=0).accuracy


def main(
    hidden: int = 100, epochs: int = 10_000, seed: int = 0, picture: str = "spiral.png"
) -> None:
    """Train a linear classifier and a network with a hidden layer on three arms of a spiral.

    Parameters
    ----------
    hidden : int
        Units of the hidden layer.
    epochs : int
        Steps of the network, each with all points; the linear classifier makes 200.
    seed : int
        Seed of the points and of the initial weights.
    picture : str
        File for the decision boundaries; "" for none.
    """
    if hidden < 1:
        raise gn.errors.ArgumentError(f"--hidden {hidden}: the hidden layer needs at least 1 unit")
    linear, linear_accuracy = train(0, 200, seed)
    deep, accuracy = train(hidden, epochs, seed)
    print(f"linear classifier            {linear_accuracy:.1%}")
    print(f"one hidden layer of {hidden:<9}{accuracy:.1%}")
    print(
        "Notice: a linear classifier can only cut the plane with straight lines. The hidden\n"
        "layer bends the borders along the arms."
    )
    x, y = gn.datasets.spiral(seed=seed)
    panels = [
        (f"linear: {linear_accuracy:.1%}", linear.predict_labels, x, y),
        (f"2-{hidden}-3: {accuracy:.1%}", deep.predict_labels, x, y),
    ]
    save(plots.boundary_panels(panels), picture)
