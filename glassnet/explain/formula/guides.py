"""The notation of the guides, in which layers count from 1: ``w_12^(1)``, ``f'(z)``, ``∂J/∂w``.

Two typesetters, for text and LaTeX; the equations are set by them.
"""

from __future__ import annotations

from glassnet.explain.formula.latex import Latex
from glassnet.explain.formula.typeset import SIGNS, Typesetter
from glassnet.quoting import latex_text

__all__ = ["GUIDE", "GUIDE_LATEX"]

_SYMBOLS = {"δ": r"\delta", "μ": r"\mu", "σ": r"\sigma", "…": r"\dots", "⋮": r"\vdots"}


class _Text(Typesetter):
    """Plain text."""

    def number(self, text: str) -> str:
        return "½" if text == "0.5" else text

    def name(self, name: str) -> str:
        return name

    def stroke(self, above: str, below: str) -> str:
        return f"{above} / {below}" if " " in below else f"{above}/{below}"

    def transpose(self, text: str) -> str:
        return f"({text})ᵀ"

    def call(self, function: str, parts: list[str], bound: list[str]) -> str:
        if function == "exp":
            return f"e^{bound[0]}"
        if function == "abs":
            return f"|{parts[0]}|"
        if parts[1:] or parts != bound:
            return super().call(function, parts, bound)
        return f"{function} {parts[0]}"

    def product(self, parts: list[str]) -> str:
        # In a product a function stands apart from its brackets: (1 - y) ln (1 - h).
        return super().product(parts).replace("ln(", "ln (")

    def sum(self, axis: str, text: str) -> str:
        return f"Σ_{axis} {text}"

    def sign(self, sign: str) -> str:
        return f" {SIGNS.get(sign, sign)} "


class _Latex(Latex):
    r"""LaTeX.

    >>> from glassnet.explain.formula.tree import Apply, Ref
    >>> GUIDE_LATEX.write(Apply("slope", (Ref("z", sub="1", layer=2),), "tanh"))
    "\\mathrm{tanh}'(z_{1}^{(2)})"
    """

    def number(self, text: str) -> str:
        return r"\frac{1}{2}" if text == "0.5" else super().number(text)

    def name(self, name: str) -> str:
        return _SYMBOLS.get(name, name)

    def symbol(self, base: str, sub: str, layer: int | None) -> str:
        upper = "" if layer is None else f"^{{({layer})}}"
        return self.name(base) + (f"_{{{sub}}}" if sub else "") + upper

    def group(self, text: str) -> str:
        return f"({text})"

    def square(self, text: str) -> str:
        return f"{text}^2"

    def transpose(self, text: str) -> str:
        return rf"\left({text}\right)^T"

    def product(self, parts: list[str]) -> str:
        return super().product(parts).replace(") (", r")\,(").replace(r"\ln(", r"\ln (")

    def call(self, function: str, parts: list[str], bound: list[str]) -> str:
        if function == "exp":
            return f"e^{parts[0]}" if len(parts[0]) == 1 else f"e^{{{parts[0]}}}"
        if function == "abs":
            return f"|{parts[0]}|"
        if parts[1:] or parts != bound:
            return rf"\{function}({', '.join(parts)})"
        return rf"\{function} {parts[0]}"

    def activation(self, name: str, argument: str, prime: str = "") -> str:
        letters = name if len(name) == 1 else rf"\mathrm{{{latex_text(name)}}}"
        return f"{letters}{prime}({argument})"

    def where(self, yes: str, condition: str, no: str) -> str:
        is_truth = (yes, no) == ("1", "0")
        return f"[{condition}]" if is_truth else super().where(yes, condition, no)


GUIDE = _Text(times=" ", hadamard=" • ", sums_bind=True)
GUIDE_LATEX = _Latex(times=" ", chain=r" \cdot ", hadamard=r" \bullet ", matrix=" ", sums_bind=True)
