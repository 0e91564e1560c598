"""Several runs beside each other; times and weights as bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from glassnet.data.arrays import check_array
from glassnet.errors import ArgumentError, ShapeError, shown
from glassnet.plots.style import BLUE, CYCLE, GRID, INK, ORANGE, class_styles, prepared

__all__ = ["runs", "time_bars", "weight_bars"]

# Lines are told apart without their colours too.
DASHES = ("-", "--", ":", "-.", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)))


def runs(
    series: Mapping[str, Sequence[float]],
    x: Sequence[float] | None = None,
    xlabel: str = "epoch",
    ylabel: str = "loss",
    legend: str = "",
    logarithmic: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw several curves, told apart by colour, line and mark.

    Parameters
    ----------
    series : dict of str to sequence of float
    x : sequence of float, optional
        By default 1, 2, 3 ...
    xlabel, ylabel, legend : str
    logarithmic : bool
        Scale of the values.
    ax : Axes, optional

    Examples
    --------
    >>> len(runs({"a": [3.0, 2.0], "b": [2.0, 1.0]}).lines)
    2
    """
    if not isinstance(series, Mapping):
        raise ArgumentError(f"runs({shown(series)}): give a dict, a name and its numbers a curve")
    ax = prepared(ax, (6.2, 3.8))
    styles = class_styles(len(series))
    colours = (*CYCLE, INK)
    for place, (name, values) in enumerate(series.items()):
        at = np.arange(1, len(values) + 1) if x is None else x
        colour, marker = colours[place % len(colours)], styles[place][1]
        dashes = DASHES[place % len(DASHES)]
        ax.plot(at, values, label=name, color=colour, ls=dashes, marker=marker, ms=4)
    if logarithmic:
        ax.set_yscale("log")
    if len(series) > 1:
        ax.legend(title=legend or None, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.grid(axis="y", color=GRID, lw=0.8)
    return ax


def weight_bars(
    weights: Any, names: Sequence[str], count: int = 12, ax: Axes | None = None
) -> Axes:
    """Draw the largest weights of one neuron as bars.

    Parameters
    ----------
    weights : array, shape (n,)
    names : sequence of str
        What each weight belongs to.
    count : int
        How many to show.
    ax : Axes, optional

    Examples
    --------
    >>> len(weight_bars([1.0, -3.0, 2.0], ["a", "b", "c"], count=2).patches)
    2
    """
    weights = check_array(weights, "weights", "float64").ravel()
    if isinstance(names, str) or not hasattr(names, "__len__") or len(names) != len(weights):
        raise ShapeError(f"names={shown(names)} must be {len(weights)} names, one a weight")
    ax = prepared(ax, (6.0, 4.0))
    chosen = np.argsort(-np.abs(weights), kind="stable")[:count][::-1]
    bars = ax.barh([names[place] for place in chosen], weights[chosen], color=BLUE)
    for bar, place in zip(bars, chosen, strict=True):
        if weights[place] < 0:  # hatched, so that the sign is seen without colour as well
            bar.set(facecolor="white", edgecolor=ORANGE, hatch="///")
    ax.axvline(0, color=INK, linewidth=0.8)
    ax.set(xlabel="weight")
    return ax


def time_bars(times: Sequence[tuple[str, float, float]], ax: Axes | None = None) -> Axes:
    """Draw the times of two ways of computing beside each other, on a logarithmic scale.

    Parameters
    ----------
    times : sequence of (name, seconds by loops, seconds by matrices)
    ax : Axes, optional

    Examples
    --------
    >>> time_bars([("3-3-1", 4e-5, 2e-5)]).get_ylabel()
    'µs for one forward pass'
    """
    ax = prepared(ax)
    at = np.arange(len(times))
    for shift, place, label, hatch in ((-0.2, 1, "loops", "///"), (0.2, 2, "matrices", "")):
        values = [float(row[place]) * 1e6 for row in times]
        bars = ax.bar(at + shift, values, 0.38, label=label, color="white" if hatch else BLUE,
                      edgecolor=BLUE, hatch=hatch)  # fmt: skip
        ax.bar_label(bars, [f"{value:,.0f}" for value in values], fontsize=8)
    ax.set_yscale("log")
    ax.set_ylim(bottom=1.0, top=2.5 * ax.get_ylim()[1])  # room for the numbers
    ax.set_xticks(at, [row[0] for row in times])
    ax.legend(frameon=False, loc="upper left")
    ax.set(xlabel="network", ylabel="µs for one forward pass")
    return ax
