"""SARPROP: RPROP with weight decay and noise that cool down, as in simulated annealing."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from glassnet import ops
from glassnet.graph import Node
from glassnet.optimizers.base import ANY_NUMBER, FAMILY, POSITIVE, Optimizer

__all__ = ["SARPROP"]


@FAMILY.add
class SARPROP(Optimizer):
    """RPROP on s = g - w · 2^(shift - T · epoch), with noise where a small step meets a valley.

    With q = s · (s before): q > 0: Δ grows and w moves; q < 0: w rests and Δ shrinks, or, if
    Δ < threshold · loss, Δ ← Δ · decrease + r · √loss · 2^(error shift - T · epoch) with r
    uniform in [0, 1); q = 0: w moves by Δ. For full batches.

    Parameters
    ----------
    learning_rate : float or Schedule, default 1
        Factor on every move.
    delta_zero : float, default 0.1
        First Δ. Differs: FANN begins with 0.
    increase_factor, decrease_factor, delta_max : float
        As in :class:`RPROP`.
    weight_decay_shift : float, default -6.644
    step_error_threshold_factor : float, default 0.1
    step_error_shift : float, default 1.385
    temperature : float, default 0.015
        T.
    clip : Clipping, optional

    Source: Treadgold, Gedeon: "Simulated annealing and weight decay in adaptive learning: the
    SARPROP algorithm" (IEEE Transactions on Neural Networks 9, 1998), as FANN has it.
    """

    hyperparameters = (
        "increase_factor",
        "decrease_factor",
        "delta_max",
        "weight_decay_shift",
        "step_error_threshold_factor",
        "step_error_shift",
        "temperature",
    )
    # The step sees the loss of the batch and draws numbers.
    uses_loss = True

    rules = MappingProxyType(
        {
            "delta_zero": POSITIVE,
            "increase_factor": POSITIVE,
            "decrease_factor": POSITIVE,
            "delta_max": POSITIVE,
            "weight_decay_shift": ANY_NUMBER,
            "step_error_threshold_factor": ANY_NUMBER,
            "step_error_shift": ANY_NUMBER,
            "temperature": ANY_NUMBER,
        }
    )

    def __init__(
        self,
        learning_rate: Any = 1.0,
        delta_zero: float = 0.1,
        increase_factor: float = 1.2,
        decrease_factor: float = 0.5,
        delta_max: float = 50.0,
        weight_decay_shift: float = -6.644,
        step_error_threshold_factor: float = 0.1,
        step_error_shift: float = 1.385,
        temperature: float = 0.015,
        clip: Any = None,
    ) -> None:
        super().__init__(learning_rate, clip)
        self.delta_zero = delta_zero
        self.increase_factor = increase_factor
        self.decrease_factor = decrease_factor
        self.delta_max = delta_max
        self.weight_decay_shift = weight_decay_shift
        self.step_error_threshold_factor = step_error_threshold_factor
        self.step_error_shift = step_error_shift
        self.temperature = temperature

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
        cooled = -hyper["temperature"] * (step - 1.0)
        decay = _power_of_two(cooled + hyper["weight_decay_shift"]).named("decay")
        s = (g - w * decay).named("s")
        q = slots["gradient"] * s
        turned = ops.less(q, 0.0).named("turned")
        before = ops.maximum(slots["delta"], 1e-6).named("before")
        grown = ops.minimum(before * hyper["increase_factor"], hyper["delta_max"])
        shrunk = before * hyper["decrease_factor"]
        noise = ops.sqrt(hyper["loss"]) * _power_of_two(cooled + hyper["step_error_shift"])
        noise = noise.named("noise")
        small = before < hyper["step_error_threshold_factor"] * hyper["loss"]
        rested = ops.where(small, shrunk + hyper["draws"] * noise, ops.maximum(shrunk, 1e-6))
        rested = rested.named("rested")
        delta = ops.where(q > 0.0, grown, ops.where(turned, rested, before))
        new = ops.where(turned, w, w - rate * ops.sign(s) * delta)
        return new, {"delta": delta, "gradient": ops.where(turned, 0.0, s)}


def _power_of_two(x: Node) -> Node:
    power: Node = ops.exp(0.69314718055994530942 * x)
    return power
