"""The contract of a layer: what must hold for each, whoever wrote it.

:data:`LAYER_CONTRACTS` holds the promises by name; :func:`check_layer` checks them all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from glassnet.errors import ContractError
from glassnet.graph import Node, Program, input_node, shape_text, to_text
from glassnet.layers import Context, Layer
from glassnet.layers.topology import Topology, layer_from_config
from glassnet.random import uniform
from glassnet.testing.parts import BACKEND_TOLERANCE, Part, through_json

__all__ = ["LAYER_CONTRACTS", "check_layer"]

ROWS = 2

Shapes = tuple[tuple[int, ...], ...]


def check_layer(layer: Layer, *input_shapes: Sequence[int]) -> None:
    """Check every promise of a layer.

    The output has the shape the layer says; gradients with respect to inputs and weights
    equal central differences; plain loops and NumPy agree, on new values of buffers too; buffers
    rest where nothing trains; single precision stays single; the description survives a file.

    Parameters
    ----------
    layer : Layer
        With weights or without; the ones it has are not used or changed.
    *input_shapes : tuple of int
        Shape of one sample of each input. Unequal sizes find missing transposes.

    Raises
    ------
    ContractError
        At the first promise that does not hold. It is an ``AssertionError``.

    Examples
    --------
    >>> from glassnet.layers import Dense
    >>> check_layer(Dense(5, "tanh"), (3,))
    """
    shapes = tuple(tuple(shape) for shape in input_shapes)
    for contract in LAYER_CONTRACTS.values():
        contract(layer, shapes)


def part_of(
    layer: Layer,
    shapes: Shapes,
    is_training: bool = False,
    dtype: str = "float64",
    calls: int = 1,
) -> Part:
    """Make the graph of a layer alone, with a value for every input and weight."""
    call = (copy_of(layer), tuple(range(len(shapes))))
    topology = Topology(shapes, [call] * calls, (len(shapes) + calls - 1,))
    names = [f"x{number}" for number in range(1, len(shapes) + 1)]
    inputs = [
        input_node(name, ("n", *shape), dtype) for name, shape in zip(names, shapes, strict=True)
    ]
    values = {
        name: uniform(0, name, (ROWS, *shape), -2.0, 2.0).astype(dtype)
        for name, shape in zip(names, shapes, strict=True)
    }
    weights = {w.name: input_node(w.name, w.shape, dtype) for w in topology.weights()}
    # Positive numbers suit every weight, a standard deviation too.
    values |= {
        w.name: uniform(0, w.name, w.shape, 0.5, 1.5).astype(dtype) for w in topology.weights()
    }
    seed, step = input_node("seed", (), "int64"), input_node("step", (), "int64")
    values |= {"seed": np.array(5), "step": np.array(1)}
    context = Context(weights, dtype, is_training, seed, step)
    output = topology.values(context, inputs)[-1]  # as the layer gives it, not yet cast
    slopes: list[Node] = [*inputs, *(weights[w.name] for w in topology.parameters())]
    name = f"{type(layer).__name__}({', '.join(shape_text(('n', *s)) for s in shapes)})"
    given = [*inputs, *weights.values(), seed, step]
    return Part(name, given, values, output, slopes, context.updates)


def copy_of(layer: Layer) -> Layer:
    """Return a new layer from the description, as a file would give it."""
    config = through_json(layer)
    try:
        return layer_from_config(config, {type(layer).__name__: type(layer)})
    except TypeError as error:
        raise ContractError(
            f"{type(layer).__name__} cannot be made from its own description {config}: {error}"
        ) from error


# The contracts ------------------------------------------------------------------------


def check_shape(layer: Layer, shapes: Shapes) -> None:
    """The output has the shape ``output_shape`` says, one row a sample."""
    promised = copy_of(layer).output_shape(*shapes)
    for is_training in (False, True):
        part = part_of(layer, shapes, is_training)
        came = part.run({"y": part.output})["y"].shape
        if came != (ROWS, *promised):
            raise part.fails(
                f"output_shape gives {shape_text(('n', *promised))}, but {ROWS} samples come out "
                f"with the shape {came}"
            )
        if str(part.output.shape[0]) != "n":
            raise part.fails(
                f"its output has the shape {shape_text(part.output.shape)}: the number of samples "
                "must stay open"
            )


def check_gradient(layer: Layer, shapes: Shapes) -> None:
    """Gradients with respect to inputs and parameters equal central differences."""
    for is_training in (False, True):
        part_of(layer, shapes, is_training).check_slopes()


def check_backends(layer: Layer, shapes: Shapes) -> None:
    """Plain loops and NumPy agree on the output and the gradients."""
    for is_training in (False, True):
        part_of(layer, shapes, is_training).check_backends()


def check_single_precision(layer: Layer, shapes: Shapes) -> None:
    """float32 in gives float32 out, near the value in double precision."""
    part_of(layer, shapes, dtype="float32").check_single(part_of(layer, shapes))


def check_description(layer: Layer, shapes: Shapes) -> None:
    """The description survives a file: the layer made from it builds the same graph."""
    again = copy_of(layer)
    if again.to_config() != layer.to_config():
        raise ContractError(
            f"{layer!r} is described by {layer.to_config()}, but the layer made from that "
            f"description by {again.to_config()}"
        )
    first, second = part_of(layer, shapes), part_of(again, shapes)
    texts = [to_text(Program("layer", p.inputs, {"y": p.output})) for p in (first, second)]
    if texts[0] != texts[1]:
        raise first.fails(f"made from its description it builds another graph:\n{texts[1]}")


def check_rows(layer: Layer, shapes: Shapes) -> None:
    """A prediction for one sample does not depend on the others."""
    part = part_of(layer, shapes)
    whole = part.run({"y": part.output})["y"]
    rows = {n.attrs["name"] for n in part.inputs if n.shape and str(n.shape[0]) == "n"}
    first = {name: value[:1] if name in rows else value for name, value in part.values.items()}
    alone = Part(part.name, part.inputs, first, part.output, []).run({"y": part.output})["y"]
    if not np.allclose(alone[0], whole[0], rtol=1e-12, atol=1e-12):
        raise part.fails("the output for one sample depends on the samples beside it")


def check_buffers(layer: Layer, shapes: Shapes) -> None:
    """Two calls in one step leave the buffers as two steps of one call each do."""
    part = part_of(layer, shapes, is_training=True)
    if not part.updates:
        return
    first = part.run(part.updates)
    later = replace(part, values={**part.values, **first}).run(part.updates)
    twice = part_of(layer, shapes, is_training=True, calls=2)
    part.check_same(
        twice.run(twice.updates), later, "two calls and two steps differ in", BACKEND_TOLERANCE
    )


LAYER_CONTRACTS: dict[str, Callable[[Layer, Shapes], None]] = {
    "shape": check_shape,
    "gradient": check_gradient,
    "backends": check_backends,
    "single precision": check_single_precision,
    "description": check_description,
    "rows": check_rows,
    "buffers": check_buffers,
}
