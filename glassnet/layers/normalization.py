"""Normalization: bring every feature to mean 0 and standard deviation 1."""

from __future__ import annotations

import numpy as np

from glassnet.data.arrays import check_array
from glassnet.errors import ShapeError
from glassnet.graph import Node
from glassnet.layers.base import FAMILY, Context, Layer, SampleShape, single

__all__ = ["Normalization"]


@FAMILY.add
class Normalization(Layer):
    """a = (x - mean) / deviation, with mean and deviation of each feature learned from the data.

    ``fit`` learns them from the training samples before the first step, unless
    :meth:`adapt` was called. A feature that never changes is only shifted.

    Examples
    --------
    >>> layer = Normalization()
    >>> layer.adapt([[1.0, 5.0], [3.0, 5.0]])
    >>> layer.mean, layer.deviation
    (array([2., 5.]), array([1., 1.]))
    """

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        # What adapt learned before there were weights to hold it.
        self._given: dict[str, np.ndarray] = {}

    @property
    def is_adapted(self) -> bool:
        """Whether it has learned: by adapt or fit, from a file, or by set_weights."""
        if self._given:
            return True
        values = [weight.value for weight in self.weights.values()]
        if not values or any(value is None for value in values):
            return False
        return bool(np.any(values[0] != 0) or np.any(values[1] != 1))

    @property
    def mean(self) -> np.ndarray | None:
        """Mean of each feature, None before it is known."""
        return self._moment("mean")

    @property
    def deviation(self) -> np.ndarray | None:
        """Standard deviation of each feature, None before it is known."""
        return self._moment("deviation")

    def _moment(self, name: str) -> np.ndarray | None:
        weight = self.weights.get(name)
        if weight is not None and weight.value is not None and self.is_adapted:
            return weight.value
        return self._given.get(name)

    def adapt(self, x: object) -> None:
        """Learn mean and standard deviation of each feature from samples ``(n, ..., features)``."""
        values = check_array(x, "x", None)
        if values.ndim < 2:
            raise ShapeError(
                f"Normalization.adapt needs samples of shape (n, features), got {values.shape}"
            )
        axes = tuple(range(values.ndim - 1))
        mean = values.mean(axis=axes, dtype=np.float64)
        deviation = values.std(axis=axes, dtype=np.float64)
        # Rounding alone can give a constant feature a tiny deviation.
        tiny = 1e-7 * np.maximum(np.abs(mean), 1e-30)
        self.set_moments(mean, np.where(deviation > tiny, deviation, 1.0))

    def set_moments(self, mean: np.ndarray, deviation: np.ndarray) -> None:
        """Set what was learned."""
        self._given = {
            "mean": np.asarray(mean, np.float64),
            "deviation": np.asarray(deviation, np.float64),
        }
        self.fill_weights()

    def forget(self) -> None:
        """Forget what was learned: the layer waits for data as if it were new."""
        self._given = {}
        for name, first in (("mean", 0.0), ("deviation", 1.0)):
            weight = self.weights.get(name)
            if weight is not None and weight.value is not None:
                weight.value[...] = first

    def fill_weights(self) -> None:
        """Copy what adapt learned into the weights, once there are any."""
        for name, value in self._given.items():
            weight = self.weights.get(name)
            if weight is not None and value.shape != weight.shape:
                raise ShapeError(
                    f"{self.name} was adapted to {value.shape[0]} features, but its input has "
                    f"{weight.shape[0]}"
                )
            if weight is not None and weight.value is not None:
                weight.value[...] = value

    def build(self, *input_shapes: SampleShape) -> None:
        features = single(input_shapes, self)[-1:]
        self.add_weight("mean", "mean", features, "zeros", is_parameter=False)
        self.add_weight("deviation", "deviation", features, "ones", is_parameter=False)

    def output_shape(self, *input_shapes: SampleShape) -> SampleShape:
        shape = single(input_shapes, self)
        if not shape:
            raise ShapeError(
                "Normalization needs samples with at least one axis; use x.reshape(-1, 1)"
            )
        return shape

    def call(self, context: Context, *inputs: Node) -> Node:
        return (inputs[0] - self.weight(context, "mean")) / self.weight(context, "deviation")
