"""What follows from another finding is left out: one cause, one remedy.

Takes all findings, gives those that have no other finding as their cause; ``run.py`` calls it.
"""

from __future__ import annotations

import dataclasses

from glassnet.training.health import Finding

__all__ = ["without_effects"]

_RATE = ("learning_rate", "update_ratio")
# By the check of a cause that is a problem: what it alone brings about.
_EFFECTS = {
    "sample_weights": (
        "no_progress", "constant_predictions", "vanishing_gradient", "overfit_one_batch",
        "too_few_epochs", "initial_loss", *_RATE,
    ),
    "unscaled": ("weight_scale", "saturated_units", "overfit_one_batch", *_RATE),
    "initial_loss": ("overfit_one_batch", *_RATE),
    "needs_hidden_layer": (
        "no_progress", "constant_predictions", "vanishing_gradient", "overfit_one_batch", *_RATE,
    ),
    "diverged": (
        "symmetric_weights", "constant_predictions", "vanishing_gradient", "exploding_gradient",
        "dead_units", "saturated_units", "too_few_epochs", "no_progress",
    ),
}  # fmt: skip


def without_effects(found: list[Finding]) -> tuple[list[Finding], list[Finding]]:
    """Return the findings to show, and those that follow from them.

    Examples
    --------
    >>> cause = Finding("problem", "title", "evidence", "remedy", "unscaled")
    >>> effect = Finding("warning", "title", "evidence", "remedy", "update_ratio")
    >>> [[one.check for one in part] for part in without_effects([cause, effect])]
    [['unscaled'], ['update_ratio']]
    """
    effects = {
        name for one in found if one.level == "problem" for name in _EFFECTS.get(one.check, ())
    }
    kept = [one for one in found if one.check not in effects]
    left = [one for one in found if one.check in effects]
    rate = next((one for one in kept if one.check == "learning_rate"), None)
    steps = next((one for one in kept if one.check == "update_ratio"), None)
    if rate and steps:  # a rate that was tried is a better one than a rule of thumb
        told = dataclasses.replace(rate, evidence=f"{rate.evidence} {steps.evidence}")
        kept = [told if one is rate else one for one in kept if one is not steps]
        left.append(steps)
    return kept, left
