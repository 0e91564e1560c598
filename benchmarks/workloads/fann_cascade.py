"""10-[1]x25-2 by RPROP, 10,000 epochs: whole processes of glassnet.fann beside those of libfann.

A process starts Python, reads network and rows from files, and trains. The limit that is shown for
glassnet is half the time of libfann in the same rounds.
"""

from __future__ import annotations

import ctypes
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any

_WRITE = """
import sys
import numpy as np
from glassnet import fann
rows = int(sys.argv[1])
rng = np.random.default_rng(0)
fann.seed(1)
net, data = fann.neural_net(), fann.training_data()
net.create_shortcut_array((10, *[1] * 25, 2))
net.save("start.net")
data.set_train_data(rng.random((rows, 10)).tolist(), rng.integers(0, 2, (rows, 2)).tolist())
data.save_train("rows.data")
"""
# An error below 0 is never reached, so every epoch is made.
_GLASSNET = """
import sys
from glassnet import fann
net, data = fann.neural_net(), fann.training_data()
net.create_from_file("start.net")
data.read_train_from_file("rows.data")
net.set_backend(sys.argv[1])
net.train_on_data(data, 10_000, 0, -1.0)
"""
_LIBFANN = """
import ctypes
import sys
fann = ctypes.CDLL(sys.argv[1])
fann.fann_create_from_file.restype = fann.fann_read_train_from_file.restype = ctypes.c_void_p
net = ctypes.c_void_p(fann.fann_create_from_file(b"start.net"))
data = ctypes.c_void_p(fann.fann_read_train_from_file(b"rows.data"))
fann.fann_train_on_data(net, data, 10_000, 0, ctypes.c_float(-1.0))
"""
_LIBRARIES = {"double": "libdoublefann.so.2", "float": "libfloatfann.so.2"}
_ROWS = (128, 1024)
_ROUNDS = 3


def run() -> dict[str, Any]:
    """Measure in alternating processes; the median of the rounds."""
    libraries = {name: library for name, library in _LIBRARIES.items() if _is_installed(library)}
    results = [result for rows in _ROWS for result in _results(rows, libraries)]
    title = "10-[1]x25-2, RPROP, 10,000 epochs, seconds of a whole process"
    missing = {} if libraries else {"libfann": "libfann2 is not installed"}
    return {"workload": "fann-cascade", "title": title, "results": results, "missing": missing}


def _is_installed(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _results(rows: int, libraries: dict[str, str]) -> list[dict[str, Any]]:
    times: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        _seconds(_WRITE, str(rows), folder, folder)
        for _ in range(_ROUNDS):
            for name, library in libraries.items():
                seconds = _seconds(_LIBFANN, library, folder, folder)
                times.setdefault(f"libfann, {name}", []).append(seconds)
            for backend in ("compiled", "auto"):
                with tempfile.TemporaryDirectory() as cache:
                    for state in ("empty", "warm"):
                        seconds = _seconds(_GLASSNET, backend, folder, cache)
                        label = f"glassnet.fann, {backend}, {state} cache"
                        times.setdefault(label, []).append(seconds)
    medians = {name: statistics.median(found) for name, found in times.items()}
    peers = [value for name, value in medians.items() if name.startswith("libfann")]
    most = min(peers) / 2 if peers else None
    return [
        {"name": f"{rows} rows: {name}", "value": value, "unit": "s",
         "most": most if name.startswith("glassnet") else None}
        for name, value in medians.items()
    ]  # fmt: skip


def _seconds(code: str, argument: str, folder: str, cache: str) -> float:
    paths = [str(pathlib.Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "GLASSNET_CACHE": cache}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    start = time.perf_counter()
    command = [sys.executable, "-c", code, argument]
    subprocess.run(command, check=True, env=environment, cwd=folder)
    return time.perf_counter() - start
