"""The few operations that generated source needs and Python cannot say: made as LLVM code.

``build()`` returns them by name; :mod:`glassnet.backends.numba.machine` puts them into the
generated module's namespace.
"""

from __future__ import annotations

from typing import Any

from glassnet.backends.numba import mathematics, processor

__all__ = ["build"]


class Written:
    """A number of the program being written: every operator writes one instruction."""

    def __init__(self, builder: Any, value: Any) -> None:
        self.builder = builder
        self.value = value

    def _binary(self, name: str, other: Written) -> Written:
        return Written(self.builder, getattr(self.builder, name)(self.value, other.value))

    def __add__(self, other: Written) -> Written:
        return self._binary("fadd", other)

    def __sub__(self, other: Written) -> Written:
        return self._binary("fsub", other)

    def __mul__(self, other: Written) -> Written:
        return self._binary("fmul", other)

    def __truediv__(self, other: Written) -> Written:
        return self._binary("fdiv", other)

    def __gt__(self, other: Written) -> Written:
        return Written(self.builder, self.builder.fcmp_ordered(">", self.value, other.value))

    def __lt__(self, other: Written) -> Written:
        return Written(self.builder, self.builder.fcmp_ordered("<", self.value, other.value))


class Writer:
    """The :class:`mathematics.Machine` that writes LLVM code."""

    def __init__(self, builder: Any, kind: Any) -> None:
        from llvmlite import ir

        self.ir = ir
        self.builder = builder
        self.kind = kind
        self.is_single = isinstance(kind, ir.FloatType)
        self.bits, self.mantissa, self.bias = (32, 23, 127) if self.is_single else (64, 52, 1023)

    def constant(self, value: float) -> Written:
        return Written(self.builder, self.ir.Constant(self.kind, value))

    def _call(self, name: str, *arguments: Written) -> Written:
        function = self.builder.module.declare_intrinsic(
            name, [self.kind], self.ir.FunctionType(self.kind, [self.kind] * len(arguments))
        )
        return Written(self.builder, self.builder.call(function, [a.value for a in arguments]))

    def fma(self, a: Written, b: Written, c: Written) -> Written:
        # Fused where the machine has the instruction, two instructions elsewhere.
        return self._call("llvm.fmuladd", a, b, c)

    def absolute(self, x: Written) -> Written:
        return self._call("llvm.fabs", x)

    def floor(self, x: Written) -> Written:
        return self._call("llvm.floor", x)

    def copysign(self, x: Written, sign: Written) -> Written:
        return self._call("llvm.copysign", x, sign)

    def select(self, condition: Written, a: Written, b: Written) -> Written:
        return Written(self.builder, self.builder.select(condition.value, a.value, b.value))

    def scaled(self, x: Written, shifted: Written) -> Written:
        """Multiply by 2^k, k from the low bits of ``shifted``, in two halves (for 2^-1074)."""
        b, whole = self.builder, self.ir.IntType(self.bits)
        magic = b.bitcast(self.constant(1.5 * 2.0**self.mantissa).value, whole)
        k = b.sub(b.bitcast(shifted.value, whole), magic)
        half = b.ashr(k, whole(1))
        for part in (half, b.sub(k, half)):
            scale = b.shl(b.add(part, whole(self.bias)), whole(self.mantissa))
            x = x * Written(b, b.bitcast(scale, self.kind))
        return x


def build() -> dict[str, Any]:
    """Return every intrinsic by the name that generated source uses."""
    return {
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
        def write(context, builder, signature, arguments):
            return builder.select(*arguments)

        return a(types.boolean, a, a), write

    def extreme(symbol):
        @intrinsic
        def function(typingctx, a, b):
            def write(context, builder, signature, arguments):
                x, y = arguments
                if isinstance(a, types.Float):
                    # NaN on either side gives NaN, as in NumPy.
                    better = builder.fcmp_unordered(symbol, x, y)
                    is_nan = builder.fcmp_unordered("uno", y, y)
                    return builder.select(is_nan, y, builder.select(better, x, y))
                return builder.select(builder.icmp_signed(symbol, x, y), x, y)

            return a(a, a), write

        return function

    @intrinsic
    def largest(typingctx, best, x):
        def write(context, builder, signature, arguments):
            if isinstance(best, types.Float):
                # Unordered: a NaN takes over and stays.
                better = builder.fcmp_unordered(">", arguments[1], arguments[0])
                stays = builder.fcmp_unordered("uno", arguments[0], arguments[0])
                better = builder.and_(better, builder.not_(stays))
            else:
                compare = builder.icmp_signed if best.signed else builder.icmp_unsigned
                better = compare(">", arguments[1], arguments[0])
            return builder.select(better, arguments[1], arguments[0])

        return best(best, best), write

    selections = {"maximum": extreme(">="), "minimum": extreme("<=")}
    return {"select": select, "largest": largest, **selections}


def _functions() -> dict[str, Any]:
    from numba.extending import intrinsic

    def function(formula):
        @intrinsic
        def call(typingctx, x):
            def write(context, builder, signature, arguments):
                writer = Writer(builder, context.get_value_type(x))
                return formula(writer, Written(builder, arguments[0])).value

            return x(x), write

        return call

    return {
        "flat_exp": function(mathematics.exp),
        "flat_tanh": function(mathematics.tanh),
        "whole": function(lambda m, x: m.floor(x)),
    }


def _sums() -> dict[str, Any]:
    """Sums whose order is free, so that the compiler may keep several partial sums."""
    from numba.extending import intrinsic

    @intrinsic
    def plus(typingctx, total, x):
        def write(context, builder, signature, arguments):
            return builder.fadd(*arguments, flags=("reassoc", "contract"))

        return total(total, total), write

    @intrinsic
    def plus_product(typingctx, total, x, y):
        def write(context, builder, signature, arguments):
            product = builder.fmul(arguments[1], arguments[2], flags=("contract",))
            return builder.fadd(arguments[0], product, flags=("reassoc", "contract"))

        return total(total, total, total), write

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
