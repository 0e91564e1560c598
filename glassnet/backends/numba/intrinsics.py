"""The few operations that generated source needs and Python cannot say: made as LLVM code.

``build()`` returns them by name; :mod:`glassnet.backends.numba.machine` puts them into the
generated module's namespace.
"""

from __future__ import annotations

from typing import Any

from glassnet.backends.numba import mathematics

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
        **_waiting(),
        **_marks(),
        **_tiny(),
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


def _marks() -> dict[str, Any]:
    from numba.core import types
    from numba.extending import intrinsic

    @intrinsic
    def rolled(typingctx):
        """Mark the loop around it, for machine.py to find; it leaves no code."""

        def write(context, builder, signature, arguments):
            # Not to be duplicated: so the loop keeps its form until the mark is found.
            _call_nothing(builder, "glassnet_rolled", "noduplicate")
            return context.get_dummy_value()

        return types.void(), write

    return {"rolled": rolled}


def _tiny() -> dict[str, Any]:
    """Numbers too small to be normal (below 1.2e-38 in float32): processors stumble over them."""
    from llvmlite import ir
    from numba.core import types
    from numba.extending import intrinsic

    word = ir.IntType(32)
    # MXCSR: results flushed to zero (bit 15), operands taken as zero (bit 6).
    tiny_is_zero = (1 << 15) | (1 << 6)

    def access(builder, name, place):
        pointer = ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [pointer])
        function = builder.module.declare_intrinsic(f"llvm.x86.sse.{name}", (), kind)
        builder.call(function, [builder.bitcast(place, pointer)])

    @intrinsic
    def tiny_as_zero(typingctx):
        """Take such numbers as zero from here on; return the setting before."""

        def write(context, builder, signature, arguments):
            if not _is_x86():
                return word(0)
            place = builder.alloca(word)
            access(builder, "stmxcsr", place)
            before = builder.load(place)
            builder.store(builder.or_(before, word(tiny_is_zero)), place)
            access(builder, "ldmxcsr", place)
            return before

        return types.uint32(), write

    @intrinsic
    def tiny_as_before(typingctx, setting):
        def write(context, builder, signature, arguments):
            if _is_x86():
                place = builder.alloca(word)
                builder.store(arguments[0], place)
                access(builder, "ldmxcsr", place)
            return context.get_dummy_value()

        return types.void(setting), write

    return {"tiny_as_zero": tiny_as_zero, "tiny_as_before": tiny_as_before}


def _waiting() -> dict[str, Any]:
    """Atomic words through which threads wait for each other."""
    from llvmlite import ir
    from numba.core import types
    from numba.extending import intrinsic

    word, at = ir.IntType(64), ir.Constant
    # Words on cache lines of their own: shards done, then the last ticket each was taken with.
    line = 8

    @intrinsic
    def claim(typingctx, signs, shard, ticket):
        """Take a shard, unless somebody has taken it with this ticket or a later one."""

        def write(context, builder, signature, arguments):
            signs_, shard_, ticket_ = arguments
            at_shard = builder.mul(builder.add(shard_, word(1)), word(line))
            place = builder.gep(signs_, [at_shard])
            function, before = builder.function, builder.block
            look, take = (function.append_basic_block(n) for n in ("look", "take"))
            go = function.append_basic_block("go")
            first = builder.load_atomic(place, "acquire", 8)
            builder.branch(look)
            builder.position_at_end(look)
            seen = builder.phi(word)
            builder.cbranch(builder.icmp_signed("<", seen, ticket_), take, go)
            builder.position_at_end(take)
            pair = builder.cmpxchg(place, seen, ticket_, "acq_rel", "acquire")
            now, won = builder.extract_value(pair, 0), builder.extract_value(pair, 1)
            builder.cbranch(won, go, look)
            seen.add_incoming(first, before)
            seen.add_incoming(now, take)
            builder.position_at_end(go)
            is_mine = builder.phi(ir.IntType(1))
            is_mine.add_incoming(at(ir.IntType(1), 0), look)
            is_mine.add_incoming(at(ir.IntType(1), 1), take)
            return is_mine

        return types.boolean(signs, types.int64, types.int64), write

    @intrinsic
    def finish(typingctx, signs):
        def write(context, builder, signature, arguments):
            place = arguments[0]
            builder.atomic_rmw("add", place, word(1), "acq_rel")
            return context.get_dummy_value()

        return types.void(signs), write

    @intrinsic
    def meet(typingctx, signs, ticket):
        """Wait until so many shards are done."""

        def write(context, builder, signature, arguments):
            place = arguments[0]
            function, before = builder.function, builder.block
            names = ("look", "wait", "rest", "pause", "again", "go")
            look, wait, rest, pause, again, go = map(function.append_basic_block, names)
            builder.branch(look)
            builder.position_at_end(look)
            looks = builder.phi(word)
            come = builder.load_atomic(place, "acquire", 8)
            builder.cbranch(builder.icmp_signed(">=", come, arguments[1]), go, wait)
            builder.position_at_end(wait)
            builder.cbranch(builder.icmp_signed("<", looks, word(_LOOKS)), pause, rest)
            for block, name in ((rest, "glassnet_yield"), (pause, _pause())):
                builder.position_at_end(block)
                _call_nothing(builder, name)
                builder.branch(again)
            builder.position_at_end(again)
            looks.add_incoming(word(0), before)
            looks.add_incoming(builder.add(looks, word(1)), again)
            builder.branch(look)
            builder.position_at_end(go)
            return context.get_dummy_value()

        return types.void(signs, types.int64), write

    return {"claim": claim, "finish": finish, "meet": meet}


# After so many looks (about 0.1 ms) the other thread is not running: let the system run it.
_LOOKS = 3000


def _is_x86() -> bool:
    import platform

    return platform.machine().lower() in ("x86_64", "amd64")


def _pause() -> str:
    """Return the name of the processor's "I am waiting", or of the system's on other machines."""
    return "llvm.x86.sse2.pause" if _is_x86() else "glassnet_yield"


def _call_nothing(builder: Any, name: str, *attributes: str) -> None:
    """Call a function that takes and gives nothing."""
    from llvmlite import ir

    known = builder.module.globals.get(name)
    kind = ir.FunctionType(ir.VoidType(), [])
    function = known or ir.Function(builder.module, kind, name)
    for attribute in attributes:
        function.attributes.add(attribute)
    builder.call(function, [])
