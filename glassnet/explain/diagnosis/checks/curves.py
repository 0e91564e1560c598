"""Checks of the last training: divergence, standstill, too few epochs, learning by heart."""

from __future__ import annotations

from glassnet.explain.diagnosis import registry
from glassnet.explain.diagnosis.case import Case
from glassnet.explain.diagnosis.registry import NotApplicable
from glassnet.training import health
from glassnet.training.health import Finding, RunCurves, capped
from glassnet.training.health.curves import overfitting_remedy
from glassnet.training.health.limits import FAR_ABOVE, FEWEST_EPOCHS, FEWEST_ROWS, SKILL_GAP
from glassnet.translation import _


def _curves(case: Case) -> RunCurves:
    if not case.curves.curves:
        raise NotApplicable(_("there are no learning curves, which fit leaves behind"))
    return case.curves


@registry.check
def diverged(case: Case) -> list[Finding]:
    """A loss that grew, or was no longer finite."""
    if found := health.diverging(case.curves):
        return found
    if case.is_trained:
        return _far_above_a_guess(case)
    _curves(case)
    return []


def _far_above_a_guess(case: Case) -> list[Finding]:
    guess, loss = case.guess_loss(case.few["y"]), case.exact_loss
    if not guess > 0 or loss <= FAR_ABOVE * guess:
        return []
    evidence = _(
        "After training the loss is {loss:.3g}, but that of always giving the same answer is "
        "{guess:.3g}: where the network is wrong, it is wrong by far."
    ).format(loss=loss, guess=guess)
    remedy = _("A smaller learning rate, and a fresh start: the weights have grown too large.")
    numbers = {"loss": loss, "guess": guess}
    title = _("The loss is far above that of guessing")
    return [Finding("problem", title, evidence, remedy, "diverged", numbers)]


@registry.check
def no_progress(case: Case) -> list[Finding]:
    """A loss that has not fallen."""
    loss = _curves(case).loss
    if case.is_good or len(loss.values) < FEWEST_EPOCHS or case.curves.has_diverged:
        return []
    guess, can_curve = case.guess_loss(case.few["y"]), health.has_curves(case.network.topology)
    at_rest = health.resting(loss, guess, can_curve) if case.loss.reduction == "mean" else []
    return at_rest or health.no_progress(loss)


@registry.check
def too_few_epochs(case: Case) -> list[Finding]:
    """A loss that was still falling when the epochs were used up."""
    found = health.too_few_epochs(_curves(case))
    return capped(found, "note") if case.is_good else found


@registry.check
def overfitting(case: Case) -> list[Finding]:
    """Much better on the training rows than on others."""
    if case.validation is not None:
        return _gap(case)
    run = _curves(case)
    found = health.overfitting(run)
    # Early stopping has taken the best weights back.
    return capped(found, "note") if "has not got better" in run.stopped else found


def _gap(case: Case) -> list[Finding]:
    assert case.validation is not None
    if len(case.validation["y"]) < FEWEST_ROWS:
        raise NotApplicable(_("there are too few validation rows"))
    train, test = case.skill(case.few), case.skill(case.validation)
    if not case.is_trained or train - test < SKILL_GAP:
        return []
    evidence = _(
        "Compared with always giving the same answer, the network removes {train:.0f} % of the "
        "loss on its training rows, but {test:.0f} % on the validation rows."
    ).format(train=100 * train, test=100 * test)
    numbers = {"train": train, "test": test}
    title = _("Overfitting")
    return [Finding("warning", title, evidence, overfitting_remedy(), "overfitting", numbers)]
