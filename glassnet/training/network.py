"""A network as one value: topology, weights, how it is trained, and what belongs to it.

Longer than other files: one class, from which programs, claims and files all take their facts.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from glassnet.data.arrays import check_array
from glassnet.errors import ArgumentError, FileFormatError, ShapeError, shown
from glassnet.graph import Program, shape_text
from glassnet.layers.base import Weight
from glassnet.layers.topology import Topology
from glassnet.losses import Loss
from glassnet.losses import get as get_loss
from glassnet.metrics import HostMetric, Kind, Metric, kind_of, merged
from glassnet.metrics import get as get_metric
from glassnet.optimizers import Optimizer, Schedule
from glassnet.optimizers import get as get_optimizer
from glassnet.settings import as_given, changes, fingerprint
from glassnet.training.alone import alone, check_untrained
from glassnet.training.columns import Columns
from glassnet.training.position import MOST_STEPS
from glassnet.training.programs import (
    evaluation_program,
    gradient_program,
    prediction_program,
    step_program,
    target_kind,
)
from glassnet.training.state import State

__all__ = ["Network", "as_list", "compile_settings", "seed_of", "structure_of"]

# Names of tensors that are no weights; no layer name can hold a colon.
_STEP, _EPOCH, _SEED = "state:step", "state:epoch", "state:seed"

# A network that is compiled again and again keeps the programs of its last settings.
_KEPT_PROGRAMS = 8
# Most attempts to make a program while other threads change its settings.
_TRIES = 4


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
    targets : Kind or None
        What the targets of the training were, where the loss leaves it open; metrics go by it.
    info : dict
        What belongs to the network besides: class names, feature names, preprocessing.
    """

    topology: Topology
    dtype: str
    state: State
    loss: Loss | None = None
    optimizer: Optimizer | None = None
    metrics: list[Metric] = field(default_factory=list)
    targets: Kind | None = None
    info: dict[str, Any] = field(default_factory=dict)

    def __getstate__(self) -> dict[str, Any]:
        """Leave the programs out of copies: they are made again when they are needed."""
        left_out = ("_programs", "_latest")
        return {name: value for name, value in self.__dict__.items() if name not in left_out}

    @property
    def columns(self) -> Columns:
        """The names of the columns of its inputs."""
        return Columns(self.info, self.topology.input_names)

    def weights(self) -> dict[str, np.ndarray]:
        """Return the weights by name: the arrays themselves."""
        return {w.name: w.value for w in self.topology.weights() if w.value is not None}

    def scalars(self) -> dict[str, float]:
        """Return the numbers a step is given besides its data: hyperparameters and seed."""
        assert self.optimizer is not None
        return {**self.optimizer.scalars(), "seed": self.state.seed or 0}

    @property
    def prediction(self) -> Program:
        """The program that computes the outputs."""
        return self._made(
            ("prediction",),
            self.topology.fingerprint,
            lambda: prediction_program(self.topology, self.dtype),
        )

    @property
    def kind(self) -> Kind | None:
        """What the targets are: as the loss says, or as they were in the training."""
        assert self.loss is not None
        name = target_kind(self.loss)
        return self.targets if name == "values" else Kind(name)

    def kind_of(self, y: np.ndarray) -> Kind:
        """Return what targets are: as the loss says, as in the training, or as they look."""
        assert self.loss is not None
        known = self.kind
        if known is not None and (known is not self.targets or known.fits(y)):
            return known
        return kind_of("values", y)

    def learn_targets(self, *parts: np.ndarray) -> None:
        """Keep what the targets of a training are: a few rows may look one-hot by chance."""
        kinds = [self.kind_of(y) for y in parts]
        kind = kinds[0]
        for y, other in zip(parts[1:], kinds[1:], strict=True):
            kind = kind if kind.fits(y) else merged(kind, other)
        assert self.loss is not None
        self.targets = kind if target_kind(self.loss) == "values" else None

    def evaluation(self, weighted: bool, kind: Kind | None = None) -> Program:
        """Return the program that computes loss and metrics for targets of one kind."""
        loss = self.loss
        assert loss is not None
        kind = kind or self.kind
        self._check_metrics(kind)
        return self._made(
            ("evaluation", weighted, self._kind_of_metrics(kind)),
            lambda: (self.measures(), self.topology.fingerprint()),
            lambda: evaluation_program(
                self.topology, loss, self.metrics, self.dtype, weighted, kind
            ),
        )

    def step(self, weighted: bool) -> Program:
        """Return the program of one training step, or of what a step on the host needs."""
        loss, optimizer = self.loss, self.optimizer
        assert loss is not None and optimizer is not None
        kind = self.kind
        self._check_metrics(kind)
        return self._made(
            ("step", weighted, self._kind_of_metrics(kind)),
            lambda: (self.measures(), _in_step(optimizer), self.topology.fingerprint()),
            lambda: (
                gradient_program(self.topology, loss, self.metrics, self.dtype, weighted, kind)
                if optimizer.is_host_side
                else step_program(
                    self.topology, loss, optimizer, self.metrics, self.dtype, weighted, kind
                )
            ),
        )

    def ready_step(self, weighted: bool) -> Program:
        """Return the step of this moment's settings, and make the slots that it needs.

        Other threads may change settings meanwhile: step and slots are made from the same ones.
        """
        assert self.optimizer is not None
        while True:
            before = changes()
            program = self.step(weighted)
            self.state.prepare_slots(self.optimizer, self.topology, self.dtype)
            if changes() == before:
                return program

    def _check_metrics(self, kind: Kind | None) -> None:
        """Refuse metrics that are none of such targets, before the first step."""
        for metric in self.metrics:
            if isinstance(metric, HostMetric) and kind is not None:
                metric.check(kind)

    def _kind_of_metrics(self, kind: Kind | None) -> str:
        return repr(kind) if self.metrics else ""

    def measures(self) -> tuple[Hashable, ...]:
        """Return a key that is equal only where loss and metrics compute the same."""
        # What is computed on the host is no part of a program, but makes it give predictions.
        metrics = ("host" if isinstance(m, HostMetric) else fingerprint(m) for m in self.metrics)
        return (fingerprint(self.loss), *metrics)

    def _made(
        self,
        which: tuple[Any, ...],
        settings: Callable[[], Hashable],
        make: Callable[[], Program],
    ) -> Program:
        """Return a program that was made from the settings of this moment.

        Mostly no setting at all was changed since the last call, which one number tells.
        """
        now = self._now()
        program, when = self._latest.get(which, (None, ()))
        if program is None or when != now:
            program, now, key = self._made_now(which, settings, make)
            self._programs[which, key] = program
            if len(self._programs) > _KEPT_PROGRAMS:
                # Another thread may be doing the same.
                self._programs.pop(next(iter(list(self._programs))), None)
            self._latest[which] = program, now
        return program

    def _made_now(
        self,
        which: tuple[Any, ...],
        settings: Callable[[], Hashable],
        make: Callable[[], Program],
    ) -> tuple[Program, tuple[Any, ...], Hashable]:
        """Return a program, the moment, and the settings of that moment.

        If a setting changed meanwhile, another thread set it, and the program is made again. Tries
        are limited, for a layer may change an attribute of its own with every build.
        """
        self.topology.check_unchanged()
        key = settings()
        for _ in range(_TRIES):
            program = self._programs.pop((which, key), None) or make()
            now, before, key = self._now(), key, settings()
            if key == before:
                break
        return program, now, key

    def _now(self) -> tuple[Any, ...]:
        return (changes(), self.loss, self.optimizer, *self.metrics)

    @cached_property
    def _programs(self) -> dict[Any, Program]:
        return {}  # the program that was used last is the last entry

    @cached_property
    def _latest(self) -> dict[Any, tuple[Program, tuple[Any, ...]]]:
        return {}

    def training_alone(self) -> AbstractContextManager[None]:
        """Claim the network, and the weights and buffers that it changes, for a training.

        Raises
        ------
        TrainingError
            If they are being trained already.
        """
        return alone(self, self.trained())

    def trained(self) -> list[Weight]:
        """Return the weights and buffers that a training changes."""
        layers = (layer for layer in self.topology.layers if layer.trainable)
        return [weight for layer in layers for weight in layer.weights.values()]

    def set_weights(self, values: Any) -> None:
        """Copy arrays into the weights, layer by layer, kernel before bias."""
        weights = list(self.topology.weights())
        check_untrained(self, weights)
        if not isinstance(values, list | tuple):
            raise ArgumentError(
                f"set_weights needs a list of arrays, as get_weights gives it, not "
                f"{type(values).__name__}"
            )
        if len(values) != len(weights):
            raise ShapeError(
                f"set_weights got {len(values)} arrays, but the network has {len(weights)}: "
                + ", ".join(f"{w.symbol} {shape_text(w.shape)}" for w in weights)
            )
        arrays = {
            weight.name: _weight_array(weight, value, self.dtype)
            for weight, value in zip(weights, values, strict=True)
        }
        for layer in self.topology.layers:
            layer.set_values({name: arrays[w.name] for name, w in layer.weights.items()})

    # To and from files ----------------------------------------------------------------

    def tensors(self) -> dict[str, np.ndarray]:
        """Return everything numeric under the names it has in a file."""
        state = self.state
        tensors = {**self.weights(), **state.slots}
        tensors[_STEP] = np.array(state.step, np.int64)
        tensors[_EPOCH] = np.array(state.epoch, np.int64)
        if state.seed is not None:
            tensors[_SEED] = np.array(state.seed, np.int64)
        return {**tensors, **self.facts()}

    def buffers(self) -> list[tuple[Weight, np.ndarray | None]]:
        """Return the weights that are not learned by gradient, each with its array."""
        return [(w, w.value) for w in self.topology.weights() if not w.is_parameter]

    def facts(self) -> dict[str, np.ndarray]:
        """Return what layers know besides settings and weights, ``layer:fact``."""
        return {
            f"{layer.name}:{fact}": np.array(value)
            for layer in self.topology.layers
            for fact, value in layer.facts().items()
        }

    def take_facts(self, tensors: Mapping[str, np.ndarray]) -> None:
        """Let layers take over what a file, or :meth:`facts`, says of them."""
        for layer in self.topology.layers:
            names = {fact: f"{layer.name}:{fact}" for fact in layer.facts()}
            layer.take_facts(
                {f: bool(np.any(tensors[n])) for f, n in names.items() if n in tensors}
            )

    def description(self) -> dict[str, Any]:
        """Return everything else, in a form JSON can hold."""
        self.topology.check_unchanged()
        compiled, kind = None, self.targets
        if self.loss is not None and self.optimizer is not None:
            compiled = {
                "loss": self.loss.to_config(),
                "optimizer": self.optimizer.to_config(),
                "metrics": [_metric_config(metric) for metric in self.metrics],
                **({} if kind is None else {"targets": [str(kind), kind.low, kind.high]}),
            }
        return {
            "dtype": self.dtype,
            "topology": self.topology.to_config(),
            "compile": compiled,
            "info": _checked_info(self.info),
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
        if description["dtype"] not in ("float32", "float64"):
            raise ValueError(f"its dtype is {description['dtype']!r}")
        topology = Topology.from_config(description["topology"], custom)
        info = dict(description.get("info") or {})
        network = cls(topology, description["dtype"], State(), info=info)
        if description.get("compile"):
            settings = description["compile"]
            compile_settings(
                network,
                _own(settings["optimizer"], custom),
                _own(settings["loss"], custom),
                [_own(metric, custom) for metric in settings["metrics"]],
            )
            if settings.get("targets") is not None:
                network.targets = Kind(*settings["targets"])
        network.load_tensors(tensors)
        return network

    def load_tensors(self, tensors: dict[str, np.ndarray]) -> None:
        """Take weights, slots, step, epoch and seed from a file's tensors."""
        self.take_facts(tensors)
        for weight in self.topology.weights():
            kind = weight.dtype or self.dtype
            weight.value = _tensor(tensors, weight.name, weight.shape, kind)
        for layer in self.topology.layers:
            layer.weights_ready(self.dtype)
        self.state = State(
            step=_count(tensors, _STEP, MOST_STEPS) or 0,
            epoch=_count(tensors, _EPOCH, MOST_STEPS) or 0,
            seed=seed_of(tensors),
        )
        if self.optimizer is not None:
            self.state.prepare_slots(self.optimizer, self.topology, self.dtype)
            for name, slot in self.state.slots.items():
                if name in tensors:
                    self.state.slots[name] = _tensor(tensors, name, slot.shape, self.dtype)
            self.state.slots |= self._resting_slots(tensors)

    def _resting_slots(self, tensors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return slots that the settings do not need now, but may again: of frozen layers, ..."""
        weights = {weight.name: weight for weight in self.topology.weights()}
        known = {*weights, *self.state.slots}
        owners = {name: weights.get(name.rpartition(".")[0]) for name in tensors}
        return {
            name: _tensor(tensors, name, owner.shape, self.dtype)
            for name, owner in owners.items()
            if owner is not None and name not in known and tensors[name].shape == owner.shape
        }


def _checked_info(info: Any) -> dict[str, Any]:
    if not isinstance(info, dict):
        raise ArgumentError(
            f"info={shown(info)} cannot be written to a file; it must be a dict, for example "
            "{'class_names': ['cat', 'dog']}"
        )
    return info


def seed_of(tensors: dict[str, np.ndarray]) -> int | None:
    """Return the seed among a file's tensors, None if there is none."""
    return _count(tensors, _SEED, 2**63)


def _count(tensors: dict[str, np.ndarray], name: str, end: int) -> int | None:
    if name not in tensors:
        return None
    array = tensors[name]
    if array.size != 1 or array.dtype.kind not in "iu" or not 0 <= int(array.item()) < end:
        raise FileFormatError(
            f"the tensor {name!r} in the file holds {shown(array.ravel()[:3].tolist())}, but a "
            f"whole number from 0 to {end - 1} is needed"
        )
    return int(array.item())


def _own(spec: Any, custom: dict[str, Any] | None) -> Any:
    """Return a loss, optimizer or metric of the user's own if a description names one."""
    name: Any = spec.get("class") if isinstance(spec, dict) else spec
    found = (custom or {}).get(name)
    if found is None or not isinstance(spec, dict):
        return spec if found is None else found
    return found(**as_given(spec))


def _tensor(
    tensors: dict[str, np.ndarray], name: str, shape: tuple[int, ...], dtype: str
) -> np.ndarray:
    if name not in tensors:
        raise FileFormatError(
            f"the file has no tensor {name!r}; its architecture and its weights do not belong "
            "together"
        )
    if tensors[name].shape != shape:
        raise FileFormatError(
            f"the tensor {name!r} in the file has the shape {shape_text(tensors[name].shape)}, but "
            f"the architecture needs {shape_text(shape)}"
        )
    return np.array(tensors[name], dtype)


def _weight_array(weight: Weight, value: Any, dtype: str) -> np.ndarray:
    place = f"{weight.symbol} of {weight.name.split('.')[0]}"
    # A layer that keeps buffers may want them in another precision than the network.
    kind = dtype if weight.is_parameter else "exact"
    array = check_array(value, f"set_weights: {place}", kind, ndim=len(weight.shape))
    if array.shape != weight.shape:
        raise ShapeError(
            f"set_weights: {place} has the shape {shape_text(weight.shape)}, but the array given "
            f"for it has {shape_text(array.shape)}"
        )
    return array


def structure_of(optimizer: Optimizer) -> str:
    """Return what the step of an optimizer looks like, without the numbers it is given."""
    settings = optimizer.get_config()
    numbers = {*optimizer.hyperparameters, "learning_rate"}
    fixed = {name: value for name, value in settings.items() if name not in numbers}
    return f"{type(optimizer).__name__} {fixed} {_kind_of_rate(optimizer.learning_rate)}"


def _in_step(optimizer: Optimizer) -> Hashable:
    """Return a key that is equal only for optimizers whose steps are the same program."""
    inputs = {*optimizer.hyperparameters, "learning_rate"}
    settings = {name: fingerprint(value) for name, value in optimizer.setting_values().items()}
    fixed = tuple(item for item in settings.items() if item[0] not in inputs)
    rate = optimizer.learning_rate
    kind = (_kind_of_rate(rate), rate.alterations if isinstance(rate, Schedule) else 0)
    return (type(optimizer), optimizer.alterations, optimizer.hyperparameters, kind, fixed)


def _kind_of_rate(rate: Any) -> str:
    if not isinstance(rate, Schedule):
        return "number"
    inner = getattr(rate, "schedule", None)
    return type(rate).__name__ + (f"({_kind_of_rate(inner)})" if inner is not None else "")


def _metric_config(metric: Metric) -> Any:
    return metric.name if isinstance(metric, HostMetric) else metric.to_config()


def compile_settings(network: Network, optimizer: Any, loss: Any, metrics: Any) -> None:
    """Set how the network is trained; the optimizer begins anew, with its first step."""
    if loss is None:
        raise ArgumentError("compile needs a loss, for example loss='mean_squared_error'")
    found = [get_metric(metric) for metric in as_list(metrics)]
    names = ["loss", *(metric.name for metric in found)]
    double = next((name for name in names if names.count(name) > 1), None)
    if double is not None:
        raise ArgumentError(
            f"two numbers of the history would be called {double!r}; leave one of the metrics out, "
            "or give the function another __name__"
        )
    network.optimizer = get_optimizer(optimizer)
    network.loss = get_loss(loss)
    network.metrics = found
    network.targets = None
    network.state.slots = {}
    network.state.step = 0


def as_list(metrics: Any) -> list[Any]:
    """Return the metrics as a list: None, one, or several may be given."""
    if metrics is None:
        return []
    if isinstance(metrics, list | tuple):
        return list(metrics)
    if isinstance(metrics, str | Metric) or callable(metrics):
        return [metrics]
    raise ArgumentError(
        f"metrics={shown(metrics)} must be a list, for example ['accuracy'] or "
        "['mean_absolute_error']"
    )
