"""Findings of learning curves: divergence, no progress, too few epochs, overfitting.

Takes the facts of the judge (``judge.py``), gives findings: evidence in words, and what to do. The
Doctor and the diagnosis call it.
"""

from __future__ import annotations

from glassnet.training.health.findings import Finding
from glassnet.training.health.judge import Curve, RunCurves
from glassnet.translation import _

__all__ = ["diverging", "no_progress", "overfitting", "resting", "too_few_epochs"]


def diverging(run: RunCurves) -> list[Finding]:
    """Return a finding if the loss grew instead of falling, or beyond all bounds."""
    losses = run.loss.values
    if run.has_diverged:
        evidence = _("In the last call of fit {what}.").format(
            what=run.stopped or _("the loss was no longer a finite number")
        )
    elif run.loss.has_grown:
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


def no_progress(curve: Curve) -> list[Finding]:
    """Return a finding if the loss is hardly lower than in the first epoch."""
    losses = curve.values
    if len(losses) < 2 or losses[0] <= 0 or not curve.is_finite or curve.has_moved:
        return []
    evidence = _(
        "From the first epoch to epoch {n} the loss went from {first:.4g} to {last:.4g}."
    ).format(n=f"{len(losses):,}", first=losses[0], last=losses[-1])
    remedy = _(
        "Look for the cause, as net.diagnose(x, y) does: a learning rate that does not suit, "
        "inputs that are not scaled, dead or saturated units, or features that say nothing about "
        "the target."
    )
    numbers = {"first": losses[0], "last": losses[-1], "fall": 1 - min(losses) / losses[0]}
    title = _("The network makes no progress")
    return [Finding("warning", title, evidence, remedy, "no_progress", numbers)]


def resting(curve: Curve, guess: float, has_curves: bool) -> list[Finding]:
    """Return a finding if the loss has come to rest where a guess has it.

    Parameters
    ----------
    curve : Curve
        Training loss by epoch.
    guess : float
        Loss of always giving the same answer.
    has_curves : bool
        Whether the network can draw more than straight lines.
    """
    late = curve.rest_above(guess)
    if late is None:
        return []
    evidence = _(
        "In the last {n} epochs the loss has stayed at {loss:.4g}; always giving the same answer "
        "has {guess:.4g}."
    ).format(n=f"{len(curve.values) - len(curve.values) // 2:,}", loss=late, guess=guess)
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
    numbers = {"loss": late, "guess": guess}
    return [Finding("warning", title, evidence, remedy, "no_progress", numbers)]


def too_few_epochs(run: RunCurves) -> list[Finding]:
    """Return a finding if the loss was still falling when the epochs were used up."""
    if not run.is_unfinished:
        return []
    curve = run.watched_curve
    values, place, share = curve.values, curve.late, curve.late_fall / curve.way
    evidence = _(
        "After {n} epochs the {name} was still falling: from {before:.3g} in epoch {epoch} to "
        "{last:.3g} in the last, {share:.0f} % of its whole way down."
    ).format(
        n=f"{len(values):,}", name=run.watched_name, before=values[place], epoch=f"{place + 1:,}",
        last=values[-1], share=100 * share,
    )  # fmt: skip
    remedy = _("Call fit again, which goes on where it stopped: epochs={n}.").format(
        n=3 * len(values)
    )
    numbers = {"epochs": len(values), "before": values[place], "last": values[-1], "share": share}
    return [Finding("warning", _("Too few epochs"), evidence, remedy, "too_few_epochs", numbers)]


def overfitting(run: RunCurves) -> list[Finding]:
    """Return a finding if the validation loss rises while the training loss falls."""
    if not run.is_overfitting:
        return []
    values, losses, best = run.validation.values, run.loss.values, run.validation.best
    evidence = _(
        "The validation loss was lowest in epoch {best}, {low:.3g}, and has risen to {last:.3g}, "
        "while the training loss fell from {before:.3g} to {after:.3g}: the network learns its "
        "training rows by heart."
    ).format(
        best=best + 1, low=values[best], last=values[-1], before=losses[best], after=losses[-1]
    )
    numbers = {"best_epoch": best + 1, "lowest": values[best], "last": values[-1]}
    level = "warning" if run.rise_harms else "note"
    return [
        Finding(level, _("Overfitting"), evidence, overfitting_remedy(), "overfitting", numbers)
    ]


def overfitting_remedy() -> str:
    """Return what helps against learning by heart."""
    return _(
        "Stop in time: callbacks=[gn.callbacks.EarlyStopping(patience=5)]. More training data are "
        "the surest remedy; dropout, L2 on the weights or a smaller network help too."
    )
