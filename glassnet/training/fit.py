"""fit: from the arguments of a call to a run."""

from __future__ import annotations


from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet import backends
from glassnet.data.arrays import check_same_length
from glassnet.errors import ArgumentError
from glassnet.layers.normalization import Normalization
from glassnet.training.callbacks import Callback, TerminateOnNaN, progress_for
from glassnet.training.history import History
from glassnet.training.inputs import (
    check_batch_size,
    check_inputs,
    class_weights,
    sample_weights,
    split_rows,
)
from glassnet.training.lbfgs import LbfgsTraining
from glassnet.training.loop import Data, Training
from glassnet.training.network import Network

__all__ = ["FitOptions", "fit", "training_data"]


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
    callbacks: Sequence[Callback] = ()
    verbose: Any = "auto"
    backend: Any = "auto"
    resume: Any = None


def new_seed() -> int:
    """Return a seed nobody chose."""
    import secrets  # loads OpenSSL, which costs more than all of this module

    return secrets.randbits(31)


def training_data(
    network: Network, x: Any, y: Any, sample_weight: Any = None, class_weight: Any = None
) -> Data:
    """Return inputs, targets and weights by name, checked against the network and its loss."""
    assert network.loss is not None
    if y is None:
        raise ArgumentError("y is missing: training and evaluation need the targets of the samples")
    data = check_inputs(x, network.topology, network.dtype)
    shapes = network.topology.output_shapes
    if len(shapes) != 1:
        raise ArgumentError(
            f"this network has {len(shapes)} outputs; it can predict, but only networks with one output "
            "can be trained"
        )
    data["y"] = network.loss.check_targets(_as_array(y), shapes[0], network.dtype)
    rows = check_same_length(**data)
    weights = sample_weights(sample_weight, rows, network.dtype)
    if class_weight is not None:
        per_class = class_weights(class_weight, data["y"], network.loss, network.dtype)
        weights = per_class if weights is None else weights * per_class
    if weights is not None:
        data["sample_weight"] = weights
    return data


def _as_array(y: Any) -> Any:
    return y if isinstance(y, np.ndarray) else np.asarray(y)


def fit(model: Any, network: Network, x: Any, y: Any, options: FitOptions) -> History:
    """Train a network; the arguments are those of Keras's fit."""
    _check_epochs(options)
    assert network.optimizer is not None and network.loss is not None
    data = training_data(network, x, y, options.sample_weight, options.class_weight)
    data, validation = _validation(network, data, options)
    is_host_side = network.optimizer.is_host_side
    rows = len(data["y"])
    batch_size = rows if is_host_side else check_batch_size(options.batch_size, rows)
    backend = backends.get(options.backend)
    if options.resume is None:
        adapt(network, data)
    run = (LbfgsTraining if is_host_side else Training)(
        model,
        network,
        backend,
        data,
        validation,
        batch_size=batch_size,
        epochs=options.epochs,
        initial_epoch=options.initial_epoch,
        shuffle=options.shuffle,
        callbacks=_callbacks(options),
        resume=options.resume,
    )
    run.history.params = {
        "epochs": options.epochs,
        "batch_size": batch_size,
        "steps": run.batches_per_epoch,
        "samples": rows,
        "seed": network.state.seed,
        "backend": backend.name,
    }
    return run.run()


def _check_epochs(options: FitOptions) -> None:
    for name in ("epochs", "initial_epoch"):
        value = getattr(options, name)
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 0:
            raise ArgumentError(f"{name}={value!r} must be a whole number, 0 or greater")


def _callbacks(options: FitOptions) -> list[Callback]:
    callbacks = list(options.callbacks or [])
    for callback in callbacks:
        if not isinstance(callback, Callback):
            raise ArgumentError(
                f"callbacks holds {callback!r}, but every callback must be an object of a class derived "
                "from gn.callbacks.Callback"
            )
    # It comes first: nobody else is to see numbers that went bad.
    if not any(isinstance(callback, TerminateOnNaN) for callback in callbacks):
        callbacks.insert(0, TerminateOnNaN())
    progress = progress_for(1 if options.verbose == "auto" else options.verbose)
    return [*callbacks, progress] if progress is not None else callbacks


def _validation(network: Network, data: Data, options: FitOptions) -> tuple[Data, Data | None]:
    assert network.loss is not None
    given = options.validation_data
    if given is not None:
        if isinstance(given, Mapping) or len(given) not in (2, 3):
            raise ArgumentError("validation_data must be (x, y) or (x, y, sample_weight)")
        return data, training_data(
            network, given[0], given[1], given[2] if len(given) == 3 else None
        )
    if not options.validation_split:
        return data, None
    train, held = split_rows(
        data["y"], options.validation_split, network.state.seed or 0, network.loss.takes_labels
    )
    return (
        {name: array[train] for name, array in data.items()},
        {name: array[held] for name, array in data.items()},
    )


def adapt(network: Network, data: Data) -> None:
    """Let Normalization layers that know nothing yet learn from the data that reaches them."""
    topology = network.topology
    for place, call in enumerate(topology.calls):
        layer = call.layer
        if isinstance(layer, Normalization) and not layer.is_adapted:
            number = call.inputs[0]
            names = list(data)
            if number < len(topology.input_shapes):
                layer.adapt(data[names[number]])
            else:
                layer.adapt(_values_before(network, data, place))


def _values_before(network: Network, data: Data, place: int) -> np.ndarray:
    """Return what reaches the layer of one call."""
    from glassnet.layers.topology import Topology
    from glassnet.training.evaluation import predict_rows
    from glassnet.training.programs import input_names, prediction_program

    topology = network.topology
    calls = [(call.layer, call.inputs) for call in topology.calls[:place]]
    part = Topology(topology.input_shapes, calls, (topology.calls[place].inputs[0],))
    program = prediction_program(part, network.dtype)
    inputs = {name: data[name] for name in input_names(topology)}
    weights = {name: array for name, array in network.weights().items() if name in program.inputs}
    return predict_rows(backends.get("numpy"), program, inputs, weights)[0]
