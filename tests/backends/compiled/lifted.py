"""Every op of the registry over a batch: its samples with a symbolic number of rows.

A sample of an op has fixed sizes. Here one axis of its inputs runs over ``n`` rows, as in a
training step; where an op allows no such axis, the sample stays as it is. With ``times=3`` the
first axis is ``3n``: each input comes as ``(n, 3, ...)`` and is reshaped, as Dense does it.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from glassnet import ops
from glassnet.errors import GlassnetError
from glassnet.graph import REGISTRY, Program, Sample, Values, apply, gradients, input_node
from glassnet.graph.dims import Dim, bind, size_of
from glassnet.testing.numeric import draw

N = Dim("n")
# Bits come in fixed shapes.
FIXED = {"random_bits"}
# The sizes of these samples hang together, so that one of them alone cannot become ``n``.
MORE = {
    "reshape": [
        ((N, 2, 3), {"shape": (N, 6)}),
        ((N, 6), {"shape": (N, 3, 2)}),
        ((N, 3), {"shape": (N * 3,)}),
    ]
}
SIZES = (1, 2, 7, 128)


@dataclasses.dataclass
class Call:
    """One call of an op: its inputs, the values to draw for them, and which axis is ``n``.

    ``shapes`` are those the op takes, which its inputs are reshaped to.
    """

    op: object
    nodes: list
    shapes: list
    values: list
    attrs: dict
    output: object
    rows: list  # an input that only tells how many rows there are, where no other does

    @property
    def inputs(self):
        return [*self.nodes, *self.rows]

    def applied(self, values):
        """Return the op applied to values in the place of its inputs."""
        return _applied(self.op, values, self.shapes, self.attrs)


def _applied(op, values, shapes, attrs):
    pairs = zip(values, shapes, strict=True)
    parts = [x if x.shape == shape else ops.reshape(x, shape) for x, shape in pairs]
    return apply(op.name, *parts, **attrs)


def has_rows(shape):
    return any(isinstance(dim, Dim) for dim in shape)


def _shape(shape, size, times):
    """Put ``n``, or a multiple, in the place of the first axis of this size."""
    axis = next((k for k, dim in enumerate(shape) if dim == size), None)
    return shape if axis is None else (*shape[:axis], N * times, *shape[axis + 1 :])


def _given(shape, times):
    """Return the shape of an input that is reshaped to this one: ``(n, 3, 5)`` for ``(3n, 5)``."""
    return (N, times, *shape[1:]) if times > 1 and shape[:1] == (N * times,) else shape


def _call(op, sample, number, dtype, size, times=1):
    """Make the nodes of a call, ``n`` standing for one size; None if the op does not allow it."""
    attrs = dict(sample.attrs)
    if attrs.get("dtype", "").startswith("float"):
        attrs["dtype"] = dtype
    if "shape" in attrs:
        attrs["shape"] = _shape(attrs["shape"], size, times)
    shapes = [_shape(one.shape, size, times) for one in sample.inputs]
    if times > 1 and any(has_rows(shape[1:]) for shape in shapes):
        return None  # a batch comes first
    nodes = []
    for place, (one, shape) in enumerate(zip(sample.inputs, shapes, strict=True)):
        kind = dtype if one.dtype == "float" else one.dtype
        nodes.append(input_node(f"s{number}_{place}", _given(shape, times), kind))
    try:
        output = _applied(op, nodes, shapes, attrs)
        size_of(output.shape)  # n by n is no batch: a gather of both x and indices over rows
        _slopes([output], nodes, op)  # only what can also be differentiated
    except (GlassnetError, TypeError):
        return None
    known = [dim for node in nodes for dim in node.shape]
    if size is not None and not has_rows([*output.shape, *known]):
        return None
    rows = [] if has_rows(known) else [input_node(f"rows{number}", (N,), dtype)]
    return Call(op, nodes, shapes, [*sample.inputs, Values(())], attrs, output, rows)


def calls(name, dtype, times=1):
    """Return every call of an op that has rows, or those of fixed sizes where none has."""
    op = REGISTRY[name]
    found = []
    for sample in op.samples:
        shapes = [one.shape for one in sample.inputs] + [sample.attrs.get("shape", ())]
        sizes = [] if name in FIXED else sorted({size for s in shapes for size in s} - {1})
        # Places along this axis are counted by numbers that are given: it stays as it is.
        if name in ("gather", "slice"):
            axis = sample.attrs.get("axis", 0)
            sizes = [size for size in sizes if size != sample.inputs[0].shape[axis]]
        # Where nothing but the loop changes, one axis a sample is enough.
        sizes = sizes[:1] if op.is_elementwise else sizes
        lifted = [_call(op, sample, f"{len(found)}{s}", dtype, s, times) for s in sizes]
        found += [call for call in lifted if call] or [_call(op, sample, len(found), dtype, None)]
    for shape, attrs in MORE.get(name, []):
        sample = Sample((Values(shape),), attrs)
        found.append(_call(op, sample, f"more{len(found)}", dtype, None))
    return found


def _slopes(outputs, wrt, op):
    floats = [node for node in wrt if node.dtype.startswith("float")]
    outputs = [y for y in outputs if y.dtype.startswith("float")]
    if op.derivative is None or not floats or not outputs:
        return {}
    total = sum((ops.sum(ops.square(y)) for y in outputs), start=0.0)
    return {f"d{n.attrs['name']}": d
            for n, d in zip(floats, gradients(total, floats), strict=True)}  # fmt: skip


def values_of(call, rows, dtype):
    """Draw the inputs of a call for a number of rows."""
    found = {}
    for node, one in zip(call.inputs, call.values, strict=False):
        shape = bind(node.shape, {"n": rows})
        name = node.attrs["name"]
        found[name] = draw(dataclasses.replace(one, shape=shape), name, dtype)
    return found


def alone(name, dtype):
    """Return the op by itself: every value and every gradient is an output, nothing is fused."""
    made = calls(name, dtype)
    outputs = {f"y{k}": call.output for k, call in enumerate(made)}
    for call in made:
        outputs |= _slopes([call.output], call.nodes, call.op)
    inputs = [node for call in made for node in call.inputs]
    return Program(name, inputs, outputs), made


def among_others(name, dtype, times=1):
    """Return the op between others: its inputs are computed, its value only read on."""
    made, outputs, inputs = calls(name, dtype, times), {}, []
    for k, call in enumerate(made):
        halves = [_half(node) for node in call.nodes]
        y = call.applied([full for full, _ in halves])
        kind = y if y.dtype.startswith("float") else ops.cast(y, dtype)
        read = ops.tanh(kind) * 0.5
        outputs |= {f"sum{k}": ops.sum(read), f"z{k}": read + 1.0}
        outputs |= _slopes([read], [part for _, part in halves], call.op)
        inputs += [part for _, part in halves] + call.rows
    return Program(name, inputs, outputs), made


def _half(node):
    """Return a value made of an input, and the input: half of it, doubled."""
    if not node.dtype.startswith("float"):
        return node, node
    return node + node * 0.0, node


def step(name, dtype):
    """Return a training step with the op: rows are data, a factor is learned, sums are totals.

    Arrays without rows are state that stays as it is.
    """
    made = [call for call in calls(name, dtype) if not _has_inner_rows(call)]
    factor, rate = input_node("factor", (1,), dtype), input_node("rate", (), "float64")
    fixed, rows, parts = [], [], []
    for call in made:
        inputs = [n * factor if n.shape and n.dtype == dtype else n for n in call.nodes]
        y = call.applied(inputs)
        parts.append(ops.sum(ops.square(ops.cast(y, dtype))))
        for node in call.inputs:
            (rows if N in node.shape else fixed).append(node)
    total = sum(parts[1:], start=parts[0])
    (slope,) = gradients(total, [factor])
    new = factor - ops.cast(rate, dtype) * slope / (1.0 + ops.square(slope))
    rows = rows or [input_node("rows", (N,), dtype)]
    outputs = {node.attrs["name"]: node for node in fixed} | {"factor": new, "total": total}
    names = tuple(node.attrs["name"] for node in rows)
    return Program(name, [factor, rate, *fixed, *rows], outputs, ("total",), names), made


def _has_inner_rows(call):
    """Whether rows run over another axis than the first, which no data set has."""
    shapes = [node.shape for node in call.inputs]
    return any(N in shape[1:] or shape[:1] in [(N * 3,), (N * 2,)] for shape in shapes)


def close(found, expected, dtype):
    """Compare with NumPy's numbers, relative to the largest of each value."""
    assert found.keys() == expected.keys()
    tolerance = {"float32": 3e-5, "float64": 1e-11}[dtype]
    for name, want in expected.items():
        got = found[name]
        assert got.dtype == want.dtype and got.shape == want.shape, name
        size = float(np.max(np.abs(want.astype("f8")), initial=1.0))
        np.testing.assert_allclose(
            got.astype("f8") / size, want.astype("f8") / size, rtol=0, atol=tolerance, err_msg=name
        )
