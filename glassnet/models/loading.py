"""From a file to a model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from glassnet.errors import ArgumentError, FileFormatError, GlassnetError, shown
from glassnet.formats import safetensors
from glassnet.models.base import BaseModel
from glassnet.models.fann import is_fann_file, load_fann
from glassnet.models.functional import Model
from glassnet.models.sequential import Sequential
from glassnet.settings import own_classes
from glassnet.training.network import Network
from glassnet.training.position import DAMAGE

__all__ = ["load"]


def load(path: str | Path, custom_objects: dict[str, Any] | None = None) -> Any:
    """Return the model that was saved to a file.

    Parameters
    ----------
    path : str or Path
        A model file, or a ``.net`` file of the FANN library.
    custom_objects : dict, optional
        Your own classes of layers, losses, optimizers, schedules, initializers and regularizers,
        and your own metrics, by name.

    Raises
    ------
    FileFormatError
        If the file is missing, cut short, corrupt or of another kind.
    ArgumentError
        If it needs a class or function of your own that is not among the custom objects.

    Examples
    --------
    >>> import numpy as np
    >>> import glassnet as gn
    >>> net = gn.Sequential([gn.Input((2,)), gn.layers.Dense(1)], seed=0)
    >>> path = net.save(getfixture("tmp_path") / "net.safetensors")
    >>> bool(np.all(gn.load(path).predict([[1.0, 2.0]]) == net.predict([[1.0, 2.0]])))
    True
    """
    if not isinstance(custom_objects, dict | None):
        raise ArgumentError(
            f"custom_objects={shown(custom_objects)} must be a dict from name to class or function"
        )
    if is_fann_file(path):
        return load_fann(path)
    tensors, description = safetensors.read(path)
    try:
        with own_classes(custom_objects):
            network = Network.from_file(tensors, description, custom_objects)
        # A setting that is no number shows where the graph is built: now, not when it is used.
        _ = network.prediction
        return _model_around(network, description)
    except FileFormatError as error:
        raise FileFormatError(f"{str(path)!r} cannot be used: {error}; {_REMEDY}") from error
    except GlassnetError as error:
        if isinstance(error, ArgumentError) and str(error).startswith("unknown"):
            raise ArgumentError(
                f"{error}. What is your own is given by name: gn.load(path, custom_objects={{...}})"
            ) from error
        raise FileFormatError(
            f"the description of the network in {str(path)!r} cannot be used: {error}; {_REMEDY}"
        ) from error
    except DAMAGE as error:
        raise FileFormatError(
            f"the description of the network in {str(path)!r} cannot be read ({error!r}); {_REMEDY}"
        ) from error


_REMEDY = "save the model again, or use an intact copy"


def _model_around(network: Network, description: dict[str, Any]) -> BaseModel:
    topology = network.topology
    name, seed = description.get("name"), network.state.seed
    model: BaseModel
    if (
        description.get("kind") == "Sequential"
        and topology.is_chain
        and len(topology.input_shapes) == 1
    ):
        model = Sequential.of_topology(topology, network.dtype, seed, name)
    else:
        model = Model.of_topology(topology, network.dtype, seed, name)
    model.take_network(network)
    return model
