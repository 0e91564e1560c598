"""784-200-10 sigmoid on MNIST, one sample at a time."""

from __future__ import annotations

from benchmarks._data import mnist, one_hot
from benchmarks._harness import Task
from benchmarks.peers import fann, jax_scan, pytorch
from benchmarks.workloads._training import measure


def run() -> list[dict]:
    x, labels = mnist(2000)
    found = []
    for dtype in ("float32", "float64"):
        arrays = x.astype(dtype), one_hot(labels, 10, dtype)
        task = Task("rashid", (784, 200, 10), "sigmoid", "sigmoid", "sgd", 0.1, 1, dtype, *arrays)
        without = (fann.maker, pytorch.maker, jax_scan.maker)
        found.append(measure(task, without=without))
    return found
