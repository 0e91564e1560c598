"""Checks of the last training: divergence, standstill, too few epochs, learning by heart."""

from __future__ import annotations

from glassnet.explain.diagnosis import registry
from glassnet.explain.diagnosis.case import Case
from glassnet.explain.diagnosis.registry import NotApplicable
from glassnet.training import health
from glassnet.training.health import Finding, capped
from glassnet.training.health.curves import FEWEST_ROWS, overfitting_remedy
from glassnet.training.history import History
from glassnet.translation import _

GAP = 0.3  # between the parts of the loss removed on training rows and on others
FEWEST_EPOCHS = 5
FAR_ABOVE = 3.0  # times the loss of a guess


def _history(case: Case) -> History:
    if case.history is None or not case.history.history:
        raise NotApplicable(_("there are no learning curves, which fit leaves behind"))
    return case.history


@registry.check
def diverged(case: Case) -> list[Finding]:
    """A loss that grew, or was no longer finite."""
    history = case.history
    if found := health.diverging(history.history, history.stopped) if history else []:
        return found
    if case.is_trained:
        return _far_above_a_guess(case)
    _history(case)
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
    losses = _history(case).history.get("loss", [])
    if case.is_good or len(losses) < FEWEST_EPOCHS or case.has_diverged:
        return []
    guess, can_curve = case.guess_loss(case.few["y"]), health.has_curves(case.network.topology)
    at_rest = health.resting(losses, guess, can_curve) if case.loss.reduction == "mean" else []
    return at_rest or health.no_progress(losses)


@registry.check
def too_few_epochs(case: Case) -> list[Finding]:
    """A loss that was still falling when the epochs were used up."""
    history = _history(case)
    found = health.too_few_epochs(history.history, history.stopped)
    return capped(found, "note") if case.is_good else found


@registry.check
def overfitting(case: Case) -> list[Finding]:
    """Much better on the training rows than on others."""
    if case.validation is not None:
        return _gap(case)
    history = _history(case)
    found = health.overfitting(history.history)
    # Early stopping has taken the best weights back.
    return capped(found, "note") if "has not got better" in history.stopped else found


def _gap(case: Case) -> list[Finding]:
    assert case.validation is not None
    if len(case.validation["y"]) < FEWEST_ROWS:
        raise NotApplicable(_("there are too few validation rows"))
    train, test = case.skill(case.few), case.skill(case.validation)
    if not case.is_trained or train - test < GAP:
        return []
    evidence = _(
        "Compared with always giving the same answer, the network removes {train:.0f} % of the "
        "loss on its training rows, but {test:.0f} % on the validation rows."
    ).format(train=100 * train, test=100 * test)
    numbers = {"train": train, "test": test}
    title = _("Overfitting")
    return [Finding("warning", title, evidence, overfitting_remedy(), "overfitting", numbers)]
