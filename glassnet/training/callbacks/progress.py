"""The progress of a run: a bar in a terminal, else a plain line now and then."""

from __future__ import annotations

import time
from typing import Any

from glassnet.errors import ArgumentError, shown
from glassnet.quoting import visible
from glassnet.streams import progress_stream, tell
from glassnet.training.callbacks.base import Callback, Logs

__all__ = ["PlainProgress", "ProgressBar", "check_verbose", "progress_for"]

# Loss and metrics with those of validation nearly fill 80 columns; so many have room for a bar.
WIDE = 110


def check_verbose(verbose: Any) -> None:
    """Raise an `ArgumentError` if it is none of "auto", 0, 1 and 2."""
    is_known = verbose is None or isinstance(verbose, bool | int | str)
    if not is_known or verbose not in (None, "auto", 0, 1, 2):
        raise ArgumentError(
            f"verbose={shown(verbose)} must be 'auto', 0 (nothing), 1 (a bar) or 2 (a line an "
            "epoch)"
        )


def progress_for(verbose: Any) -> Callback | None:
    """Return the callback for a ``verbose`` setting: "auto", 0, 1 or 2."""
    check_verbose(verbose)
    stream = progress_stream()
    if not verbose or stream is None:
        return None
    if verbose == 2:
        return PlainProgress(every_epoch=True)
    return ProgressBar() if stream.isatty() else PlainProgress()


def numbers_text(logs: Logs, digits: int = 4) -> str:
    """Return loss and metrics as short text."""
    return "  ".join(f"{visible(name)} {value:.{digits}g}" for name, value in logs.items())


class ProgressBar(Callback):
    """A bar with epoch, speed, loss and metrics (rich)."""

    adds_numbers = False

    calling_order = 2  # it shows what the history has

    def __init__(self) -> None:
        self.bar: Any = None
        self.task: Any = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        console = Console(stderr=True)
        columns: list[Any] = [TextColumn("epoch {task.fields[epoch]}", markup=False)]
        if console.width >= WIDE:
            columns += [
                BarColumn(bar_width=24),
                TextColumn("{task.percentage:>3.0f} %"),
                TimeElapsedColumn(),
                TextColumn("left"),
            ]
        columns += [
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[numbers]}", markup=False),
        ]
        self.bar = Progress(*columns, console=console, transient=False)
        assert self.training is not None
        training = self.training
        total = training.epochs - training.first_epoch
        self.task = self.bar.add_task("fit", total=total, epoch=self._epoch(), numbers="")
        self.bar.start()
        if training.backend_reason:
            self.bar.console.print(training.backend_reason, style="dim", markup=False)

    def _epoch(self) -> str:
        assert self.training is not None
        return f"{min(self.training.epoch + 1, self.training.epochs)}/{self.training.epochs}"

    def on_settled(self) -> None:
        training = self.training
        assert training is not None
        done = training.epoch - training.first_epoch + training.batch / training.batches_per_epoch
        digits = 4 if self.bar.console.width >= WIDE else 3
        text = numbers_text(training.history_logs() or training.running_logs(), digits)
        self.bar.update(self.task, completed=done, epoch=self._epoch(), numbers=text)

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self.bar is not None:
            self.on_settled()
            self.bar.stop()
            self.bar = None
            _tell_if_interrupted(self)


class PlainProgress(Callback):
    """A line every few seconds, or after every epoch.

    A line is of the last finished epoch, or, where none has ended since the line before, of the
    part of the epoch that is over. It goes to standard error, in a notebook to the cell's output.

    Parameters
    ----------
    every_epoch : bool, default False
    seconds : float, default 5
        Time between two lines.
    """

    adds_numbers = False

    calling_order = 3  # it shows what the history has

    def __init__(self, every_epoch: bool = False, seconds: float = 5.0) -> None:
        self.every_epoch = every_epoch
        self.seconds = seconds
        self.last = 0.0
        self.shown = 0

    def overrides(self, *names: str) -> bool:
        return self.every_epoch and "on_epoch_end" in names

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.last = time.monotonic()
        assert self.training is not None
        self.shown = self.training.first_epoch
        if self.training.backend_reason:
            tell(self.training.backend_reason)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if self.every_epoch:
            self._line(epoch + 1)

    def on_settled(self) -> None:
        training = self.training
        assert training is not None
        if self.every_epoch or time.monotonic() - self.last < self.seconds:
            return
        if training.epoch > self.shown:
            self._line(training.epoch)
        elif training.batch:
            self._line_within(training)

    def on_train_end(self, logs: Logs | None = None) -> None:
        assert self.training is not None
        if self.training.epoch > self.shown:
            self._line(self.training.epoch)
        _tell_if_interrupted(self)

    def _line(self, epoch: int) -> None:
        assert self.training is not None
        self.last = time.monotonic()
        self.shown = epoch
        tell(f"epoch {epoch}/{self.training.epochs}  {numbers_text(self.training.history_logs())}")

    def _line_within(self, training: Any) -> None:
        self.last = time.monotonic()
        part = f"{100 * training.batch / training.batches_per_epoch:.0f} %"
        text = numbers_text(training.running_logs())
        tell(f"epoch {training.epoch + 1}/{training.epochs}, {part} of it so far  {text}")


def _tell_if_interrupted(callback: Callback) -> None:
    """Say that a run was ended by Ctrl-C: the program goes on after it."""
    training = callback.training
    if training is not None and training.history.stopped == "interrupted":
        text = f"interrupted in epoch {training.epoch + 1}; the weights are kept"
        tell(text)
