"""Losses: how far predictions are from targets. Each builds graph; none holds a derivative.

Every loss gives one number a sample. ``reduction="mean"`` divides their sum by the number of
samples, ``"sum"`` does not; the sums of squares sum by default, as textbooks write them. Penalties
on weights are added once to the loss of a batch, and once to that of an epoch or an evaluation.

One file, though a long one: losses are short, and are chosen by reading them side by side.
"""

from __future__ import annotations

import abc
from types import MappingProxyType
from typing import Any

import numpy as np

from glassnet import ops
from glassnet.data.arrays import array_text, check_array, check_labels, check_same_length
from glassnet.errors import DataError, ShapeError
from glassnet.graph import Node, shape_text
from glassnet.settings import Configured, Family, flag, number, one_of

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "HalfSumSquaredError",
    "Huber",
    "Loss",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Poisson",
    "QuarterSumSquaredError",
    "SparseCategoricalCrossentropy",
    "SumSquaredError",
    "TanhError",
    "get",
]

# Probabilities are kept this far from 0 and 1 where a loss takes their logarithm.
EPSILON = 1e-7


class Loss(Configured, abc.ABC):
    """Base of losses.

    Parameters
    ----------
    reduction : {"mean", "sum"}
        Over the samples. A step follows the gradient of its batch's loss with the penalties on
        weights added once: with "sum" they therefore weigh less against a larger batch. The loss
        that is reported for an epoch is that of all its samples with the penalties counted once,
        as ``evaluate`` gives it; where the weights change between the batches, their mean over
        the samples. Differs: Keras reports the mean of the batches' losses.

    Attributes
    ----------
    target_kind : {"values", "binary", "one_hot", "labels"}
        What a row of targets says: quantities, a truth value for every output, one class as
        probabilities, or one class as its label. Metrics and class weights go by it.
    takes_labels : bool
        Whether targets are class labels 0, 1, 2, ...: of the kind "labels".
    task : {"regression", "classification"}
        "regression" where targets are quantities.
    formula : tuple of str
        The loss of a sample as the guides write it: a factor, and a term that is added over the
        outputs; expressions of a target y, an output h and the number k of outputs. Empty where
        only the name is written.
    slope : str
        The derivative of the loss by h, in the same names; empty where it is left as ∂J/∂h.
    matched : str
        The activation with which the slope of the loss by its pre-activation is a multiple of
        h - y.
    from_logits : bool
        Whether the network gives pre-activations, of which the loss takes that activation.
    """

    target_kind = "values"
    formula: tuple[str, ...] = ()
    slope = ""
    matched = ""
    from_logits = False
    rules = MappingProxyType({"reduction": one_of("mean", "sum")})

    def __init_subclass__(cls, **settings: Any) -> None:
        super().__init_subclass__(**settings)
        if "per_sample" in vars(cls) and "formula" not in vars(cls):
            cls.formula, cls.slope, cls.matched = (), "", ""  # those of its base say another loss
        if vars(cls).get("takes_labels") is True and "target_kind" not in vars(cls):
            cls.target_kind = "labels"  # a class of the user's that says the same in another way

    def __init__(self, reduction: str = "mean") -> None:
        self.reduction = reduction

    @property
    def takes_labels(self) -> bool:
        """Whether targets are class labels."""
        return self.target_kind == "labels"

    @property
    def task(self) -> str:
        """What is learned with it."""
        return "regression" if self.target_kind == "values" else "classification"

    @abc.abstractmethod
    def per_sample(self, targets: Node, predictions: Node) -> Node:
        """Return the loss of every sample, shape (n,)."""

    def probabilities(self, outputs: Node) -> Node:
        """Return what metrics look at: probabilities where the outputs are logits."""
        if not self.from_logits:
            return outputs
        return ops.sigmoid(outputs) if self.target_kind == "binary" else ops.softmax(outputs)

    def outputs_for(self, targets: np.ndarray) -> np.ndarray:
        """Return the outputs that stand for targets in the shape of the outputs.

        They are the targets themselves, or their logits.
        """
        if not self.from_logits:
            return np.asarray(targets)
        p = np.clip(targets, EPSILON, 1 - EPSILON)
        return np.log(p / (1 - p)) if self.target_kind == "binary" else np.log(p)

    def best_constant(self, targets: np.ndarray) -> np.ndarray:
        """Return the outputs, those of one row, that are best for all targets together."""
        return self.outputs_for(targets.mean(axis=0))

    def check_targets(self, y: Any, output_shape: tuple[int, ...], dtype: str) -> np.ndarray:
        """Return targets as an array this loss can use, or raise saying how to fix them.

        Parameters
        ----------
        y : array
        output_shape : tuple of int
            Shape of one output sample of the network.
        """
        array = check_array(y, "y", dtype)
        if array.shape[1:] != output_shape:
            raise ShapeError(_shape_message(array.shape, output_shape, self, array_text(y, "y")))
        return array

    def __call__(self, y_true: Any, y_pred: Any) -> Any:
        """Return the loss of predictions, for plain arrays."""
        import glassnet.evaluate  # noqa: F401  lets the ops take plain arrays

        predictions = np.asarray(y_pred)
        if predictions.dtype not in (np.float32, np.float64):
            predictions = predictions.astype(np.float64)
        targets = self.check_targets(y_true, predictions.shape[1:], str(predictions.dtype))
        check_same_length(y_true=targets, y_pred=predictions)
        losses = self.per_sample(targets, predictions)  # type: ignore[arg-type]
        return ops.mean(losses) if self.reduction == "mean" else ops.sum(losses)


def _shape_message(
    came: tuple[int, ...], output_shape: tuple[int, ...], loss: Loss, name: str
) -> str:
    text = (
        f"y has the shape {shape_text(came)}, but the network gives "
        f"{shape_text(('n', *output_shape))} and {type(loss).__name__} compares them number by "
        "number"
    )
    if len(came) == 1 and output_shape == (1,):
        return text + f"; use {name}.reshape(-1, 1)"
    if len(came) == 1 and len(output_shape) == 1:
        return text + (
            "; for class labels use loss='sparse_categorical_crossentropy', or one-hot targets "
            "from "
            f"gn.utils.to_categorical(y, {output_shape[0]})"
        )
    return text + "; give y that shape, or the last layer as many units as y has columns"


def _mean_over_outputs(values: Node) -> Node:
    axes = tuple(range(1, len(values.shape)))
    return ops.mean(values, axis=axes) if axes else values


def _sum_over_outputs(values: Node) -> Node:
    axes = tuple(range(1, len(values.shape)))
    return ops.sum(values, axis=axes) if axes else values


def _op_name(value: Any) -> str:
    return value.op.name if isinstance(value, Node) else ""


FAMILY: Family[Loss] = Family("loss", Loss)


def get(loss: Any) -> Loss:
    """Return a loss from an object, a name or a description.

    Examples
    --------
    >>> get("mse")
    MeanSquaredError(reduction='mean')
    """
    return FAMILY.get(loss)


class SumSquaredError(Loss):
    """L = Σ_k (y_k - ŷ_k)² a sample.

    Parameters
    ----------
    reduction : {"mean", "sum"}, default "sum"

    Examples
    --------
    >>> float(SumSquaredError()([[1.0, 0.0]], [[0.5, 0.5]]))
    0.5
    """

    formula = ("1", "(y - h)**2")
    slope = "-(2 * (y - h))"

    def __init__(self, reduction: str = "sum") -> None:
        super().__init__(reduction)

    def per_sample(self, targets: Node, predictions: Node) -> Node:
        return _sum_over_outputs(ops.square(predictions - targets))


class HalfSumSquaredError(Loss):
    """L = ½ Σ_k (y_k - ŷ_k)² a sample.

    Parameters
    ----------
    reduction : {"mean", "sum"}, default "sum"
    """

    formula = ("0.5", "(y - h)**2")
    slope = "-(y - h)"

    def __init__(self, reduction: str = "sum") -> None:
        super().__init__(reduction)

    def per_sample(self, targets: Node, predictions: Node) -> Node:
        return 0.5 * _sum_over_outputs(ops.square(predictions - targets))


class QuarterSumSquaredError(Loss):
    """L = ¼ Σ_k (y_k - ŷ_k)² a sample: for outputs from -1 to 1, twice as wide as from 0 to 1.

    Its gradient is half the difference, as FANN has it for symmetric activations.

    Parameters
    ----------
    reduction : {"mean", "sum"}, default "sum"

    Examples
    --------
    >>> float(QuarterSumSquaredError()([[1.0, -1.0]], [[0.0, 1.0]]))
    1.25
    """

    def __init__(self, reduction: str = "sum") -> None:
        super().__init__(reduction)

    def per_sample(self, targets: Node, predictions: Node) -> Node:
        return 0.25 * _sum_over_outputs(ops.square(predictions - targets))


class TanhError(Loss):
    """L = Σ_k (1 + e_k) log(1 + e_k) + (1 - e_k) log(1 - e_k) a sample, e = y - ŷ.

    Its gradient by ŷ is -log((1 + e) / (1 - e)): about twice the difference where that is small,
    and ever steeper towards ±1, so that one output far off counts for more than many that are
    near. Outside ±1 the loss goes on in straight lines.

    Parameters
    ----------
    halved : bool, default False
        For outputs from -1 to 1: e is half the difference, and L is twice as much.
    reduction : {"mean", "sum"}, default "sum"

    Examples
    --------
    >>> round(float(TanhError()([[1.0, 0.0]], [[0.5, 0.0]])), 4)
    0.2616

    Source: FANN's error function FANN_ERRORFUNC_TANH, after Fahlman: "Faster-learning variations
    on back-propagation: an empirical study" (1988).
    """

    rules = MappingProxyType({"halved": flag})

    def __init__(self, halved: bool = False, reduction: str = "sum") -> None:
        super().__init__(reduction)
        self.halved = halved

    def per_sample(self, targets: Node, predictions: Node) -> Node:
        if self.halved:
            return 2.0 * _sum_over_outputs(ops.tanh_error(0.5 * (targets - predictions)))
        return _sum_over_outputs(ops.tanh_error(targets - predictions))


class MeanSquaredError(Loss):
    """L = (1/k) Σ_k (y_k - ŷ_k)² a sample.

    Parameters
    ----------
    reduction : {"mean", "sum"}, default "mean"
    """

    formula = ("1 / k", "(y - h)**2")
    slope = "-(2 / k * (y - h))"

    def per_sample(self, targets: Node, predictions: Node) -> Node:
        return _mean_over_outputs(ops.square(predictions - targets))


class MeanAbsoluteError(Loss):
    """L = (1/k) Σ_k |y_k - ŷ_k| a sample.

    Parameters
    ----------
    reduction : {"mean", "sum"}, default "mean"
    """

    def per_sample(self, targets: Node, predictions: Node) -> Node:
        return _mean_over_outputs(ops.abs(predictions - targets))

    def best_constant(self, targets: np.ndarray) -> np.ndarray:
        return np.asarray(np.median(targets, axis=0))


class Huber(Loss):
    """L = (1/k) Σ_k h(y_k - ŷ_k), h(e) = ½e² for |e| ≤ delta, else delta (|e| - ½ delta).

    Parameters
    ----------
    delta : float, default 1
    reduction : {"mean", "sum"}, default "mean"

    Source: Huber: "Robust estimation of a location parameter" (1964).
    """

    rules = MappingProxyType({"delta": number(above=0)})

    def __init__(self, delta: float = 1.0, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.delta = delta

    def per_sample(self, targets: Node, predictions: Node) -> Node:
        e = predictions - targets
        inner = ops.clip(e, -self.delta, self.delta)
        # Both branches at once, and smooth at 0, where |e| has no second derivative.
        return _mean_over_outputs(inner * (e - 0.5 * inner))


class Poisson(Loss):
    """L = (1/k) Σ_k ŷ_k - y_k log ŷ_k a sample; predictions must be positive.

    Parameters
    ----------
    reduction : {"mean", "sum"}, default "mean"
    """

    def per_sample(self, targets: Node, predictions: Node) -> Node:
        return _mean_over_outputs(predictions - targets * ops.log(predictions + EPSILON))

    def check_targets(self, y: Any, output_shape: tuple[int, ...], dtype: str) -> np.ndarray:
        array = super().check_targets(y, output_shape, dtype)
        if array.min() < 0:
            raise DataError(
                "the Poisson loss counts events, so targets are 0 or more, but y holds "
                f"{array.min():g}"
            )
        return array


class _Crossentropy(Loss):
    """What the losses of probabilities share: the network may give pre-activations instead."""

    rules = MappingProxyType({"from_logits": flag})

    def __init__(self, from_logits: bool = False, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.from_logits = from_logits


class BinaryCrossentropy(_Crossentropy):
    """L = (1/k) Σ_k -y_k log p_k - (1 - y_k) log(1 - p_k) a sample.

    After a sigmoid layer it is computed from the pre-activation, so log(0) never occurs.

    Parameters
    ----------
    from_logits : bool, default False
        Whether the network gives pre-activations instead of probabilities.
    reduction : {"mean", "sum"}, default "mean"
    """

    target_kind = "binary"
    formula = ("-(1 / k)", "y * log(h) + (1 - y) * log(1 - h)")
    matched = "sigmoid"

    def per_sample(self, targets: Node, predictions: Node) -> Node:
        if self.from_logits:
            return _mean_over_outputs(ops.sigmoid_cross_entropy(predictions, targets))
        if _op_name(predictions) == "sigmoid":
            z = predictions.inputs[0]
            return _mean_over_outputs(ops.sigmoid_cross_entropy(z, targets))
        p = ops.clip(predictions, EPSILON, 1 - EPSILON)
        return _mean_over_outputs(-(targets * ops.log(p) + (1.0 - targets) * ops.log(1.0 - p)))

    def check_targets(self, y: Any, output_shape: tuple[int, ...], dtype: str) -> np.ndarray:
        array = super().check_targets(y, output_shape, dtype)
        if array.min() < 0 or array.max() > 1:
            raise DataError(
                "binary_crossentropy needs targets between 0 and 1, but y goes from "
                f"{array.min():g} to {array.max():g}; for several classes use "
                "loss='sparse_categorical_crossentropy' and a softmax layer with one unit a class"
            )
        return array


class CategoricalCrossentropy(_Crossentropy):
    """L = -Σ_k y_k log p_k a sample; targets are one-hot rows or probabilities.

    After a softmax layer it is computed from the pre-activation, so log(0) never occurs.

    Parameters
    ----------
    from_logits : bool, default False
        Whether the network gives pre-activations instead of probabilities.
    reduction : {"mean", "sum"}, default "mean"
    """

    target_kind = "one_hot"
    formula = ("-1", "y * log(h)")
    matched = "softmax"

    def per_sample(self, targets: Node, predictions: Node) -> Node:
        if self.from_logits:
            return ops.softmax_cross_entropy(predictions, targets)
        if _op_name(predictions) == "softmax":
            return ops.softmax_cross_entropy(predictions.inputs[0], targets)
        p = ops.clip(predictions, EPSILON, 1.0)
        return -ops.sum(targets * ops.log(p), axis=-1)

    def check_targets(self, y: Any, output_shape: tuple[int, ...], dtype: str) -> np.ndarray:
        array = super().check_targets(y, output_shape, dtype)
        sums = array.sum(axis=-1)
        if array.min() < 0 or not np.allclose(sums, 1, atol=1e-3):
            wrong = int(np.argmax((array.min(axis=-1) < 0) | (np.abs(sums - 1) > 1e-3)))
            raise DataError(
                "categorical_crossentropy needs rows of probabilities that sum to 1, but "
                f"y[{wrong}] "
                f"sums to {sums.reshape(-1)[wrong]:g}; for class labels use "
                "gn.utils.to_categorical(y)"
            )
        return array


class SparseCategoricalCrossentropy(_Crossentropy):
    """L = -log p_label a sample; targets are class labels 0, 1, 2, ...

    After a softmax layer it is computed from the pre-activation, so log(0) never occurs.

    Parameters
    ----------
    from_logits : bool, default False
        Whether the network gives pre-activations instead of probabilities.
    reduction : {"mean", "sum"}, default "mean"
    """

    target_kind = "labels"
    formula = CategoricalCrossentropy.formula
    matched = "softmax"

    def per_sample(self, targets: Node, predictions: Node) -> Node:
        if self.from_logits:
            return ops.sparse_softmax_cross_entropy(predictions, targets)
        if _op_name(predictions) == "softmax":
            return ops.sparse_softmax_cross_entropy(predictions.inputs[0], targets)
        p = ops.clip(predictions, EPSILON, 1.0)
        hot = ops.one_hot(targets, predictions.shape[-1], str(predictions.dtype))
        return -ops.sum(hot * ops.log(p), axis=-1)

    def check_targets(self, y: Any, output_shape: tuple[int, ...], dtype: str) -> np.ndarray:
        classes = output_shape[-1]
        array = np.asarray(y)
        if classes < 2:
            raise ShapeError(
                "sparse_categorical_crossentropy needs one output a class, but the network has 1 "
                "output; use 2 units with softmax, or loss='binary_crossentropy' with a sigmoid"
            )
        if array.ndim == len(output_shape) + 1 and array.shape[-1] == classes:
            raise ShapeError(
                f"y has the shape {shape_text(array.shape)}, which looks one-hot; use "
                "loss='categorical_crossentropy' for it, or labels from y.argmax(axis=1)"
            )
        if array.ndim == len(output_shape) + 1 and array.shape[-1] == 1:
            raise ShapeError(
                f"y has the shape {shape_text(array.shape)}, but class labels are one number a "
                "sample, shape (n,); use y.ravel()"
            )
        if array.shape[1:] != output_shape[:-1]:
            raise ShapeError(
                f"y has the shape {shape_text(array.shape)}, but labels for a network that gives "
                f"{shape_text(('n', *output_shape))} have the shape "
                f"{shape_text(('n', *output_shape[:-1]))}"
            )
        return check_labels(array, classes)


FAMILY.add(SumSquaredError, "sse")
FAMILY.add(HalfSumSquaredError, "half_sse")
FAMILY.add(QuarterSumSquaredError)
FAMILY.add(TanhError)
FAMILY.add(MeanSquaredError, "mse")
FAMILY.add(MeanAbsoluteError, "mae")
FAMILY.add(Huber)
FAMILY.add(Poisson)
FAMILY.add(BinaryCrossentropy, "binary_cross_entropy")
FAMILY.add(CategoricalCrossentropy, "categorical_cross_entropy")
FAMILY.add(SparseCategoricalCrossentropy, "sparse_categorical_cross_entropy")


def __dir__() -> list[str]:
    return list(__all__)
