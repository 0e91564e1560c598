"""Writing the state of a run every now and then, so that an interrupted one can go on."""

from __future__ import annotations

import time
from pathlib import Path

from glassnet.callbacks import Callback

__all__ = ["TimedCheckpoint"]

LEAST_SECONDS = 1.0
MOST_OF_TIME = 0.05  # writing may take this part of the time, however slow the disk is


class TimedCheckpoint(Callback):
    """Write a checkpoint if the last one is some time ago.

    Parameters
    ----------
    path : Path

    Attributes
    ----------
    epochs : int or None
        How many epochs were finished when the last one was written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.epochs: int | None = None
        self.due = 0.0

    def on_settled(self) -> None:
        started = time.monotonic()
        if started < self.due:
            return
        assert self.training is not None
        self.training.save(self.path)
        self.epochs = self.training.epoch
        ended = time.monotonic()
        self.due = ended + max(LEAST_SECONDS, (ended - started) / MOST_OF_TIME)
