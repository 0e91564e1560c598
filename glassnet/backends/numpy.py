"""The NumPy backend: one line of NumPy per op, into buffers that are allocated once.

A program and the sizes of its inputs are turned into the source of one Python function
(:mod:`glassnet.backends.numpy_source`); running a step is calling it.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.backends.base import Backend, Stepper, Work
from glassnet.backends.numpy_source import Compiled, compile_program
from glassnet.graph.node import input_node
from glassnet.graph.program import Program

__all__ = ["Numpy"]

# How many batch sizes of one program are kept ready at the same time.
_KEPT_SIZES = 4


class Numpy(Backend):
    """Runs programs with NumPy, the reference for speed without a compiler."""

    name = "numpy"

    def __init__(self) -> None:
        self._ready: weakref.WeakKeyDictionary[Program, dict[Any, Compiled]] = (
            weakref.WeakKeyDictionary()
        )
        self._steps: weakref.WeakKeyDictionary[Program, dict[Any, Bound]] = (
            weakref.WeakKeyDictionary()
        )
        # Buffers are shared between calls, so one call at a time.
        self._lock = threading.Lock()

    def run(self, program: Program, values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        arrays = {
            name: np.asarray(values[name], node.dtype) for name, node in program.inputs.items()
        }
        sizes = program.sizes({name: array.shape for name, array in arrays.items()})
        with self._lock, np.errstate(all="ignore"):
            compiled = self._compiled(program, sizes)
            arguments = [array if array.ndim else array.item() for array in arrays.values()]
            results = compiled.function(*arguments)
            return {
                name: np.array(result, program.outputs[name].dtype)
                for name, result in zip(compiled.outputs, results, strict=True)
            }

    def _compiled(self, program: Program, sizes: dict[str, int]) -> Compiled:
        ready = self._ready.setdefault(program, {})
        key = tuple(sorted(sizes.items()))
        if key not in ready:
            if len(ready) >= _KEPT_SIZES:
                ready.pop(next(iter(ready)))
            ready[key] = compile_program(program, sizes, {})
        return ready[key]

    def stepper(
        self,
        program: Program,
        state: dict[str, np.ndarray],
        data: Mapping[str, np.ndarray],
    ) -> Stepper:
        return NumpyStepper(program, state, data, self._steps.setdefault(program, {}))


@dataclass
class Bound:
    """A step compiled for one batch size and bound to arrays, with buffers for a batch."""

    function: Callable[..., tuple[float, ...]]
    batch: list[np.ndarray]
    state: list[np.ndarray]


class NumpyStepper(Stepper):
    """A step bound to its state: buffers are reused, parameters are updated in place.

    ``kept`` is where compiled steps of this program wait for the next stepper of the same
    state, so that training batch by batch, or a search over rates, compiles once.
    """

    def __init__(
        self,
        program: Program,
        state: dict[str, np.ndarray],
        data: Mapping[str, np.ndarray],
        kept: dict[Any, Bound],
    ) -> None:
        self.kept = kept
        self.program = _arranged(program, state, data)
        self.state = state
        self.data = {
            name: np.asarray(data[name], node.dtype)
            for name, node in self.program.inputs.items()
            if name in data
        }
        self.rows = len(next(iter(self.data.values())))
        self.bound: dict[int, Bound] = {}

    def _for_size(self, size: int) -> Bound:
        """Return the step for batches of this many rows, compiled when it is first needed."""
        if size not in self.bound:
            key = (size, tuple(id(array) for array in self.state.values()))
            if key not in self.kept:
                if len(self.kept) >= _KEPT_SIZES:
                    self.kept.pop(next(iter(self.kept)))
                self.kept[key] = self._compile(size)
            self.bound[size] = self.kept[key]
        return self.bound[size]

    def _compile(self, size: int) -> Bound:
        sizes = self.program.sizes(
            {
                **{name: array.shape for name, array in self.state.items()},
                **{name: (size, *array.shape[1:]) for name, array in self.data.items()},
                **{n: () for n, node in self.program.inputs.items() if node.shape == ()},
            }
        )
        compiled = compile_program(self.program, sizes, self.state)
        batch = [np.empty((size, *array.shape[1:]), array.dtype) for array in self.data.values()]
        return Bound(compiled.function, batch, list(self.state.values()))

    def run(self, work: Work) -> tuple[int, np.ndarray]:
        # The step number changes from batch to batch; everything else stands still.
        fixed = [
            work.scalars[name]
            for name in self.program.inputs
            if name not in self.state and name not in self.data and name != "step"
        ]
        with np.errstate(all="ignore"):
            whole = work.batch_size >= self.rows and work.first_batch == 0
            if whole and work.is_unshuffled:
                return self._full_batches(work, fixed)
            return self._batches(work, fixed)

    def _full_batches(self, work: Work, fixed: list[float]) -> tuple[int, np.ndarray]:
        function = self._for_size(self.rows).function
        arguments = (*self.data.values(), *fixed)
        clock, deadline = time.perf_counter, time.perf_counter() + work.seconds
        totals = []
        for step in range(work.step + 1, work.step + 1 + min(work.batches, len(work.orders))):
            totals.append(function(*arguments, step))
            if clock() >= deadline:
                break
        return len(totals), np.array(totals).reshape(len(totals), len(self.program.totals))

    def _batches(self, work: Work, fixed: list[float]) -> tuple[int, np.ndarray]:
        clock, deadline = time.perf_counter, time.perf_counter() + work.seconds
        size = work.batch_size
        epochs: list[np.ndarray] = []
        done = 0
        stop = False
        for epoch, order in enumerate(work.orders):
            first = work.first_batch if epoch == 0 else 0
            totals: list[tuple[float, ...]] = []
            for start in range(first * size, self.rows, size):
                stop = done >= work.batches or (done > 0 and clock() >= deadline)
                if stop:
                    break
                function, batch = self._batch(start, min(size, self.rows - start), order)
                done += 1
                totals.append(function(*batch, *fixed, work.step + done))
            if not (stop and not totals):
                before = work.totals if epoch == 0 else None
                epochs.append(self._added_up(totals, before))
            if stop:
                break
        return done, np.array(epochs).reshape(len(epochs), len(self.program.totals))

    def _added_up(self, totals: list[tuple[float, ...]], before: np.ndarray | None) -> np.ndarray:
        """Return the sums one after the other: np.sum would take them in another order."""
        count = len(self.program.totals)
        rows = np.zeros((len(totals) + 1, count))
        if before is not None:
            rows[0] = before
        rows[1:] = np.reshape(totals, (len(totals), count))
        return np.cumsum(rows, axis=0)[-1]

    def _batch(
        self, start: int, count: int, order: np.ndarray | None
    ) -> tuple[Callable[..., tuple[float, ...]], list[np.ndarray]]:
        """Return the function for a batch of this many rows, and the rows."""
        bound = self._for_size(count)
        if order is None:
            return bound.function, [a[start : start + count] for a in self.data.values()]
        chosen = order[start : start + count]
        for array, buffer in zip(self.data.values(), bound.batch, strict=True):
            # "clip" writes straight into the buffer; row numbers are always valid.
            array.take(chosen, 0, buffer, "clip")
        return bound.function, bound.batch


def _arranged(program: Program, state: Mapping[str, Any], data: Mapping[str, Any]) -> Program:
    """Return the step with its inputs as the stepper gives them: data, scalars, step number.

    Outputs that are neither totals nor state are left out.
    """
    inputs = program.inputs
    rows = [name for name in inputs if name in data]
    scalars = [name for name in inputs if name not in data and name not in state]
    scalars = [name for name in scalars if name != "step"]
    step = inputs["step"] if "step" in inputs else input_node("step", (), "int64")
    nodes = [inputs[name] for name in (*(n for n in inputs if n in state), *rows, *scalars)]
    kept = {name: program.outputs[name] for name in (*program.totals, *program.state)}
    return Program(program.name, [*nodes, step], kept, program.totals, program.rows)
