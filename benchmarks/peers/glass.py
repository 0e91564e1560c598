"""glassnet itself, as a user calls it: fit on the compiled backend."""

from __future__ import annotations

from benchmarks._harness import Contestant, Task
from glassnet import models, optimizers
from glassnet.layers import Dense


def network(task: Task):
    layers = [Dense(width, activation=task.hidden) for width in task.widths[1:-1]]
    net = models.Sequential(
        [*layers, Dense(task.widths[-1], task.output)], dtype=task.dtype, seed=0
    )
    loss = "sparse_categorical_crossentropy"
    if task.output == "sigmoid":
        loss = "half_sum_squared_error"
    if task.optimizer == "adam":
        optimizer = optimizers.Adam(task.rate)
    else:
        optimizer = optimizers.SGD(task.rate)
    net.compile(optimizer=optimizer, loss=loss)
    net.build((None, task.widths[0]))
    net.set_weights(task.weights())
    return net


def maker(task: Task, backend: str = "numba") -> Contestant:
    net = network(task)

    def train(epochs: int) -> None:
        options = dict(batch_size=task.batch, shuffle=False, verbose=0, backend=backend)
        net.fit(task.x, task.y, epochs=epochs, **options)

    return Contestant(f"glassnet ({backend})", train, net.get_weights)
