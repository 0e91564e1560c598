"""``train`` row by row through the Python interface of FANN: glassnet's and the real one."""

from __future__ import annotations

from benchmarks._task import Task, Workload
from benchmarks.workloads import fann_mushroom, fann_xor


def tasks() -> list[Task]:
    found = [fann_xor.tasks()[0], fann_mushroom.tasks()[0]]
    for task, name in zip(found, ("fann-train xor", "fann-train mushroom"), strict=True):
        task.name = name
    return found


WORKLOAD = Workload(
    "a call a row", tasks, ("glassnet.fann train", "fann2 train"), {"fann2 train": (1, None)}
)
