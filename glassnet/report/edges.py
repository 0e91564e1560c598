"""Targets that pile up at their largest or smallest number, as where they were cut off there.

Takes targets, gives :class:`Edge` objects; data card and results put them in words.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glassnet.numbers import number
from glassnet.report.tables import percent
from glassnet.translation import _, plural

__all__ = ["Edge", "edge_text", "edges_of"]

LEAST_ROWS, LEAST_SHARE = 5, 0.01  # fewer rows at an edge may be chance
LEAST_KINDS = 20  # of fewer different numbers each is common
OTHERS = 3.0  # times as many rows as the commonest number between the edges


@dataclass(frozen=True)
class Edge:
    """An end of the targets that many rows share.

    Attributes
    ----------
    value : float
    rows : int
    share : float
        Of all rows.
    is_top : bool
    """

    value: float
    rows: int
    share: float
    is_top: bool


def edges_of(y: np.ndarray) -> list[Edge]:
    """Return the ends at which targets pile up: far more rows than any number between them has.

    Examples
    --------
    >>> prices = np.minimum(np.arange(100.0), 80.0)
    >>> [(edge.value, edge.rows, edge.is_top) for edge in edges_of(prices)]
    [(80.0, 20, True)]
    >>> edges_of(np.arange(100.0) % 4)
    []
    """
    values, counts = np.unique(np.asarray(y).reshape(-1), return_counts=True)
    if len(values) < LEAST_KINDS:
        return []
    total, others = int(counts.sum()), int(counts[1:-1].max())
    enough = max(LEAST_ROWS, LEAST_SHARE * total, OTHERS * others)
    return [
        Edge(float(values[place]), int(counts[place]), float(counts[place]) / total, place == -1)
        for place in (0, -1)
        if counts[place] >= enough
    ]


def edge_text(edge: Edge) -> str:
    """Return what a pile of targets at an edge means, in words."""
    if edge.is_top:
        where = plural(
            "{n} row ({share}) has exactly the largest target, {value}: a sign that larger ones "
            "were cut off there.",
            "{n} rows ({share}) have exactly the largest target, {value}: a sign that larger ones "
            "were cut off there.",
            edge.rows, share=percent(edge.share), value=number(edge.value),
        )  # fmt: skip
    else:
        where = plural(
            "{n} row ({share}) has exactly the smallest target, {value}: smaller ones may have "
            "been cut off there.",
            "{n} rows ({share}) have exactly the smallest target, {value}: smaller ones may have "
            "been cut off there.",
            edge.rows, share=percent(edge.share), value=number(edge.value),
        )  # fmt: skip
    return where + " " + _("Errors of these rows say little about the network.")
