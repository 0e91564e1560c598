"""CSVLogger: one line an epoch in a table."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

from glassnet.errors import ArgumentError, OutputError, shown
from glassnet.formats.files import write_text
from glassnet.quoting import csv_text
from glassnet.training.callbacks.base import Callback, Logs

__all__ = ["CSVLogger"]


class CSVLogger(Callback):
    """Write epoch, loss and metrics to a CSV file, line by line.

    Parameters
    ----------
    filename : str or Path
    separator : str, default ","
    append : bool, default False
        Go on with a file that is there. A resumed run always does, from its own epoch on.

    A number that not every epoch has leaves its place empty elsewhere.
    """

    adds_numbers = False

    def __init__(self, filename: str | Path, separator: str = ",", append: bool = False) -> None:
        if not isinstance(filename, str | os.PathLike) or not str(filename):
            raise ArgumentError(f"CSVLogger({shown(filename)}): give the name of a file")
        if not isinstance(separator, str) or len(separator) != 1:
            raise ArgumentError(f"CSVLogger(separator={shown(separator)}): give one character")
        self.path = Path(filename)
        self.separator = separator
        self.append = append
        self.columns: list[str] | None = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        assert self.training is not None
        self.columns = None
        is_there = self.path.is_file() and self.path.stat().st_size > 0
        if is_there and self.training.is_resumed:
            self._cut(self.training.epoch)
        elif is_there and self.append:
            self.columns = next(iter(self._rows()), None)
        else:
            self._write([], "w")

    def _rows(self) -> list[list[str]]:
        with self.path.open(newline="", encoding="utf-8", errors="replace") as file:
            return [row for row in csv.reader(file, delimiter=self.separator) if row]

    def _cut(self, epoch: int) -> None:
        """Leave out what a killed run wrote after its last checkpoint, and a torn last line."""
        rows = self._rows()
        self.columns = rows[0]
        kept = [
            row
            for row in rows[1:]
            if len(row) == len(rows[0]) and row[0].isdigit() and int(row[0]) < epoch
        ]
        text = io.StringIO()
        csv.writer(text, delimiter=self.separator).writerows([rows[0], *kept])
        write_text(self.path, text.getvalue())

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        logs = {csv_text(name): value for name, value in (logs or {}).items()}
        rows: list[list[object]] = []
        if self.columns is None:
            self.columns = ["epoch", *logs]
            rows.append(list(self.columns))
        self._widen([name for name in logs if name not in self.columns])
        values = (repr(float(logs[name])) if name in logs else "" for name in self.columns[1:])
        self._write([*rows, [epoch, *values]], "a")

    def _widen(self, names: list[str]) -> None:
        """Add columns for numbers that the epochs so far did not have."""
        assert self.columns is not None
        if not names or not self.path.is_file():
            return
        self.columns = [*self.columns, *names]
        room = len(self.columns)
        rows: list[list[object]] = [[*row, *[""] * (room - len(row))] for row in self._rows()[1:]]
        self._write([list(self.columns), *rows], "w")

    def _write(self, rows: list[list[object]], mode: str) -> None:
        try:
            with self.path.open(mode, newline="", encoding="utf-8") as file:
                csv.writer(file, delimiter=self.separator).writerows(rows)
        except OSError as error:
            raise OutputError(
                f"CSVLogger cannot write {str(self.path)!r}: {error.strerror}; choose a folder "
                "that exists and can be written"
            ) from error
