"""From a program to its schedule: units, sharing, memory and barriers, one after the other."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from glassnet.backends.compiled.schedule.draft import Draft
from glassnet.backends.compiled.schedule.memory import laid_out
from glassnet.backends.compiled.schedule.phases import phases_of
from glassnet.backends.compiled.schedule.rotation import Rotation, find_rotation
from glassnet.backends.compiled.schedule.schedule import Schedule
from glassnet.backends.compiled.schedule.sharding import shard_count, sharing_of
from glassnet.graph.program import Program

__all__ = ["scheduled"]


def scheduled(
    program: Program, capacity: int, data: tuple[str, ...], fixed_rows: int = 0
) -> Schedule:
    """Return the schedule of a program of simple ops.

    Parameters
    ----------
    program : Program
    capacity : int
        Most rows of a batch.
    data : tuple of str
        Inputs given as arrays from outside at every call.
    fixed_rows : int
        The number of rows if the program is made for these alone, else 0.
    """
    draft = Draft(program, data, fixed_rows)
    shards, rotation = _shared(draft, find_rotation(draft), capacity)
    memory = laid_out(draft, shards, capacity, rotation)
    return Schedule(
        program=program,
        data=data,
        fixed_rows=fixed_rows,
        capacity=capacity,
        shards=shards,
        head=tuple(draft.head),
        units=tuple(draft.units),
        phases=phases_of(draft, memory, shards),
        rotation=rotation,
        floating=frozenset(draft.floating),
        last_reads=MappingProxyType(draft.last_reads()),
        memory=memory,
    )


def _shared(draft: Draft, rotation: Rotation | None, capacity: int) -> tuple[int, Rotation | None]:
    """Say of each unit how threads share it; return the number of shards, and the rotation."""
    if rotation is not None and rotation.is_shared:
        order = rotation.order(draft)
        draft.take_in_order(order)
        rotation = replace(
            rotation, product=order.index(rotation.product), update=order.index(rotation.update)
        )
        shards, sharings = 2, rotation.sharings(draft)
    else:
        state = {id(draft.program.inputs[name]) for name in draft.program.state}
        shards = 1 if draft.fixed_rows else shard_count(draft.order, capacity, state)
        sharings = [sharing_of(unit, draft, shards, capacity) for unit in draft.units]
    pairs = zip(draft.units, sharings, strict=True)
    draft.units = [unit.shared(sharing) for unit, sharing in pairs]
    return shards, rotation
