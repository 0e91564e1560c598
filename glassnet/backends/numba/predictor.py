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

    The weights are those of the moment it was made; it is not to be shared among threads.
    """

    def __init__(
        self, bound: Bound, program: Program, name: str, weights: Mapping[str, Any]
    ) -> None:
        node = program.inputs[name]
        self.shape = tuple(node.shape[1:])
        self._row = np.zeros((1, *bind(self.shape, {})), node.dtype)
        self._flat = self._row[0]
        for other, room in bound.inputs.items():
            room[...] = weights[other]
        place = bound.plan.results[next(iter(program.outputs))]
        self._result = bound.view(place, {"n": 1})[0]
        control = dict.fromkeys(CONTROL, 0) | dict(wanted=1, rows=1, batch_size=1)
        bound.control[:] = [control[name] for name in CONTROL]
        self._totals = np.zeros(1)
        places = (bound.signs, bound.control, self._totals)
        addresses = [array.ctypes.data for array in places]
        arguments = (*addresses, None, *bound.addresses, self._row.ctypes.data)
        self._run = functools.partial(bound.compiled.function, 0, 1, *arguments)
        self._memory = bound

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
        return self._result.copy()
