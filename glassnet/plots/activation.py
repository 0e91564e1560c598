"""An activation function and its derivative."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet import activations, ops
from glassnet.errors import ArgumentError, GlassnetError, shown
from glassnet.evaluate import value_and_grad
from glassnet.plots.inputs import check_number
from glassnet.plots.style import BLUE, GRID, INK, MUTED, ORANGE, prepared

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["activation"]

POINTS = 801


def activation(
    function: Any, low: float = -6.0, high: float = 6.0, *, ax: Axes | None = None
) -> Axes:
    """Draw f(x) and f'(x) of an activation; the derivative is that of the training.

    Of one that looks at all units at once, as softmax does, the first of two units is drawn; the
    other is held at 0.

    Parameters
    ----------
    function : str or callable
        A name from `glassnet.activations`, or any function made of ``gn.ops``.
    low, high : float
        Ends of the axis.
    ax : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ArgumentError
        If there is no activation of that name, or it cannot be drawn.

    Examples
    --------
    >>> ax = activation("sigmoid")
    >>> [line.get_label() for line in ax.lines[-2:]], float(ax.lines[-1].get_ydata().max())
    (['f(x)', "f'(x)"], 0.25)
    """
    if not check_number(low, "low") < check_number(high, "high"):
        raise ArgumentError(f"low={low} must be smaller than high={high}")
    f = activations.get(function)
    x = np.linspace(low, high, POINTS)
    y, slope, is_coupled = _values(f, x, function)
    ax = prepared(ax, (5.2, 3.4))
    ax.axhline(0, color=GRID, lw=1)
    ax.axvline(0, color=GRID, lw=1)
    ax.plot(x, y, label="f(x)", color=BLUE, lw=2)
    ax.plot(x, slope, label="f'(x)", color=ORANGE, lw=1.8, ls=(0, (4, 1.6)))
    name = activations.name_of(f)
    about = f"{name} of (x, 0), first unit" if is_coupled else name
    ax.set_title(about, fontsize=11, color=INK)
    ax.set(xlabel="x", xlim=(low, high))
    ax.tick_params(colors=MUTED)
    ax.legend(frameon=False, fontsize=9, labelcolor=INK)
    return ax


def _values(
    f: Callable[..., Any], x: np.ndarray, given: Any
) -> tuple[np.ndarray, np.ndarray, bool]:
    """Return f and its derivative at the points, and whether f looks at several units."""
    pairs = np.stack([x, np.zeros_like(x)], axis=1)
    first = np.array([1.0, 0.0])
    try:
        is_coupled = not np.array_equal(
            np.asarray(f(np.array([[0.0, 0.0]])))[0, 0], np.asarray(f(np.array([[0.0, 3.0]])))[0, 0]
        )
        y = np.asarray(f(pairs), float)[:, 0]
        slope = value_and_grad(lambda v: ops.sum(f(v) * first))(pairs)[1][:, 0]
    except (GlassnetError, TypeError, ValueError, LookupError, ArithmeticError) as error:
        raise ArgumentError(
            f"activation({shown(given)}) cannot be drawn: {error}; give the function of one unit, "
            "made of gn.ops"
        ) from error
    return y, slope, is_coupled
