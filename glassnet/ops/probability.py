"""Softmax and its losses: fused ops with a rule of their own, made of simpler ops."""

from __future__ import annotations

from glassnet.errors import ShapeError
from glassnet.graph.dims import Shape, shape_text
from glassnet.graph.node import Node, Op, Sample, Values, apply, define
from glassnet.ops.arithmetic import exp, log
from glassnet.ops.indexing import one_hot
from glassnet.ops.reduction import max as max_of
from glassnet.ops.reduction import sum as sum_of


def _same_shape(z: Shape, **attrs) -> Shape:
    if not z:
        raise ShapeError("softmax needs at least one axis, but a single number came")
    return z


def _first(*dtypes: str, **attrs) -> str:
    return dtypes[0]


def _softmax(z: Node) -> Node:
    e = exp(z - max_of(z, axis=-1, keepdims=True)).named("e")
    return e / sum_of(e, axis=-1, keepdims=True)


def _log_softmax(z: Node) -> Node:
    shifted = (z - max_of(z, axis=-1, keepdims=True)).named("shifted")
    return shifted - log(sum_of(exp(shifted), axis=-1, keepdims=True))


_SAMPLES = tuple(Sample((Values(shape),)) for shape in [(2, 5), (3,), (2, 3, 4), (2, 3, 1, 4)])

softmax = define(
    Op(
        "softmax",
        ("z",),
        _same_shape,
        _first,
        lambda g, y, z: ((g - sum_of(g * y, axis=-1, keepdims=True)) * y,),
        "y_k = exp(z_k) / Σ_j exp(z_j) along the last axis",
        decompose=_softmax,
        samples=_SAMPLES,
    )
)

log_softmax = define(
    Op(
        "log_softmax",
        ("z",),
        _same_shape,
        _first,
        lambda g, y, z: (g - softmax(z) * sum_of(g, axis=-1, keepdims=True),),
        "y_k = z_k - log Σ_j exp(z_j) along the last axis",
        decompose=_log_softmax,
        samples=_SAMPLES,
    )
)


def _row_shape(z: Shape, t: Shape) -> Shape:
    if z != t or not z:
        raise ShapeError(
            f"the network gives {shape_text(z)} but the one-hot targets have {shape_text(t)}"
        )
    return z[:-1]


def _as_column(g: Node, z: Node) -> Node:
    return apply("reshape", g, shape=(*z.shape[:-1], 1))


softmax_cross_entropy = define(
    Op(
        "softmax_cross_entropy",
        ("z", "t"),
        _row_shape,
        _first,
        lambda g, y, z, t: (
            _as_column(g, z) * (softmax(z) * sum_of(t, axis=-1, keepdims=True) - t),
            -_as_column(g, z) * log_softmax(z),
        ),
        "y = -Σ_k t_k log softmax(z)_k for each row",
        decompose=lambda z, t: -sum_of(t * log_softmax(z), axis=-1),
        samples=(
            Sample((Values((2, 5)), Values((2, 5), 0.1, 1.0))),
            Sample((Values((4, 3)), Values((4, 3), 0.1, 1.0))),
            Sample((Values((2, 3, 4)), Values((2, 3, 4), 0.1, 1.0))),
        ),
    )
)


def _sparse_shape(z: Shape, labels: Shape) -> Shape:
    if z[:-1] != labels or not z:
        raise ShapeError(
            f"the network gives {shape_text(z)}, so the labels must have the shape "
            f"{shape_text(z[:-1])}, not {shape_text(labels)}"
        )
    return labels


def _sparse_loss(z: Node, labels: Node) -> Node:
    hot = one_hot(labels, z.shape[-1], z.dtype)
    return -sum_of(hot * log_softmax(z), axis=-1)


sparse_softmax_cross_entropy = define(
    Op(
        "sparse_softmax_cross_entropy",
        ("z", "labels"),
        _sparse_shape,
        _first,
        lambda g, y, z, labels: (
            _as_column(g, z) * (softmax(z) - one_hot(labels, z.shape[-1], z.dtype)),
            None,
        ),
        "y = -log softmax(z)[label] for each row",
        decompose=_sparse_loss,
        samples=(
            Sample((Values((5, 4)), Values((5,), 0, 3, dtype="int64"))),
            Sample((Values((2, 3, 4)), Values((2, 3), 0, 3, dtype="int64"))),
        ),
    )
)
