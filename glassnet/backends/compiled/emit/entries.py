"""Structured ops without a kernel: loops from what each number of the result is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from glassnet.backends.compiled.emit.expressions import scalar_text
from glassnet.backends.compiled.emit.writer import Writer, element
from glassnet.backends.compiled.schedule.places import Place, dim_text
from glassnet.backends.entries import entry_lines
from glassnet.errors import GraphError
from glassnet.graph.dims import Dim
from glassnet.graph.node import Node

__all__ = ["write_entries"]


def write_entries(w: Writer, node: Node, out: Place) -> None:
    """Write the loops of an op that has an entry.

    Raises
    ------
    GraphError
        If the op has none.
    """
    if node.op.entry is None:
        raise GraphError(
            f"the op {node.op.name!r} has neither an entry nor a kernel: give its record an entry, "
            "as glassnet/ops/cumulative.py does"
        )
    shapes = [child.shape for child in node.inputs]
    entry = node.op.entry(node.shape, *shapes, **node.attrs)
    for depth, text in entry_lines(entry, node.shape, shapes, _Generated(w, node, out)):
        w.line(text, depth)


class _Generated:
    """The dialect of the generated source."""

    def __init__(self, w: Writer, node: Node, out: Place) -> None:
        self.w = w
        self.node = node
        self.out = out
        is_number = node.dtype.startswith("float")
        self.dtype = node.dtype if is_number else "int64" if node.dtype != "bool" else "bool"

    def fresh(self, name: str) -> str:
        self.w.count += 1
        return f"{name}_{self.w.count}"

    def size(self, dim: int | Dim) -> str:
        return dim_text(dim)

    def read(self, position: int, index: Sequence[str]) -> str:
        child = self.node.inputs[position]
        if child.shape == ():
            return self.w.scalar(child)
        text = element(self.w.place(child), [f"({one})" if " " in one else one for one in index])
        return f"({text} != 0)" if child.dtype == "bool" else text

    def number(self, value: float) -> str:
        return self.w.constants.name(value, self.dtype)

    def value(self, expression: str, names: Mapping[str, str]) -> str:
        return scalar_text(expression, names, self.dtype, self.w.constants)

    def joined(self, combine: str, total: str, value: str) -> str:
        return f"{'plus' if combine == 'sum' else 'largest'}({total}, {value})"

    def write(self, index: Sequence[str]) -> str:
        return element(self.out, index)
