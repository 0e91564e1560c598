"""A compiled program together with its memory: arenas, views into them, and the call."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from glassnet.backends.compiled.compiler import blas, build
from glassnet.backends.compiled.emit.control import BAD_INDEX, CONTROL
from glassnet.backends.compiled.emit.lowering import lowered
from glassnet.backends.compiled.run.pace import Pace
from glassnet.backends.compiled.run.threads import together
from glassnet.backends.compiled.schedule.places import ARENAS, Place
from glassnet.graph.dims import bind
from glassnet.graph.program import Program

__all__ = ["Bound", "MachineCode", "control_words"]

_ITEM = {"float64": "f8", "float32": "f4", "int64": "i8", "uint32": "u4", "bool": "u1"}


def control_words(**words: int) -> np.ndarray:
    """Return the whole numbers of a call, in the order of ``CONTROL``."""
    return np.array([words[name] for name in CONTROL], np.int64)


class MachineCode:
    """A program as machine code, for any number of rows up to its capacity.

    Parameters
    ----------
    program : Program
    data : tuple of str
        Inputs given as arrays from outside at every call; all others live in the arenas.
    capacity : int
        Most rows of a batch.
    sizes : mapping, optional
        Numbers for symbolic sizes, where the program is made for these alone.
    """

    def __init__(
        self,
        program: Program,
        data: tuple[str, ...],
        capacity: int,
        sizes: Mapping[str, int] | None = None,
    ) -> None:
        self.schedule, self.source = lowered(program, data, capacity, sizes or {})
        text, arguments, starts = self.source.text, self.source.arguments, self.source.starts
        self.function = build.compiled(text, arguments, starts, self.source.is_short)
        self.pace = Pace(1)
        self.calls_blas = "gemm(" in self.source.text


class Bound:
    """One copy of the memory of a compiled program."""

    def __init__(self, compiled: MachineCode) -> None:
        self.compiled = compiled
        self.schedule = compiled.schedule
        self.arenas = {
            pointer: _aligned(self.schedule.memory.used[pointer], _ITEM[dtype])
            for pointer, dtype in ARENAS.items()
        }
        for place, node in self.schedule.memory.constants:
            self.view(place)[...] = node.attrs["value"]
        self.inputs = {
            name: self.view(place) for name, place in self.schedule.memory.inputs.items()
        }
        # Where threads wait for each other: a cache line for each word.
        self.signs = np.zeros(8 * (1 + self.schedule.shards), np.int64)
        self.control = np.zeros(BAD_INDEX + 1, np.int64)
        self.own = (self.signs.ctypes.data, self.control.ctypes.data)
        # Addresses of the arenas, in the order of the function's arguments.
        self.addresses = [arena.ctypes.data for arena in self.arenas.values()]

    def view(self, place: Place, sizes: Mapping[str, int] | None = None) -> np.ndarray:
        """Return the array at a place, as a view of the arena."""
        shape = bind(place.shape, sizes or {})
        strides = bind(place.strides, sizes or {})
        arena = self.arenas[place.pointer]
        item = arena.itemsize
        return np.ndarray(
            shape, arena.dtype, arena, int(place.offset) * item, tuple(s * item for s in strides)
        )

    def call(
        self,
        control: np.ndarray,
        totals: int,
        order: Any,
        data: list[int],
        threads: int = 1,
    ) -> None:
        """Run batches; ``totals``, ``order`` and ``data`` are addresses."""
        self.control[:BAD_INDEX] = control
        arguments = (*self.own, totals, order, *self.addresses, *data)
        if self.schedule.shards == 1 and not self.compiled.calls_blas:
            self.compiled.function(0, 1, *arguments)
        else:
            self.signs[:] = 0
            with blas.one_thread() if self.compiled.calls_blas else contextlib.nullcontext():
                together(self.compiled.function, arguments, min(threads, self.schedule.shards))
        if self.control[BAD_INDEX]:
            self.control[BAD_INDEX] = 0
            raise IndexError("an index of gather is out of bounds: there are fewer rows")


def _aligned(count: int, kind: str) -> np.ndarray:
    """Return an array that starts at a multiple of 64 bytes."""
    dtype = np.dtype(kind)
    raw = np.empty(count * dtype.itemsize + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + count * dtype.itemsize].view(dtype)
