"""The account as LaTeX.

Takes an :class:`Account`, gives an ``align*`` a stage. ``net.explain(...).latex()`` calls it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby

from glassnet.explain.account.account import Account
from glassnet.explain.account.steps import Entry, Fold, Step
from glassnet.explain.account.text import stage_title
from glassnet.explain.formula.latex import LATEX
from glassnet.explain.formula.tree import Num, Ref
from glassnet.translation import plural

__all__ = ["account_latex"]


def account_latex(account: Account, folds: Mapping[str, Fold], digits: int) -> str:
    """Return the whole account: a paragraph and an ``align*`` a stage."""
    parts = []
    for stage, steps in groupby(account.steps, key=lambda step: step.stage):
        lines: list[str] = []
        for step in steps:
            lines += _step(step, folds[step.name], digits)
        inner = " \\\\\n".join(lines)
        title = LATEX.words(stage_title(stage)).replace(r"\text", r"\paragraph", 1)
        parts.append(f"{title}\n\\begin{{align*}}\n{inner}\n\\end{{align*}}")
    return "\n\n".join(parts)


def _step(step: Step, fold: Fold, digits: int) -> Iterator[str]:
    formula = LATEX.write(step.formula, digits=digits)
    yield f"{LATEX.name(step.name)} &= {formula}"
    if step.chain:
        left, *sides = (LATEX.write(side) for side in step.chain)
        yield f"{left} &= {' = '.join(sides)}"
    for entry in step.entries(fold, digits):
        yield _entry(entry, digits)
    left_out = step.left_out(fold)
    if left_out:
        yield "& " + LATEX.words(plural("… and {n} more", "… and {n} more", left_out))


def _entry(entry: Entry, digits: int) -> str:
    left = LATEX.write(Ref(entry.left.name, entry.left.index))
    numbers = LATEX.write(entry.inner or entry.formula, True, digits)
    result = LATEX.write(Num(entry.number), digits=digits + entry.more_digits)
    right = numbers if numbers == result else f"{numbers} = {result}"
    return f"{left} &= {right}"
