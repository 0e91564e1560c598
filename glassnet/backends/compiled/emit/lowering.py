"""From a program to its plan and its source, the two that machine code is made of."""

from __future__ import annotations

from collections.abc import Mapping

from glassnet.backends.compiled.emit.scalarised import write_scalarised
from glassnet.backends.compiled.emit.source import HANDLED, Source, write_source
from glassnet.backends.compiled.schedule.plan import Plan
from glassnet.backends.compiled.schedule.prepare import prepared
from glassnet.backends.compiled.schedule.small import Locals, is_small
from glassnet.graph.program import Program

__all__ = ["lowered"]


def lowered(
    program: Program, data: tuple[str, ...], capacity: int, sizes: Mapping[str, int]
) -> tuple[Plan | Locals, Source]:
    """Plan a program and write its source: element by element if it is very small."""
    rows = sizes.get("n", 0)
    if rows and len(sizes) == 1:
        symbolic = prepared(program, HANDLED)
        if is_small(symbolic, data, rows):
            small = Locals(symbolic, data, rows)
            return small, write_scalarised(small)
    plan = Plan(prepared(program, HANDLED, sizes), {"n": capacity}, data, rows)
    return plan, write_source(plan)
