"""What a network says everywhere in a plane of two features."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import ShapeError
from glassnet.plots.style import INK, class_styles, literal, prepared

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["boundary"]

STEPS = 120  # points along each side of the plane


def boundary(
    predict: Callable[[np.ndarray], np.ndarray],
    x: np.ndarray,
    y: np.ndarray,
    *,
    class_names: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the regions in which a network says each class, with samples over them.

    Parameters
    ----------
    predict : callable
        ``predict(x)`` gives one probability a class for samples ``(n, 2)``.
    x, y : ndarray
        Samples of two features, and their class numbers.
    class_names : sequence of str, optional
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    if x.ndim != 2 or x.shape[1] != 2:
        raise ShapeError(f"a plane needs samples of two features, (n, 2), but x is {x.shape}")
    ax = prepared(ax, (5.2, 4.4))
    sides = _sides(x)
    grid = np.stack(np.meshgrid(*sides), axis=-1).reshape(-1, 2).astype(np.float32)
    probabilities = predict(grid).reshape(STEPS, STEPS, -1)
    names = [str(name) for name in class_names or range(probabilities.shape[-1])]
    for number, (colour, marker) in enumerate(class_styles(probabilities.shape[-1])):
        _region(ax, sides, probabilities, number, colour)
        style: Any = {"marker": marker, "color": colour, "ms": 5, "mec": INK, "mew": 0.6}
        # Matplotlib leaves names that begin with an underscore out of legends.
        label = f" {names[number]}" if names[number][:1] == "_" else names[number]
        ax.plot(*x[y == number].T, ls="", label=label, **style)
    ax.set(xlim=sides[0][[0, -1]], ylim=sides[1][[0, -1]], xlabel="x1", ylabel="x2")
    legend = ax.legend(
        frameon=False, fontsize=9, labelcolor=INK, loc="upper left", bbox_to_anchor=(1.0, 1.0)
    )
    literal(legend.get_texts())
    return ax


def _sides(x: np.ndarray) -> list[np.ndarray]:
    """Return the places along both axes, a little beyond the samples."""
    low, high = x.min(axis=0), x.max(axis=0)
    margin = 0.12 * np.where(high > low, high - low, 1.0)
    return [np.linspace(low[i] - margin[i], high[i] + margin[i], STEPS) for i in (0, 1)]


def _region(
    ax: Axes, sides: list[np.ndarray], probabilities: np.ndarray, number: int, colour: str
) -> None:
    """Tint where a class is the most probable, stronger where it is surer."""
    mine = probabilities[..., number]
    others = np.delete(probabilities, number, axis=-1).max(axis=-1)
    lead = mine - others
    for level, strength in ((0.0, 0.16), (0.5, 0.12), (0.9, 0.12)):
        if lead.max() > level:
            ax.contourf(*sides, lead, levels=[level, 2.0], colors=[colour], alpha=strength)
    if lead.min() < 0 < lead.max():
        ax.contour(*sides, lead, levels=[0.0], colors=[INK], linewidths=0.9)
