"""The entries of a structured op as NumPy arrays: for ops that have no kernel of their own.

Every number that all entries read is taken at once, by arrays of indices, so the memory is that of
the result times the ranges. A kernel is better where an op is used much.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from glassnet.graph.entry import Entry, Read, conditions_of
from glassnet.graph.expression import FUNCTIONS, parse_expression

__all__ = ["entry_function"]

_SCOPE = {
    **{name: getattr(np, name) for name in FUNCTIONS if hasattr(np, name)},
    "__builtins__": {},
}


def entry_function(
    entry: Entry, shape: tuple[int, ...], inputs: Sequence[tuple[int, ...]]
) -> Callable[..., None]:
    """Return ``fill(out, *inputs)``.

    Parameters
    ----------
    entry : Entry
    shape : tuple of int
        Of the result.
    inputs : sequence of tuple of int
    """
    parse_expression(entry.value)
    sizes = tuple(int(size) for size in (*shape, *entry.ranges))  # type: ignore[arg-type]
    grids: dict[str, Any] = {}
    for axis, size in enumerate(sizes):
        name = f"i{axis}" if axis < len(shape) else f"r{axis - len(shape)}"
        grids[name] = np.arange(size).reshape([-1 if k == axis else 1 for k in range(len(sizes))])
    known: dict[str, int] = {name: grid.size for name, grid in grids.items()}
    conditions = [conditions_of(read, inputs[read.input], known) for read in entry.reads]
    over = tuple(range(len(shape), len(sizes)))

    def fill(out: np.ndarray, *arrays: Any) -> None:
        names = dict(grids)
        for read, tests in zip(entry.reads, conditions, strict=True):
            names[read.name] = _read(read, tests, np.asarray(arrays[read.input]), names)
        value = np.broadcast_to(eval(entry.value, dict(_SCOPE), names), sizes)
        if entry.combine == "sum":
            value = value.sum(over)
        elif entry.combine == "max":
            value = value.max(over, initial=-np.inf)
        out[...] = value

    return fill


def _read(read: Read, tests: Sequence[str], x: np.ndarray, names: dict[str, Any]) -> Any:
    index = [np.asarray(eval(one, {"__builtins__": {}}, names)) for one in read.index]
    if read.fill is None:
        return x[tuple(index)]
    is_inside = np.asarray(True)
    for test in tests:
        is_inside = is_inside & eval(test, {"__builtins__": {}}, names)
    safe = [np.where(is_inside, one, 0) for one in index]
    if 0 in x.shape:
        return np.full(is_inside.shape, read.fill, x.dtype)
    return np.where(is_inside, x[tuple(safe)], x.dtype.type(read.fill))
