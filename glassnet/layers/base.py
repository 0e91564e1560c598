"""What a layer is: it declares weights, says its output shape, and builds graph.

Longer than other files: one class, with docstrings for all that layers of one's own override.
"""

from __future__ import annotations

import abc
import copy
import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from glassnet import activations, initializers
from glassnet.errors import GraphError, ShapeError, shown
from glassnet.graph import Node, shape_text
from glassnet.layers.regularizers import Regularizer
from glassnet.settings import Configured, Family, flag

__all__ = ["FAMILY", "Call", "Context", "Layer", "Tensor", "Weight"]

# Settings that a reader of a report wants to know.
_TOLD = ("units", "activation", "rate", "scale", "offset")

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
    is_parameter : bool
        Whether it is learned by gradient. If not, it is a *buffer*: numbers that a layer keeps,
        such as a moving mean, and replaces itself through ``Context.updates``.
    dtype : str or None
        Its own, where it is not that of the network.
    """

    name: str
    symbol: str
    shape: tuple[int, ...]
    initializer: initializers.Initializer
    is_parameter: bool = True
    regularizer: Regularizer | None = None
    value: np.ndarray | None = None
    dtype: str | None = None


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
        New values of the layer's buffers, by full name; a layer may add to it. They take effect
        when the call is over: a later call of the same layer reads them. They are dropped where
        the network does not train and where the layer is frozen.
    """

    weights: dict[str, Node]
    dtype: str = "float32"
    is_training: bool = False
    seed: Node | None = None
    step: Node | None = None
    updates: dict[str, Node] = field(default_factory=dict)

    def settle(self, layer: Layer, before: dict[str, Node]) -> None:
        """Let the updates that a call of a layer added take effect, or drop them.

        Parameters
        ----------
        layer : Layer
        before : dict of str to Node
            The updates from before the call.
        """
        new = {name: node for name, node in self.updates.items() if before.get(name) is not node}
        if not new:
            return
        own = {weight.name: weight for weight in layer.weights.values()}
        for name, node in new.items():
            _check_update(layer, own.get(name), name, node, self.dtype)
        if self.is_training and layer.trainable:
            # A dict of its own: the parameters' gradients are taken from the nodes given first.
            self.weights = {**self.weights, **new}
            self.updates = {**before, **new}
        else:
            self.updates = before


def check_layer_name(name: Any) -> None:
    """Raise a `GraphError` if a layer or an input cannot be called so; None is no name yet."""
    if name is None:
        return
    if not isinstance(name, str) or not name.isprintable() or set(name or " ") & set(".:/ "):
        raise GraphError(
            f"{shown(name)} cannot be the name of a layer: it must be text, not empty and "
            "without any of '.:/', a space or an invisible character"
        )


def _name(owner: str, setting: str, value: Any) -> str | None:
    """Return the name of a layer."""
    check_layer_name(value)
    return value


def _declared(weight: Weight) -> tuple[Any, ...]:
    """Return what cannot change of a weight that has values."""
    return (weight.name, weight.shape, weight.is_parameter)


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
    keeps_dtype : bool
        Whether it computes in the precision of its inputs: it moves or scales numbers. Other
        layers are given the network's.
    is_wide : bool
        Whether it takes its input in double precision, whatever the network computes in.
    is_linear : bool
        Whether it draws straight lines, its activation aside: outputs are weighted sums of inputs.
    passes_on : bool
        Whether its outputs are its inputs, moved or left out: what they mean stays the same.
    is_input : bool
        Whether samples enter here, and nothing is computed.
    activation : callable or None
        Of a layer that ends with one.
    role : str
        What it does, for code that shows networks: "dense" (weighted sums of all inputs, and an
        activation; it has the settings ``units`` and ``use_bias``), "masked" (of some inputs),
        "activation", "normalizing" (mean and deviation learned from samples), "scaling" (by fixed
        numbers), "dropping" (leaves values out while training), "shape" (the same numbers in
        another shape), "adding", "joining"; empty for anything else.
    mask : ndarray or None
        Which input feeds which unit; None where all do.
    """

    keeps_dtype = False
    is_wide = False
    is_linear = False
    passes_on = False
    is_input = False
    activation: Any = None
    role = ""
    mask: Any = None
    rules = MappingProxyType({"name": _name, "trainable": flag})
    bookkeeping = frozenset({"weights", "number", "input_shapes"})
    input_shapes: tuple[SampleShape, ...] | None = None

    def __init__(self, name: str | None = None) -> None:
        self.name = name
        self.trainable = True
        self.weights: dict[str, Weight] = {}
        self.number = ""
        self.input_shapes = None

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "name" and self.input_shapes is not None and value != self.name:
            raise GraphError(
                f"the layer {self.name} cannot be called {shown(value)} any more: its weights have "
                "their names already; give layers their names before the network is built"
            )
        super().__setattr__(name, value)

    def declare_anew(self) -> None:
        """Take over what the settings say of the weights by now, such as their penalties.

        Raises
        ------
        GraphError
            If the weights that were made do not fit the settings any more.
        """
        if self.input_shapes is None:
            return
        twin = copy.copy(self)  # a build may set more than weights, and other threads read these
        twin.weights = {}
        twin.build(*self.input_shapes)
        old, new = self.weights, twin.weights
        if [_declared(one) for one in new.values()] != [_declared(one) for one in old.values()]:
            came = ", ".join(f"{name} {shape_text(one.shape)}" for name, one in new.items())
            there = ", ".join(f"{name} {shape_text(one.shape)}" for name, one in old.items())
            raise GraphError(
                f"the layer {self.name} has the weights {there or 'none'} already, and with this "
                f"setting it would need {came or 'none'}; set it before the network is built, or "
                "make a new model"
            )
        for name, weight in old.items():
            weight.initializer, weight.regularizer = new[name].initializer, new[name].regularizer

    def fingerprint(self) -> Hashable:
        """Return a key that is equal only for layers that compute and train the same."""
        return (super().fingerprint(), self.trainable)

    # What a layer may override, in this order ------------------------------------------

    def build(self, *input_shapes: SampleShape) -> None:
        """Declare the weights for inputs of these shapes."""

    @abc.abstractmethod
    def output_shape(self, *input_shapes: SampleShape) -> SampleShape:
        """Return the shape of one output sample."""

    @abc.abstractmethod
    def call(self, context: Context, *inputs: Node) -> Node:
        """Build the layer's graph."""

    def in_words(self) -> str:
        """Return what the layer does, for the table of a report: the settings a reader wants."""
        settings = self.get_config()
        return ", ".join(f"{name} {settings[name]}" for name in _TOLD if name in settings)

    @property
    def drops(self) -> bool:
        """Whether it leaves values out while training."""
        return False

    # What a layer that learns from the samples themselves overrides, all of these ---------

    @property
    def needs_data(self) -> bool:
        """Whether it has to be given samples by :meth:`adapt` before the first step."""
        return False

    def adapt(self, x: object) -> None:
        """Learn from the samples that reach it, ``(n, ...)``."""
        raise GraphError(f"a {type(self).__name__} layer learns nothing from samples alone")

    def forget(self) -> None:
        """Forget what :meth:`adapt` learned: the layer waits for data as if it were new."""

    def facts(self) -> dict[str, bool]:
        """Return what a file has to say about it besides settings and weights."""
        return {}

    def take_facts(self, facts: Mapping[str, bool]) -> None:
        """Take over what a file says, which may be older and say nothing."""

    def weights_ready(self, dtype: str) -> None:
        """Take notice that its weights were drawn, or read from a file, for a network."""

    def set_values(self, values: Mapping[str, np.ndarray]) -> None:
        """Copy arrays into the weights."""
        for name, array in values.items():
            value = self.weights[name].value
            assert value is not None
            value[...] = array

    # What a layer uses -----------------------------------------------------------------

    @property
    def activation_name(self) -> str:
        """What its activation is called: "linear" where it has none, "tanh" of a steep one."""
        return activations.plain_name(self.activation)

    def add_weight(
        self,
        name: str,
        symbol: str,
        shape: SampleShape,
        initializer: Any,
        is_parameter: bool = True,
        regularizer: Regularizer | None = None,
    ) -> None:
        """Declare one weight: a parameter, or a buffer where ``is_parameter`` is False."""
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

    def update(self, context: Context, name: str, value: Node) -> None:
        """Give a buffer of the layer the value it has after this call, in training.

        Examples
        --------
        >>> class Counter(Layer):
        ...     def build(self, *input_shapes):
        ...         self.add_weight("count", "c", (), "zeros", is_parameter=False)
        ...
        ...     def output_shape(self, *input_shapes):
        ...         return input_shapes[0]
        ...
        ...     def call(self, context, *inputs):
        ...         self.update(context, "count", self.weight(context, "count") + 1.0)
        ...         return inputs[0]
        >>> import glassnet as gn
        >>> net = gn.Sequential([gn.Input((1,)), Counter(), gn.layers.Dense(1)], seed=0)
        >>> net.compile("sgd", "mse")
        >>> history = net.fit([[1.0], [2.0]], [[0.0], [1.0]], batch_size=1, epochs=3, verbose=0)
        >>> net.layers[0].weights["count"].value
        array(6., dtype=float32)
        """
        context.updates[self.weights[name].name] = value

    def is_built_for(self, input_shapes: tuple[SampleShape, ...]) -> bool:
        return self.input_shapes == input_shapes

    @property
    def parameter_count(self) -> int:
        """How many numbers of the layer are learned by gradient."""
        return sum(math.prod(w.shape) for w in self.weights.values() if w.is_parameter)

    @property
    def buffer_count(self) -> int:
        """How many numbers the layer keeps that are not learned by gradient."""
        return sum(math.prod(w.shape) for w in self.weights.values() if not w.is_parameter)

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

    def __post_init__(self) -> None:
        self._depth: int = 1 + max((one._depth for one in self.inputs), default=-1)

    def __repr__(self) -> str:
        return f"<Tensor {shape_text(('n', *self.shape))} of {type(self.layer).__name__}>"

    # Copying and pickling recurse from a tensor to its inputs, as deep as the network is. So depths
    # are cut into stretches. A tensor with an input in an earlier stretch is a landing: it writes
    # the landings before it first, from the inputs on, and no recursion is longer than a stretch.

    def __reduce__(self) -> tuple[Any, ...]:
        before = self._landings() if self._is_landing else []
        return _blank, (type(self), before), self.__dict__

    @property
    def _is_landing(self) -> bool:
        own = self._depth // _STRETCH
        return any(one._depth // _STRETCH != own for one in self.inputs)

    def _landings(self) -> list[Tensor]:
        """Return all landings that this value depends on, the inputs' side first."""
        found, stack = {id(self)}, [self]
        landings = []
        while stack:
            for one in stack.pop().inputs:
                if id(one) not in found:
                    found.add(id(one))
                    stack.append(one)
                    if one._is_landing:
                        landings.append(one)
        return sorted(landings, key=lambda one: one._depth)


_STRETCH = 40  # depths; deepcopy takes 4 frames of Python for each


def _blank(kind: type[Tensor], before: list[Tensor]) -> Tensor:
    return object.__new__(kind)


@dataclass
class Call:
    """One use of a layer: which values go in (by number) and the shape that comes out."""

    layer: Layer
    inputs: tuple[int, ...]
    shape: SampleShape


FAMILY: Family[Layer] = Family("layer", Layer)


def _check_update(layer: Layer, weight: Weight | None, name: str, node: Any, dtype: str) -> None:
    """Raise a `GraphError` if a node cannot be the new value of a buffer."""
    if weight is None or weight.is_parameter:
        what = (
            "no weight of its own" if weight is None else "a parameter, which the optimizer moves"
        )
        raise GraphError(
            f"{layer.name} gives {name!r} a new value in context.updates, but that is {what}; "
            "declare a buffer: add_weight(..., is_parameter=False)"
        )
    is_node, dtype = isinstance(node, Node), weight.dtype or dtype
    if not is_node or node.shape != weight.shape or node.dtype != dtype:
        came = f"{node.dtype}{shape_text(node.shape)}" if is_node else shown(node)
        raise GraphError(
            f"{layer.name} gives its buffer {name!r} the new value {came}, but a node of "
            f"{dtype}{shape_text(weight.shape)} was expected"
        )


def sample_shape_of(x: Node) -> SampleShape:
    """Return the shape of one sample of a value."""
    return tuple(size for size in x.shape[1:] if isinstance(size, int))


def single(shapes: tuple[SampleShape, ...], layer: Layer) -> SampleShape:
    """Return the one input shape of a layer that takes one input."""
    if len(shapes) != 1:
        raise ShapeError(f"{type(layer).__name__} takes one input, but {len(shapes)} were given")
    return shapes[0]
