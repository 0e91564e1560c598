"""Networks with several outputs: each output is diagnosed with the layers that it needs.

Takes the arguments of ``diagnose``, and makes for every trained output the model, targets and
weights of a network that has no other; its findings get the name of the output, and what was found
for all of them is told once.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable
from typing import Any

from glassnet.errors import ArgumentError, shown
from glassnet.explain.diagnosis.result import Diagnosis
from glassnet.layers.topology import Topology
from glassnet.training.columns import Columns
from glassnet.training.compile_record import Goal
from glassnet.training.compiling import by_output
from glassnet.training.health import Finding
from glassnet.training.history import History
from glassnet.training.network import Network
from glassnet.training.state import State
from glassnet.training.targets import target_parts
from glassnet.translation import _

__all__ = ["diagnose_each"]

# What diagnoses one output: of a model, x, y, validation data and sample weights.
DiagnoseOne = Callable[["OneOutput", Any, Any, Any, Any], Diagnosis]


def diagnose_each(
    model: Any, x: Any, y: Any, validation_data: Any, sample_weight: Any, one: DiagnoseOne
) -> Diagnosis:
    """Return the diagnoses of all trained outputs as one."""
    names = model.output_names
    parts = target_parts(y, names)
    if all(part is None for part in parts):
        raise ArgumentError(f"y={shown(y)} has no targets for any of {', '.join(names)}")
    weights = _weights(sample_weight, names)
    tests = _validation(validation_data, names)
    found = {}
    for place, name in enumerate(names):
        is_trained = model.loss is None or name in model.loss
        if parts[place] is not None and is_trained:
            found[name] = one(
                OneOutput(model, place), x, parts[place], tests[place], weights[place]
            )
    return _together(found)


def _weights(given: Any, names: list[str]) -> list[Any]:
    is_flat = not isinstance(given, dict | list | tuple) or all(
        isinstance(part, int | float) for part in given
    )
    return [given] * len(names) if is_flat else by_output(given, names, "sample_weight", None) or []


def _validation(given: Any, names: list[str]) -> list[Any]:
    if not isinstance(given, list | tuple) or len(given) != 2:
        return [given] * len(names)  # None, or refused in words
    parts = target_parts(given[1], names)
    return [None if part is None else (given[0], part) for part in parts]


class OneOutput:
    """A model as a diagnosis sees it, with one of its outputs."""

    def __init__(self, model: Any, place: int) -> None:
        self.model, self.place = model, place
        self.name: str = model.output_names[place]

    @property
    def columns(self) -> Columns:
        found: Columns = self.model.columns
        return found

    @property
    def output_names(self) -> list[str]:
        """The outputs of the whole model."""
        return list(self.model.output_names)

    @property
    def built(self) -> bool:
        return bool(self.model.built)

    @property
    def is_compiled_by_default(self) -> bool:
        return bool(self.model.is_compiled_by_default)

    @property
    def history(self) -> History | None:
        """The curves of the output, called as those of a network that has no other."""
        whole: History | None = self.model.history
        if whole is None:
            return None
        curves: dict[str, list[float]] = {}
        for start in ("", "val_"):
            prefix = f"{start}{self.name}_"
            own = {k: v for k, v in whole.history.items() if k.startswith(prefix)}
            curves |= {f"{start}{name.removeprefix(prefix)}": v for name, v in own.items()}
            if f"{start}loss" not in curves and f"{start}loss" in whole.history:
                curves[f"{start}loss"] = whole.history[f"{start}loss"]
        found = copy.copy(whole)
        found.history = curves
        return found

    def training_copy(self, x: Any, y: Any) -> Network:
        """Return a copy of the network as fit would begin with it, with this output alone."""
        return _with_one_output(self.model.training_copy(x, {self.name: y}), self.place)


def _with_one_output(network: Network, place: int) -> Network:
    """Return the part of a network that makes one of its outputs."""
    topology = _part(network.topology, network.topology.outputs[place])
    record = network.record
    goal = next(one for one in record.goals if one.place == place)
    names = {weight.name for weight in topology.weights()}
    slots = {
        name: array
        for name, array in network.state.slots.items()
        if name.rpartition(".")[0] in names
    }
    state = network.state
    kinds = {"y": network.targets[goal.target]} if goal.target in network.targets else {}
    return Network(
        topology,
        network.dtype,
        State(slots, state.step, state.epoch, state.seed),
        dataclasses.replace(record, goals=(Goal(0, "", goal.loss, 1.0, goal.metrics),)),
        kinds,
        dict(network.info),
    )


def _part(topology: Topology, output: int) -> Topology:
    """Return the calls that a value needs, with all inputs."""
    first = len(topology.input_shapes)
    needed, waiting = set(range(first)), [output]
    while waiting:
        number = waiting.pop()
        if number not in needed:
            needed.add(number)
            waiting.extend(topology.calls[number - first].inputs)
    places = {number: place for place, number in enumerate(sorted(needed))}
    calls = [
        (call.layer, tuple(places[one] for one in call.inputs))
        for number, call in enumerate(topology.calls, first)
        if number in needed
    ]
    return Topology(topology.input_shapes, calls, (places[output],), topology.given_names)


def _together(found: dict[str, Diagnosis]) -> Diagnosis:
    """Return several diagnoses as one; what all of them say is told once."""
    counts: dict[Finding, int] = {}
    for one in found.values():
        for finding in dict.fromkeys(map(_without_numbers, one)):
            counts[finding] = counts.get(finding, 0) + 1
    findings, told = [], set()
    for name, one in found.items():
        for finding in one:
            plain = _without_numbers(finding)
            if counts[plain] < len(found) or len(found) == 1:
                title = _("Output {name}: {title}").format(name=name, title=finding.title)
                findings.append(dataclasses.replace(finding, title=title))
            elif plain not in told:
                told.add(plain)
                findings.append(finding)
    whole = next(iter(found.values()))
    assumptions = list(dict.fromkeys(text for one in found.values() for text in one.assumptions))
    assumptions.append(
        _("Each output was looked at by itself, with the layers that it needs: {names}.").format(
            names=", ".join(found)
        )
    )
    checked = list(dict.fromkeys(name for one in found.values() for name in one.checked))
    skipped = {
        name: reason
        for one in found.values()
        for name, reason in one.skipped.items()
        if name not in checked
    }
    networks = "; ".join(f"{name}: {one.network}" for name, one in found.items() if one.network)
    return Diagnosis(
        findings, checked, skipped, assumptions, networks, whole.rows,
        min(one.rows_used for one in found.values()),
    )  # fmt: skip


def _without_numbers(finding: Finding) -> Finding:
    return dataclasses.replace(finding, numbers={})
