"""57-64-32-2 on spambase, batch 32, Adam."""

from __future__ import annotations

from benchmarks._data import spambase
from benchmarks._harness import Task
from benchmarks.workloads._training import measure


def run() -> list[dict]:
    x, y = spambase(4_576)
    task = Task("tabular", (57, 64, 32, 2), "relu", "softmax", "adam", 1e-3, 32, "float32", x, y)
    return [measure(task)]
