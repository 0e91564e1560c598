"""Several runs beside each other; times and weights as bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from glassnet.errors import ArgumentError, ShapeError, shown
from glassnet.plots.inputs import (
    check_count,
    check_flag,
    check_name,
    check_names,
    check_number,
    check_rows,
    curve,
    numbers,
)
from glassnet.plots.style import BLUE, CYCLE, GRID, INK, ORANGE, class_styles, legend_text, prepared
from glassnet.quoting import mathtext

__all__ = ["runs", "time_bars", "weight_bars"]

FEW, MANY = 8, 40  # numbers of a curve

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

    Of few numbers the marks are large and the lines between them thin: they are not measured.

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
    lines = {str(name): curve(values, f"series[{name!r}]") for name, values in series.items()}
    at = None if x is None else _places(x, lines)
    if check_flag(logarithmic, "logarithmic"):
        _check_positive(lines)
    xlabel, ylabel = check_name(xlabel, "xlabel"), check_name(ylabel, "ylabel")
    legend = check_name(legend, "legend")
    ax = prepared(ax, (6.2, 3.8))
    styles = class_styles(len(series))
    colours = (*CYCLE, INK)
    for place, (name, values) in enumerate(lines.items()):
        points = np.arange(1, len(values) + 1) if at is None else at
        colour, marker = colours[place % len(colours)], styles[place][1]
        dashes = DASHES[place % len(DASHES)]
        mark: Any = {"marker": marker, "ms": 4}
        if len(values) <= FEW:  # the numbers themselves; nothing is known of what lies between
            mark = {"marker": marker, "ms": 7, "lw": 0.7}
        elif len(values) > MANY:  # a mark here and there tells the curves apart
            mark["markevery"] = (place * len(values) // (8 * len(lines)), len(values) // 8)
        ax.plot(points, values, label=legend_text(name), color=colour, ls=dashes, **mark)
    if logarithmic:
        ax.set_yscale("log")
    if len(series) > 1:
        ax.legend(
            title=mathtext(legend) or None,
            frameon=False,
            loc="center left",
            bbox_to_anchor=(1, 0.5),
        )
    ax.set(xlabel=mathtext(xlabel), ylabel=mathtext(ylabel))
    ax.grid(axis="y", color=GRID, lw=0.8)
    return ax


def _places(x: Any, lines: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return where the numbers of all curves stand."""
    at = numbers(x, "x", ndim=1)
    for name, values in lines.items():
        if len(values) != len(at):
            raise ShapeError(f"series[{name!r}] has {len(values)} numbers, but x has {len(at)}")
    return at


def _check_positive(lines: Mapping[str, np.ndarray]) -> None:
    """Refuse curves of which a logarithmic scale would show nothing."""
    for name, values in lines.items():
        finite = values[np.isfinite(values)]
        if len(finite) and finite.max() <= 0:
            raise ArgumentError(
                f"series[{name!r}] has no number above 0, and a logarithmic scale shows no other; "
                "give logarithmic=False"
            )


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
    weights = numbers(weights, "weights").ravel()
    names = check_names(names, "names", len(weights), "weight")
    count = check_count(count, "count", 1)
    ax = prepared(ax, (6.0, 4.0))
    chosen = np.argsort(-np.abs(weights), kind="stable")[:count][::-1]
    bars = ax.barh([mathtext(names[place]) for place in chosen], weights[chosen], color=BLUE)
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

    Raises
    ------
    ArgumentError
        If a row is not made of these three, or a time is not greater than 0.

    Examples
    --------
    >>> time_bars([("3-3-1", 4e-5, 2e-5)]).get_ylabel()
    'µs for one forward pass'
    """
    rows = _rows(times)
    ax = prepared(ax)
    at = np.arange(len(rows))
    loops, matrices = [row[1] for row in rows], [row[2] for row in rows]
    for shift, seconds, label, hatch in (
        (-0.2, loops, "loops", "///"),
        (0.2, matrices, "matrices", ""),
    ):
        values = [one * 1e6 for one in seconds]
        bars = ax.bar(at + shift, values, 0.38, label=label, color="white" if hatch else BLUE,
                      edgecolor=BLUE, hatch=hatch)  # fmt: skip
        ax.bar_label(bars, [f"{value:,.0f}" for value in values], fontsize=8)
    ax.set_yscale("log")
    ax.set_ylim(bottom=1.0, top=2.5 * ax.get_ylim()[1])  # room for the numbers
    ax.set_xticks(at, [mathtext(row[0]) for row in rows])
    ax.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))  # bars reach everywhere
    ax.set(xlabel="network", ylabel="µs for one forward pass")
    return ax


def _rows(times: Any) -> list[tuple[str, float, float]]:
    """Return the rows of `time_bars`: a name and two times greater than 0."""
    found = []
    for place, row in enumerate(check_rows(times, "times", "(name, seconds, seconds)")):
        name = f"times[{place}]"
        if not isinstance(row, tuple | list) or len(row) != 3:
            raise ArgumentError(
                f"{name}={shown(row)} must be three: (name, seconds by loops, seconds by matrices)"
            )
        first, second = (check_number(one, f"seconds of {name}") for one in row[1:])
        if min(first, second) < 1e-12 or max(first, second) > 1e12:
            raise ArgumentError(
                f"{name}={shown(row)}: the times must be seconds greater than 0, as "
                "time.perf_counter() measures them; a logarithmic scale has no 0"
            )
        found.append((check_name(row[0], f"name of {name}"), first, second))
    if not found:
        raise ArgumentError("time_bars needs at least one (name, seconds, seconds)")
    return found
