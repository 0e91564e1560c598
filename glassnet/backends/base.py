"""What a backend is: a way of running programs.

A backend is a value, not a global. It offers two things: ``run`` computes a program once,
and ``stepper`` binds a training step to the arrays of its state and runs it many times.
"""

from __future__ import annotations

import abc
import itertools
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from glassnet.graph.program import Program

__all__ = ["AsTheyLie", "Backend", "Stepper", "Work"]


class AsTheyLie(Sequence):
    """The orders of epochs that all take the rows unshuffled: any number at no cost.

    >>> len(AsTheyLie(60_000)), AsTheyLie(2)[1]
    (60000, None)
    """

    def __init__(self, epochs: int) -> None:
        self.epochs = epochs

    def __len__(self) -> int:
        return self.epochs

    def __getitem__(self, number: Any) -> Any:
        if not -self.epochs <= number < self.epochs:
            raise IndexError(number)
        return None

    def __iter__(self) -> Iterator[None]:
        return itertools.repeat(None, self.epochs)


@dataclass
class Work:
    """A stretch of training: which batches to run, and what they were found to cost.

    Parameters
    ----------
    orders : sequence of ndarray or None
        One order of row numbers per epoch; None stands for the rows unshuffled.
    batch_size : int
        Rows a batch; the last batch of an epoch may be shorter.
    first_batch : int
        Batch of the first epoch to begin with.
    batches : int
        How many batches to run at most, across epochs.
    seconds : float
        Stop at the first end of a batch after this time.
    scalars : dict
        Hyperparameters and other scalar inputs.
    step : int
        Number of steps made before; the step sees ``step + 1`` for the first batch.
    totals : ndarray, optional
        What the first epoch has added up so far. Sums go on from it batch by batch, so that
        they do not depend on where a run was cut into stretches.
    """

    orders: Sequence[np.ndarray | None]
    batch_size: int
    first_batch: int = 0
    batches: int = 1
    seconds: float = float("inf")
    scalars: Mapping[str, float] = field(default_factory=dict)
    step: int = 0
    totals: np.ndarray | None = None

    @property
    def is_unshuffled(self) -> bool:
        """Whether every epoch takes the rows unshuffled."""
        if isinstance(self.orders, AsTheyLie):
            return True
        return all(order is None for order in self.orders)


class Stepper(abc.ABC):
    """A training step bound to its state and its data.

    While it is in use it owns the state: all others read and replace it by these methods, so that a
    backend may keep it in another memory.

    Attributes
    ----------
    state : dict of str to ndarray
        Weights and slots by name. On the CPU these are the arrays of the network.
    """

    state: dict[str, np.ndarray]

    @abc.abstractmethod
    def run(self, work: Work) -> tuple[int, np.ndarray]:
        """Run batches; return how many were run and the totals, one row an epoch it ran in."""

    def close(self) -> None:  # noqa: B027  (most have nothing to give back)
        """Give memory back when a run is over; the next ``run`` takes it anew."""

    def fetch(self, names: Iterable[str] | None = None) -> dict[str, np.ndarray]:
        """Return arrays of the state by name, by default all; on the CPU they are no copies."""
        return dict(self.state) if names is None else {name: self.state[name] for name in names}

    def snapshot(self, room: dict[str, np.ndarray] | None = None) -> dict[str, np.ndarray]:
        """Return a copy of the state; an earlier copy that is no longer in use lends its memory."""
        fits = room is not None and room.keys() == self.state.keys()
        copies = room if room is not None and fits else _like(self.state)
        for name, array in self.state.items():
            copies[name][...] = array
        return copies

    def restore(self, snapshot: Mapping[str, np.ndarray]) -> None:
        """Put the state back as it was when a copy was made."""
        for name, array in self.state.items():
            array[...] = snapshot[name]

    def is_finite(self) -> bool:
        """Return whether all numbers of the state are finite."""
        # A sum of finite numbers may overflow, so only a bad sum is looked into.
        with np.errstate(over="ignore", invalid="ignore"):
            return all(
                np.isfinite(array.sum()) or np.isfinite(array).all()
                for array in self.state.values()
            )


class HeldState(Stepper):
    """A state whose steps are made on the host, by SciPy."""

    def __init__(self, state: dict[str, np.ndarray]) -> None:
        self.state = state

    def run(self, work: Work) -> tuple[int, np.ndarray]:
        raise NotImplementedError("the steps of this state are made on the host")


def _like(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return arrays of the same shapes, side by side in one block.

    The system gives a large block in large pages; a page of 4 KB at a time, 20 MB took 12 ms.
    """
    kinds = {array.dtype for array in arrays.values()}
    blocks = {
        kind: np.empty(sum(a.size for a in arrays.values() if a.dtype == kind), kind)
        for kind in kinds
    }
    found, used = {}, dict.fromkeys(kinds, 0)
    for name, array in arrays.items():
        start = used[array.dtype]
        used[array.dtype] += array.size
        found[name] = blocks[array.dtype][start : start + array.size].reshape(array.shape)
    return found


class Backend(abc.ABC):
    """A way of running programs.

    Attributes
    ----------
    name : str
        What ``fit(backend=...)`` calls it.
    """

    name: str

    @abc.abstractmethod
    def run(self, program: Program, values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Compute every output of a program once; the arrays given are not changed."""

    def taking(self, program: Program) -> Backend:
        """Return the backend that runs a program given to this one: itself, or another."""
        return self

    def stepper(
        self,
        program: Program,
        state: dict[str, np.ndarray],
        data: Mapping[str, np.ndarray],
    ) -> Stepper:
        """Bind a step to state arrays, changed in place, and to whole data sets."""
        return PlainStepper(self, program, state, data)


class PlainStepper(Stepper):
    """Runs a step batch by batch through :meth:`Backend.run`: slow, and right by construction."""

    def __init__(
        self,
        backend: Backend,
        program: Program,
        state: dict[str, np.ndarray],
        data: Mapping[str, np.ndarray],
    ) -> None:
        self.backend = backend
        self.program = program
        self.state = state
        self.data = data
        self.rows = len(next(iter(data.values())))

    def run(self, work: Work) -> tuple[int, np.ndarray]:
        return run_batches(self, work)

    def one_batch(self, rows: np.ndarray | slice, work: Work, step: int) -> list[float]:
        """Run one batch; new state is written back only when every output is known."""
        values = {name: array[rows] for name, array in self.data.items()}
        scalars = {**work.scalars, "step": step}
        for name, node in self.program.inputs.items():
            if name in self.state:
                values[name] = self.state[name]
            elif name not in values:
                values[name] = np.asarray(scalars[name], node.dtype)
        outputs = self.backend.run(self.program, values)
        for name in self.program.state:
            self.state[name][...] = outputs[name]
        return [float(outputs[name]) for name in self.program.totals]


def run_batches(stepper: PlainStepper, work: Work) -> tuple[int, np.ndarray]:
    """Walk through the batches of the work: the loop that compiled backends replace."""
    per_epoch = -(-stepper.rows // work.batch_size)
    deadline = time.perf_counter() + work.seconds
    totals = np.zeros((len(work.orders), len(stepper.program.totals)))
    if work.totals is not None:
        totals[:1] = work.totals
    done = 0
    for epoch, order in enumerate(work.orders):
        first = work.first_batch if epoch == 0 else 0
        for batch in range(first, per_epoch):
            if done >= work.batches or (done and time.perf_counter() >= deadline):
                return done, totals[: epoch + (batch > first)]
            start = batch * work.batch_size
            stop = min(start + work.batch_size, stepper.rows)
            rows = slice(start, stop) if order is None else order[start:stop]
            totals[epoch] += stepper.one_batch(rows, work, work.step + done + 1)
            done += 1
    return done, totals
