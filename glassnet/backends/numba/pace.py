"""How fast batches go, and on how many threads: measured while training.

Results are the same on any number of threads, so the number may follow the machine: where
other programs keep the cores busy, one thread that never waits is faster than several.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

__all__ = ["Pace"]

# After so many slices the other number of threads is tried again, for part of a slice.
_AGAIN = 8
_FORGET = 1.1
_TRIAL = 0.1
# Seconds of the first trials.
_FIRST = 0.005


class Pace:
    """Seconds a batch, for one thread and for all."""

    def __init__(self, threads: int) -> None:
        self.seconds: dict[int, float] = {}
        self.threads = threads
        # The first batch is slow for many reasons; what counts is measured after it.
        pairs = [(threads, _FIRST), (1, _FIRST)] * 2
        self._trials = [(threads, 0.0), *pairs] if threads > 1 else []
        self._slices = 0

    def batches_in(self, seconds: float) -> int:
        """Choose the threads for the next slice and return how many batches it may have."""
        self._slices += 1
        if self._trials:
            self.threads, most = self._trials.pop(0)
            seconds = min(seconds, most)
        elif self._slices % _AGAIN == 0 and len(self.seconds) > 1:
            self.threads = max(self.seconds, key=self.seconds.__getitem__)
            seconds *= _TRIAL
        elif self.seconds:
            self.threads = min(self.seconds, key=self.seconds.__getitem__)
        pace = self.seconds.get(self.threads) or max(self.seconds.values(), default=0.0)
        return max(1, int(seconds / pace)) if pace else 1

    @contextlib.contextmanager
    def measured(self, batches: int) -> Iterator[None]:
        """Measure a slice of so many batches."""
        start = time.perf_counter()
        yield
        now = (time.perf_counter() - start) / batches
        # What disturbs makes slower, never faster: the best counts, and is forgotten slowly.
        before = self.seconds.get(self.threads, now) if batches > 1 else now
        self.seconds[self.threads] = min(now, before * _FORGET)
