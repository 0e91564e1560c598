"""Runs contestants side by side: alternating rounds, pauses, medians, and a check of results."""

from __future__ import annotations

import dataclasses
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

# After its turn a peer's worker threads go on spinning for a while; let them fall asleep.
PAUSE = 0.25
ROUNDS = 5
_TOLERANCE = 1e-7
# Seconds a contestant works in each round.
TURN = 0.3


@dataclasses.dataclass
class Task:
    """One training workload: a dense network, its data and how it is trained."""

    name: str
    widths: Sequence[int]
    hidden: str
    output: str  # "softmax" with cross-entropy, or "sigmoid" with half the sum of squares
    optimizer: str  # "sgd" or "adam"
    rate: float
    batch: int
    dtype: str
    x: np.ndarray
    y: np.ndarray  # one-hot for sigmoid outputs, labels for softmax
    check_epochs: int = 1

    @property
    def steps(self) -> int:
        return -(-len(self.x) // self.batch)

    def weights(self) -> list[np.ndarray]:
        """The same starting weights for every contestant: W1, b1, W2, b2 ..."""
        rng = np.random.default_rng(1)
        found: list[np.ndarray] = []
        for rows, columns in zip(self.widths[:-1], self.widths[1:], strict=True):
            found.append(rng.normal(0, rows**-0.5, (rows, columns)).astype(self.dtype))
            found.append(np.zeros(columns, self.dtype))
        return found

    def operations(self) -> int:
        """Operations of the matrix products of one epoch."""
        products = [a * b for a, b in zip(self.widths[:-1], self.widths[1:], strict=True)]
        return 2 * len(self.x) * (3 * sum(products) - products[0])


@dataclasses.dataclass
class Contestant:
    """Something that trains: ``train(epochs)``, and ``weights()`` where they can be had."""

    name: str
    train: Callable[[int], Any]
    weights: Callable[[], list[np.ndarray]] | None = None
    epochs: int = 1  # a turn


@dataclasses.dataclass
class Result:
    """Microseconds a step of one contestant."""

    name: str
    median: float
    best: float
    spread: float  # (largest - smallest) / median
    check: str = ""


def checked(task: Task, makers: Sequence[Callable[[Task], Contestant | None]]) -> dict[str, str]:
    """Train every contestant a little from the same weights and compare what comes out."""
    reference: list[np.ndarray] | None = None
    found = {}
    # In float64, for a few steps: two right programs in float32 drift apart, Adam the more, for
    # it divides gradients that are nothing but rounding by their own size.
    rows = 5 * max(task.batch, 20)
    kind = "float64" if task.y.ndim == 2 else task.y.dtype
    x, y = task.x[:rows].astype("float64"), task.y[:rows].astype(kind)
    task = dataclasses.replace(task, dtype="float64", x=x, y=y)
    for make in makers:
        contestant = make(task)
        if contestant is None:
            continue
        if contestant.weights is None:
            found[contestant.name] = "not compared"
            continue
        contestant.train(task.check_epochs)
        weights = [np.asarray(w, np.float64) for w in contestant.weights()]
        reference = reference or weights
        gap = max(float(np.abs(a - b).max()) for a, b in zip(weights, reference, strict=True))
        found[contestant.name] = f"{'equal' if gap <= _TOLERANCE else 'DIFFERENT'} ({gap:.0e})"
    return found


def side_by_side(
    task: Task, makers: Sequence[Callable[[Task], Contestant | None]], rounds: int = ROUNDS
) -> list[Result]:
    """Time the contestants in turn; the first maker is glassnet's."""
    checks = checked(task, makers)
    contestants = [c for c in (make(task) for make in makers) if c is not None]
    times: dict[str, list[float]] = {c.name: [] for c in contestants}
    for contestant in contestants:
        contestant.epochs = _epochs_of_a_turn(contestant)
    for _ in range(rounds):
        for contestant in contestants:
            time.sleep(PAUSE)
            start = time.perf_counter()
            contestant.train(contestant.epochs)
            seconds = time.perf_counter() - start
            times[contestant.name].append(seconds / contestant.epochs / task.steps * 1e6)
    return [
        Result(
            name,
            statistics.median(t),
            min(t),
            (max(t) - min(t)) / statistics.median(t),
            checks[name],
        )
        for name, t in times.items()
    ]


def _epochs_of_a_turn(contestant: Contestant) -> int:
    """Warm a contestant up; return how many epochs it makes in the length of a turn."""
    contestant.train(2)
    epochs = 1
    while True:
        start = time.perf_counter()
        contestant.train(epochs)
        seconds = time.perf_counter() - start
        if seconds >= TURN / 4:
            return max(1, round(epochs * TURN / seconds))
        epochs *= 4


def product_peak(dtype: str) -> float:
    """The fastest matrix product seen, in operations a second, on all cores."""
    size = 1024
    a = np.random.default_rng(0).random((size, size)).astype(dtype)
    out = np.empty_like(a)
    best = float("inf")
    for _ in range(10):
        start = time.perf_counter()
        np.dot(a, a, out)
        best = min(best, time.perf_counter() - start)
    return 2 * size**3 / best
