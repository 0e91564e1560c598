"""From the data a caller gives to ``fit`` or ``evaluate`` to arrays by their names in the graph.

Samples, targets and weights are checked against the network; layers that learn from the samples
themselves are given them (:func:`adapt`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet import backends
from glassnet.data.arrays import check_array
from glassnet.errors import ArgumentError, DataError
from glassnet.layers.topology import Topology
from glassnet.training.compile_record import Goal
from glassnet.training.evaluation import predict_rows
from glassnet.training.inputs import check_inputs, class_weights
from glassnet.training.network import Network
from glassnet.training.programs import input_names, prediction_program
from glassnet.training.run import Data
from glassnet.training.targets import add_targets, weights_by_goal

__all__ = ["adapt", "settle", "training_data"]


def training_data(
    network: Network,
    x: Any,
    y: Any,
    sample_weight: Any = None,
    class_weight: Any = None,
    before_adapt: bool = False,
) -> Data:
    """Return inputs, targets and weights by name, checked against the network and its loss.

    With ``before_adapt`` layers may still wait for samples to learn from: call :func:`adapt` next.
    """
    data = check_inputs(x, network, before_adapt)
    rows = add_targets(network, data, y)
    weights = weights_by_goal(network, sample_weight, rows)
    if class_weight is not None:
        goal = _goal_of_classes(network)
        shape = network.topology.output_shapes[goal.place]
        per_class = class_weights(
            class_weight, data[goal.target], goal.loss, shape[-1] if shape else 1, network.dtype
        )
        own = weights.get(goal.sample_weight)
        weights[goal.sample_weight] = per_class if own is None else _both(own, per_class)
    return {**data, **weights}


def _goal_of_classes(network: Network) -> Goal:
    """Return the goal that class weights are for."""
    if len(network.topology.outputs) > 1:
        raise ArgumentError(
            "class_weight is for networks with one output; give sample_weight a dict from the "
            "names of the outputs to weights of samples"
        )
    return network.record.only


def _both(weights: np.ndarray, per_class: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        product = weights * per_class
    if not np.isfinite(product).all():
        raise DataError(
            f"sample_weight times class_weight is too large for {product.dtype} in row "
            f"{int(np.argmin(np.isfinite(product)))}; divide the weights by the same number"
        )
    return product


def adapt(network: Network, data: Data) -> None:
    """Let layers that know nothing yet learn from the data that reaches them, and settle these."""
    topology = network.topology
    for place, call in enumerate(topology.calls):
        if call.layer.needs_data:
            number = call.inputs[0]
            names = list(data)
            if number < len(topology.input_shapes):
                call.layer.adapt(data[names[number]])
            else:
                call.layer.adapt(_values_before(network, data, place))
    settle(network, data)


def settle(network: Network, data: Data) -> None:
    """Bring inputs to the precision in which they enter the network."""
    topology = network.topology
    kinds = zip(
        input_names(topology), topology.input_names, topology.input_dtypes(network.dtype),
        strict=True,
    )  # fmt: skip
    for name, called, kind in kinds:
        if data[name].dtype != kind:
            data[name] = check_array(data[name], called, kind)


def _values_before(network: Network, data: Data, place: int) -> np.ndarray:
    """Return what reaches the layer of one call."""
    topology = network.topology
    calls = [(call.layer, call.inputs) for call in topology.calls[:place]]
    part = Topology(topology.input_shapes, calls, (topology.calls[place].inputs[0],))
    inputs = {name: data[name] for name in input_names(topology)}
    # Samples that are only moved and scaled on their way keep the precision in which they came.
    exact = topology.exact_sources(topology.calls[place].inputs[0])
    kinds = [inputs[name].dtype for number, name in enumerate(inputs) if number in exact]
    program = prediction_program(part, str(np.result_type(*kinds)) if kinds else network.dtype)
    weights = {name: array for name, array in network.weights().items() if name in program.inputs}
    return predict_rows(backends.get("numpy"), program, inputs, weights)[0]
