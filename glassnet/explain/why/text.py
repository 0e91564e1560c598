"""The chain of factors as plain text.

Takes a :class:`Chain`, gives lines; ``print`` of a :class:`Why` calls it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from glassnet.explain.account.text import entry_lines
from glassnet.explain.formula.typeset import TEXT
from glassnet.explain.why.chain import Chain
from glassnet.explain.why.paths import Path
from glassnet.numbers import number_text
from glassnet.translation import _

__all__ = ["chain_text"]

WIDTH = 80


def chain_text(chain: Chain) -> str:
    """Return the whole chain: title, paths, their sum, and what the optimizer makes of it."""
    return "\n\n".join(_parts(chain))


def _parts(chain: Chain) -> Iterator[str]:
    yield chain.title
    if not chain.paths:
        yield "\n".join(textwrap.wrap(chain.nothing(), WIDTH))
        if chain.dead_end is not None:
            yield _path(chain, chain.dead_end)
    if chain.path_count > 1:
        yield "\n".join(textwrap.wrap(chain.counted(), WIDTH))
    for path in chain.paths:
        yield _path(chain, path)
    if chain.path_count > 1:
        total = number_text(chain.value, chain.digits)
        written = TEXT.write(chain.sum, True, chain.digits)
        yield f"{_('Sum of all paths')}: {written} = {total}"
    if chain.moves:
        yield _update(chain)


def _path(chain: Chain, path: Path) -> str:
    lines = [" → ".join(TEXT.write(ref) for ref in path.route)]
    rows = [chain.row(factor, TEXT) for factor in path.factors]
    written = TEXT.write(path.product, True, chain.digits)
    total = number_text(path.number, chain.digits)
    width = max(len(row[0]) for row in rows)
    middle = max(len(row[1]) for row in rows)
    middle = middle if middle < 40 else 0
    for left, symbols, numbers in rows:
        line = f"  {left:<{width}} = "
        right = f"{symbols:<{middle}} = {numbers}" if symbols else numbers
        if symbols and len(line + right) > WIDTH:
            right = f"{symbols}\n{'':<{width + 2}} = {numbers}"
        lines.append(line + right)
    if len(path.factors) > 1 and path is not chain.dead_end:
        name = _("product")
        lines.append(f"  {name:<{width}} = {written} = {total}")
    return "\n".join(lines)


def _update(chain: Chain) -> str:
    head = textwrap.fill(chain.moving, WIDTH)
    if len(chain.moves) == 1:
        move = chain.moves[0]
        sides = [TEXT.write(move.formula), TEXT.write(move.formula, True, chain.digits)]
        sides.append(number_text(move.number, chain.digits + move.more_digits))
        line = f"{head} {TEXT.write(move.left)} = {' = '.join(sides)}"
        if len(line) <= WIDTH:
            return line
    lines = [line for one in chain.moves for line in entry_lines(one, chain.digits, WIDTH, True)]
    return "\n".join([head, *lines])
