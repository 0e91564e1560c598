"""The compiled backend: a program becomes one function of machine code.

Source is generated (:mod:`~glassnet.backends.compiled.source`) from a plan
(:mod:`~glassnet.backends.compiled.plan`), compiled
(:mod:`~glassnet.backends.compiled.compiler`) and kept on disk, so that the next process only
loads it.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
import warnings
import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from glassnet.backends.base import AsTheyLie, Backend, Stepper, Work
from glassnet.backends.choice import is_too_large
from glassnet.backends.compiled.bound import Bound, MachineCode, control_words, lowered
from glassnet.backends.compiled.onerow import OneRow
from glassnet.backends.compiled.pace import Pace
from glassnet.backends.compiled.predictor import PlainPredictor, Predictor
from glassnet.backends.compiled.prepare import stepping
from glassnet.backends.compiled.runner import Ready, Runner, has_symbol
from glassnet.backends.compiled.threads import thread_count
from glassnet.backends.numpy import Numpy
from glassnet.backends.waiting import in_thread
from glassnet.graph.program import Program

__all__ = ["Compiled"]

# A call of machine code takes about this long, so that Ctrl-C is heard in between.
_SLICE = 0.2

# A sum of many terms is one call within another.
_DEEP = 20_000

# Up to so many rows, a full batch is compiled for exactly these.
_FEW_ROWS = 8


class Compiled(Backend):
    """Runs programs as machine code.

    Programs of too many units (:data:`glassnet.backends.choice.MOST_UNITS`) are run by NumPy, for
    compiling them would take minutes.

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
        capacity, fixed = _capacity(sizes)
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
            One input with a symbolic first axis, and weights; its first output is returned.
        weights : mapping of str to ndarray
        """
        names = [name for name, node in program.inputs.items() if has_symbol(node.shape)]
        is_one = len(names) == 1
        compiled = self._code(program, (names[0],), 1, {"n": 1}) if is_one else None
        if compiled is None:
            return PlainPredictor(self._fallback, program, names, weights)
        return Predictor(compiled, program, names[0], weights)

    def one_row(
        self, program: Program, names: tuple[str, ...], totals: np.ndarray
    ) -> OneRow | None:
        """Return a program, or a step, that is run on one row at a time; None if it cannot be had.

        Parameters
        ----------
        program : Program
        names : tuple of str
            Its inputs that are rows.
        totals : ndarray
            Where its totals are added up.
        """
        one: dict[str, int] = {"n": 1}
        by_step = bool(program.state)
        code = (self.step_code if by_step else self._code)(program, names, 1, one)
        if code is None or code.plan.shards > 1 or code.calls_blas:
            return None
        return OneRow(Bound(code), program, names, totals)

    def stepper(
        self,
        program: Program,
        state: dict[str, np.ndarray],
        data: Mapping[str, np.ndarray],
    ) -> Stepper:
        if self.taking(program) is not self:
            return self._fallback.stepper(program, state, data)
        return CompiledStepper(self, program, state, data)

    def memory_for(self, compiled: MachineCode) -> Bound:
        """Return memory for a program: that of its last run if that is over."""
        with self._lock:
            spare, self._spare = self._spare, None
        return spare if spare is not None and spare.compiled is compiled else Bound(compiled)

    def keep(self, bound: Bound) -> None:
        """Keep memory for the next run of the same program."""
        with self._lock:
            self._spare = bound

    def source(
        self, program: Program, data: tuple[str, ...], batch_size: int, rows: int | None = None
    ) -> str:
        """Return the source that is generated for batches of so many rows, out of ``rows``.

        Raises
        ------
        GraphError
            If the program cannot be compiled.
        """
        capacity, fixed = _capacity_of_batch(batch_size, rows)
        return lowered(stepping(program), data, capacity, fixed)[1].text

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
                    code.pace = Pace(min(self.threads, code.plan.shards))
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


def _capacity(sizes: Mapping[str, int]) -> tuple[int, dict[str, int]]:
    """Return the rows to make room for, and sizes that have to be fixed.

    Room grows in powers of two, so that batch sizes near each other share machine code.
    """
    if set(sizes) <= {"n"}:
        rows = sizes.get("n", 1)
        if rows == 1 and sizes:
            return 1, {"n": 1}
        return 1 << max(4, (rows - 1).bit_length()), {}
    return 1, dict(sizes)


def _capacity_of_batch(size: int, rows: int | None) -> tuple[int, dict[str, int]]:
    """Return the same for batches of training; ``rows`` are all samples, if they lie in order."""
    capacity, fixed = _capacity({"n": size})
    if size == rows and rows <= _FEW_ROWS:
        # Few rows, all at once: with their number known every loop can be unrolled.
        fixed = {"n": size}
    return capacity, fixed


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


class CompiledStepper(Stepper):
    """A step bound to its state: whole epochs run inside one call of machine code."""

    def __init__(
        self,
        backend: Compiled,
        program: Program,
        state: dict[str, np.ndarray],
        data: Mapping[str, np.ndarray],
    ) -> None:
        self.backend = backend
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
            fallback = self.backend._fallback.stepper(self.program, self.state, self.data)
            return fallback.run(work)
        for name, room in bound.inputs.items():
            if name in self.state:
                room[...] = self.state[name]
            elif name != "step":
                room[...] = work.scalars[name]
        try:
            return self._slices(bound, work)
        finally:
            for name in self.program.state:
                self.state[name][...] = bound.inputs[name]

    def _prepare(self, work: Work) -> Bound | None:
        size = min(work.batch_size, self.rows)
        capacity, fixed = _capacity_of_batch(size, self.rows if work.is_unshuffled else None)
        key = (capacity, *fixed.values())
        if key not in self.bound:
            compiled = self.backend.step_code(self.program, tuple(self.data), capacity, fixed)
            self.bound[key] = None if compiled is None else self.backend.memory_for(compiled)
        return self.bound[key]

    def close(self) -> None:
        for bound in self.bound.values():
            if bound is not None:
                self.backend.keep(bound)
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
        """Return how many epochs in a row take the rows as they lie."""
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
