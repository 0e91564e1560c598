"""What the machine could do at most: matrix products alone, or going through the weights once.

For batches it is the time of the step's matrix products at the speed of the fastest product; for
one sample at a time it is the time of reading and writing every weight once, each core its share.
"""

from __future__ import annotations

import os

import numpy as np

from benchmarks._task import Contestant, Missing, Task

_SIZE = 1024


def maker(task: Task) -> Contestant:
    if task.unit == "call":
        raise Missing("nothing but overhead limits so little work")
    if task.batch == 1:
        return _passing(task)
    if len(task.x) < 32:
        raise Missing("nothing but overhead limits so little work")
    a = np.random.default_rng(0).random((_SIZE, _SIZE)).astype(task.dtype)
    out = np.empty_like(a)
    # A turn is counted in epochs: make as many products as have the operations of one.
    share = task.operations() / (2 * _SIZE**3)
    owed = 0.0

    def work(epochs: int) -> None:
        nonlocal owed
        owed += epochs * share
        while owed >= 1:
            np.dot(a, a, out)
            owed -= 1

    return Contestant(work, note="products alone")


def _passing(task: Task) -> Contestant:
    weights = np.concatenate([w.ravel() for w in task.weights()])
    if weights.nbytes < 100_000:
        raise Missing("the weights lie in the nearest cache")
    # One core with its share: as if the cores did not disturb each other.
    share = weights[: weights.size // (os.cpu_count() or 1)].copy()
    factor = share.dtype.type(1.0)

    def work(epochs: int) -> None:
        for _ in range(epochs * task.steps):
            np.multiply(share, factor, share)

    return Contestant(work, note="weights read and written once")
