"""Optimizers: update rules as graph, learning rate schedules and gradient clipping."""

from glassnet.optimizers.adam import Adam, AdamW
from glassnet.optimizers.adaptive import Adagrad, RMSprop
from glassnet.optimizers.base import FAMILY, Optimizer, get
from glassnet.optimizers.clipping import ClipByGlobalNorm, ClipByNorm, ClipByValue, Clipping
from glassnet.optimizers.gradient_descent import SGD
from glassnet.optimizers.lbfgs import LBFGS
from glassnet.optimizers.quickprop import Quickprop
from glassnet.optimizers.rprop import RPROP, FannRPROP
from glassnet.optimizers.sarprop import SARPROP
from glassnet.optimizers.schedules import (
    ConstantSchedule,
    CosineDecay,
    ExponentialDecay,
    Schedule,
    StepDecay,
    Warmup,
)

__all__ = [
    "FAMILY",
    "LBFGS",
    "RPROP",
    "SARPROP",
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "ClipByGlobalNorm",
    "ClipByNorm",
    "ClipByValue",
    "Clipping",
    "ConstantSchedule",
    "CosineDecay",
    "ExponentialDecay",
    "FannRPROP",
    "Optimizer",
    "Quickprop",
    "RMSprop",
    "Schedule",
    "StepDecay",
    "Warmup",
    "get",
]


def __dir__() -> list[str]:
    return list(__all__)
