"""Normalization: bring every feature to mean 0 and standard deviation 1."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from glassnet import ops
from glassnet.data.arrays import check_array
from glassnet.data.frames import is_frame
from glassnet.data.moments import blurred, moments
from glassnet.errors import ArgumentError, ShapeError
from glassnet.graph import Node
from glassnet.initializers import Constant
from glassnet.layers.base import FAMILY, Context, Layer, SampleShape, single
from glassnet.translation import _

__all__ = ["Normalization"]

# The mean before anything is learned. It computes as 0 does, but differs from a learned 0 in its
# sign bit: weights that were taken before the training and are set again show by it that nothing
# was learned.
_UNKNOWN = -0.0


@FAMILY.add
class Normalization(Layer):
    """a = (x - mean) / deviation, with mean and deviation of each feature learned from the data.

    ``fit`` learns them from the training samples before the first step, unless :meth:`adapt` was
    called. What is learned stays, in copies and files too, until :meth:`forget` or another
    :meth:`adapt`. ``set_weights`` counts as learning, unless it puts back weights that were taken
    before anything was learned.

    A feature that never changes is only shifted; that it changes is judged by the rounding of its
    own type. Where a feature varies by less than 1e-4 of its size, as times in seconds do, or is
    beyond the range of float32 (1e-300, 1e300), the layer takes its input and keeps its moments in
    float64, also in a float32 network, and gives the result in float32; with the network, the
    numbers given to ``fit`` and ``predict`` then enter in double precision. Differs: Keras and
    scikit-learn compute in the type of the input.

    Attributes
    ----------
    is_wide : bool
        Whether that is so.

    Examples
    --------
    >>> layer = Normalization()
    >>> layer.adapt([[1.0, 5.0], [3.0, 5.0]])
    >>> layer.mean, layer.deviation
    (array([2., 5.]), array([1., 1.]))
    >>> layer.adapt([[1_700_000_000], [1_700_000_002]])
    >>> layer.deviation, layer.is_wide
    (array([1.]), True)
    """

    is_linear = True
    role = "normalizing"

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        # Changed in place, for they are no settings: no program depends on them.
        # What was learned, in double precision; it may be before there are weights to hold it.
        self._given: dict[str, np.ndarray] = {}
        self._facts: dict[str, bool] = {"is_adapted": False}
        self._dtype: list[str] = []  # of the network, once the weights have values

    @property
    def is_adapted(self) -> bool:
        """Whether it has learned: by adapt or fit, from a file, or by set_weights."""
        return self._facts.get("is_adapted", False)

    @property
    def needs_data(self) -> bool:
        return not self.is_adapted

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
        """Learn mean and standard deviation of each feature from samples ``(n, ..., features)``.

        Raises
        ------
        ArgumentError
            If `x` is a data frame: features go by position here, for the layer does not know the
            names that its network matches.
        """
        if is_frame(x):
            raise ArgumentError(
                "Normalization.adapt goes by position and matches no names of columns, but x is a "
                "data frame; leave adapt out, for fit adapts the layer and learns the names, or "
                "use layer.adapt(x.to_numpy()), with the columns in the order of those fit gets"
            )
        values = check_array(x, "x", "exact")
        if values.ndim < 2:
            raise ShapeError(
                f"Normalization.adapt needs samples of shape (n, features), got {values.shape}"
            )
        found = moments(values)
        deviation = np.where(found.constant, 1.0, found.deviation)
        self.set_moments(found.mean, deviation, bool(found.blurred.any()))

    def set_moments(self, mean: np.ndarray, deviation: np.ndarray, is_wide: bool = False) -> None:
        """Set what was learned, and whether the input has to come in double precision."""
        given = {"mean": np.asarray(mean, np.float64), "deviation": np.asarray(deviation)}
        self._check_shapes(given)
        self._given.update(given)
        self._facts["is_adapted"] = True
        self._become(is_wide)
        self._fill()

    def forget(self) -> None:
        self._given.clear()
        self._facts["is_adapted"] = False
        self._become(False)
        for name, first in (("mean", _UNKNOWN), ("deviation", 1.0)):
            weight = self.weights.get(name)
            if weight is not None and weight.value is not None:
                weight.value[...] = first

    def _become(self, is_wide: bool) -> None:
        """Take the input in double precision or not, and keep the moments accordingly."""
        if is_wide != self.is_wide:
            self.is_wide = is_wide  # a setting: programs made before are stale
        for weight in self.weights.values():
            weight.dtype = "float64" if is_wide else None
            wanted = weight.dtype or next(iter(self._dtype), None)
            if weight.value is not None and wanted is not None:
                weight.value = weight.value.astype(wanted, copy=False)

    def _check_shapes(self, given: Mapping[str, np.ndarray]) -> None:
        for name, value in given.items():
            weight = self.weights.get(name)
            if weight is not None and value.shape != weight.shape:
                raise ShapeError(
                    f"{self.name} was adapted to {value.shape[0]} features, but its input has "
                    f"{weight.shape[0]}"
                )

    def _fill(self) -> None:
        """Copy what was learned into the weights, once there are any."""
        self._check_shapes(self._given)
        for name, value in self._given.items():
            weight = self.weights.get(name)
            if weight is not None and weight.value is not None:
                weight.value[...] = value

    # Files, and weights from elsewhere ---------------------------------------------------

    def facts(self) -> dict[str, bool]:
        return {"is_adapted": self.is_adapted, "is_wide": self.is_wide}

    def take_facts(self, facts: Mapping[str, bool]) -> None:
        self._given.clear()
        self._facts.clear()
        if "is_adapted" in facts:  # an older file says nothing: weights_ready judges the moments
            self._facts["is_adapted"] = facts["is_adapted"]
        self._become(facts.get("is_wide", False))

    def weights_ready(self, dtype: str) -> None:
        self._dtype[:] = [dtype]
        self._become(self.is_wide)
        self._fill()
        if "is_adapted" not in self._facts:
            mean, deviation = (weight.value for weight in self.weights.values())
            self._facts["is_adapted"] = bool(np.any(mean != 0) or np.any(deviation != 1))

    def set_values(self, values: Mapping[str, np.ndarray]) -> None:
        mean, deviation = values["mean"], values["deviation"]
        if np.all(deviation == 1) and np.all((mean == _UNKNOWN) & np.signbit(mean)):
            self.forget()
            return
        is_double = mean.dtype == np.float64
        is_blurred = blurred(deviation, np.maximum(np.abs(mean), deviation)).any()
        self.set_moments(mean, deviation, bool(is_double and is_blurred))

    # Graph ------------------------------------------------------------------------------

    def build(self, *input_shapes: SampleShape) -> None:
        features = single(input_shapes, self)[-1:]
        self.add_weight("mean", "mean", features, Constant(_UNKNOWN), is_parameter=False)
        self.add_weight("deviation", "deviation", features, "ones", is_parameter=False)
        self._become(self.is_wide)

    def in_words(self) -> str:
        return _("every feature to mean 0 and standard deviation 1")

    def output_shape(self, *input_shapes: SampleShape) -> SampleShape:
        shape = single(input_shapes, self)
        if not shape:
            raise ShapeError(
                "Normalization needs samples with at least one axis; use x.reshape(-1, 1)"
            )
        return shape

    def call(self, context: Context, *inputs: Node) -> Node:
        moved = inputs[0] - self.weight(context, "mean")
        scaled = moved / self.weight(context, "deviation")
        return scaled if scaled.dtype == context.dtype else ops.cast(scaled, context.dtype)
