from __future__ import annotations

import keyword

import numpy as np
import pytest

from glassnet import datasets
from glassnet.data.builtin import _FOLDER
from glassnet.errors import ArgumentError, DataError, ShapeError

OFFLINE = [name for name in datasets.names() if "mnist" not in name]


@pytest.mark.parametrize("name", ["digits", "iris", "wine", "breast_cancer", "diabetes"])
def test_shipped_sets_are_those_of_scikit_learn(name):
    sklearn_datasets = pytest.importorskip("sklearn.datasets")
    theirs = getattr(sklearn_datasets, f"load_{name}")()
    ours = datasets.info(name)
    np.testing.assert_array_equal(ours.x, theirs.data.astype(np.float32))
    np.testing.assert_array_equal(ours.y, theirs.target)
    assert ours.feature_names == tuple(theirs.feature_names)
    if ours.task == "classification":
        assert ours.class_names == tuple(str(label) for label in theirs.target_names)


def test_files_are_small_and_credited():
    files = sorted(_FOLDER.glob("*.npz"))
    assert sum(file.stat().st_size for file in files) < 200_000
    credit = (_FOLDER / "CREDITS").read_text()
    assert all(f"\n{file.stem} " in credit for file in files)


@pytest.mark.parametrize("name", OFFLINE)
def test_every_set_loads(name):
    data = datasets.info(name)
    (x_train, y_train), (x_test, y_test) = datasets.load(name)
    for x, y in ((data.x, data.y), (x_train, y_train), (x_test, y_test)):
        assert x.dtype == np.float32
        assert x.ndim == 2
        assert x.flags.c_contiguous
        assert y.shape == (len(x),)
        assert y.dtype == (np.float32 if data.task == "regression" else np.int64)
        assert np.isfinite(x).all()
        assert np.isfinite(y).all()
    assert data.name == name
    assert data.description
    assert len(data.feature_names) == x_train.shape[1]
    if data.task == "classification":
        assert sorted(set(y_train)) == sorted(set(y_test)) == list(range(len(data.class_names)))


@pytest.mark.parametrize("name", OFFLINE)
def test_split_is_fixed_and_a_partition(name):
    data = datasets.info(name)
    (x_train, y_train), (x_test, y_test) = datasets.load(name)
    np.random.seed(7)  # noqa: NPY002  the user's seed is of no influence
    again = datasets.load(name)
    np.testing.assert_array_equal(again[0][0], x_train)
    np.testing.assert_array_equal(again[1][1], y_test)
    if data.complete:
        np.testing.assert_array_equal(x_train, data.x)
        np.testing.assert_array_equal(x_test, data.x)
        return
    assert len(x_test) == round(0.2 * len(data))
    rows = np.column_stack([np.concatenate([x_train, x_test]), np.concatenate([y_train, y_test])])
    whole = np.column_stack([data.x, data.y])
    order, whole_order = np.lexsort(rows.T), np.lexsort(whole.T)
    np.testing.assert_array_equal(rows[order], whole[whole_order])


def test_split_of_digits_never_changes():
    _, (_, y_test) = datasets.load("digits")
    assert y_test[:12].tolist() == [0, 6, 3, 8, 1, 8, 4, 1, 5, 8, 9, 7]


def test_loaded_arrays_belong_to_the_caller():
    (x_train, _), _ = datasets.load("iris")
    x_train[:] = 0
    assert datasets.load("iris")[0][0].any()
    (x_train, _), (x_test, _) = datasets.load("xor")
    x_train[:] = 5
    assert x_test.max() == 1


@pytest.mark.parametrize(
    ("name", "outputs"),
    [
        ("and", [0, 0, 0, 1]),
        ("or", [0, 1, 1, 1]),
        ("xor", [0, 1, 1, 0]),
        ("nand", [1, 1, 1, 0]),
    ],
)
def test_logic_tables(name, outputs):
    data = datasets.info(name)
    assert data.x.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert data.y.tolist() == outputs


def test_each_set_has_a_name_in_the_module():
    for name in datasets.names():
        attribute = getattr(datasets, name + "_" * keyword.iskeyword(name))
        if name in OFFLINE and hasattr(attribute, "load_data"):
            np.testing.assert_array_equal(
                attribute.load_data()[1][0], datasets.load(name)[1][0], strict=True
            )
            assert attribute.info().name == name
    np.testing.assert_array_equal(datasets.load("and_")[0][1], [0, 0, 0, 1])
    assert datasets.info("Breast-Cancer").name == "breast_cancer"


def test_all_public_names_exist():
    assert all(hasattr(datasets, name) for name in datasets.__all__)


def test_unknown_name():
    with pytest.raises(ArgumentError, match="'irish'; did you mean 'iris'"):
        datasets.load("irish")
    with pytest.raises(ArgumentError, match="known are: and, blobs, breast_cancer"):
        datasets.load("zzzzzzzz")


def test_options_of_a_shipped_set():
    with pytest.raises(ArgumentError, match="iris is part of the package and takes no folder"):
        datasets.load("iris", folder="x")


def test_split_with_a_fraction_and_seed():
    data = datasets.info("iris")
    (_, _), (_, y_test) = data.split(0.5, seed=3)
    assert np.bincount(y_test).tolist() == [25, 25, 25]
    first, second = data.split(0.5, seed=3), data.split(0.5, seed=4)
    assert (first[1][0] != second[1][0]).any()
    (x_train, _), (x_test, _) = datasets.info("xor").split(0.5)
    assert len(x_train) == len(x_test) == 2


def test_official_split():
    data = datasets.Dataset(np.arange(6.0)[:, None], np.array([0, 1, 0, 1, 0, 1]), train_rows=4)
    (x_train, _), (x_test, _) = data.split()
    assert (len(x_train), x_test.tolist()) == (4, [[4], [5]])


def test_dataset_refuses_what_does_not_fit():
    x, y = np.zeros((3, 2)), np.zeros(3)
    with pytest.raises(ShapeError, match="x has 3 rows but y has 2"):
        datasets.Dataset(x, y[:2])
    with pytest.raises(ArgumentError, match="task is 'clustering'"):
        datasets.Dataset(x, y, "clustering")
    with pytest.raises(DataError, match="3 feature names were given for 2 features"):
        datasets.Dataset(x, y, feature_names=("a", "b", "c"))
    assert datasets.Dataset(x, y).replace(name="other").name == "other"
    assert "regression on 'price'" in repr(
        datasets.Dataset(x, y, "regression", target_name="price")
    )
