"""Predicted against true numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from glassnet.errors import ShapeError
from glassnet.plots.style import BLUE, GRID, INK, MUTED, prepared

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["predicted_against_true"]

MOST_POINTS = 2000


def predicted_against_true(
    true: np.ndarray,
    predicted: np.ndarray,
    *,
    label: str = "predicted = true",
    ax: Axes | None = None,
) -> Axes:
    """Draw a point for every sample; on the diagonal the prediction is right.

    Of more than 2,000 samples, 2,000 are drawn, evenly spaced.

    Parameters
    ----------
    true, predicted : ndarray
        One number a sample.
    label : str
        What to call the diagonal.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    true, predicted = np.asarray(true).reshape(-1), np.asarray(predicted).reshape(-1)
    if true.shape != predicted.shape:
        raise ShapeError(f"{len(true)} true but {len(predicted)} predicted numbers")
    ax = prepared(ax, (4.8, 4.5))
    step = -(-len(true) // MOST_POINTS)
    ends = [min(true.min(), predicted.min()), max(true.max(), predicted.max())]
    ax.plot(ends, ends, color=MUTED, lw=1.2, ls=(0, (4, 2)), label=label)
    ax.scatter(true[::step], predicted[::step], s=22, color=BLUE, alpha=0.55, lw=0)
    ax.set(xlabel="true", ylabel="predicted", aspect="equal")
    ax.grid(color=GRID, lw=0.8)
    ax.legend(frameon=False, fontsize=9, labelcolor=INK)
    return ax
