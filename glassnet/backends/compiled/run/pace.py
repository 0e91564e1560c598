"""How fast batches go, and on how many threads: measured while training.

Results are the same on any number of threads, so the number may follow the machine: where
other programs keep the cores busy, one thread that never waits is faster than several.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

__all__ = ["Pace"]

# Seconds of each stretch. A second core may come to help only after some milliseconds (it has
# to wake up; a virtual machine may have to move it), so all threads are given their time before
# they are judged, and the more so before they are given up; one thread shows its pace at once.
_START = 0.02
_ONE = 0.005
_ALL = 0.05
_LONG = 2.0


class Pace:
    """Seconds a batch, for one thread and for all; all threads unless one is faster."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self.seconds: dict[int, float] = {}
        self._stretches = self._planned(threads) if threads > 1 else iter([(1, float("inf"))])
        self._next_stretch()

    def _planned(self, most: int) -> Iterator[tuple[int, float]]:
        """Yield how many threads work next and for how many seconds."""
        yield most, _START
        yield 1, _ONE
        yield most, _ALL
        patience = _ALL
        while True:
            if self.seconds[most] <= self.seconds[1]:
                patience = _ALL
                yield most, _LONG
                yield 1, _ONE
            else:
                yield 1, patience
                patience = min(2 * patience, _LONG)
                yield most, _ALL

    def _next_stretch(self) -> None:
        self.threads, self._left = next(self._stretches)
        self._spent, self._batches = 0.0, 0

    def batches_in(self, seconds: float) -> int:
        """Return how many batches the next slice may have."""
        pace = self.seconds.get(self.threads) or max(self.seconds.values(), default=0.0)
        return max(1, int(min(seconds, self._left) / pace)) if pace else 1

    @contextlib.contextmanager
    def measured(self, batches: int) -> Iterator[None]:
        """Measure a slice of a number of batches."""
        start = time.perf_counter()
        yield
        spent = time.perf_counter() - start
        self._spent += spent
        self._batches += batches
        self._left -= spent
        self.seconds[self.threads] = self._spent / self._batches
        # Half a batch more or less: a stretch of few batches ends when it is nearly over.
        if self._left < self.seconds[self.threads] / 2:
            self._next_stretch()
