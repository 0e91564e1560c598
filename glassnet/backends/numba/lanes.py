"""Lanes: one number for each row of a small batch, side by side in one register.

A program for very few rows (:mod:`~glassnet.backends.numba.scalarised`) computes with all of
them at once. Its source reads like arithmetic with single numbers; this module teaches Numba
that ``a + b`` and the like also work on lanes. A single number that meets lanes is spread
over all of them.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Sequence
from typing import Any

__all__ = [
    "MOST_LANES",
    "build",
    "common",
    "count_of",
    "number_of",
    "signature_of",
    "spread",
    "vector",
]

# Rows of a batch up to which they are computed side by side.
MOST_LANES = 8

_ARITHMETIC = {
    operator.add: "add",
    operator.sub: "sub",
    operator.mul: "mul",
    operator.truediv: "div",
}
_COMPARISONS = {
    operator.gt: ">",
    operator.ge: ">=",
    operator.lt: "<",
    operator.le: "<=",
    operator.eq: "==",
    operator.ne: "!=",
}
_LOGIC = {operator.and_: "and_", operator.or_: "or_"}
# Functions without a form for whole registers: one lane after the other.
_ONE_BY_ONE = [math.exp, math.expm1, math.log, math.log1p, math.sqrt, math.sin, math.cos,
               math.tanh, math.erf, abs, operator.pow]  # fmt: skip


def count_of(kind: Any) -> int:
    """Return how many lanes a type has: 0 if it is a single number."""
    return getattr(kind, "lanes", 0)


def number_of(kind: Any) -> Any:
    """Return the type of one lane."""
    return getattr(kind, "number", kind)


def common(*kinds: Any) -> Any:
    """Return the type of a result: numbers like the last, as many lanes as any has."""
    count = max(map(count_of, kinds))
    number = number_of(kinds[-1])
    return lanes_type()(number, count) if count else number


def signature_of(*kinds: Any) -> Any:
    """Return the signature of a function of numbers of one type, or of lanes of them."""
    count = max(map(count_of, kinds))
    from numba.core import types

    # Of a truth value and a number the number.
    numbers = [number_of(kind) for kind in kinds]
    number = next((one for one in numbers if one != types.boolean), numbers[0])
    given = [lanes_type()(number, count) if count_of(kind) else number for kind in kinds]
    return (lanes_type()(number, count) if count else number)(*given)


def vector(context: Any, kind: Any) -> Any:
    """Return the LLVM type of lanes or of a single number."""
    from llvmlite import ir

    number = context.get_value_type(number_of(kind))
    return ir.VectorType(number, kind.lanes) if count_of(kind) else number


def spread(builder: Any, signature: Any, values: Sequence[Any]) -> list[Any]:
    """Give single numbers as many lanes as the result has."""
    count = count_of(signature.return_type)
    return [
        value if count_of(kind) or not count else _splat(builder, value, count)
        for value, kind in zip(values, signature.args, strict=True)
    ]


def _splat(builder: Any, value: Any, count: int) -> Any:
    from llvmlite import ir

    index = ir.IntType(32)
    nothing = ir.Constant(ir.VectorType(value.type, count), ir.Undefined)
    first = builder.insert_element(nothing, value, index(0))
    return builder.shuffle_vector(first, nothing, ir.VectorType(index, count)([0] * count))


@functools.cache
def lanes_type() -> Any:
    """Return the type, made known to Numba with all that can be done with it."""
    from llvmlite import ir
    from numba.core import types
    from numba.core.datamodel import models
    from numba.extending import register_model

    class Lanes(types.Type):
        def __init__(self, number: Any, lanes: int) -> None:
            self.number, self.lanes = number, lanes
            super().__init__(name=f"Lanes({number}, {lanes})")

    @register_model(Lanes)
    class Model(models.PrimitiveModel):
        def __init__(self, manager: Any, kind: Any) -> None:
            number = manager.lookup(kind.number).get_value_type()
            super().__init__(manager, kind, ir.VectorType(number, kind.lanes))

    for function, name in (_ARITHMETIC | _LOGIC).items():
        _define(Lanes, function, functools.partial(_combined, name), common)
    for function, symbol in _COMPARISONS.items():
        _define(
            Lanes,
            function,
            functools.partial(_compared, symbol),
            lambda a, b: Lanes(types.boolean, count_of(common(a, b))),
        )
    _define(Lanes, operator.neg, _negated, common)
    for single in _ONE_BY_ONE:
        _define(Lanes, single, functools.partial(_one_by_one, single), common)
    return Lanes


def _define(lanes: type, function: Any, write: Any, kind_of: Any) -> None:
    """Tell Numba the type of a function of lanes, and how it is written."""
    from numba.core import types
    from numba.core.typing.templates import AbstractTemplate, infer_global, signature
    from numba.extending import lower_builtin

    @infer_global(function)
    class Template(AbstractTemplate):
        def generic(self, args: Any, kws: Any) -> Any:
            if not any(map(count_of, args)):
                return None
            return signature(kind_of(*args), *args)

    def lowered(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return write(context, builder, sig, spread(builder, sig, values))

    single = types.Number
    pairs = [(lanes, lanes), (lanes, single), (single, lanes)]
    is_single = function is operator.neg or (function in _ONE_BY_ONE and function != operator.pow)
    for kinds in [(lanes,)] if is_single else pairs:
        lower_builtin(function, *kinds)(lowered)


def _is_float(kind: Any) -> bool:
    from numba.core import types

    return isinstance(number_of(kind), types.Float)


def _combined(name: str, context: Any, builder: Any, sig: Any, values: Any) -> Any:
    is_float = _is_float(sig.return_type)
    return getattr(builder, f"f{name}" if is_float and name[-1] != "_" else name)(*values)


def _compared(symbol: str, context: Any, builder: Any, sig: Any, values: Any) -> Any:
    if not _is_float(sig.args[0]):
        return builder.icmp_signed(symbol, *values)
    compare = builder.fcmp_unordered if symbol == "!=" else builder.fcmp_ordered
    return compare(symbol, *values)


def _negated(context: Any, builder: Any, sig: Any, values: Any) -> Any:
    return builder.fneg(values[0]) if _is_float(sig.return_type) else builder.neg(values[0])


def _one_by_one(function: Any, context: Any, builder: Any, sig: Any, values: Any) -> Any:
    from llvmlite import ir
    from numba.core.typing.templates import signature

    kind = sig.return_type
    one = context.get_function(function, signature(kind.number, *[kind.number] * len(values)))
    result = ir.Constant(vector(context, kind), ir.Undefined)
    for lane in range(kind.lanes):
        index = ir.IntType(32)(lane)
        parts = [builder.extract_element(value, index) for value in values]
        result = builder.insert_element(result, one(builder, parts), index)
    return result


def build() -> dict[str, Any]:
    """Return what source can do with lanes besides arithmetic."""
    lanes_type()
    return {**_memory(), **_across()}


def _memory() -> dict[str, Any]:
    from llvmlite import ir
    from numba.core import types
    from numba.extending import intrinsic

    def column(rows):
        @intrinsic
        def function(typingctx, array, start, distance):
            """Read one number of each row."""
            kind = lanes_type()(array.dtype, rows)

            def write(context, builder, signature, arguments):
                place, at, step = arguments
                result = ir.Constant(vector(context, kind), ir.Undefined)
                for lane in range(rows):
                    number = builder.load(builder.gep(place, [at]))
                    result = builder.insert_element(result, number, ir.IntType(32)(lane))
                    at = builder.add(at, step)
                return result

            return kind(array, types.int64, types.int64), write

        return function

    return {f"column{rows}": column(rows) for rows in range(2, MOST_LANES + 1)}


def _across() -> dict[str, Any]:
    """Sums over lanes, and lanes of another type."""
    from llvmlite import ir
    from numba.core import types
    from numba.extending import intrinsic

    def folded(step):
        """Fold the upper half of the lanes onto the lower, until one is left."""

        @intrinsic
        def function(typingctx, x):
            def write(context, builder, signature, arguments):
                index = ir.IntType(32)
                parts = [builder.extract_element(arguments[0], index(k)) for k in range(x.lanes)]
                if x.lanes & (x.lanes - 1) == 0:
                    return _halved(builder, arguments[0], x.lanes, step)
                return functools.reduce(functools.partial(step, builder), parts)

            return x.number(x), write

        return function

    def add(builder, a, b):
        if isinstance(a.type, ir.VectorType):
            is_whole = isinstance(a.type.element, ir.IntType)
        else:
            is_whole = isinstance(a.type, ir.IntType)
        return builder.add(a, b) if is_whole else builder.fadd(a, b)

    def converted(kind):
        @intrinsic
        def function(typingctx, x):
            result = lanes_type()(kind, x.lanes)

            def write(context, builder, signature, arguments):
                return _cast(builder, arguments[0], x.number, kind, vector(context, result))

            return result(x), write

        return function

    kinds = ("float32", "float64", "int64")
    return {
        "total": folded(add),
        **{f"to_{name}": converted(getattr(types, name)) for name in kinds},
    }


def _halved(builder: Any, value: Any, count: int, step: Any) -> Any:
    from llvmlite import ir

    index = ir.IntType(32)
    nothing = ir.Constant(value.type, ir.Undefined)
    half = count // 2
    while half:
        places = [(lane + half) % count for lane in range(count)]
        other = builder.shuffle_vector(value, nothing, ir.VectorType(index, count)(places))
        value = step(builder, value, other)
        half //= 2
    return builder.extract_element(value, index(0))


def _cast(builder: Any, value: Any, source: Any, target: Any, kind: Any) -> Any:
    from numba.core import types

    is_float = isinstance(target, types.Float)
    if isinstance(source, types.Float) and is_float:
        if source.bitwidth == target.bitwidth:
            return value
        wider = target.bitwidth > source.bitwidth
        return builder.fpext(value, kind) if wider else builder.fptrunc(value, kind)
    if isinstance(source, types.Float):
        return builder.fptosi(value, kind)
    if source is types.boolean:
        return builder.uitofp(value, kind) if is_float else builder.zext(value, kind)
    return builder.sitofp(value, kind) if is_float else value
