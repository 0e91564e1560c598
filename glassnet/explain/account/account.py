"""The account of one pass as data: its steps, its values, and what stands above them.

Takes the traced pass, the reasons and the heading; gives what the renderers of this folder
(``text``, ``html``, ``latex``) write. :class:`glassnet.explain.Explanation` is its public face.
"""

from __future__ import annotations

import abc
from collections.abc import Collection, Iterator
from typing import Any

import numpy as np

from glassnet.errors import ArgumentError, suggestion
from glassnet.explain.account.heading import Heading, Words
from glassnet.explain.account.prepare import Pass
from glassnet.explain.account.reasons import Reasons
from glassnet.explain.account.steps import NEVER, Fold, Step, steps_of
from glassnet.explain.account.trace import Trace
from glassnet.explain.account.trouble import Trouble, find_trouble
from glassnet.translation import _

__all__ = ["Account", "UnknownValue", "usual_digits"]


class Account(abc.ABC):
    """One pass of a network as data; a subclass adds the ways to read it.

    Parameters
    ----------
    done : Pass
    trace : Trace
    reasons : Reasons
    head : Heading
    """

    def __init__(self, done: Pass, trace: Trace, reasons: Reasons, head: Heading) -> None:
        self._done = done
        self._trace = trace
        self._reasons = reasons
        self._heading = head
        self.notes = done.notes
        self.steps = steps_of(trace, reasons)
        self.trouble: Trouble | None = find_trouble(trace)
        self.digits = usual_digits(done)
        self.sample = ""

    @abc.abstractmethod
    def __str__(self) -> str: ...

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

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def find_step(self, name: str) -> Step:
        """Return the step of a name, or raise `UnknownValue`."""
        for one in self.steps:
            if one.name == name:
                return one
        known = [one.name for one in self.steps]
        if isinstance(name, str) and name in self._trace.nodes:
            raise UnknownValue(
                _("{name!r} is given, no step computes it; the steps are: {names}").format(
                    name=name, names=", ".join(known)
                )
            )
        raise UnknownValue(_unknown(name, known, self._done.is_forward_only))

    def fold(self, unfold: bool | str | Collection[str], name: str) -> Fold:
        """Return how much of a step is written out."""
        return self.folds(unfold)[name]

    def folds(self, unfold: bool | str | Collection[str]) -> dict[str, Fold]:
        """Return how much of each step is written out, by its name."""
        if isinstance(unfold, bool):
            return {step.name: NEVER if unfold else Fold() for step in self.steps}
        if not isinstance(unfold, Collection):
            raise ArgumentError(
                _("unfold={unfold!r} must be True, False, or names of steps").format(unfold=unfold)
            )
        wanted = [unfold] if isinstance(unfold, str) else unfold
        for one in wanted:
            self.find_step(one)  # says which names there are
        return {step.name: NEVER if step.name in wanted else Fold() for step in self.steps}


class UnknownValue(ArgumentError, KeyError):
    """There is no value of that name."""

    def __str__(self) -> str:
        return str(self.args[0])  # a KeyError would show the text in quotes


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
