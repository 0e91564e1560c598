"""NumPy kernels of the ops that are not elementwise.

A kernel writes the line of NumPy that fills ``out``; for a scalar result it returns the
text of an expression instead. A view gives a new way of looking at its input.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from glassnet.backends.numpy_elementwise import Value
from glassnet.graph.node import Node
from glassnet.random import bits, fill_bits

__all__ = ["KERNELS", "VIEWS"]


class Writer(Protocol):
    """What kernels ask of the writer of a function."""

    lines: list[str]

    def line(self, text: str) -> None:
        """Write a line."""

    def static(self, array: Any, label: str = "c") -> str:
        """Put an object into the function's scope and return its name."""

    def call(self, function: Any, label: str) -> str:
        """Return the name under which a function can be called."""

    def scalar(self, text: str, node: Node) -> Value:
        """Write a line that computes a single number."""


def _viewed(
    w: Writer, x: Value, shape: tuple[int, ...], view: Callable[[Any], Any], text: str
) -> Value:
    """Return a view: made now where the array is known, else by the function."""
    if x.array is not None:
        array = view(x.array)
        return Value(w.static(array, "t"), shape, x.dtype, array)
    name = f"x{len(w.lines)}"  # no name of the scope: those end in other letters
    w.line(f"{name} = {x.text}{text}")
    return Value(name, shape, x.dtype)


def _reshape(w: Writer, node: Node, shape: tuple[int, ...], x: Value) -> Value:
    if shape == ():
        return x if x.is_scalar else w.scalar(f"{x.text}.item()", node)
    if x.is_scalar:
        out = Value("", shape, node.dtype, np.empty(shape, node.dtype))
        assert out.array is not None
        out.text = w.static(out.array, "f")
        w.line(f"{out.text}.fill({x.text})")
        return out
    if x.array is not None and not x.array.flags.c_contiguous:
        # A transposed buffer has to be copied to be read row by row.
        buffer = np.empty(x.shape, x.dtype)
        w.line(f"copyto({w.static(buffer, 'f')}, {x.text})")
        array = buffer.reshape(shape)
        return Value(w.static(array, "t"), shape, x.dtype, array)
    return _viewed(w, x, shape, lambda a: a.reshape(shape), f".reshape({shape})")


def _transpose(w: Writer, node: Node, shape: tuple[int, ...], x: Value) -> Value:
    axes = node.attrs["axes"]
    return _viewed(w, x, shape, lambda a: a.transpose(axes), f".transpose({axes})")


def _slice(w: Writer, node: Node, shape: tuple[int, ...], x: Value) -> Value:
    axis, start, stop = node.attrs["axis"], node.attrs["start"], node.attrs["stop"]
    key = (*(slice(None),) * axis, slice(start, stop))
    text = "[" + ":, " * axis + f"{start}:{stop}]"
    return _viewed(w, x, shape, lambda a: a[key], text)


def _broadcast_to(w: Writer, node: Node, shape: tuple[int, ...], x: Value) -> Value:
    if x.is_scalar:
        return _reshape(w, node, shape, x)
    name = w.call(np.broadcast_to, "broadcast_to")
    if x.array is not None:
        return _viewed(w, x, shape, lambda a: np.broadcast_to(a, shape), "")
    text = f"x{len(w.lines)}"
    w.line(f"{text} = {name}({x.text}, {shape})")
    return Value(text, shape, x.dtype)


VIEWS: dict[str, Callable[..., Value]] = {
    "reshape": _reshape,
    "transpose": _transpose,
    "slice": _slice,
    "broadcast_to": _broadcast_to,
}


def _flipped(w: Writer, x: Value, flip: bool) -> str:
    if not flip:
        return x.text
    return w.static(x.array.T, "t") if x.array is not None else f"{x.text}.T"


def _matmul(w: Writer, node: Node, out: Value, a: Value, b: Value) -> None:
    left = _flipped(w, a, node.attrs["transpose_a"])
    right = _flipped(w, b, node.attrs["transpose_b"])
    w.line(f"{w.call(np.dot, 'dot')}({left}, {right}, {out.text})")


def _reduction(function: Any, label: str) -> Callable[..., str | None]:
    def kernel(w: Writer, node: Node, out: Value | None, x: Value) -> str | None:
        axes: Any = node.attrs["axes"]
        name = w.call(function, label)
        if x.is_scalar:
            return x.text
        if out is None:
            return f"{name}({x.text}, None).item()"
        axes = axes[0] if len(axes) == 1 else axes
        w.line(f"{name}({x.text}, {axes}, None, {out.text}, {node.attrs['keepdims']})")
        return None

    return kernel


def _argmax(w: Writer, node: Node, out: Value | None, x: Value) -> str | None:
    if out is None:
        return f"int({x.text}.argmax())"
    w.line(f"{x.text}.argmax({node.attrs['axis']}, {out.text})")
    return None


def _concatenate(w: Writer, node: Node, out: Value, *inputs: Value) -> None:
    texts = ", ".join(x.text for x in inputs)
    call = w.call(np.concatenate, "concatenate")
    w.line(f"{call}(({texts},), {node.attrs['axis']}, {out.text})")


def _pad(w: Writer, node: Node, out: Value, x: Value) -> None:
    axis, before = node.attrs["axis"], node.attrs["before"]
    assert out.array is not None
    key = (*(slice(None),) * axis, slice(before, before + x.shape[axis]))
    w.line(f"{out.text}.fill(0)")
    w.line(f"{w.static(out.array[key], 't')}[...] = {x.text}")


def _size(w: Writer, node: Node, out: None, x: Value) -> str:
    return repr(float(x.shape[node.attrs["axis"]]))


def _gather(w: Writer, node: Node, out: Value | None, x: Value, rows: Value) -> str | None:
    if out is None:
        return f"{x.text}[{rows.text}].item()"
    w.line(f"{x.text}.take({rows.text}, 0, {out.text})")
    return None


def _scatter_add(w: Writer, node: Node, out: Value, x: Value, rows: Value) -> None:
    w.line(f"{out.text}.fill(0)")
    w.line(f"{w.call(np.add.at, 'add_at')}({out.text}, {rows.text}, {x.text})")


def _one_hot(w: Writer, node: Node, out: Value, labels: Value) -> None:
    assert out.array is not None
    w.line(f"{out.text}.fill(0)")
    if labels.is_scalar:
        w.line(f"{out.text}[{labels.text}] = 1")
        return
    flat = out.array.reshape(-1, node.attrs["classes"])
    rows = w.static(np.arange(len(flat)), "r")
    w.line(f"{w.static(flat, 't')}[{rows}, {labels.text}.reshape(-1)] = 1")


def _random_bits(w: Writer, node: Node, out: Value | None, seed: Value, step: Value) -> str | None:
    stream = node.attrs["stream"]
    if out is None:
        return f"int({w.call(bits, 'bits')}({seed.text}, {stream}, {step.text}, 1)[0])"
    assert out.array is not None
    flat, fill = w.static(out.array.reshape(-1), "t"), w.call(fill_bits, "fill_bits")
    w.line(f"{fill}({flat}, {seed.text}, {stream}, {step.text})")
    return None


def _random_uniform(
    w: Writer, node: Node, out: Value | None, seed: Value, step: Value
) -> str | None:
    stream = node.attrs["stream"]
    if out is None:
        name = w.call(bits, "bits")
        return f"(int({name}({seed.text}, {stream}, {step.text}, 1)[0]) >> 8) / 16777216"
    assert out.array is not None
    flat, fill = w.static(out.array.reshape(-1), "t"), w.call(fill_bits, "fill_bits")
    w.line(f"{fill}({flat}, {seed.text}, {stream}, {step.text}, 8)")
    w.line(f"{w.call(np.multiply, 'u_multiply')}({flat}, 5.9604644775390625e-08, {flat})")
    return None


KERNELS: dict[str, Callable[..., Any]] = {
    "matmul": _matmul,
    "sum": _reduction(np.add.reduce, "add_reduce"),
    "max": _reduction(np.maximum.reduce, "maximum_reduce"),
    "argmax": _argmax,
    "concatenate": _concatenate,
    "pad": _pad,
    "size": _size,
    "gather": _gather,
    "scatter_add": _scatter_add,
    "one_hot": _one_hot,
    "random_bits": _random_bits,
    "random_uniform": _random_uniform,
}
