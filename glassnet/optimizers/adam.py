"""Adam and AdamW."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from glassnet import ops
from glassnet.graph import Node
from glassnet.optimizers.base import FAMILY, FRACTION, NOT_NEGATIVE, POSITIVE, Optimizer

__all__ = ["Adam", "AdamW"]


def adam_move(
    g: Node, rate: Node, slots: dict[str, Node], hyper: dict[str, Node], step: Node
) -> tuple[Node, dict[str, Node]]:
    """Return rate · m̂ / (√v̂ + epsilon) and the new averages."""
    m = hyper["beta_1"] * slots["m"] + (1.0 - hyper["beta_1"]) * g
    v = hyper["beta_2"] * slots["v"] + (1.0 - hyper["beta_2"]) * ops.square(g)
    # Both corrections are single numbers: they cost nothing per weight.
    m_scale = rate / (1.0 - ops.power(hyper["beta_1"], step))
    v_scale = 1.0 / (1.0 - ops.power(hyper["beta_2"], step))
    move = m_scale * m / (ops.sqrt(v_scale * v) + hyper["epsilon"])
    return move.named("move"), {"m": m, "v": v}


class _AdamFamily(Optimizer):
    slots: Mapping[str, float] = MappingProxyType({"m": 0.0, "v": 0.0})

    rules = MappingProxyType({"beta_1": FRACTION, "beta_2": FRACTION, "epsilon": POSITIVE})

    def __init__(
        self, learning_rate: Any, beta_1: float, beta_2: float, epsilon: float, clip: Any
    ) -> None:
        super().__init__(learning_rate, clip)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon


@FAMILY.add
class Adam(_AdamFamily):
    """m ← β₁m + (1-β₁)g, v ← β₂v + (1-β₂)g², w ← w - rate · m̂ / (√v̂ + ε).

    m̂ = m / (1-β₁ᵗ) and v̂ = v / (1-β₂ᵗ), t the number of the step from 1.

    Parameters
    ----------
    learning_rate : float or Schedule, default 0.001
    beta_1 : float, default 0.9
    beta_2 : float, default 0.999
    epsilon : float, default 1e-8
    clip : Clipping, optional

    Source: Kingma and Ba: "Adam" (ICLR 2015), algorithm 1, exactly. Differs: Keras adds its
    epsilon (1e-7) to the uncorrected √v.
    """

    hyperparameters = ("beta_1", "beta_2", "epsilon")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        clip: Any = None,
    ) -> None:
        super().__init__(learning_rate, beta_1, beta_2, epsilon, clip)

    def update(
        self,
        w: Node,
        g: Node,
        rate: Node,
        slots: dict[str, Node],
        hyper: dict[str, Node],
        step: Node,
    ) -> tuple[Node, dict[str, Node]]:
        move, new = adam_move(g, rate, slots, hyper, step)
        return w - move, new


@FAMILY.add
class AdamW(_AdamFamily):
    """Adam, and every weight shrinks by itself: w ← w - rate · (m̂ / (√v̂ + ε) + weight_decay · w).

    Parameters
    ----------
    learning_rate : float or Schedule, default 0.001
    weight_decay : float, default 0.004
        Differs: PyTorch's default is 0.01.
    beta_1 : float, default 0.9
    beta_2 : float, default 0.999
    epsilon : float, default 1e-8
    clip : Clipping, optional

    Source: Loshchilov and Hutter: "Decoupled weight decay regularization" (ICLR 2019),
    algorithm 2, with the decay multiplied by the rate as everywhere in practice.
    """

    hyperparameters = ("beta_1", "beta_2", "epsilon", "weight_decay")

    rules = MappingProxyType({"weight_decay": NOT_NEGATIVE})

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        clip: Any = None,
    ) -> None:
        super().__init__(learning_rate, beta_1, beta_2, epsilon, clip)
        self.weight_decay = weight_decay

    def update(
        self,
        w: Node,
        g: Node,
        rate: Node,
        slots: dict[str, Node],
        hyper: dict[str, Node],
        step: Node,
    ) -> tuple[Node, dict[str, Node]]:
        move, new = adam_move(g, rate, slots, hyper, step)
        return w - (move + rate * hyper["weight_decay"] * w), new
