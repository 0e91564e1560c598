"""The vocabulary: every op of the graph, as functions of nodes or plain arrays."""

from glassnet.ops.activation import (
    elu,
    gelu,
    hard_sigmoid,
    leaky_relu,
    relu,
    selu,
    sigmoid,
    sigmoid_cross_entropy,
    silu,
    softplus,
    softsign,
    step,
    tanh,
)
from glassnet.ops.arithmetic import (
    abs,
    add,
    cast,
    clip,
    cos,
    divide,
    erf,
    exp,
    expm1,
    floor,
    log,
    log1p,
    maximum,
    minimum,
    multiply,
    negative,
    power,
    sign,
    sin,
    sqrt,
    square,
    subtract,
    where,
)
from glassnet.ops.comparison import equal, greater, greater_equal, less, less_equal, not_equal
from glassnet.ops.indexing import gather, one_hot, scatter_add
from glassnet.ops.linear_algebra import matmul
from glassnet.ops.probability import (
    log_softmax,
    softmax,
    softmax_cross_entropy,
    sparse_softmax_cross_entropy,
)
from glassnet.ops.random_numbers import dropout_mask, random_bits, random_normal, random_uniform
from glassnet.ops.reduction import argmax, max, mean, sum
from glassnet.ops.shaping import broadcast_to, concatenate, reshape, size, transpose

__all__ = [name for name in dir() if not name.startswith("_") and callable(globals()[name])]
