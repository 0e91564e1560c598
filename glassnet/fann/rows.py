"""One row at a time: a network as a short function of plain Python numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet import backends
from glassnet.errors import DataError, ShapeError
from glassnet.fann.programs import forward_program
from glassnet.fann.structure import Structure

__all__ = ["Runner"]


class Runner:
    """Runs rows through a network.

    Parameters
    ----------
    net : Structure
    """

    def __init__(self, net: Structure) -> None:
        self.net = net
        self.size = net.layers[0]
        self.backend = backends.get("numpy")

    def __call__(self, row: Sequence[float]) -> list[float]:
        """Return the outputs of one row."""
        x = self._checked(row)
        values: dict[str, Any] = {f"W{k}": w for k, w in enumerate(self.net.weights, start=1)}
        result = self.backend.run(forward_program(self.net), {"x": x, **values})
        outputs: list[float] = result["y"][0].tolist()
        return outputs

    def _checked(self, row: Sequence[float]) -> np.ndarray:
        try:
            x = np.array(row, dtype=float)
        except (TypeError, ValueError) as error:
            raise DataError(f"run takes one row of {self.size} numbers, got {row!r}") from error
        if x.shape != (self.size,):
            came = f"{x.size} numbers" if x.ndim == 1 else f"an array of shape {x.shape}"
            raise ShapeError(
                f"the network has {self.size} inputs, but {came} came; run takes one row, for "
                f"example net.run({[0.0] * min(self.size, 3)})"
            )
        if not np.isfinite(x).all():
            raise DataError(f"the inputs hold NaN or infinity: {row!r}")
        return x.reshape(1, -1)
