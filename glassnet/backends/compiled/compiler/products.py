"""Matrix products whose result stays in registers: the text of a function for each kind of sizes.

A product of BLAS first copies both matrices into an order of its own, which costs more than it
gives where one of them fits into the cache. Here a *block* of the result, some rows of a few
vectors, stays in registers while the whole inner size is added up::

              panel: 4 vectors                a (rows, inner)    any distances: aᵀ too
            +------------------+              b (inner, columns)
    6 rows  | block in         |              out (rows, columns)
            | registers        |
            +------------------+

Every number is one chain of fused multiply-adds in the order of the inner size, wherever the rows
are cut into blocks: the last block overlaps the one before instead of being lower, and writes the
same numbers again.

:func:`call_product` is called for ``product(...)`` in a source.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from glassnet.backends.compiled.compiler.assembly import Assembly, Module
from glassnet.backends.compiled.compiler.functions import address
from glassnet.backends.compiled.compiler.kinds import CompileError, Kind, Pointer, Value
from glassnet.backends.compiled.compiler.registers import Registers

__all__ = ["call_product"]

# Vectors of a panel and rows of a block at most; three quarters of the registers hold sums.
_PANEL, _HEIGHT, _SHARE = 4, 12, 0.75
# Bytes of a panel of bᵀ as rows: a part of the second-level cache, and of a thread's stack.
_TURNED = 1 << 17
_MATRICES = ("a", "b", "out")
_SIZES = ("rows", "inner", "columns", "a_row", "a_step", "b_row", "b_step", "out_row")


def call_product(a: Assembly, arguments: Sequence[Value]) -> None:
    """Write the call of ``product``, and its function as a piece of its own.

    ``product(rows, inner, columns, a, at, a_row, a_step, b, bt, b_row, b_step, out, ot, out_row)``:
    a row of ``a`` begins ``a_row`` numbers after the one before, neighbours lie ``a_step`` apart.
    One of ``b_row`` and ``b_step`` is 1; columns are a known number.
    """
    rows, inner, columns, x, xt, *steps_x, y, yt, y_row, y_step, z, zt, z_row = arguments
    if not isinstance(x.kind, Pointer):
        raise CompileError("product takes pointers to matrices")
    sizes = dict(zip(_SIZES, (rows, inner, columns, *steps_x, y_row, y_step, z_row), strict=True))
    known = {name: value.known for name, value in sizes.items() if value.known is not None}
    text = _Product(Kind(x.kind.number), known, a.module.registers).text()
    name = f"product_{hashlib.sha256(text.encode()).hexdigest()[:24]}"
    a.module.needs(name, text.replace("@NAME(", f"@{name}(", 1))
    given = [address(a, *pair) for pair in ((x, xt), (y, yt), (z, zt))]
    given += [value for size, value in sizes.items() if size not in known]
    a.module.declare(name, "void", [value.kind.llvm for value in given])
    a.do(f"call void @{name}({', '.join(value.typed for value in given)})")


@dataclass(frozen=True)
class _Vector:
    """A stretch of a row: where it begins, its type, and how many of its lanes count."""

    start: int
    kind: Kind
    length: int

    @property
    def suffix(self) -> str:
        """How LLVM names functions of such vectors."""
        return f"v{self.kind.lanes}f{self.kind.bits}"

    @property
    def is_whole(self) -> bool:
        return self.length == self.kind.lanes

    @property
    def mask(self) -> str:
        flags = ", ".join(f"i1 {str(k < self.length).lower()}" for k in range(self.kind.lanes))
        return f"<{self.kind.lanes} x i1> <{flags}>"


def _vectors(columns: int, kind: Kind, registers: Registers) -> list[_Vector]:
    """Cut a row into vectors; what is left over is masked, or cut into powers of two."""
    lanes = registers.bits // kind.bits
    found, start = [], 0
    while start < columns:
        left = columns - start
        if left < lanes:
            lanes = 1 << ((left - 1).bit_length() if registers.has_masks else left.bit_length() - 1)
        length = min(left, lanes)
        found.append(_Vector(start, kind.with_lanes(lanes), length))
        start += length
    return found


@dataclass(frozen=True)
class _Operands:
    """Where a part of the matrices begins."""

    a: str
    b: str
    b_row: str
    out: str


class _Product:
    """Writes one function: sizes that are known stand in its text, others are arguments."""

    def __init__(self, kind: Kind, known: dict[str, int], registers: Registers) -> None:
        self.kind = kind
        self.known = known
        self.module = Module(registers)
        self.a = Assembly(self.module)
        if "columns" not in known or 1 not in (known.get("b_row"), known.get("b_step")):
            raise CompileError("a product needs a known number of columns, and rows without gaps")
        self.is_turned = known.get("b_step") != 1
        if self.is_turned and "inner" not in known:
            raise CompileError("the inner size of a product with bᵀ must be known")
        self.room = int(registers.count * _SHARE)

    def text(self) -> str:
        """Return the module; the function is called ``@NAME``."""
        registers = self.module.registers
        width = self._width() * registers.bits // self.kind.bits
        columns = self.known["columns"]
        whole = columns // width * width
        if whole:
            with self.loop(str(whole), width) as start:
                self._panel(_vectors(width, self.kind, registers), start)
        if columns > whole:
            self._panel(_vectors(columns - whole, self.kind, registers), str(whole))
        self.a.do("ret void")
        arguments = [f"ptr noalias %{name}" for name in _MATRICES]
        arguments += [f"i64 %{name}" for name in _SIZES if name not in self.known]
        head = f"define void @NAME({', '.join(arguments)}) nounwind"
        self.module.functions.append(self.a.function(head))
        return self.module.text()

    def _width(self) -> int:
        """Return the vectors of a panel: few enough that a turned one fits into its memory."""
        most = min(_PANEL, max(1, self.room // 4))
        if not self.is_turned:
            return most
        each = self.known["inner"] * self.module.registers.bits // 8
        return max(1, min(most, _TURNED // max(1, each)))

    # Loops ----------------------------------------------------------------------------

    def _panel(self, panel: Sequence[_Vector], start: str) -> None:
        """Write some columns of the result."""
        b, b_row = self.at("%b", start, self.size("b_step")), self.size("b_row")
        if self.is_turned:
            columns = panel[-1].start + panel[-1].length
            b, b_row = self._turned(b, columns), str(columns)
        self._rows(panel, _Operands("%a", b, b_row, self.at("%out", start, "1")))

    def _rows(self, panel: Sequence[_Vector], given: _Operands) -> None:
        """Write blocks of ``height`` rows, or single ones if there are fewer."""
        height = min(_HEIGHT, self.room // len(panel))
        rows = self.known.get("rows")
        if rows is not None:
            count = max(1, -(-rows // height))
            self._blocks(panel, max(1, -(-rows // count)), given)
            return
        high, low, end = (self.a.fresh(name) for name in ("high", "low", "end"))
        test = self.op(f"icmp sge i64 %rows, {height}")
        self.a.do(f"br i1 {test}, label %{high}, label %{low}")
        for label, one in ((high, height), (low, 1)):
            self.a.block(label)
            self._blocks(panel, one, given)
            self.a.jump(end)
        self.a.block(end)

    def _blocks(self, panel: Sequence[_Vector], height: int, given: _Operands) -> None:
        rows = self.size("rows")
        last = self.op(f"sub nsw i64 {rows}, {height}")
        with self.loop(rows, height) as row:
            is_early = self.op(f"icmp slt i64 {row}, {last}")
            row = self.op(f"select i1 {is_early}, i64 {row}, i64 {last}")
            a = self.at(given.a, row, self.size("a_row"))
            out = self.at(given.out, row, self.size("out_row"))
            self._block(panel, height, replace(given, a=a, out=out))

    def _block(self, panel: Sequence[_Vector], height: int, given: _Operands) -> None:
        """Write the sums of one block, in registers, and then their places in memory."""
        sums = [[self.a.slot(vector.kind.llvm) for vector in panel] for _ in range(height)]
        for line in sums:
            for total, vector in zip(line, panel, strict=True):
                self.a.do(f"store {vector.kind.llvm} zeroinitializer, ptr {total}")
        with self.loop(self.size("inner"), 1) as k:
            row = self.at(given.b, k, given.b_row)
            cells = [self._load(row, vector) for vector in panel]
            place = self.at(given.a, k, self.size("a_step"))
            for line in sums:
                self._add(line, panel, cells, place)
                place = self.at(place, "1", self.size("a_row"))
        target = given.out
        for line in sums:
            for total, vector in zip(line, panel, strict=True):
                self._store(target, vector, self.op(f"load {vector.kind.llvm}, ptr {total}"))
            target = self.at(target, "1", self.size("out_row"))

    def _add(
        self, sums: Sequence[str], panel: Sequence[_Vector], cells: Sequence[str], place: str
    ) -> None:
        """Write ``sums += a[...] * cells`` for one row of a block."""
        number = self.op(f"load {self.kind.llvm}, ptr {place}, align {self.kind.bits // 8}")
        for total, vector, cell in zip(sums, panel, cells, strict=True):
            kind = vector.kind.llvm
            before = self.op(f"load {kind}, ptr {total}")
            name = f"llvm.fmuladd.{vector.suffix}"
            self.module.declare(name, kind, [kind] * 3)
            factor = self._spread(number, vector.kind)
            after = self.op(f"call {kind} @{name}({kind} {factor}, {kind} {cell}, {kind} {before})")
            self.a.do(f"store {kind} {after}, ptr {total}")

    # b as rows ------------------------------------------------------------------------

    def _turned(self, b: str, columns: int) -> str:
        """Write columns of b, which lie as rows, into rows of the function's own: squares first."""
        inner, one = self.known["inner"], self.kind.llvm
        place = f"%{self.a.fresh('turned')}"
        self.a.allocations.append(f"  {place} = alloca [{inner * columns} x {one}], align 64")
        lanes = self.module.registers.bits // self.kind.bits
        side = min(lanes, 1 << columns.bit_length() - 1, 1 << max(inner, 1).bit_length() - 1)
        wide, high = columns // side * side, inner // side * side
        with self.loop(str(wide), side) as j:
            column, target = self.at(b, j, self.size("b_step")), self.at(place, j, "1")
            with self.loop(str(high), side) as k:
                self._square(
                    side, self.at(column, k, "1"), self.at(target, k, str(columns)), columns
                )
            self._single(side, inner - high, self.at(column, str(high), "1"),
                         self.at(target, str(high), str(columns)), columns)  # fmt: skip
        self._single(columns - wide, inner, self.at(b, str(wide), self.size("b_step")),
                     self.at(place, str(wide), "1"), columns)  # fmt: skip
        return place

    def _square(self, side: int, source: str, target: str, distance: int) -> None:
        """Turn a square: its rows change places with neighbours, then pairs with pairs, ..."""
        vector = _Vector(0, self.kind.with_lanes(side), side)
        rows = []
        for _ in range(side):
            rows.append(self._load(source, vector))
            source = self.at(source, "1", self.size("b_step"))
        by = 1
        while by < side:
            for k in (k for k in range(side) if not k & by):
                upper, lower = rows[k], rows[k + by]
                rows[k] = self._mixed(upper, lower, vector, [
                    lane + side - by if lane & by else lane for lane in range(side)])  # fmt: skip
                rows[k + by] = self._mixed(upper, lower, vector, [
                    lane + side if lane & by else lane + by for lane in range(side)])  # fmt: skip
            by *= 2
        for row in rows:
            self._store(target, vector, row)
            target = self.at(target, "1", str(distance))

    def _mixed(self, first: str, second: str, vector: _Vector, lanes: Sequence[int]) -> str:
        """Return a vector of lanes of two, those of the second counted on."""
        kind, places = vector.kind.llvm, ", ".join(f"i32 {lane}" for lane in lanes)
        mask = f"<{len(lanes)} x i32> <{places}>"
        return self.op(f"shufflevector {kind} {first}, {kind} {second}, {mask}")

    def _single(self, columns: int, inner: int, source: str, target: str, distance: int) -> None:
        """Turn what is left over beside the squares, number by number."""
        if columns == 0 or inner == 0:
            return
        one, align = self.kind.llvm, f"align {self.kind.bits // 8}"
        with self.loop(str(columns), 1) as j:
            row, place = self.at(source, j, self.size("b_step")), self.at(target, j, "1")
            with self.loop(str(inner), 1) as k:
                number = self.op(f"load {one}, ptr {self.at(row, k, '1')}, {align}")
                cell = self.at(place, k, str(distance))
                self.a.do(f"store {one} {number}, ptr {cell}, {align}")

    @contextlib.contextmanager
    def loop(self, stop: str, step: int) -> Iterator[str]:
        """Write a loop from 0; its counter is given to the body."""
        head, body, end = (self.a.fresh(name) for name in ("head", "body", "end"))
        slot = self.a.slot("i64")
        self.a.do(f"store i64 0, ptr {slot}")
        self.a.jump(head)
        self.a.block(head)
        counter = self.op(f"load i64, ptr {slot}")
        test = self.op(f"icmp slt i64 {counter}, {stop}")
        self.a.do(f"br i1 {test}, label %{body}, label %{end}")
        self.a.block(body)
        yield counter
        self.a.do(f"store i64 {self.op(f'add nsw i64 {counter}, {step}')}, ptr {slot}")
        self.a.jump(head)
        self.a.block(end)

    # Instructions ---------------------------------------------------------------------

    def op(self, text: str) -> str:
        """Write an instruction and return the name of its result."""
        name = f"%{self.a.fresh()}"
        self.a.do(f"{name} = {text}")
        return name

    def size(self, name: str) -> str:
        return str(self.known[name]) if name in self.known else f"%{name}"

    def at(self, base: str, index: str, distance: str) -> str:
        """Return the address of ``base[index * distance]``."""
        offset = distance if index == "1" else index
        if "1" not in (index, distance):
            offset = self.op(f"mul nsw i64 {index}, {distance}")
        return self.op(f"getelementptr inbounds {self.kind.llvm}, ptr {base}, i64 {offset}")

    def _spread(self, number: str, kind: Kind) -> str:
        """Return a number in every lane."""
        one = f"{kind.llvm} poison, {self.kind.llvm} {number}, i32 0"
        zeros = f"<{kind.lanes} x i32> zeroinitializer"
        first = self.op(f"insertelement {one}")
        return self.op(f"shufflevector {kind.llvm} {first}, {kind.llvm} poison, {zeros}")

    def _load(self, row: str, vector: _Vector) -> str:
        """Read a stretch of a row."""
        place, kind = self.at(row, str(vector.start), "1"), vector.kind.llvm
        align = self.kind.bits // 8
        if vector.is_whole:
            return self.op(f"load {kind}, ptr {place}, align {align}")
        name, mask = f"llvm.masked.load.{vector.suffix}.p0", f"<{vector.kind.lanes} x i1>"
        self.module.declare(name, kind, ["ptr", "i32", mask, kind])
        given = f"ptr {place}, i32 {align}, {vector.mask}, {kind} zeroinitializer"
        return self.op(f"call {kind} @{name}({given})")

    def _store(self, row: str, vector: _Vector, value: str) -> None:
        """Write a stretch of a row."""
        place, kind = self.at(row, str(vector.start), "1"), vector.kind.llvm
        align = self.kind.bits // 8
        if vector.is_whole:
            self.a.do(f"store {kind} {value}, ptr {place}, align {align}")
            return
        name, mask = f"llvm.masked.store.{vector.suffix}.p0", f"<{vector.kind.lanes} x i1>"
        self.module.declare(name, "void", [kind, "ptr", "i32", mask])
        self.a.do(f"call void @{name}({kind} {value}, ptr {place}, i32 {align}, {vector.mask})")
