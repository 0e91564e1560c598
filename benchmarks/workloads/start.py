"""How long a user waits: the import, and a first fit on digits with empty and warm cache."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time

_FIT = """
import numpy as np
from glassnet import models, datasets
from glassnet.layers import Dense
(x, y), _ = datasets.load("digits")
net = models.Sequential([Dense(30, "sigmoid"), Dense(10, "softmax")], seed=0)
net.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
net.fit(x, y, epochs=3, batch_size=32, verbose=0, backend="{backend}")
"""


def _seconds(code: str, cache: str) -> float:
    start = time.perf_counter()
    environment = {**os.environ, "GLASSNET_CACHE": cache}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    return time.perf_counter() - start


def run() -> list[dict]:
    print("\nstart: seconds of a whole process")
    found = []

    def report(name: str, seconds: float) -> None:
        print(f"  {name:34} {seconds:6.2f} s")
        found.append({"name": name, "seconds": seconds})

    with tempfile.TemporaryDirectory() as empty:
        report("python alone", min(_seconds("", empty) for _ in range(3)))
        report("import numpy", min(_seconds("import numpy", empty) for _ in range(3)))
        report("import glassnet", min(_seconds("import glassnet", empty) for _ in range(3)))
        for backend in ("auto", "numba"):
            code = _FIT.format(backend=backend)
            report(f"first fit, {backend}, empty cache", _seconds(code, empty))
            report(
                f"first fit, {backend}, warm cache", min(_seconds(code, empty) for _ in range(3))
            )
    return [{"workload": "start", "results": found}]
