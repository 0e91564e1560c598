"""Training on machine code: whole epochs in one call, cut into slices of a fraction of a second."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from glassnet.backends.base import AsTheyLie, Backend, Stepper, Work
from glassnet.backends.compiled.run.bound import Bound, MachineCode, control_words
from glassnet.backends.compiled.run.capacity import capacity_of_batch
from glassnet.graph.program import Program

__all__ = ["BoundStepper", "Codes"]

# A call of machine code takes about this long, so that Ctrl-C is heard in between.
_SLICE = 0.2


class Codes(Protocol):
    """What a stepper asks its backend for: machine code, and memory to run it in."""

    def step_code(
        self, program: Program, data: tuple[str, ...], capacity: int, fixed: Mapping[str, int]
    ) -> MachineCode | None:
        """Return the machine code of a step, None if it cannot be compiled."""

    def memory_for(self, compiled: MachineCode) -> Bound:
        """Return memory for a program."""

    def keep(self, bound: Bound) -> None:
        """Keep memory for the next run of the same program."""


class BoundStepper(Stepper):
    """A step bound to its state: whole epochs run inside one call of machine code."""

    def __init__(
        self,
        codes: Codes,
        fallback: Backend,
        program: Program,
        state: dict[str, np.ndarray],
        data: Mapping[str, np.ndarray],
    ) -> None:
        self.codes = codes
        self.fallback = fallback
        self.program = program
        self.state = state
        self.data = {
            name: np.ascontiguousarray(array, program.inputs[name].dtype)
            for name, array in data.items()
        }
        self.rows = len(next(iter(self.data.values())))
        self.bound: dict[tuple[int, ...], Bound | None] = {}

    def run(self, work: Work) -> tuple[int, np.ndarray]:
        bound = self._prepare(work)
        if bound is None:
            return self.fallback.stepper(self.program, self.state, self.data).run(work)
        for name, place in bound.inputs.items():
            if name in self.state:
                place[...] = self.state[name]
            elif name != "step":
                place[...] = work.scalars[name]
        try:
            return self._slices(bound, work)
        finally:
            for name in self.program.state:
                self.state[name][...] = bound.inputs[name]

    def _prepare(self, work: Work) -> Bound | None:
        size = min(work.batch_size, self.rows)
        capacity, fixed = capacity_of_batch(size, self.rows if work.is_unshuffled else None)
        key = (capacity, *fixed.values())
        if key not in self.bound:
            compiled = self.codes.step_code(self.program, tuple(self.data), capacity, fixed)
            self.bound[key] = None if compiled is None else self.codes.memory_for(compiled)
        return self.bound[key]

    def close(self) -> None:
        for bound in self.bound.values():
            if bound is not None:
                self.codes.keep(bound)
        self.bound = {}

    def _slices(self, bound: Bound, work: Work) -> tuple[int, np.ndarray]:
        """Call machine code again and again, for a fraction of a second at a time."""
        addresses = [array.ctypes.data for array in self.data.values()]
        per_epoch = -(-self.rows // work.batch_size)
        totals = np.zeros((len(work.orders) + 1, max(1, len(self.program.totals))))
        if work.totals is not None:
            totals[0, : len(self.program.totals)] = work.totals
        wanted = min(work.batches, len(work.orders) * per_epoch - work.first_batch)
        deadline = time.perf_counter() + work.seconds
        done = 0
        while done < wanted:
            position = work.first_batch + done
            epoch, batch = divmod(position, per_epoch)
            seconds = min(_SLICE, max(deadline - time.perf_counter(), 0.0))
            count = min(wanted - done, bound.compiled.pace.batches_in(seconds))
            alike = 1 if work.orders[epoch] is not None else self._unshuffled(work.orders, epoch)
            count = min(count, alike * per_epoch - batch)
            with bound.compiled.pace.measured(count):
                self._call(bound, work, done, batch, count, totals[epoch:], addresses)
            done += count
            if time.perf_counter() >= deadline:
                break
        touched = -(-(work.first_batch + done) // per_epoch)
        return done, totals[:touched, : len(self.program.totals)].copy()

    def _unshuffled(self, orders: Any, epoch: int) -> int:
        """Return how many epochs in a row take the rows unshuffled."""
        if isinstance(orders, AsTheyLie):
            return len(orders) - epoch
        last = epoch
        while last < len(orders) and orders[last] is None:
            last += 1
        return last - epoch

    def _call(
        self,
        bound: Bound,
        work: Work,
        done: int,
        batch: int,
        count: int,
        totals: np.ndarray,
        addresses: list[int],
    ) -> None:
        order = work.orders[(work.first_batch + done) // -(-self.rows // work.batch_size)]
        rows = None if order is None else np.ascontiguousarray(order, np.int64)
        control = control_words(
            first_batch=batch,
            wanted=count,
            rows=self.rows,
            batch_size=work.batch_size,
            step=work.step + done + 1,
            has_order=int(rows is not None),
        )
        order_address = None if rows is None else rows.ctypes.data
        bound.call(
            control, totals.ctypes.data, order_address, addresses, bound.compiled.pace.threads
        )
