"""Structured ops as loops or library calls: one short function an op, found by its name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from glassnet.backends.numba.places import Place, contiguous, dim_text, product
from glassnet.graph.dims import Dim, size_of
from glassnet.graph.node import Node

if TYPE_CHECKING:
    from glassnet.backends.numba.source import Writer

__all__ = ["KERNELS", "copy"]

# Products this narrow are faster as loops than as calls of BLAS.
_NARROW = 4


def copy(w: Writer, target: Place, source: Place) -> None:
    """Write loops that copy one place to another of the same shape."""
    if target.is_contiguous and source.is_contiguous:
        size = size_of(target.shape)
        target = replace(target, shape=(size,), strides=(1,))
        source = replace(source, shape=(size,), strides=(1,))
    loops, depth = w.loops(target.shape)
    w.line(f"{_element(target, loops)} = {_element(source, loops)}", depth)


def _element(place: Place, loops: Sequence[str]) -> str:
    terms = []
    for loop, stride in zip(loops, place.strides, strict=True):
        if loop != "0" and stride != 0:
            terms.append(loop if stride == 1 else f"{loop} * ({dim_text(stride)})")
    return f"{place.pointer}[{place.at(terms)}]"


# Products ------------------------------------------------------------------------------


def _flipped(place: Place, flip: bool) -> Place:
    if not flip:
        return place
    return replace(place, shape=place.shape[::-1], strides=place.strides[::-1])


def _matmul(w: Writer, node: Node, out: Place) -> None:
    a = _flipped(w.place(node.inputs[0]), node.attrs["transpose_a"])
    b = _flipped(w.place(node.inputs[1]), node.attrs["transpose_b"])
    if a.shape[0] == 1 or (b.shape[1] == 1 and not isinstance(b.shape[0], Dim)):
        _thin_product(w, out, a, b)
    elif isinstance(b.shape[1], int) and b.shape[1] <= _NARROW:
        _loop_product(w, out, a, b)
    else:
        _library_product(w, out, _for_library(w, a), _for_library(w, b))


def _for_library(w: Writer, place: Place) -> Place:
    """Return the matrix, copied if neither its rows nor its columns lie without gaps."""
    if place.strides[1] == 1 or place.strides[0] == 1:
        return place
    room = w.temporary(place.shape, place.dtype)
    copy(w, room, place)
    return room


def _library_product(w: Writer, out: Place, a: Place, b: Place) -> None:
    # Fortran sees our rows as columns: outᵀ = bᵀ aᵀ.
    rows, inner = a.shape
    columns = b.shape[1]
    parts = [*_flag_and_lead(b), *_flag_and_lead(a)]
    sizes = ", ".join(dim_text(dim) for dim in (columns, rows, inner))
    w.line(
        f"gemm({parts[0]}, {parts[2]}, {sizes}, {b.pointer}, {b.offset}, {parts[1]}, "
        f"{a.pointer}, {a.offset}, {parts[3]}, 0.0, "
        f"{out.pointer}, {out.offset}, {dim_text(columns)})"
    )


def _flag_and_lead(place: Place) -> tuple[str, str]:
    if place.strides[1] == 1 and place.strides[0] != 1:
        return "0", dim_text(place.strides[0])
    if place.strides[0] == 1 and place.shape[1] != 1:
        lead = place.strides[1] if place.strides[1] != 1 else place.shape[0]
        return "1", dim_text(lead)
    return "0", dim_text(place.strides[0])


def _thin_product(w: Writer, out: Place, a: Place, b: Place) -> None:
    """Write a matrix times a vector, with the longer run of neighbours innermost."""
    if (b.strides[1] == 1 and b.shape[1] != 1) or (a.strides[0] == 1 and a.shape[0] != 1):
        w.fill(out, w.constants.name(0, out.dtype))
        _accumulate(w, out, a, b, order=(2, 0, 1))
    else:
        _inner_sums(w, out, a, b)


def _loop_product(w: Writer, out: Place, a: Place, b: Place) -> None:
    if a.strides[0] == 1 and a.strides[1] != 1:
        w.fill(out, w.constants.name(0, out.dtype))
        _accumulate(w, out, a, b, order=(2, 0, 1))
    else:
        _inner_sums(w, out, a, b)


def _accumulate(w: Writer, out: Place, a: Place, b: Place, order: tuple[int, int, int]) -> None:
    rows, inner = a.shape
    sizes = (rows, b.shape[1], inner)
    names = w.counters(3)
    for depth, axis in enumerate(order):
        w.line(f"for {names[axis]} in {w.span(sizes[axis])}:", depth)
    i, j, k = names
    target = _element(out, (i, j))
    w.line(f"{target} = plus_product({target}, {_element(a, (i, k))}, {_element(b, (k, j))})", 3)


def _inner_sums(w: Writer, out: Place, a: Place, b: Place) -> None:
    rows, inner = a.shape
    i, j, k = w.counters(3)
    total = w.fresh()
    w.line(f"for {i} in {w.span(rows)}:")
    w.line(f"for {j} in {w.span(b.shape[1])}:", 1)
    w.line(f"{total} = {w.constants.name(0, out.dtype)}", 2)
    w.line(f"for {k} in {w.span(inner)}:", 2)
    w.line(f"{total} = plus_product({total}, {_element(a, (i, k))}, {_element(b, (k, j))})", 3)
    w.line(f"{_element(out, (i, j))} = {total}", 2)


# Shaping -------------------------------------------------------------------------------


def _reshape(w: Writer, node: Node, out: Place) -> None:
    source = w.place(node.inputs[0])
    copy(w, replace(out, shape=source.shape, strides=contiguous(source.shape)), source)


def _plain_copy(w: Writer, node: Node, out: Place) -> None:
    copy(w, out, w.place(node))


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
        copy(w, _part(out, axis, start, size), w.place(child))
        start = size if start == 0 else start + size  # type: ignore[operator]


def _pad(w: Writer, node: Node, out: Place) -> None:
    x = node.inputs[0]
    w.fill(out, w.constants.name(0, node.dtype))
    axis = node.attrs["axis"]
    copy(w, _part(out, axis, node.attrs["before"], x.shape[axis]), w.place(x))


# Picking -------------------------------------------------------------------------------


def _argmax(w: Writer, node: Node, out: Place) -> None:
    x, axis = w.place(node.inputs[0]), node.attrs["axis"]
    loops, depth = w.loops(out.shape)
    best, (k,) = w.fresh(), w.counters(1)

    def here(index: str) -> str:
        return _element(x, [*loops[:axis], index, *loops[axis:]])

    w.line(f"{best} = 0", depth)
    w.line(f"for {k} in range(1, {dim_text(x.shape[axis])}):", depth)
    w.line(f"if {here(k)} > {here(best)}:", depth + 1)
    w.line(f"{best} = {k}", depth + 2)
    w.line(f"{_element(out, loops)} = {best}", depth)


def _gather(w: Writer, node: Node, out: Place) -> None:
    x, rows = w.place(node.inputs[0]), w.place(node.inputs[1])
    loops, depth = w.loops(out.shape)
    lead = len(rows.shape)
    row = w.fresh()
    w.line(f"{row} = {_element(rows, loops[:lead])}", depth)
    w.line(f"{_element(out, loops)} = {_element(x, [row, *loops[lead:]])}", depth)


def _scatter_add(w: Writer, node: Node, out: Place) -> None:
    x, rows = w.place(node.inputs[0]), w.place(node.inputs[1])
    w.fill(out, w.constants.name(0, node.dtype))
    loops, depth = w.loops(x.shape)
    lead = len(rows.shape)
    row = w.fresh()
    w.line(f"{row} = {_element(rows, loops[:lead])}", depth)
    w.line(f"{_element(out, [row, *loops[lead:]])} += {_element(x, loops)}", depth)


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
    w.line(f"for {k} in range(({size}) // 2):")
    w.line(f"{pair} = threefry({key}, {key} >> 32, {k}, 0)", 1)
    w.line(f"{_element(flat, [f'(2 * {k})'])} = {convert(f'({pair} & 4294967295)')}", 1)
    w.line(f"{_element(flat, [f'(2 * {k} + 1)'])} = {convert(f'(({pair} >> 32) & 4294967295)')}", 1)
    if size.isdigit() and int(size) % 2 == 0:
        return
    w.line(f"if ({size}) % 2 == 1:")
    w.line(f"{pair} = threefry({key}, {key} >> 32, ({size}) // 2, 0)", 1)
    w.line(f"{_element(flat, [f'({size} - 1)'])} = {convert(f'({pair} & 4294967295)')}", 1)


def _random_bits(w: Writer, node: Node, out: Place) -> None:
    _draws(w, node, out, lambda word: f"uint32({word})")


def _random_uniform(w: Writer, node: Node, out: Place) -> None:
    unit = w.constants.name(2.0**-24, node.dtype)
    _draws(w, node, out, lambda word: f"{node.dtype}({word} >> 8) * {unit}")


KERNELS: dict[str, Callable[[Writer, Node, Place], None]] = {
    "matmul": _matmul,
    "reshape": _reshape,
    "concatenate": _concatenate,
    "pad": _pad,
    "argmax": _argmax,
    "gather": _gather,
    "scatter_add": _scatter_add,
    "random_bits": _random_bits,
    "random_uniform": _random_uniform,
}
