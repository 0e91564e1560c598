"""What a job is: networks to be trained one after the other, and what they must reach.

This file imports NumPy only, for its time counts in every library's process alike.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
import sys
from collections.abc import Callable, Sequence

import numpy as np

# W1, b1, W2, b2 ...; kernels are (n_in, n_out).
Weights = Sequence[np.ndarray]
_CHECKED_ROWS = 5000


@dataclasses.dataclass(frozen=True)
class Net:
    """A dense network with softmax and cross-entropy, trained by Adam in float32, shuffled."""

    widths: tuple[int, ...]
    epochs: int
    batch: int = 32
    rate: float = 1e-3
    hidden: str = "relu"  # or "tanh"
    rows: int | None = None  # the first of all rows
    seed: int = 0


@dataclasses.dataclass(frozen=True)
class Job:
    """Networks on one set of data.

    ``accuracy`` is the band in which the mean accuracy of the networks on the rows that they
    learned from must be.
    """

    title: str
    data: str  # the name of a file of arrays
    nets: tuple[Net, ...]
    accuracy: tuple[float, float]


def _curve() -> tuple[Net, ...]:
    """A learning curve: five numbers of rows, four seeds each."""
    return tuple(
        Net((64, 30, 10), epochs=20, rows=rows, seed=seed)
        for rows in (200, 400, 700, 1000, 1400)
        for seed in range(4)
    )


def _grid() -> tuple[Net, ...]:
    return tuple(
        Net((64, width, 10), epochs=30, rate=rate, hidden=hidden)
        for width in (16, 32, 64)
        for hidden in ("relu", "tanh")
        for rate in (1e-3, 3e-3)
    )


JOBS = {
    "digits": Job(
        "64-30-10, 50 epochs", "digits", (Net((64, 30, 10), epochs=50),), (0.98, 0.995)
    ),
    "spambase": Job(
        "57-64-32-2, 30 epochs", "spambase", (Net((57, 64, 32, 2), epochs=30),), (0.975, 0.995)
    ),
    "mnist": Job(
        "784-128-10, 5 epochs", "mnist", (Net((784, 128, 10), epochs=5, batch=128),), (0.975, 0.99)
    ),
    "curve": Job("learning curve, 20 short fits of 64-30-10", "digits", _curve(), (0.88, 0.93)),
    "grid": Job("12 networks, 64-[16 to 64]-10, 30 epochs", "digits", _grid(), (0.98, 0.995)),
}  # fmt: skip


def trained(train: Callable[[Net, np.ndarray, np.ndarray], Weights]) -> None:
    """Do the job that the command line names, and print mean loss and accuracy as JSON.

    ``train(net, x, y)`` is the library's own part; it returns the trained weights. The networks
    are judged by NumPy, so that this costs every library the same.
    """
    folder, name = sys.argv[1:]
    job = JOBS[name]
    x, y = (np.load(pathlib.Path(folder) / f"{job.data}-{part}.npy") for part in "xy")
    found = []
    for net in job.nets:
        rows = slice(net.rows)
        found.append(_judged(net, train(net, x[rows], y[rows]), x[rows], y[rows]))
    loss, accuracy = np.mean(found, axis=0)
    print(json.dumps({"loss": float(loss), "accuracy": float(accuracy)}))


def _judged(net: Net, weights: Weights, x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Return mean cross-entropy and accuracy on the first of the rows it learned from."""
    x, y = x[:_CHECKED_ROWS], y[:_CHECKED_ROWS]
    a = x
    for number in range(0, len(weights) - 2, 2):
        z = a @ weights[number] + weights[number + 1]
        a = np.tanh(z) if net.hidden == "tanh" else np.maximum(z, 0)
    z = a @ weights[-2] + weights[-1]
    if z.shape[1] == 1:  # one logit for two classes is the second of (0, z)
        z = np.hstack([np.zeros_like(z), z])
    z = z - z.max(axis=1, keepdims=True)
    loss = np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(y)), y]
    return float(loss.mean()), float((z.argmax(axis=1) == y).mean())
