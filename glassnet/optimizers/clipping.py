"""Gradient clipping: keep one bad batch from throwing the weights away."""

from __future__ import annotations

import abc
from types import MappingProxyType
from typing import Any

from glassnet import ops
from glassnet.graph import Node
from glassnet.settings import Configured, Family, number

__all__ = ["ClipByGlobalNorm", "ClipByNorm", "ClipByValue", "Clipping", "get_clipping"]


class Clipping(Configured, abc.ABC):
    """Base of rules that change all gradients before the update."""

    @abc.abstractmethod
    def __call__(self, gradients: list[Node]) -> list[Node]:
        """Return the clipped gradients."""


FAMILY: Family[Clipping] = Family("clipping", Clipping)


def get_clipping(clip: Any) -> Clipping | None:
    """Return a clipping rule from an object or a description; None stays None."""
    return None if clip is None else FAMILY.get(clip)


def _scale(squares: Node, limit: float) -> Node:
    """Return min(1, limit / norm) without dividing by zero."""
    scale: Node = limit / ops.sqrt(ops.maximum(squares, limit * limit))
    return scale.named("scale")


@FAMILY.add
class ClipByValue(Clipping):
    """g = min(max(g, -limit), limit), number by number.

    Parameters
    ----------
    limit : float
    """

    rules = MappingProxyType({"limit": number(above=0)})

    def __init__(self, limit: float) -> None:
        self.limit = limit

    def __call__(self, gradients: list[Node]) -> list[Node]:
        return [ops.clip(g, -self.limit, self.limit) for g in gradients]


@FAMILY.add
class ClipByNorm(Clipping):
    """g = g · min(1, limit / ‖g‖), for each parameter by itself.

    Parameters
    ----------
    limit : float
    """

    rules = MappingProxyType({"limit": number(above=0)})

    def __init__(self, limit: float) -> None:
        self.limit = limit

    def __call__(self, gradients: list[Node]) -> list[Node]:
        return [_scale(ops.sum(ops.square(g)), self.limit) * g for g in gradients]


@FAMILY.add
class ClipByGlobalNorm(Clipping):
    """g = g · min(1, limit / ‖all gradients together‖).

    Parameters
    ----------
    limit : float

    Source: Pascanu, Mikolov, Bengio: "On the difficulty of training recurrent neural
    networks" (ICML 2013), algorithm 1.
    """

    rules = MappingProxyType({"limit": number(above=0)})

    def __init__(self, limit: float) -> None:
        self.limit = limit

    def __call__(self, gradients: list[Node]) -> list[Node]:
        squares = ops.sum(ops.square(gradients[0]))
        for g in gradients[1:]:
            squares = squares + ops.sum(ops.square(g))
        squares = squares.named("squared_norm")
        scale = _scale(squares, self.limit)
        return [scale * g for g in gradients]
