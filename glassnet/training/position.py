"""The position in a run that a checkpoint holds; every part of it is checked when it is read."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.errors import FileFormatError, GlassnetError

__all__ = ["DAMAGE", "MOST_STEPS", "Position", "readable"]

# No run counts steps or epochs beyond this.
MOST_STEPS = 2**53
# The errors that reading a damaged description may raise.
DAMAGE = (
    KeyError,
    TypeError,
    IndexError,
    ValueError,
    AttributeError,
    OverflowError,
    RecursionError,
    MemoryError,
)


@contextlib.contextmanager
def readable(path: str) -> Iterator[None]:
    """Turn what a damaged position leads to into a `FileFormatError` with the file's name."""
    try:
        yield
    except GlassnetError:
        raise
    except DAMAGE as error:
        raise FileFormatError(
            f"the position in the run that {path!r} holds cannot be read ({error!r:.200}); "
            "use an intact file"
        ) from error


@dataclass
class Position:
    """Where a run stands, and what it has seen.

    Attributes
    ----------
    epoch, batch : int
    totals : ndarray
        Sums over the batches of this epoch.
    history : dict of str to list of float
    epochs : list of int
    sparse_epochs : dict of str to list of int
    is_stopped : bool
    callbacks : list of dict
    """

    epoch: int
    batch: int
    totals: np.ndarray
    history: dict[str, list[float]]
    epochs: list[int]
    sparse_epochs: dict[str, list[int]]
    is_stopped: bool
    callbacks: list[dict[str, Any]]

    @classmethod
    def of(cls, run: dict[str, Any], totals: np.ndarray) -> Position:
        """Return the position a description tells of.

        Parameters
        ----------
        run : dict
        totals : ndarray
            Those of the run that is to go on: as many must be there.

        Raises
        ------
        ValueError, KeyError
            If anything is missing or of another kind.
        """
        sums = np.array(_numbers(run["totals"], "totals"), np.float64)
        if sums.shape != totals.shape:
            raise ValueError(f"it has {sums.size} totals, {totals.size} are needed")
        curves = _mapping(run["history"], "history")
        sparse = _mapping(run.get("sparse_epochs") or {}, "sparse_epochs")
        return cls(
            _count(run["epoch"], "epoch"),
            _count(run["batch"], "batch"),
            sums,
            {name: _numbers(values, f"history of {name!r}") for name, values in curves.items()},
            _counts(run["epochs"], "epochs"),
            {name: _counts(values, f"epochs of {name!r}") for name, values in sparse.items()},
            bool(run["stop"]),
            [_state(one) for one in _list(run["callbacks"], "callbacks")],
        )


def _list(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"its {what} are {value!r:.60}, not a list")
    return value


def _mapping(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"its {what} is {value!r:.60}, not a dict")
    return value


def _numbers(value: Any, what: str) -> list[float]:
    numbers = _list(value, what)
    wrong = [one for one in numbers if isinstance(one, bool) or not isinstance(one, int | float)]
    if wrong:
        raise ValueError(f"its {what} holds {wrong[0]!r:.60}, which is no number")
    return [float(one) for one in numbers]


def _count(value: Any, what: str) -> int:
    if type(value) is not int or not 0 <= value < MOST_STEPS:
        raise ValueError(f"its {what} is {value!r:.60}, not a number of 0 or more")
    return value


def _counts(value: Any, what: str) -> list[int]:
    return [_count(one, what) for one in _list(value, what)]


def _state(one: Any) -> dict[str, Any]:
    state = _mapping(one, "state of a callback")
    if not isinstance(state["class"], str):
        raise ValueError(f"a callback's class is {state['class']!r:.60}")
    return {"class": state["class"], "state": _mapping(state["state"], "state of a callback")}
