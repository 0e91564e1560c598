"""Windows over one or two axes, and their adjoint: what convolutions are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.errors import ShapeError
from glassnet.graph.dims import Dim, Shape, shape_text
from glassnet.graph.entry import Entry, Read
from glassnet.graph.node import Node, Op, Sample, Values, apply, define

# Where a window's places lie along one axis: output o and place k read o * stride + k * dilation
# - before.
_Numbers = tuple[int, ...]


def _count(size: int, window: int, stride: int, dilation: int, padding: int) -> int:
    """Return how many windows fit."""
    return (size + padding - dilation * (window - 1) - 1) // stride + 1


def _shape(
    x: Shape,
    size: _Numbers,
    strides: _Numbers,
    dilation: _Numbers,
    before: _Numbers,
    after: _Numbers,
    fill: float,
) -> Shape:
    axes = len(size)
    if len(x) != axes + 2:
        raise ShapeError(
            f"windows of {axes} axes need a value with {axes + 2}: rows, {axes} axes, channels; "
            f"{shape_text(x)} has {len(x)}"
        )
    counts = []
    for axis, given in enumerate(zip(size, strides, dilation, before, after, strict=True), 1):
        length = x[axis]
        if isinstance(length, Dim):
            raise ShapeError(f"axis {axis} of {shape_text(x)} must be a number")
        counts.append(_count(length, *given[:3], given[3] + given[4]))
        if counts[-1] < 1:
            raise ShapeError(
                f"a window of {given[0]} with dilation {given[2]} does not fit into axis {axis} of "
                f"{shape_text(x)} with padding ({given[3]}, {given[4]})"
            )
    return (x[0], *counts, *size, x[-1])


def _entry(y: Shape, x: Shape, /, **attrs: Any) -> Entry:
    axes = len(attrs["size"])
    index = ["i0"]
    for axis in range(axes):
        stride, dilation = attrs["strides"][axis], attrs["dilation"][axis]
        place = f"i{1 + axis} * {stride} + i{1 + axes + axis} * {dilation}"
        index.append(f"{place} - {attrs['before'][axis]}")
    return Entry((Read("x", 0, (*index, f"i{2 * axes + 1}"), attrs["fill"]),), "x")


def _added(y: Shape, g: Shape, /, **attrs: Any) -> Entry:
    """Return the entry of the adjoint: each number gets back what windows have read of it."""
    axes = len(attrs["size"])
    outputs, conditions = [], []
    for axis in range(axes):
        place = f"i{1 + axis} + {attrs['before'][axis]} - r{axis} * {attrs['dilation'][axis]}"
        stride = attrs["strides"][axis]
        conditions += [f"{place} >= 0", f"({place}) % {stride} == 0"]
        outputs.append(f"({place}) // {stride}")
    index = ("i0", *outputs, *(f"r{axis}" for axis in range(axes)), f"i{axes + 1}")
    return Entry((Read("g", 0, index, 0.0, tuple(conditions)),), "g", attrs["size"], "sum")


def _settings(node_attrs: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: node_attrs[name] for name in names}


_GEOMETRY = ("size", "strides", "dilation", "before", "after")


def _sample(shape: _Numbers, *geometry: _Numbers) -> tuple[_Numbers, dict[str, Any]]:
    return shape, dict(zip(_GEOMETRY, geometry, strict=True))


def _bound(shape: Shape) -> _Numbers:
    return tuple(int(dim) for dim in shape)  # type: ignore[arg-type]


_CALLS = [
    _sample((2, 7, 3), (3,), (1,), (1,), (0,), (0,)),
    _sample((2, 6, 1), (2,), (3,), (2,), (1,), (2,)),
    _sample((2, 5, 4, 3), (3, 2), (1, 1), (1, 1), (1, 0), (1, 1)),
    _sample((3, 7, 8, 2), (3, 2), (2, 3), (1, 2), (1, 0), (0, 2)),
    _sample((2, 4, 3, 5), (1, 1), (2, 2), (1, 1), (0, 0), (0, 0)),
]


_windows = define(
    Op(
        "windows",
        ("x",),
        _shape,
        lambda x, **attrs: x,
        lambda g, y, x, **attrs: (
            apply("windows_add", g, lengths=x.shape[1:-1], **_settings(attrs, *_GEOMETRY)),
        ),
        "y[n, o, k, c] = x[n, o · stride + k · dilation - before, c]",
        samples=tuple(
            Sample((Values(shape),), {**attrs, "fill": fill})
            for (shape, attrs), fill in zip(_CALLS, (0.0, -1.0, 0.0, 0.5, 0.0), strict=True)
        ),
        entry=_entry,
    )
)

_windows_add = define(
    Op(
        "windows_add",
        ("g",),
        lambda g, lengths, size, **attrs: (g[0], *lengths, g[-1]),
        lambda g, **attrs: g,
        lambda g, y, x, lengths, **attrs: (apply("windows", g, fill=0.0, **attrs),),
        "y[n, j, c] = Σ of g[n, o, k, c] with o · stride + k · dilation - before = j",
        samples=tuple(
            Sample(
                (Values(_bound(_shape(shape, **attrs, fill=0.0))),),
                {"lengths": shape[1:-1], **attrs},
            )
            for shape, attrs in _CALLS
        ),
        doc="The adjoint of windows.",
        entry=lambda y, g, lengths, **attrs: _added(y, g, **attrs),
    )
)


def windows(
    x,
    size: int | Sequence[int],
    strides: int | Sequence[int] = 1,
    dilation: int | Sequence[int] = 1,
    padding: str | Sequence[tuple[int, int]] = "valid",
    fill: float = 0.0,
):
    """y[n, o, k, c] = x[n, o · stride + k · dilation - before, c]: every window of an image.

    Parameters
    ----------
    x : node or array of shape (n, length, channels) or (n, height, width, channels)
    size : int or sequence of int
        Of a window along each axis.
    strides, dilation : int or sequence of int, default 1
        From one window to the next, and from one of its places to the next.
    padding : "valid", "same" or sequence of (before, after), default "valid"
        Places put around each axis; "same" gives ⌈length / stride⌉ windows, as Keras pads it:
        the odd place comes last.
    fill : float, default 0.0
        What these places hold.

    Returns
    -------
    node or array of shape (n, counts ..., size ..., channels)

    Examples
    --------
    >>> import numpy as np
    >>> windows(np.arange(5.0).reshape(1, 5, 1), 3)[0, :, :, 0]
    array([[0., 1., 2.],
           [1., 2., 3.],
           [2., 3., 4.]])
    """
    shape = x.shape if isinstance(x, Node) else np.shape(x)
    axes = len(shape) - 2
    if axes not in (1, 2):
        raise ShapeError(f"windows need 3 or 4 axes, channels last; {shape_text(shape)} was given")
    size, strides, dilation = (_each(one, axes) for one in (size, strides, dilation))
    pairs = _padding(padding, shape[1:-1], size, strides, dilation)
    before, after = (tuple(int(pair[k]) for pair in pairs) for k in (0, 1))
    return _windows(x, size=size, strides=strides, dilation=dilation, before=before, after=after,
                    fill=float(fill))  # fmt: skip


def _each(value: int | Sequence[int], axes: int) -> _Numbers:
    numbers = (value,) * axes if isinstance(value, int) else tuple(value)
    if len(numbers) != axes or any(int(number) < 1 for number in numbers):
        raise ShapeError(f"{value!r} should be a number of at least 1, or {axes} of them")
    return tuple(int(number) for number in numbers)


def _padding(
    padding: str | Sequence[tuple[int, int]],
    lengths: Shape,
    size: _Numbers,
    strides: _Numbers,
    dilation: _Numbers,
) -> Sequence[tuple[int, int]]:
    if padding == "valid":
        return [(0, 0)] * len(lengths)
    if padding == "same":
        pairs = []
        for length, window, stride, apart in zip(lengths, size, strides, dilation, strict=True):
            assert isinstance(length, int)
            count = -(-length // stride)
            total = max(0, (count - 1) * stride + apart * (window - 1) + 1 - length)
            pairs.append((total // 2, total - total // 2))
        return pairs
    if not isinstance(padding, str) and len(padding) == len(lengths):
        return [(int(before), int(after)) for before, after in padding]
    raise ShapeError(
        f"padding={padding!r} should be 'valid', 'same' or a pair (before, after) for each of "
        f"{len(lengths)} axes"
    )
