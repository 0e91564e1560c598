"""Loss or a metric over the epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from glassnet.errors import ArgumentError, shown, suggestion
from glassnet.plots.inputs import check_count, check_flag, check_names, curve
from glassnet.plots.style import BLUE, GRID, INK, MUTED, ORANGE, Thousands, legend_text, prepared
from glassnet.quoting import mathtext

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from glassnet.training.history import History

__all__ = ["curves"]

FEW = 8  # numbers of a curve that are marked, each by itself
LOG_FROM = 20.0  # a range of values wider than this ratio is drawn on a logarithmic axis


def curves(
    history: Mapping[str, Sequence[float]] | History,
    name: str = "loss",
    *,
    best_epoch: int | None = None,
    labels: tuple[str, str, str] = ("training", "validation", "kept: epoch {epoch}"),
    first_epoch: int = 1,
    logarithmic: bool | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the training and the validation curve of one number.

    Parameters
    ----------
    history : History, or mapping of str to sequence of float
        What fit returns, or its ``.history``. Only the first knows the epochs of a number that a
        callback logs now and then.
    name : str, default "loss"
        Which number; ``"val_" + name`` is drawn beside it where it is there.
    best_epoch : int, optional
        An epoch to mark, counted from 1.
    labels : (str, str, str)
        What to call the two curves and the mark.
    first_epoch : int, default 1
        Number of the first value; a History knows it by itself.
    logarithmic : bool, optional
        By default where the largest value is over 20 times the smallest.
    ax : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ArgumentError
        If the history does not hold that number; the nearest is suggested.

    Examples
    --------
    >>> curves({"loss": [1.0, 0.5], "val_loss": [1.1, 0.7]}).get_ylabel()
    'loss'
    """
    series = _series(history, name)
    drawn = [values for values in series if len(values)]
    numbers = _epochs(history, name, series, first_epoch)
    called = check_names(labels, "labels", 3, "curve and one for the mark")
    marked = [epochs for epochs in numbers if len(epochs)][-1]
    _check_epoch(best_epoch, marked)
    check_flag(logarithmic, "logarithmic")
    ax = prepared(ax)
    styles: Any = ((called[0], ORANGE, (0, (4, 1.6))), (called[1], BLUE, "solid"))
    if len(drawn) == 1:  # nothing to be told apart: a plain line without a name
        styles = ((None, BLUE, "solid"),) * 2
    for values, epochs, (label, colour, dashes) in zip(series, numbers, styles, strict=True):
        if not len(values):
            continue
        is_few = len(values) <= FEW
        ax.plot(
            epochs, values, label=None if label is None else legend_text(label), color=colour,
            ls=dashes, lw=1.2 if is_few else 1.8, marker="o" if is_few else None, ms=5,
        )  # fmt: skip
    _scale(ax, np.concatenate(drawn), logarithmic)
    if best_epoch is not None:
        _mark(ax, best_epoch, drawn[-1][marked.tolist().index(best_epoch)], called[2])
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    told = np.concatenate(numbers)
    room = 0.03 * (told.max() - told.min() + 1)
    ax.set_xlim(told.min() - room, told.max() + room + 0.01)
    ax.set(xlabel="epoch", ylabel=mathtext(name.replace("_", " ")))
    ax.grid(axis="y", color=GRID, lw=0.8)
    if ax.get_legend_handles_labels()[0]:
        ax.legend(frameon=False, fontsize=9, labelcolor=INK)
    return ax


def _series(history: Any, name: str) -> list[np.ndarray]:
    """Return the numbers of training and of validation; one of them may be empty."""
    history = getattr(history, "history", history)  # what fit returns will do too
    if not isinstance(history, Mapping):
        raise ArgumentError(
            f"curves({shown(history)}): give what fit returns, or its .history, a dict of numbers"
        )
    if not isinstance(name, str) or name not in history:
        raise ArgumentError(f"the history holds no {shown(name)}{suggestion(str(name), history)}")
    found = [curve(history.get(key, ()), f"history[{key!r}]") for key in (name, f"val_{name}")]
    if not any(map(len, found)):
        raise ArgumentError(f"the history of {name!r} is empty; train for at least one epoch")
    return found


def _epochs(
    history: Any, name: str, series: Sequence[np.ndarray], first_epoch: Any
) -> list[np.ndarray]:
    """Return the numbers of the epochs, from 1, of each curve."""
    first = check_count(first_epoch, "first_epoch")
    if not hasattr(history, "epochs_of"):
        return [np.arange(first, first + len(values)) for values in series]
    return [
        np.array(history.epochs_of(key), int) + 1 if len(values) else np.arange(0)
        for key, values in zip((name, f"val_{name}"), series, strict=True)
    ]


def _check_epoch(epoch: Any, known: np.ndarray) -> None:
    """Refuse a mark where no curve is."""
    if epoch is not None and check_count(epoch, "best_epoch") not in known:
        raise ArgumentError(
            f"best_epoch={epoch} is none of the epochs {known[0]} to {known[-1]}"
            + (
                f" of the curve ({len(known)} of them)"
                if len(known) <= known[-1] - known[0]
                else ""
            )
        )


def _scale(ax: Axes, values: np.ndarray, logarithmic: bool | None) -> None:
    finite = values[np.isfinite(values)]
    is_wide = len(finite) and finite.min() > 0 and finite.max() / finite.min() > LOG_FROM
    if is_wide if logarithmic is None else logarithmic:
        ax.set_yscale("log")
        ax.tick_params(which="minor", colors=MUTED, length=2)
    else:
        ax.yaxis.set_major_formatter(Thousands())


def _mark(ax: Axes, epoch: int, value: float, label: str) -> None:
    ax.axvline(epoch, color=MUTED, lw=0.9, ls=(0, (1, 2)))
    ax.plot(
        [epoch],
        [value],
        "o",
        color=BLUE,
        ms=6,
        mfc="none",
        mew=1.8,
        label=legend_text(label.replace("{epoch}", str(epoch))),
    )
