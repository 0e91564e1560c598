"""One-off runs of a program: what can be prepared for given sizes, prepared once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from glassnet.backends.compiled.emit.control import CONTROL
from glassnet.backends.compiled.run.bound import Bound, control_words
from glassnet.errors import ShapeError
from glassnet.graph.dims import Dim, Shape, shape_text
from glassnet.graph.program import Program

__all__ = ["Ready", "Runner", "has_symbol"]

STEP = CONTROL.index("step")
# Batches of up to this many values are copied: asking an array for its address takes longer.
FEW = 4096


def has_symbol(shape: Shape) -> bool:
    """Whether a size of the shape is symbolic."""
    return any(isinstance(dim, Dim) for dim in shape)


class Runner:
    """What is known about one program: its compiled forms, by the sizes they are made for."""

    def __init__(self, program: Program) -> None:
        # The program itself is not kept: it is the key under which this is found.
        inputs = program.inputs.items()
        self.data = [
            (name, np.dtype(node.dtype)) for name, node in inputs if has_symbol(node.shape)
        ]
        self.bound: dict[Any, Bound | None] = {}
        self.ready: dict[Any, Ready | None] = {}


class Ready:
    """A compiled program for one set of sizes: buffers for its inputs, views of its results."""

    def __init__(self, program: Program, bound: Bound, sizes: Mapping[str, int]) -> None:
        self.bound = bound
        self.buffers = list(bound.inputs.items())
        self.totals = np.zeros(max(1, len(program.totals)))
        self.address = self.totals.ctypes.data
        rows = sizes.get("n", 1)
        self.control = control_words(
            first_batch=0, wanted=1, rows=rows, batch_size=rows, step=0, has_order=0
        )
        self.copies: list[np.ndarray] | None = None
        self.addresses: list[int] = []
        self.has_step = "step" in bound.inputs
        self.results = []
        for name, node in program.outputs.items():
            if name in program.totals:
                view = self.totals[program.totals.index(name) :][:1].reshape(())
            else:
                view = bound.view(bound.schedule.memory.results[name], sizes)
            self.results.append((name, view, np.dtype(node.dtype)))

    def run(
        self, values: Mapping[str, Any], data: list[np.ndarray], threads: int
    ) -> dict[str, np.ndarray]:
        for name, buffer in self.buffers:
            value = values[name]
            if getattr(value, "shape", None) != buffer.shape and np.shape(value) != buffer.shape:
                raise ShapeError(
                    f"input {name!r} has the shape {shape_text(np.shape(value))}, "
                    f"but {shape_text(buffer.shape)} was expected"
                )
            buffer[...] = value
        if self.has_step:
            self.control[STEP] = int(values["step"])
        self.totals.fill(0.0)
        addresses = self._addresses(data)
        self.bound.call(self.control, self.address, None, addresses, threads)
        return {name: view.astype(kind) for name, view, kind in self.results}

    def _addresses(self, data: list[np.ndarray]) -> list[int]:
        if self.copies is None:
            few = sum(array.size for array in data) <= FEW
            self.copies = [np.empty_like(array) for array in data] if few else []
            self.addresses = [array.ctypes.data for array in self.copies]
        if not self.copies:
            return [array.ctypes.data for array in data]
        for copy, array in zip(self.copies, data, strict=True):
            copy[...] = array
        return self.addresses
