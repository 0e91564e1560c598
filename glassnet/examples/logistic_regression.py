"""Logistic regression is one sigmoid neuron: breast cancer, against the exact optimum."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn
from glassnet import plots
from glassnet.examples._show import save, table


def data() -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Return standardised measurements and 0/1 targets: training and test part."""
    (x_train, y_train), (x_test, y_test) = gn.datasets.load("breast_cancer")
    mean, deviation = x_train.mean(axis=0, dtype="f8"), x_train.std(axis=0, dtype="f8")
    targets = (y.reshape(-1, 1).astype("f8") for y in (y_train, y_test))
    train, test = ((x - mean) / deviation for x in (x_train, x_test))
    return (train, next(targets)), (test, next(targets))


def neuron(optimizer: Any, decay: float) -> gn.Sequential:
    """Return the neuron; a little decay of its weights gives the loss a minimum."""
    layer = gn.layers.Dense(1, "sigmoid", kernel_regularizer=gn.layers.regularizers.L2(decay))
    net = gn.Sequential([gn.Input((30,)), layer], "float64", seed=0)
    net.compile(optimizer, "binary_crossentropy", ["accuracy"])
    return net


def exact(x: np.ndarray, y: np.ndarray, decay: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights of the minimum: Newton's method, until nothing changes."""
    A = np.column_stack([x, np.ones(len(x))])
    w, shrink = np.zeros((A.shape[1], 1)), 2 * decay * np.r_[np.ones(x.shape[1]), 0.0]
    for _ in range(50):
        p = gn.activations.sigmoid(A @ w)
        gradient = A.T @ (p - y) / len(y) + shrink[:, None] * w
        step = np.linalg.solve(A.T @ (p * (1 - p) * A) / len(y) + np.diag(shrink), gradient)
        w -= step
        if np.abs(step).max() < 1e-14:
            break
    return w[:-1], w[-1]


def compare(epochs: int = 3_000, rate: float = 1.0, decay: float = 1e-3) -> dict[str, list[float]]:
    """Return loss, distance of the weights from the optimum, and test accuracy by method."""
    (x, y), (x_test, y_test) = data()
    best = exact(x, y, decay)
    optimum = neuron("sgd", decay)
    optimum.set_weights(list(best))
    nets = {"exact optimum": optimum}
    for name, optimizer in [("gradient descent", gn.optimizers.SGD(rate)), ("L-BFGS", "lbfgs")]:
        nets[name] = neuron(optimizer, decay)
        nets[name].fit(x, y, epochs=epochs, batch_size="full", verbose=0)
    return {
        name: [
            net.evaluate(x, y, verbose=0).loss,
            float(np.abs(net.get_weights()[0] - best[0]).max()),
            net.evaluate(x_test, y_test, verbose=0).accuracy,
        ]
        for name, net in nets.items()
    }


def main(
    epochs: int = 3_000,
    rate: float = 1.0,
    decay: float = 1e-3,
    picture: str = "logistic-regression.png",
) -> None:
    """Train the neuron in two ways and compare with the exact optimum.

    Parameters
    ----------
    epochs : int
        Steps of gradient descent, each with all samples.
    rate : float
        Learning rate.
    decay : float
        Weight of the penalty on Σ w²; without it the two classes can be parted and the best
        weights are infinite.
    picture : str
        File for the picture; "" for none.
    """
    rows = [
        [name, f"{loss:.12f}", f"{distance:.1e}", f"{accuracy:.1%}"]
        for name, (loss, distance, accuracy) in compare(epochs, rate, decay).items()
    ]
    print(table(["method", "loss", "largest error of a weight", "test accuracy"], rows))
    (x, y), _ = data()
    weights = exact(x, y, decay)[0].ravel()
    names = gn.datasets.breast_cancer.info().feature_names
    for place in np.argsort(-np.abs(weights))[:5]:
        print(f"  {names[place]:<26}{weights[place]:+.3f}")
    print(
        "Notice: the loss of one sigmoid neuron has one minimum, so every method that goes\n"
        "downhill ends at the same weights. With a hidden layer this is no longer so."
    )
    save(plots.weight_bars(weights, names), picture)
