"""The confusion matrix: what was taken for what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patches import Rectangle

from glassnet.errors import ShapeError
from glassnet.plots.inputs import check_class_names, numbers
from glassnet.plots.style import BLUE, INK, MUTED, ORANGE, prepared, shortened
from glassnet.quoting import mathtext

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["confusion"]

MOST_NUMBERS = 20  # classes; beyond, the cells are too small to write in
LETTER = 0.1  # inches, the width of one in a name
STRONGEST = 0.6  # opacity of a full cell: the number in it stays readable
ROOM = 2.6  # inches for the cells of a few classes
_LONGEST = 18  # letters of a name


def confusion(
    matrix: np.ndarray, class_names: Sequence[str] | None = None, *, ax: Axes | None = None
) -> Axes:
    """Draw a confusion matrix: a row for each true class, a column for each predicted one.

    Right answers are blue, mistakes orange; both are darker the larger their share of the row.

    Parameters
    ----------
    matrix : ndarray
        Counts, as `glassnet.metrics.confusion_matrix` gives them.
    class_names : sequence of str, optional
    ax : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ShapeError
        If the matrix is not square, or the names are not one a class.
    """
    matrix = numbers(matrix, "matrix")
    count = len(matrix)
    if matrix.shape != (count, count) or matrix.min() < 0:
        raise ShapeError(
            f"confusion needs a square matrix of counts, but matrix has the shape {matrix.shape}"
            + (" and negative numbers" if matrix.min() < 0 else "")
            + "; glassnet.metrics.confusion_matrix(y, predicted) makes one"
        )
    names = check_class_names(class_names, count)
    cell = float(np.clip(ROOM / count, 0.42, 1.2))  # inches
    side = 1.7 + min(cell * count, 6.5)
    ax = prepared(ax, (side, side * 0.94))
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    errors = shares - np.diag(np.diag(shares))
    strongest = max(errors.max(), 1e-12)
    for row in range(count):
        for column in range(count):
            share = shares[row, column]
            is_right = row == column
            strength = share if is_right else (0.35 + 0.65 * errors[row, column] / strongest)
            if matrix[row, column]:
                _cell(ax, row, column, BLUE if is_right else ORANGE, STRONGEST * strength)
            if count <= MOST_NUMBERS:
                _number(ax, row, column, int(matrix[row, column]), 9 if cell < 0.6 else 12)
    _frame(ax, names, cell)
    return ax


def _cell(ax: Axes, row: int, column: int, colour: str, strength: float) -> None:
    ax.add_patch(
        Rectangle((column - 0.48, row - 0.48), 0.96, 0.96, color=colour, alpha=strength, lw=0)
    )


def _number(ax: Axes, row: int, column: int, number: int, size: int) -> None:
    colour = INK if number else MUTED
    text = f"{number:,}" if number else "·"
    ax.text(column, row, text, ha="center", va="center_baseline", fontsize=size, color=colour)


def _frame(ax: Axes, names: list[str], cell: float) -> None:
    count = len(names)
    is_long = max(map(len, names)) > max(3, (cell - 0.2) / LETTER)
    step = max(1, count // MOST_NUMBERS)
    places = range(0, count, step)
    shown = [mathtext(shortened(names[place], _LONGEST)) for place in places]
    ax.set_xticks(places, shown, rotation=35 if is_long else 0, ha="right" if is_long else "center")
    ax.set_yticks(places, shown)
    ax.set(xlim=(-0.6, count - 0.4), ylim=(count - 0.4, -0.6), aspect="equal")
    ax.set(xlabel="predicted", ylabel="true")
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
