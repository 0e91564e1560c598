"""Functions of the little language that speak to other threads and to the processor.

Threads share work through *signs*, whole numbers on cache lines of their own: first the number of
shards that are finished, then for each shard the last ticket with which a thread took it.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence

from glassnet.backends.compiled.compiler.assembly import Assembly
from glassnet.backends.compiled.compiler.kinds import BOOL, INT64, Pointer, Value, whole

__all__ = ["WAITING", "is_x86"]

# Whole numbers in a cache line.
_LINE = 8
# After this many looks (about 0.1 ms) the other thread is not running: let the system run it.
_LOOKS = 3000


def is_x86() -> bool:
    """Return whether this is a processor with the instructions of x86-64."""
    return platform.machine().lower() in ("x86_64", "amd64")


def _claim(a: Assembly, arguments: Sequence[Value]) -> Value:
    """``claim(signs, shard, ticket)``: take a shard, unless a thread took it with this ticket."""
    signs, shard, ticket = arguments
    first = a.value(f"add i64 {shard.text}, 1", INT64)
    first = a.value(f"mul i64 {first.text}, {_LINE}", INT64)
    place = a.value(f"getelementptr i64, {signs.typed}, {first.typed}", Pointer("int64")).typed
    look, take, end = a.fresh("look"), a.fresh("take"), a.fresh("end")
    seen, now = f"%{a.fresh('seen')}", f"%{a.fresh('now')}"
    before = a.label
    start = a.value(f"load atomic i64, {place} acquire, align 8", INT64)
    a.jump(look)
    a.block(look)
    a.do(f"{seen} = phi i64 [ {start.text}, %{before} ], [ {now}, %{take} ]")
    a.branch(a.value(f"icmp slt i64 {seen}, {ticket.text}", BOOL), take, end)
    a.block(take)
    pair = a.value(f"cmpxchg {place}, i64 {seen}, {ticket.typed} acq_rel acquire", INT64).text
    a.do(f"{now} = extractvalue {{ i64, i1 }} {pair}, 0")
    a.branch(a.value(f"extractvalue {{ i64, i1 }} {pair}, 1", BOOL), end, look)
    a.block(end)
    return a.value(f"phi i1 [ false, %{look} ], [ true, %{take} ]", BOOL)


def _finish(a: Assembly, arguments: Sequence[Value]) -> None:
    """``finish(signs)``: one more shard is finished."""
    (signs,) = arguments
    a.value(f"atomicrmw add {signs.typed}, i64 1 acq_rel", INT64)


def _meet(a: Assembly, arguments: Sequence[Value]) -> None:
    """``meet(signs, ticket)``: wait until as many shards are finished as the ticket says."""
    signs, ticket = arguments
    look, wait, rest, pause, again, go = (
        a.fresh(name) for name in ("look", "wait", "rest", "pause", "again", "go")
    )
    looks, more = f"%{a.fresh('looks')}", f"%{a.fresh('more')}"
    before = a.label
    a.jump(look)
    a.block(look)
    a.do(f"{looks} = phi i64 [ 0, %{before} ], [ {more}, %{again} ]")
    come = a.value(f"load atomic i64, {signs.typed} acquire, align 8", INT64)
    a.branch(a.value(f"icmp sge i64 {come.text}, {ticket.text}", BOOL), go, wait)
    a.block(wait)
    a.branch(a.value(f"icmp slt i64 {looks}, {_LOOKS}", BOOL), pause, rest)
    # The processor's "I am waiting" where it has one, else the system's "let others run".
    own = "llvm.x86.sse2.pause" if is_x86() else "glassnet_yield"
    for label, name in ((rest, "glassnet_yield"), (pause, own)):
        a.block(label)
        a.module.declare(name, "void", [])
        a.do(f"call void @{name}()")
        a.jump(again)
    a.block(again)
    a.do(f"{more} = add i64 {looks}, 1")
    a.jump(look)
    a.block(go)


# MXCSR: results flushed to zero (bit 15), operands taken as zero (bit 6).
_TINY_IS_ZERO = (1 << 15) | (1 << 6)


def _access(a: Assembly, name: str, place: str) -> None:
    a.module.declare(f"llvm.x86.sse.{name}", "void", ["ptr"])
    a.do(f"call void @llvm.x86.sse.{name}(ptr {place})")


def _tiny_as_zero(a: Assembly, arguments: Sequence[Value]) -> Value:
    """Take numbers below the normal ones as 0 from here on; return the setting before.

    They are below 1.2e-38 in float32, and processors take 100 times as long for each.
    """
    if not is_x86():
        return whole(0)
    place = a.slot("i32")
    _access(a, "stmxcsr", place)
    before = a.value(f"load i32, ptr {place}", INT64)
    changed = a.value(f"or i32 {before.text}, {_TINY_IS_ZERO}", INT64)
    a.do(f"store i32 {changed.text}, ptr {place}")
    _access(a, "ldmxcsr", place)
    return a.value(f"zext i32 {before.text} to i64", INT64)


def _tiny_as_before(a: Assembly, arguments: Sequence[Value]) -> None:
    """Give the setting back that :func:`_tiny_as_zero` returned."""
    if is_x86():
        place = a.slot("i32")
        short = a.value(f"trunc {arguments[0].typed} to i32", INT64)
        a.do(f"store i32 {short.text}, ptr {place}")
        _access(a, "ldmxcsr", place)


WAITING: dict[str, Callable[[Assembly, Sequence[Value]], Value | None]] = {
    "claim": _claim,
    "finish": _finish,
    "meet": _meet,
    "tiny_as_zero": _tiny_as_zero,
    "tiny_as_before": _tiny_as_before,
}
