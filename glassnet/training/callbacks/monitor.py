"""Watching one number: what EarlyStopping, ModelCheckpoint and ReduceLROnPlateau share."""

from __future__ import annotations

import math

from glassnet.errors import ArgumentError, shown, suggestion
from glassnet.training.callbacks.base import Callback, Logs, check_number, mode_of

__all__ = ["Monitor"]


class Monitor(Callback):
    """Base of callbacks that ask whether one number got better.

    Parameters
    ----------
    monitor : str
        Key in the history. ``"val_loss"`` without validation data means ``"loss"``.
    mode : {"auto", "min", "max"}
    min_delta : float
        What counts as better.
    """

    def __init__(
        self, monitor: str = "val_loss", mode: str = "auto", min_delta: float = 0.0
    ) -> None:
        if not isinstance(monitor, str):
            raise ArgumentError(
                f"{type(self).__name__}(monitor={shown(monitor)}): give the name of a number in "
                "the history, for example 'val_loss'"
            )
        if mode not in ("auto", "min", "max"):
            raise ArgumentError(f"mode={shown(mode)} must be 'auto', 'min' or 'max'")
        self.monitor = monitor
        self.mode = mode_of(monitor, mode)
        self.min_delta = abs(check_number(min_delta, "min_delta"))
        self.best = self.worst

    @property
    def worst(self) -> float:
        """What every number is better than."""
        return math.inf if self.mode == "min" else -math.inf

    def current(self, logs: Logs | None) -> float:
        """Return the watched number of this epoch."""
        logs = logs or {}
        if self.monitor in logs:
            return float(logs[self.monitor])
        # Without validation data the training curve is all there is.
        fallback = self.monitor.removeprefix("val_")
        if fallback in logs and not any(name.startswith("val_") for name in logs):
            return float(logs[fallback])
        raise ArgumentError(
            f"{type(self).__name__} watches {self.monitor!r}, which this run does not have"
            f"{suggestion(self.monitor, logs)}"
        )

    def end_run(self, reason: str) -> None:
        """Stop the training, and let its history say why."""
        assert self.training is not None
        self.model.stop_training = True
        self.training.history.stopped = reason

    def is_better(self, value: float) -> bool:
        if self.mode == "min":
            return value < self.best - self.min_delta
        return value > self.best + self.min_delta
