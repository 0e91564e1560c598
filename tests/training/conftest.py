from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet.random import normal, permutation


def classes(n=90, features=4, count=3, seed=0):
    """Samples of classes that can be told apart, in no order."""
    y = permutation(seed, "rows", n) % count
    centres = normal(seed, "centres", (count, features), stddev=2.0)
    x = centres[y] + normal(seed, "noise", (n, features))
    return x.astype(np.float32), y.astype(np.int64)


@pytest.fixture
def xy():
    return classes()


@pytest.fixture
def make():
    """A function that makes a network with dropout, compiled, ready for fit."""

    def build(seed=0, optimizer=None, dtype="float32", metrics=("accuracy",), dropout=0.2):
        net = gn.Sequential(
            [
                gn.Input((4,)),
                gn.layers.Normalization(),
                gn.layers.Dense(8, "relu"),
                gn.layers.Dropout(dropout),
                gn.layers.Dense(3, "softmax"),
            ],
            dtype=dtype,
            seed=seed,
        )
        net.compile(
            optimizer or gn.optimizers.Adam(0.01),
            "sparse_categorical_crossentropy",
            list(metrics),
        )
        return net

    return build
