"""Formulas as small trees, to be written in symbols or in numbers.

The same tree gives ``x[0]·W₁[0,1] + b₁[1]`` and ``0.6·0.2 + 0.1``: a :class:`Ref` knows what a
value is called and what it is. A typesetter (:mod:`glassnet.explain.formula.typeset`) writes it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from glassnet.graph import REGISTRY, Op
from glassnet.graph.expression import divide as divide_numbers
from glassnet.graph.expression import names_in, power, scalar_function

__all__ = [
    "ONE",
    "ZERO",
    "Apply",
    "Formula",
    "Num",
    "Ref",
    "Rest",
    "add",
    "arguments_of",
    "call",
    "divide",
    "multiply",
    "negative",
    "partial",
    "rounded",
    "shares_of",
    "value_of",
]


@dataclass(frozen=True)
class Num:
    """A number of the rule itself, such as the 1 in 1 - a."""

    number: float


@dataclass(frozen=True)
class Ref:
    """A value of the network, or one entry of it, with its number where it is one.

    ``sub`` and ``layer`` are those of the guides' notation: ``w_12^(1)``.
    """

    name: str
    index: tuple[int, ...] | None = None
    number: float | None = None
    sub: str = ""
    layer: int | None = None


@dataclass(frozen=True)
class Rest:
    """Terms of a sum that are not written out: how many, and what they add up to."""

    count: int
    number: float
    are_paths: bool = False


@dataclass(frozen=True)
class Apply:
    """An operation on formulas.

    ``kind`` is one of: add, negative, multiply, hadamard, matrix, divide, square, power, transpose,
    call (of the function ``name``), sum (over the axis ``name``), partial (∂a/∂b), where, or a
    sign of comparison; in the guides' notation also activation and slope (of the activation
    ``name``), chain (a product of slopes), and group (brackets that stand in any case).
    """

    kind: str
    parts: tuple[Formula, ...]
    name: str = ""


Formula = Num | Ref | Rest | Apply

ZERO, ONE = Num(0.0), Num(1.0)


def add(parts: Iterable[Formula]) -> Formula:
    """Return a sum; sums within it are taken apart, zeros of the rule are left out."""
    flat: list[Formula] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Apply) and part.kind == "add" else [part])
    flat = [part for part in flat if part != ZERO]
    if len(flat) < 2:
        return flat[0] if flat else ZERO
    return Apply("add", tuple(flat))


def negative(part: Formula) -> Formula:
    """Return a formula with its sign turned."""
    if isinstance(part, Num):
        return Num(-part.number)
    if isinstance(part, Apply) and part.kind == "negative":
        return part.parts[0]
    return Apply("negative", (part,))


def multiply(parts: Iterable[Formula]) -> Formula:
    """Return a product; signs come first, then the numbers of the rule as one number."""
    flat: list[Formula] = []
    is_negative = False
    for part in parts:
        if isinstance(part, Apply) and part.kind == "negative":
            is_negative, part = not is_negative, part.parts[0]
        flat.extend(part.parts if isinstance(part, Apply) and part.kind == "multiply" else [part])
    number = math.prod(part.number for part in flat if isinstance(part, Num))
    if number == 0:
        return ZERO
    is_negative ^= number < 0
    flat = [part for part in flat if not isinstance(part, Num)]
    if abs(number) != 1:
        flat.insert(0, Num(abs(number)))
    product = Apply("multiply", tuple(flat)) if len(flat) > 1 else (flat[0] if flat else ONE)
    return negative(product) if is_negative else product


def divide(above: Formula, below: Formula) -> Formula:
    """Return a quotient."""
    if below == ONE:
        return above
    return ZERO if above == ZERO else Apply("divide", (above, below))


def call(name: str, *parts: Formula) -> Apply:
    """Return the value of a function."""
    return Apply("call", parts, name)


def partial(of: str | Ref, by: str | Ref) -> Formula:
    """Return ∂of/∂by, of two values by their names or entries."""
    return Apply("partial", tuple(one if isinstance(one, Ref) else Ref(one) for one in (of, by)))


def value_of(formula: Formula) -> float:
    """Return the number a scalar formula stands for, NaN where a value in it has no number."""
    if isinstance(formula, Num | Rest):
        return formula.number
    if isinstance(formula, Ref):
        return math.nan if formula.number is None else formula.number
    numbers = [value_of(part) for part in formula.parts]
    if formula.kind == "call":
        return _called(formula.name, numbers)
    return _ARITHMETIC[formula.kind](*numbers)


def rounded(formula: Formula, digits: int) -> Formula:
    """Return a formula whose numbers are those a reader sees."""
    if isinstance(formula, Apply):
        return replace(formula, parts=tuple(rounded(part, digits) for part in formula.parts))
    if formula.number is None:
        return formula
    return replace(formula, number=float(f"{formula.number:.{digits}g}"))


def shares_of(formula: Formula) -> list[Formula]:
    """Return what a formula adds up: the terms of a sum, also of one that is multiplied.

    >>> [value_of(one) for one in shares_of(multiply([Num(0.5), add([Num(2.0), Num(3.0)])]))]
    [1.0, 1.5]
    """
    if not isinstance(formula, Apply):
        return [formula]
    if formula.kind == "add":
        return list(formula.parts)
    if formula.kind == "negative":
        return [negative(one) for one in shares_of(formula.parts[0])]
    if formula.kind == "divide":
        above, below = formula.parts
        is_count = isinstance(below, Ref) and not below.index
        return [divide(one, below) for one in shares_of(above)] if is_count else [formula]
    if formula.kind == "multiply" and len(formula.parts) == 2:
        first, second = formula.parts
        return [Apply("multiply", (first, one)) for one in shares_of(second)]
    return [formula]


def _called(name: str, numbers: list[float]) -> float:
    if name in ("max", "min"):
        return max(numbers) if name == "max" else min(numbers)
    op = REGISTRY["log" if name == "ln" else name]
    if op.expression is None:
        raise ValueError(f"{name} is no function of single numbers")
    return float(scalar_function(op.expression, arguments_of(op))(*numbers))


def arguments_of(op: Op) -> tuple[str, ...]:
    """Return what an elementwise op is called with: its inputs, then its settings."""
    settings = [name for name in names_in(op.expression or "0") if name not in op.inputs]
    return (*op.inputs, *settings)


def _sum(*numbers: float) -> float:
    return math.fsum(numbers) if all(map(math.isfinite, numbers)) else sum(numbers)


_ARITHMETIC: dict[str, Callable[..., float]] = {
    "add": _sum,
    "negative": lambda x: -x,
    "multiply": lambda *numbers: math.prod(numbers),
    "divide": divide_numbers,
    "square": lambda x: x * x,
    "power": power,
    "where": lambda condition, yes, no: yes if condition else no,
    ">": lambda a, b: float(a > b),
    ">=": lambda a, b: float(a >= b),
    "<": lambda a, b: float(a < b),
    "<=": lambda a, b: float(a <= b),
    "==": lambda a, b: float(a == b),
    "!=": lambda a, b: float(a != b),
}
