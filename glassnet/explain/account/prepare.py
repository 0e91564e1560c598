"""From the arguments of ``explain`` to a program and a value for each of its inputs."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.errors import ArgumentError
from glassnet.graph import Program
from glassnet.layers import Dropout
from glassnet.losses import Loss
from glassnet.optimizers import Optimizer
from glassnet.training.compile_record import CompileRecord
from glassnet.training.fit import check_targets, named_targets, training_data
from glassnet.training.inputs import check_inputs, default_loss
from glassnet.training.network import Network
from glassnet.training.programs import traced_program
from glassnet.training.state import State
from glassnet.translation import _

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
    loss, optimizer
        None where the pass is a forward pass only.
    notes : list of str
        What a reader has to know.
    slots : frozenset of str
        Inputs that are the optimizer's memory.
    """

    program: Program
    given: dict[str, np.ndarray]
    is_single: bool
    dtype: str
    loss: Loss | None
    optimizer: Optimizer | None
    notes: list[str]
    slots: frozenset[str] = frozenset()

    @property
    def is_forward_only(self) -> bool:
        return self.loss is None


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
        return Pass(program, given, is_single, network.dtype, None, None, _forward_notes() + notes)
    targets = _targets(named_targets(network, y), network, is_single)
    trained = _compiled(network, targets, is_default, notes)
    data = training_data(trained, parts, targets)
    _check_rows(data)
    assert trained.loss is not None and trained.optimizer is not None
    trained.topology.check_unchanged()
    program = traced_program(trained.topology, trained.record, trained.dtype)
    notes += _notes_on_dropout(trained, trained.state.step + 1)
    if trained.optimizer.is_host_side:
        name = type(trained.optimizer).__name__
        notes.append(
            _(
                "{optimizer} finds its step by trying out several, so there is no update to show"
            ).format(optimizer=name)
        )
    given, slots = _given(trained, data)
    return Pass(
        program, given, is_single, network.dtype, trained.loss, trained.optimizer, notes, slots
    )


def _given(
    network: Network, data: dict[str, np.ndarray]
) -> tuple[dict[str, np.ndarray], frozenset[str]]:
    """Return a value for every input of the step fit would make next, and which are slots."""
    assert network.optimizer is not None
    state = State(dict(network.state.slots), network.state.step, seed=network.state.seed)
    state.prepare_slots(network.optimizer, network.topology, network.dtype)
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


def _targets(y: Any, network: Network, is_single: bool) -> Any:
    """Return targets with a batch axis."""
    shapes = network.topology.output_shapes
    if not is_single or len(shapes) != 1:
        return y
    if _depth(y) < 0:
        return y
    array = np.asanyarray(y)
    takes_labels = network.loss is not None and network.loss.takes_labels
    if array.ndim == 0 and shapes[0] == (1,) and not takes_labels:
        return array.reshape(1, 1)
    if array.ndim == 0 or (array.shape == shapes[0] and not takes_labels):
        return array[None]
    return y


def _compiled(network: Network, targets: Any, is_default: bool, notes: list[str]) -> Network:
    """Return the network with loss and optimizer: its own, or in a copy those fit would choose."""
    if network.loss is None or (is_default and network.state.step == 0):
        network = dataclasses.replace(network, state=State(seed=network.state.seed))
        loss = default_loss(network.topology, check_targets(targets))
        network.compile(CompileRecord.of_one("adam", loss))
        notes.append(
            _(
                "the network is not compiled: shown is what fit would choose, the loss {loss} and "
                "the optimizer Adam"
            ).format(loss=type(loss).__name__)
        )
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
    acting = [
        str(layer.name)
        for layer in network.topology.layers
        if isinstance(layer, Dropout) and layer.rate > 0
    ]
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
