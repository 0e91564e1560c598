"""What a network holds for given samples: the output of every layer, and the gradients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from glassnet import backends
from glassnet.errors import TrainingError
from glassnet.graph import Program
from glassnet.training.inputs import check_inputs
from glassnet.training.network import Network
from glassnet.training.programs import inspection_program

__all__ = ["inspect", "inspection", "layer_values"]


def inspection(network: Network, with_gradients: bool) -> Program:
    """Return the program of the outputs of all layers, with the loss and its gradients if wanted.

    Raises
    ------
    TrainingError
        If gradients are asked for and the network has no loss.
    """
    if with_gradients and network.compiled is None:
        raise TrainingError("gradients need a loss: call compile(optimizer, loss) or fit first")
    network.topology.check_unchanged()
    record = network.compiled if with_gradients else None
    return inspection_program(network.topology, record, network.dtype)


def inspect(
    network: Network, program: Program, data: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Run an inspection on samples that are checked already.

    The outputs are ``v0``, ``v1`` ... (the inputs, then the output of every call) and, if the
    program has gradients, ``loss`` and ``d.`` with the name of each weight. Dropout does nothing.
    """
    values = {**data, **network.weights()}
    return backends.get("numpy").run(program, {name: values[name] for name in program.inputs})


def layer_values(network: Network, x: Any) -> list[np.ndarray]:
    """Return the inputs and then the output of every call, in the order of the topology.

    Raises
    ------
    ShapeError
        If the samples do not fit the network.
    """
    arrays = check_inputs(x, network)
    found = inspect(network, inspection(network, False), arrays)
    return [found[f"v{place}"] for place in range(len(network.topology.shapes))]
