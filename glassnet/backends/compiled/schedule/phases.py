"""Where barriers stand: units grouped into phases, with a barrier between each two."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from glassnet.backends.compiled.schedule.draft import Draft
from glassnet.backends.compiled.schedule.memory import Memory
from glassnet.backends.compiled.schedule.sharing import EACH, Sharing
from glassnet.backends.compiled.schedule.units import Unit
from glassnet.graph.node import Node

__all__ = ["Traffic", "phases_of", "traffic_of"]


@dataclass
class Traffic:
    """What a unit reads and writes: place to whether each shard stays within its own part."""

    sharing: Sharing
    reads: dict[Any, bool] = field(default_factory=dict)
    writes: dict[Any, bool] = field(default_factory=dict)

    def read(self, key: Any, is_own: bool) -> None:
        self.reads[key] = self.reads.get(key, True) and is_own

    def collides(self, old: Traffic) -> bool:
        """Whether a barrier is needed between an older unit and this one."""
        for key, own in self.reads.items():
            if key not in old.writes or old.sharing == EACH:
                continue
            if not self.sharing.may_follow(old.sharing, own):
                return True
        return any(
            key in touched and not self.sharing.may_follow(old.sharing, touched[key])
            for key in self.writes
            for touched in (old.reads, old.writes)
        )


def phases_of(draft: Draft, memory: Memory, shards: int) -> tuple[tuple[int, ...], ...]:
    """Return the numbers of the units, phase by phase."""
    groups: list[list[int]] = [[]]
    current: list[Traffic] = []
    for number, unit in enumerate(draft.units):
        traffic = traffic_of(unit, draft, memory)
        if shards > 1 and any(traffic.collides(other) for other in current):
            groups.append([])
            current = []
        groups[-1].append(number)
        current.append(traffic)
    return tuple(map(tuple, groups))


def traffic_of(unit: Unit, draft: Draft, memory: Memory) -> Traffic:
    """Return what a unit reads and writes."""

    def key_of(node: Node) -> Any:
        place = memory.places.get(id(node))
        if place is None or node.attrs.get("name") in draft.data:
            return id(node)
        return (place.pointer, place.offset)

    traffic = Traffic(unit.sharing)
    for node in unit.nodes:
        for position, (leaf, mapping) in enumerate(draft.leaves(node)):
            if not leaf.is_constant:
                is_whole = leaf.shape == () or id(leaf) in memory.partial
                own = not is_whole and _stays(unit, node, position, leaf, mapping)
                traffic.read(key_of(leaf), own)
        traffic.writes[key_of(node)] = True
        traffic.writes[id(node)] = True
    return traffic


def _stays(unit: Unit, node: Node, position: int, leaf: Node, mapping: Any) -> bool:
    """Whether a shard reads only what the same shard has made."""
    if unit.kind == "kernel":
        return leaf is node.inputs[position] and unit.sharing.reads_own_operand(position)
    if mapping is None or not unit.space:
        return False
    first = next((axis for axis, dim in enumerate(leaf.shape) if dim != 1), None)
    return first is not None and mapping[first] == 0 and leaf.shape[first] == unit.space[0]
