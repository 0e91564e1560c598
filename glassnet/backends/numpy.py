"""The NumPy backend: one line of NumPy per op, into buffers that are allocated once.

A program and the sizes of its inputs are turned into the source of one Python function
(:mod:`glassnet.backends.numpy_source`); running a step is calling it.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from glassnet.backends.base import Backend, Stepper, Work
from glassnet.backends.numpy_source import Compiled, compile_program
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
        # Buffers are shared between calls, so one call at a time.
        self._lock = threading.Lock()

    def run(self, program: Program, values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        arrays = {name: np.asarray(values[name], node.dtype) for name, node in program.inputs.items()}
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
        return NumpyStepper(program, state, data)


class NumpyStepper(Stepper):
    """A step bound to its state: buffers are reused, parameters are updated in place."""

    def __init__(
        self,
        program: Program,
        state: dict[str, np.ndarray],
        data: Mapping[str, np.ndarray],
    ) -> None:
        self.program = program
        self.state = state
        self.data = {
            name: np.asarray(array, program.inputs[name].dtype) for name, array in data.items()
        }
        self.rows = len(next(iter(self.data.values())))
        self.functions: dict[int, Callable[..., tuple[float, ...]]] = {}
        self.batches: dict[int, list[np.ndarray]] = {}

    def _prepare(self, size: int) -> None:
        sizes = self.program.sizes(
            {
                **{name: array.shape for name, array in self.state.items()},
                **{name: (size, *array.shape[1:]) for name, array in self.data.items()},
                **{n: () for n, node in self.program.inputs.items() if node.shape == ()},
            }
        )
        compiled = compile_program(self.program, sizes, self.state)
        self.functions[size] = compiled.function
        self.batches[size] = [
            np.empty((size, *array.shape[1:]), array.dtype) for array in self.data.values()
        ]

    def run(self, work: Work) -> tuple[int, np.ndarray]:
        scalars = [
            name for name in self.program.inputs if name not in self.state and name not in self.data
        ]
        # The step number changes from batch to batch; everything else stands still.
        fixed = [work.scalars[name] for name in scalars if name != "step"]
        if scalars and scalars[-1] != "step":
            raise ValueError("the step number must be the last scalar input of a step")
        with np.errstate(all="ignore"):
            if work.batch_size >= self.rows and all(order is None for order in work.orders):
                return self._full_batches(work, fixed)
            return self._batches(work, fixed)

    def _full_batches(self, work: Work, fixed: list[float]) -> tuple[int, np.ndarray]:
        if self.rows not in self.functions:
            self._prepare(self.rows)
        function = self.functions[self.rows]
        arguments = (*self.data.values(), *fixed)
        clock, deadline = time.perf_counter, time.perf_counter() + work.seconds
        totals = []
        for step in range(work.step + 1, work.step + 1 + min(work.batches, len(work.orders))):
            totals.append(function(*arguments, step))
            if clock() >= deadline:
                break
        return len(totals), np.array(totals).reshape(len(totals), len(self.program.totals))

    def _batches(self, work: Work, fixed: list[float]) -> tuple[int, np.ndarray]:
        per_epoch = -(-self.rows // work.batch_size)
        clock, deadline = time.perf_counter, time.perf_counter() + work.seconds
        rows, size = self.rows, work.batch_size
        data = list(self.data.values())
        all_totals: list[np.ndarray] = []
        done = 0
        for epoch, order in enumerate(work.orders):
            first = work.first_batch if epoch == 0 else 0
            totals: list[tuple[float, ...]] = []
            for start in range(first * size, rows, size):
                count = min(size, rows - start)
                if count not in self.functions:
                    self._prepare(count)
                if order is None:
                    batch = [array[start : start + count] for array in data]
                else:
                    chosen = order[start : start + count]
                    batch = self.batches[count]
                    for array, room in zip(data, batch, strict=True):
                        # "clip" writes straight into the room; row numbers are always valid.
                        array.take(chosen, 0, room, "clip")
                done += 1
                totals.append(self.functions[count](*batch, *fixed, work.step + done))
                if done >= work.batches or clock() >= deadline:
                    break
            all_totals.append(np.sum(totals, axis=0))
            if done >= work.batches or clock() >= deadline:
                break
        assert done <= per_epoch * len(work.orders)
        return done, np.array(all_totals).reshape(len(all_totals), len(self.program.totals))
