"""Runs contestants side by side: a process each, alternating turns, pauses, medians, one check.

Every contestant has a process of its own, so that no library's threads, memory or settings
disturb another's. Between turns there is a pause, for worker threads go on spinning for a while
after their work is done. The order changes from round to round.
"""

from __future__ import annotations

import importlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks._task import Missing, Task, Workload

PAUSE = 0.25
ROUNDS = 5
# Weights agree to this in float64 after a few steps, and outputs where an optimizer's rule
# puts epsilon, or a slope of 0, elsewhere.
_SAME_WEIGHTS, _SAME_OUTPUTS = 1e-7, 1e-5


class Process:
    """A contestant in its own process.

    ``start`` begins the command (Python and what it runs), which the names of workload, task and
    contestant end; ``environment`` holds variables that differ from this process's own.
    """

    def __init__(
        self,
        workload: str,
        number: int,
        peer: str,
        start: Sequence[str] = (sys.executable, "-m", "benchmarks._worker"),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.peer = peer
        command = [*start, workload, str(number), peer]
        here = pathlib.Path(__file__).parents[1]
        paths = [str(here), *filter(None, [os.environ.get("PYTHONPATH")])]
        own = {"PYTHONPATH": os.pathsep.join(paths)} if environment is None else environment
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  (closed when it ends)
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            cwd=here,
            env={**os.environ, **own},
        )

    def ask(self, what: str, **more: Any) -> dict[str, Any]:
        """Send one request and wait for the answer.

        Raises
        ------
        Missing
            If the contestant cannot take part, or its process has ended.
        """
        assert self.process.stdin is not None and self.process.stdout is not None
        try:
            print(json.dumps({"do": what, **more}), file=self.process.stdin, flush=True)
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            self.errors.seek(0)
            last = self.errors.read().strip().split("\n")[-1]
            raise Missing(f"its process failed: {last}")
        answer: dict[str, Any] = json.loads(line)
        if "missing" in answer:
            raise Missing(answer["missing"])
        return answer

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()
        self.errors.close()


def side_by_side(name: str, number: int, rounds: int = ROUNDS) -> dict[str, Any]:
    """Run one task of a workload and return what was measured."""
    workload: Workload = importlib.import_module(f"benchmarks.workloads.{name}").WORKLOAD
    task = workload.tasks()[number]
    processes: list[Process] = []
    missing: dict[str, str] = {}
    checks: dict[str, dict[str, Any]] = {}
    try:
        for peer in [*workload.peers, "limit"]:
            process = Process(name, number, peer)
            try:
                checks[peer] = _checked(process, task)
                process.ask("prepare")
                processes.append(process)
            except Missing as reason:
                missing[peer] = str(reason)
                process.end()
        times = _rounds(processes, rounds, missing)
    finally:
        for process in processes:
            process.end()
    return _found(workload, task, times, _compared(task, checks), missing)


def _checked(process: Process, task: Task) -> dict[str, Any]:
    """Let a contestant do the small task; return its result."""
    if process.peer == "limit":
        return {"note": "", "arrays": None}
    with tempfile.TemporaryDirectory() as folder:
        answer = process.ask("check", path=f"{folder}/result.npz")
        if "path" not in answer:
            return {"note": answer["note"], "arrays": None}
        with np.load(answer["path"]) as found:
            return {"note": answer["note"], "arrays": [found[key] for key in found.files]}


def _compared(task: Task, checks: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Say of every contestant whether it has come to the same as the first."""
    found: dict[str, str] = {}
    known = [check["arrays"] for check in checks.values() if check["arrays"] is not None]
    for peer, check in checks.items():
        if check["arrays"] is None or not known:
            found[peer] = check["note"] or "not compared"
            continue
        gap = _gap(check["arrays"], known[0])
        if gap <= _SAME_WEIGHTS:
            found[peer] = f"equal ({gap:.0e})"
            continue
        if task.unit == "step":
            small = task.small()
            gap = _gap([small.outputs(check["arrays"])], [small.outputs(known[0])])
        is_near = gap <= _SAME_OUTPUTS
        found[peer] = f"{'equal outputs' if is_near else 'DIFFERENT'} ({gap:.0e})"
    return found


def _gap(one: list[np.ndarray], other: list[np.ndarray]) -> float:
    return max(float(np.abs(a - b).max()) for a, b in zip(one, other, strict=True))


def _rounds(
    processes: list[Process], rounds: int, missing: dict[str, str]
) -> dict[str, list[float]]:
    """Let everybody work in turn; who begins changes from round to round."""
    times: dict[str, list[float]] = {process.peer: [] for process in processes}
    for turn in range(rounds):
        first = turn % max(1, len(processes))
        for process in processes[first:] + processes[:first]:
            if process.peer in missing:
                continue
            time.sleep(PAUSE)
            try:
                times[process.peer].append(process.ask("turn")["us"])
            except Missing as reason:
                missing[process.peer] = str(reason)
                del times[process.peer]
    return times


def _found(
    workload: Workload,
    task: Task,
    times: dict[str, list[float]],
    checks: dict[str, str],
    missing: dict[str, str],
) -> dict[str, Any]:
    limit = times.pop("limit", None)
    missing.pop("limit", None)
    own = statistics.median(times[workload.peers[0]]) if workload.peers[0] in times else None
    results = []
    for peer, us in times.items():
        median = statistics.median(us)
        goal = workload.goal(peer, task)
        results.append({
            "name": peer, "us": median, "best": min(us), "spread": max(us) / min(us) - 1,
            "ratio": median / own if own else None, "check": checks[peer],
            "least": goal[0] if goal else None, "aim": goal[1] if goal else None,
        })  # fmt: skip
    size = "-".join(map(str, task.widths))
    title = f"{size}, {workload.title}, {task.dtype}"
    found = {"workload": task.name, "title": title, "unit": task.unit, "results": results,
             "missing": missing}  # fmt: skip
    if limit and own:
        # The machine's best is a limit, so the fastest round counts.
        found["limit"] = {"us": min(limit), "share": min(limit) / own}
    return found
