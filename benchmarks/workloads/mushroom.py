"""125-32-2 sigmoid, one sample at a time, against libfann."""

from __future__ import annotations

from benchmarks._data import mushroom
from benchmarks._task import Task, Workload


def tasks() -> list[Task]:
    x, y = mushroom()
    return [
        Task("mushroom", (125, 32, 2), "sigmoid", "sigmoid", "sgd", 0.1, 1, dtype,
             x.astype(dtype), y.astype(dtype))
        for dtype in ("float32", "float64")
    ]  # fmt: skip


WORKLOAD = Workload(
    "one sample at a time",
    tasks,
    ("glassnet", "libfann", "NumPy script"),
    {"libfann/float32": (6, 15), "libfann/float64": (5, 8)},
)
