"""Formulas as LaTeX, for the inside of a formula.

A typesetter: takes a tree, gives LaTeX without ``$`` or an environment around it.
"""

from __future__ import annotations

from glassnet.explain.formula.typeset import Typesetter, is_letter, parts_of
from glassnet.numbers import split_exponent
from glassnet.quoting import latex_text

__all__ = ["LATEX", "Latex"]

# Functions that LaTeX knows by name.
_KNOWN = {"exp", "ln", "max", "min", "tanh", "sin", "cos"}
_GREEK = {"η": r"\eta", "μ": r"\mu", "β": r"\beta", "ε": r"\varepsilon", "λ": r"\lambda"}
_SIGNS = {">=": r"\ge", "<=": r"\le", "==": "=", "!=": r"\ne"}


class Latex(Typesetter):
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

    def call(self, function: str, parts: list[str], bound: list[str]) -> str:
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


LATEX = Latex(times=r" \cdot ", chain=r" \cdot ", hadamard=r" \odot ", matrix=r"\, ")
