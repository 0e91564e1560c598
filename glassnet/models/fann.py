"""Models from FANN's network files, and into them."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

from glassnet.formats.fann import read_net, write_net
from glassnet.formats.fann.net import FannNet
from glassnet.formats.fann.networks import from_topology, to_tensors
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

    A scaling stored in the file is not applied, as in FANN, and a warning says so.
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
    return model


def save_fann(model: Any, path: str | Path) -> Path:
    """Write a model of dense layers as a ``.net`` file.

    Raises
    ------
    ArgumentError
        If it has layers or activations that FANN does not know.
    """
    network = model.network
    return write_net(from_topology(network.topology, network.weights()), path)
