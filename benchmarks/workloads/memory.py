"""Peak memory of fitting MNIST on 784-256-128-10, above imports and the array given."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import tempfile
from typing import Any

_FIT = """
import pathlib, sys
import numpy as np
import llvmlite.binding
from glassnet import models
from glassnet.layers import Dense
x = np.random.default_rng(0).random((60_000, 784), np.float32)
y = np.random.default_rng(0).integers(0, 10, 60_000)
def peak():
    # Linux counts it from the start of this program; getrusage would count its parent's too.
    status = pathlib.Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024
before = peak()
net = models.Sequential([Dense(256, "relu"), Dense(128, "relu"), Dense(10, "softmax")], seed=0)
net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
net.fit(x, y, epochs=1, batch_size=128, verbose=0, backend="compiled")
print(peak() - before)
"""


# Name, MB at most. The second finds the cache as the first has left it.
_CASES = (("empty cache", 60), ("warm cache", 60))


def run() -> dict[str, Any]:
    """Measure in processes of their own."""
    results: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as cache:
        for name, most in _CASES:
            found = _megabytes(cache)
            results.append({"name": name, "value": found, "unit": "MB", "most": most})
    title = "peak above imports and data, MNIST on 784-256-128-10"
    return {"workload": "memory", "title": title, "results": results}


def _megabytes(cache: str) -> float:
    environment = {**os.environ, "GLASSNET_CACHE": cache}
    here = pathlib.Path(__file__).parents[2]
    command = [sys.executable, "-c", _FIT]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=here, env=environment
    )
    return float(done.stdout)
