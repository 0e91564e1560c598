"""Indexing: rows picked by number, sums back into rows, one-hot codes."""

from __future__ import annotations

from glassnet.graph.dims import Shape
from glassnet.graph.entry import Entry, Read
from glassnet.graph.node import Op, Sample, Values, apply, define


def _scatter_shape(g: Shape, indices: Shape, rows: int) -> Shape:
    return (rows, *g[len(indices) :])


def _gathered(shape: Shape, x: Shape, indices: Shape) -> Entry:
    lead = len(indices)
    row = Read("row", 1, tuple(f"i{axis}" for axis in range(lead)))
    rest = (f"i{axis}" for axis in range(lead, len(shape)))
    return Entry((row, Read("x", 0, ("row", *rest))), "x")


def _hot(shape: Shape, labels: Shape, classes: int, dtype: str) -> Entry:
    label = Read("label", 0, tuple(f"i{axis}" for axis in range(len(labels))))
    return Entry((label,), f"where(label == i{len(labels)}, 1, 0)")


_INDICES = Values((5,), 0, 3, dtype="int64")

gather_op = define(
    Op(
        "gather",
        ("x", "indices"),
        lambda x, indices: (*indices, *x[1:]),
        lambda x, indices: x,
        lambda g, y, x, indices: (apply("scatter_add", g, indices, rows=x.shape[0]), None),
        "y[i] = x[indices[i]]",
        samples=(
            Sample((Values((4, 3)), _INDICES)),
            Sample((Values((4,)), Values((2, 3), 0, 3, dtype="int64"))),
            Sample((Values((4, 3, 2)), Values((2, 3), 0, 3, dtype="int64"))),
        ),
        entry=_gathered,
    )
)

scatter_add_op = define(
    Op(
        "scatter_add",
        ("x", "indices"),
        _scatter_shape,
        lambda x, indices, rows: x,
        lambda g, y, x, indices, rows: (apply("gather", g, indices), None),
        "y[r] = Σ of x[i] over all i with indices[i] = r",
        samples=(
            Sample((Values((5, 3)), _INDICES), {"rows": 4}),
            Sample((Values((5,)), _INDICES), {"rows": 6}),
            Sample((Values((2, 3, 4)), Values((2, 3), 0, 3, dtype="int64")), {"rows": 5}),
        ),
    )
)

one_hot_op = define(
    Op(
        "one_hot",
        ("labels",),
        lambda labels, classes, dtype: (*labels, classes),
        lambda labels, classes, dtype: dtype,
        lambda g, y, labels, classes, dtype: (None,),
        "y[i, c] = 1 if labels[i] = c else 0",
        samples=tuple(
            Sample((labels,), {"classes": 4, "dtype": "float64"})
            for labels in (_INDICES, Values((2, 3, 5), 0, 3, dtype="int64"))
        ),
        entry=_hot,
    )
)


def gather(x, indices):
    """y[i] = x[indices[i]]: rows picked by number."""
    return gather_op(x, indices)


def scatter_add(x, indices, rows):
    """y[r] = Σ of x[i] over all i with indices[i] = r; the reverse of gather."""
    return scatter_add_op(x, indices, rows=int(rows))


def one_hot(labels, classes, dtype="float32"):
    """y[i, c] = 1 if labels[i] = c else 0."""
    return one_hot_op(labels, classes=int(classes), dtype=dtype)
