"""64-30-10 sigmoid on digits, full batch, float64."""

from __future__ import annotations

from benchmarks._data import digits, one_hot
from benchmarks._harness import Task
from benchmarks.workloads._training import measure


def run() -> list[dict]:
    x, labels = digits()
    x, y = x[:1078] / 16, one_hot(labels[:1078], 10, "float64")
    task = Task(
        "thomas",
        (64, 30, 10),
        "sigmoid",
        "sigmoid",
        "sgd",
        0.001,
        1078,
        "float64",
        x,
        y,
        20,
    )
    return [measure(task)]
