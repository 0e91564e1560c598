"""What has been seen so far along an axis."""

from __future__ import annotations

import numpy as np

from glassnet.errors import ShapeError
from glassnet.graph.dims import Dim, Shape, shape_text
from glassnet.graph.entry import Entry, Read
from glassnet.graph.node import Node, Op, Sample, Values, apply, constant, define
from glassnet.ops.reduction import axes_of, reshape_to


def _shape(x: Shape, axis: int) -> Shape:
    if isinstance(x[axis], Dim):
        raise ShapeError(f"axis {axis} of {shape_text(x)} is the batch; its length must be known")
    return x


def _entry(shape: Shape, x: Shape, axis: int) -> Entry:
    index = [f"i{k}" for k in range(len(x))]
    index[axis] = "r0"
    seen = Read("x", 0, tuple(index), float("-inf"), (f"r0 <= i{axis}",))
    return Entry((seen,), "x", (x[axis],), "max")


def _share(g: Node, y: Node, x: Node, axis: int) -> Node:
    """dx[j] = Σ over i >= j of g[i], shared among those of x[0..i] that equal y[i]."""
    size, before, after = x.shape[axis], x.shape[:axis], x.shape[axis + 1 :]
    assert isinstance(size, int)
    seen = constant(np.tri(size).reshape(size, size, *[1] * len(after)), x.dtype)
    at_i, at_j = (*before, size, 1, *after), (*before, 1, size, *after)
    equal = apply("equal", reshape_to(x, at_j), reshape_to(y, at_i))
    hits = apply("cast", equal, dtype=x.dtype) * seen
    count = apply("sum", hits, axes=(axis + 1,), keepdims=True)
    return apply("sum", reshape_to(g, at_i) * hits / count, axes=(axis,), keepdims=False)


_cummax = define(
    Op(
        "cummax",
        ("x",),
        _shape,
        lambda x, axis: x,
        lambda g, y, x, axis: (_share(g, y, x, axis),),
        "y[i] = max of x[0], ..., x[i] along the axis",
        samples=(
            Sample((Values((5,)),), {"axis": 0}),
            Sample((Values((2, 5)),), {"axis": 1}),
            Sample((Values((4, 3)),), {"axis": 0}),
            Sample((Values((2, 3, 4)),), {"axis": 1}),
            Sample((Values((2, 3, 4, 5)),), {"axis": 3}),
        ),
        doc="Equal maxima share the gradient evenly.",
        entry=_entry,
    )
)


def cummax(x, axis=-1):
    """y[i] = max of x[0], ..., x[i] along one axis."""
    return _cummax(x, axis=axes_of(x, axis)[0])
