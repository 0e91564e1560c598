"""784-100-10, ReLU and softmax, batch 128, Adam, float32."""

from __future__ import annotations

from benchmarks._data import mnist
from benchmarks._harness import Task
from benchmarks.workloads._training import measure


def run() -> list[dict]:
    x, y = mnist(12_800)
    widths = (784, 100, 10)
    task = Task("mlp-small", widths, "relu", "softmax", "adam", 1e-3, 128, "float32", x, y)
    return [measure(task, with_limit=True)]
