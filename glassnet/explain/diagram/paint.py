"""From a sketch and its layout to shapes: units, weights as lines, names.

Takes a sketch and its layout, gives a :class:`Drawing`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from glassnet.explain.diagram.drawing import Box, Circle, Curve, Drawing, Item, Line, Text
from glassnet.explain.diagram.layout import BOX, HEAD, Layout, Place, fitted, text_width
from glassnet.explain.diagram.palette import BLUE, INK, MUTED, ORANGE
from glassnet.explain.diagram.sketch import Block, Link, Sketch
from glassnet.explain.diagram.weights import weight_numbers
from glassnet.translation import _, plural

__all__ = ["painted"]

LEGEND = 30.0
THINNEST, THICKEST = 0.4, 3.4
FAINTEST = 0.22  # opacity of the smallest weight
STRONGEST = 0.75  # of a unit's colour: the number in it stays readable


def painted(sketch: Sketch, layout: Layout, title: str) -> Drawing:
    """Return the drawing: links first, units over them, words on top."""
    drawing = Drawing(layout.width, layout.height, title=title)
    for number, link in enumerate(sketch.links):
        drawing.items += _link(sketch, layout, number, link)
    for number, place in layout.places.items():
        drawing.items += _block(sketch.blocks[number], place, layout.radius)
    if layout.folded is not None:
        drawing.items += _folded(*layout.folded)
    return _with_legend(drawing, sketch)


# Links --------------------------------------------------------------------------------------


def _link(sketch: Sketch, layout: Layout, number: int, link: Link) -> list[Item]:
    source, target = layout.places.get(link.source), layout.places.get(link.target)
    if source is None or target is None:
        return _into_the_fold(layout, source, target)
    is_next = layout.depths[link.target] - layout.depths[link.source] == 1
    if link.kind == "dense" and is_next and source.shown and target.shown:
        return list(_dense(link, source, target, layout.radius, sketch.has_numbers))
    if link.kind == "one" and is_next:
        pairs = [
            (y, target.shown[unit + link.offset])
            for unit, y in source.shown.items()
            if unit + link.offset in target.shown
        ]
        if pairs:
            x1, x2 = source.x + layout.radius, target.x - layout.radius
            return [Line(x1, a, x2, b, MUTED, 0.8, 0.6) for a, b in pairs]
    return [_cable(sketch, layout, number, link, source, target)]


def _dense(
    link: Link, source: Place, target: Place, radius: float, has_numbers: bool
) -> Iterator[Line | Text]:
    """Yield a line for every connection that is shown, and the numbers of a small network."""
    x1, x2 = source.x + radius, target.x - radius
    lines = []
    for column, y2 in target.shown.items():
        for row, y1 in source.shown.items():
            if link.mask is None or link.mask[row, column]:
                weight = None if link.weights is None else float(link.weights[row, column])
                lines.append((weight, y1, y2, f"{link.symbols[0]}[{row}, {column}]"))
        if link.has_bias and source.bias is not None:
            weight = None if link.bias is None else float(link.bias[column])
            lines.append((weight, source.bias, y2, f"{link.symbols[1]}[{column}]"))
    finite = [abs(line[0]) for line in lines if line[0] is not None and np.isfinite(line[0])]
    largest = max(finite, default=0.0)
    drawn = [_weight_line((x1, a, x2, b), weight, largest, name) for weight, a, b, name in lines]
    yield from drawn
    if has_numbers:
        yield from weight_numbers(drawn, [weight for weight, *_ in lines if weight is not None])


def _weight_line(
    ends: tuple[float, float, float, float], weight: float | None, largest: float, name: str
) -> Line:
    if weight is None:
        return Line(*ends, MUTED, 0.8, 0.45)
    if not np.isfinite(weight):
        return Line(*ends, INK, 2.0, 1.0, True, f"{name} = {weight}")
    size = abs(weight) / largest if largest else 0.0
    # Steps of width and strength, so that lines of one look are written once.
    size = round(size * 12) / 12
    width = THINNEST + (THICKEST - THINNEST) * size
    strength = FAINTEST + (1 - FAINTEST) * size
    colour = BLUE if weight >= 0 else ORANGE
    return Line(*ends, colour, round(width, 2), round(strength, 2), weight < 0,
                f"{name} = {weight:.4g}")  # fmt: skip


def _cable(
    sketch: Sketch, layout: Layout, number: int, link: Link, source: Place, target: Place
) -> Curve:
    """Return one line for a value that is handed on as a whole, around what lies between."""
    half = [
        BOX[0] / 2 if sketch.blocks[end].units is None else layout.radius
        for end in (link.source, link.target)
    ]
    points = [(source.x + half[0] + 2, source.y)]
    for depth in range(layout.depths[link.source] + 1, layout.depths[link.target]):
        if (number, depth) in layout.lanes:
            points.append(layout.lanes[number, depth])
    points.append((target.x - half[1] - 2, _landing(sketch, link, target)))
    return Curve(tuple(points))


def _landing(sketch: Sketch, link: Link, target: Place) -> float:
    """Return the height at which a cable arrives: at its own units, where they are drawn."""
    units = sketch.blocks[link.source].units
    if link.kind != "one" or units is None:
        return target.y
    own = [y for unit, y in target.shown.items() if 0 <= unit - link.offset < units]
    if own:
        return sum(own) / len(own)
    return target.gap if target.gap is not None else target.y


def _into_the_fold(layout: Layout, source: Place | None, target: Place | None) -> list[Item]:
    """Draw the half of a link that leads into the columns left out."""
    assert layout.folded is not None
    x, y, _columns = layout.folded
    if source is not None:
        return [Curve(((source.x + layout.radius + 2, source.y), (x - 26, y)))]
    if target is not None:
        return [Curve(((x + 26, y), (target.x - layout.radius - 2, target.y)))]
    return []


def _folded(x: float, y: float, columns: int) -> list[Item]:
    dots: list[Item] = [Circle(x + 9 * place, y, 2.2, MUTED, 1.0, MUTED) for place in (-1, 0, 1)]
    text = plural("{n} more layer", "{n} more layers", columns)
    return [*dots, Text(x, y + 20, text, 10, MUTED)]


# Blocks -------------------------------------------------------------------------------------


def _block(block: Block, place: Place, radius: float) -> list[Item]:
    items: list[Item] = [
        Text(place.x, place.head + 12, fitted(block.title), 11.5, INK, is_bold=True),
    ]
    if block.kind:
        items.append(Text(place.x, place.head + 26, fitted(block.kind), 10, MUTED))
    if not place.shown:
        text = _("not known") if block.shape is None else " × ".join(map(str, block.shape))
        middle = place.top + HEAD + BOX[1] / 2
        return [*items, Box(place.x, middle, *BOX), Text(place.x, middle + 4, text, 10)]
    scale = _scale(block)
    for unit, y in place.shown.items():
        items += _unit(block, unit, place.x, y, radius, scale)
    items += _names(block, place, radius)
    count = block.units or 0
    if place.gap is not None:
        items += [Circle(place.x, place.gap + 7 * k, 1.8, MUTED, 1.0, MUTED) for k in (-1, 0, 1)]
    if place.bias is not None:
        items.append(Box(place.x, place.bias, 1.7 * radius, 1.7 * radius))
        items.append(Text(place.x, place.bias + 3.5, "1", 10))
    footer = plural("{n} unit", "{n} units", count)
    items.append(Text(place.x, place.bottom - 4, footer, 10, MUTED))
    return items


def _scale(block: Block) -> float:
    if block.values is None:
        return 0.0
    finite = np.abs(block.values[np.isfinite(block.values)])
    return float(finite.max(initial=0.0))


def _unit(block: Block, unit: int, x: float, y: float, radius: float, scale: float) -> list[Item]:
    if block.values is None:
        return [Circle(x, y, radius)]
    value = float(block.values[unit])
    if not np.isfinite(value):
        return [
            Circle(x, y, radius, is_dashed=True),
            Text(x, y + 3.5, f"{value}", 9, has_halo=False),
        ]
    strength = STRONGEST * abs(value) / scale if scale else 0.0
    colour = ORANGE if value < 0 else BLUE
    circle = Circle(x, y, radius, colour, round(strength, 2), INK, value < 0, f"{value:.6g}")
    return [circle, Text(x, y + 3.2, short(value), 9, has_halo=False)]


def short(value: float) -> str:
    """Return a number in at most five signs.

    Examples
    --------
    >>> short(0.123456), short(-12.3), short(123456.0), short(-0.0001), short(0.0)
    ('0.12', '-12', '1e5', '-1e-4', '0.00')
    """
    if abs(value) >= 9999.5 or 0 < abs(value) < 0.005:
        digits, exponent = f"{value:.0e}".split("e")
        return f"{digits}e{int(exponent)}"
    return f"{value:.2f}" if abs(value) < 9.995 else f"{value:.0f}"


def _names(block: Block, place: Place, radius: float) -> list[Item]:
    """Write beside inputs and outputs what they stand for."""
    is_input = not block.kind
    if not is_input and not (block.is_output and block.names):
        return []
    side, anchor = (-1, "end") if is_input else (1, "start")
    return [
        Text(place.x + side * (radius + 6), y + 3.5,
             fitted(block.names[unit]) if block.names else f"x{unit + 1}", 10, MUTED, anchor)
        for unit, y in place.shown.items()
    ]  # fmt: skip


# The legend ---------------------------------------------------------------------------------


def _with_legend(drawing: Drawing, sketch: Sketch) -> Drawing:
    """Say below the drawing what its lines mean."""
    dense = [link for link in sketch.links if link.kind == "dense"]
    if not dense:
        return drawing
    has_weights = any(link.weights is not None for link in dense)
    has_bias = any(link.has_bias for link in dense)
    y, x = drawing.height + 12, 14.0
    parts: list[tuple[str, Item | None]] = []
    if has_weights:
        parts.append((_("positive weight"), Line(x, y, x + 24, y, BLUE, 2.4)))
        parts.append((_("negative weight"), Line(x, y, x + 24, y, ORANGE, 2.4, is_dashed=True)))
    else:
        parts.append((_("weights not made yet"), Line(x, y, x + 24, y, MUTED, 1.0)))
    if has_bias:
        parts.append((_("bias"), None))
    for text, sample in parts:
        if isinstance(sample, Line):
            sample = Line(x, y, x + 24, y, sample.colour, sample.width, is_dashed=sample.is_dashed)
            drawing.items.append(sample)
        else:
            drawing.items += [Box(x + 12, y, 13, 13), Text(x + 12, y + 3.5, "1", 9)]
        drawing.items.append(Text(x + 30, y + 3.5, text, 10, MUTED, "start"))
        x += 30 + text_width(text, 10) + 16
    drawing.height += LEGEND
    drawing.width = max(drawing.width, x)
    return drawing
