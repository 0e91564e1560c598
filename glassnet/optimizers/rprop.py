"""Resilient propagation: only the sign of the gradient counts, every weight has its own step."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from glassnet import ops
from glassnet.errors import ArgumentError
from glassnet.graph import Node
from glassnet.optimizers.base import ANY_NUMBER, FAMILY, NOT_NEGATIVE, POSITIVE, Optimizer

__all__ = ["RPROP", "FannRPROP"]


@FAMILY.add
class RPROP(Optimizer):
    """iRPROP⁻: w ← w - rate · sign(g) · Δ; Δ grows while the sign of g stays, else shrinks.

    With q = g · (g of the step before): q > 0: Δ ← min(Δ · increase, max); q < 0:
    Δ ← max(Δ · decrease, min) and g ← 0, so that the weight rests for one step. For full batches.

    Parameters
    ----------
    learning_rate : float or Schedule, default 1
        Factor on every move; 1 is the published rule.
    delta_zero : float, default 0.1
        First Δ.
    increase_factor : float, default 1.2
    decrease_factor : float, default 0.5
    delta_min : float, default 0
    delta_max : float, default 50
    clip : Clipping, optional

    Examples
    --------
    >>> RPROP(delta_zero=0.01).slots
    {'delta': 0.01, 'gradient': 0.0}

    Source: Igel, Hüsken: "Improving the Rprop learning algorithm" (NC 2000), algorithm 4.
    Differs: PyTorch's ``Rprop`` keeps Δ above 1e-6.
    """

    hyperparameters = ("increase_factor", "decrease_factor", "delta_min", "delta_max")

    rules = MappingProxyType(
        {
            "delta_zero": POSITIVE,
            "increase_factor": POSITIVE,
            "decrease_factor": POSITIVE,
            "delta_min": NOT_NEGATIVE,
            "delta_max": NOT_NEGATIVE,
        }
    )

    def __init__(
        self,
        learning_rate: Any = 1.0,
        delta_zero: float = 0.1,
        increase_factor: float = 1.2,
        decrease_factor: float = 0.5,
        delta_min: float = 0.0,
        delta_max: float = 50.0,
        clip: Any = None,
    ) -> None:
        super().__init__(learning_rate, clip)
        self.delta_zero = delta_zero
        self.increase_factor = increase_factor
        self.decrease_factor = decrease_factor
        self.delta_min = delta_min
        self.delta_max = delta_max

    @property
    def slots(self) -> Mapping[str, float]:  # type: ignore[override]
        """What is kept for every parameter, with the value it starts from."""
        return {"delta": self.delta_zero, "gradient": 0.0}

    def check_settings(self) -> None:
        """Raise an `ArgumentError` unless delta_min ≤ delta_max."""
        if not self.delta_min <= self.delta_max:
            raise ArgumentError(
                f"delta_min={self.delta_min} must be at least 0 and at most "
                f"delta_max={self.delta_max}"
            )

    def update(
        self,
        w: Node,
        g: Node,
        rate: Node,
        slots: dict[str, Node],
        hyper: dict[str, Node],
        step: Node,
    ) -> tuple[Node, dict[str, Node]]:
        q = slots["gradient"] * g
        delta = slots["delta"]
        grown = ops.minimum(delta * hyper["increase_factor"], hyper["delta_max"])
        shrunk = ops.maximum(delta * hyper["decrease_factor"], hyper["delta_min"])
        turned = ops.less(q, 0.0).named("turned")
        delta = ops.where(q > 0.0, grown, ops.where(turned, shrunk, delta))
        g = ops.where(turned, 0.0, g)
        return w - rate * ops.sign(g) * delta, {"delta": delta, "gradient": g}


@FAMILY.add
class FannRPROP(Optimizer):
    """RPROP as the FANN library computes it, for programs that depend on its numbers.

    Differs from :class:`RPROP`: Δ also grows where q = 0, and is at least 0.0001 before that; a
    gradient of 0 moves the weight up by Δ; weights stay within ±1500.

    Parameters
    ----------
    learning_rate : float, default 1
        Factor on every move.
    delta_zero, increase_factor, decrease_factor, delta_min, delta_max : float
        As in :class:`RPROP`.
    """

    hyperparameters = ("increase_factor", "decrease_factor", "delta_min", "delta_max")

    rules = MappingProxyType(
        {
            "delta_zero": ANY_NUMBER,
            "increase_factor": ANY_NUMBER,
            "decrease_factor": ANY_NUMBER,
            "delta_min": ANY_NUMBER,
            "delta_max": ANY_NUMBER,
        }
    )

    def __init__(
        self,
        learning_rate: Any = 1.0,
        delta_zero: float = 0.1,
        increase_factor: float = 1.2,
        decrease_factor: float = 0.5,
        delta_min: float = 0.0,
        delta_max: float = 50.0,
        clip: Any = None,
    ) -> None:
        super().__init__(learning_rate, clip)
        self.delta_zero = delta_zero
        self.increase_factor = increase_factor
        self.decrease_factor = decrease_factor
        self.delta_min = delta_min
        self.delta_max = delta_max

    @property
    def slots(self) -> Mapping[str, float]:  # type: ignore[override]
        """What is kept for every parameter, with the value it starts from."""
        return {"delta": self.delta_zero, "gradient": 0.0}

    def update(
        self,
        w: Node,
        g: Node,
        rate: Node,
        slots: dict[str, Node],
        hyper: dict[str, Node],
        step: Node,
    ) -> tuple[Node, dict[str, Node]]:
        before = ops.maximum(slots["delta"], 1e-4).named("before")
        q = slots["gradient"] * g
        grown = ops.minimum(before * hyper["increase_factor"], hyper["delta_max"])
        shrunk = ops.maximum(before * hyper["decrease_factor"], hyper["delta_min"])
        turned = ops.less(q, 0.0).named("turned")
        delta = ops.where(turned, shrunk, grown)
        g = ops.where(turned, 0.0, g)
        move = rate * delta
        new = ops.clip(ops.where(g > 0.0, w - move, w + move), -1500.0, 1500.0)
        return new, {"delta": delta, "gradient": g}
