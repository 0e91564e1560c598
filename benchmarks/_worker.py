"""One contestant in a process of its own: ``python -m benchmarks._worker WORKLOAD TASK PEER``.

Threads, memory and settings of one library thus never disturb another. A line of JSON comes in
and one goes out; between its turns the process waits for input and does nothing.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from typing import Any

import numpy as np

from benchmarks._task import Contestant, Missing, Task
from benchmarks.peers import make

# Seconds a contestant works in each round.
TURN = 0.3


class Worker:
    """Answers requests: "check", "prepare" or "begin", and "turn"."""

    def __init__(self, task: Task, peer: str) -> None:
        self.task = task
        self.peer = peer
        self.contestant: Contestant | None = None
        self.count = 1

    def check(self, path: str) -> dict[str, Any]:
        """Do a little of the small task and leave the result in a file."""
        task = self.task.small()
        contestant = make(self.peer, task)
        contestant.work(task.check_epochs)
        if contestant.result is None:
            return {"note": contestant.note}
        arrays = [np.asarray(array, np.float64) for array in contestant.result()]
        np.savez(path, *arrays)
        return {"note": contestant.note, "path": path}

    def prepare(self, seconds: float = TURN) -> dict[str, Any]:
        """Warm up, and find out how much is done in the length of a turn."""
        self.contestant = make(self.peer, self.task)
        self.contestant.work(2)
        while self.turn()["seconds"] < seconds / 4:
            self.count *= 4
        # The last one came after everything that happens only once.
        self.count = max(1, round(self.count * seconds / self.turn()["seconds"]))
        return {"count": self.count}

    def begin(self, count: int) -> dict[str, Any]:
        """Warm up, with the amount of work known: an eighth of a turn."""
        self.contestant, self.count = make(self.peer, self.task), count
        self.contestant.work(max(2, count // 8))
        return {"count": count}

    def turn(self) -> dict[str, Any]:
        assert self.contestant is not None
        start = time.perf_counter()
        self.contestant.work(self.count)
        seconds = time.perf_counter() - start
        return {"seconds": seconds, "us": seconds / self.count / self.task.steps * 1e6}


def serve(answers: Any, worker: Worker) -> None:
    """Answer one request after the other."""
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = getattr(worker, request.pop("do"))(**request)
        except (Missing, ImportError) as error:
            answer = {"missing": str(error)}
        print(json.dumps(answer), file=answers, flush=True)


def main() -> None:
    # What a library prints must not stand among the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    workload, number, peer = sys.argv[1:]
    module = importlib.import_module(f"benchmarks.workloads.{workload}")
    serve(answers, Worker(module.WORKLOAD.tasks()[int(number)], peer))


if __name__ == "__main__":
    main()
