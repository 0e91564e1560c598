"""From what a caller passes to arrays a network can use, and settings it did not pass."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from glassnet import activations
from glassnet.data.arrays import array_text, check_array, check_same_length
from glassnet.data.classes import classes_of
from glassnet.data.frames import one_sample_text
from glassnet.data.splits import random_split, stratified_split
from glassnet.errors import ArgumentError, DataError, ShapeError, shown
from glassnet.graph import shape_text
from glassnet.layers.topology import Topology
from glassnet.losses import Loss, SparseCategoricalCrossentropy
from glassnet.losses import get as get_loss
from glassnet.training.columns import samples_by_name
from glassnet.training.compile_record import CompileRecord
from glassnet.training.compiling import compiled
from glassnet.training.evaluation import PIECE
from glassnet.training.network import Network
from glassnet.training.programs import input_names

__all__ = [
    "check_batch_size",
    "check_inputs",
    "check_piece",
    "check_split",
    "class_weights",
    "default_loss",
    "default_record",
    "split_rows",
]


def check_inputs(x: Any, network: Network, before_adapt: bool = False) -> dict[str, np.ndarray]:
    """Return the inputs by name, checked against the shapes the network was built for.

    Parameters
    ----------
    x : array or data frame, or a list or dict of them
        Frames are matched by the names of their columns.
    network : Network
    before_adapt : bool
        Whether layers are to learn from these samples: an input whose precision they decide
        stays as it came, and :func:`~glassnet.training.fit.adapt` settles it.

    Raises
    ------
    ShapeError
        If a shape does not fit.
    DataError
        If a frame lacks a column that the network knows.
    """
    topology = network.topology
    if type(x) is not np.ndarray:
        x = samples_by_name(x, network.columns)
    names, called = input_names(topology), topology.input_names
    is_by_number = isinstance(x, Mapping) and set(x) == set(names) != set(called)
    parts = _parts(x, names if is_by_number else called, topology.input_shapes)
    arrays = {}
    kinds = topology.input_dtypes(network.dtype)
    for number in topology.undecided_inputs() if before_adapt else ():
        kinds[number] = "exact"
    for name, part, shape, kind in zip(called, parts, topology.input_shapes, kinds, strict=True):
        if type(part) is not np.ndarray:
            _refuse_row(part, name, shape, network.columns.of(called.index(name)))
        array = check_array(part, name, kind)
        if array.shape[1:] != shape:
            raise ShapeError(_input_message(name, array.shape, shape, array_text(part, name)))
        arrays[name] = array
    if len(arrays) > 1:
        check_same_length(**arrays)
    return dict(zip(names, arrays.values(), strict=True))


def _parts(x: Any, names: list[str], shapes: list[tuple[int, ...]]) -> list[Any]:
    if isinstance(x, Mapping):
        if set(x) != set(names):
            raise ArgumentError(
                f"the network has the input{'s' if len(names) > 1 else ''} {', '.join(names)}, but "
                f"x has {', '.join(map(str, x)) or 'nothing'}; {_dict_advice(x, names)}"
            )
        return [x[name] for name in names]
    if len(names) == 1:
        is_list_of_one = isinstance(x, list | tuple) and len(x) == 1
        if is_list_of_one and isinstance(x[0], np.ndarray) and x[0].ndim == len(shapes[0]) + 1:
            return list(x)
        return [x]
    if not isinstance(x, list | tuple) or len(x) != len(names):
        came = f"{len(x)}" if isinstance(x, list | tuple) else f"one {type(x).__name__}"
        raise ArgumentError(
            f"the network has {len(names)} inputs, but x holds {came}; give x as a list of "
            f"{len(names)} arrays"
        )
    return list(x)


def _dict_advice(x: Mapping[Any, Any], names: list[str]) -> str:
    whole = ", ".join(f"{name!r}: ..." for name in names)
    text = f"a dict gives whole inputs by their names, x={{{whole}}}"
    if len(names) > 1:
        return text
    is_row = not any(hasattr(value, "__len__") for value in x.values())
    table = "pandas.DataFrame([x])" if is_row else "pandas.DataFrame(x)"
    return f"{text}; columns with names are given as a frame, {table}"


def _refuse_row(part: Any, name: str, shape: tuple[int, ...], known: list[str]) -> None:
    """Raise a `ShapeError` for a row of a frame; as an array it would lose its names."""
    advice = one_sample_text(part, name, known) if known else None
    if advice is None and getattr(part, "shape", None) == shape:
        advice = one_sample_text(part, name)
    if advice is None:
        return
    raise ShapeError(
        f"{name} is one row of a frame, of shape {shape_text(part.shape)}, but the network was "
        f"built for {shape_text(('n', *shape))}; for a single sample use {advice}, a frame of one "
        "row, which keeps the names"
    )


def _input_message(name: str, came: tuple[int, ...], shape: tuple[int, ...], array: str) -> str:
    text = (
        f"{name} has the shape {shape_text(came)}, but the network was built for "
        f"{shape_text(('n', *shape))}"
    )
    if came == shape:
        return (
            f"{text}; for a single sample use {array}[None], which has the shape "
            f"{shape_text((1, *came))}"
        )
    if len(came) == 1 and shape == (1,):
        return text + f"; use {array}.reshape(-1, 1)"
    size = int(np.prod(came[1:]))
    if size == int(np.prod(shape)) and size:
        return text + f"; use {array}.reshape({shape_text((-1, *shape))})"
    if len(came) == 2 and len(shape) == 1:
        return (
            f"{text}; every sample needs {shape[0]} features, but has {came[1]}: use the columns "
            "the network was trained with"
        )
    return text + "; give it as many features as the network was trained with"


def check_split(fraction: Any) -> None:
    """Raise an `ArgumentError` unless it is a fraction of samples."""
    is_number = isinstance(fraction, int | float | np.number) and not isinstance(fraction, bool)
    if not is_number or not 0 < fraction < 1:
        raise ArgumentError(
            f"validation_split={shown(fraction)} must lie between 0 and 1; it is the fraction of "
            "samples held out for validation"
        )


def split_rows(
    y: np.ndarray, fraction: float, seed: int, takes_labels: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return row numbers for training and for validation, stratified for classes."""
    check_split(fraction)
    if len(y) < 2:
        raise DataError(f"validation_split needs at least 2 samples, got {len(y)}")
    # Labels are classes however many there are; of other targets their values say it.
    classes = y if takes_labels and y.ndim == 1 else classes_of(y)
    if classes is None:
        return random_split(len(y), fraction, seed)
    return stratified_split(classes, fraction, seed)


def check_batch_size(batch_size: Any, rows: int) -> int:
    """Return the batch size as a number; "full" is all samples."""
    if isinstance(batch_size, str) and batch_size == "full":
        return rows
    if batch_size is None:
        batch_size = 32
    if (
        isinstance(batch_size, bool)
        or not isinstance(batch_size, int | np.integer)
        or batch_size < 1
    ):
        raise ArgumentError(
            f"batch_size={shown(batch_size)} must be a whole number of at least 1, or 'full' "
            "for all samples at once"
        )
    return min(int(batch_size), rows)


def check_piece(batch_size: Any) -> int:
    """Return how many samples to compute at once when evaluating and predicting."""
    if batch_size is None or (isinstance(batch_size, str) and batch_size == "full"):
        return PIECE if batch_size is None else sys.maxsize
    return check_batch_size(batch_size, sys.maxsize)


def class_weights(
    class_weight: Mapping[int, float] | str, y: np.ndarray, loss: Loss, units: int, dtype: str
) -> np.ndarray:
    """Return one weight a sample from a weight a class.

    "balanced" gives every class the same sum; a class that is not named weighs 1.

    Raises
    ------
    ArgumentError
        If the loss has no classes, a class is not known, or a weight is no finite number of 0 or
        more in ``dtype``.
    """
    labels, count = _classes_of(y, loss, units)
    if isinstance(class_weight, str) and class_weight == "balanced":
        counts = np.bincount(labels, minlength=count)
        used = max(int(np.count_nonzero(counts)), 1)
        table = len(labels) / (used * np.maximum(counts, 1))
        return table[labels].astype(dtype)
    if not isinstance(class_weight, Mapping):
        raise ArgumentError(
            f"class_weight={shown(class_weight)} must be a dict from class number to weight, or "
            "'balanced'"
        )
    table = np.ones(count)
    for key, weight in class_weight.items():
        if isinstance(key, bool) or not isinstance(key, int | np.integer) or not 0 <= key < count:
            raise ArgumentError(
                f"class_weight names the class {shown(key)}, but the classes are the numbers 0 to "
                f"{count - 1}"
            )
        table[key] = _class_weight(key, weight, dtype)
    return table[labels].astype(dtype)


def _class_weight(key: int, weight: Any, dtype: str) -> float:
    is_number = isinstance(weight, int | float | np.number) and not isinstance(weight, bool)
    if not is_number or not 0 <= weight < np.inf:
        raise ArgumentError(
            f"class_weight of class {key} is {shown(weight)}; a weight is a finite number, 0 "
            "or greater"
        )
    largest = float(np.finfo(dtype).max)
    if weight > largest:
        raise ArgumentError(
            f"class_weight of class {key} is {shown(weight)}, too large for {dtype}, which ends at "
            f"{largest:.3g}; what counts is how the weights compare, so divide all by "
            "the same number"
        )
    return float(weight)


def _classes_of(y: np.ndarray, loss: Loss, units: int) -> tuple[np.ndarray, int]:
    """Return the class of every row and how many classes there are, as the loss sees them."""
    kind = loss.target_kind
    if kind == "labels" and y.ndim == 1:
        return y, units
    if kind == "one_hot" and y.ndim == 2:
        return _largest(y), y.shape[1]
    if kind == "binary" and y.size == len(y):
        answers = y.reshape(-1)
        unclear = np.flatnonzero((answers != 0) & (answers != 1))
        if len(unclear):
            raise ArgumentError(
                f"class_weight needs targets that are classes, 0 or 1, but y[{unclear[0]}] is "
                f"{answers[unclear[0]]:g}; use sample_weight"
            )
        return answers.astype(np.int64), 2
    raise ArgumentError(
        f"class_weight needs targets that are classes, but y with {type(loss).__name__} holds "
        f"{_MEANING[kind]}; use sample_weight"
    )


# What a row of targets is where it is not one class.
_MEANING = {
    "values": "quantities",
    "labels": "several labels a sample",
    "one_hot": "several rows of probabilities a sample",
    "binary": "several yes or no answers a sample",
}


def _largest(y: np.ndarray) -> np.ndarray:
    """Return the class of every row of probabilities: the likeliest one."""
    tied = np.flatnonzero(np.count_nonzero(y == y.max(axis=1, keepdims=True), axis=1) > 1)
    if len(tied):
        raise ArgumentError(
            f"class_weight needs one class a sample, but y[{tied[0]}] gives several classes the "
            "same largest probability; use sample_weight"
        )
    return y.argmax(axis=1)


def default_record(topology: Topology, targets: Any) -> CompileRecord:
    """Return how fit trains a network that was not compiled.

    Parameters
    ----------
    topology : Topology
    targets : ndarray, or a list of (ndarray or None)
        An array for each output; one that has no targets is not trained.
    """
    parts = targets if len(topology.outputs) > 1 else [targets]
    losses = [
        None if y is None else default_loss(topology, y, place) for place, y in enumerate(parts)
    ]
    has_classes = [loss is not None and loss.task == "classification" for loss in losses]
    metrics = [["accuracy"] if is_class else [] for is_class in has_classes]
    return compiled("adam", losses, metrics, None, topology.output_names, is_default=True)


def default_loss(topology: Topology, y: Any, place: int = 0) -> Loss:
    """Return the loss that fits the layer before an output and the targets."""
    name = _last_activation(topology, topology.outputs[place])
    shape = np.shape(y)
    output = topology.output_shapes[place]
    units = output[-1] if output else 1
    # (n, 1) is taken as labels too: the loss then says how to make it (n,).
    is_label = units > 1 and (len(shape) == len(output) or shape[-1:] == (1,))
    if name == "softmax":
        return get_loss(
            "sparse_categorical_crossentropy" if is_label else "categorical_crossentropy"
        )
    if name == "sigmoid":
        return get_loss("binary_crossentropy")
    if is_label:
        return SparseCategoricalCrossentropy(from_logits=True)
    return get_loss("mean_squared_error")


def _last_activation(topology: Topology, number: int) -> str:
    """Return the activation that a value comes from, "linear" if from none."""
    first = len(topology.input_shapes)
    while number >= first:
        call = topology.calls[number - first]
        if not call.layer.passes_on:
            activation = call.layer.activation
            return "linear" if activation is None else activations.name_of(activation)
        number = call.inputs[0]
    return "linear"
