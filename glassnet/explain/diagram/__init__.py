"""The diagram of a network: its units, and its weights as lines of their width and sign."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.errors import ArgumentError, GlassnetError, ShapeError, shown
from glassnet.explain.diagram.card import card
from glassnet.explain.diagram.drawing import Drawing
from glassnet.explain.diagram.layout import arranged
from glassnet.explain.diagram.paint import painted
from glassnet.explain.diagram.sketch import Sketch, sketch_of, sketch_of_layers
from glassnet.explain.diagram.svg import svg_text
from glassnet.formats.files import write_text
from glassnet.html import Html, element, join
from glassnet.layers import Layer
from glassnet.layers.topology import Topology
from glassnet.training.classes import names_in
from glassnet.training.inspection import layer_values
from glassnet.training.network import Network
from glassnet.training.summary import summary_notes, summary_rows
from glassnet.translation import _, plural

__all__ = ["Diagram", "diagram", "notebook_card"]

MOST_UNITS = 12


class Diagram:
    """A picture of a network; notebooks show it, ``str`` gives its SVG.

    Attributes
    ----------
    drawing : Drawing
        The shapes it is made of.
    svg : str
    """

    def __init__(self, drawing: Drawing) -> None:
        self.drawing = drawing
        self.svg = svg_text(drawing)

    def save(self, path: str | Path) -> Path:
        """Write the picture as an SVG file.

        Raises
        ------
        OutputError
            If the file cannot be written; what stood there before is untouched.
        """
        return write_text(path, self.svg)

    def __str__(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return f"<Diagram: {self.drawing.title}>"

    def _repr_html_(self) -> str:
        return element("div", Html(self.svg), style="overflow-x:auto")


def diagram(
    what: Network | Topology | Sequence[Layer], x: Any = None, most: int = MOST_UNITS
) -> Diagram:
    """Return the diagram of a network, of a topology without weights, or of bare layers.

    Parameters
    ----------
    what : Network, Topology or list of Layer
    x : array, optional
        One sample, whose values are written into the units; needs a network with weights.
    most : int, default 12
        Units of a layer that are drawn; of more, the first and the last.

    Raises
    ------
    ArgumentError
        If there is nothing to draw, or ``most`` is smaller than 2.
    ShapeError
        If the sample does not fit.

    Examples
    --------
    >>> from glassnet.layers import Dense
    >>> diagram([Dense(3, "tanh"), Dense(1)])
    <Diagram: network of 2 layers: input, dense, dense>
    """
    if isinstance(most, bool) or not isinstance(most, int | np.integer) or most < 2:
        raise ArgumentError(f"most={shown(most)} must be a whole number of at least 2")
    if x is not None and not isinstance(what, Network):
        raise ArgumentError("values of a sample need weights: build the network, or fit it")
    sketch = _sketch(what, x)
    if len(sketch.blocks) < 2:
        raise ArgumentError("the network has no layers yet; add one to see it")
    names = [block.title for block in sketch.blocks]
    shortened = names if len(names) <= 8 else [*names[:4], "…", *names[-3:]]
    layers = len({link.target for link in sketch.links})
    title = plural(
        "network of {n} layer: {names}", "network of {n} layers: {names}", layers,
        names=", ".join(shortened),
    )  # fmt: skip
    layout = arranged(sketch, int(most), x is not None)
    return Diagram(painted(sketch, layout, title))


def _sketch(what: Network | Topology | Sequence[Layer], x: Any) -> Sketch:
    if isinstance(what, Topology):
        return sketch_of(what)
    if not isinstance(what, Network):
        return sketch_of_layers(what)
    values = None if x is None else [value[0] for value in layer_values(what, _one(x, what))]
    info = what.info
    features, classes = (
        names_in(info, key, shapes[0][0]) if len(shapes) == 1 and len(shapes[0]) == 1 else ()
        for key, shapes in (
            ("feature_names", what.topology.input_shapes),
            ("class_names", what.topology.output_shapes),
        )
    )
    return sketch_of(what.topology, values, features, classes)


def _one(x: Any, network: Network) -> Any:
    """Return one sample as a batch of one."""
    shapes = network.topology.input_shapes
    if len(shapes) > 1 and not isinstance(x, list | tuple | np.ndarray):
        raise ShapeError(f"the network has {len(shapes)} inputs: give x as a list of their samples")
    parts = [x] if len(shapes) == 1 else list(x)
    if len(parts) != len(shapes):
        raise ShapeError(f"the network has {len(shapes)} inputs, but x holds {len(parts)}")
    batches = []
    for part, shape in zip(parts, shapes, strict=True):
        try:
            array = np.asanyarray(part)
        except ValueError:
            raise ShapeError(f"x={shown(part)} must be one sample of shape {shape}") from None
        if array.shape not in (shape, (1, *shape)):
            raise ShapeError(
                f"x has the shape {array.shape}, but one sample of shape {shape} was expected; "
                "take one row, for example x[0]"
            )
        batches.append(array.reshape(1, *shape))
    return batches[0] if len(shapes) == 1 else batches


def notebook_card(
    what: Network | Topology | Sequence[Layer], title: str, is_default: bool = False
) -> str:
    """Return what a notebook shows of a network: diagram, table of layers, settings."""
    try:
        svg = Html(diagram(what).svg)
    except GlassnetError as error:
        svg = join(error)  # as text
    if isinstance(what, Network):
        return card(title, svg, summary_rows(what.topology), summary_notes(what, is_default))
    notes = [_("not built yet: fit makes the weights, or build((None, features))")]
    if isinstance(what, Topology):
        return card(title, svg, summary_rows(what), notes)
    sketch = sketch_of_layers(what)
    rows = [(_("layer"), _("output shape"), _("parameters"), "")]
    for block in sketch.blocks:
        shape = "?" if block.shape is None else f"(n, {', '.join(map(str, block.shape))})"
        rows.append((f"{block.title} ({block.kind})" if block.kind else block.title, shape, "", ""))
    return card(title, svg, rows, notes)
