"""How long a user waits: the import, and a first fit on digits with empty and with warm cache."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import tempfile
import time
from typing import Any

_FIT = """
import numpy as np
from glassnet import models, datasets
from glassnet.layers import Dense
(x, y), _ = datasets.load("digits")
net = models.Sequential([Dense(30, "sigmoid"), Dense(10, "softmax")], seed=0)
net.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
net.fit(x, y, epochs=3, batch_size=32, verbose=0, backend="{backend}")
"""
_TRIES = 5
# Seconds at most, by backend: with an empty cache, with a warm one.
_MOST = {"auto": (1.5, 1.5), "compiled": (1.5, 0.9)}


def _seconds(code: str, cache: str) -> float:
    start = time.perf_counter()
    environment = {**os.environ, "GLASSNET_CACHE": cache}
    here = pathlib.Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, cwd=here)
    return time.perf_counter() - start


def _best(code: str, cache: str) -> float:
    return min(_seconds(code, cache) for _ in range(_TRIES))


def run() -> dict[str, Any]:
    """Measure whole processes, from their start to their end."""
    results: list[dict[str, Any]] = []

    def add(name: str, seconds: float, most: float | None = None) -> None:
        results.append({"name": name, "value": seconds, "unit": "s", "most": most})

    with tempfile.TemporaryDirectory() as cache:
        add("python alone", _best("", cache))
        add("import numpy", _best("import numpy", cache))
        add("import glassnet", _best("import glassnet", cache), results[-1]["value"] + 0.06)
        for backend, (cold, warm) in _MOST.items():
            code = _FIT.format(backend=backend)
            add(f"first fit, {backend}, empty cache", _seconds(code, cache), cold)
            add(f"first fit, {backend}, warm cache", _best(code, cache), warm)
    return {"workload": "start", "title": "seconds of a whole process", "results": results}
