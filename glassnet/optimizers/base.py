"""What an optimizer is: an update rule written as graph.

Hyperparameters are inputs of the training step, never constants in it, so a schedule or a
search over learning rates compiles nothing new.
"""

from __future__ import annotations

import abc
import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from glassnet.errors import ArgumentError, shown
from glassnet.graph import Node
from glassnet.optimizers.clipping import Clipping, get_clipping
from glassnet.optimizers.schedules import Schedule, get_schedule
from glassnet.settings import Configured, Family, made_by, number

__all__ = ["ANY_NUMBER", "FAMILY", "FRACTION", "NOT_NEGATIVE", "POSITIVE", "Optimizer", "get"]


class Optimizer(Configured, abc.ABC):
    """Base of optimizers whose step is graph.

    Parameters
    ----------
    learning_rate : float or Schedule
    clip : Clipping, optional
        Applied to the gradients first.
    """

    # Names of the arrays kept for every parameter, with the value they start from.
    slots: Mapping[str, float] = {}
    # Names of the numbers handed to the step, besides the learning rate.
    hyperparameters: tuple[str, ...] = ()
    # The step is made on the host from the loss and the gradient, not by graph.
    is_host_side = False
    # The rule is also given the batch's "loss" and uniform "draws" for every weight.
    uses_loss = False

    rules = MappingProxyType(
        {"learning_rate": made_by(get_schedule), "clip": made_by(get_clipping)}
    )

    def __init__(self, learning_rate: Any, clip: Clipping | None = None) -> None:
        self.learning_rate = learning_rate
        self.clip = clip

    def _note(self, is_setting: bool, name: str, old: Any, new: Any) -> None:
        # The rate is an input of the step: callbacks that set it every epoch change no program.
        if not (name == "learning_rate" and isinstance(old, float) and isinstance(new, float)):
            super()._note(is_setting, name, old, new)

    @abc.abstractmethod
    def update(
        self,
        w: Node,
        g: Node,
        rate: Node,
        slots: dict[str, Node],
        hyper: dict[str, Node],
        step: Node,
    ) -> tuple[Node, dict[str, Node]]:
        """Build the new value of one parameter.

        Parameters
        ----------
        w, g : Node
            The parameter and its gradient.
        rate : Node
            Learning rate of this step, a scalar.
        slots : dict of str to Node
            What is kept for this parameter.
        hyper : dict of str to Node
            The other hyperparameters, scalars.
        step : Node
            Number of this step, from 1.

        Returns
        -------
        (Node, dict)
            The new parameter and the new slots.
        """

    def scalars(self) -> dict[str, float]:
        """Return the current values of all hyperparameters."""
        values = {name: _number(name, getattr(self, name)) for name in self.hyperparameters}
        if isinstance(self.learning_rate, Schedule):
            return {**values, **self.learning_rate.scalars()}
        rate = _number("learning_rate", self.learning_rate)
        if rate < 0:
            raise ArgumentError(f"learning_rate was set to {rate}; it must be 0 or greater")
        return {**values, "learning_rate": rate}

    def rate_at(self, step: int) -> float:
        """Return the learning rate of a step (counted from 0) as a number."""
        if isinstance(self.learning_rate, Schedule):
            return self.learning_rate(step)
        return float(self.learning_rate)


def _number(name: str, value: Any) -> float:
    """Return a setting that may have been changed since it was first checked."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise ArgumentError(f"{name} was set to {shown(value)}; it must be a finite number")
    return number


FAMILY: Family[Optimizer] = Family("optimizer", Optimizer)


def get(optimizer: Any) -> Optimizer:
    """Return an optimizer from an object, a name or a description.

    Examples
    --------
    >>> get("adam").learning_rate
    0.001
    """
    return FAMILY.get(optimizer)


FRACTION = number(at_least=0, below=1)
POSITIVE = number(above=0)
NOT_NEGATIVE = number(at_least=0)
ANY_NUMBER = number()
