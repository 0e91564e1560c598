"""57-64-32-2 on spambase, ReLU and softmax, batch 32, Adam, float32."""

from __future__ import annotations

from benchmarks._data import spambase
from benchmarks._task import Task, Workload


def tasks() -> list[Task]:
    x, y = spambase(4_576)
    sizes = (57, 64, 32, 2)
    return [Task("tabular", sizes, "relu", "softmax", "adam", 1e-3, 32, "float32", x, y)]


WORKLOAD = Workload(
    "batch 32, Adam",
    tasks,
    ("glassnet", "PyTorch", "PyTorch fused", "JAX lax.scan", "Keras on JAX", "scikit-learn"),
    {"scikit-learn": (10, 15), "PyTorch fused": (12, 18), "JAX lax.scan": (1.3, 1.6)},
)
