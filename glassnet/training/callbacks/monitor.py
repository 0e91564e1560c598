"""Watching one number: what EarlyStopping, ModelCheckpoint and ReduceLROnPlateau share."""

from __future__ import annotations

import math
import warnings

from glassnet.errors import ArgumentError, shown, suggestion
from glassnet.training.callbacks.base import Callback, Logs, check_number
from glassnet.training.callbacks.terminate_on_nan import TrainingWarning
from glassnet.training.history import mode_of

__all__ = ["Monitor"]


class Monitor(Callback):
    """Base of callbacks that ask whether one number got better.

    Parameters
    ----------
    monitor : str
        Key in the history. ``"val_loss"`` without validation data means ``"loss"``.
    mode : {"auto", "min", "max"}
    min_delta : float
        Least gain that counts, in the units of the number.
    relative_delta : float
        Least gain that counts, as a fraction of the best number so far.
    """

    adds_numbers = False

    def __init__(
        self,
        monitor: str = "val_loss",
        mode: str = "auto",
        min_delta: float = 0.0,
        relative_delta: float = 0.0,
    ) -> None:
        if not isinstance(monitor, str):
            raise ArgumentError(
                f"{type(self).__name__}(monitor={shown(monitor)}): give the name of a number in "
                "the history, for example 'val_loss'"
            )
        self.monitor = monitor
        self.mode = mode_of(monitor, mode)
        self.min_delta = abs(check_number(min_delta, "min_delta"))
        self.relative_delta = check_number(relative_delta, "relative_delta")
        if not 0 <= self.relative_delta < 1:
            raise ArgumentError(
                f"relative_delta={shown(relative_delta)} must be 0 or greater and less than 1; it "
                "is a fraction of the best number so far (min_delta is a number by itself)"
            )
        self.best = self.worst
        # The runs that have had the number, lacked it, and had the training curve in its place.
        self._seen_in: object = None
        self._missed_in: object = None
        self._fell_back_in: object = None

    @property
    def worst(self) -> float:
        """What every number is better than."""
        return math.inf if self.mode == "min" else -math.inf

    def current(self, logs: Logs | None) -> float | None:
        """Return the watched number of this epoch, None if a callback logs it in other epochs."""
        logs, training = logs or {}, self.training
        if self.monitor in logs:
            if self._fell_back_in is training is not self._seen_in:
                self._reset()  # numbers of two curves are not compared
            self._seen_in = training
            return float(logs[self.monitor])
        if training is not None and self._seen_in is training:
            return None
        # Without validation data the training curve is all there is.
        fallback = self.monitor.removeprefix("val_")
        if fallback in logs and not any(name.startswith("val_") for name in logs):
            self._fell_back_in = training
            return float(logs[fallback])
        if training is not None and any(_may_add(callback) for callback in training.callbacks):
            self._missed_in = training
            return None
        raise ArgumentError(
            f"{type(self).__name__} watches {self.monitor!r}, which this run does not have"
            f"{suggestion(self.monitor, logs)}"
        )

    def _reset(self) -> None:
        """Forget the numbers watched so far."""
        self.best = self.worst

    def on_train_end(self, logs: Logs | None = None) -> None:
        training = self.training
        if training is not None and self._missed_in is training is not self._seen_in:
            warnings.warn(
                f"{type(self).__name__} watched {self.monitor!r}, which no epoch of this run had"
                f"{suggestion(self.monitor, training.history.history)}",
                TrainingWarning,
                stacklevel=2,
            )

    def end_run(self, reason: str) -> None:
        """Stop the training, and let its history say why."""
        assert self.training is not None
        self.model.stop_training = True
        self.training.history.stopped = reason

    def is_better(self, value: float) -> bool:
        """Return whether a number is better than the best by more than the least gain."""
        return self._beats(value, self.best, self.min_delta) and self.is_gain(value, self.best)

    def is_gain(self, value: float, than: float) -> bool:
        """Return whether a number is better than another by more than a fraction of that."""
        # Any number is a gain over the infinite start, of which no fraction can be taken.
        least = 0.0 if math.isinf(than) else self.relative_delta * abs(than)
        return self._beats(value, than, least)

    def _beats(self, value: float, than: float, least: float) -> bool:
        return value < than - least if self.mode == "min" else value > than + least


def _may_add(callback: Callback) -> bool:
    return callback.adds_numbers and callback.overrides("on_epoch_end")
