"""784-100-10, ReLU and softmax, batch 128, Adam, float32."""

from __future__ import annotations

from benchmarks._data import mnist
from benchmarks._task import Task, Workload


def tasks() -> list[Task]:
    x, y = mnist(12_800)
    sizes = (784, 100, 10)
    return [Task("mlp-small", sizes, "relu", "softmax", "adam", 1e-3, 128, "float32", x, y)]


WORKLOAD = Workload(
    "batch 128, Adam",
    tasks,
    ("glassnet", "PyTorch", "PyTorch fused", "JAX lax.scan", "Keras on JAX", "scikit-learn"),
    {"PyTorch fused": (2, 3), "JAX lax.scan": (1.3, 2), "scikit-learn": (2.5, None)},
)
