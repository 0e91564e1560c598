"""784-1024-1024-10, ReLU and softmax, batch 128, Adam, float32."""

from __future__ import annotations

from benchmarks._data import mnist
from benchmarks._task import Task, Workload


def tasks() -> list[Task]:
    x, y = mnist(3_840)
    sizes = (784, 1024, 1024, 10)
    return [Task("mlp-wide", sizes, "relu", "softmax", "adam", 1e-3, 128, "float32", x, y)]


WORKLOAD = Workload(
    "batch 128, Adam",
    tasks,
    ("glassnet", "PyTorch", "PyTorch fused", "JAX lax.scan", "Keras on JAX", "scikit-learn"),
    {"PyTorch fused": (1.2, 1.4), "JAX lax.scan": (1, 1.15)},
)
