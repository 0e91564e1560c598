"""The entries of a structured op as nested loops in Python, written for whoever runs them.

The loops backend runs the lines as they are; the compiled backend puts them into its source. What
differs between the two is a :class:`Dialect`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from glassnet.graph.dims import Dim, Shape
from glassnet.graph.entry import Entry, Read, conditions_of, index_text

__all__ = ["Dialect", "entry_lines"]

Line = tuple[int, str]  # how deep it stands, and its text


class Dialect(Protocol):
    """How one backend writes what loops are made of."""

    def fresh(self, name: str) -> str:
        """Return a name that nothing else has."""

    def size(self, dim: int | Dim) -> str:
        """Return a size as text."""

    def read(self, position: int, index: Sequence[str]) -> str:
        """Return the text of one number of an input."""

    def number(self, value: float) -> str:
        """Return the text of a number in the type of the result."""

    def value(self, expression: str, names: Mapping[str, str]) -> str:
        """Return a scalar expression with names put in."""

    def joined(self, combine: str, total: str, value: str) -> str:
        """Return the text of a total with one more value."""

    def write(self, index: Sequence[str]) -> str:
        """Return the text of one number of the result."""


def entry_lines(
    entry: Entry, shape: Shape, inputs: Sequence[Shape], dialect: Dialect
) -> Iterator[Line]:
    """Return the lines of the loops that compute every entry.

    Parameters
    ----------
    entry : Entry
    shape : Shape
        Of the result.
    inputs : sequence of Shape
    dialect : Dialect
    """
    names = {"n": dialect.size(Dim("n"))}
    sizes = {f"i{axis}": size for axis, size in enumerate(shape)}
    sizes |= {f"r{axis}": size for axis, size in enumerate(entry.ranges)}
    index, depth = [], 0
    for axis, size in enumerate(shape):
        index.append("0" if size == 1 else dialect.fresh(f"i{axis}"))
        names[f"i{axis}"] = index[-1]
        if size != 1:
            yield depth, f"for {index[-1]} in range({dialect.size(size)}):"
            depth += 1
    total, inner = dialect.fresh("total"), depth
    if entry.combine:
        start = 0.0 if entry.combine == "sum" else float("-inf")
        yield depth, f"{total} = {dialect.number(start)}"
    for axis, size in enumerate(entry.ranges):
        names[f"r{axis}"] = "0" if size == 1 else dialect.fresh(f"r{axis}")
        if size != 1:
            yield inner, f"for {names[f'r{axis}']} in range({dialect.size(size)}):"
            inner += 1
    for read in entry.reads:
        conditions = conditions_of(read, inputs[read.input], sizes)
        yield from _read(read, conditions, names, inner, dialect)
    value = dialect.value(entry.value, names)
    if entry.combine:
        yield inner, f"{total} = {dialect.joined(entry.combine, total, value)}"
        value = total
    yield depth, f"{dialect.write(index)} = {value}"


def _read(
    read: Read,
    conditions: Sequence[str],
    names: dict[str, str],
    depth: int,
    dialect: Dialect,
) -> Iterator[Line]:
    """Return the lines that read one number, or put its fill value in its place."""
    name = dialect.fresh(read.name)
    if read.fill is not None:
        yield depth, f"{name} = {dialect.number(read.fill)}"
        for condition in conditions:
            yield depth, f"if {index_text(condition, names)}:"
            depth += 1
    index = [index_text(one, names) for one in read.index]
    yield depth, f"{name} = {dialect.read(read.input, index)}"
    names[read.name] = name
