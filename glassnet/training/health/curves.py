"""What learning curves mean: divergence, no progress, too few epochs, overfitting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from glassnet.training.health.findings import Finding
from glassnet.translation import _

__all__ = [
    "FEWEST_ROWS",
    "diverging",
    "has_diverged",
    "has_turned",
    "is_still_falling",
    "no_progress",
    "overfitting",
    "resting",
    "too_few_epochs",
]

Curves = Mapping[str, Sequence[float]]

FEWEST_ROWS = 10  # rows the network has not seen: fewer say nothing about the others
RISEN = 1.3  # a validation loss that is so many times the lowest has turned
SINCE_BEST = 3  # epochs: one bad epoch is no turn
MATTERS = 0.02  # of the first loss: what is less is no turn
HARMS = 0.15  # of the first loss: what is less is only worth a note
STILL_FALLING = 0.9  # the best epoch lies in the last tenth
LAST_PART = 0.8  # a loss still falls that falls ...
LAST_FALL = 0.03  # ... by so much of its whole way in the last fifth
GROWN = 3.0  # a loss that is so many times the first grows
STUCK = 0.01  # a loss that fell by less of the first has not got better
REST = 40  # epochs: fewer say nothing about rest
STILL = 1e-3  # of a guess's loss: a loss that fell by less in the last half of the run is at rest
LITTLE = 0.1  # of a guess's loss: a network that has removed more has got somewhere


def has_diverged(curves: Curves, stopped: str = "") -> bool:
    """Return whether a run ended because a number was no longer finite."""
    if any(f" became {word}" in stopped for word in ("nan", "inf", "-inf")):
        return True
    # A metric may be NaN in a healthy run: ROC AUC is, where a class is absent.
    losses = (curves[name] for name in ("loss", "val_loss") if name in curves)
    return not all(np.isfinite(values).all() for values in losses)


def has_turned(values: Sequence[float]) -> bool:
    """Return whether a validation loss has risen well above its lowest value.

    Examples
    --------
    >>> has_turned([1.0, 0.4, 0.5, 0.6, 0.8]), has_turned([1.0, 0.4, 0.41, 0.42, 0.4])
    (True, False)
    """
    if not len(values):
        return False
    best = int(np.argmin(values))
    low, last = values[best], values[-1]
    is_old = len(values) - 1 - best >= SINCE_BEST
    return is_old and last > RISEN * low and last - low > MATTERS * values[0]


def is_still_falling(values: Sequence[float]) -> bool:
    """Return whether a loss was still getting better when the epochs were used up.

    Examples
    --------
    >>> is_still_falling([1.0, 0.8, 0.6, 0.4]), is_still_falling([1.0, 0.2, 0.101, 0.1])
    (True, False)
    """
    if len(values) < 2:
        return False
    if int(np.argmin(values)) + 1 < STILL_FALLING * len(values):
        return False
    whole = values[0] - min(values)
    before = values[min(int(LAST_PART * len(values)), len(values) - 2)]
    return whole > STUCK * values[0] and before - values[-1] >= LAST_FALL * whole


def diverging(curves: Curves, stopped: str = "") -> list[Finding]:
    """Return a finding if the loss grew instead of falling, or beyond all bounds."""
    losses = curves.get("loss", ())
    if has_diverged(curves, stopped):
        evidence = _("In the last call of fit {what}.").format(
            what=stopped or _("the loss was no longer a finite number")
        )
    elif len(losses) > 1 and losses[-1] > GROWN * max(losses[0], 0) and losses[0] > 0:
        evidence = _(
            "The loss rose from {first:.3g} in the first epoch to {last:.3g} in epoch {n}."
        ).format(first=losses[0], last=losses[-1], n=len(losses))
    else:
        return []
    remedy = _(
        "A learning rate ten times smaller. Scale the inputs, if this was left out; look for "
        "huge values in the data."
    )
    numbers = {"first": losses[0], "last": losses[-1]} if len(losses) else {}
    return [Finding("problem", _("Training diverges"), evidence, remedy, "diverged", numbers)]


def no_progress(losses: Sequence[float]) -> list[Finding]:
    """Return a finding if the loss is hardly lower than in the first epoch."""
    if len(losses) < 2 or losses[0] <= 0 or not np.isfinite(losses).all():
        return []
    fall = 1 - min(losses) / losses[0]
    if fall >= STUCK:
        return []
    evidence = _(
        "From the first epoch to epoch {n} the loss went from {first:.4g} to {last:.4g}."
    ).format(n=f"{len(losses):,}", first=losses[0], last=losses[-1])
    remedy = _(
        "Look for the cause, as net.diagnose(x, y) does: a learning rate that does not suit, "
        "inputs that are not scaled, dead or saturated units, or features that say nothing about "
        "the target."
    )
    numbers = {"first": losses[0], "last": losses[-1], "fall": fall}
    title = _("The network makes no progress")
    return [Finding("warning", title, evidence, remedy, "no_progress", numbers)]


def resting(losses: Sequence[float], guess: float, has_curves: bool) -> list[Finding]:
    """Return a finding if the loss has come to rest where a guess has it.

    Parameters
    ----------
    losses : sequence of float
        Training loss by epoch.
    guess : float
        Loss of always giving the same answer.
    has_curves : bool
        Whether the network can draw more than straight lines.
    """
    if len(losses) < REST or not guess > 0 or not np.isfinite(losses).all():
        return []
    half = np.asarray(losses[len(losses) // 2 :])
    early, late = half[: len(half) // 2].mean(), half[len(half) // 2 :].mean()
    if late < (1 - LITTLE) * guess or abs(early - late) > STILL * guess:
        return []
    evidence = _(
        "In the last {n} epochs the loss has stayed at {loss:.4g}; always giving the same answer "
        "has {guess:.4g}."
    ).format(n=f"{len(half):,}", loss=float(late), guess=guess)
    if not has_curves:
        evidence += " " + _("The network has no hidden layer with an activation, so it can only "
                            "draw straight lines.")  # fmt: skip
    remedy = (
        _(
            "Likely causes: dead or saturated units, weights that all begin the same, or features "
            "that say nothing about the target. More epochs will not help."
        )
        if has_curves
        else _(
            "Put a hidden layer before the last: gn.layers.Dense(16, 'tanh'). More epochs will not "
            "help. If a hidden layer does not, the features may say nothing about the target."
        )
    )
    title = _("It has come to rest at a loss no better than guessing")
    numbers = {"loss": float(late), "guess": guess}
    return [Finding("warning", title, evidence, remedy, "no_progress", numbers)]


def too_few_epochs(curves: Curves, stopped: str) -> list[Finding]:
    """Return a finding if the loss was still falling when the epochs were used up."""
    name = "val_loss" if "val_loss" in curves else "loss"
    values = list(curves.get(name, ()))
    if stopped != "all epochs done" or not is_still_falling(values):
        return []
    place = min(int(LAST_PART * len(values)), len(values) - 2)
    share = (values[place] - values[-1]) / (values[0] - min(values))
    told = _("validation loss") if name == "val_loss" else _("training loss")
    evidence = _(
        "After {n} epochs the {name} was still falling: from {before:.3g} in epoch {epoch} to "
        "{last:.3g} in the last, {share:.0f} % of its whole way down."
    ).format(
        n=f"{len(values):,}", name=told, before=values[place], epoch=f"{place + 1:,}",
        last=values[-1], share=100 * share,
    )  # fmt: skip
    remedy = _("Call fit again, which goes on where it stopped: epochs={n}.").format(
        n=3 * len(values)
    )
    numbers = {"epochs": len(values), "before": values[place], "last": values[-1], "share": share}
    return [Finding("warning", _("Too few epochs"), evidence, remedy, "too_few_epochs", numbers)]


def overfitting(curves: Curves) -> list[Finding]:
    """Return a finding if the validation loss rises while the training loss falls."""
    values, losses = list(curves.get("val_loss", ())), list(curves.get("loss", ()))
    if not has_turned(values) or len(losses) != len(values):
        return []
    best = int(np.argmin(values))
    if losses[-1] >= losses[best]:
        return []
    evidence = _(
        "The validation loss was lowest in epoch {best}, {low:.3g}, and has risen to {last:.3g}, "
        "while the training loss fell from {before:.3g} to {after:.3g}: the network learns its "
        "training rows by heart."
    ).format(
        best=best + 1, low=values[best], last=values[-1], before=losses[best], after=losses[-1]
    )
    numbers = {"best_epoch": best + 1, "lowest": values[best], "last": values[-1]}
    has_harmed = values[-1] - values[best] >= HARMS * max(values[0], losses[0])
    level = "warning" if has_harmed else "note"
    return [
        Finding(level, _("Overfitting"), evidence, overfitting_remedy(), "overfitting", numbers)
    ]


def overfitting_remedy() -> str:
    """Return what helps against learning by heart."""
    return _(
        "Stop in time: callbacks=[gn.callbacks.EarlyStopping(patience=5)]. More training data are "
        "the surest remedy; dropout, L2 on the weights or a smaller network help too."
    )
