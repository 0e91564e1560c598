"""What a diagram has to show: the values of a network as blocks, and what links them.

Takes a topology, or bare layers; gives a :class:`Sketch` of blocks and links for ``layout.py``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from glassnet import activations
from glassnet.layers import (
    Layer,
)
from glassnet.layers.topology import Topology
from glassnet.settings import snake_case
from glassnet.translation import _

__all__ = ["Block", "Link", "Sketch", "sketch_of", "sketch_of_layers"]

# Numbers stand on the lines of networks that have no more lines in a link and units in a layer.
MOST_LINES, MOST_UNITS = 12, 8

# Layers in which unit i of the output is made of unit i of every input.
_UNIT_BY_UNIT = ("activation", "adding", "dropping", "normalizing", "scaling")


@dataclass
class Block:
    """One value of the network: an input, or what a layer gives.

    Attributes
    ----------
    title, kind : str
        Name of the layer, and what it is.
    shape : tuple of int, or None
        Shape of a sample; None where it is not known yet.
    names : sequence of str
        What the units stand for, if that is known.
    values : ndarray, optional
        The value for the sample that is laid over.
    """

    title: str
    kind: str
    shape: tuple[int, ...] | None
    names: Sequence[str] = ()
    values: np.ndarray | None = None
    is_output: bool = False

    @property
    def units(self) -> int | None:
        """Number of units, or None where the value is no row of units."""
        return self.shape[0] if self.shape is not None and len(self.shape) == 1 else None


@dataclass
class Link:
    """What leads from one block to another.

    Attributes
    ----------
    kind : {"dense", "one", "whole"}
        Every unit to every unit, unit by unit, or the value as a whole.
    offset : int
        Unit by unit: the first unit of the target.
    weights, bias, mask : ndarray, optional
        Of a dense link; None while the weights are not made.
    symbols : (str, str)
        Names of weights and bias in formulas.
    """

    source: int
    target: int
    kind: str
    offset: int = 0
    has_bias: bool = False
    weights: np.ndarray | None = None
    bias: np.ndarray | None = None
    mask: np.ndarray | None = None
    symbols: tuple[str, str] = ("W", "b")

    @property
    def line_count(self) -> float:
        """Number of weights; infinite while they are not made."""
        if self.weights is None:
            return math.inf
        rows, columns = self.weights.shape
        return (rows + self.has_bias) * columns


@dataclass
class Sketch:
    """Blocks, and the links among them."""

    blocks: list[Block] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)

    @property
    def has_numbers(self) -> bool:
        """Whether the network is so small that every weight is written on its line."""
        dense = [link for link in self.links if link.kind == "dense"]
        sizes = [block.units for block in self.blocks]
        return bool(dense) and all(
            [link.line_count <= MOST_LINES for link in dense]
            + [size is not None and size <= MOST_UNITS for size in sizes]
        )


def sketch_of(
    topology: Topology,
    values: Sequence[np.ndarray] | None = None,
    feature_names: Sequence[str] = (),
    class_names: Sequence[str] = (),
) -> Sketch:
    """Return the sketch of a topology.

    Parameters
    ----------
    topology : Topology
    values : sequence of ndarray, optional
        Every value for one sample, as `glassnet.training.inspection.layer_values` gives them,
        without the batch axis.
    feature_names, class_names : sequence of str
        Used where their number fits.
    """
    sketch = Sketch()
    count = len(topology.input_shapes)
    for place, shape in enumerate(topology.input_shapes):
        title = _("input") if count == 1 else _("input {n}").format(n=place + 1)
        sketch.blocks.append(Block(title, "", shape))
    for place, call in enumerate(topology.calls):
        sketch.blocks.append(Block(str(call.layer.name), kind_of(call.layer), call.shape))
        shapes = [topology.shapes[number] for number in call.inputs]
        offset = 0
        for number, shape in zip(call.inputs, shapes, strict=True):
            sketch.links.append(_link(call.layer, number, count + place, shape, call.shape, offset))
            if call.layer.role == "joining":
                offset += shape[-1]
    for place, block in enumerate(sketch.blocks):
        block.is_output = place in topology.outputs
        block.values = None if values is None else np.asarray(values[place])
        block.names = _fitting(feature_names if place < count else class_names, block, place, count)
    return sketch


def _fitting(names: Sequence[str], block: Block, place: int, inputs: int) -> list[str]:
    is_named = (place < inputs and inputs == 1) or block.is_output
    return [str(name) for name in names] if is_named and len(names) == block.units else []


def _link(
    layer: Layer,
    source: int,
    target: int,
    came: tuple[int, ...],
    gone: tuple[int, ...],
    offset: int,
) -> Link:
    kernel, bias = layer.weights.get("kernel"), layer.weights.get("bias")
    is_row = len(came) == len(gone) == 1
    if is_row and kernel is not None and kernel.shape == (*came, *gone):
        symbols = (kernel.symbol, bias.symbol if bias is not None else "")
        return Link(
            source, target, "dense", 0, bias is not None, kernel.value,
            None if bias is None else bias.value, layer.mask, symbols,
        )  # fmt: skip
    is_unit_by_unit = layer.role == "joining" or (layer.role in _UNIT_BY_UNIT and came == gone)
    return Link(source, target, "one" if is_row and is_unit_by_unit else "whole", offset)


def sketch_of_layers(layers: Sequence[Layer]) -> Sketch:
    """Return the sketch of a chain of layers whose input is not known yet."""
    sketch = Sketch([Block(_("input"), "", None)])
    for place, layer in enumerate(layers):
        before = sketch.blocks[-1].shape
        units = getattr(layer, "units", None)
        shape: tuple[int, ...] | None = (units,) if isinstance(units, int) else None
        if layer.role in _UNIT_BY_UNIT:
            shape = before
        name = layer.name or snake_case(type(layer).__name__)
        sketch.blocks.append(Block(name, kind_of(layer), shape))
        kind = "whole"
        if before is not None and shape is not None:
            kind = "one" if layer.role in _UNIT_BY_UNIT else "dense"
        has_bias = kind == "dense" and bool(getattr(layer, "use_bias", False))
        sketch.links.append(Link(place, place + 1, kind, has_bias=has_bias))
    sketch.blocks[-1].is_output = True
    return sketch


def kind_of(layer: Layer) -> str:
    """Return what a layer is: its class, and its activation or rate.

    Examples
    --------
    >>> from glassnet.layers import Dense
    >>> kind_of(Dense(3, "tanh"))
    'Dense, tanh'
    """
    text = type(layer).__name__
    activation = layer.activation
    if activation is not None and activation is not activations.linear:
        inner = getattr(activation, "activation", activation)  # of one with a steepness
        text += f", {activations.name_of(inner)}"
    rate = getattr(layer, "rate", None)
    return text if rate is None else f"{text} {rate:g}"
