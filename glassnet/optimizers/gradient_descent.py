"""Gradient descent: plain, with momentum, and Nesterov's."""

from __future__ import annotations

from typing import Any

from glassnet.errors import ArgumentError
from glassnet.graph import Node
from glassnet.optimizers.base import FAMILY, Optimizer, fraction

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
        if nesterov and momentum == 0:
            raise ArgumentError("SGD(nesterov=True) needs a momentum, for example momentum=0.9")

    @property
    def momentum(self) -> float:
        """Fraction of the last step that is made again; 0 is plain gradient descent."""
        return self._momentum

    @momentum.setter
    def momentum(self, value: float) -> None:
        self._momentum = fraction(value, "momentum")
        if value:  # without momentum nothing needs to be kept
            self.slots = {"velocity": 0.0}
            self.hyperparameters = ("momentum",)

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
