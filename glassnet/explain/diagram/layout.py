"""Where the blocks of a diagram stand: a column for every depth, links from left to right.

Takes a sketch, gives the place and the shown units of every block; ``paint.py`` reads it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field

from glassnet.explain.diagram.sketch import Block, Sketch

__all__ = ["Layout", "Place", "arranged", "fitted", "text_width"]

MOST_COLUMNS = 14  # more are folded: the first and the last stay
KEPT_COLUMNS = 6  # at either end of a folded network
HEAD, FOOT = 36.0, 18.0  # room for the name above a block, and for the count below it
GAP = 46.0  # where units are left out
LANE = 22.0  # a link that passes a column
BOX = (66.0, 46.0)  # a value that is no row of units
BETWEEN = 26.0  # blocks of one column
MARGIN = 12.0
NUMBERED = (190.0, 48.0)  # from column to column and unit to unit, where lines have numbers
LONGEST = 20  # letters of a name

Entry = tuple[str, int]  # ("block", its number) or ("lane", number of the link)


@dataclass
class Place:
    """Where a block stands.

    Attributes
    ----------
    x, y : float
        Its middle.
    top, bottom : float
        With its name and its count.
    head : float
        Height of its name.
    shown : dict of int to float
        Height of every unit that is drawn.
    gap, bias : float, optional
        Height of the dots for the units left out, and of the bias unit.
    """

    x: float
    top: float
    bottom: float
    head: float
    shown: dict[int, float] = field(default_factory=dict)
    gap: float | None = None
    bias: float | None = None

    @property
    def y(self) -> float:
        if self.shown:
            return (min(self.shown.values()) + max(self.shown.values())) / 2
        return self.top + HEAD + BOX[1] / 2


@dataclass
class Layout:
    """Places of blocks, ways of long links, and the size of the whole.

    Attributes
    ----------
    places : dict of int to Place
        By the number of the block; blocks of folded columns have none.
    lanes : dict of (int, int) to (float, float)
        By number of the link and column: where a link passes a column it does not stop at.
    folded : tuple of (float, float, int), optional
        Place of the dots for the columns left out, and how many they are.
    radius : float
        Of a unit.
    """

    places: dict[int, Place]
    lanes: dict[tuple[int, int], tuple[float, float]]
    depths: list[int]
    width: float
    height: float
    radius: float
    folded: tuple[float, float, int] | None = None


def arranged(sketch: Sketch, most: int, has_values: bool) -> Layout:
    """Return the layout of a sketch.

    Parameters
    ----------
    sketch : Sketch
    most : int
        Units of a block that are drawn; of more, the first and the last.
    has_values : bool
        Units are larger then, because numbers stand in them.
    """
    depths = _depths(sketch)
    columns = _columns(sketch, depths)
    kept, hidden = _kept(len(columns))
    radius, step = (14.0, 33.0) if has_values else (8.0, 22.0)
    if sketch.has_numbers:
        step = NUMBERED[1]
    heights = _Heights(sketch, most, step)
    xs, width = _across(sketch, columns, kept, bool(hidden), radius)
    total = max(sum(map(heights.of, columns[c])) + BETWEEN * (len(columns[c]) - 1) for c in kept)
    layout = Layout({}, {}, depths, width, total + 2 * MARGIN, radius)
    for column in kept:
        _stack(layout, columns[column], column, xs[column], heights)
    if hidden:
        before = kept[KEPT_COLUMNS - 1]
        x = (xs[before] + xs[kept[KEPT_COLUMNS]]) / 2
        layout.folded = (x, layout.height / 2, len(hidden))
    return layout


def _depths(sketch: Sketch) -> list[int]:
    depths = [0] * len(sketch.blocks)
    for link in sketch.links:  # in the order of the blocks they lead to
        depths[link.target] = max(depths[link.target], depths[link.source] + 1)
    return depths


def _columns(sketch: Sketch, depths: list[int]) -> list[list[Entry]]:
    """Return what stands in every column, from top to bottom; long links pass in lanes."""
    columns: list[list[Entry]] = [[] for _ in range(max(depths) + 1)]
    for number, depth in enumerate(depths):
        columns[depth].append(("block", number))
    before: dict[tuple[int, Entry], list[Entry]] = {}
    for number, link in enumerate(sketch.links):
        source: Entry = ("block", link.source)
        for column in range(depths[link.source] + 1, depths[link.target]):
            columns[column].append(("lane", number))
            before[column, ("lane", number)] = [source]
            source = ("lane", number)
        key = depths[link.target], ("block", link.target)
        before.setdefault(key, []).append(source)
    heights: dict[Entry, float] = {}
    for column, entries in enumerate(columns):
        entries.sort(key=lambda one: _wish(one, before.get((column, one), []), heights))
        for place, one in enumerate(entries):
            heights[one] = (place + 0.5) / len(entries)
    return columns


def _wish(one: Entry, sources: list[Entry], heights: dict[Entry, float]) -> tuple[float, bool]:
    """Return the height an entry would like, that of what it comes from; lanes stand below."""
    known = [heights[source] for source in sources]
    return (round(sum(known) / len(known), 6) if known else 0.0, one[0] == "lane")


def _kept(count: int) -> tuple[list[int], list[int]]:
    columns = list(range(count))
    if count <= MOST_COLUMNS:
        return columns, []
    middle = columns[KEPT_COLUMNS:-KEPT_COLUMNS]
    return [column for column in columns if column not in set(middle)], middle


class _Heights:
    """How much room the entries of a column need."""

    def __init__(self, sketch: Sketch, most: int, step: float) -> None:
        self.sketch, self.most, self.step = sketch, most, step
        self.biased = {link.source for link in sketch.links if link.has_bias}

    def units(self, number: int) -> tuple[list[int], list[int]]:
        """Return the units that are drawn, above and below the dots."""
        count = self.sketch.blocks[number].units
        if count is None:
            return [], []
        if count <= self.most:
            return list(range(count)), []
        half = self.most // 2
        return list(range(self.most - half)), list(range(count - half, count))

    def of(self, entry: Entry) -> float:
        kind, number = entry
        if kind == "lane":
            return LANE
        above, below = self.units(number)
        if not above:
            return HEAD + BOX[1] + FOOT
        body = (len(above) + len(below)) * self.step
        if below:
            body += GAP
        if number in self.biased:
            body += 1.2 * self.step
        return HEAD + body + FOOT


def _stack(layout: Layout, entries: list[Entry], column: int, x: float, heights: _Heights) -> None:
    """Put the entries of a column above each other, around the middle."""
    total = sum(map(heights.of, entries)) + BETWEEN * (len(entries) - 1)
    y = (layout.height - total) / 2
    for entry in entries:
        height = heights.of(entry)
        if entry[0] == "lane":
            layout.lanes[entry[1], column] = (x, y + height / 2)
        else:
            # Alone in its column a block has its name at the top, out of the way of lines.
            head = MARGIN if len(entries) == 1 else y
            layout.places[entry[1]] = _placed(entry[1], x, y, height, head, heights)
        y += height + BETWEEN


def _placed(
    number: int, x: float, top: float, height: float, head: float, heights: _Heights
) -> Place:
    place = Place(x, top, top + height, head)
    step = heights.step
    y = top + HEAD + step / 2
    above, below = heights.units(number)
    for unit in above:
        place.shown[unit] = y
        y += step
    if below:
        place.gap = y - step / 2 + GAP / 2
        y += GAP
    for unit in below:
        place.shown[unit] = y
        y += step
    if number in heights.biased and above:
        place.bias = y + 0.1 * step
    return place


def _across(
    sketch: Sketch, columns: list[list[Entry]], kept: list[int], is_folded: bool, radius: float
) -> tuple[dict[int, float], float]:
    """Return where the columns stand, and how wide the whole is."""
    widths = {c: max(_widths(sketch, columns[c], radius), default=40.0) for c in kept}
    pitch = NUMBERED[0] if sketch.has_numbers else 118.0 if len(kept) > 8 else 140.0
    names = [_names_width(sketch.blocks[n]) for kind, n in columns[kept[0]] if kind == "block"]
    x = MARGIN + max(widths[kept[0]] / 2, radius + 8 + max(names, default=0.0))
    xs = {kept[0]: x}
    for before, column in itertools.pairwise(kept):
        x += max((widths[before] + widths[column]) / 2 + 20, pitch)
        if is_folded and column - before > 1:
            x += pitch / 2
        xs[column] = x
    right = widths[kept[-1]] / 2
    for kind, number in columns[kept[-1]]:
        if kind == "block" and sketch.blocks[number].is_output:
            right = max(right, radius + 8 + _names_width(sketch.blocks[number]))
    return xs, x + right + MARGIN


def _widths(sketch: Sketch, entries: Iterable[Entry], radius: float) -> Iterable[float]:
    for kind, number in entries:
        block = sketch.blocks[number] if kind == "block" else None
        if block is not None:
            yield max(text_width(fitted(block.title), 11.5), text_width(fitted(block.kind), 10))
            yield BOX[0] if block.units is None else 2 * radius


def _names_width(block: Block) -> float:
    return max((text_width(fitted(name), 10) for name in block.names), default=22.0)


def fitted(text: str, longest: int = LONGEST) -> str:
    """Return a text that is not too long for its place.

    Examples
    --------
    >>> fitted("a very long name of a layer", 12)
    'a very long…'
    """
    return text if len(text) <= longest else text[: longest - 1] + "…"


def text_width(text: str, size: float) -> float:
    """Return about how many pixels a text takes; letters are as wide as in common fonts."""
    return 0.6 * size * len(text)
