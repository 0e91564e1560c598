"""Trials: short trainings of copies, to see what another setting would have brought.

Takes a network, rows and an optimizer; gives losses after some steps. Checks of learning and of
structure call it.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from glassnet import backends
from glassnet.backends import Work
from glassnet.explain.diagnosis.case import Data, outputs_of
from glassnet.layers import Normalization
from glassnet.layers.topology import Topology
from glassnet.optimizers import Optimizer
from glassnet.random import permutation
from glassnet.training.health.guess import mean_loss
from glassnet.training.network import Network
from glassnet.training.samples import adapt
from glassnet.training.state import State

__all__ = ["Trial", "of_layers", "redrawn", "steps_for"]

# A weight adds this to the work of a step however small it is: calls of NumPy take their time.
_WORK_OF_A_CALL = 4e4


class Trial:
    """A copy of a network that is trained for some steps, again and again from the same start.

    Parameters
    ----------
    network : Network
        Is copied; its weights are the start.
    data : dict
        Rows to train on.
    optimizer : Optimizer
        Is copied.
    batch_size : int
    """

    def __init__(self, network: Network, data: Data, optimizer: Any, batch_size: int) -> None:
        self.network = copy.deepcopy(network)
        record = self.network.record.without_metrics()
        self.network.compile(record.with_optimizer(copy.deepcopy(optimizer)))
        self.data = data
        self.rows = len(data["y"])
        self.batch_size = min(batch_size, self.rows)
        state, topology = self.network.state, self.network.topology
        self.optimizer: Optimizer = self.network.record.optimizer
        state.prepare_slots(self.optimizer, topology, self.network.dtype)
        self.arrays = state.arrays(topology)
        self.first = {name: array.copy() for name, array in self.arrays.items()}
        program = self.network.step("sample_weight" in data)
        self.stepper = backends.get("numpy").stepper(program, self.arrays, data)

    def start_from(self, network: Network) -> None:
        """Begin every run from the weights of another network of the same layers."""
        self.network.state.seed = network.state.seed
        self.first |= {name: array.copy() for name, array in network.weights().items()}

    def run(self, steps: int, rate: float | None = None) -> float:
        """Train from the start and return the mean loss of the rows after it."""
        for name, array in self.arrays.items():
            array[...] = self.first[name]
        if rate is not None:
            self.optimizer.learning_rate = rate
        self.stepper.run(self._work(steps))
        return self.loss()

    def loss(self, data: Data | None = None) -> float:
        """Return the mean loss of rows, by default of those it was trained on."""
        data = self.data if data is None else data
        outputs = outputs_of(self.network, data)
        if not np.isfinite(outputs).all():
            return float("inf")
        assert self.network.loss is not None
        found = mean_loss(self.network.loss, data["y"], outputs)
        return found if np.isfinite(found) else float("inf")

    def _work(self, steps: int) -> Work:
        seed = self.network.state.seed or 0
        epochs = -(-steps // -(-self.rows // self.batch_size))
        is_whole = self.batch_size == self.rows
        return Work(
            [
                None if is_whole else permutation(seed, "diagnosis", self.rows, epoch)
                for epoch in range(epochs)
            ],
            self.batch_size,
            batches=steps,
            scalars=self.network.scalars(),
        )


def steps_for(network: Network, rows: int, fewest: int, most: int) -> int:
    """Return how many steps a trial may make: few where a step is much work."""
    weights = list(network.weights().values())
    numbers = max(sum(weight.size for weight in weights), 1)
    work = 6.0 * numbers * rows + _WORK_OF_A_CALL * len(weights)
    return int(np.clip(1e9 / work, fewest, most))


def redrawn(network: Network, seed: int | None = None) -> Network:
    """Return a copy with freshly drawn weights; what layers learned from the data stays."""
    other = copy.deepcopy(network)
    other.state.seed = (network.state.seed or 0) if seed is None else seed
    for layer in other.topology.layers:
        for weight in layer.weights.values():
            if weight.is_parameter and layer.trainable:
                weight.value = None
    other.topology.initialize(other.state.seed, other.dtype)
    return other


def of_layers(network: Network, layers: list[Any], data: Data, seed: int = 0) -> Network:
    """Return a new chain of layers for the same task, its inputs normalized."""
    topology = Topology.chain(network.topology.input_shapes[0], [Normalization(), *layers])
    topology.initialize(seed, network.dtype)
    other = Network(topology, network.dtype, State(seed=seed))
    other.compile(network.record.without_metrics().with_optimizer("adam"))
    adapt(other, data)
    return other
