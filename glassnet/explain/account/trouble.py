"""Where the first NaN or infinity of a pass came from.

Takes a trace, gives a :class:`Trouble` or None; the account shows it above all else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glassnet.explain.account.trace import Trace
from glassnet.explain.formula.tree import Ref
from glassnet.explain.formula.typeset import TEXT
from glassnet.graph import Node, topological_order
from glassnet.numbers import number_text
from glassnet.translation import _

__all__ = ["Trouble", "find_trouble"]


@dataclass(frozen=True)
class Trouble:
    """The first value that is no finite number.

    Attributes
    ----------
    name : str
        The value it is in.
    index : tuple of int
    number : float
    message : str
        Where it came from, and what to do.
    """

    name: str
    index: tuple[int, ...]
    number: float
    message: str

    def __str__(self) -> str:
        return self.message


def find_trouble(trace: Trace) -> Trouble | None:
    """Return the first value of a pass that is no finite number, None if all are."""
    inputs = list(trace.listing.inputs.values())
    for node in [*inputs, *_in_order(trace)]:
        array = trace.array(node)
        if node.dtype.startswith("float") and not np.isfinite(array).all():
            return _trouble(trace, node, array)
    return None


def _in_order(trace: Trace) -> list[Node]:
    """Return the values in the order of the statements, inner ones before what they are part of."""
    order = topological_order([one.node for one in trace.listing.statements])
    return [node for node in order if node.inputs]


def _trouble(trace: Trace, node: Node, array: np.ndarray) -> Trouble:
    place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
    number = float(array[place])
    name = trace.names.get(id(node)) or _holder(trace, node)
    index = trace.entry_formulas(6, 3).shown_index(node, place)
    entry = TEXT.write(Ref(name, index))
    if not node.inputs:
        message = _(
            "{entry} is {number} before the pass begins: the value itself is damaged. Load the "
            "weights again, or train anew with a smaller learning rate"
        ).format(entry=entry, number=number_text(number))
    else:
        message = _(
            "the first number that is not finite is {entry} = {number}: all it is made of is "
            "finite, but {cause}"
        ).format(entry=entry, number=number_text(number), cause=_cause(trace, node, number))
    return Trouble(name, index, number, message)


def _holder(trace: Trace, node: Node) -> str:
    """Return the first statement that a value without a name is written in."""
    for one in trace.listing.statements:
        stack = list(one.node.inputs)
        while stack:
            child = stack.pop()
            if child is node:
                return one.name
            if id(child) not in trace.names:
                stack.extend(child.inputs)
    return node.op.name


def _cause(trace: Trace, node: Node, number: float) -> str:
    largest = max(
        (float(np.abs(trace.array(child)).max(initial=0.0)) for child in node.inputs), default=0.0
    )
    if node.op.name in ("log", "divide", "sqrt", "power") and not (largest > 1e15):
        return _(
            "{op} has no finite value there; keep its inputs away from 0, or use a loss that "
            "computes from the pre-activation"
        ).format(op=node.op.name)
    return _(
        "{op} of numbers as large as {largest} is beyond what {dtype} holds; scale the inputs "
        "(gn.layers.Normalization() first), or look for weights that have grown too large"
    ).format(op=node.op.name, largest=number_text(largest, 3), dtype=node.dtype)
