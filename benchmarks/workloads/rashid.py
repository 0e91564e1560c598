"""784-200-10 sigmoid on MNIST, one sample at a time."""

from __future__ import annotations

from benchmarks._data import mnist, one_hot
from benchmarks._task import Task, Workload


def tasks() -> list[Task]:
    x, labels = mnist(2000)
    return [
        Task("rashid", (784, 200, 10), "sigmoid", "sigmoid", "sgd", 0.1, 1, dtype,
             x.astype(dtype), one_hot(labels, 10, dtype))
        for dtype in ("float32", "float64")
    ]  # fmt: skip


WORKLOAD = Workload(
    "one sample at a time",
    tasks,
    ("glassnet", "NumPy script", "libfann", "JAX lax.scan"),
    {"NumPy script/float32": (9, 15), "NumPy script/float64": (5, 8)},
)
