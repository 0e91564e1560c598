"""The matrix product."""

from __future__ import annotations

import numpy as np

from glassnet.errors import ShapeError
from glassnet.graph.dims import Shape, shape_text
from glassnet.graph.entry import Entry, Read
from glassnet.graph.node import (
    Node,
    Op,
    Sample,
    Values,
    apply,
    as_node,
    common_dtype,
    constant,
    define,
    operator_hooks,
)


def _shape(a: Shape, b: Shape, transpose_a: bool, transpose_b: bool) -> Shape:
    if len(a) != 2 or len(b) != 2:
        raise ShapeError(
            f"a matrix product needs two matrices, but the shapes are {shape_text(a)} and "
            f"{shape_text(b)}"
        )
    rows, inner_a = a[::-1] if transpose_a else a
    inner_b, columns = b[::-1] if transpose_b else b
    if inner_a != inner_b:
        raise ShapeError(
            f"the matrix product of {shape_text((rows, inner_a))} and "
            f"{shape_text((inner_b, columns))} "
            f"does not exist: the inner sizes {inner_a} and {inner_b} must be equal"
        )
    return (rows, columns)


def _product(a: Node, b: Node, transpose_a: bool = False, transpose_b: bool = False) -> Node:
    return apply("matmul", a, b, transpose_a=transpose_a, transpose_b=transpose_b)


def _derivative(g, y, a, b, transpose_a, transpose_b):
    # y = A B: dA = g Bᵀ, dB = Aᵀ g; the flags say which of A and B are stored transposed.
    da = (
        _product(b, g, transpose_b, True) if transpose_a else _product(g, b, False, not transpose_b)
    )
    db = (
        _product(g, a, True, transpose_a) if transpose_b else _product(a, g, not transpose_a, False)
    )
    return da, db


def _dtype(a: str, b: str, transpose_a: bool, transpose_b: bool) -> str:
    return "float64" if "float64" in (a, b) else "float32"


def _entry(shape: Shape, a: Shape, b: Shape, transpose_a: bool, transpose_b: bool) -> Entry:
    left = Read("a", 0, ("r0", "i0") if transpose_a else ("i0", "r0"))
    right = Read("b", 1, ("i1", "r0") if transpose_b else ("r0", "i1"))
    return Entry((left, right), "a * b", (a[0] if transpose_a else a[1],), "sum")


_FLAGS = [(a, b) for a in (False, True) for b in (False, True)]


def _samples() -> list[Sample]:
    samples = [
        Sample(
            (Values((3, 2) if ta else (2, 3)), Values((5, 3) if tb else (3, 5))),
            {"transpose_a": ta, "transpose_b": tb},
        )
        for ta, tb in _FLAGS
    ]
    for left, right in (((7, 1), (1, 4)), ((6, 5), (5, 1))):
        flags = {"transpose_a": False, "transpose_b": False}
        samples.append(Sample((Values(left), Values(right)), flags))
    return samples


_matmul = define(
    Op(
        "matmul",
        ("a", "b"),
        _shape,
        _dtype,
        _derivative,
        "y = a @ b",
        samples=tuple(_samples()),
        entry=_entry,
    )
)


def _in_dtype(x: Node, dtype: str) -> Node:
    if x.dtype == dtype:
        return x
    if x.is_constant:
        return constant(x.attrs["value"], dtype).named(x.name)
    return apply("cast", x, dtype=dtype)


def matmul(a, b, transpose_a: bool = False, transpose_b: bool = False):
    """y = a @ b for matrices; a vector is taken as one row on the left, one column on the right."""
    if not isinstance(a, Node) and not isinstance(b, Node):
        a, b = np.asarray(a), np.asarray(b)
    else:
        wanted = common_dtype([a, b])  # what is fixed follows the other
        a, b = (_in_dtype(as_node(x), wanted) for x in (a, b))
    a_vector, b_vector = len(a.shape) == 1, len(b.shape) == 1
    if a_vector:
        a = a.reshape((1, a.shape[0]))
    if b_vector:
        b = b.reshape((b.shape[0], 1))
    y = _matmul(a, b, transpose_a=bool(transpose_a), transpose_b=bool(transpose_b))
    if a_vector or b_vector:
        kept = (() if a_vector else y.shape[:1]) + (() if b_vector else y.shape[1:])
        y = y.reshape(kept)
    return y


operator_hooks["matmul"] = matmul
