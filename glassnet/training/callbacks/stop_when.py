"""StopWhen: end a run as soon as it is good enough."""

from __future__ import annotations

from typing import Any

from glassnet.errors import ArgumentError
from glassnet.training.callbacks.base import Logs, check_number, kept_count, note
from glassnet.training.callbacks.monitor import Monitor

__all__ = ["StopWhen"]


class StopWhen(Monitor):
    """Stop at the end of the first epoch whose watched number has reached a bound.

    The numbers of a training epoch are those met on the way, before each step; the weights kept
    are those after the last one. What the weights themselves earn is a validation's number, such
    as ``"val_loss"``.

    Parameters
    ----------
    monitor : str, default "loss"
        A loss or metric of the run; ``"val_..."`` falls back to the training curve where there
        is no validation data.
    at_most : float, optional
        Stop when the number is this or less.
    at_least : float, optional
        Stop when the number is this or more. One of the two must be given.
    verbose : int, default 0
        1 says when it stops.

    Attributes
    ----------
    stopped_epoch : int or None
        Epoch (from 0) it stopped after.

    Examples
    --------
    >>> StopWhen("bit_fail", at_most=0).monitor
    'bit_fail'
    """

    def __init__(
        self,
        monitor: str = "loss",
        at_most: float | None = None,
        at_least: float | None = None,
        verbose: int = 0,
    ) -> None:
        super().__init__(monitor)
        if (at_most is None) == (at_least is None):
            raise ArgumentError(
                "StopWhen takes one bound: at_most=0.01 for a number that falls, or at_least=0.99 "
                "for one that rises"
            )
        self.at_most = None if at_most is None else check_number(at_most, "at_most")
        self.at_least = None if at_least is None else check_number(at_least, "at_least")
        self.verbose = verbose
        self.stopped_epoch: int | None = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        assert self.training is not None
        if not self.training.is_resumed:
            self.stopped_epoch = None  # a callback may be used for several runs
        elif self.stopped_epoch is not None:
            # The run was over when the file was written.
            self._stop(self.stopped_epoch)

    def is_reached(self, value: float) -> bool:
        """Return whether a number is good enough; NaN never is."""
        if self.at_most is not None:
            return value <= self.at_most
        assert self.at_least is not None
        return value >= self.at_least

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        value = self.current(logs)
        if value is not None and self.is_reached(value):
            self._stop(epoch)
            note(self.verbose, f"epoch {epoch + 1}: stopped, {self._reason()}")

    def _stop(self, epoch: int) -> None:
        self.stopped_epoch = epoch
        self.end_run(self._reason())

    def _reason(self) -> str:
        bound = f"at most {self.at_most:g}" if self.at_most is not None else None
        return f"{self.monitor} is {bound or f'at least {self.at_least:g}'}"

    def get_state(self) -> dict[str, Any]:
        return {"stopped_epoch": self.stopped_epoch}

    def set_state(self, state: dict[str, Any]) -> None:
        is_over = state["stopped_epoch"] is not None
        self.stopped_epoch = kept_count(state, "stopped_epoch") if is_over else None
