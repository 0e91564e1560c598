"""Lines of a program: comments in a column, long lines broken."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["Line", "aligned", "indented", "wrapped"]

WIDTH = 96
# A comment stands no further to the right than this, unless its own line is longer.
_COLUMN = 56
_SIGNS = ("+ ", "- ", "* ", "/ ", "@ ")

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
    """Return an assignment, in several lines where it is too long."""
    if len(code) <= WIDTH or " = " not in code:
        return [code]
    target, _, value = code.partition(" = ")
    return _broken(f"{target} = ", value, "")


def _broken(before: str, value: str, after: str) -> list[str]:
    """Return ``before value after``, broken at the operators or commas of the outermost level."""
    if len(before + value + after) <= WIDTH:
        return [before + value + after]
    parts = _parts(value)
    if len(parts) > 1:
        lines = []
        for part in parts:
            sign, _, rest = part.partition(" ") if part[:2] in _SIGNS else ("", "", part)
            lines += [part] if " else " in value else _broken(f"{sign} " if sign else "", rest, "")
        return [f"{before}(", *(f"    {line}" for line in lines), f"){after}"]
    opening = next((p for p, _ in _depths(value) if value[p] in "(["), None)
    closing = None if opening is None else _closing(value, opening)
    if opening is None or closing is None:
        return [before + value + after]
    depths = _depths(value[:closing])
    commas = [p for p, depth in depths if p > opening and depth == 1 and value[p] == ","]
    starts, stops = [opening + 1, *(p + 1 for p in commas)], [*commas, closing]
    lines = []
    for start, stop in zip(starts, stops, strict=False):
        lines += _broken("", value[start:stop].strip(), "," if commas else "")
    inner = [f"    {line}" for line in lines]
    return [before + value[: opening + 1], *inner, value[closing:] + after]


def _parts(value: str) -> list[str]:
    """Return a value in parts, each beginning with the operator before it.

    >>> _parts("a * (b + c) - d"), _parts("a * (b + c)"), _parts("x if y else z")
    (['a * (b + c)', '- d'], ['a', '* (b + c)'], ['x if y', 'else z'])
    """
    for symbols in (("else",), ("+", "-"), ("*", "/", "@")):
        places = [
            place
            for place, depth in _depths(value)
            if depth == 0 and any(value.startswith(f" {symbol} ", place - 1) for symbol in symbols)
        ]
        places = [place for place in places if place > 0]
        if places:
            starts, stops = [0, *places], [*places, len(value)]
            return [value[a:b].strip() for a, b in zip(starts, stops, strict=True)]
    return [value]


def _closing(value: str, opening: int) -> int | None:
    """Return where the bracket closes that is opened at a place."""
    depth = 0
    for place in range(opening, len(value)):
        depth += (value[place] in "([{") - (value[place] in ")]}")
        if depth == 0:
            return place
    return None


def _depths(value: str) -> list[tuple[int, int]]:
    depth, found = 0, []
    for place, letter in enumerate(value):
        depth -= letter in ")]}"
        found.append((place, depth))
        depth += letter in "([{"
    return found
