"""How formulas look: the walk over a tree, and its pieces as plain text.

Takes a formula (``tree.py``), in symbols or with its numbers put in; gives a line of text. MathML
and LaTeX are typesetters with other pieces (``mathml.py``, ``latex.py``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from glassnet.explain.formula.tree import Apply, Formula, Num, Ref, Rest
from glassnet.numbers import number_text
from glassnet.translation import _, plural

__all__ = ["SIGNS", "SYMBOLS", "TEXT", "Typesetter", "is_letter", "name_text", "parts_of"]

# Levels of binding: what stands in a place that binds more tightly is put in brackets.
_CHOICE, _COMPARE, _SUM, _PRODUCT, _POWER, _ATOM = range(6)

# Values that formulas write with a letter of their own.
SYMBOLS = {
    "loss": "L",
    "learning_rate": "η",
    "momentum": "μ",
    "beta_1": "β1",
    "beta_2": "β2",
    "epsilon": "ε",
    "weight_decay": "λ",
    "step": "t",
}

# Comparisons as they are printed; plain text keeps those of Python.
SIGNS = {">=": "≥", "<=": "≤", "==": "=", "!=": "≠"}

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_NAME = re.compile(r"(.*?[^\d_])_?(\d*)")


def parts_of(name: str) -> tuple[str, str]:
    """Return the letters of a name and the number that stands below the line."""
    match = _NAME.fullmatch(SYMBOLS.get(name, name))
    return (match[1], match[2]) if match else (name, "")


def name_text(name: str) -> str:
    """Return a name as formulas write it.

    >>> name_text("dW1"), name_text("beta_2"), name_text("learning_rate")
    ('dW₁', 'β₂', 'η')
    """
    base, number = parts_of(name)
    return base + number.translate(_SUBSCRIPTS)


@dataclass(frozen=True)
class Typesetter:
    """Plain text, close to Python: ``x[0]·W₁[0,1] + b₁[1]``."""

    times: str = "·"
    chain: str = " · "
    hadamard: str = " ⊙ "
    matrix: str = " "
    plus: str = " + "
    minus: str = " - "
    sums_bind: bool = False  # whether Σ a stands below a stroke without brackets

    def write(self, formula: Formula, in_numbers: bool = False, digits: int = 6) -> str:
        """Return a formula in symbols, or with the numbers put in."""
        return _Writing(self, in_numbers, digits).at(formula, _CHOICE)

    # The pieces, each as this typesetter has it ------------------------------------------------

    def number(self, text: str) -> str:
        return text

    def name(self, name: str) -> str:
        return name_text(name)

    def entry(self, name: str, index: tuple[int, ...]) -> str:
        return f"{self.name(name)}[{','.join(map(str, index))}]"

    def symbol(self, base: str, sub: str, layer: int | None) -> str:
        return base + (f"_{sub}" if sub else "") + ("" if layer is None else f"^({layer})")

    def group(self, text: str) -> str:
        return f"({text})"

    def negative(self, text: str) -> str:
        return f"-{text}"

    def partial(self, text: str) -> str:
        return f"∂{text}"

    def fraction(self, above: str, below: str) -> str | None:
        """Return a fraction that needs no brackets, None where the typesetter has a stroke only."""
        return None

    def stroke(self, above: str, below: str) -> str:
        return f"{above} / {below}"

    def square(self, text: str) -> str:
        return f"{text}²"

    def power(self, base: str, exponent: str) -> str:
        return f"{base}^{exponent}"

    def transpose(self, text: str) -> str:
        return f"{text}ᵀ"

    def call(self, function: str, parts: list[str], bound: list[str]) -> str:
        """Return a call; ``bound`` are the arguments as they stand without its brackets."""
        return f"{function}({', '.join(parts)})"

    def activation(self, name: str, argument: str, prime: str = "") -> str:
        return f"{name}{prime}({argument})"

    def product(self, parts: list[str]) -> str:
        return self.times.join(parts)

    def sum(self, axis: str, text: str) -> str:
        return f"Σ{'ₙ' if axis == 'n' else ''} {text}"

    def where(self, yes: str, condition: str, no: str) -> str:
        return f"{yes} if {condition} else {no}"

    def sign(self, sign: str) -> str:
        return f" {sign} "

    def words(self, text: str) -> str:
        return text


class _Writing:
    """Writes one formula in one typesetter."""

    def __init__(self, typesetter: Typesetter, in_numbers: bool, digits: int) -> None:
        self.typesetter = typesetter
        self.in_numbers = in_numbers
        self.digits = digits

    def at(self, formula: Formula, level: int) -> str:
        """Return the formula for a place that binds so tightly."""
        text, own = self._written(formula)
        return text if own >= level else self.typesetter.group(text)

    def _written(self, formula: Formula) -> tuple[str, int]:
        if isinstance(formula, Num):
            return self._number(formula.number)
        if isinstance(formula, Ref):
            if self.in_numbers and formula.number is not None:
                return self._number(formula.number)
            if formula.sub or formula.layer is not None:
                written = self.typesetter.symbol(formula.name, formula.sub, formula.layer)
                return written, _ATOM
            if formula.index:
                return self.typesetter.entry(formula.name, formula.index), _ATOM
            return self.typesetter.name(formula.name), _ATOM
        if isinstance(formula, Rest):
            return self._rest(formula), _ATOM
        return getattr(self, f"_{formula.kind}", self._compare)(formula)

    def _number(self, number: float) -> tuple[str, int]:
        text = self.typesetter.number(number_text(number, self.digits))
        return text, _SUM if number < 0 else _ATOM

    def _rest(self, rest: Rest) -> str:
        words = plural("{n} more term", "{n} more terms", rest.count)
        if rest.are_paths:
            words = plural("{n} more path", "{n} more paths", rest.count)
            words = _("all other paths") if rest.count > 1_000_000 else words
        if not self.in_numbers:
            return self.typesetter.words(f"({words})")
        number = self.typesetter.number(number_text(rest.number, self.digits))
        return f"{self.typesetter.words(f'({words}: ')}{number}{self.typesetter.words(')')}"

    def _add(self, formula: Apply) -> tuple[str, int]:
        text = self.at(formula.parts[0], _SUM)
        for part in formula.parts[1:]:
            sign, part = self._sign_of(part)
            text += sign + self.at(part, _PRODUCT)
        return text, _SUM

    def _sign_of(self, part: Formula) -> tuple[str, Formula]:
        """Return plus or minus, and what follows it."""
        if isinstance(part, Apply) and part.kind == "negative":
            return self.typesetter.minus, part.parts[0]
        is_number = isinstance(part, Num) or (isinstance(part, Ref) and self.in_numbers)
        number = part.number if is_number and isinstance(part, Num | Ref) else None
        if number is not None and number < 0:
            return self.typesetter.minus, Num(-number)
        return self.typesetter.plus, part

    def _negative(self, formula: Apply) -> tuple[str, int]:
        return self.typesetter.negative(self.at(formula.parts[0], _PRODUCT)), _SUM

    def _product(self, formula: Apply, between: str) -> tuple[str, int]:
        return between.join(self.at(part, _PRODUCT) for part in formula.parts), _PRODUCT

    def _multiply(self, formula: Apply) -> tuple[str, int]:
        # A quotient within a product is put in brackets: a·(b / c) can be read in one way only.
        parts = []
        for part in formula.parts:
            bare = isinstance(part, Apply) and part.kind == "divide"
            tight = bare and self.typesetter.fraction("", "") is None
            parts.append(self.at(part, _POWER if tight else _PRODUCT))
        is_chain = any(isinstance(one, Apply) and one.kind == "partial" for one in formula.parts)
        if is_chain:
            return self.typesetter.chain.join(parts), _PRODUCT
        return self.typesetter.product(parts), _PRODUCT

    def _chain(self, formula: Apply) -> tuple[str, int]:
        return self._product(formula, self.typesetter.chain)

    def _group(self, formula: Apply) -> tuple[str, int]:
        return self.typesetter.group(self.at(formula.parts[0], _CHOICE)), _ATOM

    def _hadamard(self, formula: Apply) -> tuple[str, int]:
        return self._product(formula, self.typesetter.hadamard)

    def _matrix(self, formula: Apply) -> tuple[str, int]:
        parts = (self.at(part, _POWER) for part in formula.parts)
        return self.typesetter.matrix.join(parts), _PRODUCT

    def _divide(self, formula: Apply) -> tuple[str, int]:
        above, below = formula.parts
        fraction = self.typesetter.fraction(self.at(above, _CHOICE), self.at(below, _CHOICE))
        if fraction is not None:
            return fraction, _PRODUCT
        text = self.typesetter.stroke(self.at(above, _PRODUCT), self.at(below, _POWER))
        return text, _PRODUCT if " " in text else _POWER  # 2/3 needs no brackets in a product

    def _partial(self, formula: Apply) -> tuple[str, int]:
        of, by = (self.typesetter.partial(self.at(part, _ATOM)) for part in formula.parts)
        fraction = self.typesetter.fraction(of, by)
        return fraction or f"{of}/{by}", _PRODUCT

    def _square(self, formula: Apply) -> tuple[str, int]:
        return self.typesetter.square(self.at(formula.parts[0], _ATOM)), _POWER

    def _power(self, formula: Apply) -> tuple[str, int]:
        base, exponent = formula.parts
        return self.typesetter.power(self.at(base, _ATOM), self.at(exponent, _ATOM)), _POWER

    def _transpose(self, formula: Apply) -> tuple[str, int]:
        return self.typesetter.transpose(self.at(formula.parts[0], _ATOM)), _POWER

    def _call(self, formula: Apply) -> tuple[str, int]:
        parts = [self.at(part, _CHOICE) for part in formula.parts]
        bound = [self.at(part, _ATOM) for part in formula.parts]
        return self.typesetter.call(formula.name, parts, bound), _ATOM

    def _activation(self, formula: Apply, prime: str = "") -> tuple[str, int]:
        argument = self.at(formula.parts[0], _CHOICE)
        return self.typesetter.activation(formula.name, argument, prime), _ATOM

    def _slope(self, formula: Apply) -> tuple[str, int]:
        return self._activation(formula, "'")

    def _sum(self, formula: Apply) -> tuple[str, int]:
        text = self.typesetter.sum(formula.name, self.at(formula.parts[0], _PRODUCT))
        return text, _POWER if self.typesetter.sums_bind else _PRODUCT

    def _where(self, formula: Apply) -> tuple[str, int]:
        condition, yes, no = (self.at(part, _COMPARE) for part in formula.parts)
        return self.typesetter.where(yes, condition, no), _CHOICE

    def _compare(self, formula: Apply) -> tuple[str, int]:
        left, right = (self.at(part, _SUM) for part in formula.parts)
        return left + self.typesetter.sign(formula.kind) + right, _COMPARE


def is_letter(base: str) -> bool:
    """Tell whether a name is slanted: one letter, or one after a d; words are upright."""
    return len(base) == 1 or re.fullmatch(r"d[A-Za-z]", base) is not None


TEXT = Typesetter()
