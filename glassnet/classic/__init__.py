"""The articles' own classes and functions, spelled as there, over networks of glassnet.

A program of an article runs with its import line changed:

=====================================  =====================================================
T. Rashid, ``neuralNetwork``           ``from glassnet.classic.rashid import neuralNetwork``
J. Loy, ``NeuralNetwork``              ``from glassnet.classic.loy import NeuralNetwork``
A. Trask, ``nonlin``                   ``from glassnet.classic.trask import nonlin``
A. Thomas, ``train_nn``, ``predict_y`` ``from glassnet.classic.thomas import train_nn, predict_y``
=====================================  =====================================================

Here the two classes go by their authors' names, ``RashidNetwork`` and ``LoyNetwork``.

>>> import numpy as np
>>> from glassnet.classic import LoyNetwork as NeuralNetwork
>>> nn = NeuralNetwork(np.eye(3), np.array([[0], [1], [1]]))
>>> nn.feedforward()
>>> nn.output.shape
(3, 1)
"""

from glassnet.classic.loy import LoyNetwork, sigmoid_derivative
from glassnet.classic.rashid import RashidNetwork
from glassnet.classic.thomas import (
    convert_y_to_vect,
    f,
    f_deriv,
    feed_forward,
    predict_y,
    setup_and_init_weights,
    train_nn,
)
from glassnet.classic.trask import nonlin, sigmoid, sigmoid_output_to_derivative

__all__ = [
    "LoyNetwork",
    "RashidNetwork",
    "convert_y_to_vect",
    "f",
    "f_deriv",
    "feed_forward",
    "nonlin",
    "predict_y",
    "setup_and_init_weights",
    "sigmoid",
    "sigmoid_derivative",
    "sigmoid_output_to_derivative",
    "train_nn",
]


def __dir__() -> list[str]:
    return list(__all__)
