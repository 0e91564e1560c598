"""Every kind of targets can be split, and classes keep their shares."""

from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet.data.classes import classes_of
from glassnet.data.splits import _shares, stratified_split, train_test_split
from glassnet.errors import ShapeError
from glassnet.training.inputs import split_rows

TYPES = ("int64", "uint8", "bool", "float32", "float64")


def _labels(draw, n, k):
    labels = draw.integers(0, k, n)
    labels[: min(n, k)] = np.arange(min(n, k))
    return draw.permutation(labels)


def _class_targets(draw, n, k):
    """Targets that mean classes, by kind, with the class of every row."""
    labels, two = _labels(draw, n, k), _labels(draw, n, 2)
    dtype = str(draw.choice(TYPES))
    names = np.array(["ant", "bee", "cat", "dog", "eel"])
    yield "one-hot", np.eye(k)[labels].astype(dtype), labels
    yield "signed one-hot", (2 * np.eye(k) - 1)[labels], labels
    yield "one-hot of 0.01 and 0.99", (0.01 + 0.98 * np.eye(k))[labels], labels
    yield "binary", two.astype(dtype), two
    yield "binary column", two[:, None].astype(dtype), two
    yield "signed column", 2.0 * two[:, None] - 1, two
    yield "1 and 2", two[:, None] + 1, two
    if 2 * k <= n:
        yield "labels", labels, labels
        yield "column of labels", labels[:, None], labels
        yield "text", names[labels], labels
        yield "objects", names.astype(object)[labels], labels
        yield "labels with gaps", 7 * labels - 3, labels


def _other_targets(draw, n, k):
    """Targets that mean no classes."""
    several = draw.integers(0, 2, (n, k))
    several[0] = 1
    dtype = str(draw.choice(TYPES))
    yield "multi-label", several.astype(dtype)
    yield "all 0", np.zeros((n, k), dtype)
    yield "all 1", np.ones((n, k), dtype)
    yield "column of 0", np.zeros((n, 1), dtype)
    yield "column of 1", np.ones((n, 1), dtype)
    yield "images of 0 and 1", draw.integers(0, 2, (n, 3, 3)).astype(dtype)
    yield "counts", draw.integers(0, 9, (n, k))
    yield "images", draw.integers(0, 256, (n, 2, 2), np.uint8)
    yield "ages", np.arange(n)
    yield "column of ages", draw.permutation(n)[:, None]
    yield "quantity", draw.normal(size=n)
    yield "quantities", draw.normal(size=(n, k))


def _splits(y, fraction, seed):
    """All ways in which the library splits these targets."""
    rows = np.arange(len(y))
    (train, _), (held, _) = train_test_split(rows, y, fraction, seed)
    yield train, held
    if y.dtype.kind in "biuf":
        # A loss of quantities is given whole numbers as floats: more than two are no classes.
        floats = np.asarray(y, "float32")
        if (classes_of(floats) is None) == (classes_of(y) is None):
            yield split_rows(floats, fraction, seed, False)
        if y.ndim == 1 and y.dtype.kind in "iu" and y.min() >= 0:
            yield split_rows(y.astype(np.int64), fraction, seed, True)


def _check_parts(n, fraction, train, held):
    assert sorted([*train.tolist(), *held.tolist()]) == list(range(n))
    assert len(held) == min(max(round(fraction * n), 1), n - 1)


@pytest.mark.parametrize("seed", range(60))
def test_classes_keep_their_shares_within_a_row(seed):
    draw = np.random.default_rng(seed)
    n, k = int(draw.integers(4, 60)), int(draw.integers(2, 6))
    fraction = float(draw.choice([0.1, 0.2, 1 / 3, 0.5, 0.8]))
    for kind, y, classes in _class_targets(draw, n, min(k, n)):
        counts = np.bincount(classes)
        for train, held in _splits(y, fraction, seed):
            _check_parts(n, fraction, train, held)
            share = counts * len(held) / n
            takes = np.bincount(classes[held], minlength=len(counts))
            if (share >= 1).all() and (counts - share >= 1).all():
                assert (abs(takes - share) < 1).all(), kind
            if (counts > 1).all() and len(counts) <= len(held) <= n - len(counts):
                assert ((takes > 0) & (takes < counts)).all(), kind
            if (counts - 1).sum() >= len(held):
                assert (takes[counts == 1] == 0).all(), kind


@pytest.mark.parametrize("seed", range(60))
def test_what_means_no_classes_is_split_all_the_same(seed):
    draw = np.random.default_rng(1000 + seed)
    n, k = int(draw.integers(2, 40)), int(draw.integers(2, 5))
    for _, y in _other_targets(draw, n, k):
        for train, held in _splits(y, 0.25, seed):
            _check_parts(n, 0.25, train, held)


def test_no_seed_leaves_a_binary_column_without_positives():
    y = np.zeros((40, 1))
    y[:4] = 1
    for seed in range(300):
        for _, held in _splits(y, 0.25, seed):
            assert y[held].sum() == 1


def test_a_part_too_small_for_all_classes_is_not_that_of_the_lowest_labels():
    y = np.arange(100) // 2  # 50 classes of two rows, 20 rows held out
    means = [y[stratified_split(y, 0.2, seed)[1]].mean() for seed in range(30)]
    assert abs(np.mean(means) - y.mean()) < 3
    y = np.arange(100)  # a class of its own for every row
    means = [y[stratified_split(y, 0.2, seed)[1]].mean() for seed in range(30)]
    assert abs(np.mean(means) - y.mean()) < 5


def test_rows_without_a_single_class_cannot_be_stratified():
    y = np.array([[0, 1, 1], [1, 0, 0], [0, 0, 0], [1, 1, 1]])
    assert classes_of(y) is None
    with pytest.raises(ShapeError, match=r"no single class.*stratify=False"):
        train_test_split(np.arange(4), y, 0.5, stratify=True)


@pytest.mark.parametrize("loss", ["mse", "binary_crossentropy", "half_sum_squared_error"])
@pytest.mark.parametrize("kind", ["multi-label", "all 0", "one-hot", "column", "autoencoder"])
def test_fit_takes_any_targets_of_0_and_1(loss, kind):
    draw = np.random.default_rng(5)
    x = draw.integers(0, 2, (30, 4)).astype(float)
    y = {
        "multi-label": draw.integers(0, 2, (30, 3)),
        "all 0": np.zeros((30, 3)),
        "one-hot": np.eye(3)[draw.integers(0, 3, 30)],
        "column": (np.arange(30) % 10 == 0)[:, None],
        "autoencoder": x,
    }[kind]
    net = gn.Sequential([gn.Input((4,)), gn.layers.Dense(y.shape[1], "sigmoid")], seed=3)
    net.compile("sgd", loss)
    history = net.fit(x, y, validation_split=0.2, verbose=0)
    assert np.isfinite(history.history["val_loss"]).all()


def _shares_one_by_one(counts, held_out):
    """Rows of each class that are held out, by the definition: one row after the other."""
    most = counts - 1 if (counts - 1).sum() >= held_out else counts
    least = np.minimum(1, most)
    if least.sum() > held_out:
        least = np.zeros_like(counts)
    share = counts * held_out / counts.sum()
    takes = np.clip(np.floor(share).astype(np.int64), least, most)
    while takes.sum() < held_out:
        takes[np.argmax(np.where(takes < most, share - takes, -np.inf))] += 1
    while takes.sum() > held_out:
        takes[np.argmax(np.where(takes > least, takes - share, -np.inf))] -= 1
    return takes


def test_shares_are_those_of_the_definition():
    draw = np.random.default_rng(5)
    for _ in range(1000):
        counts = draw.integers(1, 9 ** int(draw.integers(1, 3)), int(draw.integers(1, 20)))
        held_out = int(draw.integers(1, max(counts.sum(), 2)))
        np.testing.assert_array_equal(
            _shares(counts, held_out), _shares_one_by_one(counts, held_out)
        )


def test_as_many_classes_as_there_may_be():
    """100,000 classes took minutes: a look at all rows for each of them."""
    labels = np.random.default_rng(1).permutation(np.repeat(np.arange(100_000), 3))
    train, test = stratified_split(labels, 1 / 3)
    np.testing.assert_array_equal(np.bincount(labels[test]), 1)
    np.testing.assert_array_equal(np.bincount(labels[train]), 2)
