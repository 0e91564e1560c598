"""CSVLogger: one line an epoch in a table."""

from __future__ import annotations

import csv
from pathlib import Path

from glassnet.errors import OutputError
from glassnet.training.callbacks.base import Callback, Logs

__all__ = ["CSVLogger"]


class CSVLogger(Callback):
    """Write epoch, loss and metrics to a CSV file, line by line.

    Parameters
    ----------
    filename : str or Path
    separator : str, default ","
    append : bool, default False
        Go on with a file that is there; a resumed run always does.
    """

    def __init__(self, filename: str | Path, separator: str = ",", append: bool = False) -> None:
        self.path = Path(filename)
        self.separator = separator
        self.append = append
        self.columns: list[str] | None = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        assert self.training is not None
        self.columns = None
        if self.append or self.training.is_resumed:
            if self.path.exists() and self.path.stat().st_size:
                with self.path.open(newline="") as file:
                    self.columns = next(csv.reader(file, delimiter=self.separator))
        else:
            self._write([], "w")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        logs = logs or {}
        rows: list[list[object]] = []
        if self.columns is None:
            self.columns = ["epoch", *logs]
            rows.append(list(self.columns))
        rows.append(
            [epoch, *(repr(logs[name]) if name in logs else "" for name in self.columns[1:])]
        )
        self._write(rows, "a")

    def _write(self, rows: list[list[object]], mode: str) -> None:
        try:
            with self.path.open(mode, newline="") as file:
                csv.writer(file, delimiter=self.separator).writerows(rows)
        except OSError as error:
            raise OutputError(
                f"CSVLogger cannot write {str(self.path)!r}: {error.strerror}; choose a folder that "
                "exists and can be written"
            ) from error
