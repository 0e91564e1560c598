"""The few operations that generated source needs and Python cannot say: made as LLVM code.

``build()`` returns them by name; :mod:`glassnet.backends.numba.machine` puts them into the
generated module's namespace.
"""

from __future__ import annotations

from typing import Any

from glassnet.backends.numba import lanes, mathematics, processor
from glassnet.backends.numba.lanes import common, number_of, signature_of, spread
from glassnet.backends.numba.written import Writer, Written

__all__ = ["build"]


def build() -> dict[str, Any]:
    """Return every intrinsic by the name that generated source uses."""
    return {
        **lanes.build(),
        **_selections(),
        **_functions(),
        **_sums(),
        **_products(),
        **_random(),
        **processor.build(),
    }


def _selections() -> dict[str, Any]:
    from numba.core import types
    from numba.extending import intrinsic

    @intrinsic
    def select(typingctx, condition, a, b):
        kind = common(condition, b, a)
        kinds = [kind if lanes.count_of(one) else number_of(kind) for one in (a, b)]
        test = condition if lanes.count_of(condition) else types.boolean

        def write(context, builder, signature, arguments):
            return builder.select(*spread(builder, signature, arguments))

        return kind(test, *kinds), write

    def extreme(symbol):
        @intrinsic
        def function(typingctx, a, b):
            kinds = signature_of(a, b)

            def write(context, builder, signature, arguments):
                x, y = spread(builder, signature, arguments)
                if isinstance(number_of(a), types.Float):
                    # NaN on either side gives NaN, as in NumPy.
                    better = builder.fcmp_unordered(symbol, x, y)
                    is_nan = builder.fcmp_unordered("uno", y, y)
                    return builder.select(is_nan, y, builder.select(better, x, y))
                return builder.select(builder.icmp_signed(symbol, x, y), x, y)

            return kinds, write

        return function

    @intrinsic
    def largest(typingctx, best, x):
        number = number_of(best)

        def write(context, builder, signature, arguments):
            old, new = spread(builder, signature, arguments)
            if isinstance(number, types.Float):
                # Unordered: a NaN takes over and stays.
                better = builder.fcmp_unordered(">", new, old)
                stays = builder.fcmp_unordered("uno", old, old)
                better = builder.and_(better, builder.not_(stays))
            else:
                compare = builder.icmp_signed if number.signed else builder.icmp_unsigned
                better = compare(">", new, old)
            return builder.select(better, new, old)

        return signature_of(best, x), write

    selections = {"maximum": extreme(">="), "minimum": extreme("<=")}
    return {"select": select, "largest": largest, **selections}


def _functions() -> dict[str, Any]:
    from numba.extending import intrinsic

    def function(formula):
        @intrinsic
        def call(typingctx, x):
            def write(context, builder, signature, arguments):
                writer = Writer(builder, lanes.vector(context, x))
                return formula(writer, Written(builder, arguments[0])).value

            return x(x), write

        return call

    return {
        "flat_exp": function(mathematics.exp),
        "flat_tanh": function(mathematics.tanh),
        "flat_log": function(mathematics.log),
        "whole": function(lambda m, x: m.floor(x)),
    }


def _sums() -> dict[str, Any]:
    """Sums whose order is free, so that the compiler may keep several partial sums."""
    from numba.extending import intrinsic

    @intrinsic
    def plus(typingctx, total, x):
        def write(context, builder, signature, arguments):
            terms = spread(builder, signature, arguments)
            return builder.fadd(*terms, flags=("reassoc", "contract"))

        return signature_of(total, x), write

    @intrinsic
    def plus_product(typingctx, total, x, y):
        def write(context, builder, signature, arguments):
            sum_, a, b = spread(builder, signature, arguments)
            product = builder.fmul(a, b, flags=("contract",))
            return builder.fadd(sum_, product, flags=("reassoc", "contract"))

        return signature_of(total, x, y), write

    return {"plus": plus, "plus_product": plus_product}


def _products() -> dict[str, Any]:
    """``gemm(ta, tb, m, n, k, a, at, lda, b, bt, ldb, beta, c, ct, ldc)``: Fortran's order."""
    from llvmlite import ir
    from numba.core import types
    from numba.extending import intrinsic

    from glassnet.backends.numba.blas import integer_bits

    whole = ir.IntType(integer_bits())

    def stored(builder, value):
        place = builder.alloca_once(value.type) if hasattr(builder, "alloca_once") else None
        if place is None:
            with builder.goto_entry_block():
                place = builder.alloca(value.type)
        builder.store(value, place)
        return place

    @intrinsic
    def gemm(typingctx, ta, tb, m, n, k, a, at, lda, b, bt, ldb, beta, c, ct, ldc):
        def write(context, builder, signature, arguments):
            kind = context.get_value_type(a.dtype)
            (ta_, tb_, m_, n_, k_, a_, at_, lda_, b_, bt_, ldb_, beta_, c_, ct_, ldc_) = arguments

            def size(value):
                return stored(builder, builder.trunc(value, whole) if whole.width < 64 else value)

            def letter(flag):
                is_true = builder.icmp_signed("!=", flag, flag.type(0))
                code = builder.select(is_true, ir.IntType(8)(ord("T")), ir.IntType(8)(ord("N")))
                return stored(builder, code)

            places = [
                letter(ta_), letter(tb_), size(m_), size(n_), size(k_),
                stored(builder, kind(1.0)),
                builder.gep(a_, [at_]), size(lda_), builder.gep(b_, [bt_]), size(ldb_),
                stored(builder, builder.fptrunc(beta_, kind) if kind != beta_.type else beta_),
                builder.gep(c_, [ct_]), size(ldc_),
            ]  # fmt: skip
            pointer = ir.IntType(8).as_pointer()
            name = f"glassnet_gemm_{a.dtype}"
            function = builder.module.globals.get(name) or ir.Function(
                builder.module, ir.FunctionType(ir.VoidType(), [pointer] * len(places)), name
            )
            builder.call(function, [builder.bitcast(place, pointer) for place in places])
            return context.get_dummy_value()

        integer = types.int64
        return types.void(
            integer, integer, integer, integer, integer, a, integer, integer,
            b, integer, integer, types.float64, c, integer, integer,
        ), write  # fmt: skip

    return {"gemm": gemm}


_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))


def _random() -> dict[str, Any]:
    """threefry2x32, as in :mod:`glassnet.random`: both words in one 64-bit number."""
    from llvmlite import ir
    from numba.core import types
    from numba.extending import intrinsic

    word, pair = ir.IntType(32), ir.IntType(64)

    @intrinsic
    def threefry(typingctx, key0, key1, counter0, counter1):
        def write(context, builder, signature, arguments):
            b = builder
            key0, key1, x0, x1 = (b.trunc(argument, word) for argument in arguments)
            keys = (key0, key1, b.xor(b.xor(key0, key1), word(0x1BD11BDA)))
            x0, x1 = b.add(x0, keys[0]), b.add(x1, keys[1])
            for block in range(5):
                for rotation in _ROTATIONS[block % 2]:
                    x0 = b.add(x0, x1)
                    left, right = b.shl(x1, word(rotation)), b.lshr(x1, word(32 - rotation))
                    x1 = b.xor(b.or_(left, right), x0)
                x0 = b.add(x0, keys[(block + 1) % 3])
                x1 = b.add(b.add(x1, keys[(block + 2) % 3]), word(block + 1))
            return b.or_(b.zext(x0, pair), b.shl(b.zext(x1, pair), pair(32)))

        whole = types.int64
        return whole(whole, whole, whole, whole), write

    return {"threefry": threefry}
