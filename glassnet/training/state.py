"""The state that training steps update: weights, optimizer slots, step, epoch and seed."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from glassnet.layers.topology import Topology
from glassnet.optimizers import Optimizer
from glassnet.training.graph import slot_names

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
        """Make the slots the optimizer needs, keeping those that fit.

        Those of frozen weights wait until they are trained again, as in PyTorch.
        """
        wanted = slot_names(optimizer, topology.parameters())
        resting = slot_names(optimizer, topology.frozen())
        kept = {}
        for name, (shape, first) in {**wanted, **resting}.items():
            old = self.slots.get(name)
            if old is not None and old.shape == shape:
                kept[name] = old
            elif name in wanted:
                kept[name] = np.full(shape, first, dtype)
        self.slots = kept
