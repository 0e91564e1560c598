"""The chain of factors as LaTeX."""

from __future__ import annotations

from glassnet.explain.formula.latex import LATEX
from glassnet.explain.formula.tree import Num, Rest, add, partial
from glassnet.explain.why.chain import Chain

__all__ = ["chain_latex"]


def chain_latex(chain: Chain) -> str:
    r"""Return the chain as LaTeX: an ``align*`` environment."""
    lines = []
    for path in chain.paths:
        for factor in path.factors:
            left, symbols, numbers = chain.row(factor, LATEX)
            middle = f"{symbols} = " if symbols else ""
            lines.append(f"{left} &= {middle}{numbers}")
    total = LATEX.write(Num(chain.value), digits=chain.digits)
    products = add(path.product for path in chain.paths)
    if chain.left_out:
        products = add([products, Rest(chain.left_out, chain.rest, True)])
    left = LATEX.write(partial("loss", chain.target))
    lines.append(f"{left} &= {LATEX.write(products, True, chain.digits)} = {total}")
    return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}"
