"""L-BFGS: a quasi-Newton method for small networks and full batches."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from glassnet.errors import ArgumentError
from glassnet.graph import Node
from glassnet.optimizers.base import FAMILY, NOT_NEGATIVE, Optimizer
from glassnet.settings import refuse, whole

__all__ = ["LBFGS"]


def _found_by_search(owner: str, name: str, value: Any) -> float:
    if value != 1.0:
        refuse(owner, name, value, "left alone: the line search finds it")
    return 1.0


def _none(owner: str, name: str, value: Any) -> None:
    if value is not None:
        refuse(
            owner, name, value, "None: the steps of L-BFGS are SciPy's, with unchanged gradients"
        )


@FAMILY.add
class LBFGS(Optimizer):
    """w ← w - rate · H g, H an estimate of the inverse curvature from the last steps.

    Every epoch is one iteration over all samples; the rate is found by line search. The
    iterations are SciPy's (``scipy.optimize.minimize(method="L-BFGS-B")``).

    Parameters
    ----------
    history : int, default 10
        Number of past steps the curvature is estimated from.
    tolerance : float, default 1e-9
        Stop when the loss falls by less than this fraction.
    gradient_tolerance : float, default 1e-7
        Stop when no gradient is larger than this.

    Source: Liu and Nocedal (1989); Byrd, Lu, Nocedal, Zhu (1995).
    """

    is_host_side = True

    rules = MappingProxyType(
        {
            "history": whole(
                1, most=10**6, why="history must be at least 1, and at most a million"
            ),
            "tolerance": NOT_NEGATIVE,
            "gradient_tolerance": NOT_NEGATIVE,
            "learning_rate": _found_by_search,
            "clip": _none,
        }
    )

    def __init__(
        self, history: int = 10, tolerance: float = 1e-9, gradient_tolerance: float = 1e-7
    ) -> None:
        super().__init__(1.0)
        self.history = history
        self.tolerance = tolerance
        self.gradient_tolerance = gradient_tolerance

    def update(
        self,
        w: Node,
        g: Node,
        rate: Node,
        slots: dict[str, Node],
        hyper: dict[str, Node],
        step: Node,
    ) -> tuple[Node, dict[str, Node]]:
        raise ArgumentError("LBFGS makes its steps outside the graph; use it through fit(...)")
