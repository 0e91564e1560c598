"""ModelCheckpoint: write the complete state of a run again and again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from glassnet.errors import ArgumentError, OutputError, shown
from glassnet.formats.safetensors import check_name
from glassnet.training.callbacks.base import Logs, check_count, kept_number, note
from glassnet.training.callbacks.monitor import Monitor

__all__ = ["ModelCheckpoint"]


class ModelCheckpoint(Monitor):
    """Write weights, optimizer, position and callbacks to a file.

    ``fit(resume=FILE)`` goes on from it. The file is written beside and renamed into place:
    whatever happens, a whole one is there.

    Parameters
    ----------
    filepath : str or Path
        May hold ``{epoch}``, ``{batch}`` and the names of loss and metrics,
        ``"run-{epoch:03d}.safetensors"``.
    monitor : str, default "val_loss"
    save_best_only : bool, default False
        Write only when the watched number got better.
    mode : {"auto", "min", "max"}
    save_freq : "epoch" or int, default "epoch"
        A number is a number of batches.
    verbose : int, default 0
        1 says every file.
    """

    calling_order = 4  # last, with what all others have just decided

    def __init__(
        self,
        filepath: str | Path,
        monitor: str = "val_loss",
        save_best_only: bool = False,
        mode: str = "auto",
        save_freq: str | int = "epoch",
        verbose: int = 0,
    ) -> None:
        super().__init__(monitor, mode)
        if not isinstance(filepath, str | os.PathLike) or not str(filepath):
            raise ArgumentError(f"ModelCheckpoint({shown(filepath)}): give the name of a file")
        if not isinstance(save_freq, str):
            save_freq = check_count(save_freq, "save_freq", 1)
        elif save_freq != "epoch":
            raise ArgumentError(f"save_freq={save_freq!r} must be 'epoch' or a number of batches")
        if save_best_only and save_freq != "epoch":
            raise ArgumentError("save_best_only needs save_freq='epoch'")
        self.filepath = os.fspath(check_name(filepath))
        self.save_best_only = save_best_only
        self.save_freq = save_freq
        self.verbose = verbose
        self.saved_step: int | None = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        # What cannot be written is noticed now, not after the first epoch.
        folder = Path(self.filepath).parent
        if "{" not in str(folder) and not folder.is_dir():
            raise OutputError(
                f"ModelCheckpoint is to write {self.filepath!r}, but the folder {str(folder)!r} "
                "does not exist; create it first"
            )
        if folder.is_dir() and not os.access(folder, os.W_OK):
            raise OutputError(
                f"ModelCheckpoint is to write {self.filepath!r}, but the folder {str(folder)!r} "
                "cannot be written; choose another or change its rights"
            )
        assert self.training is not None
        self.saved_step = self.training.state.step

    def overrides(self, *names: str) -> bool:
        # Files every few batches interrupt an epoch by batches_until_due, not by a method.
        return self.save_freq == "epoch" and "on_epoch_end" in names

    def batches_until_due(self, step: int) -> int | None:
        if isinstance(self.save_freq, str):
            return None
        return self.save_freq - step % self.save_freq

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if self.save_freq != "epoch":
            return
        if self.save_best_only:
            value = self.current(logs)
            if value is None or not self.is_better(value):
                return
            self.best = value
        self._save(epoch + 1, logs or {})

    def on_settled(self) -> None:
        training = self.training
        assert training is not None
        step = training.state.step
        if isinstance(self.save_freq, str) or step == self.saved_step or step % self.save_freq:
            return
        self.saved_step = step
        # The epoch under way; at its very end, the one just finished.
        self._save(training.epoch + (training.batch > 0), training.logs)

    def _save(self, epoch: int, logs: Logs) -> None:
        assert self.training is not None
        batch = self.training.batch or self.training.batches_per_epoch
        try:
            path = self.filepath.format(**{"epoch": epoch, "batch": batch, **logs})
        except (KeyError, IndexError):
            known = ", ".join(["epoch", "batch", *logs])
            raise ArgumentError(
                f"the file name {self.filepath!r} uses a name in braces that is not known; known "
                f"are {known}"
            ) from None
        except (ValueError, TypeError, AttributeError) as error:
            raise ArgumentError(
                f"the file name {self.filepath!r} cannot be filled in: {error}; write for example "
                "'run-{epoch:03d}.safetensors'"
            ) from None
        self.training.save(path)
        note(self.verbose, f"epoch {epoch}: wrote {path}")

    def get_state(self) -> dict[str, Any]:
        return {"best": self.best}

    def set_state(self, state: dict[str, Any]) -> None:
        self.best = kept_number(state, "best")
