"""125-32-2 on mushrooms: FANN's incremental training and RPROP, through its interface and ours."""

from __future__ import annotations

from benchmarks._data import mushroom
from benchmarks._task import Task, Workload


def tasks() -> list[Task]:
    x, y = mushroom()
    make = ((125, 32, 2), "sigmoid", "sigmoid")
    return [
        Task("fann-mushroom incremental", *make, "sgd", 0.1, 1, "float64", x, y),
        # Later a few slopes are nothing but rounding, and RPROP goes by their signs.
        Task("fann-mushroom rprop", *make, "rprop", 1.0, len(x), "float64", x, y, 2),
    ]


WORKLOAD = Workload(
    "4,062 rows",
    tasks,
    ("glassnet.fann", "glassnet", "libfann", "fann2"),
    {"libfann": (3, None), "fann2": (3, None)},
)
