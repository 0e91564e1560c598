"""How a network is trained, as one frozen record: optimizer, and for each output loss and metrics.

``compile`` makes it (:mod:`glassnet.training.compiling`), the network holds it, and the training
graph, the averages of an epoch and files read it.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from glassnet.errors import ArgumentError, TrainingError, shown
from glassnet.losses import Loss
from glassnet.losses import get as get_loss
from glassnet.metrics import Kind, Metric
from glassnet.metrics import get as get_metric
from glassnet.optimizers import Optimizer
from glassnet.optimizers import get as get_optimizer
from glassnet.settings import fingerprint

__all__ = ["CompileRecord", "Goal"]


# What follows from the fields is found once: the record is frozen.


@dataclass(frozen=True, eq=False)
class Goal:
    """What one output of a network is trained for.

    Attributes
    ----------
    place : int
        Number of the output.
    name : str
        What the output is called in the history; empty where the network has no other.
    loss : Loss
    weight : float
        Factor of the loss in the sum of all.
    metrics : tuple of Metric
    """

    place: int
    name: str
    loss: Loss
    weight: float = 1.0
    metrics: tuple[Metric, ...] = ()

    @cached_property
    def number(self) -> str:
        """What follows the symbols of this output: nothing, or 1, 2 ... where there are several."""
        return str(self.place + 1) if self.name else ""

    @cached_property
    def target(self) -> str:
        """Name of its targets among the data: y, or y1, y2 ..."""
        return f"y{self.number}"

    @cached_property
    def sample_weight(self) -> str:
        """Name of its sample weights among the data."""
        return f"sample_weight{self.number}"

    @cached_property
    def predictions(self) -> str:
        """Name of its predictions among the outputs of an evaluation."""
        return f"predictions{self.number}"

    def called(self, name: str) -> str:
        """Return what a number of this output is called in the history: ``out1_accuracy``."""
        return f"{self.name}_{name}" if self.name else name

    @cached_property
    def step_metrics(self) -> list[Metric]:
        """Return the metrics that are summed up inside the step."""
        return [metric for metric in self.metrics if not metric.is_host_side]

    @cached_property
    def host_metrics(self) -> list[Any]:
        """Return the metrics that are computed from all samples after an epoch."""
        return [metric for metric in self.metrics if metric.is_host_side]

    def to_config(self, kind: Kind | None) -> dict[str, Any]:
        """Return loss, metrics and what the targets were, in a form JSON can hold."""
        return {
            "loss": self.loss.to_config(),
            "metrics": [metric.described() for metric in self.metrics],
            **({} if kind is None else {"targets": [str(kind), kind.low, kind.high]}),
            **({} if self.weight == 1 else {"loss_weight": self.weight}),
        }

    @classmethod
    def of_config(
        cls, config: Mapping[str, Any], place: int, name: str, own: Callable[[Any], Any]
    ) -> Goal:
        """Make the goal a description tells of; ``own`` finds classes of the user's."""
        weight = config.get("loss_weight", 1.0)
        if isinstance(weight, bool) or not isinstance(weight, int | float):
            raise ValueError(f"its loss_weight is {shown(weight)}, which is no number")
        if not math.isfinite(weight):
            raise ValueError(f"its loss_weight is {weight}")
        metrics = tuple(get_metric(own(one)) for one in config["metrics"])
        return cls(place, name, get_loss(own(config["loss"])), float(weight), metrics)


@dataclass(frozen=True, eq=False)
class CompileRecord:
    """How a network is trained.

    Attributes
    ----------
    optimizer : Optimizer
    goals : tuple of Goal
        One for every output that has a loss, in the order of the outputs.
    is_default : bool
        Whether fit chose it, because the caller did not.
    """

    optimizer: Optimizer
    goals: tuple[Goal, ...]
    is_default: bool = False

    def __post_init__(self) -> None:
        names = self.names
        double = next((name for name in names if names.count(name) > 1), None)
        if double is not None:
            raise ArgumentError(
                f"two numbers of the history would be called {double!r}; leave one of the metrics "
                "out, give the function another __name__, or the output's layer another name"
            )

    @classmethod
    def of_one(cls, optimizer: Any, loss: Any, metrics: Collection[Any] = ()) -> CompileRecord:
        """Return the record of a network with one output."""
        goal = Goal(0, "", get_loss(loss), 1.0, tuple(map(get_metric, metrics)))
        return cls(get_optimizer(optimizer), (goal,))

    @property
    def only(self) -> Goal:
        """The goal of a network that has one.

        Raises
        ------
        TrainingError
            If there are several.
        """
        if len(self.goals) > 1:
            raise TrainingError(
                f"this network is trained for {len(self.goals)} outputs, "
                f"{', '.join(goal.name for goal in self.goals)}, and this is for networks with one"
            )
        return self.goals[0]

    @cached_property
    def metrics(self) -> list[Metric]:
        """The metrics of all outputs."""
        return [metric for goal in self.goals for metric in goal.metrics]

    @cached_property
    def has_host_metrics(self) -> bool:
        return any(metric.is_host_side for metric in self.metrics)

    def loss_name(self, goal: Goal) -> str:
        """Return what the loss of one output is called: ``loss`` if there is no other."""
        return goal.called("loss") if len(self.goals) > 1 else "loss"

    @cached_property
    def names(self) -> list[str]:
        """The numbers of the history in Keras's order: losses, then metrics by output."""
        losses = [self.loss_name(goal) for goal in self.goals] if len(self.goals) > 1 else []
        metrics = [goal.called(metric.name) for goal in self.goals for metric in goal.metrics]
        return ["loss", *losses, *metrics]

    def measures(self) -> tuple[Hashable, ...]:
        """Return a key that is equal only where losses and metrics compute the same."""
        # What is computed on the host is no part of a program, but makes it give predictions.
        return tuple(
            (
                goal.place,
                goal.weight,
                fingerprint(goal.loss),
                *("host" if m.is_host_side else fingerprint(m) for m in goal.metrics),
            )
            for goal in self.goals
        )

    def is_weighted(self, data: Collection[str]) -> bool:
        """Tell whether data hold sample weights."""
        return any(goal.sample_weight in data for goal in self.goals)

    def rows(self, data: Mapping[str, Any]) -> int:
        """Return the number of samples in data."""
        return len(data[self.goals[0].target])

    def without_metrics(self) -> CompileRecord:
        """Return the record of the losses alone."""
        goals = tuple(dataclasses.replace(goal, metrics=()) for goal in self.goals)
        return dataclasses.replace(self, goals=goals)

    def with_optimizer(self, optimizer: Any) -> CompileRecord:
        """Return the record with another optimizer."""
        return dataclasses.replace(self, optimizer=get_optimizer(optimizer))

    def to_config(self, targets: Mapping[str, Kind]) -> dict[str, Any]:
        """Return the record, and what targets were, in a form JSON can hold."""
        optimizer = {"optimizer": self.optimizer.to_config()}
        kinds = [targets.get(goal.target) for goal in self.goals]
        if not self.goals[0].name:
            return {**self.goals[0].to_config(kinds[0]), **optimizer}
        goals = [
            {"output": goal.place, **goal.to_config(kind)}
            for goal, kind in zip(self.goals, kinds, strict=True)
        ]
        return {"goals": goals, **optimizer}

    @classmethod
    def of_config(
        cls, config: Mapping[str, Any], names: list[str], own: Callable[[Any], Any]
    ) -> tuple[CompileRecord, dict[str, Kind]]:
        """Make the record a description tells of, and what the targets were.

        Parameters
        ----------
        config : mapping
        names : list of str
            What the outputs of the network are called.
        own : callable
            Finds classes of the user's.
        """
        parts = config.get("goals") or [{"output": 0, **config}]
        goals = []
        for one in parts:
            place = one["output"]
            if type(place) is not int or not 0 <= place < len(names):
                raise ValueError(f"there is no output number {place!r}")
            name = names[place] if len(names) > 1 else ""
            goals.append(Goal.of_config(one, place, name, own))
        places = [goal.place for goal in goals]
        if places != sorted(set(places)):
            raise ValueError(f"its goals are for the outputs {places}, not each once and in order")
        record = cls(get_optimizer(own(config["optimizer"])), tuple(goals))
        kinds = {
            goal.target: Kind(*one["targets"])
            for goal, one in zip(goals, parts, strict=True)
            if one.get("targets") is not None
        }
        return record, kinds
