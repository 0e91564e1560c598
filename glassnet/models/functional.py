"""Model: a network of any shape, the functional form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassnet.errors import GraphError, shown
from glassnet.layers.base import Layer, Tensor
from glassnet.layers.topology import Topology
from glassnet.models.base import BaseModel
from glassnet.training.targets import check_targets, checked_parts

__all__ = ["Model"]


class Model(BaseModel):
    """A network of any shape, given by symbolic inputs and outputs (the functional form).

    Parameters
    ----------
    inputs : Tensor or list of Tensor
        From ``gn.Input``.
    outputs : Tensor or list of Tensor
        Outputs of layers that were applied to the inputs.
    dtype : {"float32", "float64"}
    seed : int, optional
    name : str, optional

    Examples
    --------
    >>> import numpy as np
    >>> import glassnet as gn
    >>> x = gn.Input((4,))
    >>> h = gn.layers.Dense(4, "relu")(x)
    >>> net = gn.Model(x, gn.layers.Dense(1)(gn.layers.Add()([x, h])), seed=0)
    >>> net.predict(np.zeros((2, 4))).shape
    (2, 1)
    """

    def __init__(
        self,
        inputs: Tensor | Sequence[Tensor],
        outputs: Tensor | Sequence[Tensor],
        dtype: str = "float32",
        seed: int | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(dtype, seed, name)
        self._inputs = _tensors(inputs, "inputs")
        outputs = _tensors(outputs, "outputs")
        for tensor in self._inputs:
            if not tensor.layer.is_input:
                raise GraphError(
                    f"Model(inputs, outputs): the input {tensor!r} is the output of a layer; "
                    "inputs are made by gn.Input(shape)"
                )
        if len(set(map(id, self._inputs))) < len(self._inputs):
            raise GraphError("Model(inputs, outputs): the same gn.Input is given twice")
        self._built_topology = Topology.of_tensors(self._inputs, outputs)

    @classmethod
    def of_topology(
        cls, topology: Topology, dtype: str, seed: int | None, name: str | None
    ) -> Model:
        """Return the model around a topology, as a file gives it."""
        model = cls.__new__(cls)
        BaseModel.__init__(model, dtype, seed, name)
        model._inputs = []
        model._built_topology = topology
        return model

    @property
    def layers(self) -> list[Layer]:
        return list(self._built_topology.layers)

    def _input_names(self) -> list[str]:
        return self._built_topology.input_names

    @property
    def output_names(self) -> list[str]:
        return self._built_topology.output_names

    def _given_targets(self, y: Any) -> Any:
        names = self.output_names
        return check_targets(y) if len(names) == 1 else checked_parts(y, names)

    @property
    def _knows_inputs(self) -> bool:
        return True

    def _topology(self, input_shape: tuple[int, ...] | None) -> Topology | None:
        return self._built_topology

    def _applied(self, inputs: list[Tensor]) -> list[Tensor]:
        topology = self._built_topology
        if len(inputs) != len(topology.input_shapes):
            raise GraphError(
                f"the model takes {len(topology.input_shapes)} inputs, but is applied to "
                f"{len(inputs)}"
            )
        values = list(inputs)
        for call in topology.calls:
            values.append(call.layer(*(values[number] for number in call.inputs)))
        return [values[number] for number in topology.outputs]


def _tensors(given: Any, what: str) -> list[Tensor]:
    tensors = [given] if isinstance(given, Tensor | Layer) else given
    if not isinstance(tensors, list | tuple) or not tensors:
        raise GraphError(
            f"Model(inputs, outputs): {what}={shown(given)} must be a gn.Input(...) or the "
            "output of a layer, or a list of them"
        )
    for tensor in tensors:
        if isinstance(tensor, Layer):
            name = type(tensor).__name__
            raise GraphError(
                f"Model(inputs, outputs): {what} holds the layer {name} itself; apply it to a "
                f"value first: {name}(...)(x)"
            )
        if not isinstance(tensor, Tensor):
            raise GraphError(
                "Model(inputs, outputs) takes gn.Input(...) and outputs of layers, not "
                f"{shown(tensor)}; for a plain chain of layers use gn.Sequential([...])"
            )
    return list(tensors)
