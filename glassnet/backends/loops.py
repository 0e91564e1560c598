"""The loops backend: plain nested Python loops, the definition of what every op means.

It is slow and says exactly what happens. Arrays only hold the numbers; every sum, every
product is a line of Python below. Other backends are tested against this one.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from glassnet.backends.base import Backend
from glassnet.errors import GraphError
from glassnet.graph.dims import Dim, bind
from glassnet.graph.expression import scalar_function
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
    kernel = KERNELS.get(node.op.name)
    if kernel is None:
        raise GraphError(f"the loops backend has no kernel for the op {node.op.name!r}")
    attrs = {
        key: bind(value, sizes) if _is_shape(value) else value for key, value in node.attrs.items()
    }
    kernel(out, *inputs, **attrs)
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


def _matmul(
    out: np.ndarray, a: np.ndarray, b: np.ndarray, transpose_a: bool, transpose_b: bool
) -> None:
    rows, columns = out.shape
    inner = a.shape[0] if transpose_a else a.shape[1]
    for i in range(rows):
        for j in range(columns):
            total = 0.0
            for k in range(inner):
                left = a[k, i] if transpose_a else a[i, k]
                right = b[j, k] if transpose_b else b[k, j]
                total += float(left) * float(right)
            out[i, j] = total


def _reduced(index: Index, axes: tuple[int, ...], keepdims: bool) -> Index:
    if keepdims:
        return tuple(0 if axis in axes else i for axis, i in enumerate(index))
    return tuple(i for axis, i in enumerate(index) if axis not in axes)


def _sum(out: np.ndarray, x: np.ndarray, axes: tuple[int, ...], keepdims: bool) -> None:
    totals: dict[Index, float] = {}
    for index in indices(x.shape):
        place = _reduced(index, axes, keepdims)
        totals[place] = totals.get(place, 0.0) + float(x[index])
    for place, total in totals.items():
        out[place] = total


def _max(out: np.ndarray, x: np.ndarray, axes: tuple[int, ...], keepdims: bool) -> None:
    out[...] = -math.inf
    for index in indices(x.shape):
        place = _reduced(index, axes, keepdims)
        if x[index] > out[place] or math.isnan(x[index]):
            out[place] = x[index]


def _argmax(out: np.ndarray, x: np.ndarray, axis: int) -> None:
    for place in indices(out.shape):
        best = 0
        for i in range(x.shape[axis]):
            here = (*place[:axis], i, *place[axis:])
            there = (*place[:axis], best, *place[axis:])
            if x[here] > x[there]:
                best = i
        out[place] = best


def _reshape(out: np.ndarray, x: np.ndarray, shape: tuple[int, ...]) -> None:
    for there, here in zip(indices(out.shape), indices(x.shape), strict=True):
        out[there] = x[here]


def _transpose(out: np.ndarray, x: np.ndarray, axes: tuple[int, ...]) -> None:
    for index in indices(x.shape):
        out[tuple(index[axis] for axis in axes)] = x[index]


def _broadcast_to(out: np.ndarray, x: np.ndarray, shape: tuple[int, ...]) -> None:
    for index in indices(out.shape):
        out[index] = x[_source(index, x.shape)]


def _concatenate(out: np.ndarray, *inputs: np.ndarray, axis: int) -> None:
    start = 0
    for x in inputs:
        for index in indices(x.shape):
            out[(*index[:axis], start + index[axis], *index[axis + 1 :])] = x[index]
        start += x.shape[axis]


def _slice(out: np.ndarray, x: np.ndarray, axis: int, start: int, stop: int) -> None:
    for index in indices(out.shape):
        out[index] = x[(*index[:axis], start + index[axis], *index[axis + 1 :])]


def _pad(out: np.ndarray, x: np.ndarray, axis: int, before: int, after: int) -> None:
    for index in indices(x.shape):
        out[(*index[:axis], before + index[axis], *index[axis + 1 :])] = x[index]


def _size(out: np.ndarray, x: np.ndarray, axis: int) -> None:
    out[()] = x.shape[axis]


def _gather(out: np.ndarray, x: np.ndarray, rows: np.ndarray) -> None:
    for place in indices(rows.shape):
        for rest in indices(x.shape[1:]):
            out[(*place, *rest)] = x[(int(rows[place]), *rest)]


def _scatter_add(out: np.ndarray, x: np.ndarray, places: np.ndarray, rows: int) -> None:
    for place in indices(places.shape):
        for rest in indices(out.shape[1:]):
            out[(int(places[place]), *rest)] += x[(*place, *rest)]


def _one_hot(out: np.ndarray, labels: np.ndarray, classes: int, dtype: str) -> None:
    for place in indices(labels.shape):
        out[(*place, int(labels[place]))] = 1


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


KERNELS: dict[str, Callable[..., None]] = {
    "matmul": _matmul,
    "sum": _sum,
    "max": _max,
    "argmax": _argmax,
    "reshape": _reshape,
    "transpose": _transpose,
    "broadcast_to": _broadcast_to,
    "concatenate": _concatenate,
    "slice": _slice,
    "pad": _pad,
    "size": _size,
    "gather": _gather,
    "scatter_add": _scatter_add,
    "one_hot": _one_hot,
    "random_bits": _random_bits,
    "random_uniform": _random_uniform,
}
