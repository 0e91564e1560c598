"""What a model file says about itself, and the model at work on samples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from glassnet.errors import ArgumentError
from glassnet.models import load

__all__ = ["class_names", "features_of", "load_model", "probabilities", "task_of"]


def load_model(path: Path) -> Any:
    """Return the model in a file, which must have one input and one output.

    Raises
    ------
    FileFormatError
        If the file is missing, corrupt or of another kind.
    """
    model = load(path)
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
    return "classification" if "Crossentropy" in type(model.loss).__name__ else otherwise


def class_names(model: Any) -> list[str]:
    """Return the names of the classes, numbers where they have none."""
    count = max(model.network.topology.output_shapes[0][-1], 2)
    return list(model.info.get("class_names") or map(str, range(count)))


def probabilities(model: Any, outputs: np.ndarray) -> np.ndarray:
    """Return one probability a class, also for a network with one sigmoid unit or with logits."""
    values = np.asarray(outputs, np.float64)
    is_logits = getattr(model.loss, "from_logits", False)
    if values.shape[1] == 1:
        p = 1 / (1 + np.exp(-values)) if is_logits else values
        return np.concatenate([1 - p, p], axis=1)
    if is_logits:
        powers = np.exp(values - values.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)
    return values
