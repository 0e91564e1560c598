from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet.data.splits import random_split, stratified_split, train_test_split
from glassnet.errors import ArgumentError, DataError, ShapeError


@given(
    st.lists(st.integers(0, 6), min_size=2, max_size=80),
    st.floats(0.01, 0.99),
    st.integers(0, 2**40),
)
def test_stratified_split_keeps_the_shares(labels, fraction, seed):
    y = np.array(labels)
    train, test = stratified_split(y, fraction, seed)
    assert sorted([*train, *test]) == list(range(len(y)))
    assert len(test) == min(max(round(fraction * len(y)), 1), len(y) - 1)
    classes, counts = np.unique(y, return_counts=True)
    several = counts[counts > 1]
    for label, count in zip(classes, counts, strict=True):
        held = int((y[test] == label).sum())
        if len(classes) <= len(test) and (several - 1).sum() >= len(test) and count > 1:
            assert 1 <= held <= count - 1
        if (counts > 30).all():
            assert abs(held - fraction * count) <= 2


def test_shares_to_the_row():
    y = np.repeat([0, 1, 2], [50, 30, 20])
    _, test = stratified_split(y, 0.3)
    assert np.bincount(y[test]).tolist() == [15, 9, 6]


def test_single_row_of_a_class_stays_in_training():
    y = np.array([0] * 10 + [1])
    for seed in range(20):
        assert 10 in stratified_split(y, 0.3, seed)[0]


def test_kinds_of_labels():
    numbers = np.array([0, 1, 2] * 10)
    expected = stratified_split(numbers, 0.2, 1)
    for y in (
        numbers[:, None],
        np.eye(3)[numbers],
        np.array(["a", "b", "c"])[numbers],
        np.array(["a", "b", "c"], object)[numbers],
        numbers.tolist(),
    ):
        for part, wanted in zip(stratified_split(y, 0.2, 1), expected, strict=True):
            np.testing.assert_array_equal(part, wanted)
    with pytest.raises(ShapeError, match="not one-hot"):
        stratified_split(np.array([[0, 1, 1], [1, 0, 0]]))
    with pytest.raises(ShapeError, match="one class per row"):
        stratified_split(np.zeros((2, 2, 2)))


def test_draw_never_changes():
    train, test = random_split(10, 0.3, seed=42)
    assert (train.tolist(), test.tolist()) == ([9, 3, 6, 0, 7, 2, 5], [4, 8, 1])


def test_counts_and_fractions():
    assert len(random_split(10, 3)[1]) == 3
    assert len(random_split(10, 0.001)[1]) == 1
    assert len(random_split(10, 0.999)[0]) == 1
    for fraction in (0, -0.1, 10, 2.5, True, float("nan")):
        with pytest.raises(ArgumentError, match="the part to hold out is"):
            random_split(10, fraction)
    for seed in (-1, 0.5, None, True):
        with pytest.raises(ArgumentError, match="seed is"):
            random_split(10, 0.2, seed)
    for n in (0, 1):
        with pytest.raises(DataError, match="cannot be split; 2 or more are needed"):
            random_split(n)


def test_train_test_split():
    x = np.arange(40.0).reshape(20, 2)
    y = np.array([0, 1, 1, 1] * 5)
    (x_train, y_train), (x_test, y_test) = train_test_split(x, y, 0.2, seed=1)
    assert np.bincount(y_test).tolist() == [1, 3]
    for part, labels in ((x_train, y_train), (x_test, y_test)):
        np.testing.assert_array_equal(labels, y[(part[:, 0] / 2).astype(int)])
    quantity = np.linspace(0, 1, 20)
    assert len(train_test_split(x, quantity)[1][1]) == 4
    with pytest.raises(ShapeError, match="x has 20 rows but y has 19"):
        train_test_split(x, y[:-1])
