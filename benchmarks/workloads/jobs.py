"""Whole processes, from the start of Python to trained networks, beside other libraries.

With an empty cache and with a warm one: glassnet's machine code, and JAX's compilation cache. The
other libraries have none. Every process says what its networks have reached, and that is checked.
"""

from __future__ import annotations

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks._data import FOLDER, digits, mnist, spambase
from benchmarks._task import Missing
from benchmarks.jobs._job import JOBS, Job

# Name in the table: script in benchmarks/jobs, whether it keeps a cache. All others are compared
# with the first.
_PEERS = {
    "glassnet": ("glass", True),
    "scikit-learn": ("scikit", False),
    "PyTorch": ("pytorch", False),
    "PyTorch, one thread": ("pytorch_one", False),
    "Keras on JAX": ("keras_jax", True),
}
_STATES = ("empty cache", "warm cache")
_HERE = pathlib.Path(__file__).parents[2]


def jobs(rounds: int) -> Iterator[dict[str, Any]]:
    """Measure every job; each gives two tables, for an empty and for a warm cache."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        _write(folder)
        for job in JOBS:
            yield from _measured(job, rounds, folder)


def _write(folder: pathlib.Path) -> None:
    """Write the arrays that all libraries read: float32 features, labels as whole numbers."""
    x, y = digits()
    found = {"digits": ((x / 16).astype(np.float32), y)}
    # What a job must reach is known of real data only.
    if (FOLDER / "tables/spambase.data").exists():
        found["spambase"] = spambase(4601)
    if (FOLDER / "mnist/train-images-idx3-ubyte.gz").exists():
        found["mnist"] = mnist(60_000)
    for name, arrays in found.items():
        for part, array in zip("xy", arrays, strict=True):
            np.save(folder / f"{name}-{part}.npy", array)


def _measured(name: str, rounds: int, folder: pathlib.Path) -> Iterator[dict[str, Any]]:
    job = JOBS[name]
    if not (folder / f"{job.data}-x.npy").exists():
        reason = {"every library": f"the data of {job.data} are not in {FOLDER}"}
        for state in _STATES:
            yield _table(name, state, {}, {}, reason)
        return
    contestants = _Contestants(name, folder)
    turns = [(peer, state) for peer in contestants.present for state in contestants.states(peer)]
    times: dict[tuple[str, str], list[float]] = {turn: [] for turn in turns}
    for number in range(rounds):
        first = number % len(turns)
        for turn in turns[first:] + turns[:first]:
            times[turn].append(contestants.seconds(*turn))
    for state in _STATES:
        of_state = {
            peer: times[peer, state if (peer, state) in times else _STATES[1]]
            for peer in contestants.present
        }
        yield _table(name, state, of_state, contestants.reached, contestants.missing)


class _Contestants:
    """The libraries that can do a job, each with a cache that one run has filled."""

    def __init__(self, name: str, folder: pathlib.Path) -> None:
        self.name, self.folder = name, folder
        self.reached: dict[str, str] = {}
        self.missing: dict[str, str] = {}
        for peer in _PEERS:
            try:
                self.seconds(peer, _STATES[1])
            except Missing as reason:
                self.missing[peer] = str(reason)
        self.present = [peer for peer in _PEERS if peer not in self.missing]

    def states(self, peer: str) -> tuple[str, ...]:
        """The states of the cache that make a difference for a library."""
        return _STATES if _PEERS[peer][1] else _STATES[1:]

    def seconds(self, peer: str, state: str) -> float:
        """Return how long the whole process takes; note what it has reached."""
        if state == "empty cache":
            with tempfile.TemporaryDirectory() as cache:
                return self._process(peer, cache)
        return self._process(peer, str(self.folder / f"{self.name} {peer}"))

    def _process(self, peer: str, cache: str) -> float:
        script = f"benchmarks.jobs.{_PEERS[peer][0]}"
        command = [sys.executable, "-m", script, str(self.folder), self.name]
        environment = _environment(cache)
        start = time.perf_counter()
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=_HERE, env=environment, check=False
        )
        seconds = time.perf_counter() - start
        if done.returncode:
            raise Missing(f"its process failed: {done.stderr.strip().split(chr(10))[-1]}")
        self.reached[peer] = _checked(JOBS[self.name], peer, json.loads(done.stdout))
        return seconds


def _environment(cache: str) -> dict[str, str]:
    """An environment in which caches are at one place, and Python keeps its own as usual."""
    kept = {key: text for key, text in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return kept | {
        "GLASSNET_CACHE": cache,
        "JAX_COMPILATION_CACHE_DIR": cache,
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }


def _checked(job: Job, peer: str, reached: dict[str, float]) -> str:
    """Say what was reached; it must be in the job's band."""
    low, high = job.accuracy
    if not low <= reached["accuracy"] <= high:
        raise RuntimeError(
            f"{peer} came to an accuracy of {reached['accuracy']:.4f} in the job {job.title}, "
            f"and {low:g} to {high:g} are expected: it has not done the same work"
        )
    return f"accuracy {reached['accuracy']:.3f}, loss {reached['loss']:.3f}"


def _table(
    name: str,
    state: str,
    times: dict[str, list[float]],
    reached: dict[str, str],
    missing: dict[str, str],
) -> dict[str, Any]:
    own = statistics.median(times["glassnet"]) if "glassnet" in times else None
    results = []
    for peer, seconds in times.items():
        median = statistics.median(seconds)
        results.append({
            "name": peer, "us": median * 1e6, "best": min(seconds) * 1e6,
            "spread": max(seconds) / min(seconds) - 1, "ratio": median / own if own else None,
            "check": reached[peer], "least": None if peer == "glassnet" else 1.0, "aim": None,
        })  # fmt: skip
    return {"workload": f"jobs {name}", "title": f"{JOBS[name].title}, {state}", "unit": "job",
            "results": results, "missing": missing}  # fmt: skip
