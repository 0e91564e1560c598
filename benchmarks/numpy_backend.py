"""Speed of the NumPy backend: ratios to an article's own script and to scikit-learn.

Both sides run in one process and take turns; the ratio of a round is that of two runs one
after the other, and the median over the rounds is printed. Nothing here fails.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import statistics
import time
import warnings
from collections.abc import Callable

import numpy as np

import glassnet as gn

TRASK_STEPS = 60_000
EPOCHS = 30
X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
Y = np.array([[0], [1], [1], [0]])


def article(steps: int) -> float:
    """A. Trask, "A Neural Network in 11 lines of Python", part 2, as it stands there."""
    np.random.seed(1)  # noqa: NPY002
    syn0 = 2 * np.random.random((3, 4)) - 1  # noqa: NPY002
    syn1 = 2 * np.random.random((4, 1)) - 1  # noqa: NPY002
    for _ in range(steps):
        l1 = 1 / (1 + np.exp(-(np.dot(X, syn0))))
        l2 = 1 / (1 + np.exp(-(np.dot(l1, syn1))))
        l2_delta = (Y - l2) * (l2 * (1 - l2))
        l1_delta = l2_delta.dot(syn1.T) * (l1 * (1 - l1))
        syn1 += l1.T.dot(l2_delta)
        syn0 += X.T.dot(l1_delta)
    return float(np.mean(np.abs(Y - l2)))


def trask(steps: int) -> float:
    """The same network, with the loss watched as well, through the public face."""
    dense = gn.layers.Dense
    layers = [dense(4, "sigmoid", use_bias=False), dense(1, "sigmoid", use_bias=False)]
    net = gn.Sequential([gn.Input((3,)), *layers], dtype="float64", seed=0)
    net.compile(gn.optimizers.SGD(1.0), loss="half_sum_squared_error")
    draw = np.random.RandomState(1).random_sample
    net.set_weights([2 * draw((3, 4)) - 1, 2 * draw((4, 1)) - 1])
    net.fit(X, Y, epochs=steps, batch_size="full", verbose=0, backend="numpy")
    return float(np.mean(np.abs(Y - net.predict(X))))


def digits() -> tuple[np.ndarray, np.ndarray]:
    (x, y), _ = gn.datasets.load("digits")
    return np.asarray(x, np.float32) / 16, y


def ours(x: np.ndarray, y: np.ndarray) -> float:
    """64-30-10 on the digits, batches of 32, Adam."""
    net = gn.Sequential([gn.layers.Dense(30, "relu"), gn.layers.Dense(10, "softmax")], seed=0)
    net.compile(gn.optimizers.Adam(1e-3), loss="sparse_categorical_crossentropy")
    net.fit(x, y, epochs=EPOCHS, batch_size=32, verbose=0, backend="numpy")
    return float(np.mean(net.predict_labels(x) == y))


def sklearn(x: np.ndarray, y: np.ndarray) -> float:
    """The same network, rate and number of epochs in scikit-learn."""
    from sklearn.neural_network import MLPClassifier

    net = MLPClassifier(
        (30,),
        alpha=0.0,
        batch_size=32,
        max_iter=EPOCHS,
        n_iter_no_change=EPOCHS + 1,
        random_state=0,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it has not converged, which is meant
        return float(net.fit(x, y).score(x, y))


def timed(run: Callable[[], float]) -> tuple[float, float]:
    started = time.perf_counter()
    result = run()
    return time.perf_counter() - started, result


def compare(name: str, mine: Callable[[], float], theirs: Callable[[], float], rounds: int) -> None:
    """Run both in turns and print the median ratio of speeds."""
    mine(), theirs()  # once before the clock runs
    ratios = []
    for number in range(rounds):
        first, second = (mine, theirs) if number % 2 == 0 else (theirs, mine)
        times = {one: timed(one) for one in (first, second)}
        ratios.append(times[theirs][0] / times[mine][0])
    last = " against ".join(f"{seconds:.3f} s" for seconds, _ in (times[mine], times[theirs]))
    results = " and ".join(f"{result:.6g}" for _, result in (times[mine], times[theirs]))
    spread = f"rounds {min(ratios):.2f} to {max(ratios):.2f}"
    print(f"{name}: {statistics.median(ratios):.2f}x  ({spread}; last {last}; results {results})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=TRASK_STEPS)
    chosen = parser.parse_args()
    steps = chosen.steps
    compare("trask / article", lambda: trask(steps), lambda: article(steps), chosen.rounds)
    x, y = digits()
    compare("digits / sklearn", lambda: ours(x, y), lambda: sklearn(x, y), chosen.rounds)


if __name__ == "__main__":
    main()
