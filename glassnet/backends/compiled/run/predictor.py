"""Prediction of one sample with next to no overhead: everything but the row is fixed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from glassnet.backends.base import Backend
from glassnet.backends.compiled.run.onerow import OneRow
from glassnet.errors import ShapeError
from glassnet.graph.dims import Shape, shape_text
from glassnet.graph.program import Program

__all__ = ["PlainPredictor", "Predictor"]

_OBJECT = np.dtype(object)  # there is one of it


class Predictor(OneRow):
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

    def __init__(self, one: OneRow, weights: Mapping[str, Any]) -> None:
        super().__init__(one.code, one.program, one.names)
        self.shape = one.program.inputs[one.names[0]].shape[1:]
        self.set_weights(weights)

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
        try:
            return OneRow.__call__(self, x)  # faster than by super()
        except (TypeError, ValueError):
            self._converted(x)  # text in an array
            raise

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

    def __call__(self, *rows: Any) -> Any:
        """Return the prediction for one sample, given as one array an input.

        Of several outputs it is a list of arrays.
        """
        values = dict(self._weights)
        if self.convert is not None:
            rows = tuple(map(self.convert, rows))
        for name, shape, row in zip(self.names, self.shapes, rows, strict=True):
            if np.shape(row) != shape:
                raise _not_one_sample(row, shape)
            values[name] = np.asarray(row)[None]
        found = [array[0] for array in self.backend.run(self.program, values).values()]
        return found[0] if len(found) == 1 else found


def _not_one_sample(x: Any, shape: Shape) -> ShapeError:
    return ShapeError(
        f"a predictor takes one sample of shape {shape_text(shape)}, "
        f"not {shape_text(np.shape(x))}; use predict for several"
    )
