"""Quickprop: a parabola through two gradients of every weight, and a jump to its lowest point."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from glassnet import ops
from glassnet.graph import Node
from glassnet.optimizers.base import ANY_NUMBER, FAMILY, POSITIVE, Optimizer

__all__ = ["Quickprop"]


@FAMILY.add
class Quickprop(Optimizer):
    """w ← w + Δ with Δ ← Δ s / (s' - s), held below mu · Δ; s = decay · w - g, s' the one before.

    While Δ is small (below 0.001), and as long as s points the way of Δ, rate · s is added. For
    full batches. Weights stay within ±1500.

    Parameters
    ----------
    learning_rate : float or Schedule, default 0.7
        FANN divides it by the number of samples, for its gradient is a sum; this is of use with
        a loss that is a mean.
    mu : float, default 1.75
        How many times the step before a step can be.
    decay : float, default -0.0001
        Weight decay, negative.
    clip : Clipping, optional

    Source: Fahlman: "Faster-learning variations on back-propagation: an empirical study" (1988),
    as FANN has it.
    """

    hyperparameters = ("mu", "decay")
    slots: Mapping[str, float] = MappingProxyType({"move": 0.0, "slope": 0.0})

    rules = MappingProxyType({"mu": POSITIVE, "decay": ANY_NUMBER})

    def __init__(
        self,
        learning_rate: Any = 0.7,
        mu: float = 1.75,
        decay: float = -0.0001,
        clip: Any = None,
    ) -> None:
        super().__init__(learning_rate, clip)
        self.mu = mu
        self.decay = decay

    def update(
        self,
        w: Node,
        g: Node,
        rate: Node,
        slots: dict[str, Node],
        hyper: dict[str, Node],
        step: Node,
    ) -> tuple[Node, dict[str, Node]]:
        mu, p, before = hyper["mu"], slots["move"], slots["slope"]
        s = (hyper["decay"] * w - g).named("s")
        shrink = mu / (1.0 + mu)
        bend = before - s
        # Where both slopes are equal there is no parabola, and no step but the plain one.
        flat = ops.equal(bend, 0.0).named("flat")
        parabola = ops.where(flat, 0.0, p * s / ops.where(flat, 1.0, bend)).named("parabola")
        up = ops.where(s > 0.0, rate * s, 0.0)
        limit = (shrink * before).named("limit")
        up = (up + ops.where(s > limit, mu * p, parabola)).named("up")
        down = ops.where(s < 0.0, rate * s, 0.0)
        down = (down + ops.where(s < limit, mu * p, parabola)).named("down")
        move = ops.where(p > 0.001, up, ops.where(p < -0.001, down, rate * s))
        return ops.clip(w + move, -1500.0, 1500.0), {"move": move, "slope": s}
