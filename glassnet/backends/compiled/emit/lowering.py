"""From a program to its schedule and its source, the two that machine code is made of."""

from __future__ import annotations

from collections.abc import Mapping

from glassnet.backends.compiled.emit.scalarised import write_scalarised
from glassnet.backends.compiled.emit.source import HANDLED, Source, write_source
from glassnet.backends.compiled.schedule.plan import scheduled
from glassnet.backends.compiled.schedule.prepare import prepared
from glassnet.backends.compiled.schedule.schedule import Schedule
from glassnet.backends.compiled.schedule.small import SmallSchedule, is_small, small_schedule
from glassnet.graph.program import Program

__all__ = ["lowered"]


def lowered(
    program: Program, data: tuple[str, ...], capacity: int, sizes: Mapping[str, int]
) -> tuple[Schedule | SmallSchedule, Source]:
    """Schedule a program and write its source: element by element if it is very small."""
    rows = sizes.get("n", 0)
    if rows and len(sizes) == 1:
        symbolic = prepared(program, HANDLED)
        if is_small(symbolic, data, rows):
            small = small_schedule(symbolic, data, rows)
            return small, write_scalarised(small)
    schedule = scheduled(prepared(program, HANDLED, sizes), capacity, data, rows)
    return schedule, write_source(schedule)
