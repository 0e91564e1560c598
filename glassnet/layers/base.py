"""What a layer is: it declares weights, says its output shape, and builds graph."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from glassnet import initializers
from glassnet.errors import GraphError, ShapeError, shown
from glassnet.graph import Node, shape_text
from glassnet.layers.regularizers import Regularizer
from glassnet.settings import Configured, Family

__all__ = ["FAMILY", "Call", "Context", "Layer", "Tensor", "Weight"]

# Shapes of layers are those of one sample: the batch axis is left out.
SampleShape = tuple[int, ...]


@dataclass
class Weight:
    """One array of numbers that belongs to a layer.

    Attributes
    ----------
    name : str
        Full name, ``dense_1.kernel``.
    symbol : str
        How it is written in formulas, ``W1``.
    """

    name: str
    symbol: str
    shape: tuple[int, ...]
    initializer: initializers.Initializer
    is_parameter: bool = True
    regularizer: Regularizer | None = None
    value: np.ndarray | None = None


@dataclass
class Context:
    """What a layer is given to build graph with.

    Attributes
    ----------
    weights : dict of str to Node
        Nodes of the weights by full name.
    is_training : bool
        Dropout and the like act only in training.
    seed, step : Node or None
        For random draws.
    updates : dict of str to Node
        New values of weights that are not learned by gradient; a layer may add to it.
    """

    weights: dict[str, Node]
    dtype: str = "float32"
    is_training: bool = False
    seed: Node | None = None
    step: Node | None = None
    updates: dict[str, Node] = field(default_factory=dict)


# What the house itself writes down about a layer.
_BOOKKEEPING = {"name", "trainable", "weights", "number", "input_shapes"}


class Layer(Configured, abc.ABC):
    """Base of all layers.

    Parameters
    ----------
    name : str, optional
        By default the model names its layers by kind and number: ``dense_1``.

    Attributes
    ----------
    trainable : bool
        Whether training changes the layer's parameters.
    changes : int
        How often a setting was given a value: programs made before the last time are stale.
    """

    changes = 0

    def __init__(self, name: str | None = None) -> None:
        if name is not None and (
            not isinstance(name, str) or not name.isprintable() or set(name or " ") & set(".:/ ")
        ):
            raise GraphError(
                f"{shown(name)} cannot be the name of a layer: it must be text, not empty and "
                "without any of '.:/', a space or an invisible character"
            )
        self.name = name
        self.trainable = True
        self.weights: dict[str, Weight] = {}
        self.number = ""
        self.input_shapes: tuple[SampleShape, ...] | None = None

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name not in _BOOKKEEPING:
            super().__setattr__("changes", self.changes + 1)

    # What a layer may override, in this order ------------------------------------------

    def build(self, *input_shapes: SampleShape) -> None:
        """Declare the weights for inputs of these shapes."""

    @abc.abstractmethod
    def output_shape(self, *input_shapes: SampleShape) -> SampleShape:
        """Return the shape of one output sample."""

    @abc.abstractmethod
    def call(self, context: Context, *inputs: Node) -> Node:
        """Build the layer's graph."""

    # What a layer uses -----------------------------------------------------------------

    def add_weight(
        self,
        name: str,
        symbol: str,
        shape: SampleShape,
        initializer: Any,
        is_parameter: bool = True,
        regularizer: Regularizer | None = None,
    ) -> None:
        """Declare one weight."""
        self.weights[name] = Weight(
            f"{self.name}.{name}",
            f"{symbol}{self.number}",
            tuple(shape),
            initializers.get(initializer),
            is_parameter,
            regularizer,
        )

    def weight(self, context: Context, name: str) -> Node:
        """Return the node of one of the layer's weights."""
        return context.weights[self.weights[name].name]

    def is_built_for(self, input_shapes: tuple[SampleShape, ...]) -> bool:
        return self.input_shapes == input_shapes

    @property
    def parameter_count(self) -> int:
        return sum(int(np.prod(weight.shape)) for weight in self.weights.values())

    def to_config(self) -> dict[str, Any]:
        config = super().to_config()
        if not self.trainable:
            config["trainable"] = False
        return config

    def __call__(self, *inputs: Tensor | Sequence[Tensor]) -> Tensor:
        """Apply the layer to symbolic outputs of other layers (functional models)."""
        tensors: list[Tensor] = []
        for value in inputs:
            tensors.extend(value if isinstance(value, Sequence) else [value])
        for tensor in tensors:
            if not isinstance(tensor, Tensor):
                raise GraphError(
                    f"{type(self).__name__} was called with {type(tensor).__name__}, but a layer "
                    "is "
                    "applied to gn.Input(...) or to the output of another layer; to compute "
                    "numbers, put it in a model and call predict(x)"
                )
        return Tensor(
            self.output_shape(*(tensor.shape for tensor in tensors)), self, tuple(tensors)
        )


@dataclass(eq=False)
class Tensor:
    """The output of a layer in a model that is being put together.

    Attributes
    ----------
    shape : tuple of int
        Shape of one sample.
    """

    shape: SampleShape
    layer: Layer
    inputs: tuple[Tensor, ...] = ()

    def __repr__(self) -> str:
        return f"<Tensor {shape_text(('n', *self.shape))} of {type(self.layer).__name__}>"


@dataclass
class Call:
    """One use of a layer: which values go in (by number) and the shape that comes out."""

    layer: Layer
    inputs: tuple[int, ...]
    shape: SampleShape


FAMILY: Family[Layer] = Family("layer", Layer)


def sample_shape_of(x: Node) -> SampleShape:
    """Return the shape of one sample of a value."""
    return tuple(size for size in x.shape[1:] if isinstance(size, int))


def single(shapes: tuple[SampleShape, ...], layer: Layer) -> SampleShape:
    """Return the one input shape of a layer that takes one input."""
    if len(shapes) != 1:
        raise ShapeError(f"{type(layer).__name__} takes one input, but {len(shapes)} were given")
    return shapes[0]
