"""A network and its training as the recipe of a program."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Mapping
from typing import Any

import numpy as np

from glassnet.errors import TrainingError
from glassnet.formats.python import (
    RESERVED,
    Draw,
    Recipe,
    Source,
    write_prediction,
    write_training,
)
from glassnet.graph import Program
from glassnet.initializers import RandomUniform, drawn_from
from glassnet.layers.base import Weight
from glassnet.quoting import python_name
from glassnet.random import stream_number
from glassnet.settings import snake_case
from glassnet.training.compile_record import CompileRecord
from glassnet.training.network import Network
from glassnet.training.programs import input_names, traced_program
from glassnet.translation import plural

__all__ = ["source_of"]


def source_of(
    network: Network,
    data: Mapping[str, np.ndarray],
    *,
    epochs: int,
    batch_size: int | None,
    shuffle: bool,
    weighted: bool,
    forward_only: bool,
    style: str,
    file: str,
) -> Source:
    """Return a network as a program.

    Parameters
    ----------
    network : Network
    data : mapping of str to ndarray
        Samples, targets and sample weights by name; empty if they are not known.
    epochs : int
    batch_size : int or None
        None stands for all samples.
    shuffle, weighted, forward_only : bool
    style : {"numpy", "loops"}
    file : str
        What the program reads arrays from that are too large to be written into it.
    """
    if forward_only:
        return write_prediction(_recipe_of_prediction(network, file), style)
    if network.compiled is None:
        raise TrainingError(
            "the model is not compiled yet, so there is no training to print: call "
            "compile(optimizer, loss), or use source(forward_only=True)"
        )
    for layer in network.topology.layers:
        if layer.needs_data and not data:
            raise TrainingError(
                f"{layer.name} has not seen any data yet; call its adapt(x) or fit first, or give "
                "the data: source(x, y)"
            )
    recipe = _recipe_of_training(network, weighted, file)
    recipe.data, recipe.epochs = data, epochs
    rows = network.record.rows(data) if data else None
    is_whole = batch_size is None or (rows is not None and batch_size >= rows)
    recipe.batch_size = None if is_whole or recipe.options is not None else batch_size
    recipe.shuffle = shuffle
    if recipe.options is not None:
        recipe.options = {"maxiter": epochs, **recipe.options, "maxfun": 50 * max(epochs, 1)}
    return write_training(recipe, style)


def _recipe_of_prediction(network: Network, file: str) -> Recipe:
    made = network.prediction
    rows = input_names(network.topology)
    program = Program(made.name, list(made.inputs.values()), made.outputs, rows=rows)
    return Recipe(_title(network), program, network.dtype, network.weights(), file=file)


def _recipe_of_training(network: Network, weighted: bool, file: str) -> Recipe:
    record, state = network.record, network.state
    optimizer, topology = record.optimizer, network.topology
    topology.check_unchanged()
    program = traced_program(topology, record, network.dtype, weighted)
    if not optimizer.is_host_side:
        state.prepare_slots(optimizer, topology, network.dtype)
    name = snake_case(type(optimizer).__name__)
    return Recipe(
        f"{_title(network)[:-1]}; {name} on {_losses(record)}.",
        program,
        network.dtype,
        {n: array for n, array in state.arrays(topology).items() if n in program.inputs},
        draws=_draws(network),
        scalars=optimizer.scalars(),
        streams=_streams(network),
        seed=state.seed or 0,
        step=state.step,
        epoch=state.epoch,
        is_sum=any(goal.loss.reduction == "sum" for goal in record.goals),
        rule=rule_name(name),
        options=_options(optimizer) if optimizer.is_host_side else None,
        file=file,
    )


def _losses(record: CompileRecord) -> str:
    """Return the losses in words: "mean_squared_error", or "a and b"."""
    names = [snake_case(type(goal.loss).__name__) for goal in record.goals]
    return " and ".join([", ".join(names[:-1])] * (len(names) > 1) + names[-1:])


def rule_name(name: str) -> str:
    """Return what the function of an update is called: nothing else in the program is.

    >>> rule_name("adam"), rule_name("lambda"), rule_name("")
    ('adam', 'lambda_rule', 'v__rule')
    """
    found = python_name(name)
    is_taken = found in RESERVED or found in dir(builtins) or keyword.iskeyword(found)
    return f"{found}_rule" if is_taken or not name else found


def _options(optimizer: Any) -> dict[str, float]:
    return {
        "maxcor": optimizer.history,
        "ftol": optimizer.tolerance,
        "gtol": optimizer.gradient_tolerance,
    }


def _draws(network: Network) -> dict[str, Draw]:
    """Return how the weights were drawn that nothing has changed since."""
    found = {}
    for weight in network.topology.weights():
        draw = _draw(weight, network.state.seed or 0, network.dtype)
        if draw is not None:
            found[weight.name] = draw
    return found


def _draw(weight: Weight, seed: int, dtype: str) -> Draw | None:
    rule = drawn_from(weight.initializer, weight.shape)
    if rule is None or weight.value is None:
        return None
    first = rule(weight.shape, seed, weight.name)
    if not np.array_equal(first.astype(dtype), weight.value):
        return None
    if isinstance(rule, RandomUniform):
        return Draw("uniform", weight.name, (rule.low, rule.high))
    return Draw("normal", weight.name, (rule.mean, rule.stddev))


def _streams(network: Network) -> dict[int, str]:
    names = [str(layer.name) for layer in network.topology.layers]
    names += [f"{weight.name}/optimizer" for weight in network.topology.weights()]
    return {stream_number(name): name for name in names}


def _title(network: Network) -> str:
    """Return a sentence on what the network is."""
    topology = network.topology
    shapes = [" x ".join(map(str, shape)) for shape in topology.input_shapes]
    parts = []
    for call in topology.calls:
        if call.layer.activation is not None and call.layer.weights:
            parts.append(f"{call.shape[-1]} {call.layer.activation_name}")
    if len(parts) > 4:
        parts = [parts[0], plural("{n} more layer", "{n} more layers", len(parts) - 2), parts[-1]]
    inputs = plural("input", "inputs", 1 if shapes == ["1"] else 2)
    return f"A network: {' and '.join(shapes)} {inputs}" + "".join(f" - {p}" for p in parts) + "."
