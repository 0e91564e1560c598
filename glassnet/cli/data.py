"""From the DATA argument to a data set: a built-in name or a file."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np

from glassnet import datasets
from glassnet.cli.fann_data import fann_dataset, is_fann_data
from glassnet.datasets import Dataset
from glassnet.errors import ArgumentError, DataError, suggestion

__all__ = [
    "builtin_name",
    "fingerprint",
    "is_made_on",
    "load_data",
    "load_for_model",
    "load_samples",
]

_FILE_ENDINGS = (".csv", ".tsv", ".txt", ".data", ".npz")


def builtin_name(source: str) -> str | None:
    """Return the name of the built-in set that is meant, or None."""
    name = source.lower().replace("-", "_")
    return name if name in datasets.names() else None


def load_data(source: str, target: str | None = None) -> Dataset:
    """Return a built-in set or the content of a file.

    Raises
    ------
    ArgumentError
        If there is neither.
    DataError, FileFormatError
        If the file cannot be used.
    """
    name = builtin_name(source)
    if name is None:
        return _read(source, target)
    data = datasets.info(name)
    if target is not None and target != data.target_name:
        raise ArgumentError(
            f"{name} is a built-in set and its target is {data.target_name!r}; leave --target out"
        )
    return data


def _read(source: str, target: str | None, **known: Any) -> Dataset:
    _must_be_a_file(source)
    if target in (None, "output") and is_fann_data(source):
        return fann_dataset(source)
    is_number = target is not None and target.removeprefix("-").isdigit()
    try:
        return datasets.read_table(source, target, **known)
    except DataError:
        if not is_number or target is None:
            raise
    # A number is the name of a column where there is one, else its position.
    return datasets.read_table(source, int(target), **known)


def _must_be_a_file(source: str) -> None:
    path = Path(os.path.expanduser(source))
    if os.path.lexists(path) or path.suffix.lower() in _FILE_ENDINGS or path.parent != Path("."):
        return  # the reader says what is wrong with it
    near = suggestion(source.lower(), datasets.names())
    raise ArgumentError(f"there is no built-in data set and no file {source!r}{near}")


def load_for_model(source: str, info: dict[str, Any], target: str | None = None) -> Dataset:
    """Return data with the columns and classes a model knows, for testing it.

    Parameters
    ----------
    info : dict
        What ``train`` noted in the model file.
    """
    if builtin_name(source) is not None:
        return load_data(source, target)
    return _read(
        source,
        target or info.get("target_name"),
        task=info.get("task"),
        feature_names=info.get("feature_names") or None,
        class_names=info.get("class_names") or None,
    )


def load_samples(source: str, info: dict[str, Any], features: int) -> np.ndarray:
    """Return samples to predict from, with the columns a model knows."""
    name = builtin_name(source)
    if name is not None:
        return datasets.info(name).x
    _must_be_a_file(source)
    if is_fann_data(source):
        return fann_dataset(source).x
    # A model without column names takes them by position.
    names = info.get("feature_names") or [f"column_{n}" for n in range(1, features + 1)]
    return datasets.read_features(source, names)[0]


def is_made_on(known: Any, data: Dataset) -> bool:
    """Return whether what a model file says of its data fits these: same samples and targets."""
    mark = (known or {}).get("fingerprint")
    if mark is None:
        return False
    # Earlier files were written when tables were read in single precision.
    single = (x.astype(np.float32) if x.dtype == np.float64 else x for x in (data.x, data.y))
    return mark == fingerprint(data) or mark == _digest(*single)


def fingerprint(data: Dataset) -> str:
    """Return a short text that is the same for the same samples and targets only."""
    return _digest(data.x, data.y)


def _digest(*arrays: np.ndarray) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.shape}{array.dtype}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()[:16]
