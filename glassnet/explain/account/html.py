"""The account as HTML: steps that open and close, formulas as MathML; nothing from elsewhere.

Takes an :class:`Account`, how much of each step is written out, the diagram as SVG, and what
stands beside a step (the chain of factors of a gradient); gives a piece of HTML. ``net.explain``
shows it in notebooks and saves it as a page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from itertools import groupby
from pathlib import Path

import numpy as np

from glassnet.explain.account.account import Account
from glassnet.explain.account.steps import Entry, Fold, Step
from glassnet.explain.account.text import (
    array_text,
    essential,
    givens,
    how_to_read,
    meaning_of,
    memory_text,
    stage_title,
)
from glassnet.explain.formula.mathml import INLINE, MATHML
from glassnet.explain.formula.tree import Formula, Num, Ref
from glassnet.explain.formula.typeset import SIGNS, SYMBOLS, name_text
from glassnet.graph import shape_text
from glassnet.html import Html, element, join, page, table
from glassnet.numbers import number_text
from glassnet.quoting import html_text
from glassnet.translation import _, plural

__all__ = ["account_html", "account_page", "entry_row", "framed", "sides_html"]

_STYLE = Path(__file__).with_name("style.css")

# An account of more steps begins closed.
_MOST_OPEN = 30
# So many numbers stand beside a closed step.
_PREVIEW = 4


def account_page(title: str, account: str) -> str:
    """Return an account that is HTML already as a whole page."""
    inner = element("main", Html(f"\n{account}"))
    return page(title, element("body", inner, class_="glassnet-page"))


def account_html(
    account: Account,
    folds: Mapping[str, Fold],
    digits: int,
    picture: str,
    beside: Callable[[Step], Html],
) -> Html:
    """Return the account as a piece of HTML, for a notebook or a page."""
    parts = [_head(account), _drawing(picture), _buttons(), _given(account, digits)]
    is_open = len(account.steps) <= _MOST_OPEN
    closed = {f"new {name}" for name in account.slots}
    prose = _Prose(account.names)
    for stage, steps in groupby(account.steps, key=lambda step: step.stage):
        inner = [
            element(
                "details",
                element("summary", _summary(step, digits)),
                _body(step, folds[step.name], digits, prose),
                beside(step),
                open=is_open and step.name not in closed,
            )
            for step in steps
        ]
        lines = join(*(part for one in inner for part in (one, "\n")))
        head = element("h2", stage_title(stage))
        parts.append(element("section", head, "\n", lines, class_=stage))
    return framed(Html("\n".join(parts)))


def framed(inner: Html) -> Html:
    """Return a piece of an account with the style sheet that it needs."""
    style = element("style", Html(_STYLE.read_text(encoding="utf-8")))
    return element("div", style, "\n", inner, "\n", class_="glassnet-explain")


def _buttons() -> Html:
    """Return buttons that open and close all steps."""
    found = "this.closest('.glassnet-explain').querySelectorAll('details')"
    texts = {"true": _("open all"), "false": _("close all")}
    action = found + ".forEach(one => one.open = {})"
    buttons = [
        element("button", text, type="button", onclick=Html(action.format(state)))
        for state, text in texts.items()
    ]
    return element("p", *buttons, class_="buttons")


def _head(account: Account) -> Html:
    answers = [part for one in account.answers for part in (Html("<br>"), _with_minus(one))][1:]
    notes = [element("li", note) for note in (*account.notes, how_to_read(account))]
    return join(
        element("h1", account.title),
        element("p", *answers, class_="answers") if answers else None,
        element("ul", *notes, class_="notes"),
        None if account.trouble is None else element("p", account.trouble, class_="trouble"),
    )


def _with_minus(text: str) -> Html:
    """Return text as HTML, its numbers with a real minus and powers of ten."""
    number = r"(?<![\w.-])-?\d[\d.]*(?:e-?\d+)?(?!\w)"
    return Html(re.sub(number, lambda match: INLINE.number(match[0]), html_text(text)))


def _drawing(picture: str) -> Html:
    """Return the diagram of the network; a page needs no names of where SVG is defined."""
    if not picture:
        return Html("")
    return element("div", Html(re.sub(r' xmlns="[^"]*"', "", picture, count=1)), class_="network")


def _given(account: Account, digits: int) -> Html:
    memory = None
    if account.slots:
        text = memory_text(account)
        inner = _table(account, digits, account.slots)
        memory = element(
            "details", element("summary", text[:1].upper() + text[1:]), inner, class_="memory"
        )
    shown = _table(account, digits, essential(account))
    return element("section", element("h2", _("Given")), shown, memory, class_="given")


def _table(account: Account, digits: int, names: Collection[str]) -> Html:
    rows = []
    for name, (_left, right) in zip(names, givens(account, digits, names), strict=True):
        letter = Html(INLINE.name(name))
        left = join(letter, " ", element("small", name)) if name in SYMBOLS else letter
        meaning = meaning_of(account, name, digits)
        below = join(Html("<br>"), element("small", _with_minus(meaning))) if meaning else None
        cells = element("th", left), element("td", _with_powers(right), below)
        rows.append(element("tr", *cells))
    return table(rows)


def _with_powers(text: str) -> Html:
    """Return written numbers as HTML has them: 1e-8 as a power of ten."""
    number = r"-?\d[\d.]*(?:e-?\d+)?"
    return Html(re.sub(number, lambda match: INLINE.number(match[0]), html_text(text)))


class _Prose:
    """Sets the variables in a sentence as equations have them.

    Parameters
    ----------
    names : collection of str
        Of all values there are.
    """

    def __init__(self, names: Collection[str]) -> None:
        written = {name_text(name): name for name in names if not name.startswith("new ")}
        # A name that is a word, or "a", may be meant as one.
        self.names = {
            html_text(text): name
            for text, name in written.items()
            if text not in "aAI" and (len(text) == 1 or not text.isascii())
        }
        longest = sorted(self.names, key=len, reverse=True)
        self.pattern = re.compile(rf"(?<![\w&;])({'|'.join(map(re.escape, longest))})(?!\w)")

    def html(self, text: str) -> Html:
        """Return a text as HTML."""
        if not self.names:
            return join(text)
        written = html_text(text)
        return Html(self.pattern.sub(lambda found: INLINE.name(self.names[found[1]]), written))


def _function(text: str) -> Html:
    """Return the definition of a function: its variable as in equations, and printed signs."""
    for sign, printed in SIGNS.items():
        text = text.replace(sign, printed)
    written = html_text(text.replace("-", "−"))
    letter = r"(?<![\w.&])([a-z])(?![\w(;])"
    return Html(re.sub(letter, lambda found: INLINE.name(found[1]), written))


def _summary(step: Step, digits: int) -> Html:
    shape = element("code", shape_text(step.shape)) if step.shape else None
    preview = element("span", _preview(step.value, digits), class_="preview")
    return join(_equation([Ref(step.name), step.formula], digits), shape, preview)


def _equation(sides: list[Formula], digits: int) -> Html:
    return Html(MATHML.equation(sides, digits))


def _preview(array: np.ndarray, digits: int) -> Html:
    """Return a few numbers, or between which they lie."""
    few = array.size <= _PREVIEW
    chosen = array.reshape(-1) if few else (array.min(), array.max())
    numbers = [INLINE.number(number_text(float(number), digits)) for number in chosen]
    return Html((", " if few else " … ").join(numbers))


def _body(step: Step, fold: Fold, digits: int, prose: _Prose) -> Html:
    rows = [
        entry_row(entry, digits, place == 0, step.unit_of(entry))
        for place, entry in enumerate(step.entries(fold, digits))
    ]
    left = step.left_out(fold)
    more = plural("… and {n} more", "… and {n} more", left)
    return join(
        element("p", prose.html(step.title), class_="title") if step.title else None,
        element("div", *_chain(step, digits), class_="chain") if step.chain else None,
        *(element("p", _function(text), class_="function") for _name, text in step.functions),
        element("div", *rows, class_="entries"),
        element("p", more, class_="more") if left else None,
    )


def _chain(step: Step, digits: int) -> list[Html]:
    """Return the chain rule of a gradient, then its slopes with their numbers."""
    lines = [element("div", _equation(step.chain, digits))]
    for slope in step.slopes:
        is_told = slope.numbers and not isinstance(slope.right, Num)
        numbers = _with_minus(f" = {array_text(slope.numbers, digits)}") if is_told else None
        lines.append(element("div", _equation([slope.left, slope.right], digits), numbers))
    return lines


def entry_row(entry: Entry, digits: int, is_first: bool, unit: str = "") -> Html:
    """Return a row: the name, what it is made of, the number, what it stands for."""
    result = INLINE.write(Num(entry.number), digits=digits + entry.more_digits)
    digits = entry.digits_written(digits)
    numbers = INLINE.write(entry.inner or entry.formula, True, digits)
    sides = [INLINE.write(entry.formula)] if is_first else []
    if numbers != result:
        sides.append(numbers)
    if is_first and entry.shares is not None:
        sides.append(INLINE.write(entry.shares, True, digits))
    meaning = join(" ", element("em", unit)) if unit else None
    shown = element("div", sides_html(sides, is_first), _result(result), meaning)
    return join(element("b", Html(INLINE.write(entry.left))), shown)


def _result(text: str) -> Html:
    return element("strong", "= ", Html(text))


def sides_html(sides: list[str], has_symbols: bool) -> Html:
    """Return sides of an equation; symbols stand in a line of their own if numbers follow."""
    first = "symbols" if has_symbols and len(sides) > 1 else None
    return join(
        *(
            element("span", "= ", Html(side), class_=None if place else first)
            for place, side in enumerate(sides)
        )
    )
