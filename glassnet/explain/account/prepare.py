"""From the arguments of ``explain`` to a program and a value for each of its inputs.

Takes a network and samples, gives a :class:`Pass`. ``explain`` calls it first; the network is left
as it is.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.errors import ArgumentError
from glassnet.graph import Program
from glassnet.training.compile_record import CompileRecord
from glassnet.training.compiling import by_output
from glassnet.training.inputs import check_inputs, default_record
from glassnet.training.network import Network
from glassnet.training.programs import traced_program
from glassnet.training.samples import training_data
from glassnet.training.state import State
from glassnet.training.targets import check_targets, checked_parts, named_targets
from glassnet.translation import _, plural

__all__ = ["MOST_ROWS", "Pass", "prepare"]

# Samples explained at once: each adds a page.
MOST_ROWS = 64


@dataclass
class Pass:
    """One pass, ready to be run.

    Attributes
    ----------
    program : Program
    given : dict of str to ndarray
        A value for every input of the program.
    is_single : bool
        Whether x was one sample, without a batch axis.
    record : CompileRecord or None
        Losses and optimizer; None where the pass is a forward pass only.
    notes : list of str
        What a reader has to know.
    slots : frozenset of str
        Inputs that are the optimizer's memory.
    """

    program: Program
    given: dict[str, np.ndarray]
    is_single: bool
    dtype: str
    record: CompileRecord | None
    notes: list[str]
    slots: frozenset[str] = frozenset()

    @property
    def is_forward_only(self) -> bool:
        return self.record is None


def prepare(network: Network, x: Any, y: Any, is_default: bool) -> Pass:
    """Check the samples and choose the program; the network is left as it is."""
    parts, is_single = _as_batch(network, x)
    notes = _notes_on_layers(network)
    if y is None:
        data = check_inputs(parts, network)
        _check_rows(data)
        notes += _notes_on_dropout(network, None)
        given = {**data, **network.weights()}
        program = network.prediction
        return Pass(program, given, is_single, network.dtype, None, _forward_notes() + notes)
    targets = _targets(named_targets(network, y), network) if is_single else y
    trained = _compiled(network, targets, is_default, notes)
    data = training_data(trained, parts, targets)
    _check_rows(data)
    trained.topology.check_unchanged()
    program = traced_program(trained.topology, trained.record, trained.dtype)
    notes += _notes_on_dropout(trained, trained.state.step + 1)
    if trained.record.optimizer.is_host_side:
        name = type(trained.record.optimizer).__name__
        notes.append(
            _(
                "{optimizer} finds its step by trying out several, so there is no update to show"
            ).format(optimizer=name)
        )
    given, slots = _given(trained, data)
    return Pass(program, given, is_single, network.dtype, trained.record, notes, slots)


def _given(
    network: Network, data: dict[str, np.ndarray]
) -> tuple[dict[str, np.ndarray], frozenset[str]]:
    """Return a value for every input of the step fit would make next, and which are slots."""
    state = State(dict(network.state.slots), network.state.step, seed=network.state.seed)
    state.prepare_slots(network.record.optimizer, network.topology, network.dtype)
    scalars = {**network.scalars(), "step": network.state.step + 1}
    given = {
        **data,
        **network.weights(),
        **state.slots,
        **{name: np.asarray(value) for name, value in scalars.items()},
    }
    return given, frozenset(state.slots)


def _as_batch(network: Network, x: Any) -> tuple[Any, bool]:
    """Return the samples with a batch axis, and whether there was none."""
    shapes = network.topology.input_shapes
    if isinstance(x, dict):
        return x, False
    if len(shapes) > 1:
        fits = isinstance(x, list | tuple) and len(x) == len(shapes)
        if fits and all(np.ndim(part) == len(shape) for part, shape in zip(x, shapes, strict=True)):
            return [np.asanyarray(part)[None] for part in x], True
        return x, False
    if _depth(x) == len(shapes[0]):
        return np.asanyarray(x)[None], True  # masked stays masked, to be refused
    return x, False


def _depth(x: Any) -> int:
    try:
        return int(np.ndim(x))
    except ValueError:  # rows of unequal length: the checks to come say which
        return -1


def _targets(y: Any, network: Network) -> Any:
    """Return the targets of one sample with a batch axis."""
    shapes, record = network.topology.output_shapes, network.compiled
    if len(shapes) == 1:
        return _target(y, shapes[0], record is not None and record.only.loss.takes_labels)
    names = network.topology.output_names
    parts = by_output(y, names, "y", None)
    if parts is None:
        return y  # refused in words where targets are checked
    labels = {
        goal.name for goal in (() if record is None else record.goals) if goal.loss.takes_labels
    }
    return {
        name: _target(part, shape, name in labels)
        for name, part, shape in zip(names, parts, shapes, strict=True)
        if part is not None
    }


def _target(y: Any, shape: tuple[int, ...], takes_labels: bool) -> Any:
    if _depth(y) < 0:
        return y
    array = np.asanyarray(y)
    if array.ndim == 0 and shape == (1,) and not takes_labels:
        return array.reshape(1, 1)
    if array.ndim == 0 or (array.shape == shape and not takes_labels):
        return array[None]
    return y


def _compiled(network: Network, targets: Any, is_default: bool, notes: list[str]) -> Network:
    """Return the network with loss and optimizer: its own, or in a copy those fit would choose."""
    if network.compiled is None or (is_default and network.state.step == 0):
        network = dataclasses.replace(network, state=State(seed=network.state.seed))
        names = network.topology.output_names
        parts = check_targets(targets) if len(names) == 1 else checked_parts(targets, names)
        network.compile(default_record(network.topology, parts).without_metrics())
        losses = [type(goal.loss).__name__ for goal in network.record.goals]
        notes.append(
            plural(
                "the network is not compiled: shown is what fit would choose, the loss {loss} and "
                "the optimizer Adam",
                "the network is not compiled: shown is what fit would choose, the losses {loss} "
                "and the optimizer Adam",
                len(losses), loss=", ".join(losses),
            )
        )  # fmt: skip
    return network


def _check_rows(data: dict[str, np.ndarray]) -> None:
    rows = len(next(iter(data.values())))
    if rows > MOST_ROWS:
        raise ArgumentError(
            _(
                "explain shows every number, so it takes {most} samples at most, but x has "
                "{rows:,}; choose some, for example net.explain(x[:4], y[:4]), or one with "
                "net.explain(x[0], y[0])"
            ).format(most=MOST_ROWS, rows=rows)
        )


def _forward_notes() -> list[str]:
    return [_("a forward pass only, as predict computes it; give y for loss, gradients and update")]


def _notes_on_layers(network: Network) -> list[str]:
    waiting = [str(layer.name) for layer in network.topology.layers if layer.needs_data]
    if not waiting:
        return []
    return [
        _("{layers} has learned no mean and deviation yet; fit does that first").format(
            layers=", ".join(waiting)
        )
    ]


def _notes_on_dropout(network: Network, step: int | None) -> list[str]:
    acting = [str(layer.name) for layer in network.topology.layers if layer.drops]
    if not acting:
        return []
    names = ", ".join(acting)
    if step is None:
        return [_("as in prediction, {layers} leaves nothing out").format(layers=names)]
    return [
        _(
            "as in training, {layers} leaves values out: with the mask of step {step}; leave y out "
            "to see the pass of a prediction"
        ).format(layers=names, step=step)
    ]
