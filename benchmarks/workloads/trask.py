"""3-4-1 sigmoid, four rows, full batch, float64: the classic."""

from __future__ import annotations

import numpy as np

from benchmarks._task import Task, Workload

X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], np.float64)
Y = np.array([[0], [1], [1], [0]], np.float64)


def tasks() -> list[Task]:
    return [Task("trask", (3, 4, 1), "sigmoid", "sigmoid", "sgd", 1.0, 4, "float64", X, Y, 50)]


WORKLOAD = Workload(
    "full batch of 4",
    tasks,
    ("glassnet", "glassnet on NumPy", "NumPy script", "PyTorch", "JAX lax.scan", "Keras on JAX"),
    {"NumPy script": (60, 100), "JAX lax.scan": (3, 5)},
)
