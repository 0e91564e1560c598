"""Is this tree slower than an older one? ``python -m benchmarks.pairs OLD_TREE [names] ...``.

A pair is a process with the old tree and one with this tree, which do the same work one after the
other; who begins changes from pair to pair. The ratio of their times, old by new, needs no quiet
machine for longer than a pair. Printed are the median of the ratios and its 95 % interval; a
workload is marked where the whole interval lies below 0.97: there this tree is slower.
"""

from __future__ import annotations

import argparse
import importlib
import math
import pathlib
import statistics
import sys
import time
from collections.abc import Iterator, Sequence

from benchmarks._harness import Process
from benchmarks._task import Missing

NAMES = ["trask", "mushroom", "rashid", "thomas", "tabular", "digits", "mlp-small", "mlp"]
NAMES += ["mlp-wide", "expm", "fann-xor", "fann-mushroom", "fann-train", "fann-run"]
NAMES += ["predict-1", "predictor-1"]
SLOWER = 0.97
_HERE = pathlib.Path(__file__).parents[1]
_WORKER = str(_HERE / "benchmarks/_pairs_worker.py")
# Worker threads of the one go on spinning for a while when it has finished.
_PAUSE = 0.1


def interval(values: Sequence[float], confidence: float = 0.95) -> tuple[float, float] | None:
    """Return the interval of the median by order statistics, or None of too few values.

    The k-th smallest and the k-th largest of n values hold the true median between them with a
    probability of ``1 - 2 P(B < k)``, where B is binomial with n trials of probability 1/2,
    whatever the values' distribution; k is the largest for which this is at least ``confidence``.
    """
    count, k, outside = len(values), 0, 0.0
    while k < count / 2:
        outside += 2 * math.comb(count, k) / 2**count
        if outside > 1 - confidence:
            break
        k += 1
    ordered = sorted(values)
    return (ordered[k - 1], ordered[-k]) if k else None


class Side:
    """One tree: its Python, its folder and its cache of machine code."""

    def __init__(self, name: str, tree: pathlib.Path, python: str) -> None:
        cache = _HERE / "build/benchmarks/pairs" / name
        cache.mkdir(parents=True, exist_ok=True)
        self.start = (python, _WORKER)
        self.environment = {"PYTHONPATH": str(tree), "GLASSNET_CACHE": str(cache)}

    def process(self, workload: str, number: int, peer: str) -> Process:
        return Process(workload, number, peer, self.start, self.environment)


def ratios(
    old: Side, new: Side, what: tuple[str, int, str], pairs: int, seconds: float
) -> Iterator[float]:
    """Yield old time by new time, pair by pair."""
    # The first two processes fill the caches and tell how much work lasts for so long.
    count = max(_count(side, what, seconds) for side in (old, new))
    for number in range(pairs):
        sides = (old, new) if number % 2 else (new, old)
        processes = {side: side.process(*what) for side in sides}  # they start together
        try:
            for process in processes.values():
                process.ask("begin", count=count)
            times = {}
            for side, process in processes.items():
                time.sleep(_PAUSE)
                times[side] = process.ask("turn")["seconds"]
        finally:
            for process in processes.values():
                process.end()
        yield times[old] / times[new]


def _count(side: Side, what: tuple[str, int, str], seconds: float) -> int:
    process = side.process(*what)
    try:
        return int(process.ask("prepare", seconds=seconds)["count"])
    finally:
        process.end()


def _line(name: str, values: Sequence[float]) -> str:
    found = interval(values)
    line = f"  {name:34} {statistics.median(values):6.3f}"
    if found is None:
        return f"{line}  (too few pairs for an interval)"
    return f"{line}  {found[0]:6.3f} to {found[1]:6.3f}{'  SLOWER' * (found[1] < SLOWER)}"


def _measured(old: Side, new: Side, name: str, pairs: int, seconds: float) -> None:
    module = name.replace("-", "_")
    workload = importlib.import_module(f"benchmarks.workloads.{module}").WORKLOAD
    for number, task in enumerate(workload.tasks()):
        title = task.name if task.dtype in task.name else f"{task.name} {task.dtype}"
        try:
            what = (module, number, workload.peers[0])
            print(_line(title, list(ratios(old, new, what, pairs, seconds))), flush=True)
        except Missing as reason:
            print(f"  {title:34} cannot be compared: {reason}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pairs", description=__doc__)
    parser.add_argument("old", type=pathlib.Path, help="the older tree, with glassnet in it")
    parser.add_argument("names", nargs="*", help=f"all by default: {', '.join(NAMES)}")
    parser.add_argument("--pairs", type=int, default=15, help="at least 6 give an interval")
    parser.add_argument("--seconds", type=float, default=0.5, help="about how long a turn lasts")
    parser.add_argument("--old-python", default=sys.executable, help="the old tree's Python")
    options = parser.parse_intermixed_args()
    unknown = set(options.names) - set(NAMES)
    if unknown:
        parser.error(f"no workload {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    if options.pairs < 1:
        parser.error(f"--pairs is {options.pairs}, and at least 1 is expected")
    if not (options.old / "glassnet").is_dir():
        parser.error(f"there is no folder glassnet in {options.old}")
    old = Side("old", options.old.resolve(), options.old_python)
    new = Side("new", _HERE, sys.executable)
    print(f"old time by new time, median and 95 % interval of {options.pairs} pairs")
    for name in options.names or NAMES:
        _measured(old, new, name, options.pairs, options.seconds)


if __name__ == "__main__":
    main()
