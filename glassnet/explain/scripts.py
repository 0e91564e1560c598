"""How formulas look: as plain text, as MathML for browsers, as LaTeX."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from glassnet.explain.terms import Apply, Formula, Num, Ref, Rest
from glassnet.numbers import number_text, split_exponent
from glassnet.quoting import html_text, latex_text
from glassnet.translation import _, plural

__all__ = ["LATEX", "MATHML", "SIGNS", "SYMBOLS", "TEXT", "Script", "name_text", "parts_of"]

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
class Script:
    """Plain text, close to Python: ``x[0]·W₁[0,1] + b₁[1]``."""

    times: str = "·"
    chain: str = " · "
    hadamard: str = " ⊙ "
    matrix: str = " "
    plus: str = " + "
    minus: str = " - "

    def write(self, formula: Formula, in_numbers: bool = False, digits: int = 6) -> str:
        """Return a formula in symbols, or with the numbers put in."""
        return _Writing(self, in_numbers, digits).at(formula, _CHOICE)

    # The pieces, each as this script has it ------------------------------------------------

    def number(self, text: str) -> str:
        return text

    def name(self, name: str) -> str:
        return name_text(name)

    def entry(self, name: str, index: tuple[int, ...]) -> str:
        return f"{self.name(name)}[{','.join(map(str, index))}]"

    def group(self, text: str) -> str:
        return f"({text})"

    def negative(self, text: str) -> str:
        return f"-{text}"

    def partial(self, text: str) -> str:
        return f"∂{text}"

    def fraction(self, above: str, below: str) -> str | None:
        """Return a fraction that needs no brackets, None where the script has a stroke only."""
        return None

    def stroke(self, above: str, below: str) -> str:
        return f"{above} / {below}"

    def square(self, text: str) -> str:
        return f"{text}²"

    def power(self, base: str, exponent: str) -> str:
        return f"{base}^{exponent}"

    def transpose(self, text: str) -> str:
        return f"{text}ᵀ"

    def call(self, function: str, parts: list[str]) -> str:
        return f"{function}({', '.join(parts)})"

    def sum(self, axis: str, text: str) -> str:
        return f"Σ{'ₙ' if axis == 'n' else ''} {text}"

    def where(self, yes: str, condition: str, no: str) -> str:
        return f"{yes} if {condition} else {no}"

    def sign(self, sign: str) -> str:
        return f" {sign} "

    def words(self, text: str) -> str:
        return text


class _Writing:
    """Writes one formula in one script."""

    def __init__(self, script: Script, in_numbers: bool, digits: int) -> None:
        self.script = script
        self.in_numbers = in_numbers
        self.digits = digits

    def at(self, formula: Formula, level: int) -> str:
        """Return the formula for a place that binds so tightly."""
        text, own = self._written(formula)
        return text if own >= level else self.script.group(text)

    def _written(self, formula: Formula) -> tuple[str, int]:
        if isinstance(formula, Num):
            return self._number(formula.number)
        if isinstance(formula, Ref):
            if self.in_numbers and formula.number is not None:
                return self._number(formula.number)
            if formula.index:
                return self.script.entry(formula.name, formula.index), _ATOM
            return self.script.name(formula.name), _ATOM
        if isinstance(formula, Rest):
            return self._rest(formula), _ATOM
        return getattr(self, f"_{formula.kind}", self._compare)(formula)

    def _number(self, number: float) -> tuple[str, int]:
        text = self.script.number(number_text(number, self.digits))
        return text, _SUM if number < 0 else _ATOM

    def _rest(self, rest: Rest) -> str:
        words = plural("{n} more term", "{n} more terms", rest.count)
        if rest.are_paths:
            words = plural("{n} more path", "{n} more paths", rest.count)
            words = _("all other paths") if rest.count > 1_000_000 else words
        if not self.in_numbers:
            return self.script.words(f"({words})")
        number = self.script.number(number_text(rest.number, self.digits))
        return f"{self.script.words(f'({words}: ')}{number}{self.script.words(')')}"

    def _add(self, formula: Apply) -> tuple[str, int]:
        text = self.at(formula.parts[0], _SUM)
        for part in formula.parts[1:]:
            sign, part = self._sign_of(part)
            text += sign + self.at(part, _PRODUCT)
        return text, _SUM

    def _sign_of(self, part: Formula) -> tuple[str, Formula]:
        """Return plus or minus, and what follows it."""
        if isinstance(part, Apply) and part.kind == "negative":
            return self.script.minus, part.parts[0]
        is_number = isinstance(part, Num) or (isinstance(part, Ref) and self.in_numbers)
        number = part.number if is_number and isinstance(part, Num | Ref) else None
        if number is not None and number < 0:
            return self.script.minus, Num(-number)
        return self.script.plus, part

    def _negative(self, formula: Apply) -> tuple[str, int]:
        return self.script.negative(self.at(formula.parts[0], _PRODUCT)), _SUM

    def _product(self, formula: Apply, between: str) -> tuple[str, int]:
        return between.join(self.at(part, _PRODUCT) for part in formula.parts), _PRODUCT

    def _multiply(self, formula: Apply) -> tuple[str, int]:
        # A quotient within a product is put in brackets: a·(b / c) can be read in one way only.
        parts = []
        for part in formula.parts:
            bare = isinstance(part, Apply) and part.kind == "divide"
            tight = bare and self.script.fraction("", "") is None
            parts.append(self.at(part, _POWER if tight else _PRODUCT))
        is_chain = any(isinstance(one, Apply) and one.kind == "partial" for one in formula.parts)
        return (self.script.chain if is_chain else self.script.times).join(parts), _PRODUCT

    def _hadamard(self, formula: Apply) -> tuple[str, int]:
        return self._product(formula, self.script.hadamard)

    def _matrix(self, formula: Apply) -> tuple[str, int]:
        parts = (self.at(part, _POWER) for part in formula.parts)
        return self.script.matrix.join(parts), _PRODUCT

    def _divide(self, formula: Apply) -> tuple[str, int]:
        above, below = formula.parts
        fraction = self.script.fraction(self.at(above, _CHOICE), self.at(below, _CHOICE))
        if fraction is not None:
            return fraction, _PRODUCT
        return self.script.stroke(self.at(above, _PRODUCT), self.at(below, _POWER)), _PRODUCT

    def _partial(self, formula: Apply) -> tuple[str, int]:
        of, by = (self.script.partial(self.at(part, _ATOM)) for part in formula.parts)
        fraction = self.script.fraction(of, by)
        return fraction or f"{of}/{by}", _PRODUCT

    def _square(self, formula: Apply) -> tuple[str, int]:
        return self.script.square(self.at(formula.parts[0], _ATOM)), _POWER

    def _power(self, formula: Apply) -> tuple[str, int]:
        base, exponent = formula.parts
        return self.script.power(self.at(base, _ATOM), self.at(exponent, _ATOM)), _POWER

    def _transpose(self, formula: Apply) -> tuple[str, int]:
        return self.script.transpose(self.at(formula.parts[0], _ATOM)), _POWER

    def _call(self, formula: Apply) -> tuple[str, int]:
        parts = [self.at(part, _CHOICE) for part in formula.parts]
        return self.script.call(formula.name, parts), _ATOM

    def _sum(self, formula: Apply) -> tuple[str, int]:
        return self.script.sum(formula.name, self.at(formula.parts[0], _PRODUCT)), _PRODUCT

    def _where(self, formula: Apply) -> tuple[str, int]:
        condition, yes, no = (self.at(part, _COMPARE) for part in formula.parts)
        return self.script.where(yes, condition, no), _CHOICE

    def _compare(self, formula: Apply) -> tuple[str, int]:
        left, right = (self.at(part, _SUM) for part in formula.parts)
        return left + self.script.sign(formula.kind) + right, _COMPARE


class _Mathml(Script):
    """MathML, which browsers set by themselves, without a network."""

    def equation(self, sides: Sequence[Formula], digits: int) -> str:
        """Return the sides of an equation as a whole element."""
        inner = "<mo>=</mo>".join(f"<mrow>{self.write(one, digits=digits)}</mrow>" for one in sides)
        return f'<math displaystyle="true">{inner}</math>'

    def number(self, text: str) -> str:
        mantissa, exponent = (part.replace("-", "−") for part in split_exponent(text))
        written = f"<mn>{html_text(mantissa)}</mn>"
        if not exponent:
            return written
        return f"{written}<mo>·</mo><msup><mn>10</mn><mn>{exponent}</mn></msup>"

    def name(self, name: str) -> str:
        base, number = parts_of(name)
        lead, base = ("new ", base[4:]) if base.startswith("new ") else ("", base)
        letters = _mathml_letters(base)
        if lead:
            return f"<mrow>{self.words(lead)}{self.name(name[4:])}</mrow>"
        return f"<msub>{letters}<mn>{number}</mn></msub>" if number else letters

    def entry(self, name: str, index: tuple[int, ...]) -> str:
        numbers = "<mo>,</mo>".join(f"<mn>{number}</mn>" for number in index)
        return f"<mrow>{self.name(name)}<mo>[</mo>{numbers}<mo>]</mo></mrow>"

    def group(self, text: str) -> str:
        return f"<mrow><mo>(</mo>{text}<mo>)</mo></mrow>"

    def negative(self, text: str) -> str:
        return f"<mrow><mo>−</mo>{text}</mrow>"

    def partial(self, text: str) -> str:
        return f"<mrow><mo>∂</mo>{text}</mrow>"

    def fraction(self, above: str, below: str) -> str | None:
        return f"<mfrac><mrow>{above}</mrow><mrow>{below}</mrow></mfrac>"

    def square(self, text: str) -> str:
        return f"<msup><mrow>{text}</mrow><mn>2</mn></msup>"

    def power(self, base: str, exponent: str) -> str:
        return f"<msup><mrow>{base}</mrow><mrow>{exponent}</mrow></msup>"

    def transpose(self, text: str) -> str:
        return f"<msup><mrow>{text}</mrow><mi>T</mi></msup>"

    def call(self, function: str, parts: list[str]) -> str:
        inner = "<mo>,</mo>".join(parts)
        if function == "sqrt":
            return f"<msqrt>{inner}</msqrt>"
        name = f"<mi>{html_text(function)}</mi>"
        return f"<mrow>{name}<mo>&#x2061;</mo><mo>(</mo>{inner}<mo>)</mo></mrow>"

    def sum(self, axis: str, text: str) -> str:
        sign = "<mo>∑</mo>"
        return f"<munder>{sign}<mi>n</mi></munder>{text}" if axis == "n" else f"{sign}{text}"

    def where(self, yes: str, condition: str, no: str) -> str:
        words = [self.words(word) for word in (" if ", " else ")]
        return f"<mrow>{yes}{words[0]}{condition}{words[1]}{no}</mrow>"

    def sign(self, sign: str) -> str:
        return f"<mo>{html_text(SIGNS.get(sign, sign))}</mo>"

    def words(self, text: str) -> str:
        return f"<mtext>{html_text(text).replace(' ', '&#xa0;')}</mtext>"


def is_letter(base: str) -> bool:
    """Tell whether a name is slanted: one letter, or one after a d; words are upright."""
    return len(base) == 1 or re.fullmatch(r"d[A-Za-z]", base) is not None


def _mathml_letters(base: str) -> str:
    """Return the letters of a name; browsers slant an <mi> of a single letter only."""
    if len(base) == 2 and is_letter(base):
        return f"<mrow><mi>{base[0]}</mi><mi>{base[1]}</mi></mrow>"
    return f"<mi>{html_text(base)}</mi>"


# Functions that LaTeX knows by name.
_KNOWN = {"exp", "ln", "max", "min", "tanh", "sin", "cos"}
_GREEK = {"η": r"\eta", "μ": r"\mu", "β": r"\beta", "ε": r"\varepsilon", "λ": r"\lambda"}
_SIGNS = {">=": r"\ge", "<=": r"\le", "==": "=", "!=": r"\ne"}


class _Latex(Script):
    """LaTeX, for the inside of a formula."""

    def number(self, text: str) -> str:
        mantissa, exponent = split_exponent(text)
        mantissa = mantissa.replace("∞", r"\infty").replace("NaN", r"\mathrm{NaN}")
        return rf"{mantissa} \cdot 10^{{{exponent}}}" if exponent else mantissa

    def name(self, name: str) -> str:
        if name.startswith("new "):
            return rf"\text{{new }} {self.name(name[4:])}"
        base, number = parts_of(name)
        letters = _letters(base)
        return f"{letters}_{{{number}}}" if number else letters

    def partial(self, text: str) -> str:
        return rf"\partial {text}"

    def fraction(self, above: str, below: str) -> str | None:
        return rf"\frac{{{above}}}{{{below}}}"

    def group(self, text: str) -> str:
        return rf"\left({text}\right)"

    def square(self, text: str) -> str:
        return f"{{{text}}}^2"

    def power(self, base: str, exponent: str) -> str:
        return f"{{{base}}}^{{{exponent}}}"

    def transpose(self, text: str) -> str:
        return rf"{{{text}}}^\top"

    def call(self, function: str, parts: list[str]) -> str:
        inner = ", ".join(parts)
        if function == "sqrt":
            return rf"\sqrt{{{inner}}}"
        name = rf"\{function}" if function in _KNOWN else rf"\mathrm{{{latex_text(function)}}}"
        return rf"{name}\left({inner}\right)"

    def sum(self, axis: str, text: str) -> str:
        return rf"\sum{f'_{{{axis}}}' if axis else ''} {text}"

    def where(self, yes: str, condition: str, no: str) -> str:
        return rf"\begin{{cases}} {yes} & {condition} \\ {no} & \text{{else}} \end{{cases}}"

    def sign(self, sign: str) -> str:
        return f" {_SIGNS.get(sign, sign)} "

    def words(self, text: str) -> str:
        return rf"\text{{{latex_text(text)}}}"


def _letters(base: str) -> str:
    """Return the letters of a name: one letter slanted, a word upright, ∂ as it is."""
    if base in _GREEK:
        return _GREEK[base]
    lead = r"\partial " if base.startswith("∂") else ""
    rest = base.removeprefix("∂")
    return lead + (rest if is_letter(rest) else rf"\mathrm{{{latex_text(rest)}}}")


TEXT = Script()
MATHML = _Mathml(
    times="<mo>·</mo>",
    chain="<mo>·</mo>",
    hadamard="<mo>⊙</mo>",
    matrix='<mspace width="0.2em"/>',
    plus="<mo>+</mo>",
    minus="<mo>−</mo>",
)
LATEX = _Latex(times=r" \cdot ", chain=r" \cdot ", hadamard=r" \odot ", matrix=r"\, ")
