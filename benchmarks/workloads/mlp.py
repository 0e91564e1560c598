"""784-256-128-10, ReLU and softmax, batch 128, Adam, float32."""

from __future__ import annotations

from benchmarks._data import mnist
from benchmarks._task import Task, Workload


def tasks() -> list[Task]:
    x, y = mnist(12_800)
    sizes = (784, 256, 128, 10)
    return [Task("mlp", sizes, "relu", "softmax", "adam", 1e-3, 128, "float32", x, y)]


WORKLOAD = Workload(
    "batch 128, Adam",
    tasks,
    ("glassnet", "PyTorch", "PyTorch fused", "JAX lax.scan", "Keras on JAX", "scikit-learn"),
    {"PyTorch fused": (1.7, 2.2), "JAX lax.scan": (1.1, 1.5), "scikit-learn": (10, None)},
)
