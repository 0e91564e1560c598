"""Lines of a program: comments in a column, long lines broken."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["Line", "aligned", "indented", "wrapped"]

WIDTH = 96
# A comment stands no further to the right than this, unless its own line is longer.
_COLUMN = 56

# Code and what is remarked on it.
Line = tuple[str, str]


def aligned(lines: Sequence[Line]) -> list[str]:
    """Return lines with their comments below each other.

    >>> aligned([("a = 1", "one"), ("bc = 12", ""), ("d = 123", "more")])
    ['a = 1    # one', 'bc = 12', 'd = 123  # more']
    """
    column = max((len(code) for code, note in lines if note and len(code) <= _COLUMN), default=0)
    found: list[str] = []
    for code, note in lines:
        full = f"{code:<{column}}  # {note}" if note else code
        if len(full) <= WIDTH:
            found.append(full)
        else:
            first, *rest = wrapped(code)
            found += [f"{first}  # {note}" if note else first, *rest]
    return found


def indented(lines: Sequence[str], steps: int = 1) -> list[str]:
    """Return lines further to the right."""
    return ["    " * steps + line if line else line for line in lines]


def wrapped(code: str) -> list[str]:
    """Return a line, in several where it is too long."""
    if len(code) <= WIDTH or " = " not in code:
        return [code]
    target, _, value = code.partition(" = ")
    place = _split_place(value)
    if place is None:
        return _wrapped_call(target, value)
    return [f"{target} = (", f"    {value[:place].rstrip()}", f"    {value[place:]}", ")"]


def _split_place(value: str) -> int | None:
    """Return where an operator of the outermost level stands, the one nearest to the middle."""
    places: list[tuple[int, int]] = []
    for place, depth in _depths(value):
        for rank, symbols in enumerate((("+", "-"), ("*", "/", "@"), ("if", "else"))):
            for symbol in symbols:
                if depth == 0 and value.startswith(f" {symbol} ", place - 1) and place > 0:
                    places.append((0 if rank == 2 else rank + 1, place))
    if not places:
        return None
    best = min(rank for rank, _ in places)
    return min((p for rank, p in places if rank == best), key=lambda p: abs(p - len(value) // 2))


def _depths(value: str) -> list[tuple[int, int]]:
    depth, found = 0, []
    for place, letter in enumerate(value):
        depth -= letter in ")]}"
        found.append((place, depth))
        depth += letter in "([{"
    return found


def _wrapped_call(target: str, value: str) -> list[str]:
    """Break a call or a list at the commas of its first level."""
    commas = [p for p, depth in _depths(value) if depth == 1 and value[p] == ","]
    opening = next((p for p, _ in _depths(value) if value[p] in "(["), None)
    if opening is None or not value.endswith((")", "]")):
        return [f"{target} = {value}"]
    starts = [opening + 1, *(p + 1 for p in commas)]
    stops = [*commas, len(value) - 1]
    parts = [value[a:b].strip() for a, b in zip(starts, stops, strict=True)]
    lines = [f"    {part}," for part in parts]
    return [f"{target} = {value[: opening + 1]}", *lines, value[-1]]
