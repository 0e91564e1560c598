"""EarlyStopping: end a run that no longer gets better, and keep its best weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.errors import FileFormatError
from glassnet.training.callbacks.base import Logs, check_count, kept_count, kept_number, note
from glassnet.training.callbacks.monitor import Monitor

__all__ = ["EarlyStopping"]


class EarlyStopping(Monitor):
    """Stop when the watched number has not got better for ``patience`` epochs.

    Parameters
    ----------
    monitor : str, default "val_loss"
        Falls back to the training curve where there is no validation data.
    min_delta : float, default 0
        A number that is not better by more than this does not count: the weights before it are
        the best ones. As in Keras.
    patience : int, default 0
        Epochs without progress before stopping. An epoch without the number, where a callback
        logs it only now and then, does not count; NaN is no progress.
    mode : {"auto", "min", "max"}
    restore_best_weights : bool, default True
        Differs: Keras's default is False.
    start_from_epoch : int, default 0
        Epochs to wait before watching.
    verbose : int, default 0
        1 says when it stops.
    relative_delta : float, default 0
        Patience begins anew only where the number is better by more than this fraction of its
        size, 0.0001 for instance. Smaller gains add up, and the weights that are restored are the
        best of all epochs. It suits a loss that falls by orders of magnitude, for which any
        ``min_delta`` becomes too large. Differs: Keras has none; PyTorch's name for it, in
        ReduceLROnPlateau, is ``threshold_mode="rel"``.

    Attributes
    ----------
    best, best_epoch : float, int
        The best number, and its epoch (from 0); its weights are those restored.
    gain, gain_epoch : float, int
        The number from which patience counts, and its epoch.
    stopped_epoch : int or None
        Epoch (from 0) it stopped after.

    Examples
    --------
    >>> EarlyStopping(patience=5).mode
    'min'
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0.0,
        patience: int = 0,
        mode: str = "auto",
        restore_best_weights: bool = True,
        start_from_epoch: int = 0,
        verbose: int = 0,
        relative_delta: float = 0.0,
    ) -> None:
        super().__init__(monitor, mode, min_delta, relative_delta)
        self.patience = check_count(patience, "patience")
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = check_count(start_from_epoch, "start_from_epoch")
        self.verbose = verbose
        self._reset()

    def _reset(self) -> None:
        self.best = self.gain = self.worst
        self.wait = 0
        self.best_epoch = self.gain_epoch = 0
        self.best_weights: list[np.ndarray] | None = None
        self.stopped_epoch: int | None = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        assert self.training is not None
        if not self.training.is_resumed:
            self._reset()  # a callback may be used for several runs
            return
        self._check_weights()
        if self.stopped_epoch is not None:
            # The run was over when the file was written, unless it is given more patience.
            self.model.stop_training = self._is_over()
            if self._is_over():
                self._stop(self.stopped_epoch)

    def _check_weights(self) -> None:
        """Refuse the best weights of a checkpoint that do not fit, before epochs are spent."""
        shapes = [array.shape for array in self.model.get_weights()]
        if self.best_weights and [array.shape for array in self.best_weights] != shapes:
            raise FileFormatError(
                "the best weights that the checkpoint keeps for EarlyStopping have other shapes "
                "than those of the network; use an intact file"
            )

    def _is_over(self) -> bool:
        return self.wait >= max(self.patience, 1)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        value = self.current(logs)
        if value is None or epoch < self.start_from_epoch:
            return
        # The best weights are kept however small their gain; only patience needs the least gain.
        if self._beats(value, self.best, self.min_delta):
            self.best, self.best_epoch = value, epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            if self.is_gain(value, self.gain):
                self.gain, self.gain_epoch, self.wait = value, epoch, 0
                return
        self.wait += 1
        if self._is_over():
            self._stop(epoch)
            note(self.verbose, f"epoch {epoch + 1}: stopped early, {self._reason()}")

    def _stop(self, epoch: int) -> None:
        self.stopped_epoch = epoch
        self.end_run(self._reason())

    def _reason(self) -> str:
        if self.best == self.worst:
            return f"{self.monitor} was never a number"
        by = f" by {100 * self.relative_delta:g} %" if self.relative_delta else ""
        return f"{self.monitor} has not got better{by} since epoch {self.gain_epoch + 1}"

    def on_train_end(self, logs: Logs | None = None) -> None:
        super().on_train_end(logs)
        if self.restore_best_weights and self.best_weights is not None:
            self.model.set_weights(self.best_weights)

    def get_state(self) -> dict[str, Any]:
        weights = {f"best.{n}": array for n, array in enumerate(self.best_weights or [])}
        return {
            "best": self.best,
            "best_epoch": self.best_epoch,
            "gain": self.gain,
            "gain_epoch": self.gain_epoch,
            "wait": self.wait,
            "stopped_epoch": self.stopped_epoch,
            **weights,
        }

    def set_state(self, state: dict[str, Any]) -> None:
        # Earlier files have the best number only.
        older = {"gain": state["best"], "gain_epoch": state["best_epoch"]}
        state = {**older, **state}
        self.best, self.best_epoch = kept_number(state, "best"), kept_count(state, "best_epoch")
        self.gain, self.gain_epoch = kept_number(state, "gain"), kept_count(state, "gain_epoch")
        self.wait = kept_count(state, "wait")
        is_over = state["stopped_epoch"] is not None
        self.stopped_epoch = kept_count(state, "stopped_epoch") if is_over else None
        count = sum(name.startswith("best.") for name in state)
        self.best_weights = [state[f"best.{n}"] for n in range(count)] or None
