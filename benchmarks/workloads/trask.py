"""3-4-1 sigmoid, four rows, full batch, float64: the classic."""

from __future__ import annotations

import numpy as np

from benchmarks._harness import Task
from benchmarks.peers import pytorch
from benchmarks.workloads._training import measure

X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], np.float64)
Y = np.array([[0], [1], [1], [0]], np.float64)


def run() -> list[dict]:
    task = Task("trask", (3, 4, 1), "sigmoid", "sigmoid", "sgd", 1.0, 4, "float64", X, Y, 50)
    return [measure(task, without=(pytorch.maker,))]
