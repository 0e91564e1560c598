"""glassnet itself, as a user calls it: ``fit``."""

from __future__ import annotations

import numpy as np

from benchmarks._task import Contestant, Task
from glassnet import backends, models, optimizers
from glassnet.layers import Dense

# The name of the compiled backend; `python -m benchmarks.pairs` also runs trees from before
# the backend had a compiler of its own.
COMPILED = "compiled" if hasattr(backends, "Compiled") else "numba"


def _single(number: float) -> float:
    """Return what a C float makes of a number, as FANN keeps its settings."""
    return float(np.float32(number))


_OPTIMIZERS = {
    "adam": lambda task: optimizers.Adam(task.rate, epsilon=task.epsilon),
    "sgd": lambda task: optimizers.SGD(task.rate),
    "rprop": lambda task: optimizers.FannRPROP(
        delta_zero=_single(0.1), increase_factor=_single(1.2)
    ),
}


_LOSSES = {
    "softmax": "sparse_categorical_crossentropy",
    "sigmoid": "half_sum_squared_error",
    "linear": "mean_squared_error",
}


def network(task: Task):
    layers = [Dense(width, activation=task.hidden) for width in task.widths[1:-1]]
    layers.append(Dense(task.widths[-1], task.output))
    net = models.Sequential(layers, dtype=task.dtype, seed=0)
    net.compile(optimizer=_OPTIMIZERS[task.optimizer](task), loss=_LOSSES[task.output])
    net.build((None, task.widths[0]))
    net.set_weights(task.weights())
    return net


def maker(task: Task, backend: str = COMPILED) -> Contestant:
    net = network(task)

    def work(epochs: int) -> None:
        options = dict(batch_size=task.batch, shuffle=False, verbose=0, backend=backend)
        net.fit(task.x, task.y, epochs=epochs, **options)

    return Contestant(work, net.get_weights)
