"""4-32-16-4 tanh, 10,000 rows as one batch, Adam, float32: the exponential of 2x2 matrices.

The example of SimpleChains.jl (Elrod, 2022), which needs 41 µs an epoch on 18 cores with AVX-512.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import expm

from benchmarks._task import Task, Workload

_ROWS = 10_000


def tasks() -> list[Task]:
    matrices = np.random.default_rng(0).normal(size=(_ROWS, 2, 2))
    x, y = matrices.reshape(_ROWS, 4), expm(matrices).reshape(_ROWS, 4)
    arrays = (x.astype("float32"), y.astype("float32"))
    return [Task("expm", (4, 32, 16, 4), "tanh", "linear", "adam", 1e-3, _ROWS, "float32", *arrays)]


WORKLOAD = Workload(
    "full batch of 10,000, Adam",
    tasks,
    ("glassnet", "glassnet on NumPy", "PyTorch", "PyTorch fused", "JAX lax.scan"),
    {"PyTorch": (8, None)},
)
