"""Why one weight moves: the chain of factors from the loss to it, along every path.

The public face of a :class:`Chain`: ``net.explain(...).why(name, index)`` returns it.
"""

from __future__ import annotations

from glassnet.explain.why.chain import Chain
from glassnet.explain.why.html import chain_html
from glassnet.explain.why.latex import chain_latex
from glassnet.explain.why.text import chain_text

__all__ = ["Why"]


class Why(Chain):
    """Why the loss changes with one number: a product of factors, added over all paths.

    Attributes
    ----------
    target : Ref
        The weight, or other value, with its number.
    value : float
        ∂loss/∂target, the sum over all paths.
    paths : list of Path
        The strongest paths, each a list of factors.
    path_count : int
        How many there are without a factor 0.

    Examples
    --------
    >>> import glassnet as gn
    >>> net = gn.Sequential([gn.Input((2,)), gn.layers.Dense(1)], dtype="float64", seed=0)
    >>> net.compile(gn.optimizers.SGD(0.1), "half_sum_squared_error")
    >>> net.set_weights([[[0.5], [-0.25]], [0.1]])
    >>> print(net.explain([1.0, 2.0], [1.0]).why("W1", (1, 0)))
    Why ∂L/∂W₁[1,0] = -1.8
    <BLANKLINE>
    W₁[1,0] → z₁[0] → L
      ∂L/∂z₁[0]       = z₁[0] - y[0] = 0.1 - 1 = -0.9
      ∂z₁[0]/∂W₁[1,0] = x[1]         = 2
      product         = (-0.9)·2 = -1.8
    <BLANKLINE>
    So SGD moves it: new W₁[1,0] = W₁[1,0] - η·dW₁[1,0] = -0.25 - 0.1·(-1.8) = -0.07
    """

    def __str__(self) -> str:
        return chain_text(self)

    __repr__ = __str__

    def latex(self) -> str:
        r"""Return the chain as LaTeX: an ``align*`` environment."""
        return chain_latex(self)

    def _repr_html_(self) -> str:
        return chain_html(self)
