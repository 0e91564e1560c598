"""Samples and targets in NumPy's ``.npz`` files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from glassnet.data.arrays import check_array, check_finite, check_same_length
from glassnet.data.dataset import Dataset
from glassnet.data.limits import enough_memory
from glassnet.data.members import read_members
from glassnet.data.targets import as_quantity, read_target
from glassnet.errors import DataError, ShapeError

__all__ = ["read_npz"]

_WHOLE = ("x", "y")
_SPLIT = ("x_train", "y_train", "x_test", "y_test")


def read_npz(
    path: Path, task: str | None, class_names: Sequence[str] | None, features_only: bool = False
) -> Dataset:
    """Read ``x`` and ``y``, or the four arrays of an official split, from a ``.npz`` file.

    `x` of type uint8 with two axes or more per sample is taken for images and stays as it is;
    float32 stays, and all else becomes the type that holds its numbers exactly. A `y` of one-hot
    rows becomes class numbers; ``feature_names`` and ``class_names`` in the file are used if they
    are there.

    Parameters
    ----------
    path : Path
        The file.
    task, class_names
        As in `read_table`.
    features_only : bool
        Whether the file may be without targets.
    """
    with enough_memory(path):
        return _read(path, task, class_names, features_only)


def _read(
    path: Path, task: str | None, class_names: Sequence[str] | None, features_only: bool
) -> Dataset:
    arrays = _arrays(path, features_only)
    train_rows = len(arrays["x_train"]) if "x_train" in arrays and "x_test" in arrays else None
    x = _joined(arrays, "x", path)
    images = x.dtype == np.uint8 and x.ndim > 2
    x = x if images else check_array(x, "x", "exact")
    if x.ndim == 1:
        raise ShapeError(f"{path.name}: x has shape {x.shape}; one row per sample is needed")
    if features_only and not {"y", "y_train"} & arrays.keys():
        return Dataset(x, np.zeros(len(x), np.float32), "regression", name=path.stem)
    own_names = class_names or _strings(arrays, "class_names")
    y = _joined(arrays, "y", path)
    check_same_length(x=x, y=y)
    y, task, classes = _targets(y, path, task, own_names)
    return Dataset(
        x,
        y,
        task,
        _strings(arrays, "feature_names"),
        classes,
        "y",
        _image_shape(x),
        path.stem,
        train_rows=train_rows,
        notes=("target: the array y" + (", split as in the file" if train_rows else ""),),
    )


def _arrays(path: Path, features_only: bool) -> dict[str, np.ndarray]:
    wanted = {*_WHOLE, *_SPLIT, "feature_names", "class_names"}
    arrays, found = read_members(path, wanted)
    whole, split = set(_WHOLE) <= found, set(_SPLIT) <= found
    if not (whole or split or (features_only and "x" in found)):
        raise DataError(
            f"{path.name} holds {', '.join(sorted(found)) or 'nothing'}; expected are the arrays "
            "x and y, or x_train, y_train, x_test and y_test"
        )
    for key in arrays.keys() & {*_WHOLE, *_SPLIT}:
        if arrays[key].ndim == 0:
            raise ShapeError(f"{path.name}: {key} is a single value; one row per sample is needed")
    drop = _WHOLE if split else _SPLIT
    return {key: value for key, value in arrays.items() if key not in drop}


def _joined(arrays: dict[str, np.ndarray], letter: str, path: Path) -> np.ndarray:
    if letter in arrays:
        return arrays[letter]
    train, test = arrays[f"{letter}_train"], arrays[f"{letter}_test"]
    if train.shape[1:] != test.shape[1:] or train.ndim == 0:
        raise ShapeError(
            f"{path.name}: {letter}_train has shape {train.shape}, {letter}_test {test.shape}; "
            "they must agree in all but the number of rows"
        )
    if train.dtype.kind != test.dtype.kind and {train.dtype.kind, test.dtype.kind} & set("US"):
        raise DataError(
            f"{path.name}: {letter}_train holds {train.dtype}, {letter}_test {test.dtype}; one of "
            "them is text, the other is not"
        )
    return np.concatenate([train, test])


def _targets(
    y: np.ndarray, path: Path, task: str | None, class_names: Sequence[str] | None
) -> tuple[np.ndarray, str, tuple[str, ...]]:
    check_finite(y, "y")
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim == 2:
        one_hot = bool(((y != 0).sum(axis=1) == 1).all() and (y.max(axis=1) == 1).all())
        if not one_hot or task == "regression":
            return as_quantity(check_array(y, "y", "exact")), "regression", ()
        y = y.argmax(axis=1)
    if y.ndim != 1:
        raise ShapeError(f"{path.name}: y has shape {y.shape}; expected is (n,) or (n, k)")
    numbers = class_names and y.dtype.kind in "iu" and not {str(v) for v in y} <= set(class_names)
    if numbers:  # class numbers beside the names they stand for
        y = np.asarray(class_names)[_within(y, len(class_names or ()), path)]
    try:
        return read_target(y, "y", task, class_names)
    except DataError as error:
        raise DataError(f"{path.name}: {error}") from None


def _within(y: np.ndarray, count: int, path: Path) -> np.ndarray:
    if y.size and (y.min() < 0 or y.max() >= count):
        raise DataError(
            f"{path.name}: y holds class numbers from {y.min()} to {y.max()}, but there are "
            f"{count} class names"
        )
    return y


def _strings(arrays: dict[str, np.ndarray], key: str) -> tuple[str, ...]:
    return tuple(str(name) for name in arrays.get(key, np.array([])).reshape(-1).tolist())


def _image_shape(x: np.ndarray) -> tuple[int, int, int] | None:
    if x.ndim == 3:
        return (x.shape[1], x.shape[2], 1)
    if x.ndim == 4 and x.shape[3] in (1, 3, 4):
        return (x.shape[1], x.shape[2], x.shape[3])
    return None
