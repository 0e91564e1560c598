"""From what a caller passes to arrays a network can use, and settings it did not pass."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from glassnet import activations
from glassnet.data.arrays import check_array, check_finite, check_same_length
from glassnet.data.splits import random_split, stratified_split
from glassnet.errors import ArgumentError, DataError, ShapeError
from glassnet.graph import shape_text
from glassnet.layers.topology import Topology
from glassnet.losses import Loss
from glassnet.losses import get as get_loss
from glassnet.training.programs import input_names

__all__ = [
    "check_batch_size",
    "check_inputs",
    "class_weights",
    "default_loss",
    "sample_weights",
    "split_rows",
]


def check_inputs(x: Any, topology: Topology, dtype: str) -> dict[str, np.ndarray]:
    """Return the inputs by name, checked against the shapes the network was built for.

    Raises
    ------
    ShapeError
        If a shape does not fit.
    """
    names = input_names(topology)
    parts = _parts(x, names)
    arrays = {}
    for name, part, shape in zip(names, parts, topology.input_shapes, strict=True):
        array = check_array(part, name, dtype)
        if array.shape[1:] != shape:
            raise ShapeError(_input_message(name, array.shape, shape))
        arrays[name] = array
    check_same_length(**arrays)
    return arrays


def _parts(x: Any, names: list[str]) -> list[Any]:
    if len(names) == 1:
        return [x]
    if isinstance(x, Mapping):
        if set(x) != set(names):
            raise ArgumentError(
                f"the network has the inputs {', '.join(names)}, but x has {', '.join(map(str, x))}"
            )
        return [x[name] for name in names]
    if not isinstance(x, list | tuple) or len(x) != len(names):
        raise ArgumentError(
            f"the network has {len(names)} inputs; give x as a list of {len(names)} arrays"
        )
    return list(x)


def _input_message(name: str, came: tuple[int, ...], shape: tuple[int, ...]) -> str:
    text = (
        f"{name} has the shape {shape_text(came)}, but the network was built for "
        f"{shape_text(('n', *shape))}"
    )
    if came == shape:
        return (
            text
            + f"; for a single sample use {name}[None], which has the shape {shape_text((1, *came))}"
        )
    if len(came) == 1 and shape == (1,):
        return text + f"; use {name}.reshape(-1, 1)"
    size = int(np.prod(came[1:]))
    if size == int(np.prod(shape)):
        return text + f"; use {name}.reshape({shape_text((-1, *shape))})"
    return text + "; give it as many features as the network was trained with"


def split_rows(
    y: np.ndarray, fraction: float, seed: int, takes_labels: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return row numbers for training and for validation, stratified for classes."""
    if isinstance(fraction, bool) or not 0 < fraction < 1:
        raise ArgumentError(
            f"validation_split={fraction} must lie between 0 and 1; it is the fraction of samples "
            "held out for validation"
        )
    if len(y) < 2:
        raise DataError(f"validation_split needs at least 2 samples, got {len(y)}")
    is_one_hot = y.ndim == 2 and y.shape[1] > 1 and bool(np.all((y == 0) | (y == 1)))
    if takes_labels or is_one_hot:
        return stratified_split(y, fraction, seed)
    return random_split(len(y), fraction, seed)


def check_batch_size(batch_size: Any, rows: int) -> int:
    """Return the batch size as a number; "full" is all samples."""
    if batch_size == "full":
        return rows
    if batch_size is None:
        batch_size = 32
    if (
        isinstance(batch_size, bool)
        or not isinstance(batch_size, int | np.integer)
        or batch_size < 1
    ):
        raise ArgumentError(
            f"batch_size={batch_size!r} must be a whole number of at least 1, or 'full' for all "
            "samples at once"
        )
    return min(int(batch_size), rows)


def sample_weights(weights: Any, rows: int, dtype: str) -> np.ndarray | None:
    """Return sample weights as an array, or None."""
    if weights is None:
        return None
    array = np.ascontiguousarray(weights, dtype)
    if array.shape != (rows,):
        raise ShapeError(
            f"sample_weight has the shape {shape_text(array.shape)}, but one weight a sample is needed: "
            f"({rows},)"
        )
    check_finite(array, "sample_weight")
    if array.min() < 0:
        raise DataError(f"sample_weight must be 0 or greater, but holds {array.min():g}")
    return array


def class_weights(
    class_weight: Mapping[int, float] | str, y: np.ndarray, loss: Loss, dtype: str
) -> np.ndarray:
    """Return one weight a sample from a weight a class; "balanced" gives every class the same sum."""
    if y.ndim == 2 and y.shape[1] > 1:
        y = y.argmax(axis=1)
    labels = y.reshape(-1).astype(np.int64)
    classes, counts = np.unique(labels, return_counts=True)
    if class_weight == "balanced":
        class_weight = {
            int(c): len(labels) / (len(classes) * k) for c, k in zip(classes, counts, strict=True)
        }
    if not isinstance(class_weight, Mapping):
        raise ArgumentError(
            f"class_weight={class_weight!r} must be a dict from class number to weight, or 'balanced'"
        )
    missing = [int(c) for c in classes if int(c) not in class_weight]
    if missing:
        raise ArgumentError(
            f"class_weight has no weight for the class{'es' if len(missing) > 1 else ''} "
            f"{', '.join(map(str, missing))} found in y"
        )
    return np.array([class_weight[int(label)] for label in labels], dtype)


def default_loss(topology: Topology, y: Any) -> Loss:
    """Return the loss that fits the last layer and the targets."""
    name = _last_activation(topology)
    shape = np.shape(y)
    output = topology.output_shapes[0]
    is_label = len(shape) == 1 and output[-1] > 1
    if name == "softmax":
        return get_loss(
            "sparse_categorical_crossentropy" if is_label else "categorical_crossentropy"
        )
    if name == "sigmoid":
        return get_loss("binary_crossentropy")
    if is_label:
        from glassnet.losses import SparseCategoricalCrossentropy

        return SparseCategoricalCrossentropy(from_logits=True)
    return get_loss("mean_squared_error")


def _last_activation(topology: Topology) -> str:
    for call in reversed(topology.calls):
        activation = getattr(call.layer, "activation", None)
        if activation is not None:
            return activations.name_of(activation)
        if type(call.layer).__name__ not in ("Dropout", "Flatten", "Reshape"):
            break
    return "linear"
