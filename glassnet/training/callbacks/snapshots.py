"""Snapshots: what a network held, epoch by epoch, for pictures of how it learned."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.errors import ArgumentError, suggestion
from glassnet.training.callbacks.base import Callback, Logs, check_count
from glassnet.training.inputs import check_inputs
from glassnet.training.inspection import inspect, inspection
from glassnet.training.samples import training_data

__all__ = ["KINDS", "Snapshots"]

KINDS = ("activations", "gradients", "weights")


class Snapshots(Callback):
    """Keep weights, activations, gradients and predictions of every few epochs.

    They are taken before the first step and after epochs, for samples that stay the same, with
    dropout switched off. ``gn.plots.histograms``, ``prediction_paths`` and ``loss_landscape`` draw
    them. A second ``fit`` of the same model goes on; another model begins anew. Checkpoints do not
    hold them, for they may be many times as large as the network: a run that is resumed from one
    keeps snapshots from there on.

    Parameters
    ----------
    x : array
        Samples to look at.
    y : array, optional
        Their targets; without them no gradients are kept.
    every : int, default 1
        Epochs from one snapshot to the next. The last epoch is always kept.
    most : int or None, default 2000
        Of a larger array so many numbers are kept, evenly spaced, in one row. None keeps all.

    Attributes
    ----------
    epochs : list of int
        Number of epochs trained before each snapshot; 0 is the untrained network.
    losses : list of float
        Loss of the samples, if there are targets.
    predictions : list of ndarray
        All outputs for the samples, ``(n, ...)``.
    activations : dict of str to list of ndarray
        Output of each layer by its name; a layer used twice is also ``"name (2)"``.
    gradients, weights : dict of str to list of ndarray
        By symbol: ``"W1"``, ``"b1"`` ...; by full name where two layers share a symbol.

    Raises
    ------
    ArgumentError
        If ``every`` or ``most`` is not a positive whole number.

    Examples
    --------
    >>> import glassnet as gn
    >>> x, y = np.eye(4), np.array([[0.0], [1.0], [1.0], [0.0]])
    >>> net = gn.Sequential([gn.layers.Dense(3, "tanh"), gn.layers.Dense(1, "sigmoid")], seed=0)
    >>> watcher = gn.callbacks.Snapshots(x, y, every=5)
    >>> history = net.fit(x, y, epochs=20, callbacks=[watcher], verbose=0)
    >>> watcher.epochs, list(watcher.gradients), watcher.activations["dense_1"][0].shape
    ([0, 5, 10, 15, 20], ['W1', 'b1', 'W2', 'b2'], (4, 3))
    """

    adds_numbers = False

    def __init__(self, x: Any, y: Any = None, every: int = 1, most: int | None = 2000) -> None:
        self.x, self.y = x, y
        self.every = check_count(every, "Snapshots: every", 1)
        self.most = None if most is None else check_count(most, "Snapshots: most", 1)
        self._forget()
        self._watched: Any = None

    def __getstate__(self) -> dict[str, Any]:
        """Leave the program out of copies: every run makes it again."""
        return {name: value for name, value in self.__dict__.items() if name != "_program"}

    def _forget(self) -> None:
        self.epochs: list[int] = []
        self.losses: list[float] = []
        self.predictions: list[Any] = []
        self.activations: dict[str, list[np.ndarray]] = {}
        self.gradients: dict[str, list[np.ndarray]] = {}
        self.weights: dict[str, list[np.ndarray]] = {}

    def on_train_begin(self, logs: Logs | None = None) -> None:
        assert self.training is not None
        network = self.training.network
        if self._watched is not network:
            self._forget()
            self._watched = network
        if self.y is None:
            self._data = check_inputs(self.x, network)
        else:
            self._data = training_data(network, self.x, self.y)
        self._program = inspection(network, self.y is not None)
        if self.epochs[-1:] != [network.state.epoch]:
            self._take()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        assert self.training is not None
        if self.training.network.state.epoch % self.every == 0:
            self._take()

    def on_train_end(self, logs: Logs | None = None) -> None:
        assert self.training is not None
        if self.epochs and self.epochs[-1] != self.training.network.state.epoch:
            self._take()

    def _take(self) -> None:
        """Keep what the network holds at this moment."""
        network = self._watched
        topology = network.topology
        found = inspect(network, self._program, self._data)
        self.epochs.append(network.state.epoch)
        if "loss" in found:
            self.losses.append(float(found["loss"]))
        outputs = [found[f"v{number}"].copy() for number in topology.outputs]
        self.predictions.append(outputs[0] if len(outputs) == 1 else outputs)
        first = len(topology.input_shapes)
        for place, name in enumerate(_names_of_calls(topology)):
            self._keep(self.activations, name, found[f"v{first + place}"])
        for full, name in names_of_weights(topology).items():
            if f"d.{full}" in found:
                self._keep(self.gradients, name, found[f"d.{full}"])
            self._keep(self.weights, name, network.weights()[full])

    def _keep(self, kept: dict[str, list[np.ndarray]], name: str, array: np.ndarray) -> None:
        if self.most is not None and array.size > self.most:
            places = np.linspace(0, array.size - 1, self.most).astype(int)
            array = array.reshape(-1)[places]
        kept.setdefault(name, []).append(array.copy())

    def of(self, kind: str) -> dict[str, list[np.ndarray]]:
        """Return "activations", "gradients" or "weights" by name.

        Raises
        ------
        ArgumentError
            If there is no such kind, or nothing of it was kept.
        """
        if kind not in KINDS:
            raise ArgumentError(f"snapshots have no {kind!r}{suggestion(str(kind), KINDS)}")
        kept: dict[str, list[np.ndarray]] = getattr(self, kind)
        if not kept:
            why = "give Snapshots the targets too: Snapshots(x, y)" if self.epochs else (
                "give it to fit first: net.fit(x, y, callbacks=[snapshots])"
            )  # fmt: skip
            raise ArgumentError(f"these snapshots hold no {kind}; {why}")
        return kept


def _names_of_calls(topology: Any) -> list[str]:
    names: list[str] = []
    for call in topology.calls:
        uses = 1 + sum(name.split(" (")[0] == call.layer.name for name in names)
        names.append(call.layer.name if uses == 1 else f"{call.layer.name} ({uses})")
    return names


def names_of_weights(topology: Any) -> dict[str, str]:
    """Return full name to symbol; the full name again where a symbol stands for two weights."""
    weights = list(topology.weights())
    symbols = [weight.symbol for weight in weights]
    return {w.name: w.symbol if symbols.count(w.symbol) == 1 else w.name for w in weights}
