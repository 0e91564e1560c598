"""Learning rate schedules: the rate as a function of the number of steps made.

A schedule is graph too, so the rate changes inside a compiled run; its settings are inputs.
"""

from __future__ import annotations

import abc
import math
from types import MappingProxyType
from typing import Any

from glassnet import ops
from glassnet.errors import ArgumentError, shown
from glassnet.graph import Node
from glassnet.settings import Configured, Family, as_float, is_number, made_by, number, refuse

__all__ = [
    "ConstantSchedule",
    "CosineDecay",
    "ExponentialDecay",
    "Schedule",
    "StepDecay",
    "Warmup",
    "get_schedule",
]


class Schedule(Configured, abc.ABC):
    """Base of schedules: ``schedule(step)`` gives the rate after ``step`` steps."""

    prefix = "schedule"

    @abc.abstractmethod
    def settings(self) -> dict[str, float]:
        """Return the numbers the formula uses."""

    @abc.abstractmethod
    def formula(self, step: Any, s: dict[str, Any]) -> Any:
        """Return the rate, from numbers or from nodes alike."""

    def scalars(self) -> dict[str, float]:
        """Return the settings under the names they have in a step."""
        return {f"{self.prefix}.{name}": float(value) for name, value in self.settings().items()}

    def build(self, step: Node, inputs: dict[str, Node]) -> Node:
        """Build the rate as graph from the number of steps made."""
        return self.formula(
            step, {name: inputs[f"{self.prefix}.{name}"] for name in self.settings()}
        )

    def __call__(self, step: int) -> float:
        """Return the rate after ``step`` steps as a number."""
        import glassnet.evaluate  # noqa: F401  lets the ops take plain numbers

        return float(self.formula(float(step), self.settings()))


FAMILY: Family[Schedule] = Family("learning rate schedule", Schedule)


def get_schedule(learning_rate: Any) -> float | Schedule:
    """Return a schedule, or a positive number."""
    if isinstance(learning_rate, Schedule | dict):
        return FAMILY.get(learning_rate)
    return _rate(learning_rate)


def _rate(learning_rate: Any) -> float:
    if not is_number(learning_rate):
        raise ArgumentError(
            f"learning_rate={shown(learning_rate)} must be a number or a schedule such as "
            "gn.optimizers.ExponentialDecay(0.1, 1000, 0.5); a rate must be a finite number"
        )
    found = as_float(learning_rate)
    if not (math.isfinite(found) and found >= 0):
        raise ArgumentError(
            f"learning_rate={shown(learning_rate)} must be a finite number, 0 or greater"
        )
    return found


_RATE, _PART = made_by(_rate), number(at_least=0)


def _steps(owner: str, name: str, value: Any) -> int:
    """Return a number of steps."""
    found = as_float(value)
    if not 1 <= found < 2**63 or int(found) != found:
        refuse(owner, name, value, "a whole number of steps, at least 1")
    return int(found)


@FAMILY.add
class ConstantSchedule(Schedule):
    """rate = learning_rate.

    Parameters
    ----------
    learning_rate : float
    """

    rules = MappingProxyType({"learning_rate": _RATE})

    def __init__(self, learning_rate: float) -> None:
        self.learning_rate = learning_rate

    def settings(self) -> dict[str, float]:
        return {"initial": self.learning_rate}

    def formula(self, step: Any, s: dict[str, Any]) -> Any:
        return s["initial"]


@FAMILY.add
class StepDecay(Schedule):
    """rate = learning_rate · factor^⌊step / every⌋.

    Parameters
    ----------
    learning_rate : float
    every : int
        Steps between two drops.
    factor : float, default 0.5

    Examples
    --------
    >>> [StepDecay(0.1, every=10)(step) for step in (0, 9, 10, 25)]
    [0.1, 0.1, 0.05, 0.025]
    """

    rules = MappingProxyType({"learning_rate": _RATE, "every": _steps, "factor": _PART})

    def __init__(self, learning_rate: float, every: int, factor: float = 0.5) -> None:
        self.learning_rate = learning_rate
        self.every = every
        self.factor = factor

    def settings(self) -> dict[str, float]:
        return {"initial": self.learning_rate, "every": self.every, "factor": self.factor}

    def formula(self, step: Any, s: dict[str, Any]) -> Any:
        return s["initial"] * ops.power(s["factor"], ops.floor(step / s["every"]))


@FAMILY.add
class ExponentialDecay(Schedule):
    """rate = learning_rate · decay_rate^(step / decay_steps).

    Parameters
    ----------
    learning_rate : float
    decay_steps : int
    decay_rate : float
        What is left of the rate after ``decay_steps`` steps.
    """

    rules = MappingProxyType({"learning_rate": _RATE, "decay_steps": _steps, "decay_rate": _PART})

    def __init__(self, learning_rate: float, decay_steps: int, decay_rate: float) -> None:
        self.learning_rate = learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate

    def settings(self) -> dict[str, float]:
        return {
            "initial": self.learning_rate,
            "decay_steps": self.decay_steps,
            "decay_rate": self.decay_rate,
        }

    def formula(self, step: Any, s: dict[str, Any]) -> Any:
        return s["initial"] * ops.power(s["decay_rate"], step / s["decay_steps"])


@FAMILY.add
class CosineDecay(Schedule):
    """rate = learning_rate · (alpha + (1 - alpha) ½ (1 + cos(π t))), t = step / decay_steps ≤ 1.

    Parameters
    ----------
    learning_rate : float
    decay_steps : int
    alpha : float, default 0
        Fraction of the rate that is left at the end.

    Source: Loshchilov and Hutter: "SGDR" (ICLR 2017), eq. 5, without restarts.
    """

    rules = MappingProxyType({"learning_rate": _RATE, "decay_steps": _steps, "alpha": _PART})

    def __init__(self, learning_rate: float, decay_steps: int, alpha: float = 0.0) -> None:
        self.learning_rate = learning_rate
        self.decay_steps = decay_steps
        self.alpha = alpha

    def settings(self) -> dict[str, float]:
        return {
            "initial": self.learning_rate,
            "decay_steps": self.decay_steps,
            "alpha": self.alpha,
        }

    def formula(self, step: Any, s: dict[str, Any]) -> Any:
        part = ops.minimum(step / s["decay_steps"], 1.0)
        wave = 0.5 * (1.0 + ops.cos(math.pi * part))
        return s["initial"] * (s["alpha"] + (1.0 - s["alpha"]) * wave)


def _schedule(value: Any) -> Schedule:
    """Return a schedule; a number is one that stays."""
    found = get_schedule(value)
    return found if isinstance(found, Schedule) else ConstantSchedule(found)


@FAMILY.add
class Warmup(Schedule):
    """rate = schedule(step - warmup_steps), before that rising in a straight line from 0.

    Parameters
    ----------
    schedule : float or Schedule
        What follows the warm-up.
    warmup_steps : int

    Examples
    --------
    >>> [Warmup(0.1, 4)(step) for step in (0, 2, 4, 100)]
    [0.025, 0.075, 0.1, 0.1]
    """

    rules = MappingProxyType({"schedule": made_by(_schedule), "warmup_steps": _steps})

    def __init__(self, schedule: Any, warmup_steps: int) -> None:
        self.schedule = schedule
        self.warmup_steps = warmup_steps

    def settings(self) -> dict[str, float]:
        return {"warmup_steps": self.warmup_steps, **self.schedule.settings()}

    def formula(self, step: Any, s: dict[str, Any]) -> Any:
        after = self.schedule.formula(ops.maximum(step - s["warmup_steps"], 0.0), s)
        # The first step already moves: (step + 1) / warmup_steps.
        return after * ops.minimum((step + 1.0) / s["warmup_steps"], 1.0)
