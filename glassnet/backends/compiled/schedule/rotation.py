"""One sample at a time: which product is made ahead, together with which update."""

from __future__ import annotations

from dataclasses import dataclass

from glassnet.backends.compiled.schedule.draft import Draft
from glassnet.backends.compiled.schedule.elements import REDUCTIONS
from glassnet.backends.compiled.schedule.sharding import is_read_late
from glassnet.backends.compiled.schedule.sharing import ALONE, EACH, Inner, Sharing, Tiles
from glassnet.graph.node import Node

__all__ = ["Rotation", "find_rotation"]

# Rows shorter than this are too short for vectors.
_SHORT = 16
# From this number of weights on, two threads take half of the rows each: they then lie in the
# second cache of either, and meeting twice a sample costs less than half a pass.
_LARGE = 1 << 16


@dataclass(frozen=True)
class Rotation:
    """The product that is made ahead, and the update that it is made with.

    Attributes
    ----------
    product, update : int
        Numbers of units.
    is_shared : bool
        Whether threads share the rows of the weights; all else is done by one of them.
    """

    product: int
    update: int
    is_shared: bool

    def order(self, draft: Draft) -> list[int]:
        """Return the units with those last that everything else can do without.

        So one thread does all the rest in one go: numbers that only the results need, then the
        update.
        """
        needed: set[int] = set()
        for number in reversed(range(len(draft.units))):
            unit = draft.units[number]
            if unit.kind != "scalar" or number in needed:
                needed |= {position for node in unit.nodes for position, _ in draft.needs(node)}
        numbers = range(len(draft.units))
        late = [n for n in numbers if draft.units[n].kind == "scalar" and n not in needed]
        return [n for n in numbers if n not in (*late, self.update)] + [*late, self.update]

    def sharings(self, draft: Draft) -> list[Sharing]:
        """Return how each unit is shared, where two threads share the rows of the weights."""
        sharings: list[Sharing] = [EACH if unit.kind == "scalar" else ALONE for unit in draft.units]
        rows = draft.units[self.product].nodes[0].inputs[1].shape[0]
        assert isinstance(rows, int)
        sharings[self.product], sharings[self.update] = Inner(rows), Tiles(rows)
        return sharings


def find_rotation(draft: Draft) -> Rotation | None:
    """Return the first product of a program for one row that can be made ahead."""
    if draft.fixed_rows != 1:
        return None
    for number, unit in enumerate(draft.units):
        node = unit.nodes[0]
        if unit.kind == "kernel" and node.op.name == "matmul" and _is_first(draft, node):
            update = _update_of(draft, node)
            if update > number:
                return Rotation(number, update, _is_shared(draft, node, update))
    return None


def _is_first(draft: Draft, node: Node) -> bool:
    x, weights = node.inputs
    flipped = node.attrs["transpose_a"] or node.attrs["transpose_b"]
    is_data = x.op.name == "input" and x.attrs["name"] in draft.data
    is_state = weights.op.name == "input" and weights.attrs["name"] in draft.program.state
    if flipped or not is_data or not is_state or id(node) in draft.outputs:
        return False
    columns = weights.shape[1]
    assert isinstance(columns, int)
    return columns >= _SHORT


def _update_of(draft: Draft, node: Node) -> int:
    """Return the nest that writes the new weights over the old ones, else -1."""
    weights = node.inputs[1]
    new = draft.program.outputs[weights.attrs["name"]]
    number = draft.unit_of.get(id(new), -1)
    if number < 0 or draft.over.get(id(new)) != weights.attrs["name"]:
        return -1
    unit = draft.units[number]
    is_plain = unit.kind == "nest" and unit.space == weights.shape
    is_plain = is_plain and not any(one.op.name in REDUCTIONS for one in unit.nodes)
    is_last = all(reader < number for reader, _ in draft.reads[id(node)])
    # All other readers of the old weights come earlier; the next sample gets the new ones.
    return number if is_plain and is_last else -1


def _is_shared(draft: Draft, node: Node, update: int) -> bool:
    rows, columns = node.inputs[1].shape
    assert isinstance(rows, int) and isinstance(columns, int)
    state = {id(draft.program.inputs[name]) for name in draft.program.state}
    # The update goes last, so that one thread does everything before it in one go.
    is_end = not any(
        position == update
        for unit in draft.units[update + 1 :]
        for one in unit.nodes
        for position, _ in draft.needs(one)
    )
    is_calm = not any(is_read_late(one, state) for one in draft.order)
    return rows * columns >= _LARGE and draft.is_read_by_element(node) and is_end and is_calm
