"""How well ``backend="auto"`` knows what a step costs: its estimate beside NumPy's time.

One thread, processor time: what other programs do at the same moment matters least.
"""

from __future__ import annotations

import importlib
import os
import time
from typing import Any

from benchmarks._task import Task

_NAMES = ("trask", "mushroom", "rashid", "thomas", "tabular", "mlp_small", "mlp", "mlp_wide")
_ROUNDS = 5
_SECONDS = 0.2


def run() -> dict[str, Any]:
    """Return estimate and measurement of a step for every task of the workloads with batches."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"
    results: list[dict[str, Any]] = []
    for name in _NAMES:
        workload = importlib.import_module(f"benchmarks.workloads.{name}").WORKLOAD
        results += [_ratio(task) for task in workload.tasks()]
    return {
        "workload": "estimate",
        "title": "estimate of auto beside NumPy's time",
        "results": results,
    }


def _ratio(task: Task) -> dict[str, Any]:
    from benchmarks.peers.glass import maker, network
    from glassnet.backends.choice import estimated_seconds

    expected = estimated_seconds(network(task).network.step(), task.batch)
    epochs = max(1, round(_SECONDS / (expected * task.steps)))
    contestant = maker(task, "numpy")
    contestant.work(1)
    best = min(_seconds(contestant.work, epochs) for _ in range(_ROUNDS)) / (epochs * task.steps)
    name = f"{task.name} {task.dtype}"
    return {"name": name, "value": expected / best, "unit": "x of the time", "most": 2}


def _seconds(work: Any, epochs: int) -> float:
    start = time.process_time()
    work(epochs)
    return time.process_time() - start
