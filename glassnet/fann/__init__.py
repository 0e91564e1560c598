"""FANN's Python binding on glassnet: ``import glassnet.fann as libfann``.

Programs written for ``from fann2 import libfann`` or ``from pyfann import libfann`` run as they
are, with nothing to compile. What is decided otherwise than in FANN is in ``docs/fann.md``;
:func:`faithful` brings FANN's own arithmetic back, and :func:`seed` makes runs repeatable.

Examples
--------
>>> import glassnet.fann as libfann
>>> libfann.seed(1)
>>> data = libfann.training_data()
>>> data.set_train_data([[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]])
>>> net = libfann.neural_net()
>>> net.create_standard_array((2, 3, 1))
True
>>> net.train_on_data(data, 1000, 0, 0.001)
>>> [round(net.run(row)[0]) for row in data.get_input()]
[0, 1, 1, 0]
"""

from __future__ import annotations

from typing import Any

from glassnet.fann.constants import CONSTANTS
from glassnet.fann.data import training_data, training_data_parent
from glassnet.fann.network import connection, neural_net, neural_net_parent
from glassnet.fann.settings import faithful, seed

globals().update(CONSTANTS)

# The other spelling.
neural_network = neural_net


class SwigPyIterator:
    """A name of the original binding; nothing makes one."""

    def __init__(self, *_: Any) -> None:
        raise TypeError("SwigPyIterator cannot be made; lists are iterated over as they are")


__all__ = [
    "SwigPyIterator",
    "connection",
    "faithful",
    "neural_net",
    "neural_net_parent",
    "neural_network",
    "seed",
    "training_data",
    "training_data_parent",
    *CONSTANTS,
]


def __dir__() -> list[str]:
    return list(__all__)
