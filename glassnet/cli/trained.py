"""What a model file says about itself, and the model at work on samples."""

from __future__ import annotations

import reprlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.errors import ArgumentError, DataError, FileFormatError
from glassnet.models import load
from glassnet.training.classes import probabilities as class_probabilities

__all__ = ["class_names", "features_of", "load_model", "load_noted", "probabilities", "task_of"]


def _is_names(value: Any) -> bool:
    return value is None or (
        isinstance(value, list | tuple) and all(isinstance(name, str) for name in value)
    )


def _is_scores(value: Any) -> bool:
    return value is None or (
        isinstance(value, dict)
        and all(isinstance(one, int | float | None) for one in value.values())
    )


def _is_run(value: Any) -> bool:
    return value is None or (
        isinstance(value, dict) and isinstance(value.get("test_size"), int | float | None)
    )


def _is_data(value: Any) -> bool:
    return value is None or (isinstance(value, dict) and isinstance(value.get("rows", 0), int))


# What `train` notes in a file, and how it must look for the commands to use it.
_NOTES: dict[str, Callable[[Any], bool]] = {
    "class_names": _is_names,
    "feature_names": _is_names,
    "target_name": lambda value: isinstance(value, str | None),
    "task": lambda value: value in (None, "classification", "regression"),
    "test": _is_scores,
    "test_rows": lambda value: isinstance(value, int | None),
    "run": _is_run,
    "data": _is_data,
}


def load_noted(path: Path) -> Any:
    """Return the model in a file whose notes are as `train` makes them.

    Raises
    ------
    FileFormatError
        If the file is missing, corrupt or of another kind.
    """
    model = load(path)
    notes = model.info
    wrong = [name for name, is_right in _NOTES.items() if not is_right(notes.get(name))]
    if wrong:
        raise FileFormatError(
            f"{str(path)!r} is damaged: its note {wrong[0]!r} is "
            f"{reprlib.repr(notes[wrong[0]])}; save the model again, or use an intact copy"
        )
    for name in [name for name in _NOTES if notes.get(name) is None]:
        notes.pop(name, None)  # a note of None says nothing, as none does
    return model


def load_model(path: Path) -> Any:
    """Return the model in a file, which must have one input and one output.

    Raises
    ------
    FileFormatError
        If the file is missing, corrupt or of another kind.
    """
    model = load_noted(path)
    topology = model.network.topology
    if len(topology.input_shapes) != 1 or len(topology.output_shapes) != 1:
        raise ArgumentError(
            f"{str(path)!r} holds a network with several inputs or outputs; use it from Python, "
            "with gn.load(path)"
        )
    return model


def features_of(model: Any) -> int:
    """Return how many numbers a sample has."""
    return int(np.prod(model.network.topology.input_shapes[0]))


def task_of(model: Any, otherwise: str = "regression") -> str:
    """Return "classification" or "regression": as noted in the file, else as the loss tells."""
    noted = model.info.get("task")
    if noted:
        return str(noted)
    loss = model.loss
    if loss is None or loss.target_kind == "values":
        return otherwise
    has_answers = loss.target_kind == "binary" and model.network.topology.output_shapes[0][-1] > 1
    return otherwise if has_answers else "classification"


def class_names(model: Any) -> list[str]:
    """Return the names of the classes, numbers where they have none."""
    count = max(model.network.topology.output_shapes[0][-1], 2)
    names = model.info.get("class_names") or [str(number) for number in range(count)]
    if len(names) < count:
        raise DataError(
            f"the model names {len(names)} classes, but has {count} outputs; correct "
            "model.info['class_names'] and save it again"
        )
    return list(names)


def probabilities(model: Any, outputs: np.ndarray) -> np.ndarray:
    """Return one probability a class, also for a network with one sigmoid unit or with logits."""
    return class_probabilities(outputs, model.loss)
