"""The articles' own style: a plain NumPy loop, one line a formula, in float64 or float32."""

from __future__ import annotations

import numpy as np

from benchmarks._task import Contestant, Missing, Task


def maker(task: Task) -> Contestant:
    if (task.hidden, task.output, task.optimizer) != ("sigmoid", "sigmoid", "sgd"):
        raise Missing("the articles have no such network")
    w1, b1, w2, b2 = (w.copy() for w in task.weights())
    rate = np.dtype(task.dtype).type(task.rate)

    def sigmoid(z):
        return 1 / (1 + np.exp(-z))

    def work(epochs: int) -> None:
        nonlocal w1, b1, w2, b2
        for _ in range(epochs):
            for start in range(0, len(task.x), task.batch):
                x, y = task.x[start : start + task.batch], task.y[start : start + task.batch]
                a1 = sigmoid(np.dot(x, w1) + b1)
                a2 = sigmoid(np.dot(a1, w2) + b2)
                d2 = (a2 - y) * a2 * (1 - a2)
                d1 = np.dot(d2, w2.T) * a1 * (1 - a1)
                w2 = w2 - rate * np.dot(a1.T, d2)
                b2 = b2 - rate * d2.sum(axis=0)
                w1 = w1 - rate * np.dot(x.T, d1)
                b1 = b1 - rate * d1.sum(axis=0)

    return Contestant(work, lambda: [w1, b1, w2, b2])
