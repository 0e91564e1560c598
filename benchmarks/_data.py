"""The data of the workloads: real where it is at hand, else random numbers of the same shape."""

from __future__ import annotations

import gzip
import os
import pathlib

import numpy as np

FOLDER = pathlib.Path(
    os.environ.get("GLASSNET_DATA", pathlib.Path(__file__).parents[2] / "shared/data")
)


def mnist(rows: int) -> tuple[np.ndarray, np.ndarray]:
    path = FOLDER / "mnist/train-images-idx3-ubyte.gz"
    if not path.exists():
        rng = np.random.default_rng(0)
        return rng.random((rows, 784), np.float32), rng.integers(0, 10, rows)
    with gzip.open(path) as file:
        pixels = np.frombuffer(file.read(16 + rows * 784), np.uint8, offset=16)
    with gzip.open(FOLDER / "mnist/train-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read(8 + rows), np.uint8, offset=8)
    return (pixels.reshape(rows, 784) / 255).astype(np.float32), labels.astype(np.int64)


def digits() -> tuple[np.ndarray, np.ndarray]:
    from glassnet import datasets

    (x, y), _ = datasets.load("digits")
    return np.asarray(x, np.float64), np.asarray(y, np.int64)


def spambase(rows: int) -> tuple[np.ndarray, np.ndarray]:
    path = FOLDER / "tables/spambase.data"
    if not path.exists():
        rng = np.random.default_rng(0)
        return rng.random((rows, 57), np.float32), rng.integers(0, 2, rows)
    table = np.loadtxt(path, delimiter=",")[np.random.default_rng(0).permutation(4601)[:rows]]
    x = (table[:, :57] - table[:, :57].mean(axis=0)) / table[:, :57].std(axis=0)
    return x.astype(np.float32), table[:, 57].astype(np.int64)


def mushroom() -> tuple[np.ndarray, np.ndarray]:
    path = FOLDER / "fann/mushroom.train"
    if not path.exists():
        rng = np.random.default_rng(0)
        return rng.integers(0, 2, (4062, 125)).astype(float), np.eye(2)[rng.integers(0, 2, 4062)]
    lines = path.read_text().split("\n")
    numbers = np.array(" ".join(lines[1:]).split(), np.float64).reshape(4062, 127)
    return numbers[:, :125].copy(), numbers[:, 125:].copy()


def one_hot(labels: np.ndarray, classes: int, dtype: str) -> np.ndarray:
    return np.eye(classes, dtype=dtype)[labels]
