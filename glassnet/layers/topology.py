"""Topology: which layer feeds which, their weights, and the graph they build together.

Longer than other files: one class whose parts all work on the same list of calls.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any

import numpy as np

from glassnet import ops
from glassnet.errors import GlassnetError, GraphError, ShapeError
from glassnet.graph import Node, shape_text
from glassnet.layers.base import (
    FAMILY,
    Call,
    Context,
    Layer,
    SampleShape,
    Tensor,
    Weight,
    check_layer_name,
)
from glassnet.layers.input import InputLayer
from glassnet.layers.normalization import Normalization
from glassnet.settings import as_given, snake_case

__all__ = ["Topology", "layer_from_config", "name_layers", "own_input_names"]

_MOST_NUMBERS = 2**56  # in an array; NumPy counts the bytes in 63 bits


class Topology:
    """An ordered list of layer calls; each value has a number, the inputs come first.

    Parameters
    ----------
    input_shapes : sequence of tuple
        Shape of one sample of each input.
    calls : sequence of (Layer, tuple of int)
        A layer and the numbers of the values it takes.
    outputs : tuple of int
        Numbers of the values that leave the network.
    input_names : sequence of (str or None), optional
        What the inputs are called by those who give them; x, or x1, x2 ..., where there is no name.

    Raises
    ------
    ShapeError
        If a layer does not fit; the table of layers up to it is part of the message.
    """

    def __init__(
        self,
        input_shapes: Sequence[SampleShape],
        calls: Sequence[tuple[Layer, tuple[int, ...]]],
        outputs: tuple[int, ...],
        input_names: Sequence[str | None] = (),
    ) -> None:
        self.input_shapes = [tuple(int(size) for size in shape) for shape in input_shapes]
        self.given_names = _checked_names(input_names, len(self.input_shapes))
        self.outputs = outputs
        self.calls: list[Call] = []
        self.layers: list[Layer] = list(dict.fromkeys(layer for layer, _ in calls))
        name_layers(self.layers)
        _number_layers(self.layers)
        # Found once: most networks have none, and prediction of one row asks.
        self._learners = [x for x in self.layers if type(x).adapt is not Layer.adapt]
        new = [layer for layer in self.layers if layer.input_shapes is None]
        try:
            self.shapes = self._add_all(calls)
        except BaseException:
            for layer in new:  # they are to be usable in another network
                layer.weights, layer.input_shapes = {}, None
            raise

    def _add_all(self, calls: Sequence[tuple[Layer, tuple[int, ...]]]) -> list[SampleShape]:
        shapes = list(self.input_shapes)
        for layer, inputs in calls:
            taken = tuple(shapes[number] for number in inputs)
            try:
                shapes.append(self._add(layer, inputs, taken))
            except GlassnetError as error:
                raise ShapeError(self._failure(layer, taken, error)) from error
        return shapes

    def _add(
        self, layer: Layer, inputs: tuple[int, ...], shapes: tuple[SampleShape, ...]
    ) -> SampleShape:
        shape = layer.output_shape(*shapes)
        if layer.input_shapes is None or not layer.weights:
            layer.weights = {}
            layer.build(*shapes)
            layer.input_shapes = shapes
        elif not layer.is_built_for(shapes):
            raise ShapeError(
                f"{layer.name} has weights for inputs of shape "
                f"{shape_text(('n', *layer.input_shapes[0]))}, "
                f"but is given {shape_text(('n', *shapes[0]))}"
            )
        self.calls.append(Call(layer, inputs, shape))
        return shape

    def _failure(self, layer: Layer, shapes: tuple[SampleShape, ...], error: GlassnetError) -> str:
        lines = [f"the layer {layer.name} ({type(layer).__name__}) does not fit: {error}"]
        lines.append("The network up to there:")
        for number, shape in enumerate(self.input_shapes):
            lines.append(
                f"  {'input' if number == 0 else f'input {number + 1}':<20} "
                f"{shape_text(('n', *shape))}"
            )
        for call in self.calls:
            lines.append(f"  {call.layer.name!s:<20} {shape_text(('n', *call.shape))}")
        came = " and ".join(shape_text(("n", *shape)) for shape in shapes)
        lines.append(f"  {layer.name!s:<20} <- given {came}")
        return "\n".join(lines)

    @property
    def input_names(self) -> list[str]:
        """What the inputs are called: as they were named, else x, or x1, x2 ... if several."""
        own = own_input_names(len(self.input_shapes))
        return [given or name for given, name in zip(self.given_names, own, strict=True)]

    @property
    def is_chain(self) -> bool:
        """Whether every layer takes the result of the one before, and nothing else."""
        return all(call.inputs == (place,) for place, call in enumerate(self.calls))

    @property
    def output_names(self) -> list[str]:
        """What the outputs are called: as the layers that make them, each once: out, out_2 ..."""
        calls = [None] * len(self.input_shapes) + [call.layer for call in self.calls]
        names: list[str] = []
        for number in self.outputs:
            layer = calls[number]
            own = self.input_names[number] if layer is None else str(layer.name)
            count = 1
            name = own
            while name in names:
                count += 1
                name = f"{own}_{count}"
            names.append(name)
        return names

    # Weights --------------------------------------------------------------------------

    def weights(self) -> Iterator[Weight]:
        """Yield every weight, layer by layer, kernel before bias."""
        for layer in self.layers:
            yield from layer.weights.values()

    def parameters(self) -> list[Weight]:
        """Return the weights that training changes."""
        return [
            weight
            for layer in self.layers
            for weight in layer.weights.values()
            if layer.trainable and weight.is_parameter
        ]

    def frozen(self) -> list[Weight]:
        """Return the weights that training would change if their layers were trainable."""
        return [
            weight
            for layer in self.layers
            for weight in layer.weights.values()
            if not layer.trainable and weight.is_parameter
        ]

    def initialize(self, seed: int, dtype: str) -> None:
        """Draw the values of all weights that have none yet."""
        self.check_unchanged()
        for layer in self.layers:
            new = [weight for weight in layer.weights.values() if weight.value is None]
            for weight in layer.weights.values():
                if weight.value is None:
                    weight.value = _drawn(weight, seed, weight.dtype or dtype)
                elif weight.value.dtype != (weight.dtype or dtype):
                    raise GraphError(
                        f"the layer {layer.name} is shared with a model of dtype="
                        f"'{weight.value.dtype}', but this one has dtype={dtype!r}; give both the "
                        "same dtype"
                    )
            if new:
                layer.weights_ready(dtype)

    # Graph ----------------------------------------------------------------------------

    def build(self, context: Context, inputs: Sequence[Node]) -> list[Node]:
        """Build the graph of the whole network and return its outputs."""
        return self.outputs_among(self.values(context, inputs), context.dtype)

    def outputs_among(self, values: Sequence[Node], dtype: str) -> list[Node]:
        """Return the outputs among the inputs and the outputs of all calls."""
        return [_in_dtype(values[number], dtype) for number in self.outputs]

    def values(self, context: Context, inputs: Sequence[Node]) -> list[Node]:
        """Build the graph and return the inputs and the output of every call."""
        values = list(inputs)
        for call in self.calls:
            taken = _for_layer(call.layer, [values[n] for n in call.inputs], context.dtype)
            before = dict(context.updates)
            value = call.layer.call(context, *taken)
            context.settle(call.layer, before)
            values.append(value if value.name else value.named(str(call.layer.name)))
        return values

    # Precision ------------------------------------------------------------------------

    def input_dtypes(self, dtype: str) -> list[str]:
        """Return the dtype in which each input enters a network of a given dtype."""
        if not self._learners:
            return [dtype] * len(self.input_shapes)
        wide = self._inputs_reaching(lambda layer: layer.is_wide)
        return ["float64" if n in wide else dtype for n in range(len(self.input_shapes))]

    def undecided_inputs(self) -> set[int]:
        """Return the inputs whose precision a layer decides that has seen no data yet."""
        return self._inputs_reaching(lambda layer: layer.needs_data)

    def _inputs_reaching(self, is_one: Callable[[Layer], bool]) -> set[int]:
        """Return the inputs that reach such layers unchanged, or only moved and scaled."""
        if not any(is_one(layer) for layer in self._learners):
            return set()
        return {
            number
            for call in self.calls
            if is_one(call.layer)
            for taken in call.inputs
            for number in self.exact_sources(taken)
        }

    def exact_sources(self, number: int) -> set[int]:
        """Return the inputs that a value is made of, by layers that work in any precision.

        It is empty if the value went through another layer.
        """
        found, waiting, first = set(), [number], len(self.input_shapes)
        while waiting:
            place = waiting.pop()
            if place < first:
                found.add(place)
                continue
            call = self.calls[place - first]
            if not call.layer.keeps_dtype:
                return set()
            waiting.extend(call.inputs)
        return found

    @property
    def output_shapes(self) -> list[SampleShape]:
        return [self.shapes[number] for number in self.outputs]

    def fingerprint(self) -> tuple[Hashable, ...]:
        """Return what differs once a setting of a layer was changed."""
        return tuple(layer.fingerprint() for layer in self.layers)

    def check_unchanged(self) -> None:
        """Raise a `GraphError` if a layer was changed so that its weights no longer fit it."""
        for call in self.calls:
            shape = call.layer.output_shape(*(self.shapes[number] for number in call.inputs))
            if shape != call.shape:
                raise GraphError(
                    f"a setting of the layer {call.layer.name} was changed after its weights were "
                    f"made: it would give {shape_text(('n', *shape))} instead of "
                    f"{shape_text(('n', *call.shape))}; set it back, or make a new model"
                )
        for layer in self.layers:
            layer.declare_anew()

    # Description ----------------------------------------------------------------------

    def to_config(self) -> dict[str, Any]:
        """Return layers and connections in a form JSON can hold."""
        places = {id(layer): place for place, layer in enumerate(self.layers)}
        named = {"input_names": self.given_names} if any(self.given_names) else {}
        return {
            "inputs": [list(shape) for shape in self.input_shapes],
            **named,
            "layers": [{**layer.to_config(), "name": layer.name} for layer in self.layers],
            "calls": [[places[id(call.layer)], list(call.inputs)] for call in self.calls],
            "outputs": list(self.outputs),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom: dict[str, type] | None = None) -> Topology:
        """Make the topology a description tells of."""
        layers = [layer_from_config(one, custom) for one in config["layers"]]
        calls = [(layers[number], tuple(inputs)) for number, inputs in config["calls"]]
        inputs, outputs = [tuple(shape) for shape in config["inputs"]], tuple(config["outputs"])
        for place, (_, taken) in enumerate([*calls, (None, outputs)]):
            if not taken or not all(
                type(number) is int and 0 <= number < len(inputs) + place for number in taken
            ):
                raise GraphError(
                    f"value {len(inputs) + place} is made from {taken}, which come later or never"
                )
        return cls(inputs, calls, outputs, config.get("input_names", ()))

    @classmethod
    def chain(
        cls, input_shape: SampleShape, layers: Sequence[Layer], input_name: str | None = None
    ) -> Topology:
        """Return the topology of layers one after the other."""
        return cls(
            [input_shape],
            [(layer, (number,)) for number, layer in enumerate(layers)],
            (len(layers),),
            [input_name],
        )

    @classmethod
    def of_tensors(cls, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Topology:
        """Return the topology between symbolic inputs and outputs."""
        numbers = {id(tensor): number for number, tensor in enumerate(inputs)}
        calls: list[tuple[Layer, tuple[int, ...]]] = []
        for output in outputs:
            stack = [output]
            while stack:
                tensor = stack[-1]
                missing = [one for one in tensor.inputs if id(one) not in numbers]
                if id(tensor) in numbers:
                    stack.pop()
                elif missing:
                    stack.append(missing[0])
                elif isinstance(tensor.layer, InputLayer):
                    raise GraphError(
                        f"the outputs depend on an Input of shape {tensor.shape} that is not among "
                        "the "
                        "inputs of the model; add it to inputs=[...]"
                    )
                else:
                    numbers[id(tensor)] = len(inputs) + len(calls)
                    calls.append((tensor.layer, tuple(numbers[id(one)] for one in tensor.inputs)))
        names = [one.layer.name for one in inputs]
        taken = tuple(numbers[id(one)] for one in outputs)
        return cls([one.shape for one in inputs], calls, taken, names)


def _for_layer(layer: Layer, values: list[Node], dtype: str) -> list[Node]:
    """Return the inputs of a layer in the precision it computes in."""
    kinds = {value.dtype for value in values}
    if layer.is_wide or (layer.keeps_dtype and len(kinds) > 1):
        dtype = "float64"
    elif layer.keeps_dtype:
        return values
    return [_in_dtype(value, dtype) for value in values]


def _in_dtype(value: Node, dtype: str) -> Node:
    is_other = value.dtype != dtype and value.dtype.startswith("float")
    return ops.cast(value, dtype) if is_other else value


def own_input_names(count: int) -> list[str]:
    """Return what so many inputs are called in a graph: x, or x1, x2 ... if there are several."""
    return ["x"] if count == 1 else [f"x{number}" for number in range(1, count + 1)]


def _checked_names(names: Sequence[str | None], count: int) -> list[str | None]:
    """Return the names given to inputs, each only once."""
    found = list(names) or [None] * count
    if len(found) != count:
        raise GraphError(f"the names {found} do not fit {count} inputs")
    for name in found:
        check_layer_name(name)
    called = [name or own for name, own in zip(found, own_input_names(count), strict=True)]
    double = {name for name in called if called.count(name) > 1}
    if double:
        raise GraphError(
            f"two inputs are called {min(double)!r}; give every gn.Input a name of its own"
        )
    return found


def _drawn(weight: Weight, seed: int, dtype: str) -> np.ndarray:
    """Return the first values of a weight."""
    try:
        if math.prod(weight.shape) > _MOST_NUMBERS:
            raise MemoryError
        return np.array(weight.initializer(weight.shape, seed, weight.name), dtype, order="C")
    except MemoryError as error:
        raise ShapeError(
            f"{weight.symbol} of {weight.name.split('.')[0]} would have the shape "
            f"{shape_text(weight.shape)}, more numbers than memory holds; use fewer units"
        ) from error


def name_layers(layers: Sequence[Layer]) -> None:
    """Name layers without a name by kind and number: dense_1, dense_2 ..."""
    taken = [layer.name for layer in layers if layer.name is not None]
    double = {name for name in taken if taken.count(name) > 1}
    if double:
        raise GraphError(
            f"two layers are called {min(double)!r}; every layer needs a name of its own"
        )
    counts: dict[str, int] = {}
    for layer in layers:
        if layer.name is None:
            kind = snake_case(type(layer).__name__)
            while True:
                counts[kind] = counts.get(kind, 0) + 1
                name = f"{kind}_{counts[kind]}"
                if name not in taken:
                    break
            layer.name = name


def _number_layers(layers: Sequence[Layer]) -> None:
    """Number the layers that formulas speak of: those that can hold weights, Dense and its like.

    Their symbols are W1, z1 ...; those of a layer that was given a name are W_name, z_name ...
    """
    number = 0
    for layer in layers:
        if isinstance(layer, Normalization) or not _may_have_weights(layer):
            continue
        number += 1
        kind = snake_case(type(layer).__name__)
        is_automatic = re.fullmatch(rf"{kind}_\d+", str(layer.name)) is not None
        layer.number = str(number) if is_automatic else f"_{layer.name}"


def _may_have_weights(layer: Layer) -> bool:
    return type(layer).build is not Layer.build


def layer_from_config(config: dict[str, Any], custom: dict[str, type] | None = None) -> Layer:
    """Return the layer a description tells of; its own classes are given in ``custom``."""
    settings = dict(config)
    trainable = settings.pop("trainable", True)
    own = (custom or {}).get(settings["class"])
    if own is not None:
        layer = own(**as_given(settings))
    else:
        layer = FAMILY.get(settings)
    layer.trainable = trainable
    return layer
