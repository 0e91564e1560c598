"""A network as one value: topology, weights, how it is trained, and what belongs to it.

Longer than other files: one class, from which programs, claims and files all take their facts.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from glassnet.data.arrays import check_array
from glassnet.errors import ArgumentError, FileFormatError, ShapeError, TrainingError, shown
from glassnet.graph import Program, shape_text
from glassnet.layers.base import Weight
from glassnet.layers.topology import Topology
from glassnet.losses import Loss
from glassnet.metrics import Kind, Metric, kind_of, merged
from glassnet.optimizers import Optimizer, Schedule
from glassnet.settings import as_given, changes, fingerprint
from glassnet.training.alone import alone, check_untrained
from glassnet.training.columns import Columns
from glassnet.training.compile_record import CompileRecord
from glassnet.training.position import MOST_STEPS
from glassnet.training.programs import (
    evaluation_program,
    gradient_program,
    prediction_program,
    step_program,
)
from glassnet.training.state import State

__all__ = ["Network", "seed_of", "structure_of"]

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
    compiled : CompileRecord or None
        How it is trained; None before ``compile``.
    targets : dict of str to Kind
        What the targets of the training were, by their name among the data (y, or y1, y2 ...),
        where the loss leaves it open; metrics go by it.
    info : dict
        What belongs to the network besides: class names, feature names, preprocessing.
    """

    topology: Topology
    dtype: str
    state: State
    compiled: CompileRecord | None = None
    targets: dict[str, Kind] = field(default_factory=dict)
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

    # How it is trained ------------------------------------------------------------------

    @property
    def record(self) -> CompileRecord:
        """The record of how it is trained.

        Raises
        ------
        TrainingError
            If it is not compiled yet.
        """
        if self.compiled is None:
            raise TrainingError("the model is not compiled yet: call compile(optimizer, loss)")
        return self.compiled

    def compile(self, record: CompileRecord) -> None:
        """Set how the network is trained; the optimizer begins anew, with its first step."""
        self.compiled = record
        self.targets = {}
        self.state.slots = {}
        self.state.step = 0

    @property
    def optimizer(self) -> Optimizer | None:
        """The optimizer, None before compile."""
        return self.compiled.optimizer if self.compiled is not None else None

    @property
    def loss(self) -> Loss | None:
        """The loss of a network that is trained for one output, None before compile."""
        return self.compiled.only.loss if self.compiled is not None else None

    @property
    def metrics(self) -> list[Metric]:
        """The metrics of all outputs."""
        return self.compiled.metrics if self.compiled is not None else []

    def scalars(self) -> dict[str, float]:
        """Return the numbers a step is given besides its data: hyperparameters and seed."""
        return {**self.record.optimizer.scalars(), "seed": self.state.seed or 0}

    # What targets are -------------------------------------------------------------------

    @property
    def kind(self) -> Kind | None:
        """What the targets of the only output are, None where it is not known yet."""
        return self.kinds[self.record.goals.index(self.record.only)]

    @property
    def kinds(self) -> list[Kind | None]:
        """What the targets of each goal are: as the loss says, or as they were in the training."""
        names = [(goal.target, goal.loss.target_kind) for goal in self.record.goals]
        return [self.targets.get(y) if name == "values" else Kind(name) for y, name in names]

    def kinds_of(self, data: Mapping[str, np.ndarray]) -> list[Kind | None]:
        """Return what targets are: as the loss says, as in the training, or as they look."""
        found: list[Kind | None] = []
        for goal, known in zip(self.record.goals, self.kinds, strict=True):
            y = data[goal.target]
            is_learned = goal.loss.target_kind == "values"
            fits = known is not None and (not is_learned or known.fits(y))
            found.append(known if fits else kind_of("values", y))
        return found

    def learn_targets(self, *parts: Mapping[str, np.ndarray]) -> None:
        """Keep what the targets of a training are: a few rows may look one-hot by chance."""
        columns = zip(*(self.kinds_of(data) for data in parts), strict=True)
        learned = {}
        for goal, kinds in zip(self.record.goals, columns, strict=True):
            kind = kinds[0]
            for data, other in zip(parts[1:], kinds[1:], strict=True):
                assert kind is not None and other is not None
                kind = kind if kind.fits(data[goal.target]) else merged(kind, other)
            if goal.loss.target_kind == "values" and kind is not None:
                learned[goal.target] = kind
        self.targets = learned

    def forget_values(self) -> None:
        """Forget targets that were quantities: those of another run may be classes."""
        self.targets = {name: kind for name, kind in self.targets.items() if kind != "values"}

    def _check_metrics(self, kinds: Sequence[Kind | None]) -> None:
        """Refuse metrics that are none of such targets, before the first step."""
        if not self.record.has_host_metrics:
            return
        for goal, kind in zip(self.record.goals, kinds, strict=True):
            for metric in goal.host_metrics if kind is not None else ():
                metric.check(kind)

    def _kind_of_metrics(self, kinds: Sequence[Kind | None]) -> str:
        if not self.record.metrics:
            return ""
        pairs = zip(self.record.goals, kinds, strict=True)
        return "".join(repr(kind) for goal, kind in pairs if goal.metrics)

    # Programs ---------------------------------------------------------------------------

    @property
    def prediction(self) -> Program:
        """The program that computes the outputs."""
        return self._made(
            ("prediction",),
            self.topology.fingerprint,
            lambda: prediction_program(self.topology, self.dtype),
        )

    def evaluation(
        self, is_weighted: bool = False, kinds: Sequence[Kind | None] | None = None
    ) -> Program:
        """Return the program that computes losses and metrics for targets of some kinds."""
        record, known = self.record, self.kinds if kinds is None else kinds
        self._check_metrics(known)
        return self._made(
            ("evaluation", is_weighted, self._kind_of_metrics(known)),
            lambda: (record.measures(), self.topology.fingerprint()),
            lambda: evaluation_program(self.topology, record, self.dtype, is_weighted, known),
        )

    def step(self, is_weighted: bool = False) -> Program:
        """Return the program of one training step, or of what a step on the host needs."""
        record, kinds = self.record, self.kinds
        self._check_metrics(kinds)
        make = gradient_program if record.optimizer.is_host_side else step_program
        return self._made(
            ("step", is_weighted, self._kind_of_metrics(kinds)),
            lambda: (record.measures(), _in_step(record.optimizer), self.topology.fingerprint()),
            lambda: make(self.topology, record, self.dtype, is_weighted, kinds),
        )

    def ready_step(self, is_weighted: bool) -> Program:
        """Return the step of this moment's settings, and make the slots that it needs.

        Other threads may change settings meanwhile: step and slots are made from the same ones.
        """
        while True:
            before = changes()
            program = self.step(is_weighted)
            self.state.prepare_slots(self.record.optimizer, self.topology, self.dtype)
            if changes() == before:
                return program

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
        return (changes(), self.compiled)

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
        record = self.compiled
        return {
            "dtype": self.dtype,
            "topology": self.topology.to_config(),
            "compile": None if record is None else record.to_config(self.targets),
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
            record, targets = CompileRecord.of_config(
                description["compile"], topology.output_names, lambda spec: _own(spec, custom)
            )
            network.compile(record)
            network.targets = targets
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
