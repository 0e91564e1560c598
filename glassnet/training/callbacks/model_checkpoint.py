"""ModelCheckpoint: write the complete state of a run again and again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from glassnet.errors import ArgumentError
from glassnet.training.callbacks.base import Logs
from glassnet.training.callbacks.monitor import Monitor

__all__ = ["ModelCheckpoint"]


class ModelCheckpoint(Monitor):
    """Write weights, optimizer, position and callbacks to a file; ``fit(resume=FILE)`` goes on from it.

    The file is written beside and renamed into place: whatever happens, a whole one is there.

    Parameters
    ----------
    filepath : str or Path
        May hold ``{epoch}`` and the names of loss and metrics, ``"run-{epoch:03d}.safetensors"``.
    monitor : str, default "val_loss"
    save_best_only : bool, default False
        Write only when the watched number got better.
    mode : {"auto", "min", "max"}
    save_freq : "epoch" or int, default "epoch"
        A number is a number of batches.
    """

    def __init__(
        self,
        filepath: str | Path,
        monitor: str = "val_loss",
        save_best_only: bool = False,
        mode: str = "auto",
        save_freq: str | int = "epoch",
    ) -> None:
        super().__init__(monitor, mode)
        if save_freq != "epoch" and (not isinstance(save_freq, int) or save_freq < 1):
            raise ArgumentError(
                f"save_freq={save_freq!r} must be 'epoch' or a number of batches, at least 1"
            )
        if save_best_only and save_freq != "epoch":
            raise ArgumentError("save_best_only needs save_freq='epoch'")
        self.filepath = str(filepath)
        self.save_best_only = save_best_only
        self.save_freq = save_freq

    def on_train_begin(self, logs: Logs | None = None) -> None:
        # A folder that cannot be written is noticed now, not after the first epoch.
        folder = Path(self.filepath).parent
        if not folder.is_dir():
            raise ArgumentError(
                f"ModelCheckpoint is to write {self.filepath!r}, but the folder {str(folder)!r} does not "
                "exist; create it first"
            )

    def overrides(self, *names: str) -> bool:  # type: ignore[override]
        # Only a checkpoint every few batches has to interrupt an epoch.
        wanted = "on_epoch_end" if self.save_freq == "epoch" else "on_train_batch_end"
        return wanted in names or "on_train_begin" in names

    def batches_until_due(self, step: int) -> int | None:
        """Return how many batches may run before the next file is due."""
        if isinstance(self.save_freq, str):
            return None
        return self.save_freq - step % self.save_freq

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if self.save_freq != "epoch":
            return
        if self.save_best_only:
            value = self.current(logs)
            if not self.is_better(value):
                return
            self.best = value
        self._save(epoch, logs or {})

    def on_slice_end(self) -> None:
        training = self.training
        assert training is not None
        if isinstance(self.save_freq, int) and training.state.step % self.save_freq == 0:
            self._save(training.epoch, training.logs)

    def _save(self, epoch: int, logs: Logs) -> None:
        assert self.training is not None
        try:
            path = self.filepath.format(epoch=epoch + 1, **logs)
        except (KeyError, IndexError) as error:
            raise ArgumentError(
                f"the file name {self.filepath!r} uses {error}, but only epoch, {', '.join(logs)} are known"
            ) from None
        self.training.save(path)

    def get_state(self) -> dict[str, Any]:
        return {"best": self.best}

    def set_state(self, state: dict[str, Any]) -> None:
        self.best = state["best"]
