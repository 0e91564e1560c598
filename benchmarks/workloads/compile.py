"""How long a first fit waits for machine code: whole processes, above the same one on NumPy."""

from __future__ import annotations

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any

_DENSE = """
import sys
import numpy as np
import glassnet as gn
widths, batch, backend = {widths}, {batch}, sys.argv[1]
rng = np.random.default_rng(0)
x = rng.normal(size=(2 * batch, widths[0])).astype("float32")
y = rng.integers(0, widths[-1], 2 * batch)
hidden = [gn.layers.Dense(width, "relu") for width in widths[1:-1]]
net = gn.Sequential([*hidden, gn.layers.Dense(widths[-1], "softmax")], seed=0)
net.compile("adam", "sparse_categorical_crossentropy")
net.fit(x, y, batch_size=batch, verbose=0, backend=backend)
"""
_CASCADE = """
import sys
import numpy as np
from glassnet import fann
rng = np.random.default_rng(0)
net, data = fann.neural_net(), fann.training_data()
net.create_shortcut_array((10, *[1] * {hidden}, 2))
data.set_train_data(rng.random((128, 10)).tolist(), rng.integers(0, 2, (128, 2)).tolist())
net.set_backend(sys.argv[1])
net.train_on_data(data, 1, 0, 0.0)
"""
# Name, program, seconds at most with an empty cache and with a warm one.
_CASES = (
    ("tabular 57-64-32-2", _DENSE.format(widths=(57, 64, 32, 2), batch=32), 0.5, 0.05),
    ("mlp 784-256-128-10", _DENSE.format(widths=(784, 256, 128, 10), batch=128), 0.7, 0.05),
    ("24 layers of 16", _DENSE.format(widths=(16,) * 25, batch=64), 1.2, None),
    ("FANN cascade 10-[1]x25-2", _CASCADE.format(hidden=25), 2, None),
    ("FANN cascade 10-[1]x100-2", _CASCADE.format(hidden=100), 5, None),
)
_ROUNDS = 7


def run() -> dict[str, Any]:
    """Measure in processes of their own; the median of the rounds."""
    results: list[dict[str, Any]] = []
    for name, code, cold_most, warm_most in _CASES:
        cold, warm = [], []
        for _ in range(_ROUNDS):
            with tempfile.TemporaryDirectory() as cache:
                plain = _seconds(code, "numpy", cache)
                cold.append(_seconds(code, "compiled", cache) - plain)
                warm.append(_seconds(code, "compiled", cache) - plain)
        for state, found, most in (("empty", cold, cold_most), ("warm", warm, warm_most)):
            value = statistics.median(found)
            label = f"{name}, {state} cache"
            results.append({"name": label, "value": value, "unit": "s", "most": most})
    title = "seconds above NumPy's process, first fit"
    return {"workload": "compile", "title": title, "results": results}


def _seconds(code: str, backend: str, cache: str) -> float:
    start = time.perf_counter()
    environment = {**os.environ, "GLASSNET_CACHE": cache}
    here = pathlib.Path(__file__).parents[2]
    command = [sys.executable, "-c", code, backend]
    subprocess.run(command, check=True, env=environment, cwd=here)
    return time.perf_counter() - start
