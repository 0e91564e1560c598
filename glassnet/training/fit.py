"""fit: from the arguments of a call to a run, the steps of a preparation in their order."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet import backends
from glassnet.backends.base import PlainStepper, Stepper, Work
from glassnet.backends.choice import Choice, units
from glassnet.errors import ArgumentError, GlassnetError, TrainingError, shown
from glassnet.training.callbacks import Callback, TerminateOnNaN, progress_for
from glassnet.training.checkpoints import Checkpoint
from glassnet.training.evaluation import averages, evaluate_rows
from glassnet.training.history import History, Scores
from glassnet.training.inputs import (
    check_batch_size,
    check_split,
    split_rows,
)
from glassnet.training.lbfgs import LbfgsTraining
from glassnet.training.loop import Training
from glassnet.training.network import Network
from glassnet.training.run import Data
from glassnet.training.samples import adapt, settle, training_data

__all__ = [
    "FitOptions",
    "check_options",
    "check_seed",
    "fit",
    "new_seed",
    "one_step",
]


@dataclass
class FitOptions:
    """The arguments of fit besides the data; see :meth:`glassnet.models.Sequential.fit`."""

    batch_size: int | str | None = 32
    epochs: int = 1
    validation_data: Any = None
    validation_split: float = 0.0
    sample_weight: Any = None
    class_weight: Any = None
    shuffle: bool = True
    initial_epoch: int = 0
    callbacks: Any = ()
    verbose: Any = "auto"
    backend: Any = "auto"
    resume: Any = None


def new_seed() -> int:
    """Return a random seed, for a run without one of its own."""
    return int.from_bytes(os.urandom(4), "little") >> 1


def check_seed(seed: Any) -> int | None:
    """Return a seed as a plain number, None if there is none."""
    if seed is None:
        return None
    is_whole = isinstance(seed, int | np.integer) and not isinstance(seed, bool)
    if not is_whole or not 0 <= seed < 2**63:
        raise ArgumentError(
            f"seed={shown(seed)} must be a whole number, 0 or greater and below 2**63, or None"
        )
    return int(seed)


def fit(model: Any, network: Network, x: Any, y: Any, options: FitOptions) -> History:
    """Train a network; the arguments are those of Keras's fit."""
    waiting = [layer for layer in network.topology.layers if layer.needs_data]
    step, names = network.state.step, network.columns.entries()
    try:
        return _fit(model, network, x, y, options)
    except GlassnetError:
        if network.state.step == step:  # the fit was refused: undo what the layers learned for it
            for layer in waiting:
                layer.forget()
            network.columns.put_back(names)
        raise


def _fit(model: Any, network: Network, x: Any, y: Any, options: FitOptions) -> History:
    callbacks = check_options(options)
    if options.resume is None:
        run = _prepared(model, network, x, y, options, callbacks, None)
        return run.run()
    checkpoint = Checkpoint.read(options.resume)
    checkpoint.check_network(network)
    seed = network.state.seed
    facts, buffers = network.facts(), network.buffers()
    # The split for validation is that of the run's first start, and so is the precision of inputs.
    model.seed = network.state.seed = checkpoint.seed
    network.take_facts(checkpoint.tensors)
    try:
        run = _prepared(model, network, x, y, options, callbacks, checkpoint)
    except BaseException:
        model.seed = network.state.seed = seed
        network.take_facts(facts)
        for weight, value in buffers:
            weight.value = value
        raise
    return run.run()


def _prepared(
    model: Any,
    network: Network,
    x: Any,
    y: Any,
    options: FitOptions,
    callbacks: Sequence[Callback],
    checkpoint: Checkpoint | None,
) -> Training:
    data = training_data(network, x, y, options.sample_weight, options.class_weight, True)
    network.columns.learn(x, y)
    data, validation = _validation(network, data, options)
    network.forget_values()
    network.learn_targets(*(part for part in (data, validation) if part is not None))
    if checkpoint is None:
        adapt(network, data)
    settle(network, data)
    if validation is not None:
        settle(network, validation)
    return _training(model, network, data, validation, options, callbacks, checkpoint)


def _training(
    model: Any,
    network: Network,
    data: Data,
    validation: Data | None,
    options: FitOptions,
    callbacks: Sequence[Callback],
    checkpoint: Checkpoint | None,
) -> Training:
    is_host_side = network.record.optimizer.is_host_side
    rows = network.record.rows(data)
    batch_size = rows if is_host_side else check_batch_size(options.batch_size, rows)
    backend, reason = _backend(network, data, batch_size, options, checkpoint)
    run = (LbfgsTraining if is_host_side else Training)(
        model,
        network,
        backend,
        data,
        validation,
        batch_size=batch_size,
        epochs=int(options.epochs),
        initial_epoch=int(options.initial_epoch),
        shuffle=options.shuffle,
        callbacks=callbacks,
        resume=checkpoint,
    )
    run.history.params = {
        "epochs": run.epochs,
        "batch_size": run.batch_size,
        "steps": run.batches_per_epoch,
        "samples": rows,
        "seed": network.state.seed,
        "backend": backend.name,
        "verbose": options.verbose,
    }
    run.backend_reason = reason
    return run


# Printed where the caller chose the backend, so that the wait for a compile has an explanation.
_ANNOUNCED = {"compiled": "compiled backend: a new network takes a moment to compile"}


def _backend(
    network: Network,
    data: Data,
    batch_size: int,
    options: FitOptions,
    checkpoint: Checkpoint | None,
) -> tuple[backends.Backend, str]:
    """Return the backend, and why it was taken where the caller left it open."""
    backend: Any = options.backend
    if backend == "auto":
        backend = backends.standing_for_auto()
    if backend == "auto" and checkpoint is not None:
        backend = checkpoint.backend
    program = network.step(network.record.is_weighted(data))
    if backend != "auto":
        found = backends.get(backend)
        taken = found.taking(program)
        if taken is not found:
            return taken, Choice(taken.name, 0.0, units(program)).reason
        return found, _ANNOUNCED.get(found.name, "")
    batches = -(-network.record.rows(data) // batch_size) * int(options.epochs)
    choice = backends.choose(program, batch_size, network.state.step + batches)
    return backends.get(choice.name), choice.reason


def check_options(options: FitOptions) -> list[Callback]:
    """Check the arguments of fit that need no data, and return its callbacks."""
    for name in ("epochs", "initial_epoch"):
        value = getattr(options, name)
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 0:
            raise ArgumentError(f"{name}={shown(value)} must be a whole number, 0 or greater")
    if not isinstance(options.shuffle, bool | np.bool_):
        raise ArgumentError(f"shuffle={shown(options.shuffle)} must be True or False")
    split = options.validation_split
    if split is not None and (not isinstance(split, int | float | np.number) or split != 0):
        check_split(split)
    check_batch_size(options.batch_size, 1)
    backends.get(options.backend)
    callbacks = _checked_callbacks(options.callbacks)
    if not any(isinstance(callback, TerminateOnNaN) for callback in callbacks):
        callbacks.append(TerminateOnNaN())
    progress = progress_for(options.verbose)
    return [*callbacks, progress] if progress is not None else callbacks


def _checked_callbacks(given: Any) -> list[Callback]:
    if given is None:
        return []
    if isinstance(given, Callback):
        return [given]
    if not isinstance(given, list | tuple):
        raise ArgumentError(f"callbacks={shown(given)} must be a list of callbacks")
    callbacks = list(given)
    for callback in callbacks:
        if isinstance(callback, type) and issubclass(callback, Callback):
            name = callback.__name__
            raise ArgumentError(f"callbacks holds the class {name}; make an object: {name}(...)")
        if not isinstance(callback, Callback):
            raise ArgumentError(
                f"callbacks holds {shown(callback)}, but every callback must be an object of a "
                "class derived from gn.callbacks.Callback"
            )
    return callbacks


def _validation(network: Network, data: Data, options: FitOptions) -> tuple[Data, Data | None]:
    if options.validation_data is not None:
        return data, _validation_data(network, options.validation_data)
    if not options.validation_split:
        return data, None
    goals = network.record.goals
    # One split for all outputs: stratified for the classes of the first that has any.
    goal = next((one for one in goals if one.loss.task == "classification"), goals[0])
    train, held = split_rows(
        data[goal.target],
        options.validation_split,
        network.state.seed or 0,
        goal.loss.takes_labels,
    )
    return (
        {name: array[train] for name, array in data.items()},
        {name: array[held] for name, array in data.items()},
    )


def _validation_data(network: Network, given: Any) -> Data:
    if not isinstance(given, list | tuple) or len(given) not in (2, 3):
        raise ArgumentError(
            "validation_data must be (x, y) or (x, y, sample_weight), not "
            f"{type(given).__name__}"
            + (f" of {len(given)}" if isinstance(given, list | tuple) else "")
        )
    try:
        x, y, weight = given if len(given) == 3 else (*given, None)
        return training_data(network, x, y, weight, before_adapt=True)
    except GlassnetError as error:
        raise type(error)(f"in validation_data: {error}") from error


def _backend_of_one_step(network: Network, data: Data, rows: int) -> backends.Backend:
    """Return the backend for one more step, chosen by all that the model has made."""
    name = backends.standing_for_auto()
    if name == "auto":
        program = network.step(network.record.is_weighted(data))
        name = backends.choose(program, rows, network.state.step + 1).name
    return backends.get(name)


def one_step(network: Network, data: Data) -> Scores:
    """Make one step on one batch; return losses and metrics from before it."""
    record = network.record
    if record.optimizer.is_host_side:
        raise TrainingError(
            "train_on_batch makes a single step, but L-BFGS needs many on the same data; use fit, "
            "or another optimizer"
        )
    network.learn_targets(data)
    adapt(network, data)
    state, rows, is_weighted = network.state, record.rows(data), record.is_weighted(data)
    backend = _backend_of_one_step(network, data, rows)
    extra: dict[str, float] = {}
    if record.has_host_metrics:
        kinds = network.kinds
        program = network.evaluation(is_weighted, kinds)
        extra = evaluate_rows(backend, program, data, network.weights(), record, kinds=kinds)
    program = network.ready_step(is_weighted)
    if backend.name == "numpy":
        stepper: Stepper = PlainStepper(backend, program, state.arrays(network.topology), data)
    else:
        stepper = backend.stepper(program, state.arrays(network.topology), data)
    work = Work([None], rows, scalars=network.scalars(), step=state.step)
    _, totals = stepper.run(work)
    state.step += 1
    found = extra | averages(
        dict(zip(program.totals, totals[0].tolist(), strict=True)), rows, record
    )
    return Scores({name: found[name] for name in record.names})
