"""64-30-10 sigmoid on digits, full batch, float64."""

from __future__ import annotations

from benchmarks._data import digits, one_hot
from benchmarks._task import Task, Workload


def tasks() -> list[Task]:
    x, labels = digits()
    x, y = x[:1078] / 16, one_hot(labels[:1078], 10, "float64")
    sizes = (64, 30, 10)
    return [Task("thomas", sizes, "sigmoid", "sigmoid", "sgd", 1e-3, 1078, "float64", x, y, 20)]


WORKLOAD = Workload(
    "full batch of 1,078",
    tasks,
    ("glassnet", "glassnet on NumPy", "NumPy script", "PyTorch", "JAX lax.scan", "Keras on JAX"),
    {"NumPy script": (2, 3), "PyTorch": (3, None), "JAX lax.scan": (1.3, None)},
)
