"""A network as one value: topology, weights, how it is trained, and what belongs to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from glassnet.errors import ArgumentError, FileFormatError, ShapeError
from glassnet.graph import Program, shape_text
from glassnet.layers.topology import Topology
from glassnet.losses import Loss
from glassnet.losses import get as get_loss
from glassnet.metrics import Metric
from glassnet.metrics import get as get_metric
from glassnet.optimizers import Optimizer
from glassnet.optimizers import get as get_optimizer
from glassnet.training.programs import evaluation_program, prediction_program
from glassnet.training.state import State

__all__ = ["Network", "compile_settings"]

# Names of tensors that are no weights; no layer name can hold a colon.
_STEP, _EPOCH, _SEED = "state:step", "state:epoch", "state:seed"


@dataclass
class Network:
    """A built network.

    Attributes
    ----------
    topology : Topology
    dtype : {"float32", "float64"}
    state : State
    loss, optimizer, metrics
        How it is trained; None before ``compile``.
    info : dict
        What belongs to the network besides: class names, feature names, preprocessing.
    """

    topology: Topology
    dtype: str
    state: State
    loss: Loss | None = None
    optimizer: Optimizer | None = None
    metrics: list[Metric] = field(default_factory=list)
    info: dict[str, Any] = field(default_factory=dict)

    def weights(self) -> dict[str, np.ndarray]:
        """Return the weights by name: the arrays themselves."""
        return {w.name: w.value for w in self.topology.weights() if w.value is not None}

    @cached_property
    def prediction(self) -> Program:
        return prediction_program(self.topology, self.dtype)

    def evaluation(self, weighted: bool) -> Program:
        assert self.loss is not None
        key = ("evaluation", weighted, repr(self.loss), repr(self.metrics))
        if key not in self._programs:
            self._programs[key] = evaluation_program(
                self.topology, self.loss, self.metrics, self.dtype, weighted
            )
        return self._programs[key]

    @cached_property
    def _programs(self) -> dict[Any, Program]:
        return {}

    def set_weights(self, values: list[np.ndarray]) -> None:
        """Copy arrays into the weights, layer by layer, kernel before bias."""
        weights = list(self.topology.weights())
        if len(values) != len(weights):
            raise ShapeError(
                f"set_weights got {len(values)} arrays, but the network has {len(weights)}: "
                + ", ".join(f"{w.symbol} {shape_text(w.shape)}" for w in weights)
            )
        arrays = [np.asarray(value, self.dtype) for value in values]
        for weight, array in zip(weights, arrays, strict=True):
            if array.shape != weight.shape:
                raise ShapeError(
                    f"set_weights: {weight.symbol} of {weight.name.split('.')[0]} has the shape "
                    f"{shape_text(weight.shape)}, but the array given for it has "
                    f"{shape_text(array.shape)}"
                )
        for weight, array in zip(weights, arrays, strict=True):
            assert weight.value is not None
            weight.value[...] = array

    # To and from files ----------------------------------------------------------------

    def tensors(self) -> dict[str, np.ndarray]:
        """Return everything numeric under the names it has in a file."""
        state = self.state
        tensors = {**self.weights(), **state.slots}
        tensors[_STEP] = np.array(state.step, np.int64)
        tensors[_EPOCH] = np.array(state.epoch, np.int64)
        if state.seed is not None:
            tensors[_SEED] = np.array(state.seed, np.int64)
        return tensors

    def description(self) -> dict[str, Any]:
        """Return everything else, in a form JSON can hold."""
        compiled = None
        if self.loss is not None and self.optimizer is not None:
            compiled = {
                "loss": self.loss.to_config(),
                "optimizer": self.optimizer.to_config(),
                "metrics": [_metric_config(metric) for metric in self.metrics],
            }
        return {
            "dtype": self.dtype,
            "topology": self.topology.to_config(),
            "compile": compiled,
            "info": self.info,
        }

    @classmethod
    def from_file(
        cls,
        tensors: dict[str, np.ndarray],
        description: dict[str, Any],
        custom: dict[str, Any] | None = None,
    ) -> Network:
        """Make the network a file tells of.

        Raises
        ------
        FileFormatError
            If a tensor is missing or has another shape than the architecture says.
        """
        topology = Topology.from_config(description["topology"], custom)
        network = cls(topology, description["dtype"], State(), info=description.get("info") or {})
        if description.get("compile"):
            settings = description["compile"]
            compile_settings(
                network,
                _own(settings["optimizer"], custom),
                _own(settings["loss"], custom),
                [_own(metric, custom) for metric in settings["metrics"]],
            )
        network.load_tensors(tensors)
        return network

    def load_tensors(self, tensors: dict[str, np.ndarray]) -> None:
        """Take weights, slots, step, epoch and seed from a file's tensors."""
        for weight in self.topology.weights():
            weight.value = _tensor(tensors, weight.name, weight.shape, self.dtype)
        self.state = State(
            step=int(tensors.get(_STEP, 0)),
            epoch=int(tensors.get(_EPOCH, 0)),
            seed=int(tensors[_SEED]) if _SEED in tensors else None,
        )
        if self.optimizer is not None:
            self.state.prepare_slots(self.optimizer, self.topology, self.dtype)
            for name, slot in self.state.slots.items():
                if name in tensors:
                    self.state.slots[name] = _tensor(tensors, name, slot.shape, self.dtype)


def _own(spec: Any, custom: dict[str, Any] | None) -> Any:
    """Return a loss, optimizer or metric of the user's own if a description names one."""
    name = spec.get("class") if isinstance(spec, dict) else spec
    found = (custom or {}).get(name)
    if found is None or not isinstance(spec, dict):
        return spec if found is None else found
    return found(**{key: value for key, value in spec.items() if key != "class"})


def _tensor(
    tensors: dict[str, np.ndarray], name: str, shape: tuple[int, ...], dtype: str
) -> np.ndarray:
    if name not in tensors:
        raise FileFormatError(
            f"the file has no tensor {name!r}; its architecture and its weights do not belong together"
        )
    if tensors[name].shape != shape:
        raise FileFormatError(
            f"the tensor {name!r} in the file has the shape {shape_text(tensors[name].shape)}, but the "
            f"architecture needs {shape_text(shape)}"
        )
    return np.array(tensors[name], dtype)


def _metric_config(metric: Metric) -> Any:
    from glassnet.metrics import HostMetric

    return metric.name if isinstance(metric, HostMetric) else metric.to_config()


def compile_settings(network: Network, optimizer: Any, loss: Any, metrics: Any) -> None:
    """Set how the network is trained; the optimizer's memory starts anew."""
    if loss is None:
        raise ArgumentError("compile needs a loss, for example loss='mean_squared_error'")
    if isinstance(metrics, str) or callable(metrics):
        metrics = [metrics]
    network.loss = get_loss(loss)
    network.optimizer = get_optimizer(optimizer)
    network.metrics = [get_metric(metric) for metric in metrics or []]
    network.state.slots = {}
