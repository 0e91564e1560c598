"""net.explain: one pass of a network, step by step, with the numbers.

Puts account, chain of factors and diagram together. ``explain`` takes a network and samples and
gives an :class:`Explanation`; models and the command call it.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

from glassnet.errors import ArgumentError, GlassnetError
from glassnet.explain.account.account import Account, usual_digits
from glassnet.explain.account.heading import Heading, heading
from glassnet.explain.account.html import account_html, account_page
from glassnet.explain.account.latex import account_latex
from glassnet.explain.account.prepare import Pass, prepare
from glassnet.explain.account.reasons import Reasons
from glassnet.explain.account.steps import Fold, Step
from glassnet.explain.account.text import account_text, step_text
from glassnet.explain.account.trace import Trace, trace
from glassnet.explain.diagram import Diagram, diagram
from glassnet.explain.why.html import Asides
from glassnet.explain.why.why import Why
from glassnet.formats.files import checked_path, write_text
from glassnet.streams import is_coloured
from glassnet.training.network import Network
from glassnet.training.programs import input_names
from glassnet.translation import _, plural

__all__ = ["Explanation", "explain"]


class Explanation(Account):
    """One pass of a network: every value with its equation, its reason and its numbers.

    ``print`` it, let a notebook show it, or ``save`` it as a page.

    Attributes
    ----------
    steps : list of Step
        In the order of the pass: forward, loss, backward, update.
    notes : list of str
        What one has to know to read it: which loss, whether dropout acts.
    trouble : Trouble or None
        Where the first NaN or infinity came from.
    diagram : Diagram or None
        The network, with the values of the sample in its units if it is one and all units act.
    sample : str
        Which sample it is, for the title; empty unless you set it: ``e.sample = "row 3"``.

    Examples
    --------
    >>> import glassnet as gn
    >>> net = gn.Sequential([gn.Input((2,)), gn.layers.Dense(1)], dtype="float64", seed=0)
    >>> net.compile(gn.optimizers.SGD(0.1), "half_sum_squared_error")
    >>> net.set_weights([[[0.5], [-0.25]], [0.1]])
    >>> e = net.explain([1.0, 2.0], [1.0])
    >>> e["z1"], e["dW1"][0, 0]
    (array([0.1]), np.float64(-0.9))
    >>> print(e.step("z1"))
    z₁ = x W₁ + b₁
      weighted sums of dense_1 (Dense), shape (1,)
      z₁[0] = x[0]·W₁[0,0] + x[1]·W₁[1,0] + b₁[0]
            = 1·0.5 + 2·(-0.25) + 0.1
            = 0.5 - 0.5 + 0.1
            = 0.1
    """

    def __init__(
        self,
        done: Pass,
        trace: Trace,
        reasons: Reasons,
        head: Heading,
        drawing: Diagram | None = None,
    ) -> None:
        super().__init__(done, trace, reasons, head)
        self.diagram = drawing

    def step(self, name: str) -> StepText:
        """Return one step, to be printed.

        Raises
        ------
        KeyError
            If no step computes a value of that name.
        """
        return StepText(self.find_step(name), self.digits)

    def why(self, name: str, index: Any = ()) -> Why:
        """Return the chain of factors from the loss to one weight, or to any other value.

        Parameters
        ----------
        name : str
            ``"W1"``, or any value of the forward pass.
        index : int or tuple of int
            Which entry: (row, column), counted from 0.

        Raises
        ------
        KeyError, ArgumentError
            If there is no such value or entry, or the pass has no loss.
        """
        return Why.of(self._trace, self._reasons, name, index, self.digits)

    def text(
        self,
        unfold: bool | str | Collection[str] = False,
        digits: int | None = None,
        width: int = 80,
        color: bool = False,
    ) -> str:
        """Return the account as plain text.

        Parameters
        ----------
        unfold : bool, str or collection of str, default False
            Write out every entry and every term: of all steps, or of those named.
        digits : int, optional
            Significant digits; default 6, and 5 for a network in single precision.
        width : int, default 80
        color : bool, default False
            With the colours of a terminal.
        """
        if isinstance(width, bool) or not isinstance(width, int):
            raise ArgumentError(_("width={width!r} must be a whole number").format(width=width))
        return account_text(self, self.folds(unfold), self._digits(digits), width, color)

    def html(self, unfold: bool | str | Collection[str] = False, digits: int | None = None) -> str:
        """Return the account as HTML with steps that open and close; needs nothing else."""
        digits = self._digits(digits)
        asides = Asides(self, self.why, digits)
        picture = "" if self.diagram is None else self.diagram.svg
        return account_html(self, self.folds(unfold), digits, picture, asides.of)

    def latex(self, unfold: bool | str | Collection[str] = False, digits: int | None = None) -> str:
        """Return the account as LaTeX: one ``align*`` a stage, for amsmath."""
        return account_latex(self, self.folds(unfold), self._digits(digits))

    def save(
        self,
        path: str | Path,
        unfold: bool | str | Collection[str] = False,
        digits: int | None = None,
    ) -> Path:
        """Write the account to a file: a page (.html), LaTeX (.tex) or plain text (.txt).

        Raises
        ------
        ArgumentError
            If the ending of the name is none of these.
        OutputError
            If the file cannot be written.
        """
        kind = checked_path(path).suffix.lower()
        if kind in (".html", ".htm"):
            return write_text(path, account_page(self.title, self.html(unfold, digits)))
        if kind == ".tex":
            return write_text(path, self.latex(unfold, digits) + "\n")
        if kind == ".txt":
            return write_text(path, self.text(unfold, digits) + "\n")
        raise ArgumentError(
            _("save({path!r}): the name must end in .html, .tex or .txt").format(path=str(path))
        )

    def _digits(self, digits: int | None) -> int:
        if digits is None:
            return self.digits
        if isinstance(digits, bool) or not isinstance(digits, int) or not 1 <= digits <= 17:
            raise ArgumentError(
                _("digits={digits!r} must be a whole number from 1 to 17").format(digits=digits)
            )
        return digits

    def __str__(self) -> str:
        return self.text(color=is_coloured(sys.stdout))

    def __repr__(self) -> str:
        steps = plural("{n} step", "{n} steps", len(self.steps))
        return f"<Explanation of {steps}: {', '.join(self.names)}>"

    def _repr_html_(self) -> str:
        return self.html()


@dataclasses.dataclass(frozen=True)
class StepText:
    """One step, which prints itself."""

    step: Step
    digits: int

    def __str__(self) -> str:
        return step_text(self.step, Fold(), self.digits)

    __repr__ = __str__


def explain(
    network: Network, x: Any, y: Any = None, is_default: bool = False, name: str | None = None
) -> Explanation:
    """Return the account of one pass of a network; see :meth:`glassnet.Sequential.explain`."""
    done = prepare(network, x, y, is_default)
    found = trace(done.program, done.given, done.is_single)
    head = heading(network, name, done, usual_digits(done))
    reasons = Reasons(found, network.topology, done.record, head.words)
    return Explanation(done, found, reasons, head, _drawn(network, done, head))


def _drawn(network: Network, done: Pass, head: Heading) -> Diagram | None:
    """Return the diagram of the network as it is now."""
    samples = [done.given[name] for name in input_names(network.topology)]
    has_values = len(samples[0]) == 1 and not head.is_apart
    sample = [part[0] for part in samples] if len(samples) > 1 else samples[0][0]
    try:
        return diagram(network, sample if has_values else None)
    except GlassnetError:  # a network without layers
        return None
