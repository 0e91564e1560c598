"""Keras on JAX: ``fit``, compiled as it comes."""

from __future__ import annotations

import os

import numpy as np

from benchmarks._task import Contestant, Missing, Task


def maker(task: Task) -> Contestant:
    os.environ["KERAS_BACKEND"] = "jax"
    if task.optimizer == "rprop":
        raise Missing("Keras has no RPROP")
    import jax

    jax.config.update("jax_enable_x64", True)
    import keras

    keras.config.set_floatx(task.dtype)
    layers = [keras.layers.Dense(width, task.hidden) for width in task.widths[1:-1]]
    net = keras.Sequential([keras.Input((task.widths[0],)), *layers,
                            keras.layers.Dense(task.widths[-1], task.output)])  # fmt: skip
    net.set_weights(task.weights())
    if task.optimizer == "adam":
        optimizer = keras.optimizers.Adam(task.rate, epsilon=task.epsilon)
    else:
        optimizer = keras.optimizers.SGD(task.rate)
    is_sum = task.output == "sigmoid"

    def half_sum(y, p):
        return 0.5 * keras.ops.sum(keras.ops.square(p - y))

    net.compile(optimizer, half_sum if is_sum else "sparse_categorical_crossentropy")

    def work(epochs: int) -> None:
        options = dict(batch_size=task.batch, shuffle=False, verbose=0)
        net.fit(task.x, task.y, epochs=epochs, **options)

    return Contestant(work, lambda: [np.asarray(w) for w in net.get_weights()])
