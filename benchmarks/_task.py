"""What is measured: tasks, the contestants that do them, and workloads made of both."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

# Rows of the small float64 task on which results are compared before anything is timed.
_CHECKED_BATCHES = 5
_CHECKED_ROWS = 100


class Missing(Exception):
    """A contestant cannot take part; the message says why."""


@dataclasses.dataclass
class Task:
    """A dense network with its data, and how it is trained or asked."""

    name: str
    widths: Sequence[int]
    hidden: str
    output: str  # "softmax" with cross-entropy, "sigmoid" with ½Σ(a - y)², "linear" with the mean
    optimizer: str  # "sgd", "adam", or "rprop" as FANN computes it
    rate: float
    batch: int
    dtype: str
    x: np.ndarray
    y: np.ndarray  # targets for sigmoid outputs, labels for softmax
    check_epochs: int = 1
    unit: str = "step"  # or "call": one row through the network
    epsilon: float = 1e-8  # Adam's

    @property
    def steps(self) -> int:
        """Units of one round of work: the steps of an epoch, or one call."""
        return 1 if self.unit == "call" else -(-len(self.x) // self.batch)

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

    def outputs(self, weights: Sequence[np.ndarray]) -> np.ndarray:
        """What the network answers with these weights, by NumPy."""
        a = np.asarray(self.x, np.float64)
        for number in range(0, len(weights), 2):
            z = a @ weights[number] + weights[number + 1]
            is_last = number == len(weights) - 2
            a = _FUNCTIONS[self.output if is_last else self.hidden](z)
        return a

    def small(self) -> Task:
        """The task in float64, for a few steps.

        Two right programs in float32 drift apart, Adam the more, for it divides gradients that
        are nothing but rounding by their own size. There Adam's epsilon is next to nothing, for
        libraries add it in different places.
        """
        rows = max(_CHECKED_BATCHES * self.batch, _CHECKED_ROWS)
        y = self.y[:rows] if self.y.ndim == 1 else self.y[:rows].astype("float64")
        x = self.x[:rows].astype("float64")
        return dataclasses.replace(self, dtype="float64", x=x, y=y, epsilon=1e-20)


def _softmax(z: np.ndarray) -> np.ndarray:
    grown = np.exp(z - z.max(axis=1, keepdims=True))
    return grown / grown.sum(axis=1, keepdims=True)


_FUNCTIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "relu": lambda z: np.maximum(z, 0),
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "softmax": _softmax,
    "tanh": np.tanh,
    "linear": lambda z: z,
}


@dataclasses.dataclass
class Contestant:
    """Something that does a task.

    ``work(count)`` trains so many epochs, or asks so many times; ``result()`` gives what it has
    come to: the weights W1, b1, W2 ..., or the outputs.
    """

    work: Callable[[int], Any]
    result: Callable[[], Sequence[np.ndarray]] | None = None
    note: str = ""


@dataclasses.dataclass
class Workload:
    """Tasks, who does them (the first is what all others are compared with), and goals.

    ``goals`` holds, by contestant, how many times as fast glassnet is to be: at least, and at best.
    A goal may depend on the float type: then its key is ``"NumPy script/float32"``.
    """

    title: str
    tasks: Callable[[], list[Task]]
    peers: Sequence[str]
    goals: Mapping[str, tuple[float, float | None]] = dataclasses.field(default_factory=dict)

    def goal(self, peer: str, task: Task) -> tuple[float, float | None] | None:
        for key in (f"{peer}/{task.name}", f"{peer}/{task.dtype}", peer):
            if key in self.goals:
                return self.goals[key]
        return None
