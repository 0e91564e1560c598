"""Prediction of one sample with next to no overhead: everything but the row is fixed.

Several threads may call a predictor: each call takes one of its memories out of a list, and
makes another where none is left. ``list.pop`` and ``list.append`` cannot be interrupted, so no
lock is needed, and none can be left behind by Ctrl-C.
"""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from glassnet.backends.base import Backend
from glassnet.backends.compiled.run.bound import Bound, MachineCode
from glassnet.backends.compiled.run.onerow import OneRow
from glassnet.errors import ShapeError
from glassnet.graph.dims import Shape, shape_text
from glassnet.graph.program import Program

__all__ = ["PlainPredictor", "Predictor"]

_OBJECT = np.dtype(object)  # there is one of it


class Predictor:
    """A compiled program with its weights, to be called with one sample at a time.

    The weights are those it was given last. Threads may share it: a call that finds its memory
    in use computes in memory of its own.

    Attributes
    ----------
    convert : callable or None
        Makes an array of numbers of what is none, its values in the order of the inputs where
        they have names, or refuses it in words.
    """

    convert: Callable[[Any], np.ndarray] | None = None

    def __init__(
        self, compiled: MachineCode, program: Program, name: str, weights: Mapping[str, Any]
    ) -> None:
        self.compiled = compiled
        self.program = program
        self.name = name
        self.shape = program.inputs[name].shape[1:]
        self.set_weights(weights)

    def set_weights(self, weights: Mapping[str, Any]) -> None:
        """Take over other weights; calls that are under way end with those they began with."""
        first = self.memory(weights)
        self._weights = first.inputs
        # Memories with other weights go back to the list they came from, which is then gone.
        self._free = [self._parts(first)]

    def memory(self, weights: Mapping[str, Any]) -> OneRow:
        """Return the program with memory and weights of its own."""
        made = OneRow(Bound(self.compiled), self.program, [self.name])
        for name, buffer in made.inputs.items():
            buffer[...] = weights[name]
        return made

    def result_of(self, memory: OneRow) -> np.ndarray:
        """Return where a memory leaves the prediction."""
        return memory.results[next(iter(self.program.outputs))][0]

    def _parts(self, memory: OneRow) -> tuple[Any, ...]:
        """Return where the row goes, the call, the result, and the owner of all pointers."""
        # Converted once: ctypes would do it with every call.
        threads = (ctypes.c_int64(0), ctypes.c_int64(1))
        pointers = map(ctypes.c_void_p, memory.pointers)
        run = functools.partial(memory.function, *threads, *pointers)
        return memory.rows[0][0], run, self.result_of(memory), memory

    def __call__(self, x: Any) -> np.ndarray:
        """Return the prediction for one sample.

        Raises
        ------
        ShapeError
            If ``x`` is not one sample of the network's input shape.
        """
        if type(x) is not np.ndarray or x.dtype is _OBJECT:
            x = self._converted(x)
        if x.shape != self.shape:
            raise _not_one_sample(x, self.shape)
        free = self._free
        try:
            parts = free.pop()
        except IndexError:
            parts = self._parts(self.memory(self._weights))
        row, run, result, _ = parts
        try:
            row[...] = x
            run()
            return result.copy()
        except (TypeError, ValueError):
            self._converted(x)  # text in an array
            raise
        finally:
            free.append(parts)

    def _converted(self, x: Any) -> np.ndarray:
        return np.asarray(x) if self.convert is None else self.convert(x)


class PlainPredictor:
    """The same for programs that are not compiled: a backend runs them.

    Parameters
    ----------
    backend : Backend
    program : Program
    names : sequence of str
        Inputs that are rows, in the order a call gives them.
    weights : mapping of str to ndarray

    Attributes
    ----------
    convert : callable or None
        As that of :class:`Predictor`.
    """

    convert: Callable[[Any], Any] | None = None

    def __init__(
        self, backend: Backend, program: Program, names: list[str], weights: Mapping[str, Any]
    ) -> None:
        self.backend = backend
        self.program = program
        self.names = names
        self.shapes = [program.inputs[name].shape[1:] for name in names]
        self.set_weights(weights)

    def set_weights(self, weights: Mapping[str, Any]) -> None:
        """Take over other weights."""
        others = [name for name in self.program.inputs if name not in self.names]
        self._weights = {name: np.array(weights[name]) for name in others}

    def __call__(self, *rows: Any) -> np.ndarray:
        """Return the prediction for one sample, given as one array an input."""
        values = dict(self._weights)
        if self.convert is not None:
            rows = tuple(map(self.convert, rows))
        for name, shape, row in zip(self.names, self.shapes, rows, strict=True):
            if np.shape(row) != shape:
                raise _not_one_sample(row, shape)
            values[name] = np.asarray(row)[None]
        found: np.ndarray = next(iter(self.backend.run(self.program, values).values()))[0]
        return found


def _not_one_sample(x: Any, shape: Shape) -> ShapeError:
    return ShapeError(
        f"a predictor takes one sample of shape {shape_text(shape)}, "
        f"not {shape_text(np.shape(x))}; use predict for several"
    )
