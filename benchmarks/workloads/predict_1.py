"""One row through 64-30-10 with ``predict``."""

from __future__ import annotations

from benchmarks._data import digits
from benchmarks._task import Task, Workload


def task(name: str) -> Task:
    x, y = digits()
    arrays = x.astype("float32") / 16, y
    make = ((64, 30, 10), "sigmoid", "softmax", "adam", 1e-3, 32, "float32", *arrays)
    return Task(name, *make, unit="call")


def tasks() -> list[Task]:
    return [task("predict-1")]


WORKLOAD = Workload(
    "one row",
    tasks,
    ("glassnet predict", "scikit-learn predict"),
    {"scikit-learn predict": (10, None)},
)
