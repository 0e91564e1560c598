"""The compiled backend: a program becomes one function of machine code.

Source is generated (:mod:`~glassnet.backends.compiled.emit.source`) from a plan
(:mod:`~glassnet.backends.compiled.schedule.plan`), compiled
(:mod:`~glassnet.backends.compiled.compiler`) and kept on disk, so that the next process only
loads it.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import warnings
import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from glassnet.backends.base import Backend, Stepper
from glassnet.backends.choice import is_too_large
from glassnet.backends.compiled.emit.lowering import lowered
from glassnet.backends.compiled.emit.source import Source
from glassnet.backends.compiled.run.bound import Bound, MachineCode
from glassnet.backends.compiled.run.capacity import capacity_of, capacity_of_batch
from glassnet.backends.compiled.run.onerow import OneRow
from glassnet.backends.compiled.run.pace import Pace
from glassnet.backends.compiled.run.predictor import PlainPredictor, Predictor
from glassnet.backends.compiled.run.runner import Ready, Runner, has_symbol
from glassnet.backends.compiled.run.stepper import BoundStepper
from glassnet.backends.compiled.run.threads import thread_count
from glassnet.backends.compiled.schedule.prepare import stepping
from glassnet.backends.compiled.schedule.schedule import Schedule
from glassnet.backends.compiled.schedule.small import SmallSchedule
from glassnet.backends.numpy import Numpy
from glassnet.backends.waiting import in_thread
from glassnet.graph.program import Program

__all__ = ["Compiled"]

# A sum of many terms is one call within another.
_DEEP = 20_000


class Compiled(Backend):
    """Runs programs as machine code.

    NumPy runs programs of more than :data:`glassnet.backends.choice.MOST_UNITS` units, which would
    take too long to compile.

    Parameters
    ----------
    threads : int, optional
        Most threads to use; default ``GLASSNET_NUM_THREADS``, else all cores.
    """

    name = "compiled"

    def __init__(self, threads: int | None = None) -> None:
        self.threads = thread_count(threads)
        self._runners: weakref.WeakKeyDictionary[Program, Runner] = weakref.WeakKeyDictionary()
        self._step_codes: weakref.WeakKeyDictionary[Program, dict[Any, MachineCode | None]] = (
            weakref.WeakKeyDictionary()
        )
        self._lock = threading.Lock()
        self._fallback = Numpy()
        # The memory of the last run: getting 40 MB from the system may take as many milliseconds.
        self._spare: Bound | None = None

    def __reduce__(self) -> Any:
        return Compiled, (self.threads,)  # what is compiled stays here; the cache has it too

    def taking(self, program: Program) -> Backend:
        return self._fallback if is_too_large(program) else self

    def run(self, program: Program, values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        with self._lock:
            runner = self._runners.get(program)
            if runner is None:
                runner = self._runners[program] = Runner(program)
            data = [np.ascontiguousarray(values[name], kind) for name, kind in runner.data]
            key = tuple([array.shape for array in data])
            if key not in runner.ready:
                runner.ready[key] = self._make_ready(runner, program, values)
            ready = runner.ready[key]
            if ready is not None:
                return ready.run(values, data, self.threads)
        return self._fallback.run(program, values)

    def _make_ready(
        self, runner: Runner, program: Program, values: Mapping[str, Any]
    ) -> Ready | None:
        """Compile for these sizes, or use what was compiled for sizes near them."""
        sizes = program.sizes({name: np.shape(values[name]) for name in program.inputs})
        capacity, fixed = capacity_of(sizes)
        key = (capacity, tuple(sorted(fixed.items())))
        if key not in runner.bound:
            names = tuple(name for name, _ in runner.data)
            compiled = self._code(program, names, capacity, fixed)
            runner.bound[key] = None if compiled is None else Bound(compiled)
        bound = runner.bound[key]
        return None if bound is None else Ready(program, bound, sizes)

    def predictor(self, program: Program, weights: Mapping[str, np.ndarray]) -> Any:
        """Return a function of one sample, as fast as it can be called.

        Parameters
        ----------
        program : Program
            Inputs with a symbolic first axis, and weights. Of several outputs all are returned.
        weights : mapping of str to ndarray
        """
        names = [name for name, node in program.inputs.items() if has_symbol(node.shape)]
        is_one = len(names) == 1 and len(program.outputs) == 1
        one = self.one_row(program, tuple(names)) if is_one else None
        if one is None:
            return PlainPredictor(self._fallback, program, names, weights)
        return Predictor(one, weights)

    def one_row(
        self, program: Program, names: tuple[str, ...], totals: np.ndarray | None = None
    ) -> OneRow | None:
        """Return a program, or a step, that is run on one row at a time.

        None if it is not compiled; where it has totals, also if it is shared among threads or calls
        the BLAS.

        Parameters
        ----------
        program : Program
        names : tuple of str
            Its inputs that are rows.
        totals : ndarray, optional
            Where its totals are added up.
        """
        one: dict[str, int] = {"n": 1}
        code = (self.step_code if program.state else self._code)(program, names, 1, one)
        has_company = code is not None and (code.schedule.shards > 1 or code.calls_blas)
        if code is None or (totals is not None and has_company):
            return None
        return OneRow(code, program, names, totals)

    def stepper(
        self,
        program: Program,
        state: dict[str, np.ndarray],
        data: Mapping[str, np.ndarray],
    ) -> Stepper:
        if self.taking(program) is not self:
            return self._fallback.stepper(program, state, data)
        return BoundStepper(self, self._fallback, program, state, data)

    def memory_for(self, compiled: MachineCode) -> Bound:
        """Return memory for a program: that of its last run if that is over."""
        with self._lock:
            spare, self._spare = self._spare, None
        return spare if spare is not None and spare.compiled is compiled else Bound(compiled)

    def keep(self, bound: Bound) -> None:
        """Keep memory for the next run of the same program."""
        with self._lock:
            self._spare = bound

    def lowered(
        self, program: Program, data: tuple[str, ...], batch_size: int, rows: int | None = None
    ) -> tuple[Schedule | SmallSchedule, Source]:
        """Return the schedule and the source of a step for batches of a size, out of ``rows``.

        Raises
        ------
        GraphError
            If the program cannot be compiled.
        """
        capacity, fixed = capacity_of_batch(batch_size, rows)
        return lowered(stepping(program), data, capacity, fixed)

    def step_code(
        self, program: Program, data: tuple[str, ...], capacity: int, fixed: Mapping[str, int]
    ) -> MachineCode | None:
        """Return the machine code of a step: the same for every run of the program."""
        key = (data, capacity, *sorted(fixed.items()))
        with self._lock:
            known = self._step_codes.setdefault(program, {})
            if key not in known:
                known[key] = code = self._code(program, data, capacity, fixed, stepping)
                if code is not None:
                    code.pace = Pace(min(self.threads, code.schedule.shards))
            return known[key]

    def _code(
        self,
        program: Program,
        data: tuple[str, ...],
        capacity: int,
        fixed: Mapping[str, int],
        change: Callable[[Program], Program] = lambda program: program,
    ) -> MachineCode | None:
        """Return the machine code of a program, changed first; None if NumPy is to run it."""
        if self.taking(program) is not self:
            return None
        return _compile(change(program), data, capacity, fixed)


@contextlib.contextmanager
def _deep_recursion() -> Iterator[None]:
    """Let deeply nested expressions be walked."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _DEEP))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


# The depth of recursion holds for all threads, so one of them compiles at a time.
_compiling = threading.Lock()


def _compiled(
    program: Program, data: tuple[str, ...], capacity: int, fixed: Mapping[str, int]
) -> MachineCode:
    with _compiling, _deep_recursion():
        return MachineCode(program, data, capacity, fixed)


def _compile(
    program: Program, data: tuple[str, ...], capacity: int, fixed: Mapping[str, int]
) -> MachineCode | None:
    """Return machine code, or None after a warning if the program cannot be compiled."""
    try:
        return in_thread(lambda: _compiled(program, data, capacity, fixed))
    except Exception as error:  # the compiler's own reasons are many
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        warnings.warn(
            f"{program.name!r} cannot be compiled ({reason[:200]}); NumPy runs it instead",
            RuntimeWarning,
            stacklevel=4,
        )
        return None
