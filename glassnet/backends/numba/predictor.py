"""Prediction of one sample with next to no overhead: everything but the row is fixed."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np

from glassnet.backends.numba.bound import Bound
from glassnet.backends.numba.onerow import OneRow
from glassnet.errors import ShapeError
from glassnet.graph.dims import shape_text
from glassnet.graph.program import Program

__all__ = ["Predictor"]


class Predictor:
    """A compiled program with its weights, to be called with one sample at a time.

    The weights are those it was given last; it is not to be shared among threads.
    """

    def __init__(
        self, bound: Bound, program: Program, name: str, weights: Mapping[str, Any]
    ) -> None:
        self.program = OneRow(bound, program, [name])
        self.shape = self.program.rows[0].shape[1:]
        self._flat = self.program.rows[0][0]
        self.result = self.program.results[next(iter(program.outputs))][0]
        self.set_weights(weights)
        self._run = functools.partial(self.program.function, 0, 1, *self.program.pointers)

    def set_weights(self, weights: Mapping[str, Any]) -> None:
        """Take over other weights."""
        for name, room in self.program.inputs.items():
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
