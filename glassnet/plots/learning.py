"""The learning curves of a run, with what they say."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import ArgumentError, shown
from glassnet.plots.curves import curves
from glassnet.plots.inputs import check_rows, curve
from glassnet.plots.style import INK, figure_of
from glassnet.quoting import mathtext
from glassnet.training.health import Curve
from glassnet.training.health.limits import FEWEST_CURVE
from glassnet.training.history import mode_of
from glassnet.translation import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["learning_curves"]

SIZE = 10  # of the letters of the judgement


def learning_curves(
    history: Any,
    name: str = "loss",
    *,
    logarithmic: bool | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the curves of a run, mark its best epoch, and say above them what they show.

    Parameters
    ----------
    history : History, dict of str to list of float, or a trained model
    name : str, default "loss"
        Which number; its validation curve is drawn beside it where there is one.
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
    >>> history = {"loss": [1.0, 0.5, 0.3, 0.2, 0.1], "val_loss": [1.1, 0.7, 0.9, 1.2, 1.4]}
    >>> learning_curves(history).get_title(loc="left")
    'overfitting: the validation loss rises after epoch 2'
    """
    record = _record(history)
    numbers: Mapping[str, Sequence[float]] = getattr(record, "history", record)
    if not isinstance(name, str):
        raise ArgumentError(f'name={shown(name)} must be the name of a number, such as "loss"')
    found = numbers.get(f"val_{name}")
    is_there = found is not None and len(check_rows(found, f"history['val_{name}']", "numbers"))
    watched = curve(found if is_there else numbers.get(name, ()), f"history[{name!r}]")
    has_best = bool(len(watched)) and bool(np.isfinite(watched).any())
    is_gain = mode_of(name) == "max"
    best = int(np.nanargmax(watched) if is_gain else np.nanargmin(watched)) if has_best else None
    key = f"val_{name}" if is_there else name
    knows = hasattr(record, "epochs_of") and len(watched)
    epochs = record.epochs_of(key) if knows else range(len(watched))
    epoch = None if best is None else int(epochs[best]) + 1
    ax = curves(
        record,
        name,
        best_epoch=epoch,
        labels=(_("training"), _("validation"), _("best: epoch {epoch}")),
        logarithmic=logarithmic,
        ax=ax,
    )
    said = _verdict(watched, name, f"val_{name}" in numbers, best, epoch)
    width = ax.get_window_extent().width / figure_of(ax).dpi * 72  # points
    said = textwrap.fill(mathtext(said), max(20, int(width / (0.55 * SIZE))))
    ax.set_title(said, loc="left", fontsize=SIZE, color=INK)
    return ax


def _record(history: Any) -> Any:
    """Return what knows the curves: a History, or a dict of them."""
    if isinstance(history, Mapping):
        return history
    record = history if isinstance(getattr(history, "history", None), Mapping) else None
    if record is None:  # a model keeps the record of its last run
        record = getattr(history, "history", None)
    if record is None or not isinstance(getattr(record, "history", None), Mapping):
        raise ArgumentError(
            f"learning_curves({shown(history)}): give what fit returns, its .history, or a model "
            "that was trained"
        )
    return record


def _verdict(
    watched: np.ndarray, name: str, is_validation: bool, best: int | None, epoch: int | None
) -> str:
    """Return in a sentence what a curve shows."""
    what = name.replace("_", " ")
    if is_validation:
        what = _("validation {name}").format(name=what)
    if best is None or not np.isfinite(watched).all():
        if "loss" in name:
            return _("diverged: the {what} is not finite").format(what=what)
        return _("the {what} is not a number in {n} of {count} epochs").format(
            what=what, n=np.count_nonzero(~np.isfinite(watched)), count=len(watched)
        )
    if len(watched) < FEWEST_CURVE:
        return _("too few epochs to say more")
    is_gain = mode_of(name) == "max"
    # The rules are those of net.diagnose and the report; they speak of what is to become small.
    curve = Curve((1 - watched if is_gain else watched).tolist())
    if not curve.has_moved:
        return _("the {what} has hardly moved").format(what=what)
    if curve.has_turned:
        if not is_validation:
            return _("unsteady: the {what} was best in epoch {epoch}").format(
                what=what, epoch=epoch
            )
        if is_gain:
            return _("overfitting: the {what} falls after epoch {epoch}").format(
                what=what, epoch=epoch
            )
        return _("overfitting: the {what} rises after epoch {epoch}").format(what=what, epoch=epoch)
    if curve.is_still_falling:
        return _("still getting better: more epochs may help")
    return _("levelled off: best {what} {value:.3g} in epoch {epoch}").format(
        what=what, value=float(watched[best]), epoch=epoch
    )
