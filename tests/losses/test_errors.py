"""Targets that do not fit a loss: what came, what was expected, how to fix it."""

import numpy as np
import pytest

from glassnet import losses
from glassnet.errors import ArgumentError, DataError, ShapeError

P = np.full((4, 3), 1 / 3)


@pytest.mark.parametrize(
    ("loss", "y", "p", "message"),
    [
        ("mse", np.zeros(4), np.zeros((4, 1)), r"y has the shape \(4,\).*use y.reshape\(-1, 1\)"),
        ("mse", np.zeros(4), P, r"for class labels use .*to_categorical\(y, 3\)"),
        ("mse", np.zeros((4, 2)), P, "compares them number by number; give y that shape"),
        ("mae", np.zeros((4, 1)), P, "give y that shape"),
        ("categorical_crossentropy", [0, 1, 2, 0], P, "for class labels use"),
        ("sparse_categorical_crossentropy", P, P, r"looks one-hot.*y.argmax\(axis=1\)"),
        ("sparse_categorical_crossentropy", [[0], [1], [2], [0]], P, r"use y.ravel\(\)"),
        ("sparse_categorical_crossentropy", np.zeros((4, 2)), P, r"have the shape \(n,\)"),
        (
            "sparse_categorical_crossentropy",
            [0, 1, 0, 1],
            np.zeros((4, 1)),
            "use 2 units with softmax, or loss='binary_crossentropy'",
        ),
    ],
)
def test_shapes(loss, y, p, message):
    with pytest.raises(ShapeError, match=message):
        losses.get(loss)(y, p)


@pytest.mark.parametrize(
    ("loss", "y", "message"),
    [
        ("sparse_categorical_crossentropy", [0, 1, 3, 2], r"y\[2\] is 3.*from 0 to 2"),
        ("sparse_categorical_crossentropy", [0, -1, 1, 2], r"y\[1\] is -1.*start at 0"),
        ("sparse_categorical_crossentropy", [0, 0.5, 1, 2], r"whole numbers"),
        ("binary_crossentropy", P * 6, "between 0 and 1, but y goes from 2 to 2"),
        ("binary_crossentropy", -P, "between 0 and 1"),
        ("categorical_crossentropy", P * 2, r"y\[0\] sums to 2; .*to_categorical"),
        ("poisson", -P, "0 or more, but y holds -0.333333"),
        ("mse", P * np.nan, "not finite"),
    ],
)
def test_values(loss, y, message):
    with pytest.raises(DataError, match=message):
        losses.get(loss)(y, P)


def test_the_wrong_row_is_named():
    y = np.eye(3)[[0, 1, 2, 0]]
    y[2] = [2, -1, 0]
    with pytest.raises(DataError, match=r"y\[2\]"):
        losses.CategoricalCrossentropy()(y, P)


def test_different_numbers_of_samples():
    with pytest.raises(ShapeError, match="y_true has 4 rows but y_pred has 1"):
        losses.MeanSquaredError()(P, P[:1])  # NumPy would stretch the one row


def test_settings():
    with pytest.raises(ArgumentError, match="must be 'mean' or 'sum'"):
        losses.MeanSquaredError("none")
    with pytest.raises(ArgumentError, match="greater than 0"):
        losses.Huber(0)
    with pytest.raises(ArgumentError, match="did you mean 'mean_squared_error'"):
        losses.get("mean_square_error")
