"""Intrinsics that speak to the processor, the system and the compiler.

Threads that wait for each other, numbers too small to be normal, and marks on loops.
"""

from __future__ import annotations

import platform
from typing import Any

__all__ = ["build", "has_masks"]


def build() -> dict[str, Any]:
    """Return every intrinsic of this file by name."""
    return {**_waiting(), **_tiny(), **_marks()}


def has_masks() -> bool:
    """Whether vectors can be partly switched off, so that a loop's remainder is one vector."""
    import llvmlite.binding as llvm

    return bool(llvm.get_host_cpu_features().get("avx512vl", False))


def _marks() -> dict[str, Any]:
    """Marks for the loop around them, for machine.py to find; they leave no code."""
    from numba.core import types
    from numba.extending import intrinsic

    def mark(name):
        @intrinsic
        def function(typingctx):
            def write(context, builder, signature, arguments):
                # Not to be duplicated: so the loop keeps its form until the mark is found.
                _call_nothing(builder, f"glassnet_{name}", "noduplicate")
                return context.get_dummy_value()

            return types.void(), write

        return function

    return {"rolled": mark("rolled"), "masked": mark("masked")}


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
