"""Sequential: a chain of layers."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from glassnet.errors import GraphError, shown
from glassnet.layers.base import Layer, Tensor
from glassnet.layers.topology import Topology, name_layers
from glassnet.models.base import BaseModel

__all__ = ["Sequential"]


class Sequential(BaseModel):
    """A chain of layers, each fed by the one before.

    Parameters
    ----------
    layers : list of Layer, optional
        ``gn.Input((64,))`` may stand first.
    dtype : {"float32", "float64"}
    seed : int, optional
        Makes everything random repeatable: initial weights, shuffling, dropout.
    name : str, optional

    Examples
    --------
    >>> import numpy as np
    >>> import glassnet as gn
    >>> net = gn.Sequential(
    ...     [gn.Input((64,)), gn.layers.Dense(30, "sigmoid"), gn.layers.Dense(10, "softmax")],
    ...     seed=0,
    ... )
    >>> net.predict(np.zeros((2, 64))).shape
    (2, 10)
    """

    def __init__(
        self,
        layers: Sequence[Any] | None = None,
        dtype: str = "float32",
        seed: int | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(dtype, seed, name)
        self._input: tuple[int, ...] | None = None
        self._input_name: str | None = None
        self._layers: list[Layer] = []
        if layers is not None and not isinstance(layers, list | tuple):
            raise GraphError(
                f"Sequential(layers): {shown(layers)} is no list; write gn.Sequential([layer, ...])"
            )
        for layer in layers or []:
            self.add(layer)

    @classmethod
    def of_topology(
        cls, topology: Topology, dtype: str, seed: int | None, name: str | None
    ) -> Sequential:
        """Return the model around a chain of layers, as a file gives it."""
        model = cls(dtype=dtype, seed=seed, name=name)
        model._input, model._input_name = topology.input_shapes[0], topology.given_names[0]
        model._layers = list(topology.layers)
        return model

    def add(self, layer: Any) -> None:
        """Append a layer.

        Raises
        ------
        GraphError
            If it is no layer, or the weights are already made.
        """
        if self._network is not None:
            raise GraphError("the model is built already; add layers before fit, predict or build")
        if isinstance(layer, Tensor) and layer.layer.is_input:
            layer = layer.layer
        if isinstance(layer, Layer) and layer.is_input:
            if self._layers or self._input is not None:
                raise GraphError("an Input can only stand first in a Sequential model")
            self._input, self._input_name = layer.output_shape(), layer.name
            return
        _check_layer(layer)
        if layer in self._layers:
            raise GraphError(f"the layer {layer.name or layer!r} is in the model already")
        self._layers.append(layer)

    @property
    def layers(self) -> list[Layer]:
        return list(self._layers)

    @property
    def output_names(self) -> list[str]:
        if not self._layers:
            return ["output"]
        if self._layers[-1].name is None:
            twins = [copy.copy(layer) for layer in self._layers]
            name_layers(twins)
            return [str(twins[-1].name)]
        return [self._layers[-1].name]

    @property
    def _knows_inputs(self) -> bool:
        return self._input is not None

    def _topology(self, input_shape: tuple[int, ...] | None) -> Topology | None:
        shape = input_shape if self._input is None else self._input
        if not self._layers:
            raise GraphError("the model has no layers; add one, for example gn.layers.Dense(1)")
        return None if shape is None else Topology.chain(shape, self._layers, self._input_name)

    def _applied(self, inputs: list[Tensor]) -> list[Tensor]:
        if len(inputs) != 1:
            raise GraphError(f"a Sequential takes one input, but is applied to {len(inputs)}")
        for layer in self._layers:
            inputs = [layer(inputs[0])]
        return inputs


def _check_layer(layer: Any) -> None:
    if isinstance(layer, type) and issubclass(layer, Layer):
        raise GraphError(f"{layer.__name__} is a class; use {layer.__name__}(...) to make a layer")
    if isinstance(layer, BaseModel):
        raise GraphError(
            "a model is no layer of a Sequential; add its layers one by one (for layer in "
            "other.layers: net.add(layer)), or apply it in the functional form, "
            "other(gn.Input(...))"
        )
    if isinstance(layer, Tensor):
        raise GraphError(
            f"{layer!r} is the output of a layer; in a Sequential give the layers themselves"
        )
    if not isinstance(layer, Layer):
        raise GraphError(f"{shown(layer)} is no layer; use for example gn.layers.Dense(10)")
