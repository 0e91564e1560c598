"""What is measured inside a network on a few rows: units, gradients, and the size of a step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from glassnet import backends
from glassnet.graph import Program
from glassnet.initializers import fans
from glassnet.layers.base import Layer
from glassnet.layers.topology import Topology
from glassnet.training.inspection import inspect
from glassnet.training.network import Network
from glassnet.training.programs import inspection_program

__all__ = [
    "LayerVitals",
    "Vitals",
    "examine",
    "has_curves",
    "kernels",
    "update_ratios",
]

# Where a squashing function ends, below and above.
_ENDS = {
    "sigmoid": (0.0, 1.0),
    "hard_sigmoid": (0.0, 1.0),
    "sigmoid_stepwise": (0.0, 1.0),
    "linear_piece": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "tanh_stepwise": (-1.0, 1.0),
    "linear_piece_symmetric": (-1.0, 1.0),
}
NEAR = 0.01  # of the way from one end to the other; a sigmoid's slope is below 0.01 there


@dataclass(frozen=True)
class LayerVitals:
    """What was measured of one layer.

    Attributes
    ----------
    name : str
    activation : str
        "linear" where there is none.
    is_output : bool
    units : int
        Numbers a sample has after the layer.
    spread : float
        Standard deviation over the rows, averaged over the units.
    dead : int
        Units of a ReLU that are 0 for every row.
    saturated : float
        Share of the outputs of a squashing function that lie at its ends.
    weight, gradient : float or None
        Root mean square of the kernel, and of the derivative of the loss with respect to it.
    flow : float
        Size of the derivative of the loss with respect to the outputs of the layer: its length,
        as root mean square over the rows.
    """

    name: str
    activation: str
    is_output: bool
    units: int
    spread: float
    dead: int
    saturated: float
    weight: float | None
    gradient: float | None
    flow: float


@dataclass(frozen=True)
class Vitals:
    """What was measured of a network.

    Attributes
    ----------
    layers : list of LayerVitals
        In the order of computation.
    loss : float
    rows : int
        Rows it was measured on.
    outputs : ndarray
        What the network says about them.
    values : list of ndarray
        The inputs, then the output of every call.
    gradients : dict of str to ndarray
        By the name of the weight.
    is_trained : bool
        Whether a step was made before.
    into : float
        Root mean square of what reaches the first layer with a kernel.
    """

    layers: list[LayerVitals]
    loss: float
    rows: int
    outputs: np.ndarray
    values: list[np.ndarray]
    gradients: dict[str, np.ndarray]
    is_trained: bool = False
    into: float = 0.0

    @property
    def weighted(self) -> list[LayerVitals]:
        """The layers whose kernel is trained."""
        return [layer for layer in self.layers if layer.gradient is not None]


def has_curves(topology: Topology) -> bool:
    """Return whether a network can draw more than straight lines: its layers are not all linear."""
    return not all(
        call.layer.is_linear
        and (place in topology.outputs or call.layer.activation_name == "linear")
        for place, call in enumerate(topology.calls, len(topology.input_shapes))
    )


def kernels(network: Network) -> dict[str, str]:
    """Return the name of every trained kernel and that of its layer."""
    return {
        weight.name: str(layer.name)
        for layer in network.topology.layers
        for weight in layer.weights.values()
        if layer.trainable and weight.is_parameter and len(weight.shape) > 1
    }


@np.errstate(all="ignore")  # weights may have grown beyond measure
def examine(network: Network, data: Mapping[str, np.ndarray]) -> Vitals:
    """Measure a compiled network on a few rows, without dropout."""
    topology = network.topology
    topology.check_unchanged()
    program = inspection_program(topology, network.record, network.dtype, of_values=True)
    found = inspect(network, program, data)
    values = [found[f"v{place}"] for place in range(len(topology.shapes))]
    gradients = {weight.name: found[f"d.{weight.name}"] for weight in topology.parameters()}
    layers = []
    for place, call in enumerate(topology.calls, len(topology.input_shapes)):
        is_output = place in topology.outputs
        flow = found[f"d.v{place}"]
        layers.append(_layer(call.layer, values[place], flow, is_output, gradients))
    outputs = values[topology.outputs[0]]
    first = next((call for call in topology.calls if _has_kernel(call.layer)), None)
    into = _rms(values[first.inputs[0]]) if first else 0.0
    return Vitals(
        layers, float(found["loss"]), len(outputs), outputs, values, gradients,
        network.state.step > 0, into,
    )  # fmt: skip


def _has_kernel(layer: Layer) -> bool:
    return any(len(weight.shape) > 1 for weight in layer.weights.values())


def _layer(
    layer: Layer,
    output: np.ndarray,
    flow: np.ndarray,
    is_output: bool,
    gradients: dict[str, np.ndarray],
) -> LayerVitals:
    flat = output.reshape(len(output), -1).astype(np.float64)
    activation = layer.activation_name
    kernel = next((w for w in layer.weights.values() if len(w.shape) > 1), None)
    gradient = None if kernel is None else gradients.get(kernel.name)
    weight = None if kernel is None or kernel.value is None else _rms(kernel.value)
    return LayerVitals(
        str(layer.name), activation, is_output, flat.shape[1], float(flat.std(axis=0).mean()),
        int(np.sum(np.all(flat <= 0, axis=0))) if activation == "relu" else 0,
        _saturated(flat, activation), weight, None if gradient is None else _rms(gradient),
        _rms(flow) * float(np.sqrt(flat.shape[1])),
    )  # fmt: skip


def _saturated(flat: np.ndarray, activation: str) -> float:
    if activation not in _ENDS:
        return 0.0
    low, high = _ENDS[activation]
    near = NEAR * (high - low)
    return float(np.mean((flat < low + near) | (flat > high - near)))


def _rms(array: np.ndarray) -> float:
    largest = float(np.abs(array).max(initial=0.0))
    if not 0 < largest < np.inf:
        return largest
    # Divided first: the square of a tiny gradient would be 0.
    return largest * float(np.sqrt(np.mean(np.square(array / largest, dtype=np.float64))))


def update_ratios(
    network: Network, step: Program, values: Mapping[str, np.ndarray]
) -> dict[str, float]:
    """Return by layer how large the next step is: ‖ΔW‖ / ‖W‖, the kernel alone.

    W counts for no less than Glorot's initial weights would: where a network starts with tiny
    weights the first steps are large beside them, and do no harm.

    Parameters
    ----------
    step : Program
        One training step.
    values : mapping
        All its inputs; nothing in them is changed.
    """
    new = backends.get("numpy").run(step, {name: values[name] for name in step.inputs})
    ratios = {}
    for kernel, layer in kernels(network).items():
        old = np.asarray(values[kernel], np.float64)
        n_in, n_out = fans(old.shape)
        usual = float(np.sqrt(old.size * 2 / (n_in + n_out)))
        size = max(float(np.linalg.norm(old)), usual)
        if kernel in new:
            ratios[layer] = float(np.linalg.norm(new[kernel] - old)) / size
    return ratios
