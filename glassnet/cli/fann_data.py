"""FANN's training files as data sets of the command."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from glassnet.data.targets import as_quantity
from glassnet.datasets import Dataset
from glassnet.formats.fann import read_data
from glassnet.translation import plural

__all__ = ["fann_dataset", "is_fann_data"]

_HEAD_BYTES = 4096


def is_fann_data(path: str | Path) -> bool:
    """Return whether a file begins as FANN's do: with a line of three counts and nothing else."""
    path = os.path.expanduser(path)
    if not os.path.isfile(path):  # a pipe would keep us waiting
        return False
    try:
        with open(path, "rb") as file:
            head = file.read(_HEAD_BYTES)
    except (OSError, ValueError):
        return False
    lines = head.removeprefix(b"\xef\xbb\xbf").splitlines()
    words = next((line.split() for line in lines if line.strip()), [])
    return len(words) == 3 and all(word.isdigit() for word in words)


def fann_dataset(path: str | Path) -> Dataset:
    """Return a FANN training file as a data set: numbers to predict from numbers."""
    path = Path(path).expanduser()
    x, y = read_data(path)
    rows, n_in, n_out = len(x), x.shape[1], y.shape[1]
    return Dataset(
        x,
        as_quantity(y if n_out > 1 else y[:, 0]),
        task="regression",
        feature_names=tuple(f"input_{n}" for n in range(1, n_in + 1)),
        target_name="output",
        name=path.stem,
        description="a FANN training file of "
        + plural("{n} input", "{n} inputs", n_in)
        + plural(" and {n} output", " and {n} outputs", n_out),
        complete=_is_truth_table(x) and rows > 0,
    )


def _is_truth_table(x: np.ndarray) -> bool:
    """Return whether the rows are all combinations of two values."""
    return (
        x.shape[1] < 20 and len(np.unique(x)) == 2 and len(np.unique(x, axis=0)) == 2 ** x.shape[1]
    )
