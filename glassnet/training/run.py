"""What callbacks, checkpoints and the search for NaN see of a run of ``fit``.

The loop is a :class:`Run` (:mod:`glassnet.training.loop`); what is called by it knows only this, so
that no two files import each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from glassnet.backends import Backend
from glassnet.graph import Program
from glassnet.layers.topology import Topology
from glassnet.optimizers import Optimizer
from glassnet.training.compile_record import CompileRecord
from glassnet.training.history import History
from glassnet.training.network import Network
from glassnet.training.state import Snapshot, State

__all__ = ["Data", "Finished", "Run", "RunSnapshot"]

Data = dict[str, np.ndarray]
# Epochs that are over but not told of yet: the number of the first, the totals of each, and
# how many rows one had.
Finished = tuple[int, np.ndarray, int]


@dataclass
class RunSnapshot:
    """A copy of everything that a step of a run changes, at one moment."""

    state: Snapshot
    epoch: int
    batch: int
    totals: np.ndarray
    pending: list[Finished]


class Run(Protocol):
    """One call of ``fit`` while it goes on.

    Attributes
    ----------
    epoch, batch : int
        Position: the epoch (from 0) and the next batch in it.
    totals : ndarray
        Losses and metrics added up over the epoch so far.
    logs : dict
        Their averages.
    gone_bad : bool
        Whether a number became NaN or infinite.
    """

    model: Any
    network: Network
    topology: Topology
    record: CompileRecord
    optimizer: Optimizer
    state: State
    step: Program
    backend: Backend
    backend_reason: str
    data: Data
    rows: int
    batch_size: int
    batches_per_epoch: int
    shuffle: bool
    epochs: int
    first_epoch: int
    epoch: int
    batch: int
    totals: np.ndarray
    logs: dict[str, float]
    history: History
    callbacks: list[Any]
    input_names: list[str]
    is_resumed: bool
    is_stopped: bool
    gone_bad: bool
    slice_batches: int

    @property
    def fingerprint(self) -> int:
        """A number that tells these data from others."""

    def history_logs(self) -> dict[str, float]:
        """Return the numbers of the last finished epoch."""

    def running_logs(self) -> dict[str, float]:
        """Return the numbers of the epoch so far; sums as they will be if the rest is like it."""

    def save(self, path: Any) -> None:
        """Write a checkpoint."""

    def fetch(self, names: Iterable[str] | None = None) -> Data:
        """Return weights and slots by name as they are at this moment, by default all.

        On the CPU they are no copies: numbers that are changed in place take effect at once.
        """

    def is_finite(self) -> bool:
        """Return whether the losses of the last stretch and all weights are finite."""

    def position(self, room: RunSnapshot | None = None) -> RunSnapshot:
        """Return a copy of all that a step changes, in the memory of an earlier one if given."""

    def go_back(self, position: RunSnapshot) -> None:
        """Return to an earlier position."""

    def run_batches(self, count: int) -> None:
        """Run some batches without calling callbacks."""

    def values_of_next_batch(self) -> Data:
        """Return every input of the step for the next batch."""
