"""What goes round in training: weights, optimizer slots, step, epoch and seed."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from glassnet.layers.topology import Topology
from glassnet.optimizers import Optimizer
from glassnet.training.programs import slot_names

__all__ = ["Snapshot", "State"]


@dataclass
class Snapshot:
    """A copy of a state at one moment."""

    arrays: dict[str, np.ndarray]
    step: int
    epoch: int


@dataclass
class State:
    """Everything a training step reads and replaces.

    Attributes
    ----------
    slots : dict of str to ndarray
        What the optimizer keeps, by ``weight.slot``.
    step : int
        Steps made so far.
    epoch : int
        Epochs finished so far, over all calls of fit; the shuffling depends on it.
    seed : int or None
    """

    slots: dict[str, np.ndarray] = field(default_factory=dict)
    step: int = 0
    epoch: int = 0
    seed: int | None = None

    def arrays(self, topology: Topology) -> dict[str, np.ndarray]:
        """Return weights and slots: the arrays themselves, not copies."""
        weights = {weight.name: weight.value for weight in topology.weights()}
        return {**{k: v for k, v in weights.items() if v is not None}, **self.slots}

    def prepare_slots(self, optimizer: Optimizer, topology: Topology, dtype: str) -> None:
        """Make the slots the optimizer needs, keeping those that fit."""
        wanted = slot_names(optimizer, topology)
        kept = {}
        for name, (shape, first) in wanted.items():
            old = self.slots.get(name)
            fits = old is not None and old.shape == shape
            kept[name] = old if fits else np.full(shape, first, dtype)
        self.slots = {name: array for name, array in kept.items() if array is not None}

    def snapshot(self, topology: Topology) -> Snapshot:
        copies = {name: array.copy() for name, array in self.arrays(topology).items()}
        return Snapshot(copies, self.step, self.epoch)

    def restore(self, topology: Topology, snapshot: Snapshot) -> None:
        for name, array in self.arrays(topology).items():
            array[...] = snapshot.arrays[name]
        self.step, self.epoch = snapshot.step, snapshot.epoch
