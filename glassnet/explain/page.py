"""The account as HTML: steps that open and close, formulas as MathML; nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from glassnet.explain.plain import (
    array_text,
    essential,
    givens,
    how_to_read,
    meaning_of,
    memory_text,
    stage_title,
)
from glassnet.explain.scripts import MATHML, SIGNS, SYMBOLS, Script, name_text
from glassnet.explain.steps import Entry, Fold, Step
from glassnet.explain.terms import Num, Ref, multiply
from glassnet.graph import shape_text
from glassnet.numbers import number_text, split_exponent
from glassnet.quoting import html_text
from glassnet.translation import _, plural

if TYPE_CHECKING:
    from glassnet.explain.account import Explanation
    from glassnet.explain.why import Path as WhyPath
    from glassnet.explain.why import Why

__all__ = ["account_html", "account_page", "why_html"]

_STYLE = Path(__file__).with_name("style.css")

# An account of more steps begins closed.
_MOST_OPEN = 30
# An account of more steps or weights tells no weight's way to the loss; e.why does.
_MOST_STEPS, _MOST_WEIGHTS = 100, 10_000
# So many numbers stand beside a closed step.
_PREVIEW = 4


class _Inline(Script):
    """Formulas of numbers as running HTML, which breaks into lines as text does."""

    def number(self, text: str) -> str:
        mantissa, exponent = (part.replace("-", "−") for part in split_exponent(text))
        return f"{mantissa}·10<sup>{exponent}</sup>" if exponent else mantissa

    def name(self, name: str) -> str:
        # As in the equations: a variable looks the same wherever it stands.
        lead = "new " if name.startswith("new ") else ""
        return f"{lead}<math>{MATHML.name(name.removeprefix('new '))}</math>"

    def entry(self, name: str, index: tuple[int, ...]) -> str:
        return f"{self.name(name)}<small>[{','.join(map(str, index))}]</small>"

    def negative(self, text: str) -> str:
        return f"−{text}"

    def square(self, text: str) -> str:
        return f"{text}<sup>2</sup>"

    def power(self, base: str, exponent: str) -> str:
        return f"{base}<sup>{exponent}</sup>"

    def sign(self, sign: str) -> str:
        return f" {html_text(SIGNS.get(sign, sign))} "

    def words(self, text: str) -> str:
        return html_text(text)


INLINE = _Inline(minus=" − ")


def account_page(
    explanation: Explanation, unfold: bool | str | Collection[str], digits: int
) -> str:
    """Return the account as a whole page."""
    title = html_text(explanation.title)
    body = account_html(explanation, unfold, digits)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><title>{title}</title></head>'
        f'<body class="glassnet-page"><main>\n{body}</main></body></html>\n'
    )


def account_html(
    explanation: Explanation, unfold: bool | str | Collection[str], digits: int
) -> str:
    """Return the account as a piece of HTML, for a notebook or a page."""
    parts = [_head(explanation), _drawing(explanation), _buttons(), _given(explanation, digits)]
    is_open = len(explanation.steps) <= _MOST_OPEN
    closed = {f"new {name}" for name in explanation.slots}
    chains, prose = _Chains(explanation, digits), _Prose(explanation.names)
    for stage, steps in groupby(explanation.steps, key=lambda step: step.stage):
        inner = [
            _step(
                step,
                explanation.fold(unfold, step.name),
                digits,
                is_open and step.name not in closed,
                chains.of(step),
                prose,
            )
            for step in steps
        ]
        title = html_text(stage_title(stage))
        parts.append(f'<section class="{stage}"><h2>{title}</h2>\n{"".join(inner)}</section>')
    return _framed("\n".join(parts))


def _framed(inner: str) -> str:
    style = _STYLE.read_text(encoding="utf-8")
    return f'<div class="glassnet-explain"><style>{style}</style>\n{inner}\n</div>'


def _buttons() -> str:
    """Return buttons that open and close all steps."""
    found = "this.closest('.glassnet-explain').querySelectorAll('details')"
    texts = {"true": _("open all"), "false": _("close all")}
    buttons = "".join(
        f'<button type="button" onclick="{found}.forEach(one => one.open = {state})">'
        f"{html_text(text)}</button>"
        for state, text in texts.items()
    )
    return f'<p class="buttons">{buttons}</p>'


def _head(explanation: Explanation) -> str:
    notes = [*explanation.notes, how_to_read(explanation)]
    items = "".join(f"<li>{html_text(note)}</li>" for note in notes)
    text = f"<h1>{html_text(explanation.title)}</h1>"
    if explanation.answers:
        answers = "<br>".join(_with_minus(answer) for answer in explanation.answers)
        text += f'<p class="answers">{answers}</p>'
    text += f'<ul class="notes">{items}</ul>'
    if explanation.trouble is None:
        return text
    return f'{text}<p class="trouble">{html_text(str(explanation.trouble))}</p>'


def _with_minus(text: str) -> str:
    """Return text as HTML, its numbers with a real minus and powers of ten."""
    number = r"(?<![\w.-])-?\d[\d.]*(?:e-?\d+)?(?!\w)"
    return re.sub(number, lambda match: INLINE.number(match[0]), html_text(text))


def _drawing(explanation: Explanation) -> str:
    """Return the diagram of the network; a page needs no names of where SVG is defined."""
    if explanation.diagram is None:
        return ""
    svg = re.sub(r' xmlns="[^"]*"', "", explanation.diagram.svg, count=1)
    return f'<div class="network">{svg}</div>'


def _given(explanation: Explanation, digits: int) -> str:
    table = _table(explanation, digits, essential(explanation))
    if explanation.slots:
        text = memory_text(explanation)
        inner = _table(explanation, digits, explanation.slots)
        summary = html_text(text[:1].upper() + text[1:])
        table += f'<details class="memory"><summary>{summary}</summary>{inner}</details>'
    title = html_text(_("Given"))
    return f'<section class="given"><h2>{title}</h2>{table}</section>'


def _table(explanation: Explanation, digits: int, names: Collection[str]) -> str:
    rows = []
    for name, (_left, right) in zip(names, givens(explanation, digits, names), strict=True):
        left = INLINE.name(name)
        if name in SYMBOLS:
            left += f" <small>{html_text(name)}</small>"
        value = _with_powers(html_text(right))
        meaning = meaning_of(explanation, name, digits)
        value += f"<br><small>{_with_minus(meaning)}</small>" if meaning else ""
        rows.append(f"<tr><th>{left}</th><td>{value}</td></tr>")
    return f"<table>{''.join(rows)}</table>"


def _with_powers(text: str) -> str:
    """Return written numbers as HTML has them: 1e-8 as a power of ten."""
    return re.sub(r"-?\d[\d.]*(?:e-?\d+)?", lambda match: INLINE.number(match[0]), text)


class _Chains:
    """Adds to the gradient of a weight why its largest entry is what it is, from there to the loss.

    Parameters
    ----------
    explanation : Explanation
    digits : int
    """

    def __init__(self, explanation: Explanation, digits: int) -> None:
        self.explanation = explanation
        self.digits = digits
        weights = [name for name in explanation.given if f"new {name}" in explanation]
        count = sum(explanation[name].size for name in weights)
        is_short = len(explanation.steps) <= _MOST_STEPS and count <= _MOST_WEIGHTS
        # Following every path through a large network would take long.
        self.weights = {
            f"d{name}": name for name in weights if is_short and explanation[name].ndim > 1
        }

    def of(self, step: Step) -> str:
        """Return the chain of the largest entry of a step, closed; empty for other steps."""
        name = self.weights.get(step.name)
        if name is None or step.stage != "backward" or not step.focus:
            return ""
        if not np.isfinite(step.value).all():
            return ""
        why = replace(self.explanation.why(name, step.focus[0]), digits=self.digits)
        title = html_text(why.title.replace("-", "−"))
        inner = "".join(_why_parts(why, "div", "h3"))
        return f'<details class="why"><summary>{title}</summary>{inner}</details>'


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

    def html(self, text: str) -> str:
        """Return a text as HTML."""
        if not self.names:
            return html_text(text)
        return self.pattern.sub(lambda found: INLINE.name(self.names[found[1]]), html_text(text))


def _function(text: str) -> str:
    """Return the definition of a function: its variable as in equations, and printed signs."""
    for sign, printed in SIGNS.items():
        text = text.replace(sign, printed)
    written = html_text(text.replace("-", "−"))
    return re.sub(r"(?<![\w.&])([a-z])(?![\w(;])", lambda found: INLINE.name(found[1]), written)


def _step(step: Step, fold: Fold, digits: int, is_open: bool, chain: str, prose: _Prose) -> str:
    state = " open" if is_open else ""
    summary, body = _summary(step, digits), _body(step, fold, digits, prose) + chain
    return f"<details{state}><summary>{summary}</summary>{body}</details>\n"


def _summary(step: Step, digits: int) -> str:
    equation = MATHML.equation([Ref(step.name), step.formula], digits)
    shape = f"<code>{html_text(shape_text(step.shape))}</code>" if step.shape else ""
    return f'{equation}{shape}<span class="preview">{_preview(step.value, digits)}</span>'


def _preview(array: np.ndarray, digits: int) -> str:
    """Return a few numbers, or between which they lie."""
    few = array.size <= _PREVIEW
    chosen = array.reshape(-1) if few else (array.min(), array.max())
    numbers = [INLINE.number(number_text(float(number), digits)) for number in chosen]
    return (", " if few else " … ").join(numbers)


def _body(step: Step, fold: Fold, digits: int, prose: _Prose) -> str:
    parts = []
    if step.title:
        parts.append(f'<p class="title">{prose.html(step.title)}</p>')
    if step.chain:
        sides = [MATHML.equation(step.chain, digits)]
        for slope in step.slopes:
            values = f" = {array_text(slope.numbers, digits)}" if slope.numbers else ""
            values = "" if isinstance(slope.right, Num) else _with_minus(values)
            sides.append(f"{MATHML.equation([slope.left, slope.right], digits)}{values}")
        parts.append(f'<div class="chain"><div>{"</div><div>".join(sides)}</div></div>')
    parts += [f'<p class="function">{_function(text)}</p>' for _name, text in step.functions]
    rows = [
        _entry(entry, digits, place == 0, step.unit_of(entry))
        for place, entry in enumerate(step.entries(fold, digits))
    ]
    parts.append(f'<div class="entries">{"".join(rows)}</div>')
    left = step.left_out(fold)
    if left:
        parts.append(f'<p class="more">{plural("… and {n} more", "… and {n} more", left)}</p>')
    return "".join(parts)


def _entry(entry: Entry, digits: int, is_first: bool, unit: str = "") -> str:
    """Return a row: the name, what it is made of, the number, what it stands for."""
    result = INLINE.write(Num(entry.number), digits=digits + entry.more_digits)
    digits = entry.digits_written(digits)
    numbers = INLINE.write(entry.inner or entry.formula, True, digits)
    sides = [INLINE.write(entry.formula)] if is_first else []
    if numbers != result:
        sides.append(numbers)
    if is_first and entry.shares is not None:
        sides.append(INLINE.write(entry.shares, True, digits))
    shown = _spans(sides, is_first)
    shown += f"<strong>= {result}</strong>"
    shown += f" <em>{html_text(unit)}</em>" if unit else ""
    return f"<b>{INLINE.write(entry.left)}</b><div>{shown}</div>"


def _spans(sides: list[str], has_symbols: bool) -> str:
    """Return sides of an equation; symbols stand in a line of their own if numbers follow."""
    first = ' class="symbols"' if has_symbols and len(sides) > 1 else ""
    return "".join(
        f"<span{'' if place else first}>= {side}</span>" for place, side in enumerate(sides)
    )


# Why -----------------------------------------------------------------------------------------


def why_html(why: Why) -> str:
    """Return the chain of factors as a piece of HTML."""
    title = html_text(why.title.replace("-", "−"))
    inner = "".join([f"<h2>{title}</h2>", *_why_parts(why, "details open", "summary")])
    return _framed(f'<section class="backward why">{inner}</section>')


def _why_parts(why: Why, box: str, head: str) -> Iterator[str]:
    """Yield the chain of factors without its title, every path in a box with a head."""
    if not why.paths:
        yield f"<p>{html_text(why.nothing())}</p>"
        if why.dead_end is not None:
            yield _path(why, why.dead_end, box, head)
    if why.path_count > 1:
        yield f"<p>{html_text(why.counted())}</p>"
    for path in why.paths:
        yield _path(why, path, box, head)
    if why.path_count > 1:
        written = INLINE.write(why.sum, True, why.digits)
        total = INLINE.write(Num(why.value), digits=why.digits)
        label = html_text(_("Sum of all paths"))
        yield f'<p class="sum">{label}: {written} <strong>= {total}</strong></p>'
    if why.moves:
        yield _moved(why)


def _moved(why: Why) -> str:
    rows = "".join(_entry(move, why.digits, True) for move in why.moves)
    return f'<p class="sum">{html_text(why.moving)}</p><div class="entries">{rows}</div>'


def _path(why: Why, path: WhyPath, box: str, head: str) -> str:
    route = " → ".join(INLINE.write(ref) for ref in path.route)
    rows = "".join(_factor_rows(why, path))
    body = f'<div class="entries">{rows}</div>'
    return f"<{box}><{head}>{route}</{head}>{body}</{box.split()[0]}>"


def _factor_rows(why: Why, path: WhyPath) -> Iterator[str]:
    for factor in path.factors:
        left = MATHML.equation([factor.symbol], why.digits)
        _left, symbols, numbers = why.row(factor, INLINE)
        *before, result = numbers.split(" = ")
        sides = _spans([side for side in (symbols, *before) if side], True)
        yield f"<b>{left}</b><div>{sides}<strong>= {result}</strong></div>"
    if len(path.factors) > 1 and path is not why.dead_end:
        product = multiply(Ref("factor", None, factor.number) for factor in path.factors)
        written = INLINE.write(product, True, why.digits)
        total = INLINE.write(Num(path.number), digits=why.digits)
        name = html_text(_("product"))
        yield f"<b>{name}</b><div><span>= {written}</span><strong>= {total}</strong></div>"
