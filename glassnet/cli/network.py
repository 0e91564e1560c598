"""Which network is trained, and how: as asked for, else what suits the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.data.moments import moments
from glassnet.datasets import Dataset
from glassnet.errors import ArgumentError, DataError
from glassnet.layers import Dense, Dropout, Flatten, Normalization, Rescaling
from glassnet.layers.base import Layer
from glassnet.optimizers import Optimizer
from glassnet.optimizers import get as get_optimizer
from glassnet.training.inputs import check_batch_size

__all__ = ["Plan", "make_plan", "plain_layers"]

MANY_ROWS = 20_000
MOST_SQUARABLE = 1e18  # the square of a few times as much is still a float32

# Measured over ten seeds and the sets that come with glassnet; see the comments.
_IMAGES = "128 relu, dropout 0.4"  # digits: 0.983 on average, 0.980 at worst
_TABLES = "64 relu, dropout 0.2"  # a second layer made iris and wine worse at times
_LOGIC = "8 tanh"
_RATES = {_IMAGES: 0.003, _TABLES: 0.01, _LOGIC: 0.05}


@dataclass
class Plan:
    """A network before it is built, and how it is to be trained.

    Attributes
    ----------
    text : str
        The layers as ``--layers`` would name them.
    dtype : {"float32", "float64"}
        Double precision where single would blur the targets.
    """

    layers: list[Layer]
    text: str
    optimizer: Optimizer
    loss: str
    metrics: list[str]
    epochs: int
    batch_size: int
    patience: int
    dtype: str = "float32"


def plain_layers(text: str) -> str:
    """Return a list of layers written the one way: ``"64 relu, dropout 0.2, 10 softmax"``.

    Examples
    --------
    >>> plain_layers("64  relu,10 softmax")
    '64 relu, 10 softmax'
    """
    return ", ".join(" ".join(words) for words in _parts(text))


def _parts(text: str) -> list[list[str]]:
    parts = [part.split() for part in text.split(",")]
    for words in parts:
        is_units = len(words) in (1, 2) and _is_count(words[0])
        is_dropout = len(words) == 2 and words[0].lower() == "dropout"
        if not (is_units or is_dropout):
            raise ArgumentError(
                f"--layers: {' '.join(words)!r} is not understood; write units and activation, "
                "parted by commas, for example '64 relu, dropout 0.2, 10 softmax'"
            )
    return parts


def _is_count(word: str) -> bool:
    # More digits than that are more units than any memory holds, and more than int() takes.
    return word.isascii() and word.isdigit() and len(word) <= 15


def _layer(words: list[str]) -> Layer:
    if words[0].lower() != "dropout":
        return Dense(int(words[0]), words[1] if len(words) > 1 else None)
    try:
        rate = float(words[1])
    except ValueError:
        raise ArgumentError(
            f"--layers: 'dropout {words[1]}' needs the fraction to leave out, for example "
            "'dropout 0.2'"
        ) from None
    return Dropout(rate)


def make_plan(
    data: Dataset,
    x_train: np.ndarray,
    y_train: np.ndarray,
    *,
    layers: str | None = None,
    epochs: int | None = None,
    batch_size: str | None = None,
    optimizer: str | None = None,
    learning_rate: float | None = None,
) -> Plan:
    """Return the network and the settings for a data set; None is "choose for me".

    Raises
    ------
    ArgumentError
        If layers, optimizer or a number make no sense for the data.
    """
    is_many = len(x_train) > MANY_ROWS
    hidden = _default_hidden(data)
    chosen = _optimizer(optimizer, learning_rate, _RATES[hidden])
    if chosen.is_host_side:
        hidden = hidden.split(", dropout")[0]  # a line search needs a loss that holds still
    text = plain_layers(layers) if layers is not None else f"{hidden}, {_default_end(data)}"
    body = [_layer(words) for words in _parts(text)]
    loss = _checked_loss(data, body, text)
    return Plan(
        [*_scaling(data, x_train), *body, *_unscaling(data, y_train)],
        text,
        chosen,
        loss,
        ["accuracy"] if data.task == "classification" else ["mean_absolute_error"],
        epochs or (2000 if data.complete else 300),
        _batch_size(batch_size, "full" if data.complete else 128 if is_many else 32, len(x_train)),
        patience=100 if data.complete else 5 if is_many else 30,
        dtype="float64" if y_train.dtype == np.float64 else "float32",
    )


def _default_hidden(data: Dataset) -> str:
    if data.complete:
        return _LOGIC
    return _IMAGES if data.image_shape is not None else _TABLES


def _outputs(data: Dataset) -> int:
    if data.task == "classification":
        return len(data.class_names)
    return data.y.shape[1] if data.y.ndim > 1 else 1


def _default_end(data: Dataset) -> str:
    count = _outputs(data)
    return f"{count} softmax" if data.task == "classification" else str(count)


def _optimizer(name: str | None, rate: float | None, default_rate: float) -> Optimizer:
    if name is None or name.lower() == "adam":
        rate = default_rate if rate is None else rate
    spec: dict[str, Any] = {"class": name or "adam"}
    if rate is not None:
        spec["learning_rate"] = rate
    return get_optimizer(spec)


def _batch_size(text: str | None, default: int | str, rows: int) -> int:
    wanted: int | str = default if text is None else text
    if text is not None and _is_count(text.removeprefix("-")):
        wanted = int(text)
    return check_batch_size(wanted, rows)


def _scaling(data: Dataset, x_train: np.ndarray) -> list[Layer]:
    """Return the layers that bring the inputs to the size of 1."""
    flat: list[Layer] = [Flatten()] if x_train.ndim > 2 else []
    if data.image_shape is None or x_train.min() < 0:
        return [*flat, Normalization()]
    # Pixels keep their common scale: a rarely used corner must not be blown up.
    return [*flat, Rescaling(1 / max(float(x_train.max()), 1e-30))]


def _unscaling(data: Dataset, y_train: np.ndarray) -> list[Layer]:
    """Return the layer that brings outputs of the size of 1 to the targets' own units."""
    if data.task == "classification":
        return []
    found = moments(y_train.reshape(-1, 1))
    mean, spread, largest = (float(x[0]) for x in (found.mean, found.deviation, found.largest))
    if largest > MOST_SQUARABLE or 0 < spread < 1 / MOST_SQUARABLE:
        raise DataError(
            f"the target {data.target_name!r} reaches from {y_train.min():g} to {y_train.max():g}; "
            "float32 cannot hold the squares of such errors. Multiply or divide the column by a "
            "power of ten"
        )
    return [Rescaling(spread or 1.0, mean)]


def _checked_loss(data: Dataset, body: list[Layer], text: str) -> str:
    """Return the loss that goes with the last layer, which has to fit the targets."""
    last, count = body[-1], _outputs(data)
    end = text.rsplit(", ", 1)[-1].lower()
    if data.task == "regression":
        if last.role == "dense" and last.get_config()["units"] == count and "softmax" not in end:
            return "mean_squared_error"
        need = f"a number for each of the {count} targets" if count > 1 else "a single number"
        raise ArgumentError(
            f"--layers ends with {end!r}, but {data.name} asks for {need}; end with '{count}'"
        )
    if end == f"{count} softmax":
        return "sparse_categorical_crossentropy"
    if end == "1 sigmoid" and count == 2:
        return "binary_crossentropy"
    other = " or '1 sigmoid'" if count == 2 else ""
    raise ArgumentError(
        f"--layers ends with {end!r}, but {data.name} has {count} classes; end with "
        f"'{count} softmax'{other}"
    )
