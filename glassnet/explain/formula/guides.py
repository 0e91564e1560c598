"""One way to write formulas, two scripts: plain text and LaTeX."""

from __future__ import annotations

from glassnet.quoting import latex_text

__all__ = ["LATEX", "TEXT", "Script"]

_GREEK = {"δ": r"\delta", "μ": r"\mu", "σ": r"\sigma", "∂": r"\partial "}


class Script:
    """Plain text: ``w_11^(1)``, ``∂J/∂w_11^(1)``.

    Examples
    --------
    >>> TEXT.symbol("w", "11", 1), TEXT.slope("f", "z"), TEXT.fraction("2", "3")
    ('w_11^(1)', "f'(z)", '2/3')
    """

    times = " · "
    hadamard = " • "
    dots = "…"
    rows = "⋮"

    def symbol(self, base: str, sub: str = "", layer: int | None = None) -> str:
        """Return a letter with an index and the number of a layer."""
        return base + (f"_{sub}" if sub else "") + ("" if layer is None else f"^({layer})")

    def index(self, row: int | str, column: int | str) -> str:
        """Return two indices: 12, and 1,12 where they could be misread."""
        comma = "," if any(len(str(part)) > 1 for part in (row, column)) else ""
        return f"{row}{comma}{column}"

    def call(self, function: str, argument: str) -> str:
        return f"{function}({argument})"

    def slope(self, function: str, argument: str) -> str:
        return f"{function}'({argument})"

    def fraction(self, above: str, below: str) -> str:
        return f"{above}/{below}"

    def derivative(self, of: str, by: str) -> str:
        return f"∂{of}/∂{by}"

    def transposed(self, matrix: str) -> str:
        return f"({matrix})ᵀ"

    def sum(self, index: str) -> str:
        return f"Σ_{index} "

    def formula(self, text: str, latex: str) -> str:
        """Return a formula that is given in both scripts."""
        return text

    def words(self, text: str) -> str:
        return text


class _Latex(Script):
    r"""LaTeX.

    >>> LATEX.symbol("δ", "1", 2), LATEX.slope("tanh", "z")
    ('\\delta_{1}^{(2)}', "\\mathrm{tanh}'(z)")
    """

    times = r" \cdot "
    hadamard = r" \bullet "
    dots = r"\dots"
    rows = r"\vdots"

    def symbol(self, base: str, sub: str = "", layer: int | None = None) -> str:
        base = _GREEK.get(base, base)
        upper = "" if layer is None else f"^{{({layer})}}"
        return base + (f"_{{{sub}}}" if sub else "") + upper

    def call(self, function: str, argument: str) -> str:
        return f"{_name(function)}({argument})"

    def slope(self, function: str, argument: str) -> str:
        return f"{_name(function)}'({argument})"

    def fraction(self, above: str, below: str) -> str:
        return rf"\frac{{{above}}}{{{below}}}"

    def derivative(self, of: str, by: str) -> str:
        return rf"\frac{{\partial {of}}}{{\partial {by}}}"

    def transposed(self, matrix: str) -> str:
        return rf"\left({matrix}\right)^T"

    def sum(self, index: str) -> str:
        return rf"\sum_{{{index}}} "

    def formula(self, text: str, latex: str) -> str:
        return latex

    def words(self, text: str) -> str:
        return rf"\text{{{latex_text(text)}}}"


def _name(function: str) -> str:
    return function if len(function) == 1 else rf"\mathrm{{{latex_text(function)}}}"


TEXT = Script()
LATEX = _Latex()
