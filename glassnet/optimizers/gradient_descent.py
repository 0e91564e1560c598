"""Gradient descent: plain, with momentum, and Nesterov's."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from glassnet.errors import ArgumentError
from glassnet.graph import Node
from glassnet.optimizers.base import FAMILY, FRACTION, Optimizer
from glassnet.settings import flag

__all__ = ["SGD"]


@FAMILY.add
class SGD(Optimizer):
    """w ← w - rate · g; with momentum v ← momentum · v - rate · g, w ← w + v.

    Nesterov's form is w ← w + momentum · v - rate · g with the new v.

    Parameters
    ----------
    learning_rate : float or Schedule, default 0.01
    momentum : float, default 0
    nesterov : bool, default False
    clip : Clipping, optional

    Examples
    --------
    >>> SGD(0.1, momentum=0.9).scalars()
    {'momentum': 0.9, 'learning_rate': 0.1}

    Source: Sutskever, Martens, Dahl, Hinton: "On the importance of initialization and momentum"
    (ICML 2013), eq. 1-4. Differs: PyTorch keeps v without the rate, which is another rule when
    the rate changes.
    """

    rules = MappingProxyType({"momentum": FRACTION, "nesterov": flag})

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        clip: Any = None,
    ) -> None:
        super().__init__(learning_rate, clip)
        self.momentum = momentum
        self.nesterov = nesterov

    def check_settings(self) -> None:
        """Raise an `ArgumentError` if Nesterov's form has no momentum."""
        if self.nesterov and self.momentum == 0:
            raise ArgumentError("SGD(nesterov=True) needs a momentum, for example momentum=0.9")

    # Without momentum nothing needs to be kept.

    @property
    def slots(self) -> Mapping[str, float]:  # type: ignore[override]
        """What is kept for every parameter, with the value it starts from."""
        return {"velocity": 0.0} if self.momentum else {}

    @property
    def hyperparameters(self) -> tuple[str, ...]:  # type: ignore[override]
        """Names of the numbers handed to the step, besides the learning rate."""
        return ("momentum",) if self.momentum else ()

    def update(
        self,
        w: Node,
        g: Node,
        rate: Node,
        slots: dict[str, Node],
        hyper: dict[str, Node],
        step: Node,
    ) -> tuple[Node, dict[str, Node]]:
        if not slots:
            return w - rate * g, {}
        move = rate * g
        v = hyper["momentum"] * slots["velocity"] - move
        new = w + (hyper["momentum"] * v - move) if self.nesterov else w + v
        return new, {"velocity": v}
