"""Predicted against true numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from glassnet.errors import ShapeError
from glassnet.plots.inputs import check_name, numbers
from glassnet.plots.style import BLUE, GRID, INK, MUTED, Thousands, legend_text, prepared

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
    true, predicted : array
        One number a sample.
    label : str
        What to call the diagonal.
    ax : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ShapeError
        If there are not as many of one as of the other.
    GlassnetError
        If they are not finite numbers.

    Examples
    --------
    >>> predicted_against_true([1.0, 2.0, 3.0], [1.1, 1.8, 3.2]).get_xlabel()
    'true'
    """
    true, predicted = numbers(true, "true").reshape(-1), numbers(predicted, "predicted").reshape(-1)
    if true.shape != predicted.shape:
        raise ShapeError(
            f"{len(true)} true but {len(predicted)} predicted numbers; give one of each a sample"
        )
    label = check_name(label, "label")
    ax = prepared(ax, (4.8, 4.5))
    step = -(-len(true) // MOST_POINTS)
    ends = [min(true.min(), predicted.min()), max(true.max(), predicted.max())]
    ax.plot(ends, ends, color=MUTED, lw=1.2, ls=(0, (4, 2)), label=legend_text(label))
    ax.scatter(true[::step], predicted[::step], s=22, color=BLUE, alpha=0.55, lw=0)
    ax.set(xlabel="true", ylabel="predicted", aspect="equal")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(5))
        axis.set_major_formatter(Thousands())
    ax.grid(color=GRID, lw=0.8)
    if label:
        ax.legend(frameon=False, fontsize=9, labelcolor=INK)
    return ax
