"""Models from FANN's network files, and into them."""

from __future__ import annotations

import contextlib
import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from glassnet import losses, metrics, optimizers
from glassnet.errors import ArgumentError
from glassnet.formats.fann import SYMMETRIC, FannNet, read_net, write_net
from glassnet.formats.fann.export import from_topology
from glassnet.formats.fann.networks import to_tensors
from glassnet.models.functional import Model

__all__ = ["is_fann_file", "load_fann", "model_of", "save_fann"]


def is_fann_file(path: Any) -> bool:
    """Return whether a file begins as FANN's network files do."""
    try:
        # A number would be taken for an open file, and a pipe would keep us waiting.
        if not isinstance(path, str | os.PathLike) or not os.path.isfile(path):
            return False
        with open(path, "rb") as file:
            return file.read(8).removeprefix(b"\xef\xbb\xbf").startswith(b"FANN_")
    except (OSError, TypeError, ValueError):
        return False


def load_fann(path: str | Path) -> Model:
    """Return the model a ``.net`` file holds, computed in double precision.

    It is compiled with the file's algorithm, error function and bit fail limit; give ``fit``
    ``batch_size="full"``, or 1 and ``shuffle=False`` for incremental learning, to learn as FANN
    does. A scaling stored in the file is not applied, as in FANN, and a warning says so.
    """
    net = read_net(path)
    if net.scaling is not None:
        warnings.warn(
            f"{path} holds a scaling, which is not applied: samples go in and come out as the "
            "network itself sees them; glassnet.fann has scale_input and descale_output for it",
            stacklevel=3,
        )
    return model_of(net)


def model_of(net: FannNet, name: str | None = None) -> Model:
    """Return the model of what a ``.net`` file holds."""
    x, y, weights = to_tensors(net)
    model = Model(x, y, dtype="float64", seed=0, name=name)
    model.build((None, net.num_input))
    model.set_weights(weights)
    _compile(model, net)
    return model


def _compile(model: Model, net: FannNet) -> None:
    """Say how the network is trained, unless its outputs are of both kinds, symmetric and not."""
    start = net.starts()[len(net.layer_sizes) - 1]
    halved = np.isin(net.activation[start : start + net.num_output], SYMMETRIC)
    if halved.any() != halved.all():
        return
    is_halved, p = bool(halved.all()), net.parameters
    # FANN's steps are by the sum over the rows where only signs count, else by the mean.
    reduction = "sum" if p["training_algorithm"] in (2, 4) else "mean"
    loss: losses.Loss
    if p["train_error_function"]:
        loss = losses.TanhError(halved=is_halved, reduction=reduction)
    else:
        kind = losses.QuarterSumSquaredError if is_halved else losses.HalfSumSquaredError
        loss = kind(reduction=reduction)
    with contextlib.suppress(ArgumentError):  # settings that cannot train are kept in files too
        metric = metrics.BitFail(p["bit_fail_limit"], halved=is_halved)
        model.compile(_optimizer(p), loss, metrics=[metric])


def _optimizer(p: dict[str, Any]) -> optimizers.Optimizer:
    algorithm, rate = p["training_algorithm"], p["learning_rate"]
    steps = {
        name: p[f"rprop_{name}"] for name in ("increase_factor", "decrease_factor", "delta_max")
    }
    if algorithm == 0:
        return optimizers.SGD(rate, momentum=p["learning_momentum"])
    if algorithm == 1:
        return optimizers.SGD(rate)
    if algorithm == 3:
        return optimizers.Quickprop(rate, p["quickprop_mu"], p["quickprop_decay"])
    if algorithm == 4:
        return optimizers.SARPROP(**steps)
    if algorithm == 5:  # of FANN's newest versions
        return optimizers.Adam(rate)
    return optimizers.RPROP(
        delta_zero=p["rprop_delta_zero"], delta_min=p["rprop_delta_min"], **steps
    )


def save_fann(model: Any, path: str | Path) -> Path:
    """Write a model of dense layers as a ``.net`` file.

    Raises
    ------
    ArgumentError
        If it has layers or activations that FANN does not know.
    """
    network = model.network
    return write_net(from_topology(network.topology, network.weights()), path)
