"""Arithmetic on values: each function writes its instructions and returns the result.

Types meet as in NumPy: ``float32`` with ``float64`` gives ``float64``, ``int64`` with a float
gives ``float64``, ``bool`` counts as 0 and 1. A single number that meets lanes is spread over all
of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from glassnet.backends.compiled.compiler.assembly import Assembly
from glassnet.backends.compiled.compiler.kinds import (
    BOOL,
    FLOAT64,
    INT64,
    CompileError,
    Kind,
    Value,
    constant,
    whole,
)

__all__ = ["binary", "common", "compare", "convert", "negative", "select", "spread", "truth"]

_ORDER = ("bool", "int64", "float32", "float64")
_COMPARISONS = {">": "gt", ">=": "ge", "<": "lt", "<=": "le", "==": "eq", "!=": "ne"}
_FLOATS = {"+": "fadd", "-": "fsub", "*": "fmul", "/": "fdiv"}
# Sizes and indices are at least 0 where they are divided.
_WHOLES = {"+": "add", "-": "sub", "*": "mul", "//": "sdiv", "%": "srem",
           "&": "and", "|": "or", "^": "xor", "<<": "shl", ">>": "ashr"}  # fmt: skip
_FOLDED = {"+": int.__add__, "-": int.__sub__, "*": int.__mul__, "//": int.__floordiv__}
# Sums and products of indices never leave the range of an int64.
_NO_WRAP = {"add", "sub", "mul"}


def number_kind(value: Value) -> Kind:
    """Return the type of a number; a pointer is none."""
    if not isinstance(value.kind, Kind):
        raise CompileError("a pointer is used as a number")
    return value.kind


def common(*values: Value) -> Kind:
    """Return the type in which values meet."""
    kinds = [number_kind(value) for value in values]
    names = {kind.number for kind in kinds}
    number = max(names, key=_ORDER.index)
    if number == "float32" and "int64" in names:
        number = "float64"
    return Kind(number, max(kind.lanes for kind in kinds))


def convert(a: Assembly, value: Value, kind: Kind) -> Value:
    """Return a value as another type, with as many lanes as that has."""
    source = number_kind(value)
    if source.number != kind.number:
        target = kind.with_lanes(source.lanes)
        if value.known is not None and kind.is_float:
            value = constant(value.known, target)
        else:
            value = _converted(a, value, source, target)
    return _splat(a, value, kind.lanes) if kind.lanes and not source.lanes else value


def _converted(a: Assembly, value: Value, source: Kind, target: Kind) -> Value:
    if target.number == "bool":
        return compare(a, "!=", value, constant(0, source))
    if source.is_float and target.is_float:
        word = "fpext" if target.bits > source.bits else "fptrunc"
    elif source.is_float:
        word = "fptosi"
    elif source.number == "bool":
        word = "uitofp" if target.is_float else "zext"
    else:
        word = "sitofp"
    return a.value(f"{word} {value.typed} to {target.llvm}", target)


def _splat(a: Assembly, value: Value, lanes: int) -> Value:
    kind = number_kind(value).with_lanes(lanes)
    first = a.value(f"insertelement {kind.llvm} poison, {value.typed}, i32 0", kind)
    mask = f"<{lanes} x i32> zeroinitializer"
    return a.value(f"shufflevector {first.typed}, {kind.llvm} poison, {mask}", kind)


def spread(a: Assembly, values: Sequence[Value]) -> list[Value]:
    """Return values in the type in which they meet."""
    kind = common(*values)
    return [convert(a, value, kind) for value in values]


def binary(
    a: Assembly, symbol: str, left: Value, right: Value, flags: str = "", is_index: bool = False
) -> Value:
    """Write ``left symbol right``."""
    if left.known is not None and right.known is not None and symbol in _FOLDED:
        return whole(_FOLDED[symbol](left.known, right.known))
    kind = common(left, right)
    if symbol == "/" and not kind.is_float:
        kind = Kind("float64", kind.lanes)
    if kind.number == "bool" and symbol not in "&|^":
        kind = Kind("int64", kind.lanes)
    x, y = convert(a, left, kind), convert(a, right, kind)
    if kind.is_float:
        if symbol not in _FLOATS:
            raise CompileError(f"{symbol!r} of floats")
        return a.value(f"{_FLOATS[symbol]} {flags}{x.typed}, {y.text}", kind)
    if symbol not in _WHOLES:
        raise CompileError(f"{symbol!r} of whole numbers")
    word = _WHOLES[symbol]
    word += " nsw" if is_index and word in _NO_WRAP else ""
    return a.value(f"{word} {x.typed}, {y.text}", kind)


def compare(a: Assembly, symbol: str, left: Value, right: Value) -> Value:
    """Write a comparison; with NaN only ``!=`` is true."""
    x, y = spread(a, (left, right))
    kind = number_kind(x)
    word = _COMPARISONS[symbol]
    if kind.is_float:
        test = f"fcmp {'u' if symbol == '!=' else 'o'}{word}"
    elif symbol in ("==", "!="):
        test = f"icmp {word}"
    else:
        test = f"icmp {'u' if kind.number == 'bool' else 's'}{word}"
    return a.value(f"{test} {x.typed}, {y.text}", BOOL.with_lanes(kind.lanes))


def negative(a: Assembly, value: Value) -> Value:
    """Write ``-value``."""
    kind = number_kind(value)
    if value.known is not None:
        return whole(-value.known)
    if kind.is_float:
        return a.value(f"fneg {value.typed}", kind)
    return binary(a, "-", constant(0, INT64.with_lanes(kind.lanes)), value)


def truth(a: Assembly, value: Value) -> Value:
    """Return whether a single number is not 0."""
    return value if value.kind == BOOL else compare(a, "!=", value, constant(0, number_kind(value)))


def select(a: Assembly, condition: Value, yes: Value, no: Value) -> Value:
    """Write ``yes where condition else no``."""
    kind = common(yes, no)
    test = number_kind(condition)
    kind = kind.with_lanes(max(kind.lanes, test.lanes))
    x, y = convert(a, yes, kind), convert(a, no, kind)
    if test.number != "bool":
        condition = convert(a, condition, BOOL.with_lanes(test.lanes))
    condition = convert(a, condition, BOOL.with_lanes(kind.lanes))
    return a.value(f"select {condition.typed}, {x.typed}, {y.typed}", kind)


def double(a: Assembly, value: Value) -> Value:
    """Return a value as ``float64``."""
    return convert(a, value, FLOAT64.with_lanes(number_kind(value).lanes))
