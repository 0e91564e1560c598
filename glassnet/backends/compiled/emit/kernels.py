"""Structured ops as loops or library calls: one short function an op, found by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from glassnet.backends.compiled.emit.control import BAD_INDEX
from glassnet.backends.compiled.emit.products import matmul
from glassnet.backends.compiled.emit.writer import Writer, element
from glassnet.backends.compiled.schedule.places import (
    Place,
    contiguous,
    dim_text,
    product,
)
from glassnet.graph.dims import Dim, size_of
from glassnet.graph.node import Node

__all__ = ["KERNELS"]


# Shaping -------------------------------------------------------------------------------


def _reshape(w: Writer, node: Node, out: Place) -> None:
    source = w.place(node.inputs[0])
    w.copy(replace(out, shape=source.shape, strides=contiguous(source.shape)), source)


def _part(place: Place, axis: int, start: int | Dim, length: int | Dim) -> Place:
    shape = (*place.shape[:axis], length, *place.shape[axis + 1 :])
    stride = place.strides[axis]
    by = product(start, stride)
    offset: int | str = f"{place.offset} + {dim_text(by)}"
    if isinstance(place.offset, int) and isinstance(by, int):
        offset = place.offset + by
    return replace(place, shape=shape, offset=offset)


def _concatenate(w: Writer, node: Node, out: Place) -> None:
    axis, start = node.attrs["axis"], 0
    for child in node.inputs:
        size = child.shape[axis]
        part, source = _part(out, axis, start, size), w.place(child)
        if part != source:  # else it was made there
            w.copy(part, source)
        start = size if start == 0 else start + size


def _pad(w: Writer, node: Node, out: Place) -> None:
    x = node.inputs[0]
    w.fill(out, w.constants.name(0, node.dtype))
    axis = node.attrs["axis"]
    w.copy(_part(out, axis, node.attrs["before"], x.shape[axis]), w.place(x))


# Picking -------------------------------------------------------------------------------


def _argmax(w: Writer, node: Node, out: Place) -> None:
    x, axis = w.place(node.inputs[0]), node.attrs["axis"]
    loops, depth = w.loops(out.shape)
    best, (k,) = w.fresh(), w.counters(1)

    def here(index: str) -> str:
        return element(x, [*loops[:axis], index, *loops[axis:]])

    w.line(f"{best} = 0", depth)
    w.line(f"for {k} in range(1, {dim_text(x.shape[axis])}):", depth)
    w.line(f"if {here(k)} > {here(best)}:", depth + 1)
    w.line(f"{best} = {k}", depth + 2)
    w.line(f"{element(out, loops)} = {best}", depth)


def _row(w: Writer, number: str, size: int | Dim, depth: int) -> str:
    """Write a row's number, counted from the end if below 0; one outside is noted."""
    row, outside, size_ = w.fresh(), w.fresh(), dim_text(size)
    # Without branches: every one makes the function longer to compile.
    w.line(f"{row} = int64({number})", depth)
    w.line(f"{row} += int64({row} < 0) * ({size_})", depth)
    w.line(f"{outside} = int64({row} < 0) | int64({row} >= {size_})", depth)
    w.line(f"control[{BAD_INDEX}] |= {outside}", depth)
    w.line(f"{row} *= 1 - {outside}", depth)
    return row


def _gather(w: Writer, node: Node, out: Place) -> None:
    x, rows = w.place(node.inputs[0]), w.place(node.inputs[1])
    loops, depth = w.loops(out.shape)
    lead = len(rows.shape)
    row = _row(w, element(rows, loops[:lead]), x.shape[0], depth)
    w.line(f"{element(out, loops)} = {element(x, [row, *loops[lead:]])}", depth)


def _scatter_add(w: Writer, node: Node, out: Place) -> None:
    x, rows = w.place(node.inputs[0]), w.place(node.inputs[1])
    w.fill(out, w.constants.name(0, node.dtype))
    loops, depth = w.loops(x.shape)
    lead = len(rows.shape)
    row = _row(w, element(rows, loops[:lead]), out.shape[0], depth)
    w.line(f"{element(out, [row, *loops[lead:]])} += {element(x, loops)}", depth)


# Random numbers ------------------------------------------------------------------------


def _key(w: Writer, node: Node) -> str:
    """Write the key of one stream at one step; see glassnet.random.derive_key."""
    seed, step = (w.scalar(child) for child in node.inputs)
    name = w.fresh()
    w.line(f"{name} = threefry({seed}, {seed} >> 32, {node.attrs['stream']}, {step})")
    return name


def _draws(w: Writer, node: Node, out: Place, convert: Callable[[str], str]) -> None:
    key, (k,) = _key(w, node), w.counters(1)
    pair = w.fresh()
    size = dim_text(size_of(out.shape))
    flat = replace(out, shape=(size_of(out.shape),), strides=(1,))
    bounds = w.sharing.flat_bounds(out.shape)
    if bounds is not None:
        w.line(f"for {k} in range({bounds[0]} // 2, {bounds[1]} // 2):")
    else:
        w.line(f"for {k} in range(({size}) // 2):")
    w.line(f"{pair} = threefry({key}, {key} >> 32, {k}, 0)", 1)
    w.line(f"{element(flat, [f'(2 * {k})'])} = {convert(f'({pair} & 4294967295)')}", 1)
    w.line(f"{element(flat, [f'(2 * {k} + 1)'])} = {convert(f'(({pair} >> 32) & 4294967295)')}", 1)
    if bounds is not None or (size.isdigit() and int(size) % 2 == 0):
        return
    w.line(f"if ({size}) % 2 == 1:")
    w.line(f"{pair} = threefry({key}, {key} >> 32, ({size}) // 2, 0)", 1)
    w.line(f"{element(flat, [f'({size} - 1)'])} = {convert(f'({pair} & 4294967295)')}", 1)


def _random_bits(w: Writer, node: Node, out: Place) -> None:
    _draws(w, node, out, lambda word: f"uint32({word})")


def _random_uniform(w: Writer, node: Node, out: Place) -> None:
    unit = w.constants.name(2.0**-24, node.dtype)
    _draws(w, node, out, lambda word: f"{node.dtype}({word} >> 8) * {unit}")


KERNELS: dict[str, Callable[[Writer, Node, Place], None]] = {
    "matmul": matmul,
    "reshape": _reshape,
    "concatenate": _concatenate,
    "pad": _pad,
    "argmax": _argmax,
    "gather": _gather,
    "scatter_add": _scatter_add,
    "random_bits": _random_bits,
    "random_uniform": _random_uniform,
}
