"""Doctor: says while a network trains what is wrong with it."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import ArgumentError, shown
from glassnet.training.callbacks.base import Callback, Logs, note

if TYPE_CHECKING:
    from glassnet.training.health import RunCurves

__all__ = ["Doctor"]

ROWS = 256
LATER = 1.5  # every look comes after so many times the epochs of the one before


class Doctor(Callback):
    """Watch a network while it trains, and say what is wrong, once for each finding.

    It looks for a loss that grows, rises on validation data or stands still, dead ReLUs,
    saturated units, vanishing and exploding gradients, and steps that are too large or too small:
    before the first step, after the first epochs, and then ever more rarely. It changes nothing.

    Parameters
    ----------
    level : {"note", "warning", "problem"}, default "warning"
        What it speaks of at least; the rest is only kept.
    verbose : int, default 1
        0 says nothing.

    Attributes
    ----------
    findings : list of Finding
        What was found, in this order.

    Raises
    ------
    ArgumentError
        If there is no such level.

    Examples
    --------
    >>> import glassnet as gn
    >>> (x, y), _ = gn.datasets.load("iris")
    >>> net = gn.Sequential(
    ...     [
    ...         gn.layers.Dense(8, "relu", bias_initializer=gn.initializers.Constant(-100.0)),
    ...         gn.layers.Dense(3, "softmax"),
    ...     ],
    ...     seed=0,
    ... )
    >>> doctor = gn.callbacks.Doctor(verbose=0)
    >>> history = net.fit(x, y, epochs=2, callbacks=[doctor], verbose=0)
    >>> doctor.findings[0].title
    'Dead ReLU units'
    """

    adds_numbers = False

    def __init__(self, level: str = "warning", verbose: int = 1) -> None:
        from glassnet.training.health import LEVELS

        if level not in LEVELS:
            raise ArgumentError(f"Doctor(level={shown(level)}): give one of {', '.join(LEVELS)}")
        self.level = level
        self.verbose = verbose
        self._begin_anew()

    def _begin_anew(self) -> None:
        self.findings: list[Any] = []
        self._curves: dict[str, list[float]] = {"loss": [], "val_loss": []}
        self._next = 1

    def on_train_begin(self, logs: Logs | None = None) -> None:
        from glassnet.training.health.guess import drawn, whole_guess

        training = self.training
        assert training is not None
        if not training.is_resumed:
            self._begin_anew()
        rows = drawn(training.data, ROWS)
        weights = {goal.sample_weight for goal in training.record.goals}
        self._rows = {name: array for name, array in rows.items() if name not in weights}
        shapes = training.topology.output_shapes
        self._guess = whole_guess(training.record, self._rows, shapes)
        if not training.is_resumed:
            self._look(0)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        for name, values in self._curves.items():
            if name in (logs or {}):
                values.append(float((logs or {})[name]))
        count = len(self._curves["loss"])
        if count % max(1, count // 50) == 0:
            self._read_curves(epoch + 1)
        if count >= self._next:
            self._next = max(count + 1, math.ceil(LATER * count))
            self._look(epoch + 1)

    def on_train_end(self, logs: Logs | None = None) -> None:
        from glassnet.training.health import diverging

        training = self.training
        assert training is not None
        if training.gone_bad:  # the warning of TerminateOnNaN has said so
            found = diverging(self._judged(training.history.stopped))
            self.findings += [one for one in found if not self._is_known(one)]
            return
        for one in self._rest() if self._is_overdue() else []:
            self._say(one, len(self._curves["loss"]))

    def _judged(self, stopped: str = "") -> RunCurves:
        """Return what the curves say so far."""
        from glassnet.training.health import RunCurves

        return RunCurves({name: one for name, one in self._curves.items() if one}, stopped)

    def _read_curves(self, epoch: int) -> None:
        from glassnet.training.health import diverging, overfitting

        run = self._judged()
        for found in [*diverging(run), *overfitting(run)]:
            self._say(found, epoch)

    def _look(self, epoch: int) -> None:
        """Look into the network and speak of what is new."""
        from glassnet.training.health import (
            capped,
            dead_units,
            examine,
            gradient_flow,
            no_progress,
            saturated_units,
        )
        from glassnet.training.health.guess import whole_loss
        from glassnet.training.health.limits import GOOD, LITTLE

        training = self.training
        assert training is not None
        if not training.topology.parameters():
            return
        vitals = examine(training.network, self._rows)
        outputs = [vitals.values[number] for number in training.topology.outputs]
        loss = whole_loss(training.record, self._rows, outputs)
        skill = 1 - loss / self._guess if self._guess > 0 else 0.0
        found = [*dead_units(vitals), *saturated_units(vitals), *gradient_flow(vitals)]
        found += self._steps(epoch, skill, vitals)
        if epoch and skill < LITTLE and self._is_overdue():
            found += self._rest() or no_progress(self._judged().loss)
        for one in capped(found, "note") if epoch and skill >= GOOD else found:
            self._say(one, epoch)

    def _rest(self) -> list[Any]:
        """Return a finding if nothing has moved for long, at a loss no better than guessing."""
        from glassnet.training.health import has_curves, resting
        from glassnet.training.health.limits import HALF_RUN

        training = self.training
        assert training is not None
        loss = self._judged().loss
        if len(loss.values) < HALF_RUN * (training.epochs - training.first_epoch):
            return []
        if any(goal.loss.reduction == "sum" for goal in training.record.goals):
            return []  # the curve is of sums, and cannot be compared with a guess
        return resting(loss, self._guess, has_curves(training.topology))

    def _is_overdue(self) -> bool:
        from glassnet.training.health.limits import FEWEST_EPOCHS, FEWEST_STEPS, PART_OF_RUN

        training = self.training
        assert training is not None
        epochs = len(self._curves["loss"])
        steps = epochs * training.batches_per_epoch
        patient = PART_OF_RUN * (training.epochs - training.first_epoch)
        return epochs >= max(FEWEST_EPOCHS, patient) and steps >= FEWEST_STEPS

    def _steps(self, epoch: int, skill: float, vitals: Any) -> list[Any]:
        from glassnet.training.health import large_updates, small_updates, update_ratios
        from glassnet.training.health.limits import GOOD

        training = self.training
        assert training is not None
        if training.optimizer.is_host_side:
            return []
        values = training.values_of_next_batch()
        ratios = update_ratios(training.network, training.step, values)
        rate = training.optimizer.rate_at(training.state.step)
        found = large_updates(ratios, rate)
        is_at_rest = skill >= GOOD or not epoch
        return found or ([] if is_at_rest else small_updates(ratios, rate, vitals))

    # Speaking -----------------------------------------------------------------------------

    def _is_known(self, finding: Any) -> bool:
        """Return whether it was told before; what has become graver is told again."""
        return any(one.title == finding.title and one.rank >= finding.rank for one in self.findings)

    def _say(self, finding: Any, epoch: int) -> None:
        from glassnet.training.health import LEVELS
        from glassnet.translation import _

        if self._is_known(finding):
            return
        self.findings.append(finding)
        if finding.rank >= LEVELS.index(self.level):
            when = _("before the first step") if not epoch else _("epoch {n}").format(n=epoch)
            note(self.verbose, f"Doctor, {when}: {finding}")

    def get_state(self) -> dict[str, Any]:
        return {
            "findings": json.dumps([one.as_dict() for one in self.findings]),
            "next": self._next,
            **{f"curve.{name}": np.array(values) for name, values in self._curves.items()},
        }

    def set_state(self, state: dict[str, Any]) -> None:
        from glassnet.training.health import Finding

        self._next = int(state["next"])
        self._curves = {name: list(state[f"curve.{name}"].tolist()) for name in self._curves}
        self.findings = [
            Finding(**{**one, "numbers": _numbers(one["numbers"])})
            for one in json.loads(state["findings"])
        ]


def _numbers(numbers: dict[str, float | None]) -> dict[str, float]:
    return {name: math.inf if value is None else value for name, value in numbers.items()}
