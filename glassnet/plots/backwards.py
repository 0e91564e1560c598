"""A network asked backwards: which input it would give a class for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from glassnet import activations, backends, ops
from glassnet.errors import ArgumentError, shown
from glassnet.graph import Program, gradients, input_node, simplify
from glassnet.layers.base import Context
from glassnet.random import normal
from glassnet.training.network import Network

__all__ = ["back_query"]

STEPS = 150  # of the walk uphill
NEAR = 0.01  # a sigmoid reaches neither 0 nor 1

_INVERSES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "sigmoid": lambda a: np.log(a / (1 - a)),
    "softmax": lambda a: np.log(a),
    "tanh": np.arctanh,
    "linear": lambda a: a,
}
_PASSED = ("dropping", "shape", "normalizing", "scaling")
_CURVED = ("dense", "activation")


def back_query(network: Network, label: int) -> np.ndarray:
    """Return the input a network has in mind for a class, in the shape of a sample.

    Where every activation can be inverted, an ideal answer is sent backwards: a = f⁻¹(a), then
    a = (a - b) Wᵀ, stretched into the reach of the layer before; the input reaches from 0 to 1.
    Else the input is found by walking uphill from small noise, so that the output for the class
    grows.

    Parameters
    ----------
    network : Network
        With one input and one output of units.
    label : int

    Raises
    ------
    ArgumentError
        If there is no such class, or the network has several inputs or outputs.

    Source: T. Rashid: "Make Your Own Neural Network" (2016); for the walk, D. Erhan et al.,
    "Visualizing higher-layer features of a deep network" (2009).
    """
    topology = network.topology
    if len(topology.input_shapes) != 1 or len(topology.outputs) != 1:
        raise ArgumentError("back_query needs a network with one input and one output")
    count = topology.output_shapes[0][-1]
    if isinstance(label, bool) or not isinstance(label, int | np.integer) or not 0 <= label < count:
        raise ArgumentError(f"class {shown(label)}: the network has the classes 0 to {count - 1}")
    found = _inverted(network, int(label)) if _is_invertible(network) else None
    if found is None:
        found = _walked(network, int(label))
    return found.reshape(topology.input_shapes[0])


def _is_invertible(network: Network) -> bool:
    calls = network.topology.calls
    return network.topology.is_chain and all(
        call.layer.role in _PASSED
        or (call.layer.role in _CURVED and call.layer.activation_name in _INVERSES)
        for call in calls
    )


def _inverted(network: Network, label: int) -> np.ndarray:
    """Return what an ideal answer becomes on its way back."""
    weights = network.weights()
    signal = np.full(network.topology.output_shapes[0][-1], NEAR)
    signal[label] = 1 - NEAR
    for call in reversed(network.topology.calls):
        layer = call.layer
        if layer.role in _CURVED:
            name = layer.activation_name
            signal = _INVERSES[name](_within(signal, name))
        if layer.role == "dense":
            if "bias" in layer.weights:
                signal = signal - weights[f"{layer.name}.bias"]
            signal = signal @ weights[f"{layer.name}.kernel"].T
        if layer.role == "normalizing":
            mean, deviation = (weights[f"{layer.name}.{name}"] for name in ("mean", "deviation"))
            signal = mean + deviation * _stretched(signal, -1.0, 1.0)
    return _stretched(signal, 0.0, 1.0)


def _within(signal: np.ndarray, name: str) -> np.ndarray:
    """Return values that the activation can have given."""
    if name == "linear":
        return signal
    return _stretched(signal, -1 + NEAR if name == "tanh" else NEAR, 1 - NEAR)


def _stretched(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return values moved and stretched to reach from ``low`` to ``high``."""
    span = float(values.max() - values.min())
    if not span:
        return np.full(values.shape, (low + high) / 2)
    return low + (high - low) * (values - values.min()) / span


def _walked(network: Network, label: int) -> np.ndarray:
    """Return where a walk uphill over the inputs ends."""
    program, weights = _slope(network, label), network.weights()
    backend: Any = backends.get("numpy")
    mean, deviation = _usual(network)
    u = normal(0, "back query", (1, *network.topology.input_shapes[0]), stddev=0.1)
    for step in range(STEPS):
        values = {"x": mean + deviation * u, **weights}
        found = backend.run(program, {name: values[name] for name in program.inputs})
        slope = deviation * found["dx"]
        length = float(np.sqrt(np.mean(slope * slope)))
        if not length:
            break
        # Steps shrink, and a pull towards the usual keeps what does not matter grey.
        u = 0.98 * u + 0.1 * (1 - step / STEPS) * slope / length
    image: np.ndarray = (mean + deviation * u)[0]
    return image


def _usual(network: Network) -> tuple[Any, Any]:
    """Return mean and deviation of the inputs, where the network knows them."""
    first, weights = network.topology.calls[0].layer, network.weights()
    if first.role != "normalizing":
        return 0.0, 1.0
    return weights[f"{first.name}.mean"], weights[f"{first.name}.deviation"]


def _slope(network: Network, label: int) -> Program:
    """Return the program of the derivative of a class's output with respect to the input."""
    topology, dtype = network.topology, network.dtype
    x = input_node("x", ("n", *topology.input_shapes[0]), topology.input_dtypes(dtype)[0])
    nodes = {w.name: input_node(w.name, w.shape, w.dtype or dtype) for w in topology.weights()}
    output = topology.build(Context(nodes, dtype), [x])[0]
    only = np.zeros(topology.output_shapes[0][-1], dtype)
    only[label] = 1
    last: Any = getattr(topology.calls[-1].layer, "activation", activations.linear)
    if activations.name_of(last) == "softmax":
        output = ops.log(output + 1e-7)  # a sure answer has no slope left
    score = ops.sum(output * only)
    return simplify(Program("back query", [x, *nodes.values()], {"dx": gradients(score, [x])[0]}))
