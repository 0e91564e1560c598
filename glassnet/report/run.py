"""What a report is about: one training run, with the data it was made on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from glassnet.data.dataset import Dataset
from glassnet.training.history import History

__all__ = ["TrainedRun"]

Pair = tuple[np.ndarray, np.ndarray]


@dataclass
class TrainedRun:
    """A finished training run.

    Parameters
    ----------
    data : Dataset
        All data, with their names.
    model : Model
        The trained network.
    history : History
        The curves, and how the run ended.
    train, test : (x, y)
        The rows trained on and the rows held out; `y` holds class numbers, or numbers.
    validation : (x, y), optional
        The rows that decided when to stop.
    scores : dict of str to float
        Test results by name.
    seed : int, optional
    best_epoch : int, optional
        The epoch, from 1, whose weights were kept.
    model_file : str
        The model file as a command names it, for the examples of its use.
    source : str, optional
        The data as a command names them: a file or a built-in set; by default their name.
    """

    data: Dataset
    model: Any
    history: History
    train: Pair
    test: Pair
    validation: Pair | None = None
    scores: dict[str, float] | None = None
    seed: int | None = None
    best_epoch: int | None = None
    model_file: str = "model.safetensors"
    source: str | None = None

    @property
    def is_classification(self) -> bool:
        return self.data.task == "classification"

    @cached_property
    def outputs(self) -> np.ndarray:
        """What the network says about the test rows."""
        return np.asarray(self.model.predict(self.test[0]))

    @cached_property
    def train_outputs(self) -> np.ndarray:
        """What the network says about the rows it was trained on."""
        return np.asarray(self.model.predict(self.train[0]))

    @cached_property
    def probabilities(self) -> np.ndarray:
        """One probability a class for every test row."""
        return self.as_probabilities(self.outputs)

    @staticmethod
    def as_probabilities(outputs: np.ndarray) -> np.ndarray:
        """Return one probability a class, also for a network with one sigmoid unit."""
        if outputs.shape[1] > 1:
            return outputs
        return np.concatenate([1 - outputs, outputs], axis=1)

    @cached_property
    def predicted(self) -> np.ndarray:
        """The class number predicted for every test row."""
        return np.asarray(self.probabilities.argmax(axis=1))
