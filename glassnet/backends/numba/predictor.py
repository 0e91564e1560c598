"""Prediction of one sample with next to no overhead: everything but the row is fixed."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np

from glassnet.backends.numba.bound import Bound
from glassnet.backends.numba.source import CONTROL
from glassnet.errors import ShapeError
from glassnet.graph.dims import bind, shape_text
from glassnet.graph.program import Program

__all__ = ["Predictor"]


class Predictor:
    """A compiled program with its weights, to be called with one sample at a time.

    The weights are those it was given last; it is not to be shared among threads.
    """

    def __init__(
        self, bound: Bound, program: Program, name: str, weights: Mapping[str, Any]
    ) -> None:
        node = program.inputs[name]
        self.shape = tuple(node.shape[1:])
        self.row = np.zeros((1, *bind(self.shape, {})), node.dtype)
        self._flat = self.row[0]
        self._memory = bound
        self.set_weights(weights)
        place = bound.plan.results[next(iter(program.outputs))]
        self.result = bound.view(place, {"n": 1})[0]
        control = dict.fromkeys(CONTROL, 0) | dict(wanted=1, rows=1, batch_size=1)
        bound.control[:] = [control[name] for name in CONTROL]
        self._totals = np.zeros(1)
        places = (bound.signs, bound.control, self._totals)
        addresses = [array.ctypes.data for array in places]
        # The machine code, and what it takes after the number of its thread and of all threads.
        self.function = bound.compiled.function
        self.pointers = (*addresses, None, *bound.addresses, self.row.ctypes.data)
        self._run = functools.partial(self.function, 0, 1, *self.pointers)

    def set_weights(self, weights: Mapping[str, Any]) -> None:
        """Take over other weights."""
        for name, room in self._memory.inputs.items():
            room[...] = weights[name]

    def __call__(self, x: Any) -> np.ndarray:
        """Return the prediction for one sample.

        Raises
        ------
        ShapeError
            If ``x`` is not one sample of the network's input shape.
        """
        if getattr(x, "shape", None) != self.shape and np.shape(x) != self.shape:
            raise ShapeError(
                f"a predictor takes one sample of shape {shape_text(self.shape)}, "
                f"not {shape_text(np.shape(x))}; use predict for several"
            )
        self._flat[...] = x
        self._run()
        return self.result.copy()
