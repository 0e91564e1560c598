"""Adagrad and RMSprop: a rate of its own for every weight."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from glassnet import ops
from glassnet.graph import Node
from glassnet.optimizers.base import FAMILY, FRACTION, NOT_NEGATIVE, POSITIVE, Optimizer

__all__ = ["Adagrad", "RMSprop"]


@FAMILY.add
class Adagrad(Optimizer):
    """s ← s + g², w ← w - rate · g / (√s + epsilon).

    Parameters
    ----------
    learning_rate : float or Schedule, default 0.01
    initial_accumulator_value : float, default 0.1
    epsilon : float, default 1e-7
    clip : Clipping, optional

    Source: Duchi, Hazan, Singer (JMLR 2011), fig. 1. Differs: Keras's default rate is 0.001 and
    its epsilon stands under the root; PyTorch's s starts at 0.
    """

    hyperparameters = ("epsilon",)

    rules = MappingProxyType({"initial_accumulator_value": NOT_NEGATIVE, "epsilon": POSITIVE})

    def __init__(
        self,
        learning_rate: Any = 0.01,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        clip: Any = None,
    ) -> None:
        super().__init__(learning_rate, clip)
        self.initial_accumulator_value = initial_accumulator_value
        self.epsilon = epsilon

    @property
    def slots(self) -> Mapping[str, float]:  # type: ignore[override]
        """What is kept for every parameter, with the value it starts from."""
        return {"accumulator": self.initial_accumulator_value}

    def update(
        self,
        w: Node,
        g: Node,
        rate: Node,
        slots: dict[str, Node],
        hyper: dict[str, Node],
        step: Node,
    ) -> tuple[Node, dict[str, Node]]:
        s = slots["accumulator"] + ops.square(g)
        return w - rate * g / (ops.sqrt(s) + hyper["epsilon"]), {"accumulator": s}


@FAMILY.add
class RMSprop(Optimizer):
    """s ← rho · s + (1 - rho) g², w ← w - rate · g / (√s + epsilon).

    Parameters
    ----------
    learning_rate : float or Schedule, default 0.001
    rho : float, default 0.9
    epsilon : float, default 1e-7
    clip : Clipping, optional

    Source: Tieleman and Hinton: "Neural Networks for Machine Learning", lecture 6.5 (2012).
    Differs: Keras's epsilon stands under the root; PyTorch's rho is 0.99.
    """

    slots: Mapping[str, float] = MappingProxyType({"average_square": 0.0})
    hyperparameters = ("rho", "epsilon")

    rules = MappingProxyType({"rho": FRACTION, "epsilon": POSITIVE})

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.9,
        epsilon: float = 1e-7,
        clip: Any = None,
    ) -> None:
        super().__init__(learning_rate, clip)
        self.rho = rho
        self.epsilon = epsilon

    def update(
        self,
        w: Node,
        g: Node,
        rate: Node,
        slots: dict[str, Node],
        hyper: dict[str, Node],
        step: Node,
    ) -> tuple[Node, dict[str, Node]]:
        s = hyper["rho"] * slots["average_square"] + (1.0 - hyper["rho"]) * ops.square(g)
        return w - rate * g / (ops.sqrt(s) + hyper["epsilon"]), {"average_square": s}
