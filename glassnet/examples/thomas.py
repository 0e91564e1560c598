"""A. Thomas's digits: 64-30-10 from the article's 86 % up a ladder to 97 %."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import numpy as np

import glassnet as gn
from glassnet import plots
from glassnet.examples._show import save, table

Split = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def standardised(x: np.ndarray) -> np.ndarray:
    """Return columns of mean 0 and deviation 1; a column that never changes becomes 0."""
    deviation = x.std(axis=0, dtype="f8")
    return (x - x.mean(axis=0, dtype="f8")) / np.where(deviation > 0, deviation, 1.0)


def data(seed: int = 0) -> Split:
    """Return scaled pixels and digits: 60 % to train with, 40 % to test."""
    digits = gn.datasets.digits.info()
    return gn.datasets.train_test_split(standardised(digits.x), digits.y, 0.4, seed, False)


def step_by_loops(W: dict, b: dict, X: np.ndarray, y: np.ndarray, alpha: float) -> None:
    """Make one step, in place: sample by sample, ΔW and Δb added up, as the article does it."""
    f = gn.classic.f
    dW = {place: np.zeros_like(W[place]) for place in W}
    db = {place: np.zeros_like(b[place]) for place in b}
    last = len(W) + 1
    for x, target in zip(X, y, strict=True):
        h = {1: x}
        for place in range(1, last):
            h[place + 1] = f(W[place] @ h[place] + b[place])
        delta = -(target - h[last]) * h[last] * (1 - h[last])
        for place in range(last - 1, 0, -1):
            dW[place] += np.outer(delta, h[place])
            db[place] += delta
            delta = (W[place].T @ delta) * h[place] * (1 - h[place])
    for place in W:
        W[place] -= alpha * dW[place] / len(X)
        b[place] -= alpha * db[place] / len(X)


def loops_beside_network(iterations: int = 3, alpha: float = 0.25, seed: int = 0) -> float:
    """Return the largest difference of any weight after some steps made in both ways."""
    (X, labels), _ = data(seed)
    y = gn.classic.convert_y_to_vect(labels)
    np.random.seed(seed)  # noqa: NPY002  both start from the same draws
    W, b = gn.classic.setup_and_init_weights([64, 30, 10])
    net = article_network(alpha)
    net.set_weights([part for k in W for part in (W[k].T, b[k])])
    net.fit(X, y, batch_size="full", epochs=iterations, verbose=0)
    for _ in range(iterations):
        step_by_loops(W, b, X, y, alpha)
    looped = [part for k in W for part in (W[k].T, b[k])]
    return max(float(np.abs(p - q).max()) for p, q in zip(looped, net.get_weights(), strict=True))


def article_network(alpha: float = 0.25, initializer: Any = None, seed: int = 0) -> gn.Sequential:
    """Return 64-30-10, all sigmoid, ½Σ(y - h)² averaged over the samples, gradient descent."""
    layers = [
        gn.layers.Dense(
            units,
            "sigmoid",
            kernel_initializer=initializer or "glorot_uniform",
            bias_initializer=initializer or "zeros",
        )
        for units in (30, 10)
    ]
    net = gn.Sequential([gn.Input((64,)), *layers], "float64", seed=seed)
    net.compile(gn.optimizers.SGD(alpha), gn.losses.HalfSumSquaredError("mean"))
    net.build()
    return net


def article(iterations: int = 3_000, alpha: float = 0.25, seed: int = 0) -> tuple[float, list]:
    """Return test accuracy and average cost with weights and biases from U[0, 1)."""
    (X, labels), (X_test, y_test) = data(seed)
    np.random.seed(seed)  # noqa: NPY002
    y = gn.classic.convert_y_to_vect(labels)
    W, b, cost = gn.classic.train_nn([64, 30, 10], X, y, iterations, alpha)
    return float(np.mean(gn.classic.predict_y(W, b, X_test, 3) == y_test)), cost


def better_weights(iterations: int = 3_000, alpha: float = 0.25, seed: int = 0) -> float:
    """Return test accuracy of the same network and steps from glassnet's initial weights."""
    (X, y), (X_test, y_test) = data(seed)
    net = article_network(alpha, seed=seed)
    net.fit(X, gn.utils.to_categorical(y), batch_size="full", epochs=iterations, verbose=0)
    return gn.metrics.accuracy(y_test, net.predict(X_test))


def ready_optimizer(epochs: int = 60, seed: int = 0) -> float:
    """Return test accuracy with Adam and mini-batches of 32 instead."""
    (X, y), (X_test, y_test) = data(seed)
    net = article_network(seed=seed)
    net.compile(gn.optimizers.Adam(0.01), gn.losses.HalfSumSquaredError("mean"))
    net.fit(X, gn.utils.to_categorical(y), epochs=epochs, verbose=0)
    return gn.metrics.accuracy(y_test, net.predict(X_test))


def softmax(
    epochs: int = 60, seed: int = 0, activation: str = "sigmoid", pixels: bool = False
) -> float:
    """Return test accuracy with a softmax output and cross-entropy.

    ``pixels=True`` takes the pixels as x/16, so that noise at the edge is not blown up.
    """
    digits = gn.datasets.digits.info()
    x = digits.x / 16 if pixels else standardised(digits.x)
    train, test = gn.datasets.train_test_split(x, digits.y, 0.4, seed, False)
    layers = [gn.layers.Dense(30, activation), gn.layers.Dense(10, "softmax")]
    net = gn.Sequential([gn.Input((64,)), *layers], seed=seed)
    net.compile(gn.optimizers.Adam(0.01), "sparse_categorical_crossentropy", ["accuracy"])
    net.fit(*train, epochs=epochs, verbose=0)
    return net.evaluate(*test, verbose=0).accuracy


def best(seed: int = 0) -> float:
    """Return test accuracy at the end of the ladder."""
    return softmax(120, seed, "tanh", pixels=True)


def ladder(iterations: int = 3_000, alpha: float = 0.25, splits: int = 3) -> dict[str, list[float]]:
    """Return the accuracies of each step, one a split; each step changes one thing or two."""
    steps = {
        "the article: weights and biases from U[0, 1)": lambda k: article(iterations, alpha, k)[0],
        "better initial weights, else the same": lambda k: better_weights(iterations, alpha, k),
        "a ready optimizer: Adam, batches of 32, 60 epochs": lambda k: ready_optimizer(seed=k),
        "softmax and cross-entropy": lambda k: softmax(seed=k),
        "tanh in the hidden layer, pixels / 16": best,
    }
    return {name: [step(seed) for seed in range(splits)] for name, step in steps.items()}


def look_at_the_data() -> np.ndarray:
    """Print what goes in and out for the first digit, and return its image."""
    digits = gn.datasets.digits.info()
    image = digits.x[0].reshape(8, 8)
    print(f"the first digit, a {digits.y[0]}: its pixels, and its first rows scaled")
    print(image.astype(int))
    print(np.round(standardised(digits.x)[0, :16].reshape(2, 8), 2))
    print(f"as a target: {gn.classic.convert_y_to_vect(digits.y[:1])[0].astype(int)}")
    (x, _), (x_test, _) = data()
    print(f"{len(x)} digits to train with, {len(x_test)} to test")
    return image


def main(
    iterations: int = 3_000, alpha: float = 0.25, splits: int = 3, picture: str = "thomas.png"
) -> None:
    """Follow the article, then climb from its 86 %.

    Parameters
    ----------
    iterations : int
        Steps of gradient descent, each with all training samples.
    alpha : float
        Learning rate of the article's network.
    splits : int
        Random splits to measure every step of the ladder on.
    picture : str
        File for the first digit and the cost curve; "" for none.
    """
    image = look_at_the_data()
    difference = loops_beside_network(3, alpha)
    print(f"3 steps by loops over samples and as matrices: weights differ by {difference:.1e}")
    accuracy, cost = article(iterations, alpha)
    print(f"accuracy {accuracy:.2%}; the article prints 86 %")
    with contextlib.redirect_stdout(io.StringIO()):
        steps = ladder(iterations, alpha, splits)
    rows = [[name, f"{np.mean(a):.2%}", f"{min(a):.2%}"] for name, a in steps.items()]
    print(table(["step", f"mean of {splits} splits", "lowest"], rows))
    print(
        "Notice: the largest step is the first. Weights that are all positive drive every\n"
        "hidden unit to the flat end of the sigmoid, where it learns next to nothing."
    )
    save(plots.digit_and_costs(image, "the first digit", cost), picture)
