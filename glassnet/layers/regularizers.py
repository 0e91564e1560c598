"""Penalties on weights, added to the loss."""

from __future__ import annotations

import abc
from types import MappingProxyType
from typing import Any

from glassnet import ops
from glassnet.graph import Node
from glassnet.settings import Configured, Family, number

__all__ = ["L1", "L1L2", "L2", "Regularizer", "get"]


class Regularizer(Configured, abc.ABC):
    """Base of penalties: ``regularizer(W)`` gives a scalar."""

    @abc.abstractmethod
    def __call__(self, w: Node) -> Node:
        """Return the penalty as a scalar."""


FAMILY: Family[Regularizer] = Family("regularizer", Regularizer)


def get(regularizer: Any) -> Regularizer | None:
    """Return a regularizer from an object, a name or a description; None stays None."""
    return None if regularizer is None else FAMILY.get(regularizer)


@FAMILY.add
class L1(Regularizer):
    """penalty = l1 · Σ |w|.

    Parameters
    ----------
    l1 : float, default 0.01
    """

    rules = MappingProxyType({"l1": number(at_least=0)})

    def __init__(self, l1: float = 0.01) -> None:
        self.l1 = l1

    def __call__(self, w: Node) -> Node:
        return self.l1 * ops.sum(ops.abs(w))


@FAMILY.add
class L2(Regularizer):
    """penalty = l2 · Σ w².

    Parameters
    ----------
    l2 : float, default 0.01
        Differs: PyTorch's and scikit-learn's penalty is half of it, ½ alpha Σ w².
    """

    rules = MappingProxyType({"l2": number(at_least=0)})

    def __init__(self, l2: float = 0.01) -> None:
        self.l2 = l2

    def __call__(self, w: Node) -> Node:
        return self.l2 * ops.sum(ops.square(w))


@FAMILY.add
class L1L2(Regularizer):
    """penalty = l1 · Σ |w| + l2 · Σ w².

    Parameters
    ----------
    l1, l2 : float, default 0.01
    """

    rules = MappingProxyType({"l1": number(at_least=0), "l2": number(at_least=0)})

    def __init__(self, l1: float = 0.01, l2: float = 0.01) -> None:
        self.l1 = l1
        self.l2 = l2

    def __call__(self, w: Node) -> Node:
        return L1(self.l1)(w) + L2(self.l2)(w)


def __dir__() -> list[str]:
    return list(__all__)
