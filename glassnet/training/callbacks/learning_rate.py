"""LearningRateScheduler and ReduceLROnPlateau: change the learning rate between epochs."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from glassnet.errors import ArgumentError, shown
from glassnet.optimizers import Schedule
from glassnet.training.callbacks.base import (
    Callback,
    Logs,
    check_count,
    check_number,
    kept_count,
    kept_number,
    note,
)
from glassnet.training.callbacks.monitor import Monitor

__all__ = ["LearningRateScheduler", "ReduceLROnPlateau"]

RELATIVE_DELTA = 1e-4  # of the best number: less is no progress


def _plain_rate(model: Any, who: str) -> float:
    rate = model.optimizer.learning_rate
    if isinstance(rate, Schedule):
        raise ArgumentError(
            f"{who} sets the learning rate, but the optimizer already follows "
            f"{type(rate).__name__}; give the optimizer a number instead"
        )
    return float(rate)


def _takes_rate(schedule: Callable[..., Any]) -> bool:
    try:
        return len(inspect.signature(schedule).parameters) > 1
    except (TypeError, ValueError):  # a function written in C may not tell
        return False


class LearningRateScheduler(Callback):
    """Set the learning rate before every epoch; it stands in the history as learning_rate.

    Parameters
    ----------
    schedule : callable
        ``schedule(epoch)`` or ``schedule(epoch, learning_rate)`` gives the rate.
    verbose : int, default 0
        1 says every rate.
    """

    adds_numbers = False

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        if not callable(schedule):
            raise ArgumentError(
                f"LearningRateScheduler(schedule={shown(schedule)}): give a function of the epoch"
            )
        self.schedule = schedule
        self.takes_rate = _takes_rate(schedule)
        self.verbose = verbose

    def on_train_begin(self, logs: Logs | None = None) -> None:
        _plain_rate(self.model, "LearningRateScheduler")

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        rate = _plain_rate(self.model, "LearningRateScheduler")
        new = self.schedule(epoch, rate) if self.takes_rate else self.schedule(epoch)
        if not isinstance(new, int | float | np.number) or not 0 <= float(new) < np.inf:
            raise ArgumentError(
                f"the schedule of LearningRateScheduler gave the learning rate {shown(new)} for "
                f"epoch {epoch}; it must give a finite number, 0 or greater"
            )
        self.model.optimizer.learning_rate = float(new)
        note(self.verbose, f"epoch {epoch + 1}: learning rate {float(new):g}")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if logs is not None:
            logs["learning_rate"] = float(self.model.optimizer.learning_rate)


class ReduceLROnPlateau(Monitor):
    """Multiply the learning rate by ``factor`` when the watched number stops getting better.

    The rate of every epoch stands in the history as learning_rate.

    Parameters
    ----------
    monitor : str, default "val_loss"
    factor : float, default 0.1
    patience : int, default 10
        Epochs without progress before the rate falls; only epochs that have the number count.
    mode : {"auto", "min", "max"}
    min_delta : float, optional
        Least gain that counts as progress, in the units of the number, as in Keras. Without it
        the least gain is relative. Differs: Keras's default is 1e-4, which is more than a loss
        below 1e-4 can ever gain.
    cooldown : int, default 0
        Epochs to wait after a change before watching again.
    min_lr : float, default 0
    verbose : int, default 0
        1 says every change.
    relative_delta : float, optional
        Least gain that counts as progress, as a fraction of the best number so far. Default
        1e-4, as in PyTorch, or 0 if ``min_delta`` is given.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        mode: str = "auto",
        min_delta: float | None = None,
        cooldown: int = 0,
        min_lr: float = 0.0,
        verbose: int = 0,
        relative_delta: float | None = None,
    ) -> None:
        if relative_delta is None:
            relative_delta = RELATIVE_DELTA if min_delta is None else 0.0
        super().__init__(monitor, mode, 0.0 if min_delta is None else min_delta, relative_delta)
        if not 0 < check_number(factor, "factor") < 1:
            raise ArgumentError(
                f"ReduceLROnPlateau(factor={factor}): factor must lie between 0 and 1"
            )
        self.factor = factor
        self.patience = check_count(patience, "patience")
        self.cooldown = check_count(cooldown, "cooldown")
        self.min_lr = check_number(min_lr, "min_lr")
        self.verbose = verbose
        self._reset()

    def _reset(self) -> None:
        self.best = self.worst
        self.wait = 0
        self.resting = 0

    def on_train_begin(self, logs: Logs | None = None) -> None:
        assert self.training is not None
        _plain_rate(self.model, "ReduceLROnPlateau")
        if not self.training.is_resumed:
            self._reset()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        value = self.current(logs)
        if logs is not None:
            logs["learning_rate"] = _plain_rate(self.model, "ReduceLROnPlateau")
        if value is None:
            return
        if self.resting:
            self.resting -= 1
            self.wait = 0
        if self.is_better(value):
            self.best, self.wait = value, 0
        elif not self.resting:
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch)

    def _reduce(self, epoch: int) -> None:
        rate = _plain_rate(self.model, "ReduceLROnPlateau")
        new = max(rate * self.factor, self.min_lr)
        if new < rate:
            self.model.optimizer.learning_rate = new
            self.resting, self.wait = self.cooldown, 0
            note(self.verbose, f"epoch {epoch + 1}: learning rate reduced to {new:g}")

    def get_state(self) -> dict[str, Any]:
        return {"best": self.best, "wait": self.wait, "resting": self.resting}

    def set_state(self, state: dict[str, Any]) -> None:
        self.best = kept_number(state, "best")
        self.wait, self.resting = kept_count(state, "wait"), kept_count(state, "resting")
