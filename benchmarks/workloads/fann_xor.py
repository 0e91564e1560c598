"""2-3-1 on XOR: FANN's incremental training and RPROP, through its interface and ours."""

from __future__ import annotations

import numpy as np

from benchmarks._task import Task, Workload

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float64)
Y = np.array([[0], [1], [1], [0]], np.float64)


def tasks() -> list[Task]:
    make = ((2, 3, 1), "sigmoid", "sigmoid")
    return [
        Task("fann-xor incremental", *make, "sgd", 0.7, 1, "float64", X, Y, 20),
        Task("fann-xor rprop", *make, "rprop", 1.0, 4, "float64", X, Y, 5),
    ]


WORKLOAD = Workload(
    "four rows",
    tasks,
    ("glassnet.fann", "glassnet", "libfann", "fann2"),
    {"libfann": (1, None), "fann2": (1, None)},
)
