"""A configuration of every layer to test it with; a layer that is missing here fails a test."""

from __future__ import annotations

import numpy as np

from glassnet import layers
from glassnet.activations import Elu, LeakyRelu
from glassnet.initializers import RandomNormal

# Class name: (what makes the layer, shapes of one sample of its inputs), once or more.
SAMPLES = {
    "Activation": [
        (lambda: layers.Activation("tanh"), [(3,)]),
        (lambda: layers.Activation("softmax"), [(4, 3)]),
        (lambda: layers.Activation(LeakyRelu(0.3)), [(3,)]),
        (lambda: layers.Activation("softmax"), [(2, 4, 3)]),
    ],
    "Add": [
        (lambda: layers.Add(), [(3,), (3,)]),
        (lambda: layers.Add(), [(4, 3), (4, 3), (4, 3)]),
        (lambda: layers.Add(), [(2, 4, 3), (2, 4, 3)]),
    ],
    "Concatenate": [
        (lambda: layers.Concatenate(), [(3,), (5,)]),
        (lambda: layers.Concatenate(), [(4, 3), (4, 1), (4, 2)]),
        (lambda: layers.Concatenate(), [(2, 4, 3), (2, 4, 1)]),
    ],
    "Dense": [
        (lambda: layers.Dense(5), [(3,)]),
        (lambda: layers.Dense(5, "sigmoid", use_bias=False), [(3,)]),
        (lambda: layers.Dense(5, Elu(0.5), name="mine"), [(4, 3)]),
        (
            lambda: layers.Dense(
                5, "softmax", True, RandomNormal(0, 0.3), "ones", "l2", {"class": "L1", "l1": 0.5}
            ),
            [(2, 4, 3)],
        ),
    ],
    "Dropout": [
        (lambda: layers.Dropout(0.4), [(30,)]),
        (lambda: layers.Dropout(0), [(4, 3)]),
        (lambda: layers.Dropout(0.4), [(5, 3)]),
        (lambda: layers.Dropout(0.4), [(2, 5, 3)]),
    ],
    "Flatten": [
        (lambda: layers.Flatten(), [(4, 3)]),
        (lambda: layers.Flatten(), [(4, 3, 2)]),
        (lambda: layers.Flatten(), [(3,)]),
    ],
    "InputLayer": [
        (lambda: layers.InputLayer((3,)), [(3,)]),
        (lambda: layers.InputLayer((2, 4, 3)), [(2, 4, 3)]),
    ],
    "MaskedDense": [
        (lambda: layers.MaskedDense([[1, 0], [1, 1], [0, 1]], "tanh"), [(3,)]),
    ],
    "Normalization": [
        (lambda: layers.Normalization(), [(3,)]),
        (lambda: layers.Normalization(), [(4, 3)]),
        (lambda: layers.Normalization(), [(2, 4, 3)]),
    ],
    "Rescaling": [
        (lambda: layers.Rescaling(1 / 255), [(4, 3)]),
        (lambda: layers.Rescaling(2.0, offset=-1.0), [(3,)]),
        (lambda: layers.Rescaling(2.0, offset=-1.0), [(2, 4, 3)]),
    ],
    "Reshape": [
        (lambda: layers.Reshape((4, 3)), [(12,)]),
        (lambda: layers.Reshape((-1, 2)), [(4, 3)]),
        (lambda: layers.Reshape((3, -1, 2)), [(2, 6, 3)]),
    ],
}

CASES = [
    (f"{name} {number}", make, shapes)
    for name, samples in SAMPLES.items()
    for number, (make, shapes) in enumerate(samples)
]


def inputs_for(shapes, rows=6, dtype="float64"):
    draw = np.random.default_rng(3)
    return [draw.normal(size=(rows, *shape)).astype(dtype) for shape in shapes]
