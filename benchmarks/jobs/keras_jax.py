"""Keras on JAX: ``fit``, as it comes."""

from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = "jax"

import keras

from benchmarks.jobs._job import Net, Weights, trained


def train(net: Net, x, y) -> Weights:
    keras.utils.set_random_seed(net.seed)
    hidden = [keras.layers.Dense(width, net.hidden) for width in net.widths[1:-1]]
    last = keras.layers.Dense(net.widths[-1], "softmax")
    model = keras.Sequential([keras.Input((net.widths[0],)), *hidden, last])
    model.compile(keras.optimizers.Adam(net.rate), "sparse_categorical_crossentropy")
    model.fit(x, y, batch_size=net.batch, epochs=net.epochs, verbose=0)
    return model.get_weights()


trained(train)
