"""Reads the text of an account back: each line of arithmetic, to be computed again."""

import math
import re
from dataclasses import dataclass

import glassnet.ops  # noqa: F401  fills the registry
from glassnet.explain.formula.tree import arguments_of
from glassnet.graph import REGISTRY
from glassnet.graph.expression import scalar_function

NUMBER = re.compile(r"(?<![\w₀-₉.])\d+(?:\.\d+)?(?:e-?\d+)?")
ENTRY = re.compile(r"  ((?:new )?[^\W\d][\w₀-₉.]*(?:\[[\d,]+\])?) = (.*)")
FOLDED = re.compile(r"\([\d,]+ more (?:terms?|paths?): ")

FUNCTIONS = {
    "exp": math.exp,
    "ln": math.log,
    "sqrt": math.sqrt,
    "max": max,
    "min": min,
    "abs": abs,
    "erf": math.erf,
    "log1p": math.log1p,
    "sign": lambda x: (x > 0) - (x < 0),
}


@dataclass
class Line:
    """One entry: its name and what stands between the signs of equality."""

    name: str
    sides: list[str]

    @property
    def numbers(self):
        """The sides that are arithmetic on numbers, the result last."""
        return [side for side in self.sides if is_arithmetic(side)]


def is_arithmetic(side):
    words = re.findall(r"[^\W\d][\w₀-₉]*(?!\w*\()", NUMBER.sub("0", FOLDED.sub("(", side)))
    return all(word in ("if", "else", "NaN") or word in scope() for word in words)


def lines_of(text):
    """Every entry in a text that was not broken into lines (``width=100_000``)."""
    found = []
    for line in text.splitlines():
        match = ENTRY.fullmatch(line)
        if match and "(" not in match[1] and "∂" not in match[1]:
            found.append(Line(match[1], []))
            found[-1].sides += match[2].split(" = ")
        elif found and re.match(r" {4,}= ", line):
            found[-1].sides.append(line.strip()[2:])
        elif not line.startswith("  "):
            continue
    return found


def scope():
    return {**{name: function(name) for name in PLAIN}, **FUNCTIONS}


def function(name):
    op = REGISTRY[name]
    return lambda *numbers: float(scalar_function(op.expression, arguments_of(op))(*numbers))


PLAIN = [name for name, op in REGISTRY.items() if op.is_elementwise]


def as_python(side):
    """A side as a Python expression; every number becomes a place to put one."""
    side = FOLDED.sub("(", side)
    side = side.replace("·", "*").replace("²", "**2").replace("^", "**").replace("−", "-")
    return side


def compute(side):
    """The number a side comes to."""
    return float(eval(as_python(side), scope()))


def half_unit(text, digits):
    """How far a number may be from what was written with so many digits."""
    value = abs(float(text))
    if value == 0:
        return 0.0
    return 0.5 * 10.0 ** (math.floor(math.log10(value)) - digits + 1)


def uncertainty(side, digits):
    """How much the result of a side can move because its numbers were rounded for print."""
    source = as_python(side)
    places = [match.span() for match in NUMBER.finditer(source)]
    names = scope()

    def at(shifts):
        text, end = "", 0
        for number, (start, stop) in enumerate(places):
            text += source[end:start] + f"({source[start:stop]}+({shifts.get(number, 0.0)!r}))"
            end = stop
        return float(eval(text + source[end:], names))

    middle = at({})
    total = 0.0
    for number, (start, stop) in enumerate(places):
        if source[start - 2 : start] == "**":
            continue  # an exponent of the rule
        unit = half_unit(source[start:stop], digits)
        total += max(abs(at({number: unit}) - middle), abs(at({number: -unit}) - middle))
    return total


def check_arithmetic(text, digits, least, is_near=False):
    """Compute every line of a text again and compare with the result it gives.

    ``is_near``: what a reader computes agrees in the digits shown, cancellation or not.
    """
    checked = 0
    for line in lines_of(text):
        sides = line.numbers
        if len(sides) < 2 or any(sign in sides[-1] for sign in ("NaN", "∞")):
            continue
        result = float(sides[-1])
        for side in sides[:-1]:
            allowed = uncertainty(side, digits) + half_unit(sides[-1], digits)
            distance = abs(compute(side) - result)
            assert distance <= allowed * (1 + 1e-6) + 1e-300, (line, side)
            if is_near:
                assert distance <= 4 * abs(result) * 10.0 ** (1 - digits) + 1e-300, (line, side)
            checked += 1
    assert checked >= least, checked
    return checked
