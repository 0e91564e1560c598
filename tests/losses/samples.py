"""Targets and predictions to test every loss with; a loss that is missing here fails a test.

Beside each stands its formula, written by hand in NumPy: one number a sample.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from glassnet import losses

N, K = 4, 3
draw = np.random.default_rng(11)
REAL = draw.normal(size=(N, K))
OTHER = draw.normal(size=(N, K)) * 1.5
PROBABLE = draw.uniform(0.05, 0.95, size=(N, K))
ROWS = PROBABLE / PROBABLE.sum(axis=1, keepdims=True)
SOFT = np.abs(REAL) / np.abs(REAL).sum(axis=1, keepdims=True)
BINARY = np.array([[0, 1, 1], [1, 0, 0.3], [1, 1, 0], [0, 0, 1]], "f8")
LABELS = np.array([2, 0, 1, 1])
COUNTS = np.array([[0, 1, 2], [3, 0, 1], [5, 1, 0], [0, 0, 7]], "f8")
IMAGES = draw.normal(size=(N, 2, K))


def huber(delta):
    def formula(y, p):
        e = np.abs(y - p)
        return np.where(e <= delta, e**2 / 2, delta * (e - delta / 2)).mean(axis=1)

    return formula


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    return np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)


def tanh_error(scale):
    def formula(y, p):
        e = scale * (y - p)
        inside = np.clip(e, -0.9999999, 0.9999999)
        curve = (1 + inside) * np.log(1 + inside) + (1 - inside) * np.log(1 - inside)
        return ((curve + 17 * np.abs(e - inside)) / scale).sum(axis=1)

    return formula


def binary(y, p):
    return -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean(axis=1)


def categorical(y, p):
    return -(y * np.log(p)).sum(axis=1)


def sparse(y, p):
    return -np.log(p[np.arange(len(y)), y])


# Class name: (what makes the loss, targets, predictions, formula), once or more.
SAMPLES = {
    "SumSquaredError": [
        (losses.SumSquaredError, REAL, OTHER, lambda y, p: ((y - p) ** 2).sum(axis=1)),
        (losses.SumSquaredError, IMAGES, IMAGES**2, lambda y, p: ((y - p) ** 2).sum(axis=(1, 2))),
    ],
    "QuarterSumSquaredError": [
        (losses.QuarterSumSquaredError, REAL, OTHER, lambda y, p: ((y - p) ** 2).sum(axis=1) / 4),
    ],
    "TanhError": [
        (losses.TanhError, BINARY, PROBABLE, tanh_error(1)),
        (losses.TanhError, REAL, OTHER, tanh_error(1)),
        (partial(losses.TanhError, halved=True), 2 * BINARY - 1, 2 * PROBABLE - 1, tanh_error(0.5)),
    ],
    "HalfSumSquaredError": [
        (losses.HalfSumSquaredError, REAL, OTHER, lambda y, p: ((y - p) ** 2).sum(axis=1) / 2),
    ],
    "MeanSquaredError": [
        (losses.MeanSquaredError, REAL, OTHER, lambda y, p: ((y - p) ** 2).mean(axis=1)),
        (losses.MeanSquaredError, IMAGES, IMAGES**2, lambda y, p: ((y - p) ** 2).mean((1, 2))),
        (losses.MeanSquaredError, REAL[:, 0], OTHER[:, 0], lambda y, p: ((y - p) ** 2).ravel()),
    ],
    "MeanAbsoluteError": [
        (losses.MeanAbsoluteError, REAL, OTHER, lambda y, p: np.abs(y - p).mean(axis=1)),
    ],
    "Huber": [
        (losses.Huber, REAL, OTHER, huber(1.0)),
        (lambda **s: losses.Huber(0.3, **s), REAL, OTHER, huber(0.3)),
    ],
    "Poisson": [
        (
            losses.Poisson,
            COUNTS,
            PROBABLE * 3,
            lambda y, p: (p - y * np.log(p + 1e-7)).mean(axis=1),
        )
    ],
    "BinaryCrossentropy": [
        (losses.BinaryCrossentropy, BINARY, PROBABLE, binary),
        (losses.BinaryCrossentropy, BINARY[:, :1], PROBABLE[:, :1], binary),
        (
            lambda **s: losses.BinaryCrossentropy(from_logits=True, **s),
            BINARY,
            OTHER,
            lambda y, z: binary(y, sigmoid(z)),
        ),
    ],
    "CategoricalCrossentropy": [
        (losses.CategoricalCrossentropy, SOFT, ROWS, categorical),
        (losses.CategoricalCrossentropy, np.eye(K)[LABELS], ROWS, categorical),
        (
            lambda **s: losses.CategoricalCrossentropy(from_logits=True, **s),
            SOFT,
            OTHER,
            lambda y, z: categorical(y, softmax(z)),
        ),
    ],
    "SparseCategoricalCrossentropy": [
        (losses.SparseCategoricalCrossentropy, LABELS, ROWS, sparse),
        (
            lambda **s: losses.SparseCategoricalCrossentropy(from_logits=True, **s),
            LABELS,
            OTHER,
            lambda y, z: sparse(y, softmax(z)),
        ),
    ],
}

CASES = {
    f"{name} {number}": sample
    for name, samples in SAMPLES.items()
    for number, sample in enumerate(samples)
}
