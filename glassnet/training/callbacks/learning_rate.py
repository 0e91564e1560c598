"""LearningRateScheduler and ReduceLROnPlateau: change the learning rate between epochs."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from glassnet.errors import ArgumentError
from glassnet.optimizers import Schedule
from glassnet.training.callbacks.base import Callback, Logs
from glassnet.training.callbacks.monitor import Monitor

__all__ = ["LearningRateScheduler", "ReduceLROnPlateau"]


def _plain_rate(model: Any, who: str) -> float:
    rate = model.optimizer.learning_rate
    if isinstance(rate, Schedule):
        raise ArgumentError(
            f"{who} sets the learning rate, but the optimizer already follows {type(rate).__name__}; "
            "give the optimizer a number instead"
        )
    return float(rate)


class LearningRateScheduler(Callback):
    """Set the learning rate before every epoch.

    Parameters
    ----------
    schedule : callable
        ``schedule(epoch)`` or ``schedule(epoch, learning_rate)`` gives the rate.
    """

    def __init__(self, schedule: Callable[..., float]) -> None:
        self.schedule = schedule
        self.takes_rate = len(inspect.signature(schedule).parameters) > 1

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        rate = _plain_rate(self.model, "LearningRateScheduler")
        new = float(self.schedule(epoch, rate) if self.takes_rate else self.schedule(epoch))
        if not new >= 0:
            raise ArgumentError(f"the schedule gave the learning rate {new} for epoch {epoch}")
        self.model.optimizer.learning_rate = new


class ReduceLROnPlateau(Monitor):
    """Multiply the learning rate by ``factor`` when the watched number stops getting better.

    Parameters
    ----------
    monitor : str, default "val_loss"
    factor : float, default 0.1
    patience : int, default 10
        Epochs without progress before the rate falls.
    mode : {"auto", "min", "max"}
    min_delta : float, default 1e-4
    cooldown : int, default 0
        Epochs to wait after a change before watching again.
    min_lr : float, default 0
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        super().__init__(monitor, mode, min_delta)
        if not 0 < factor < 1:
            raise ArgumentError(
                f"ReduceLROnPlateau(factor={factor}): factor must lie between 0 and 1"
            )
        self.factor = factor
        self.patience = patience
        self.cooldown = cooldown
        self.min_lr = min_lr
        self.wait = 0
        self.resting = 0

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        value = self.current(logs)
        if self.resting:
            self.resting -= 1
            self.wait = 0
        if self.is_better(value):
            self.best, self.wait = value, 0
        elif not self.resting:
            self.wait += 1
            if self.wait >= self.patience:
                rate = _plain_rate(self.model, "ReduceLROnPlateau")
                self.model.optimizer.learning_rate = max(rate * self.factor, self.min_lr)
                self.resting, self.wait = self.cooldown, 0

    def get_state(self) -> dict[str, Any]:
        return {"best": self.best, "wait": self.wait, "resting": self.resting}

    def set_state(self, state: dict[str, Any]) -> None:
        self.best, self.wait, self.resting = state["best"], state["wait"], state["resting"]
