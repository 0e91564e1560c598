"""Errors counted as FANN counts them: since the last reset, or epoch by epoch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glassnet.fann.settings import is_faithful

__all__ = ["Tallies", "Tally"]


@dataclass
class Tally:
    """Errors counted since the last reset, as FANN counts them.

    Attributes
    ----------
    squares : float
        Sum of the squares of (halved) errors; a C float in FANN.
    count : int
        Outputs looked at.
    fails : int
        Those off by the bit fail limit or more.
    """

    squares: float = 0.0
    count: int = 0
    fails: int = 0

    @property
    def mse(self) -> float:
        if not self.count:
            return 0.0
        if is_faithful():
            return float(np.float32(self.squares) / np.float32(self.count))
        return self.squares / self.count

    def add(self, errors: np.ndarray, limit: float) -> None:
        """Count some errors, in the order FANN does."""
        squares = (errors * errors).ravel()
        if is_faithful():
            # One number after the other, in single precision: cumsum does just that.
            start = np.float32(self.squares)
            parts = np.concatenate([[start], squares.astype(np.float32)])
            self.squares = float(np.cumsum(parts, dtype=np.float32)[-1])
        else:
            self.squares += float(squares.sum())
        self.count += squares.size
        self.fails += int((np.abs(errors) >= limit).sum())


@dataclass
class Tallies:
    """Errors counted in one epoch after the other.

    Attributes
    ----------
    squares, fails : ndarray
        One number an epoch, as in :class:`Tally`.
    count : int
        Outputs looked at in an epoch.
    """

    squares: np.ndarray
    fails: np.ndarray
    count: int

    def __len__(self) -> int:
        return len(self.squares)

    def __getitem__(self, epoch: int) -> Tally:
        return Tally(float(self.squares[epoch]), self.count, int(self.fails[epoch]))

    def first(self, is_by_mse: bool, limit: float) -> int | None:
        """Return the first epoch whose mean of squares, or number of fails, is small enough."""
        reached = self.squares / self.count <= limit if is_by_mse else self.fails <= limit
        epoch = int(reached.argmax())
        return epoch if reached[epoch] else None
