"""The functions that the little language knows, by name: each writes its instructions.

``FUNCTIONS[name](assembly, arguments)`` returns the result; None where there is none.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

from glassnet.backends.compiled.compiler import arithmetic, mathematics
from glassnet.backends.compiled.compiler.assembly import Assembly
from glassnet.backends.compiled.compiler.kinds import (
    BOOL,
    BYTES,
    FLOAT32,
    FLOAT64,
    INT64,
    STORED,
    CompileError,
    Kind,
    Pointer,
    Value,
    constant,
    whole,
)
from glassnet.backends.compiled.compiler.polynomials import Machine, Written, call_intrinsic

__all__ = ["FUNCTIONS", "address", "load", "one_by_one", "store"]

Function = Callable[[Assembly, Sequence[Value]], Value | None]
FUNCTIONS: dict[str, Function] = {}


def _known(function: Callable[..., Value | None]) -> Callable[..., Value | None]:
    """Make a function known under its own name; its arguments are given one by one."""
    name = function.__name__.strip("_")
    FUNCTIONS[name] = lambda a, arguments: function(a, *arguments)
    return function


# Memory --------------------------------------------------------------------------------


def address(a: Assembly, pointer: Value, index: Value) -> Value:
    """Return the address of ``pointer[index]``."""
    assert isinstance(pointer.kind, Pointer)
    if index.known == 0:
        return pointer
    element = STORED[pointer.kind.number]
    return a.value(f"getelementptr inbounds {element}, {pointer.typed}, {index.typed}",
                   pointer.kind)  # fmt: skip


def load(a: Assembly, pointer: Value, index: Value) -> Value:
    """Read ``pointer[index]``; ``uint32`` and ``uint8`` become ``int64``."""
    if not isinstance(pointer.kind, Pointer):
        raise CompileError("a number is used as a pointer")
    number = pointer.kind.number
    stored, place = STORED[number], address(a, pointer, index)
    align = f"align {BYTES[number]}"
    if number in ("uint32", "uint8"):
        short = a.value(f"load {stored}, {place.typed}, {align}", INT64)
        return a.value(f"zext {stored} {short.text} to i64", INT64)
    return a.value(f"load {stored}, {place.typed}, {align}", Kind(number))


def store(a: Assembly, pointer: Value, index: Value, value: Value) -> None:
    """Write ``pointer[index] = value``."""
    if not isinstance(pointer.kind, Pointer):
        raise CompileError("a number is used as a pointer")
    number = pointer.kind.number
    stored, place = STORED[number], address(a, pointer, index)
    if number in ("uint32", "uint8"):
        value = arithmetic.convert(a, value, INT64)
        text = a.value(f"trunc {value.typed} to {stored}", INT64).text
    else:
        text = arithmetic.convert(a, value, Kind(number)).text
    a.do(f"store {stored} {text}, {place.typed}, align {BYTES[number]}")


def _column(rows: int) -> Function:
    """Read one number of each row into lanes: ``columnN(pointer, start, distance)``."""

    def column(a: Assembly, arguments: Sequence[Value]) -> Value:
        pointer, at, step = arguments
        result = None
        for lane in range(rows):
            number = load(a, pointer, at)
            kind = arithmetic.number_kind(number).with_lanes(rows)
            before = "poison" if result is None else result.text
            text = f"insertelement {kind.llvm} {before}, {number.typed}, i32 {lane}"
            result = a.value(text, kind)
            at = arithmetic.binary(a, "+", at, step, is_index=True)
        assert result is not None
        return result

    return column


# Choices -------------------------------------------------------------------------------


@_known
def _select(a: Assembly, condition: Value, yes: Value, no: Value) -> Value:
    return arithmetic.select(a, condition, yes, no)


def _extreme(symbol: str) -> Function:
    def extreme(a: Assembly, arguments: Sequence[Value]) -> Value:
        x, y = arithmetic.spread(a, arguments)
        kind = arithmetic.number_kind(x)
        if not kind.is_float:
            return arithmetic.select(a, arithmetic.compare(a, symbol, x, y), x, y)
        # NaN on either side gives NaN, as in NumPy.
        test = BOOL.with_lanes(kind.lanes)
        word = {">=": "uge", "<=": "ule"}[symbol]
        better = a.value(f"fcmp {word} {x.typed}, {y.text}", test)
        is_nan = a.value(f"fcmp uno {y.typed}, {y.text}", test)
        return arithmetic.select(a, is_nan, y, arithmetic.select(a, better, x, y))

    return extreme


@_known
def _largest(a: Assembly, best: Value, x: Value) -> Value:
    """Return the larger of two; a NaN takes over and stays."""
    old, new = arithmetic.spread(a, (best, x))
    kind = arithmetic.number_kind(old)
    if not kind.is_float:
        return arithmetic.select(a, arithmetic.compare(a, ">", new, old), new, old)
    test = BOOL.with_lanes(kind.lanes)
    better = a.value(f"fcmp ugt {new.typed}, {old.text}", test)
    stays = a.value(f"fcmp ord {old.typed}, {old.text}", test)
    better = a.value(f"and {better.typed}, {stays.text}", test)
    return arithmetic.select(a, better, new, old)


# Sums, whose order is free: the compiler may keep several partial sums --------------------


@_known
def _plus(a: Assembly, total: Value, x: Value) -> Value:
    return arithmetic.binary(a, "+", total, x, "reassoc contract ")


@_known
def _plus_product(a: Assembly, total: Value, x: Value, y: Value) -> Value:
    total, x, y = arithmetic.spread(a, (total, x, y))
    product = arithmetic.binary(a, "*", x, y, "contract ")
    return arithmetic.binary(a, "+", total, product, "reassoc contract ")


@_known
def _total(a: Assembly, x: Value) -> Value:
    """Return the sum of all lanes: the upper half is added to the lower until one is left."""
    kind = arithmetic.number_kind(x)
    count = kind.lanes
    if count & (count - 1):
        parts = [_lane(a, x, lane) for lane in range(count)]
        return functools.reduce(lambda s, part: arithmetic.binary(a, "+", s, part), parts)
    while count > 1:
        count //= 2
        places = ", ".join(f"i32 {(lane + count) % kind.lanes}" for lane in range(kind.lanes))
        mask = f"<{kind.lanes} x i32> <{places}>"
        other = a.value(f"shufflevector {x.typed}, {kind.llvm} poison, {mask}", kind)
        x = arithmetic.binary(a, "+", x, other)
    return _lane(a, x, 0)


def _lane(a: Assembly, x: Value, lane: int) -> Value:
    return a.value(f"extractelement {x.typed}, i32 {lane}", arithmetic.number_kind(x).single)


# Conversions ---------------------------------------------------------------------------


def _conversion(kind: Kind) -> Function:
    def convert(a: Assembly, arguments: Sequence[Value]) -> Value:
        (x,) = arguments
        return arithmetic.convert(a, x, kind.with_lanes(arithmetic.number_kind(x).lanes))

    return convert


def _shortened(bits: int) -> Function:
    def shorten(a: Assembly, arguments: Sequence[Value]) -> Value:
        value = arithmetic.convert(a, arguments[0], INT64)
        return arithmetic.binary(a, "&", value, whole((1 << bits) - 1))

    return shorten


# Functions of numbers --------------------------------------------------------------------


def _polynomial(formula: Callable[..., Written]) -> Function:
    """A function without branches, which a loop over vectors can hold."""

    def call(a: Assembly, arguments: Sequence[Value]) -> Value:
        (x,) = arguments
        machine = Machine(a, arithmetic.number_kind(x))
        return formula(machine, Written(a, x)).value

    return call


def _intrinsic(name: str) -> Function:
    def call(a: Assembly, arguments: Sequence[Value]) -> Value:
        (x,) = arguments
        if not arithmetic.number_kind(x).is_float:
            x = arithmetic.double(a, x)
        return call_intrinsic(a, name, x)

    return call


def _library(name: str) -> Function:
    """A function of C's mathematical library, one lane after the other."""

    def call(a: Assembly, arguments: Sequence[Value]) -> Value:
        (x,) = arguments
        return one_by_one(a, name, (x,))

    return call


def one_by_one(a: Assembly, name: str, arguments: Sequence[Value]) -> Value:
    """Call a function of single numbers, for every lane there is."""
    values = arithmetic.spread(a, arguments)
    kind = arithmetic.number_kind(values[0])
    if not kind.is_float:
        kind = FLOAT64.with_lanes(kind.lanes)
        values = [arithmetic.convert(a, value, kind) for value in values]
    name = f"{name}f" if kind.number == "float32" else name
    if not kind.lanes:
        return a.call(name, kind, values)
    result = Value("poison", kind)
    for lane in range(kind.lanes):
        one = a.call(name, kind.single, [_lane(a, value, lane) for value in values])
        result = a.value(f"insertelement {result.typed}, {one.typed}, i32 {lane}", kind)
    return result


@_known
def _abs(a: Assembly, x: Value) -> Value:
    kind = arithmetic.number_kind(x)
    if kind.is_float:
        return call_intrinsic(a, "fabs", x)
    below = arithmetic.compare(a, "<", x, constant(0, kind))
    return arithmetic.select(a, below, arithmetic.negative(a, x), x)


# Matrix products -------------------------------------------------------------------------


def _gemm(bits: int) -> Function:
    """``gemm(ta, tb, m, n, k, a, at, lda, b, bt, ldb, beta, c, ct, ldc)``: Fortran's order.

    BLAS takes every argument by its address, and whole numbers of ``bits`` bits.
    """

    def gemm(a: Assembly, arguments: Sequence[Value]) -> None:
        ta, tb, m, n, k, x, xt, ldx, y, yt, ldy, beta, z, zt, ldz = arguments
        if not isinstance(x.kind, Pointer):
            raise CompileError("gemm takes pointers to matrices")
        kind = Kind(x.kind.number)

        def size(value: Value) -> str:
            if value.known is not None:
                return a.module.stored(f"i{bits}", str(value.known))
            text = value.text
            if bits < 64:
                text = a.value(f"trunc {value.typed} to i{bits}", INT64).text
            place = a.slot(f"i{bits}")
            a.do(f"store i{bits} {text}, ptr {place}")
            return place

        def letter(flag: Value) -> str:
            if flag.known is None:
                raise CompileError("whether gemm transposes must be 0 or 1")
            return a.module.stored("i8", str(ord("T" if flag.known else "N")))

        def number(value: float) -> str:
            return a.module.stored(kind.llvm, constant(value, kind).text)

        factor = a.slot(kind.llvm)
        a.do(f"store {arithmetic.convert(a, beta, kind).typed}, ptr {factor}")
        places = [
            letter(ta), letter(tb), size(m), size(n), size(k), number(1.0),
            address(a, x, xt).text, size(ldx), address(a, y, yt).text, size(ldy),
            factor, address(a, z, zt).text, size(ldz),
        ]  # fmt: skip
        name = f"glassnet_gemm_{kind.number}"
        a.module.declare(name, "void", ["ptr"] * len(places))
        a.do(f"call void @{name}({', '.join(f'ptr {place}' for place in places)})")

    return gemm


# Random numbers --------------------------------------------------------------------------

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))


@_known
def _threefry(a: Assembly, key0: Value, key1: Value, counter0: Value, counter1: Value) -> Value:
    """threefry2x32, as in :mod:`glassnet.random`: both words in one 64-bit number."""

    def word(value: Value) -> str:
        value = arithmetic.convert(a, value, INT64)
        return a.value(f"trunc {value.typed} to i32", INT64).text

    def do(name: str, x: str, y: str | int) -> str:
        return a.value(f"{name} i32 {x}, {y}", INT64).text

    k0, k1, x0, x1 = (word(value) for value in (key0, key1, counter0, counter1))
    keys = (k0, k1, do("xor", do("xor", k0, k1), 0x1BD11BDA))
    x0, x1 = do("add", x0, keys[0]), do("add", x1, keys[1])
    for block in range(5):
        for rotation in _ROTATIONS[block % 2]:
            x0 = do("add", x0, x1)
            x1 = do("or", do("shl", x1, rotation), do("lshr", x1, 32 - rotation))
            x1 = do("xor", x1, x0)
        x0 = do("add", x0, keys[(block + 1) % 3])
        x1 = do("add", do("add", x1, keys[(block + 2) % 3]), block + 1)
    low = a.value(f"zext i32 {x0} to i64", INT64)
    high = a.value(f"zext i32 {x1} to i64", INT64)
    return arithmetic.binary(a, "|", low, arithmetic.binary(a, "<<", high, whole(32)))


FUNCTIONS |= {
    **{f"column{rows}": _column(rows) for rows in range(2, 9)},
    "maximum": _extreme(">="),
    "minimum": _extreme("<="),
    **{kind.number: _conversion(kind) for kind in (INT64, FLOAT32, FLOAT64)},
    **{f"to_{kind.number}": _conversion(kind) for kind in (INT64, FLOAT32, FLOAT64)},
    "uint32": _shortened(32),
    "uint8": _shortened(8),
    "flat_exp": _polynomial(mathematics.exp),
    "flat_tanh": _polynomial(mathematics.tanh),
    "flat_log": _polynomial(mathematics.log),
    "whole": _intrinsic("floor"),
    "math.sqrt": _intrinsic("sqrt"),
    **{
        f"math.{name}": _library(name)
        for name in ("exp", "expm1", "log", "log1p", "sin", "cos", "tanh", "erf")
    },
    "gemm": _gemm(64),
    "gemm32": _gemm(32),
}
