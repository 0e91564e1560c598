"""125-32-2 sigmoid, one sample at a time, against libfann."""

from __future__ import annotations

from benchmarks._data import mushroom
from benchmarks._harness import Task
from benchmarks.peers import jax_scan, pytorch
from benchmarks.workloads._training import measure


def run() -> list[dict]:
    x, y = mushroom()
    found = []
    for dtype in ("float32", "float64"):
        arrays = x.astype(dtype), y.astype(dtype)
        task = Task("mushroom", (125, 32, 2), "sigmoid", "sigmoid", "sgd", 0.1, 1, dtype, *arrays)
        found.append(measure(task, without=(pytorch.maker, jax_scan.maker)))
    return found
