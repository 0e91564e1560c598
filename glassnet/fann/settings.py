"""What holds for every network of the module: whose arithmetic, and where draws come from."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import numpy as np

from glassnet import random

__all__ = ["FAITHFUL", "Draws", "faithful", "is_faithful", "seed"]

# Not 0 if FANN's own arithmetic is wanted; machine code looks at it too.
FAITHFUL = np.zeros(1, np.int64)
# The seed given by the user, and how many networks have drawn from it.
_SEED: list[int | None] = [None, 0]


def faithful(on: bool = True) -> bool:
    """Compute as FANN 2.2.0 does, its mistakes included (but for its crashes).

    By default slopes are the right ones, the weights kept are those that earned the error
    reported, and a slope of 0 moves no weight. See the table in ``docs/fann.md``.

    Parameters
    ----------
    on : bool, default True

    Returns
    -------
    bool
        What held before.

    Examples
    --------
    >>> faithful(True)
    False
    >>> faithful(False)
    True
    """
    before = is_faithful()
    FAITHFUL[0] = bool(on)
    return before


def is_faithful() -> bool:
    """Return whether FANN's own arithmetic is wanted."""
    return bool(FAITHFUL[0])


def seed(number: int | None) -> None:
    """Make all later draws repeatable: networks made after this draw from this seed in turn.

    Parameters
    ----------
    number : int or None
        None draws a new seed for every network again, as FANN does.
    """
    _SEED[:] = [None if number is None else int(number), 0]


class Draws:
    """The random numbers of one network or data set, from one seed."""

    def __init__(self) -> None:
        if _SEED[0] is None:
            self.seed = secrets.randbits(63)
        else:
            assert _SEED[1] is not None
            self.seed = (_SEED[0] * 1_000_003 + _SEED[1]) % 2**63
            _SEED[1] += 1
        self.count = 0

    def uniform(self, shape: Sequence[int], low: float = 0.0, high: float = 1.0) -> np.ndarray:
        """Return numbers uniform in [low, high)."""
        self.count += 1
        return random.uniform(self.seed, "fann", shape, low, high, step=self.count)

    def order(self, count: int) -> np.ndarray:
        """Return the numbers below ``count`` in random order."""
        self.count += 1
        return random.permutation(self.seed, "fann", count, step=self.count)
