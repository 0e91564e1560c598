"""A compiled program of one row, with all it reads and writes at fixed places."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.backends.compiled.emit.control import CONTROL
from glassnet.backends.compiled.run.bound import Bound
from glassnet.backends.compiled.schedule.places import ARENAS
from glassnet.graph.dims import bind
from glassnet.graph.program import Program

__all__ = ["OneRow", "pointer_count"]


def pointer_count(rows: int) -> int:
    """Return how many pointers a program takes, given its number of inputs that are rows."""
    return 4 + len(ARENAS) + rows


class OneRow:
    """A compiled program, its memory, and everything a call of it takes.

    Parameters
    ----------
    bound : Bound
        Compiled for one row.
    program : Program
    names : sequence of str
        Inputs that are rows, in the order the program was compiled for.
    totals : ndarray, optional
        Where the totals are added up (float64).

    Attributes
    ----------
    rows : list of ndarray
        What goes in: ``(1, ...)``, to be filled before a call.
    inputs : dict of str to ndarray
        All other inputs: weights, which a step replaces by new ones, and scalars.
    results : dict of str to ndarray
        What comes out.
    """

    def __init__(
        self,
        bound: Bound,
        program: Program,
        names: Sequence[str],
        totals: np.ndarray | None = None,
    ) -> None:
        self._made_of = (bound.compiled, program, names)
        nodes = [program.inputs[name] for name in names]
        self.rows = [np.zeros((1, *bind(node.shape[1:], {})), node.dtype) for node in nodes]
        self.inputs = bound.inputs
        places = bound.schedule.memory.results.items()
        self.results = {name: bound.view(place, {"n": 1}) for name, place in places}
        control = dict.fromkeys(CONTROL, 0) | dict(wanted=1, rows=1, batch_size=1)
        bound.control[: len(CONTROL)] = [control[name] for name in CONTROL]
        totals = np.zeros(max(1, len(program.totals))) if totals is None else totals
        self._memory = (bound, totals)
        self.totals = totals
        before = [array.ctypes.data for array in (bound.signs, bound.control, totals)]
        self._fixed = (*before, None, *bound.addresses)
        # The machine code, and what it takes after the number of its thread and of all threads.
        self.function = bound.compiled.function
        self.pointers = self.pointers_for(self.rows)

    def pointers_for(self, rows: Sequence[np.ndarray]) -> tuple[int | None, ...]:
        """Return the pointers for rows that lie elsewhere."""
        return (*self._fixed, *(row.ctypes.data for row in rows))

    def twin(self) -> OneRow:
        """Return the same program with memory of its own; the totals are the same."""
        compiled, program, names = self._made_of
        return OneRow(Bound(compiled), program, names, self.totals)

    def __call__(self, *rows: np.ndarray) -> None:
        """Run the program on rows, one for each of its names.

        The interpreter lock is kept, so that nothing else adds to the totals meanwhile.
        """
        for buffer, row in zip(self.rows, rows, strict=True):
            buffer[...] = row
        _keeping_the_lock(self.function)(0, 1, *self.pointers)


def _keeping_the_lock(function: Any) -> Any:
    """Return a function of machine code that is called without giving the interpreter lock away."""
    address = int(ctypes.cast(function, ctypes.c_void_p).value or 0)
    return ctypes.PYFUNCTYPE(None, *function.argtypes)(address)
