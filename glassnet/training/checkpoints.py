"""Checkpoints: a model file that also holds the position in a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import ArgumentError, FileFormatError
from glassnet.formats import safetensors
from glassnet.optimizers import get as get_optimizer
from glassnet.training.network import Network

if TYPE_CHECKING:
    from glassnet.training.callbacks.base import Callback
    from glassnet.training.loop import Training

__all__ = ["load_checkpoint", "save_checkpoint", "save_network"]


def save_network(path: str | Path, network: Network, kind: dict[str, Any]) -> Path:
    """Write a network to a file."""
    return safetensors.write(path, network.tensors(), {**kind, **network.description()})


def save_checkpoint(path: str | Path, training: Training) -> Path:
    """Write a network and the position in its training to a file."""
    network = training.network
    tensors = network.tensors()
    states = []
    for number, callback in enumerate(training.kept_callbacks()):
        plain, arrays = _split(callback)
        states.append({"class": type(callback).__name__, "state": plain})
        tensors |= {f"callback:{number}:{name}": array for name, array in arrays.items()}
    run = {
        "epoch": training.epoch,
        "batch": training.batch,
        "totals": [float(total) for total in training.totals],
        "history": training.history.history,
        "epochs": training.history.epoch,
        "callbacks": states,
        "rows": training.rows,
        "batch_size": training.batch_size,
        "shuffle": training.shuffle,
    }
    description = {**training.model.kind(), **network.description(), "run": run}
    return safetensors.write(path, tensors, description)


def _split(callback: Callback) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    state = callback.get_state()
    arrays = {name: value for name, value in state.items() if isinstance(value, np.ndarray)}
    return {name: value for name, value in state.items() if name not in arrays}, arrays


def load_checkpoint(path: str | Path, training: Training) -> None:
    """Put network, position, history and callbacks back as they were.

    Raises
    ------
    FileFormatError
        If the file is no checkpoint.
    ArgumentError
        If it belongs to another network, or to other data.
    """
    tensors, description = safetensors.read(path)
    run = description.get("run")
    if run is None:
        raise FileFormatError(
            f"{str(path)!r} holds a network, but no position in a training run; to train it further use "
            "gn.load(path).fit(...), and write checkpoints with gn.callbacks.ModelCheckpoint"
        )
    network = training.network
    if description["topology"] != network.topology.to_config():
        raise ArgumentError(
            f"{str(path)!r} was written by a network with other layers than this one; build the same "
            "network, or use gn.load(path)"
        )
    for name, mine in (
        ("rows", training.rows),
        ("batch_size", training.batch_size),
        ("shuffle", training.shuffle),
    ):
        if run[name] != mine:
            raise ArgumentError(
                f"{str(path)!r} was written by a run with {name}={run[name]}, but this one has "
                f"{name}={mine}; a resumed run needs the same data and settings"
            )
    network.optimizer = get_optimizer(description["compile"]["optimizer"])
    network.load_tensors(tensors)
    training.optimizer = network.optimizer
    training.state = network.state
    training.epoch, training.batch = run["epoch"], run["batch"]
    training.totals = np.array(run["totals"])
    training.history.history = run["history"]
    training.history.epoch = run["epochs"]
    _restore_callbacks(training.kept_callbacks(), run["callbacks"], tensors)


def _restore_callbacks(
    callbacks: list[Callback], states: list[dict[str, Any]], tensors: dict[str, np.ndarray]
) -> None:
    waiting = list(callbacks)
    for number, one in enumerate(states):
        found = next((c for c in waiting if type(c).__name__ == one["class"]), None)
        if found is None:
            continue
        waiting.remove(found)
        prefix = f"callback:{number}:"
        arrays = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
        if one["state"] or arrays:
            found.set_state({**one["state"], **arrays})
