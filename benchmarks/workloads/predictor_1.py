"""One row through 64-30-10 with a predictor made for it."""

from __future__ import annotations

from benchmarks._task import Task, Workload
from benchmarks.workloads.predict_1 import task


def tasks() -> list[Task]:
    return [task("predictor-1")]


WORKLOAD = Workload(
    "one row",
    tasks,
    ("glassnet predictor", "scikit-learn predict"),
    {"scikit-learn predict": (50, None)},
)
