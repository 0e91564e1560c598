"""glassnet for one row: ``predict``, and a predictor made for it."""

from __future__ import annotations

from benchmarks._task import Contestant, Task
from benchmarks.peers.glass import COMPILED, network


def maker(task: Task, is_fast: bool = False) -> Contestant:
    net = network(task)
    predictor = net.predictor()
    row, one = task.x[:1].astype(task.dtype), task.x[0].astype(task.dtype)

    def by_predict(calls: int) -> None:
        for _ in range(calls):
            net.predict(row, verbose=0, backend=COMPILED)

    def by_predictor(calls: int) -> None:
        for _ in range(calls):
            predictor(one)

    if is_fast:
        return Contestant(by_predictor, lambda: [predictor(one)])
    return Contestant(by_predict, lambda: [net.predict(row, verbose=0, backend=COMPILED)[0]])
