"""Checkpoints: a model file that also holds the position in a run."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from glassnet import backends
from glassnet.errors import ArgumentError, FileFormatError
from glassnet.formats import safetensors
from glassnet.optimizers import Optimizer
from glassnet.optimizers import get as get_optimizer
from glassnet.training.network import Network, seed_of, structure_of
from glassnet.training.position import Position, readable
from glassnet.training.run import Run

__all__ = ["Checkpoint", "fingerprint", "save_checkpoint", "save_network"]


def save_network(path: str | Path, network: Network, kind: dict[str, Any]) -> Path:
    """Write a network to a file."""
    return safetensors.write(path, network.tensors(), {**kind, **network.description()})


def fingerprint(*parts: Mapping[str, np.ndarray] | None) -> int:
    """Return a number that tells sets of arrays apart.

    Examples
    --------
    >>> fingerprint({"x": np.zeros(3)}) == fingerprint({"x": np.ones(3)})
    False
    """
    found = 0
    for part in parts:
        for name, array in (part or {}).items():
            found = zlib.crc32(f"{name} {array.shape} {array.dtype}".encode(), found)
            found = zlib.crc32(np.ascontiguousarray(array).data.cast("B"), found)
        found = zlib.crc32(b"|", found)
    return found


def save_checkpoint(path: str | Path, training: Run) -> Path:
    """Write a network and the position in its training to a file."""
    network = training.network
    tensors = network.tensors()
    states: list[dict[str, Any]] = []
    for callback in training.callbacks:
        plain, arrays = _split(callback)
        if plain or arrays:
            prefix = f"callback:{len(states)}:"
            tensors |= {f"{prefix}{name}": array for name, array in arrays.items()}
            states.append({"class": type(callback).__name__, "state": plain})
    run = {
        "epoch": training.epoch,
        "batch": training.batch,
        "totals": [float(total) for total in training.totals],
        "history": training.history.history,
        "epochs": training.history.epoch,
        "sparse_epochs": training.history.sparse_epochs(),
        "callbacks": states,
        "stop": bool(training.model.stop_training),
        "rows": training.rows,
        "batch_size": training.batch_size,
        "shuffle": training.shuffle,
        "data": training.fingerprint,
        "backend": training.backend.name,
    }
    description = {**training.model.kind(), **network.description(), "run": run}
    return safetensors.write(path, tensors, description)


def _split(callback: Any) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    state = callback.get_state()
    arrays = {name: value for name, value in state.items() if isinstance(value, np.ndarray)}
    return {name: value for name, value in state.items() if name not in arrays}, arrays


@dataclass
class Checkpoint:
    """What was read from a file, on its way into a run."""

    path: str
    tensors: dict[str, np.ndarray]
    description: dict[str, Any]

    @classmethod
    def read(cls, path: Any) -> Checkpoint:
        """Return the checkpoint in a file.

        Raises
        ------
        FileFormatError
            If the file is none, or holds a network only.
        """
        tensors, description = safetensors.read(path)
        if not isinstance(description.get("run"), dict):
            raise FileFormatError(
                f"{str(path)!r} holds a network, but no position in a training run; to train it "
                "further use gn.load(path).fit(...), and write checkpoints with "
                "gn.callbacks.ModelCheckpoint"
            )
        return cls(str(path), tensors, description)

    @property
    def seed(self) -> int | None:
        """The seed of the run; shuffling and the split for validation depend on it."""
        return seed_of(self.tensors)

    @property
    def backend(self) -> str:
        """The backend of the run, which a resumed run takes too where it is left to choose."""
        name = backends.canonical(str(self.description["run"].get("backend")))
        return name if name in ("numpy", "compiled", "loops") else "auto"

    def check_network(self, network: Network) -> None:
        """Raise an `ArgumentError` if the run was one of another network."""
        with readable(self.path):
            # As JSON gives it back: tuples are lists.
            mine, own = json.loads(safetensors.as_json(network.description())), self.description
            for name, words in (("topology", "other layers"), ("dtype", "another dtype")):
                if own.get(name) != mine[name]:
                    raise ArgumentError(
                        f"{self.path!r} was written by a network with {words} than this one"
                        f"{_difference(mine[name], own.get(name))}; build the same network, or use "
                        "gn.load(path)"
                    )
            self._check_settings(mine["compile"], network.optimizer)

    def _check_settings(self, mine: dict[str, Any], optimizer: Optimizer | None) -> None:
        """Raise an `ArgumentError` if the network of the run was compiled in another way."""
        assert optimizer is not None
        settings = self.description.get("compile") or {}
        for name in ("loss", "metrics", "loss_weight", "goals"):
            there, here = _without_targets(settings.get(name)), _without_targets(mine.get(name))
            if there != here:
                words = "losses and metrics" if name == "goals" else name
                raise ArgumentError(
                    f"{self.path!r} was written by a run with the {words} {_short(there)}, but "
                    f"this network is compiled with {here}; compile it the same way"
                )
        if structure_of(self._optimizer()) != structure_of(optimizer):
            raise ArgumentError(
                f"{self.path!r} was written by a run with the optimizer {self._optimizer()!r}, "
                f"but this network is compiled with {optimizer!r}; compile it with the "
                "same kind of optimizer, schedule and clipping"
            )
        if optimizer.is_host_side:
            raise ArgumentError(
                "a run of L-BFGS cannot be resumed: SciPy does not give away what it remembers of "
                "earlier steps; train on from the weights with gn.load(path).fit(...)"
            )

    def _optimizer(self) -> Optimizer:
        return get_optimizer(self.description["compile"]["optimizer"])

    def restore(self, training: Run) -> None:
        """Put network, position, history and callbacks back as they were."""
        run = self.description["run"]
        self._check_run(run, training)
        with readable(self.path):
            network = training.network
            assert network.optimizer is not None
            position = Position.of(run, training.totals)
            _take_settings(network.optimizer, self._optimizer())
            network.load_tensors(self.tensors)
            training.epoch, training.batch = position.epoch, position.batch
            training.totals = position.totals
            history = training.history
            history.restore(position.history, position.epochs, position.sparse_epochs)
            training.is_stopped = position.is_stopped
            _restore_callbacks(training.callbacks, position.callbacks, self.tensors)

    def _check_run(self, run: dict[str, Any], training: Run) -> None:
        for name in ("rows", "batch_size", "shuffle"):
            mine = getattr(training, name)
            if run.get(name) != mine:
                raise ArgumentError(
                    f"{self.path!r} was written by a run with {name}={_short(run.get(name))}, but "
                    f"this one has {name}={mine}; a resumed run needs the same data and settings"
                )
        if run.get("data") != training.fingerprint:
            raise ArgumentError(
                f"{self.path!r} was written by a run on other data: x, y, the weights or the "
                "validation data have other values or another order than those given now; a "
                "resumed run needs the same data"
            )


def _difference(mine: Any, own: Any) -> str:
    """Say which layer is the first that differs."""
    if not isinstance(mine, dict) or not isinstance(own, dict):
        return f" ({_short(own)} there, {_short(mine)} here)"
    ours, theirs = mine["layers"], own.get("layers")
    if mine.get("inputs") != own.get("inputs"):
        return f" (input shapes {_short(own.get('inputs'))} there, {mine.get('inputs')} here)"
    if not isinstance(theirs, list) or not all(isinstance(one, dict) for one in theirs):
        return f" (layers {_short(theirs)} there)"
    if len(ours) != len(theirs):
        return f" ({len(theirs)} layers there, {len(ours)} here)"
    for a, b in zip(theirs, ours, strict=True):
        for key in {**a, **b}:
            if a.get(key) != b.get(key):
                return (
                    f" ({_short(a.get('name'))} has {key}={_short(a.get(key))} there, "
                    f"{_short(b.get(key))} here)"
                )
    return ""


def _without_targets(value: Any) -> Any:
    """Return the goals of a description without what their targets were in the run."""
    if not isinstance(value, list):
        return value
    return [
        {name: part for name, part in one.items() if name != "targets"}
        if isinstance(one, dict)
        else one
        for one in value
    ]


def _short(value: Any) -> str:
    return f"{value!s:.200}"


def _take_settings(mine: Optimizer, saved: Optimizer) -> None:
    """Copy the settings into the optimizer that is in use: callbacks may have changed them."""
    for name in (*mine.hyperparameters, "learning_rate"):
        setattr(mine, name, getattr(saved, name))


def _restore_callbacks(
    callbacks: Sequence[Any], states: list[dict[str, Any]], tensors: dict[str, np.ndarray]
) -> None:
    waiting = list(callbacks)
    for number, one in enumerate(states):
        found = next((c for c in waiting if type(c).__name__ == one["class"]), None)
        if found is None:
            continue
        waiting.remove(found)
        prefix = f"callback:{number}:"
        arrays = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
        found.set_state({**one["state"], **arrays})
