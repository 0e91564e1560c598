"""The account as plain text for a terminal.

Takes an :class:`Account`, gives lines. ``print(net.explain(...))`` calls it; the other renderers
take their words from here.
"""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterator, Mapping
from itertools import groupby

from glassnet.explain.account.account import Account
from glassnet.explain.account.steps import Entry, Fold, Step
from glassnet.explain.formula.tree import Formula, Num
from glassnet.explain.formula.typeset import SYMBOLS, TEXT, name_text
from glassnet.graph import shape_text
from glassnet.quoting import visible
from glassnet.translation import _, plural

__all__ = [
    "account_text",
    "entry_lines",
    "essential",
    "memory_text",
    "stage_title",
    "step_text",
    "wrapped",
]

_BOLD, _DIM, _BLUE, _RED, _END = "\033[1m", "\033[2m", "\033[36m", "\033[31m", "\033[0m"


class Paint:
    """Colours of a terminal, or none."""

    def __init__(self, is_on: bool) -> None:
        self.is_on = is_on

    def __call__(self, text: str, code: str) -> str:
        if not self.is_on or not text:
            return text
        # Each line by itself: a pager shows lines one by one.
        return "\n".join(
            f"{code}{line}{_END}" if line.strip() else line for line in text.split("\n")
        )


def stage_title(stage: str) -> str:
    """Return what a stage is called."""
    return {
        "forward": _("Forward pass"),
        "loss": _("Loss"),
        "backward": _("Backward pass: the chain rule, from the loss back to every weight"),
        "update": _("Update: one step of the optimizer"),
    }[stage]


def account_text(
    account: Account,
    folds: Mapping[str, Fold],
    digits: int,
    width: int,
    color: bool,
) -> str:
    """Return the whole account."""
    paint = Paint(color)
    parts = list(_head(account, paint, digits, width))
    for stage, steps in groupby(account.steps, key=lambda step: step.stage):
        parts.append(_ruled(stage_title(stage), paint, width))
        for step in steps:
            parts.append(step_text(step, folds[step.name], digits, width, paint))
    if any(step.left_out(folds[step.name]) for step in account.steps):
        parts.append(paint(_("Folded parts are written out by text(unfold=True)."), _DIM))
    return "\n\n".join(parts)


def _ruled(title: str, paint: Paint, width: int, rule: str = "─") -> str:
    line = rule * min(max(4, *map(len, title.split("\n"))), width)
    return paint(title, _BOLD) + "\n" + paint(line, _DIM)


def _head(account: Account, paint: Paint, digits: int, width: int) -> Iterator[str]:
    yield _ruled(wrapped(account.title, width, 0), paint, width, "═")
    if account.answers:
        yield "\n".join(wrapped(answer, width, 2) for answer in account.answers)
    if account.trouble is not None:
        yield paint(wrapped(f"! {account.trouble}", width, 2), _RED)
    lines = [wrapped(f"- {note}", width, 2) for note in account.notes]
    lines.append(paint(wrapped(f"- {how_to_read(account)}", width, 2), _DIM))
    yield "\n".join(lines)
    lines = [_ruled(_("Given"), paint, width)]
    names, slots = essential(account), account.slots
    for name, (left, right) in zip(names, givens(account, digits, names), strict=True):
        lines.append(wrapped(f"{left} = {right}", width, len(left) + 3))
        meaning = meaning_of(account, name, digits)
        lines += [paint(wrapped(f"    {meaning}", width, 4), _DIM)] if meaning else []
    if slots:
        lines.append(paint(wrapped(memory_text(account), width, 2), _DIM))
        if all(not account[name].any() for name in slots):
            lines.append(wrapped("  " + ", ".join(map(name_text, slots)) + " = 0", width, 2))
        else:
            lines += [
                wrapped(f"  {left} = {right}", width, len(left) + 5)
                for left, right in givens(account, digits, slots)
            ]
    yield "\n".join(lines)


def how_to_read(account: Account) -> str:
    """Return how indices and signs are meant."""
    if account.is_single:
        rows = _("one sample, so values of units have one index, counted from 0")
    else:
        rows = _("values of units are indexed [sample, unit], counted from 0")
    return rows + "; " + _("⊙ multiplies entry by entry, ᵀ transposes")


def essential(account: Account) -> list[str]:
    """Return the names of what the pass begins with, without the optimizer's memory."""
    slots = set(account.slots)
    return [name for name in account.given if name not in slots]


def givens(account: Account, digits: int, names: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield what the pass begins with: name and value, in text."""
    for name in names:
        array = account[name]
        left = f"{name} ({name_text(name)})" if name in SYMBOLS else name_text(name)
        if array.size <= 12:
            yield left, array_text(array.tolist(), digits)
        else:
            is_even = _low(array) == _high(array)
            words = _("{shape}, all {low}") if is_even else _("{shape}, from {low} to {high}")
            low, high = (TEXT.write(_number(f(array)), digits=digits) for f in (_low, _high))
            yield left, words.format(shape=unbroken(shape_text(array.shape)), low=low, high=high)


# So many features are named one by one.
_MOST_FEATURES = 32


def meaning_of(account: Account, name: str, digits: int) -> str:
    """Return what given numbers stand for: features with their values, the class of a target."""
    if name == "x" and 0 < len(account.words.features) <= _MOST_FEATURES:
        features = account.words.features
        if not account.is_single:
            return units_text(dict(enumerate(features)))
        pairs = zip(features, account["x"].tolist(), strict=True)
        return ", ".join(
            f"{unbroken(feature)}\u00a0=\u00a0{array_text(number, digits)}"
            for feature, number in pairs
        )
    classes = account.words.classes
    if name == "y" and classes and account.is_single:
        values = account["y"].reshape(-1)
        place = int(values.argmax()) if len(values) > 1 else round(float(values[0]))
        said = classes[place] if 0 <= place < len(classes) else ""
        # A class that is called by its number is told already.
        return "" if values.size == 1 and said == array_text(values[0], digits) else said
    return ""


def memory_text(account: Account) -> str:
    """Return what the optimizer's memory is at the start of the pass, in words."""
    slots = account.slots
    if all(not account[name].any() for name in slots):
        return plural(
            "the optimizer's memory: {n} value, all 0 before the first step",
            "the optimizer's memory: {n} values, all 0 before the first step",
            len(slots),
        )
    return plural(
        "the optimizer's memory: {n} value from the steps before",
        "the optimizer's memory: {n} values from the steps before",
        len(slots),
    )


def units_text(names: Mapping[int, str]) -> str:
    """Return what units stand for: "0 setosa, 1 versicolor"."""
    return ", ".join(f"{place}\u00a0{unbroken(name)}" for place, name in names.items())


def array_text(value: object, digits: int) -> str:
    """Return a small array with its brackets."""
    if isinstance(value, list):
        return "[" + ", ".join(array_text(one, digits) for one in value) + "]"
    return TEXT.write(_number(value), digits=digits)


def _low(array: object) -> float:
    return float(array.min())  # type: ignore[attr-defined]


def _high(array: object) -> float:
    return float(array.max())  # type: ignore[attr-defined]


def _number(value: object) -> Formula:
    return Num(float(value))  # type: ignore[arg-type]


def step_text(
    step: Step, fold: Fold, digits: int, width: int = 80, paint: Paint | None = None
) -> str:
    """Return one step: equation, reason, entries."""
    paint = paint or Paint(False)
    head = f"{name_text(step.name)} = {TEXT.write(step.formula, digits=digits)}"
    shape = _("shape {shape}").format(shape=unbroken(shape_text(step.shape))) if step.shape else ""
    about = ", ".join(part for part in (step.title, shape) if part)
    lines = [paint(wrapped(head, width, 4), _BLUE)]
    if about:
        lines.append(paint(wrapped(f"  {about}", width, 2), _DIM))
    if step.chain:
        sides = " = ".join(TEXT.write(side) for side in step.chain)
        lines.append(paint(wrapped(f"  {sides}", width, 4), _DIM))
        for slope in step.slopes:
            text = f"  {TEXT.write(slope.left)} = {TEXT.write(slope.right)}"
            if slope.numbers and not isinstance(slope.right, Num):
                text += f" = {array_text(slope.numbers, digits)}"
            lines.append(paint(wrapped(text, width, 4), _DIM))
    for _name, text in step.functions:
        lines.append(paint(wrapped(f"  {text}", width, 4), _DIM))
    entries = list(step.entries(fold, digits))
    if step.units:
        names = {entry.left.index[-1]: step.unit_of(entry) for entry in entries if entry.left.index}
        text = _("units: {names}").format(names=units_text(names))
        lines.append(paint(wrapped(f"  {text}", width, 4), _DIM))
    for place, entry in enumerate(entries):
        lines += entry_lines(entry, digits, width, place == 0)
    left = step.left_out(fold)
    if left:
        lines.append(paint("  " + plural("… and {n} more", "… and {n} more", left), _DIM))
    return "\n".join(lines)


def sides_of(entry: Entry, digits: int, with_symbols: bool) -> list[str]:
    """Return what stands between the signs of equality, without the left side."""
    total = digits + entry.more_digits
    sides = [TEXT.write(entry.formula)] if with_symbols else []
    digits = entry.digits_written(digits)
    numbers = TEXT.write(entry.formula, True, digits)
    if entry.inner is not None:
        sides.append(TEXT.write(entry.inner, True, digits))
    else:
        sides.append(numbers)
    if with_symbols and entry.shares is not None:
        shares = TEXT.write(entry.shares, True, digits)
        sides += [] if shares == sides[-1] else [shares]
    result = TEXT.write(_number(entry.number), digits=total)
    if sides[-1] != result:
        sides.append(result)
    elif len(sides) > 1 and sides[-1] == sides[-2]:
        sides.pop()
    return sides


def entry_lines(entry: Entry, digits: int, width: int, is_first: bool) -> list[str]:
    """Return the lines of one entry; the first of a step shows its symbols, too."""
    left = "  " + TEXT.write(entry.left)
    sides = sides_of(entry, digits, is_first)
    whole = left + "".join(f" = {side}" for side in sides)
    if len(whole) <= width and not is_first:
        return [whole]
    pad = " " * len(left)
    lines = []
    for place, side in enumerate(sides):
        start = (left if place == 0 else pad) + " = "
        lines.append(wrapped(start + side, width, len(left) + 3))
    return lines


def unbroken(text: str) -> str:
    """Return a text that :func:`wrapped` does not break."""
    return text.replace(" ", "\u00a0")


def wrapped(text: str, width: int, indent: int) -> str:
    """Return a text broken into lines, those after the first indented."""
    lead = len(text) - len(text.lstrip())
    lines = textwrap.wrap(
        visible(text.lstrip(), "\n\t"), max(width, 40), initial_indent=" " * lead,
        subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    return "\n".join(lines).replace("\u00a0", " ")
