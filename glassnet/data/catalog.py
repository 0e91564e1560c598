"""Every set that has a name, and loading by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from glassnet.data.builtin import LOGIC, SHIPPED, logic_table, shipped
from glassnet.data.dataset import Dataset
from glassnet.data.generators import blobs, circles, spiral, two_moons, two_spirals
from glassnet.data.images import FASHION_MNIST, MNIST, ImageSet
from glassnet.data.splits import Split
from glassnet.errors import ArgumentError, suggestion

__all__ = ["NamedSet", "info", "load", "names"]

_GENERATORS = {
    "blobs": (blobs, "300 points in three round clouds"),
    "circles": (circles, "400 points on a circle inside another"),
    "spiral": (spiral, "300 points on the three arms of a spiral"),
    "two_moons": (two_moons, "400 points on two half circles that reach into each other"),
    "two_spirals": (two_spirals, "194 points on two spirals, each between the turns of the other"),
}


@dataclass(frozen=True)
class NamedSet:
    """A set that is read from the package or drawn: ``glassnet.datasets.iris`` is one.

    Examples
    --------
    >>> (x_train, y_train), (x_test, y_test) = NamedSet("iris", shipped).load_data()
    >>> x_train.shape, x_test.shape
    ((120, 4), (30, 4))
    """

    name: str
    make: Callable[[str], Dataset]

    def load_data(self) -> Split:
        """Return ``(x_train, y_train), (x_test, y_test)``: always the same, stratified, 80:20.

        A logic table is not split: both parts are the whole table.
        """
        return self.info().split()

    def info(self) -> Dataset:
        """Return all rows with their names as one `Dataset`."""
        return self.make(self.name)


def _drawn(name: str) -> Dataset:
    function, description = _GENERATORS[name]
    x, y = function()
    return Dataset(
        x,
        y,
        feature_names=("x1", "x2"),
        class_names=tuple(str(number) for number in range(y.max() + 1)),
        name=name,
        description=description,
    )


SETS: dict[str, NamedSet | ImageSet] = {
    **{name: NamedSet(name, shipped) for name in SHIPPED},
    **{name: NamedSet(name, logic_table) for name in LOGIC},
    **{name: NamedSet(name, _drawn) for name in _GENERATORS},
    "mnist": MNIST,
    "fashion_mnist": FASHION_MNIST,
}


def names() -> list[str]:
    """Return the name of every built-in set.

    Examples
    --------
    >>> "digits" in names(), "xor" in names()
    (True, True)
    """
    return sorted(SETS)


def load(name: str, **options: Any) -> Split:
    """Return ``(x_train, y_train), (x_test, y_test)`` of a built-in set.

    The split is the official one where there is one; else a fifth of the rows, always the
    same, in which every class keeps its share, is held out. A logic table (``"and"``,
    ``"or"``, ``"xor"``, ``"nand"``) is not split: both parts are the whole table.

    `x` is float32 of shape ``(n, n_features)``; for ``"mnist"`` and ``"fashion_mnist"`` uint8
    of shape ``(n, 28, 28)``. `y` has shape ``(n,)``: class numbers (int64), or float32 for
    regression (``"diabetes"``).

    Parameters
    ----------
    name : str
        One of `names`.
    **options
        ``folder`` and ``mirrors``, for the sets that are downloaded.

    Examples
    --------
    >>> (x_train, y_train), (x_test, y_test) = load("digits")
    >>> x_train.shape, x_test.shape, y_test[:5].shape
    ((1438, 64), (359, 64), (5,))
    >>> load("digit")
    Traceback (most recent call last):
    ...
    glassnet.errors.ArgumentError: there is no built-in data set 'digit'; did you mean 'digits'?
    """
    return info(name, **options).split()


def info(name: str, **options: Any) -> Dataset:
    """Return a built-in set as one `Dataset`: all rows, the names, and what the data are.

    Examples
    --------
    >>> info("iris").class_names
    ('setosa', 'versicolor', 'virginica')
    """
    key = str(name).lower().replace("-", "_").removesuffix("_")
    if key not in SETS:
        raise ArgumentError(f"there is no built-in data set {name!r}{suggestion(key, SETS)}")
    found = SETS[key]
    if options and isinstance(found, NamedSet):
        raise ArgumentError(f"{key} is part of the package and takes no {', '.join(options)}")
    return found.info(**options)
