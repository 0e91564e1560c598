"""Which names a statement needs from before it, and which of its own are read elsewhere."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence

__all__ = ["Readers", "assigned", "exposed"]


def assigned(statement: ast.stmt) -> set[str]:
    """Return the names that a statement assigns, counters of loops aside."""
    counters = {
        node.target.id
        for node in ast.walk(statement)
        if isinstance(node, ast.For) and isinstance(node.target, ast.Name)
    }
    names = {
        node.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return names - counters


def exposed(body: Sequence[ast.stmt]) -> set[str]:
    r"""Return the names that are read in statements before these have assigned them.

    >>> sorted(exposed(ast.parse("a = b + 1\nc = a").body))
    ['b']
    """
    found: set[str] = set()
    _walk(body, set(), found)
    return found


def _walk(body: Sequence[ast.stmt], known: set[str], found: set[str]) -> set[str]:
    """Add to ``found`` names that are read but not ``known``; return those known at the end."""
    for statement in body:
        if isinstance(statement, ast.If):
            _read(statement.test, known, found)
            ends = [_walk(part, set(known), found) for part in (statement.body, statement.orelse)]
            known = ends[0] & ends[1]
        elif isinstance(statement, ast.While):
            _read(statement.test, known, found)
            _walk(statement.body, set(known), found)
        elif isinstance(statement, ast.For):
            _read(statement.iter, known, found)
            target = {statement.target.id} if isinstance(statement.target, ast.Name) else set()
            _walk(statement.body, known | target, found)
        else:
            _read(statement, known, found)
            if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
                found |= {statement.target.id} - known
            known = known | assigned(statement)
    return known


def _read(tree: ast.AST, known: set[str], found: set[str]) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            found |= {node.id} - known


class Readers:
    """For every name the statements of a function that read what was assigned before them.

    Statements that ``is_whole`` accepts are looked at as one; all others part by part.
    """

    def __init__(self, body: Sequence[ast.stmt], is_whole: Callable[[ast.For], bool]) -> None:
        self.names: set[str] = set()
        for part in self._parts(body, is_whole):
            self.names |= exposed([part]) if isinstance(part, ast.stmt) else _names(part)

    def _parts(
        self, body: Sequence[ast.stmt], is_whole: Callable[[ast.For], bool]
    ) -> Iterator[ast.stmt | ast.expr]:
        for statement in body:
            if isinstance(statement, ast.If | ast.While):
                yield statement.test
                yield from self._parts([*statement.body, *statement.orelse], is_whole)
            elif isinstance(statement, ast.For) and not is_whole(statement):
                yield statement.iter
                yield from self._parts(statement.body, is_whole)
            else:
                yield statement

    def of(self, statement: ast.stmt) -> list[str]:
        """Return the names that a statement assigns and a reader needs from it."""
        return sorted(assigned(statement) & self.names)


def _names(tree: ast.expr) -> set[str]:
    found: set[str] = set()
    _read(tree, set(), found)
    return found
