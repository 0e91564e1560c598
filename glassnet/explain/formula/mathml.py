"""Formulas for browsers: MathML equations, and running HTML that breaks into lines as text does.

Two typesetters, whose text is HTML: names are escaped.
"""

from __future__ import annotations

from collections.abc import Sequence

from glassnet.explain.formula.tree import Formula
from glassnet.explain.formula.typeset import SIGNS, Typesetter, is_letter, parts_of
from glassnet.numbers import split_exponent
from glassnet.quoting import html_text

__all__ = ["INLINE", "MATHML"]


class _Mathml(Typesetter):
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

    def call(self, function: str, parts: list[str], bound: list[str]) -> str:
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


def _mathml_letters(base: str) -> str:
    """Return the letters of a name; browsers slant an <mi> of a single letter only."""
    if len(base) == 2 and is_letter(base):
        return f"<mrow><mi>{base[0]}</mi><mi>{base[1]}</mi></mrow>"
    return f"<mi>{html_text(base)}</mi>"


MATHML = _Mathml(
    times="<mo>·</mo>",
    chain="<mo>·</mo>",
    hadamard="<mo>⊙</mo>",
    matrix='<mspace width="0.2em"/>',
    plus="<mo>+</mo>",
    minus="<mo>−</mo>",
)


class _Inline(Typesetter):
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
