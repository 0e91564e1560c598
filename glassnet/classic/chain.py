"""A chain of layers without bias that is trained call by call: what the articles' classes hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet import backends
from glassnet.backends import Stepper, Work
from glassnet.errors import ShapeError
from glassnet.graph import shape_text
from glassnet.layers import Dense, Input
from glassnet.layers.base import Tensor
from glassnet.models import Model
from glassnet.optimizers import SGD
from glassnet.training.programs import step_program

__all__ = ["Chain", "check_weights"]


class Chain:
    """Dense layers without bias, in double precision, and one step at a time.

    ``fit`` prepares a whole run; the articles call ``train`` once a sample, 300,000 times. So the
    step is bound once to a place for the batch, and a call fills that place and runs it.

    Parameters
    ----------
    sizes : sequence of int
        Inputs, hidden units ..., outputs.
    activation : str or callable
    loss : str
    learning_rate : float

    Examples
    --------
    >>> chain = Chain([3, 4, 1], "sigmoid", "half_sum_squared_error", 1.0)
    >>> [array.shape for array in chain.forward(np.zeros((2, 3)))]
    [(2, 4), (2, 1)]
    """

    def __init__(
        self, sizes: Sequence[int], activation: Any, loss: str, learning_rate: float
    ) -> None:
        self.sizes = list(sizes)
        x = Input((sizes[0],))
        tensors: list[Tensor] = []
        for size in sizes[1:]:
            before = tensors[-1] if tensors else x
            tensors.append(Dense(size, activation, use_bias=False)(before))
        # Two models of the same layers: one to look inside, one to train.
        self.inner = Model(x, tensors, dtype="float64", seed=0)
        self.model = Model(x, tensors[-1], dtype="float64", seed=0)
        self.model.compile(SGD(learning_rate), loss)
        self.kernels = list(self.model.network.weights().values())
        self._steppers: dict[int, tuple[Stepper, dict[str, np.ndarray]]] = {}

    def forward(self, x: np.ndarray) -> list[np.ndarray]:
        """Return the activations of every layer, shape ``(n, units)`` each."""
        found = self.inner.predict(x)
        return found if isinstance(found, list) else [found]

    def step(self, x: np.ndarray, y: np.ndarray) -> None:
        """Make one step of gradient descent on one batch."""
        network = self.model.network
        with network.training_alone():
            stepper, place = self._stepper(len(x))
            place["x"][...] = x
            place["y"][...] = y
            scalars = {**network.record.optimizer.scalars(), "seed": 0}
            stepper.run(Work([None], len(x), scalars=scalars, step=network.state.step))
            network.state.step += 1

    def _stepper(self, rows: int) -> tuple[Stepper, dict[str, np.ndarray]]:
        if rows not in self._steppers:
            network = self.model.network
            program = step_program(network.topology, network.record, "float64")
            place = {"x": np.zeros((rows, self.sizes[0])), "y": np.zeros((rows, self.sizes[-1]))}
            state = network.state.arrays(network.topology)
            stepper = backends.get("numpy").stepper(program, state, place)
            self._steppers[rows] = stepper, place
        return self._steppers[rows]


def check_weights(name: str, value: Any, shape: tuple[int, ...], meaning: str) -> np.ndarray:
    """Return weights as an array, or raise saying what shape they must have and why.

    Examples
    --------
    >>> check_weights("wih", [[1.0, 2.0]], (1, 3), "hidden nodes x input nodes")
    Traceback (most recent call last):
    ...
    glassnet.errors.ShapeError: wih has the shape (1, 2), but this network needs (1, 3) (hidden \
nodes x input nodes); give an array of that shape, or make the network with other sizes
    """
    array = np.asarray(value, np.float64)
    if array.shape == shape:
        return array
    remedy = "give an array of that shape, or make the network with other sizes"
    if array.shape == shape[::-1]:
        remedy = f"its transpose fits: {name}.T"
    raise ShapeError(
        f"{name} has the shape {shape_text(array.shape)}, but this network needs "
        f"{shape_text(shape)} ({meaning}); {remedy}"
    )
