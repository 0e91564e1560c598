"""The part of a network that scales data by numbers it keeps, and saves with it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from glassnet.errors import ShapeError, TrainingError
from glassnet.fann import scaling
from glassnet.fann.data import as_rows, training_data_parent
from glassnet.fann.structure import Structure

__all__ = ["Scaled"]


class Scaled(ABC):
    """Scaling of inputs and outputs. ``run`` never scales by itself."""

    scaling: dict[str, np.ndarray] | None

    @abstractmethod
    def created(self) -> Structure:
        """Return the layers and weights."""

    def set_input_scaling_params(
        self, data: training_data_parent, new_input_min: float, new_input_max: float
    ) -> None:
        """Keep what maps the mean ± deviation of every input to a range."""
        x, _ = as_rows(data)
        self.scaling = scaling.fitted(self._kept(), "in", x, new_input_min, new_input_max)

    def set_output_scaling_params(
        self, data: training_data_parent, new_output_min: float, new_output_max: float
    ) -> None:
        """Keep what maps the mean ± deviation of every output to a range."""
        _, y = as_rows(data)
        self.scaling = scaling.fitted(self._kept(), "out", y, new_output_min, new_output_max)

    def set_scaling_params(
        self,
        data: training_data_parent,
        new_input_min: float,
        new_input_max: float,
        new_output_min: float,
        new_output_max: float,
    ) -> None:
        """Keep what maps inputs and outputs to ranges."""
        self.set_input_scaling_params(data, new_input_min, new_input_max)
        self.set_output_scaling_params(data, new_output_min, new_output_max)

    def clear_scaling_params(self) -> None:
        """Go back to scaling that changes nothing."""
        net = self.created()
        self.scaling = scaling.neutral(net.layers[0], net.layers[-1])

    def scale_train(self, data: training_data_parent) -> None:
        """Scale inputs and outputs of data, in place."""
        data.x = self._mapped("in", data.x, scaling.scaled)
        data.y = self._mapped("out", data.y, scaling.scaled)

    def descale_train(self, data: training_data_parent) -> None:
        """Undo :meth:`scale_train`."""
        data.x = self._mapped("in", data.x, scaling.descaled)
        data.y = self._mapped("out", data.y, scaling.descaled)

    def scale_input(self, input_vector: Any) -> list[float]:
        """Return one row of inputs scaled; a list given is changed too, as in C."""
        return self._in_place("in", input_vector, scaling.scaled)

    def scale_output(self, output_vector: Any) -> list[float]:
        """Return one row of outputs scaled; a list given is changed too, as in C."""
        return self._in_place("out", output_vector, scaling.scaled)

    def descale_input(self, input_vector: Any) -> list[float]:
        """Undo :meth:`scale_input`."""
        return self._in_place("in", input_vector, scaling.descaled)

    def descale_output(self, output_vector: Any) -> list[float]:
        """Undo :meth:`scale_output`."""
        return self._in_place("out", output_vector, scaling.descaled)

    def _kept(self) -> dict[str, np.ndarray]:
        net = self.created()
        if self.scaling is None:
            return scaling.neutral(net.layers[0], net.layers[-1])
        return self.scaling

    def _mapped(self, side: str, rows: np.ndarray, rule: Any) -> np.ndarray:
        net = self.created()
        if self.scaling is None:
            raise TrainingError(
                "the network holds no scaling; call set_scaling_params(data, -1, 1, -1, 1) first"
            )
        size = net.layers[0 if side == "in" else -1]
        if rows.shape[-1] != size:
            raise ShapeError(f"{rows.shape[-1]} numbers cannot be scaled: the network has {size}")
        result: np.ndarray = rule(self.scaling, side, rows)
        return result

    def _in_place(self, side: str, vector: Any, rule: Any) -> list[float]:
        values: list[float] = self._mapped(side, np.asarray(vector, float), rule).tolist()
        if isinstance(vector, list | np.ndarray):
            vector[:] = values
        return values
