"""The loops backend: plain nested Python loops, the definition of what every op means.

It is slow and says exactly what happens. Arrays only hold the numbers; every sum, every
product is a line of Python below. Other backends are tested against this one.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from glassnet.backends.base import Backend
from glassnet.backends.entries import entry_lines
from glassnet.errors import GraphError
from glassnet.graph.dims import Dim, bind
from glassnet.graph.entry import Entry
from glassnet.graph.expression import named, scalar_function, scope_of_expressions
from glassnet.graph.node import Node
from glassnet.graph.program import Program
from glassnet.graph.rewrite import lowered
from glassnet.random import derive_key, threefry2x32

__all__ = ["Loops"]

Index = tuple[int, ...]


def indices(shape: tuple[int, ...]) -> Iterator[Index]:
    """Return every index of an array, row by row."""
    return itertools.product(*(range(size) for size in shape))


class Loops(Backend):
    """Runs programs as nested Python loops."""

    name = "loops"

    def run(self, program: Program, values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        arrays = {
            name: np.asarray(values[name], node.dtype) for name, node in program.inputs.items()
        }
        sizes = program.sizes({name: array.shape for name, array in arrays.items()})
        simple = lowered(program, KERNELS)
        known = {id(node): arrays[name] for name, node in program.inputs.items()}
        for node in simple.order():
            if id(node) not in known:
                known[id(node)] = _value(node, [known[id(child)] for child in node.inputs], sizes)
        return {name: np.array(known[id(node)]) for name, node in simple.outputs.items()}


def _value(node: Node, inputs: list[np.ndarray], sizes: dict[str, int]) -> np.ndarray:
    if node.is_constant:
        return np.asarray(node.attrs["value"], node.dtype)
    out = np.zeros(bind(node.shape, sizes), node.dtype)
    if node.op.is_elementwise:
        _elementwise(node, out, inputs)
        return out
    attrs = {
        key: bind(value, sizes) if _is_shape(value) else value for key, value in node.attrs.items()
    }
    kernel = KERNELS.get(node.op.name)
    if kernel is not None:
        kernel(out, *inputs, **attrs)
    elif node.op.entry is not None:
        shapes = [x.shape for x in inputs]
        _by_entry(node.op.entry(out.shape, *shapes, **attrs), out, inputs)
    else:
        raise GraphError(
            f"the op {node.op.name!r} has neither an entry nor a loop of its own: give its "
            "record an entry, as glassnet/ops/cumulative.py does"
        )
    return out


def _is_shape(value: Any) -> bool:
    return isinstance(value, tuple) and any(isinstance(part, Dim) for part in value)


def _source(index: Index, shape: tuple[int, ...]) -> Index:
    """Return where a broadcast input is read for an output index."""
    lead = len(index) - len(shape)
    return tuple(0 if size == 1 else i for i, size in zip(index[lead:], shape, strict=True))


def _elementwise(node: Node, out: np.ndarray, inputs: list[np.ndarray]) -> None:
    assert node.op.expression is not None
    attrs = {key: value for key, value in node.attrs.items() if key != "dtype"}
    function = scalar_function(node.op.expression, (*node.op.inputs, *attrs))
    for index in indices(out.shape):
        numbers = [x[_source(index, x.shape)].item() for x in inputs]
        out[index] = function(*numbers, *attrs.values())


class _Python:
    """The dialect of plain Python: arrays are only read and written number by number."""

    def __init__(self) -> None:
        self.count = 0

    def fresh(self, name: str) -> str:
        self.count += 1
        return f"{name}_{self.count}"

    def size(self, dim: int | Dim) -> str:
        return str(dim)

    def read(self, position: int, index: Sequence[str]) -> str:
        return f"x{position}[{', '.join(index) or '()'}].item()"

    def number(self, value: float) -> str:
        return repr(value) if math.isfinite(value) else f"float('{value}')"

    def value(self, expression: str, names: Mapping[str, str]) -> str:
        return named(expression, names)

    def joined(self, combine: str, total: str, value: str) -> str:
        return f"{total} + {value}" if combine == "sum" else f"largest({total}, {value})"

    def write(self, index: Sequence[str]) -> str:
        return f"out[{', '.join(index) or '()'}]"


def _largest(best: float, x: float) -> float:
    return x if x > best or x != x else best


def _by_entry(entry: Entry, out: np.ndarray, inputs: list[np.ndarray]) -> None:
    dialect = _Python()
    lines = entry_lines(entry, out.shape, [x.shape for x in inputs], dialect)
    body = "\n".join("    " * (depth + 1) + text for depth, text in lines)
    arguments = ", ".join(["out", *(f"x{number}" for number in range(len(inputs)))])
    scope = {**scope_of_expressions(), "largest": _largest}
    exec(compile(f"def kernel({arguments}):\n{body}", "<loops>", "exec"), scope)
    scope["kernel"](out, *inputs)


def _argmax(out: np.ndarray, x: np.ndarray, axis: int) -> None:
    for place in indices(out.shape):
        best = 0
        for i in range(x.shape[axis]):
            here = (*place[:axis], i, *place[axis:])
            there = (*place[:axis], best, *place[axis:])
            if x[here] > x[there]:
                best = i
        out[place] = best


def _scatter_add(out: np.ndarray, x: np.ndarray, places: np.ndarray, rows: int) -> None:
    for place in indices(places.shape):
        for rest in indices(out.shape[1:]):
            out[(int(places[place]), *rest)] += x[(*place, *rest)]


def _random_bits(
    out: np.ndarray, seed: np.ndarray, step: np.ndarray, stream: int, shape: tuple[int, ...]
) -> None:
    key = derive_key(int(seed), stream, int(step))
    for number, index in enumerate(indices(out.shape)):
        out[index] = threefry2x32(key, number // 2, 0)[number % 2]


def _random_uniform(
    out: np.ndarray, seed: np.ndarray, step: np.ndarray, stream: int, shape: Any, dtype: str
) -> None:
    key = derive_key(int(seed), stream, int(step))
    for number, index in enumerate(indices(out.shape)):
        out[index] = (threefry2x32(key, number // 2, 0)[number % 2] >> 8) / 2**24


# What an entry cannot say: the place of a maximum, sums into places, and random bits.
KERNELS: dict[str, Callable[..., None]] = {
    "argmax": _argmax,
    "scatter_add": _scatter_add,
    "random_bits": _random_bits,
    "random_uniform": _random_uniform,
}
