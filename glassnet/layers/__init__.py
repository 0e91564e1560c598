"""Layers: the parts a network is put together from. Each builds graph and nothing else."""

from glassnet.layers import regularizers
from glassnet.layers.activation import Activation
from glassnet.layers.base import FAMILY, Call, Context, Layer, Tensor, Weight
from glassnet.layers.dense import Dense
from glassnet.layers.dropout import Dropout
from glassnet.layers.flatten import Flatten
from glassnet.layers.input import Input, InputLayer
from glassnet.layers.masked_dense import MaskedDense
from glassnet.layers.merge import Add, Concatenate
from glassnet.layers.normalization import Normalization
from glassnet.layers.rescaling import Rescaling
from glassnet.layers.reshape import Reshape

__all__ = [
    "FAMILY",
    "Activation",
    "Add",
    "Call",
    "Concatenate",
    "Context",
    "Dense",
    "Dropout",
    "Flatten",
    "Input",
    "InputLayer",
    "Layer",
    "MaskedDense",
    "Normalization",
    "Rescaling",
    "Reshape",
    "Tensor",
    "Weight",
    "regularizers",
]


def __dir__() -> list[str]:
    return list(__all__)
