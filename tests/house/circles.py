"""Which files import each other: the graph of imports, and the groups in it that are circles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping


def targets(imported: str, names: Iterable[str], modules: set[str]) -> Iterator[str]:
    """The modules that one import names: those behind the names, else the module itself."""
    behind = [f"{imported}.{name}" for name in names]
    yield from (module for module in behind if module in modules)
    if imported in modules and not (behind and all(module in modules for module in behind)):
        yield imported


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Groups of more than one module in which each reaches each other (Tarjan's algorithm)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        index[module] = low[module] = len(index)
        stack.append(module)
        for other in sorted(graph[module]):
            if other not in index:
                visit(other)
            if other in stack:
                low[module] = min(low[module], low[other])
        if low[module] == index[module]:
            place = stack.index(module)
            group = sorted(stack[place:])
            del stack[place:]
            if len(group) > 1:
                found.append(group)

    for module in sorted(graph):
        if module not in index:
            visit(module)
    return sorted(found)
