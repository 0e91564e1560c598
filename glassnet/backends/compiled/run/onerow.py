"""A compiled program that takes one row at a time, and the memories it runs in.

The predictor and FANN's ``run``, ``train`` and ``test`` are made of it. Called from Python, it
takes one of its memories out of a list for every call, and makes another where none is left, so
that several threads may call it: ``list.pop`` and ``list.append`` cannot be interrupted, so no lock
is needed, and none can be left behind by Ctrl-C. Called by a builtin function (``builtin.py``), it
stays in the one memory that the function is bound to.
"""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from glassnet.backends.compiled.emit.control import CONTROL
from glassnet.backends.compiled.run.bound import Bound, MachineCode
from glassnet.backends.compiled.schedule.places import ARENAS
from glassnet.graph.dims import bind
from glassnet.graph.program import Program

__all__ = ["OneRow", "RowMemory", "address_of_function", "pointer_count"]

_CONTROL = dict.fromkeys(CONTROL, 0) | {"wanted": 1, "rows": 1, "batch_size": 1}


def pointer_count(rows: int) -> int:
    """Return how many pointers a program takes, given its number of inputs that are rows."""
    return 4 + len(ARENAS) + rows


def address_of_function(function: Any) -> int:
    """Return where the machine code of a function of ctypes is."""
    return int(ctypes.cast(function, ctypes.c_void_p).value or 0)


class RowMemory:
    """What one call of a program reads and writes, all at fixed places.

    Attributes
    ----------
    one : OneRow
        The program.
    rows : list of ndarray
        What goes in: ``(1, ...)``, to be filled before a call; ``first`` is the first of them,
        without its axis of rows.
    inputs : dict of str to ndarray
        All other inputs: weights, which a step replaces by new ones, and scalars.
    run : callable
        Runs the machine code.
    address : int
        Where that is.
    """

    def __init__(self, one: OneRow) -> None:
        self.one = one
        self.bound = bound = Bound(one.code)
        nodes = [one.program.inputs[name] for name in one.names]
        self.rows = [np.zeros((1, *bind(node.shape[1:], {})), node.dtype) for node in nodes]
        self.first = self.rows[0][0]
        self.inputs = bound.inputs
        bound.control[: len(CONTROL)] = list(_CONTROL.values())
        before = [array.ctypes.data for array in (bound.signs, bound.control, one.totals)]
        self._fixed = (*before, None, *bound.addresses)
        self.address = address_of_function(one.code.function)
        # Arguments are converted once; ctypes would do it with every call.
        threads = (ctypes.c_int64(0), ctypes.c_int64(1))
        pointers = map(ctypes.c_void_p, self.pointers_for(self.rows))
        self.run = functools.partial(one.prototype(self.address), *threads, *pointers)

    @functools.cached_property
    def result(self) -> np.ndarray:
        """The program's first output, that of the one row."""
        place = self.bound.schedule.memory.results[next(iter(self.one.program.outputs))]
        return self.bound.view(place, {"n": 1})[0]

    def pointers_for(self, rows: Sequence[np.ndarray]) -> tuple[int | None, ...]:
        """Return the pointers that the machine code takes, for rows at any place."""
        return (*self._fixed, *(row.ctypes.data for row in rows))


class OneRow:
    """A compiled program of one row.

    Parameters
    ----------
    code : MachineCode
        Compiled for one row.
    program : Program
    names : sequence of str
        Inputs that are rows, in the order the program was compiled for.
    totals : ndarray, optional
        Where all calls add up the program's totals (float64). They keep the interpreter lock then,
        so that no two of them add at once; other calls give it away while they compute.
    """

    def __init__(
        self,
        code: MachineCode,
        program: Program,
        names: Sequence[str],
        totals: np.ndarray | None = None,
    ) -> None:
        self.code, self.program, self.names = code, program, names
        self.prototype = ctypes.CFUNCTYPE(None) if totals is None else ctypes.PYFUNCTYPE(None)
        self.totals = np.zeros(max(1, len(program.totals))) if totals is None else totals
        self._free: list[RowMemory] = []
        self._weights: Mapping[str, Any] = {}

    def memory(self, weights: Mapping[str, Any]) -> RowMemory:
        """Return a new memory that holds these weights, and all other inputs but the rows."""
        made = RowMemory(self)
        for name, buffer in made.inputs.items():
            buffer[...] = weights[name]
        return made

    def set_weights(self, weights: Mapping[str, Any]) -> None:
        """Take over other weights; calls that are under way end with those they began with."""
        first = self.memory(weights)
        self._weights = first.inputs
        # Memories with other weights go back to the list they came from, which is then gone.
        self._free = [first]

    def __call__(self, first: Any, *others: Any) -> np.ndarray:
        """Return the first output for one row, given as one array an input."""
        free = self._free
        try:
            memory = free.pop()
        except IndexError:
            memory = self.memory(self._weights)
        try:
            memory.first[...] = first
            if others:  # a loop over all of them would cost a predictor a fifth of its time
                for buffer, row in zip(memory.rows[1:], others, strict=True):
                    buffer[...] = row
            memory.run()
            return memory.result.copy()
        finally:
            free.append(memory)
