"""Shaping: the same numbers in another arrangement, and the size of an axis."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.errors import ShapeError
from glassnet.graph.dims import Dim, Shape, broadcast_shapes, shape_text, size_of
from glassnet.graph.entry import Entry, Read, shifted
from glassnet.graph.node import Node, Op, Sample, Values, apply, as_node, define, operator_hooks


def _first_dtype(*dtypes: str, **attrs: Any) -> str:
    return dtypes[0]


def _copied(index: Sequence[str], fill: float | None = None) -> Entry:
    """Return the entry of an op that moves numbers, or puts ``fill`` where there is none."""
    return Entry((Read("x", 0, tuple(index), fill),), "x")


def _at(ndim: int, axis: int, by: int | Dim) -> list[str]:
    """Return the indices of a result, some places further on along one axis."""
    return [shifted(k, by if k == axis else 0) for k in range(ndim)]


def _same_place(y: Shape, x: Shape, /, **attrs: Any) -> Entry:
    """Return the entry of a reshape: the same place when all numbers are counted row by row."""
    lead = _equal_axes(y, x)
    tail = _equal_axes(y[lead:][::-1], x[lead:][::-1])
    middle = range(lead, len(y) - tail)
    flat = " + ".join(_times(f"i{axis}", y[axis + 1 : len(y) - tail]) for axis in middle
                      if y[axis] != 1) or "0"  # fmt: skip
    places = [f"i{axis}" for axis in range(lead)]
    used = [axis for axis in range(lead, len(x) - tail) if x[axis] != 1]
    for axis in range(lead, len(x) - tail):
        later = size_of(x[axis + 1 : len(x) - tail])
        index = flat if later == 1 and used[:1] == [axis] else f"({flat})"
        index = index if later == 1 else f"{index} // {_bracketed(later)}"
        if axis in used:
            places.append(index if axis == used[0] else f"{index} % {_bracketed(x[axis])}")
        else:
            places.append("0")
    return _copied([*places, *(f"i{axis}" for axis in range(len(y) - tail, len(y)))])


def _equal_axes(a: Shape, b: Shape) -> int:
    """Return how many axes at the front are the same in both."""
    pairs = zip(a, b, strict=False)
    return len(list(itertools.takewhile(lambda pair: pair[0] == pair[1], pairs)))


def _times(index: str, shape: Shape) -> str:
    size = size_of(shape)
    return index if size == 1 else f"{index} * {_bracketed(size)}"


def _stretched(y: Shape, x: Shape, /, **attrs: Any) -> Entry:
    lead = len(y) - len(x)
    return _copied(["0" if dim == 1 else f"i{lead + axis}" for axis, dim in enumerate(x)])


def _turned(shape: Shape, x: Shape, axes: tuple[int, ...]) -> Entry:
    return _copied([f"i{axes.index(axis)}" for axis in range(len(x))])


def _joined(shape: Shape, *inputs: Shape, axis: int) -> Entry:
    reads, value, start = [], "", size_of(())
    for number, one in enumerate(inputs):
        index = _at(len(shape), axis, 0)
        if number:
            index[axis] = f"i{axis} - {_bracketed(start)}"
        reads.append(Read(f"x{number}", number, tuple(index), 0.0))
        start = one[axis] if not number else start + one[axis]  # type: ignore[operator]
    value = f"x{len(inputs) - 1}"
    end = shape[axis]
    for number in reversed(range(len(inputs) - 1)):
        end = _less(end, inputs[number + 1][axis])
        value = f"where(i{axis} < {end}, x{number}, {value})"
    return Entry(tuple(reads), value, is_inside=True)


def _bracketed(size: int | Dim) -> str:
    return str(size) if isinstance(size, int) else f"({size})"


def _less(size: int | Dim, by: int | Dim) -> int | Dim:
    if isinstance(size, Dim) and isinstance(by, Dim):
        return Dim(size.symbol, size.coefficient - by.coefficient)
    return size - by  # type: ignore[operator]


def _reshape_shape(x: Shape, shape: Shape) -> Shape:
    if size_of(x) != size_of(shape):
        raise ShapeError(
            f"{shape_text(x)} has {size_of(x)} values and cannot be reshaped to "
            f"{shape_text(shape)}, "
            f"which has {size_of(shape)}"
        )
    return shape


_reshape = define(
    Op(
        "reshape",
        ("x",),
        _reshape_shape,
        _first_dtype,
        lambda g, y, x, shape: (apply("reshape", g, shape=x.shape),),
        "y = x with another shape, row by row",
        samples=(
            Sample((Values((2, 6)),), {"shape": (3, 4)}),
            Sample((Values((2, 3)),), {"shape": (6,)}),
            Sample((Values((2, 3, 4)),), {"shape": (6, 4)}),
            Sample((Values((2, 6, 5)),), {"shape": (2, 3, 2, 5)}),
            Sample((Values((1,)),), {"shape": ()}),
            Sample((Values(()),), {"shape": (1, 1)}),
        ),
        entry=_same_place,
    )
)


def reshape(x, shape):
    """y = x with another shape; one size may be -1 and is then worked out."""
    shape = (shape,) if isinstance(shape, int | Dim) else tuple(shape)
    have = x.shape if isinstance(x, Node) else np.shape(x)
    if -1 in shape:
        known = math.prod(dim for dim in shape if isinstance(dim, int) and dim != -1)
        total = size_of(have)
        for dim in shape:
            if isinstance(dim, Dim):
                total = total.coefficient if isinstance(total, Dim) else total
                known *= dim.coefficient
        shape = tuple(total // max(known, 1) if dim == -1 else dim for dim in shape)
    return _reshape(x, shape=shape)


_transpose = define(
    Op(
        "transpose",
        ("x",),
        lambda x, axes: tuple(x[axis] for axis in axes),
        _first_dtype,
        lambda g, y, x, axes: (
            apply("transpose", g, axes=tuple(int(i) for i in np.argsort(axes))),
        ),
        "y = x with its axes in another order",
        samples=(
            Sample((Values((2, 3)),), {"axes": (1, 0)}),
            Sample((Values((2, 3, 5)),), {"axes": (2, 0, 1)}),
            Sample((Values((2, 3, 4, 5)),), {"axes": (0, 2, 1, 3)}),
        ),
        entry=_turned,
    )
)


def transpose(x, axes=None):
    """y = x with its axes reversed, or in the order given."""
    ndim = len(x.shape) if isinstance(x, Node) else np.ndim(x)
    order = tuple(reversed(range(ndim))) if axes is None else tuple(int(a) % ndim for a in axes)
    if sorted(order) != list(range(ndim)):
        raise ShapeError(f"axes={axes} is not an order of the {ndim} axes")
    return _transpose(x, axes=order)


def _broadcast_shape(x: Shape, shape: Shape) -> Shape:
    if broadcast_shapes(x, shape) != shape:
        raise ShapeError(f"{shape_text(x)} cannot be stretched to {shape_text(shape)}")
    return shape


def _broadcast_derivative(g: Node, y: Node, x: Node, shape: Shape) -> tuple[Node]:
    from glassnet.graph.differentiate import sum_to

    return (sum_to(g, x.shape),)


_broadcast_to = define(
    Op(
        "broadcast_to",
        ("x",),
        _broadcast_shape,
        _first_dtype,
        _broadcast_derivative,
        "y = x repeated along axes of size 1 and new leading axes",
        samples=(
            Sample((Values((3,)),), {"shape": (2, 3)}),
            Sample((Values((2, 1)),), {"shape": (2, 5)}),
            Sample((Values(()),), {"shape": (2, 3)}),
            Sample((Values((3, 1, 2)),), {"shape": (4, 3, 5, 2)}),
        ),
        entry=_stretched,
    )
)


def broadcast_to(x, shape):
    """y = x repeated along axes of size 1 and new leading axes."""
    return _broadcast_to(x, shape=tuple(shape))


def _concatenate_shape(*shapes: Shape, axis: int) -> Shape:
    first = shapes[0]
    total = first[axis]
    for shape in shapes[1:]:
        if len(shape) != len(first) or any(
            a != b for i, (a, b) in enumerate(zip(first, shape, strict=True)) if i != axis
        ):
            texts = ", ".join(shape_text(s) for s in shapes)
            raise ShapeError(f"values of shape {texts} cannot be joined along axis {axis}")
        total = total + shape[axis]  # type: ignore[operator]
    return (*first[:axis], total, *first[axis + 1 :])


def _concatenate_derivative(g: Node, y: Node, *inputs: Node, axis: int) -> tuple[Node, ...]:
    shares, start = [], 0
    for x in inputs:
        size = x.shape[axis]
        if isinstance(size, Dim):
            raise ShapeError("the gradient of joining along the batch axis is not defined")
        shares.append(apply("slice", g, axis=axis, start=start, stop=start + size))
        start += size
    return tuple(shares)


_concatenate = define(
    Op(
        "concatenate",
        ("x", "y"),
        _concatenate_shape,
        _first_dtype,
        _concatenate_derivative,
        "y = the values one after the other along an axis",
        samples=(
            Sample((Values((2, 3)), Values((2, 4))), {"axis": 1}),
            Sample((Values((2, 3)), Values((1, 3)), Values((4, 3))), {"axis": 0}),
            Sample((Values((2, 3, 4)), Values((2, 3, 1))), {"axis": 2}),
            Sample((Values((2, 1, 4, 3)), Values((2, 3, 4, 3))), {"axis": 1}),
            Sample((Values((2, 3)),), {"axis": 1}),
        ),
        entry=_joined,
    )
)


def concatenate(values, axis=-1):
    """y = the values one after the other along an axis."""
    values = list(values)
    if any(isinstance(value, Node) for value in values):
        values = [as_node(value) for value in values]
    ndim = len(values[0].shape) if isinstance(values[0], Node) else np.ndim(values[0])
    return _concatenate(*values, axis=int(axis) % ndim)


def _slice_shape(x: Shape, axis: int, start: int, stop: int) -> Shape:
    size = x[axis]
    if isinstance(size, Dim) or not 0 <= start <= stop <= size:
        raise ShapeError(f"[{start}:{stop}] does not lie within axis {axis} of {shape_text(x)}")
    return (*x[:axis], stop - start, *x[axis + 1 :])


_slice = define(
    Op(
        "slice",
        ("x",),
        _slice_shape,
        _first_dtype,
        lambda g, y, x, axis, start, stop: (
            apply("pad", g, axis=axis, before=start, after=x.shape[axis] - stop),
        ),
        "y = x[start:stop] along one axis",
        samples=(
            Sample((Values((4, 5)),), {"axis": 1, "start": 1, "stop": 4}),
            Sample((Values((4, 5)),), {"axis": 0, "start": 3, "stop": 4}),
            Sample((Values((2, 5, 3)),), {"axis": 1, "start": 2, "stop": 4}),
            Sample((Values((2, 3, 4, 5)),), {"axis": 3, "start": 0, "stop": 3}),
        ),
        entry=lambda shape, x, axis, start, stop: _copied(_at(len(x), axis, start)),
    )
)

_pad = define(
    Op(
        "pad",
        ("x",),
        lambda x, axis, before, after: (*x[:axis], x[axis] + before + after, *x[axis + 1 :]),
        _first_dtype,
        lambda g, y, x, axis, before, after: (
            apply("slice", g, axis=axis, start=before, stop=before + x.shape[axis]),
        ),
        "y = x with zeros before and after along one axis",
        samples=(
            Sample((Values((2, 3)),), {"axis": 1, "before": 2, "after": 1}),
            Sample((Values((2, 3)),), {"axis": 0, "before": 0, "after": 3}),
            Sample((Values((2, 3, 5)),), {"axis": 1, "before": 1, "after": 2}),
            Sample((Values((2, 3, 4, 5)),), {"axis": 2, "before": 0, "after": 1}),
        ),
        entry=lambda shape, x, axis, before, after: _copied(_at(len(x), axis, -before), 0.0),
    )
)


def index(x, key):
    """y = x[key] for whole numbers and slices with step 1."""
    keys = key if isinstance(key, tuple) else (key,)
    if Ellipsis in keys:
        at = keys.index(Ellipsis)
        keys = (*keys[:at], *(slice(None),) * (x.ndim - len(keys) + 1), *keys[at + 1 :])
    if len(keys) > x.ndim:
        raise ShapeError(f"{len(keys)} indices for a value of shape {shape_text(x.shape)}")
    dropped = []
    for axis, one in enumerate(keys):
        size = x.shape[axis]
        if isinstance(one, slice):
            if one == slice(None):
                continue
            if one.step not in (None, 1) or isinstance(size, Dim):
                raise ShapeError(f"axis {axis} of {x!r} can only be taken whole or in steps of 1")
            start, stop, _ = one.indices(size)
        elif isinstance(one, int | np.integer) and not isinstance(size, Dim):
            if not -size <= one < size:
                raise ShapeError(f"index {one} is out of range for axis {axis} of size {size}")
            start = int(one) % size
            stop = start + 1
            dropped.append(axis)
        else:
            raise ShapeError(f"cannot index {x!r} with {one!r}; use gn.ops.gather for index arrays")
        x = apply("slice", x, axis=axis, start=start, stop=max(start, stop))
    if dropped:
        x = reshape(x, tuple(dim for axis, dim in enumerate(x.shape) if axis not in dropped))
    return x


operator_hooks["index"] = index

_size = define(
    Op(
        "size",
        ("x",),
        lambda x, axis: (),
        lambda x, axis: x if x.startswith("float") else "float32",
        lambda g, y, x, axis: (None,),
        "y = number of values along an axis",
        samples=tuple(
            Sample((Values(shape),), {"axis": axis})
            for shape, axis in [((2, 3), 0), ((2, 3), 1), ((2, 3, 4), 1), ((2, 3, 4, 5), 3)]
        ),
        entry=lambda shape, x, axis: Entry((), str(x[axis])),
        doc="Symbolic for the batch axis, so that 1/n needs no new graph for a shorter batch.",
    )
)


def size(x, axis):
    """y = number of values along an axis, as a scalar of the graph."""
    return _size(x, axis=int(axis))
