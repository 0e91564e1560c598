"""64-30-10 on digits, ReLU and softmax, batch 32, Adam, float32; the NumPy backend as well."""

from __future__ import annotations

from benchmarks._data import digits
from benchmarks._task import Task, Workload


def tasks() -> list[Task]:
    x, y = digits()
    x, y = x[:1408].astype("float32") / 16, y[:1408]
    return [Task("digits", (64, 30, 10), "relu", "softmax", "adam", 1e-3, 32, "float32", x, y)]


WORKLOAD = Workload(
    "batch 32, Adam",
    tasks,
    ("glassnet", "glassnet on NumPy", "PyTorch fused", "JAX lax.scan", "Keras on JAX",
     "scikit-learn"),
)  # fmt: skip
