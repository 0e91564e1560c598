"""Matrix products, each in the form that the schedule has chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from glassnet.backends.compiled.emit.writer import Writer, element
from glassnet.backends.compiled.schedule.places import Place, dim_text
from glassnet.backends.compiled.schedule.products import Form
from glassnet.errors import GraphError
from glassnet.graph.dims import Dim
from glassnet.graph.node import Node

__all__ = ["UNROLLED", "add_products", "add_rows", "blocks", "matmul"]

# Rows of a matrix that a product with one row takes at a time.
UNROLLED = 8
_SUMS = 4


def matmul(w: Writer, node: Node, out: Place) -> None:
    """Write out = a @ b."""
    product = w.schedule.product(node, w.own_part(node), w.sharing)
    _FORMS[w.schedule.form(node, w.sharing)](w, product.out, product.a, product.b)


def _in_registers(w: Writer, out: Place, a: Place, b: Place) -> None:
    sizes = [dim_text(dim) for dim in (a.shape[0], a.shape[1], b.shape[1])]
    places = [
        text
        for place in (a, b)
        for text in (place.pointer, str(place.offset), *map(dim_text, place.strides))
    ]
    target = (out.pointer, str(out.offset), dim_text(out.strides[0]))
    w.line(f"product({', '.join([*sizes, *places, *target])})")


def _library_product(w: Writer, out: Place, a: Place, b: Place) -> None:
    for place in (a, b):
        if 0 in place.strides or 1 not in place.strides:
            raise GraphError(
                f"a matrix of {place.shape} with the strides {place.strides} has gaps both ways, "
                "which a product by BLAS cannot read: give it a place of its own"
            )
    # Fortran sees our rows as columns: outᵀ = bᵀ aᵀ.
    sizes = ", ".join(dim_text(dim) for dim in (b.shape[1], a.shape[0], a.shape[1]))
    (b_flag, b_lead), (a_flag, a_lead) = _flag_and_lead(b), _flag_and_lead(a)
    w.line(
        f"gemm({b_flag}, {a_flag}, {sizes}, {b.pointer}, {b.offset}, {b_lead}, "
        f"{a.pointer}, {a.offset}, {a_lead}, 0.0, "
        f"{out.pointer}, {out.offset}, {dim_text(out.strides[0])})"
    )


def _flag_and_lead(place: Place) -> tuple[str, str]:
    """Return whether a matrix lies transposed, and the distance between its rows."""
    if place.strides[1] != 1 and place.strides[0] == 1:
        return "1", dim_text(place.strides[1])
    if place.strides == (1, 1) and place.shape[1] == 1:
        return "0", "1"
    if place.strides == (1, 1):
        return "1", dim_text(place.shape[0])
    return "0", dim_text(place.strides[0])


def _row_product(w: Writer, out: Place, a: Place, b: Place) -> None:
    """Write one row times a matrix: several rows of the matrix at a time."""
    w.fill(out, w.constants.name(0, out.dtype))
    for span, step in blocks(b.shape[0]):
        add_rows(w, out, a, b, span, step)


def blocks(rows: int | Dim) -> list[tuple[str, int]]:
    """Return the ranges of the loops over all rows, each with its step: eight, then the rest."""
    if isinstance(rows, Dim):
        text = dim_text(rows)
        whole = (f"range(0, {text} - {UNROLLED - 1}, {UNROLLED})", UNROLLED)
        return [whole, (f"range({text} // {UNROLLED} * {UNROLLED}, {text})", 1)]
    rest = rows % UNROLLED
    whole = (f"range(0, {rows - rest}, {UNROLLED})", UNROLLED)
    last = (f"range({rows - rest}, {rows}, {rest})", rest)
    return ([whole] if rows >= UNROLLED else []) + ([last] if rest else [])


def add_rows(w: Writer, out: Place, a: Place, b: Place, span: str, step: int) -> None:
    """Write a loop that adds some rows of a matrix, each times its factor, to a row."""
    j, k = w.counters(2)
    rows = [k] + [f"({k} + {number})" for number in range(1, step)]
    w.line(f"for {k} in {span}:")
    factors = [w.fresh() for _ in rows]
    for factor, row in zip(factors, rows, strict=True):
        w.line(f"{factor} = {element(a, ('0', row))}", 1)
    for _ in w.open_row(j, b.shape[1], 1):
        add_products(w, element(out, ("0", j)), factors, [element(b, (row, j)) for row in rows], 2)


def add_products(
    w: Writer, target: str, factors: Sequence[str], cells: Sequence[str], depth: int
) -> None:
    """Write ``target += factors · cells``: several sums side by side, none waits for another."""
    sums = [w.fresh() for _ in factors[:_SUMS]]
    for number, (factor, cell) in enumerate(zip(factors, cells, strict=True)):
        total, is_first = sums[number % len(sums)], number < len(sums)
        text = f"{factor} * {cell}" if is_first else f"plus_product({total}, {factor}, {cell})"
        w.line(f"{total} = {text}", depth)
    w.line(f"{target} += {' + '.join(sums)}", depth)


def _accumulated(w: Writer, out: Place, a: Place, b: Place) -> None:
    """Write a product of a transposed matrix and a narrow one, one sample after the other."""
    rows, inner = a.shape
    assert isinstance(b.shape[1], int)
    w.fill(out, w.constants.name(0, out.dtype))
    i, k = w.counters(2)
    w.line(f"for {k} in {w.span(inner)}:")
    if isinstance(rows, Dim):
        w.line("rolled()", 1)  # unrolled, every length takes longer to compile
    factors = [w.fresh() for _ in range(b.shape[1])]
    for j, factor in enumerate(factors):
        w.line(f"{factor} = {element(b, (k, str(j)))}", 1)
    w.line(f"for {i} in {w.span(rows)}:", 1)
    w.mark(rows, 2)
    left = w.fresh()
    w.line(f"{left} = {element(a, (i, k))}", 2)
    for j, factor in enumerate(factors):
        target = element(out, (i, str(j)))
        w.line(f"{target} = plus_product({target}, {left}, {factor})", 2)


def _inner_sums(w: Writer, out: Place, a: Place, b: Place) -> None:
    """Write a product as one sum for each element."""
    i, j, k = w.counters(3)
    total = w.fresh()
    w.line(f"for {i} in {w.span(a.shape[0])}:")
    w.line(f"for {j} in {w.span(b.shape[1])}:", 1)
    w.line(f"{total} = {w.constants.name(0, out.dtype)}", 2)
    w.line(f"for {k} in {w.span(a.shape[1])}:", 2)
    w.mark(a.shape[1], 3)
    w.line(f"{total} = plus_product({total}, {element(a, (i, k))}, {element(b, (k, j))})", 3)
    w.line(f"{element(out, (i, j))} = {total}", 2)


_FORMS: dict[Form, Callable[[Writer, Place, Place, Place], None]] = {
    Form.ONE_ROW: _row_product,
    Form.BY_SAMPLE: _accumulated,
    Form.BY_NUMBER: _inner_sums,
    Form.REGISTERS: _in_registers,
    Form.BLAS: _library_product,
}
