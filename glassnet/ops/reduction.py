"""Reductions: sums, means and maxima over axes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from glassnet.errors import ShapeError
from glassnet.graph.dims import Shape, shape_text
from glassnet.graph.entry import Entry, Read
from glassnet.graph.node import Node, Op, Sample, Values, apply, define


def _reduced_shape(x: Shape, axes: tuple[int, ...], keepdims: bool) -> Shape:
    if any(axis < 0 or axis >= len(x) for axis in axes):
        raise ShapeError(f"axis {axes} does not exist in a value of shape {shape_text(x)}")
    if keepdims:
        return tuple(1 if axis in axes else dim for axis, dim in enumerate(x))
    return tuple(dim for axis, dim in enumerate(x) if axis not in axes)


def _same(x: str, axes: tuple[int, ...] = (), keepdims: bool = False) -> str:
    return x


def kept(y: Node, x: Node, axes: tuple[int, ...]) -> Node:
    """Give a reduced value its axes back, with size 1."""
    return reshape_to(y, _reduced_shape(x.shape, axes, True))


def reshape_to(x: Node, shape: Shape) -> Node:
    """Give a value another shape, if it has not that shape already."""
    return x if x.shape == shape else apply("reshape", x, shape=shape)


def _spread(g: Node, x: Node, axes: tuple[int, ...]) -> Node:
    return apply(
        "broadcast_to", kept(g, x, axes) if len(axes) < x.ndim else _scalar(g), shape=x.shape
    )


def _scalar(g: Node) -> Node:
    return reshape_to(g, ())


def _reduced(combine: str) -> Callable[..., Entry]:
    """Return the entry of a reduction: the axes that are put together are gone through."""

    def entry(shape: Shape, x: Shape, axes: tuple[int, ...], keepdims: bool) -> Entry:
        inner, outer = iter(range(len(axes))), iter(range(len(x)))
        index = []
        for axis in range(len(x)):
            if axis in axes:
                index.append(f"r{next(inner)}")
                if keepdims:
                    next(outer)
            else:
                index.append(f"i{next(outer)}")
        ranges = tuple(x[axis] for axis in sorted(axes))
        return Entry((Read("x", 0, tuple(index)),), "x", ranges, combine)

    return entry


_SAMPLES = tuple(
    Sample((Values(shape),), {"axes": axes, "keepdims": keepdims})
    for shape, axes, keepdims in [
        ((2, 3), (0, 1), False),
        ((2, 3), (0,), False),
        ((2, 3), (1,), True),
        ((2, 3, 5), (0, 2), False),
        ((4,), (0,), True),
        ((2, 3, 5), (1,), False),
        ((2, 3, 4, 5), (0, 2), True),
    ]
)

_sum = define(
    Op(
        "sum",
        ("x",),
        _reduced_shape,
        _same,
        lambda g, y, x, axes, keepdims: (_spread(g, x, axes),),
        "y = Σ x over the axes",
        samples=_SAMPLES,
        entry=_reduced("sum"),
    )
)


def _max_share(g: Node, y: Node, x: Node, axes: tuple[int, ...]) -> Node:
    hits = apply("cast", apply("equal", x, kept(y, x, axes)), dtype=x.dtype)
    count = apply("sum", hits, axes=axes, keepdims=True)
    return kept(g, x, axes) * hits / count


_max = define(
    Op(
        "max",
        ("x",),
        _reduced_shape,
        _same,
        lambda g, y, x, axes, keepdims: (_max_share(g, y, x, axes),),
        "y = max x over the axes",
        samples=_SAMPLES,
        doc="Equal maxima share the gradient evenly.",
        entry=_reduced("max"),
    )
)

argmax_op = define(
    Op(
        "argmax",
        ("x",),
        lambda x, axis: tuple(dim for i, dim in enumerate(x) if i != axis),
        lambda x, axis: "int64",
        None,
        "y = index of the first largest x along the axis",
        samples=(
            Sample((Values((2, 5)),), {"axis": 1}),
            Sample((Values((4, 3)),), {"axis": 0}),
            Sample((Values((2, 4, 3)),), {"axis": 1}),
            Sample((Values((2, 3, 2, 4)),), {"axis": 3}),
        ),
    )
)


def axes_of(x, axis) -> tuple[int, ...]:
    """Return an axis argument as a sorted tuple of axes >= 0."""
    ndim = x.ndim if isinstance(x, Node) else np.ndim(x)
    if axis is None:
        return tuple(range(ndim))
    axes = axis if isinstance(axis, tuple | list) else (axis,)
    for one in axes:
        if not -ndim <= one < ndim:
            raise ShapeError(f"axis {one} does not exist in a value with {ndim} axes")
    return tuple(sorted({int(one) % ndim for one in axes}))


def sum(x, axis=None, keepdims=False):
    """y = Σ x over the axes (all by default)."""
    return _sum(x, axes=axes_of(x, axis), keepdims=bool(keepdims))


def mean(x, axis=None, keepdims=False):
    """y = (1/k) Σ x over the axes (all by default), k the number of values summed."""
    count = None
    for one in axes_of(x, axis):
        length = apply("size", x, axis=one)
        count = length if count is None else count * length
    total = sum(x, axis, keepdims)
    return total if count is None else total * (1.0 / count)


def max(x, axis=None, keepdims=False):
    """y = max x over the axes (all by default)."""
    return _max(x, axes=axes_of(x, axis), keepdims=bool(keepdims))


def argmax(x, axis=-1):
    """y = index of the first largest x along one axis."""
    return argmax_op(x, axis=axes_of(x, axis)[0])
