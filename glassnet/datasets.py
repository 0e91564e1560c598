"""Data sets by name, readers for files, and splits.

>>> import glassnet.datasets
>>> (x_train, y_train), (x_test, y_test) = glassnet.datasets.load("digits")
>>> (x_train, y_train), (x_test, y_test) = glassnet.datasets.iris.load_data()

`and` and `or` are words of Python: their sets are ``and_`` and ``or_``.
"""

from __future__ import annotations

from glassnet.data.catalog import SETS, info, load, names
from glassnet.data.dataset import Dataset
from glassnet.data.encoding import LabelEncoding
from glassnet.data.generators import blobs, circles, spiral, two_moons, two_spirals
from glassnet.data.images import FASHION_MNIST as fashion_mnist
from glassnet.data.images import MNIST as mnist
from glassnet.data.splits import random_split, stratified_split, train_test_split
from glassnet.data.tables import read_features, read_table

digits = SETS["digits"]
iris = SETS["iris"]
wine = SETS["wine"]
breast_cancer = SETS["breast_cancer"]
diabetes = SETS["diabetes"]
and_ = SETS["and"]
or_ = SETS["or"]
xor = SETS["xor"]
nand = SETS["nand"]

__all__ = [
    "Dataset",
    "LabelEncoding",
    "and_",
    "blobs",
    "breast_cancer",
    "circles",
    "diabetes",
    "digits",
    "fashion_mnist",
    "info",
    "iris",
    "load",
    "mnist",
    "names",
    "nand",
    "or_",
    "random_split",
    "read_features",
    "read_table",
    "spiral",
    "stratified_split",
    "train_test_split",
    "two_moons",
    "two_spirals",
    "wine",
    "xor",
]


def __dir__() -> list[str]:
    return list(__all__)
