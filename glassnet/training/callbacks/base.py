"""What a callback is: something that looks on while a network trains, and may step in."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.errors import ArgumentError, shown
from glassnet.streams import tell
from glassnet.training.run import Run

__all__ = ["Callback", "check_count", "check_number", "note"]

Logs = dict[str, float]


class Callback:
    """Base of callbacks; override what you need, with Keras's names.

    A run stops at the end of a batch or an epoch only for callbacks that ask for it by
    overriding such a method; otherwise several epochs may run in one go.

    Attributes
    ----------
    model : Model
        The network being trained; set ``self.model.stop_training = True`` to end the run.
    params : dict
        Settings of the run: epochs, steps an epoch, batch_size ...
    training : Run
        The run itself.
    adds_numbers : bool
        Whether ``on_epoch_end`` may put numbers of its own into the logs.
    calling_order : int
        Callbacks with a lower number are called first; those with the same in the order given.
    """

    model: Any = None
    params: dict[str, Any] = {}  # noqa: RUF012  replaced, never changed
    training: Run | None = None
    adds_numbers = True
    calling_order = 0

    def set_model(self, model: Any) -> None:
        """Called before the run with the network."""
        self.model = model

    def set_params(self, params: dict[str, Any]) -> None:
        """Called before the run with its settings."""
        self.params = params

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Called once before the first step."""

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Called once after the last step, also after Ctrl-C or an error."""

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Called before every epoch."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Called after every epoch with its loss and metrics; what is added goes into history."""

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Called before every batch."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Called after every batch with the averages of the epoch so far."""
        self.on_batch_end(batch, logs)

    def on_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Keras's other name of ``on_train_batch_begin``."""

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Keras's other name of ``on_train_batch_end``."""

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Called before the validation data are evaluated."""

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Called after the validation data were evaluated, with loss and metrics."""

    def on_slice_begin(self) -> None:
        """Called a few times a second, before a stretch of training."""

    def on_slice_end(self) -> None:
        """Called a few times a second, after a stretch of training."""

    def on_settled(self) -> None:
        """Called after a stretch, when its batches and epochs have been told of."""

    def batches_until_due(self, step: int) -> int | None:
        """Return how many batches may run before it wants to be asked, None for any number."""
        return None

    def get_state(self) -> dict[str, Any]:
        """Return what has to be kept in a checkpoint: numbers, text and arrays."""
        return {}

    def set_state(self, state: dict[str, Any]) -> None:
        """Take up what a checkpoint kept."""

    def overrides(self, *names: str) -> bool:
        """Return whether this callback has one of the methods of its own."""
        return any(
            name in self.__dict__ or getattr(type(self), name) is not getattr(Callback, name)
            for name in names
        )


def check_count(value: Any, name: str, least: int = 0) -> int:
    """Return a setting that must be a whole number."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ArgumentError(f"{name}={shown(value)} must be a whole number of at least {least}")
    return int(value)


def kept_number(state: dict[str, Any], name: str) -> float:
    """Return a number that a checkpoint kept, NaN and infinity too.

    Raises
    ------
    ValueError, KeyError
        If it is none, or not there.
    """
    value = state[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name} is {shown(value)}, which is no number")
    return float(value)


def kept_count(state: dict[str, Any], name: str) -> int:
    """Return a whole number of 0 or more that a checkpoint kept; else raise as `kept_number`."""
    value = state[name]
    if type(value) is not int or value < 0:
        raise ValueError(f"{name} is {shown(value)}, which is no number of epochs")
    return value


def check_number(value: Any, name: str) -> float:
    """Return a setting that must be a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise ArgumentError(f"{name}={shown(value)} must be a number")
    number = float(value)
    if not abs(number) < float("inf"):
        raise ArgumentError(f"{name}={value!r} must be a finite number")
    return number


def note(verbose: int, text: str) -> None:
    """Say something about the run, if the user wants to hear it."""
    if verbose:
        tell(text)
