"""``run`` of one row through the Python interface of FANN: glassnet's and the real one."""

from __future__ import annotations

from benchmarks._task import Task, Workload
from benchmarks.workloads import fann_mushroom, fann_xor


def tasks() -> list[Task]:
    found = [fann_xor.tasks()[0], fann_mushroom.tasks()[0]]
    for task, name in zip(found, ("fann-run xor", "fann-run mushroom"), strict=True):
        task.name, task.unit = name, "call"
    return found


WORKLOAD = Workload("one row", tasks, ("glassnet.fann run", "fann2"), {"fann2": (1, None)})
