"""net.explain: one pass of a network, step by step, with the numbers."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import ArgumentError, GlassnetError, suggestion
from glassnet.explain.diagram import Diagram, diagram
from glassnet.explain.heading import Heading, Words, heading
from glassnet.explain.prepare import Pass, prepare
from glassnet.explain.reasons import Reasons
from glassnet.explain.steps import NEVER, Fold, Step, steps_of
from glassnet.explain.trace import Trace
from glassnet.explain.trouble import Trouble, find_trouble
from glassnet.formats.files import checked_path, write_text
from glassnet.training.network import Network
from glassnet.training.programs import input_names
from glassnet.translation import _, plural

if TYPE_CHECKING:
    from glassnet.explain.why import Why

__all__ = ["Explanation", "explain"]


class Explanation:
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
        self._done = done
        self._trace = trace
        self._reasons = reasons
        self.notes = done.notes
        self.steps = steps_of(trace, reasons)
        self.trouble: Trouble | None = find_trouble(trace)
        self.digits = usual_digits(done)
        self.sample = ""
        self._heading = head
        self.diagram = drawing

    @property
    def title(self) -> str:
        """Which network it is of, by name and sizes, and which sample."""
        return self._heading.title(self.sample)

    @property
    def answers(self) -> list[str]:
        """What the network predicts, and the target: a line a sample, by name where it has one."""
        return self._heading.answers()

    @property
    def words(self) -> Words:
        """What features and classes are called."""
        return self._heading.words

    # Values --------------------------------------------------------------------------

    @property
    def names(self) -> list[str]:
        """The names of all values, in the order of the pass."""
        return list(self._trace.nodes)

    @property
    def given(self) -> list[str]:
        """The names of what the pass begins with: samples, weights, slots, hyperparameters."""
        listing = self._trace.listing
        return [*listing.inputs, *listing.constants]

    @property
    def slots(self) -> list[str]:
        """The names of the given values that are the optimizer's memory, as Adam's moments."""
        names, inputs = self._trace.names, self._trace.listing.program.inputs
        own = {names[id(node)] for name, node in inputs.items() if name in self._done.slots}
        return [name for name in self.given if name in own]

    @property
    def is_single(self) -> bool:
        """Whether it is of one sample, whose batch axis is left out."""
        return self._trace.is_single

    def __getitem__(self, name: str) -> np.ndarray:
        """Return a value by its name: ``e["dW2"]``; the new value of W1 is ``e["new W1"]``.

        Raises
        ------
        KeyError
            If there is no such value; the nearest name is suggested.
        """
        return self._array(name).copy()

    def _array(self, name: str) -> np.ndarray:
        node = self._trace.nodes.get(name) if isinstance(name, str) else None
        if node is None:
            raise UnknownValue(_unknown(name, self.names, self._done.is_forward_only))
        array = self._trace.array(node)
        return array[0] if self._trace.is_single and self._trace.has_rows(node) else array

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name in self._trace.nodes

    def __iter__(self) -> Any:
        return iter(self.names)

    def step(self, name: str) -> StepText:
        """Return one step, to be printed.

        Raises
        ------
        KeyError
            If no step computes a value of that name.
        """
        for one in self.steps:
            if one.name == name:
                return StepText(self, one)
        known = [one.name for one in self.steps]
        if isinstance(name, str) and name in self._trace.nodes:
            raise UnknownValue(
                _("{name!r} is given, no step computes it; the steps are: {names}").format(
                    name=name, names=", ".join(known)
                )
            )
        raise UnknownValue(_unknown(name, known, self._done.is_forward_only))

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
        from glassnet.explain.why import why

        return why(self._trace, self._reasons, name, index, self.digits)

    # Ways to read it ------------------------------------------------------------------

    def fold(self, unfold: bool | str | Collection[str], name: str) -> Fold:
        """Return how much of a step is written out."""
        if isinstance(unfold, bool):
            return NEVER if unfold else Fold()
        if not isinstance(unfold, Collection):
            raise ArgumentError(
                _("unfold={unfold!r} must be True, False, or names of steps").format(unfold=unfold)
            )
        wanted = [unfold] if isinstance(unfold, str) else unfold
        known = {step.name for step in self.steps}
        for one in wanted:
            if not isinstance(one, str) or one not in known:
                self.step(one)  # says which names there are
        return NEVER if name in wanted else Fold()

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
        from glassnet.explain.plain import account_text

        if isinstance(width, bool) or not isinstance(width, int):
            raise ArgumentError(_("width={width!r} must be a whole number").format(width=width))
        return account_text(self, unfold, self._digits(digits), width, color)

    def html(self, unfold: bool | str | Collection[str] = False, digits: int | None = None) -> str:
        """Return the account as HTML with steps that open and close; needs nothing else."""
        from glassnet.explain.page import account_html

        return account_html(self, unfold, self._digits(digits))

    def latex(self, unfold: bool | str | Collection[str] = False, digits: int | None = None) -> str:
        """Return the account as LaTeX: one ``align*`` a stage, for amsmath."""
        from glassnet.explain.paper import account_latex

        return account_latex(self, unfold, self._digits(digits))

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
        from glassnet.explain.page import account_page

        kind = checked_path(path).suffix.lower()
        if kind in (".html", ".htm"):
            return write_text(path, account_page(self, unfold, self._digits(digits)))
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
        return self.text(color=is_coloured())

    def __repr__(self) -> str:
        steps = plural("{n} step", "{n} steps", len(self.steps))
        return f"<Explanation of {steps}: {', '.join(self.names)}>"

    def _repr_html_(self) -> str:
        return self.html()


class UnknownValue(ArgumentError, KeyError):
    """There is no value of that name."""

    def __str__(self) -> str:
        return str(self.args[0])  # a KeyError would show the text in quotes


@dataclasses.dataclass(frozen=True)
class StepText:
    """One step, which prints itself."""

    explanation: Explanation
    step: Step

    def __str__(self) -> str:
        from glassnet.explain.plain import step_text

        return step_text(self.step, Fold(), self.explanation.digits)

    __repr__ = __str__


def is_coloured() -> bool:
    """Tell whether standard output shows colours: a terminal, and nobody said no."""
    stream = sys.stdout
    return stream is not None and stream.isatty() and not os.environ.get("NO_COLOR")


def _unknown(name: Any, known: list[str], is_forward_only: bool) -> str:
    text = _("there is no value {name!r} in this pass").format(name=name)
    text += suggestion(str(name), known)
    if "did you mean" in text:
        text += " " + _("All names: {names}").format(names=", ".join(known))
    if is_forward_only:
        text += ". " + _("It is a forward pass only: give y for loss, gradients and update")
    return text


def usual_digits(done: Pass) -> int:
    """Return how many digits say something about numbers of this precision."""
    return 5 if done.dtype == "float32" else 6


def explain(
    network: Network, x: Any, y: Any = None, is_default: bool = False, name: str | None = None
) -> Explanation:
    """Return the account of one pass of a network; see :meth:`glassnet.Sequential.explain`."""
    from glassnet.explain.trace import trace

    done = prepare(network, x, y, is_default)
    found = trace(done.program, done.given, done.is_single)
    head = heading(network, name, done, usual_digits(done))
    reasons = Reasons(found, network.topology, done.loss, done.optimizer, head.words)
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
