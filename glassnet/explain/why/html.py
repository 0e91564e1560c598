"""The chain of factors as HTML: by itself, and beside the gradients of an account.

Takes a :class:`Chain`, gives a piece of HTML; :class:`Asides` serves the page of an account.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from glassnet.explain.account.account import Account
from glassnet.explain.account.html import entry_row, framed, sides_html
from glassnet.explain.account.steps import Step
from glassnet.explain.formula.mathml import INLINE, MATHML
from glassnet.explain.formula.tree import Formula, Num
from glassnet.explain.why.chain import Chain
from glassnet.explain.why.paths import Path
from glassnet.html import Html, element, join
from glassnet.translation import _

__all__ = ["Asides", "chain_html"]

# An account of more steps or weights tells no weight's way to the loss; e.why does.
_MOST_STEPS, _MOST_WEIGHTS = 100, 10_000


def chain_html(chain: Chain) -> str:
    """Return the chain of factors as a piece of HTML."""
    inner = [element("h2", _title(chain)), *_parts(chain, "details", "summary", is_open=True)]
    return framed(element("section", *inner, class_="backward why"))


class Asides:
    """What stands beside the gradient of a weight: why its largest entry is what it is.

    Parameters
    ----------
    account : Account
    why : callable
        Gives the chain of an entry, by the name of its value and its index.
    digits : int
    """

    def __init__(self, account: Account, why: Callable[[str, Any], Chain], digits: int) -> None:
        self.why = why
        self.digits = digits
        weights = [name for name in account.given if f"new {name}" in account]
        count = sum(account[name].size for name in weights)
        is_short = len(account.steps) <= _MOST_STEPS and count <= _MOST_WEIGHTS
        # Following every path through a large network would take long.
        self.weights = {f"d{name}": name for name in weights if is_short and account[name].ndim > 1}

    def of(self, step: Step) -> Html:
        """Return the chain of the largest entry of a step, closed; empty for other steps."""
        name = self.weights.get(step.name)
        if name is None or step.stage != "backward" or not step.focus:
            return Html("")
        if not np.isfinite(step.value).all():
            return Html("")
        chain = replace(self.why(name, step.focus[0]), digits=self.digits)
        parts = _parts(chain, "div", "h3")
        return element("details", element("summary", _title(chain)), *parts, class_="why")


def _title(chain: Chain) -> str:
    return chain.title.replace("-", "−")


def _parts(chain: Chain, box: str, head: str, is_open: bool = False) -> Iterator[Html]:
    """Yield the chain of factors without its title, every path in a box with a head."""
    if not chain.paths:
        yield element("p", chain.nothing())
        if chain.dead_end is not None:
            yield _path(chain, chain.dead_end, box, head, is_open)
    if chain.path_count > 1:
        yield element("p", chain.counted())
    for path in chain.paths:
        yield _path(chain, path, box, head, is_open)
    if chain.path_count > 1:
        total = element("strong", "= ", _written(Num(chain.value), chain))
        written = _written(chain.sum, chain)
        yield element("p", _("Sum of all paths"), ": ", written, " ", total, class_="sum")
    if chain.moves:
        rows = (entry_row(move, chain.digits, True) for move in chain.moves)
        yield element("p", chain.moving, class_="sum")
        yield element("div", *rows, class_="entries")


def _written(formula: Formula, chain: Chain) -> Html:
    return Html(INLINE.write(formula, True, chain.digits))


def _path(chain: Chain, path: Path, box: str, head: str, is_open: bool) -> Html:
    route = Html(" → ".join(INLINE.write(ref) for ref in path.route))
    rows = element("div", *_factor_rows(chain, path), class_="entries")
    return element(box, element(head, route), rows, open=is_open)


def _factor_rows(chain: Chain, path: Path) -> Iterator[Html]:
    for factor in path.factors:
        _left, symbols, numbers = chain.row(factor, INLINE)
        *before, result = numbers.split(" = ")
        sides = sides_html([side for side in (symbols, *before) if side], True)
        yield _row(Html(MATHML.equation([factor.symbol], chain.digits)), sides, Html(result))
    if len(path.factors) > 1 and path is not chain.dead_end:
        written = element("span", "= ", _written(path.product, chain))
        yield _row(_("product"), written, _written(Num(path.number), chain))


def _row(left: str, sides: Html, result: Html) -> Html:
    strong = element("strong", "= ", result)
    return join(element("b", left), element("div", sides, strong))
