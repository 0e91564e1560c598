"""A case: a copy of the network, its data, and what all checks want to know about them.

Made by ``run.py`` from a model and its data; every check takes it and reads what it measures once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from glassnet import backends
from glassnet.explain.diagnosis.intake import Intake
from glassnet.losses import Loss
from glassnet.random import permutation
from glassnet.training.evaluation import predict_rows
from glassnet.training.health import RunCurves, Vitals, examine
from glassnet.training.health.guess import (
    best_guess,
    drawn,
    guess_loss,
    mean_loss,
    targets_of,
)
from glassnet.training.health.limits import GOOD
from glassnet.training.history import History
from glassnet.training.network import Network

__all__ = ["Case", "outputs_of", "shuffled"]

Data = dict[str, np.ndarray]

MOST_ROWS = 2000  # looked at in the data
MOST_NUMBERS = 4_000_000  # the same, for wide rows
FEW_ROWS = 512  # looked at inside the network


@dataclass
class Case:
    """What a check is given.

    Attributes
    ----------
    network : Network
        A copy: checks may read it, but train only copies of their own.
    data : dict of str to ndarray
        All rows: inputs, ``y`` and perhaps ``sample_weight``.
    intake : Intake
        What was wrong with the data as they came.
    came : tuple of int
        Shape of the targets as they came.
    history : History or None
        Of the last call of fit.
    validation : dict, optional
        Other rows, to test on.
    batch_size : int
    takes_class_weight : bool
        Whether fit takes class weights for these targets: not where the model has other outputs.
    """

    network: Network
    data: Data
    intake: Intake
    came: tuple[int, ...]
    history: History | None = None
    validation: Data | None = None
    batch_size: int = 32
    feature_names: list[str] = field(default_factory=list)
    takes_class_weight: bool = True

    # Rows -------------------------------------------------------------------------------

    @property
    def rows(self) -> int:
        return len(self.data["y"])

    @cached_property
    def sample(self) -> Data:
        """Rows for the checks of the data, drawn at random where there are many."""
        numbers = sum(array[0].size for array in self.data.values())
        return drawn(self.data, min(MOST_ROWS, max(FEW_ROWS, MOST_NUMBERS // numbers)))

    @cached_property
    def few(self) -> Data:
        """Rows that are run through the network."""
        return drawn(self.data, FEW_ROWS)

    # The network --------------------------------------------------------------------------

    @property
    def loss(self) -> Loss:
        assert self.network.loss is not None
        return self.network.loss

    @property
    def is_trained(self) -> bool:
        return self.network.state.step > 0 or self.network.state.epoch > 0

    @cached_property
    def vitals(self) -> Vitals:
        """What was measured inside the network as it is."""
        return examine(self.network, self.few)

    @cached_property
    def inputs(self) -> list[np.ndarray]:
        """What reaches the first layers with weights, flat: ``(n, features)`` each."""
        topology, values = self.network.topology, self.vitals.values
        reached = set(range(len(topology.input_shapes)))
        found = {}
        for place, call in enumerate(topology.calls):
            if not reached.issuperset(call.inputs):
                continue
            if any(weight.is_parameter for weight in call.layer.weights.values()):
                found.update(dict.fromkeys(call.inputs))
            else:
                reached.add(len(topology.input_shapes) + place)
        return [values[number].reshape(len(values[number]), -1) for number in found]

    # Targets ------------------------------------------------------------------------------

    def targets(self, y: np.ndarray) -> np.ndarray:
        """Return targets in the shape of the outputs: one-hot for class labels."""
        return targets_of(self.loss, y, self.network.topology.output_shapes[0][-1])

    def labels(self, y: np.ndarray) -> np.ndarray | None:
        """Return the class of every row, None where the targets are quantities."""
        if self.loss.takes_labels:
            return y if y.ndim == 1 else None
        if y.ndim != 2 or len(np.unique(y[:1000])) != 2 or len(np.unique(y)) != 2:
            return None
        high = y == y.max()
        if y.shape[1] == 1:
            return high[:, 0].astype(np.int64)
        return y.argmax(axis=1) if np.all(high.sum(axis=1) == 1) else None

    @property
    def weighting(self) -> str:
        """The argument of fit that makes rare classes count more, by what the loss takes."""
        kind = self.loss.target_kind
        if not self.takes_class_weight:
            return "sample_weight"
        has_classes = kind != "values" and (kind != "binary" or self.data["y"].shape[-1] == 1)
        return "class_weight='balanced'" if has_classes else "sample_weight"

    def classes_of(self, outputs: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the class of every row that outputs stand for."""
        if outputs.shape[1] > 1:
            return outputs.argmax(axis=1)
        middle = 0.0 if self.loss.from_logits else (y.min() + y.max()) / 2
        return (outputs[:, 0] >= middle).astype(np.int64)

    # How good it is -----------------------------------------------------------------------

    @cached_property
    def guess(self) -> np.ndarray:
        """The best answer that does not look at the inputs, one row of outputs."""
        return best_guess(self.loss, self.targets(self.sample["y"]))

    def guess_loss(self, y: np.ndarray) -> float:
        """Return the loss of always giving that answer."""
        return guess_loss(self.loss, y, self.guess)

    def skill(self, data: Data) -> float:
        """Return how much of the loss of that answer the network removes: 1 is all of it."""
        outputs = outputs_of(self.network, data)
        guess = self.guess_loss(data["y"])
        return 1 - mean_loss(self.loss, data["y"], outputs) / guess if guess > 0 else 0.0

    @cached_property
    def exact_loss(self) -> float:
        """The loss without penalties, from pre-activations if it can be: no log(0) there."""
        if any(weight.regularizer for weight in self.network.topology.weights()):
            found = mean_loss(self.loss, self.few["y"], self.vitals.outputs)
        else:
            found = self.vitals.loss / (self.vitals.rows if self.loss.reduction == "sum" else 1)
        return found if np.isfinite(found) else np.inf

    @cached_property
    def is_good(self) -> bool:
        """Whether the network has learned: what looks sick in it has done little harm."""
        # Mistakes the network is sure of count in full: a good accuracy does not excuse them.
        guess = self.guess_loss(self.few["y"])
        return self.is_trained and self.exact_loss <= guess and self.skill(self.few) >= GOOD

    @cached_property
    def curves(self) -> RunCurves:
        """What the learning curves of the last call of fit say."""
        if self.history is None:
            return RunCurves()
        return RunCurves(self.history.history, self.history.stopped)


def shuffled(data: Data, count: int) -> Data:
    """Return ``count`` rows in random order; the data may be sorted by class."""
    order = permutation(0, "diagnosis/order", len(data["y"]))[:count]
    return {name: array[order] for name, array in data.items()}


def outputs_of(network: Network, data: Data) -> np.ndarray:
    """Return what a network says about rows."""
    inputs = {name: data[name] for name in data if name not in ("y", "sample_weight")}
    program = network.prediction
    return predict_rows(backends.get("numpy"), program, inputs, network.weights())[0]
