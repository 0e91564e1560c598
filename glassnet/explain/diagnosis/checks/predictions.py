"""Checks of what a trained network says: the same of every row, or one class only."""

from __future__ import annotations

import numpy as np

from glassnet.explain.diagnosis.case import Case
from glassnet.explain.diagnosis.registry import NotApplicable, check
from glassnet.training.health import Finding, constant_outputs
from glassnet.translation import _

RARE = 0.02  # share of the rows: a class that is rarer may well never be answered
_NAMED = 8


@check
def constant_predictions(case: Case) -> list[Finding]:
    """The same output, or the same class, whatever the row."""
    if not case.is_trained:
        raise NotApplicable(_("the network is not trained yet"))
    y, outputs = case.few["y"], case.vitals.outputs
    return constant_outputs(outputs, case.targets(y)) or _missing_classes(case, y, outputs)


def _missing_classes(case: Case, y: np.ndarray, outputs: np.ndarray) -> list[Finding]:
    labels = case.labels(y)
    if labels is None or outputs.ndim != 2:
        return []
    count = max(outputs.shape[1], 2)
    there = np.bincount(labels, minlength=count) / len(labels)
    said = np.bincount(case.classes_of(outputs, y), minlength=count)
    never = np.flatnonzero((there >= RARE) & (said == 0))
    if not len(never):
        return []
    only = np.flatnonzero(said)
    names = ", ".join(map(str, never[:_NAMED])) + (", ..." if len(never) > _NAMED else "")
    if len(only) == 1:
        title = _("The network answers one class only")
        evidence = _(
            "It puts all of {n} rows into class {only}, though {share:.0f} % belong to others."
        ).format(n=len(labels), only=only[0], share=100 * (1 - there[only[0]]))
    else:
        title = _("The network never answers some classes")
        evidence = _(
            "Of {n} rows it puts none into class {names}, though {share:.0f} % belong there."
        ).format(n=len(labels), names=names, share=100 * there[never].sum())
    remedy = _(
        "More epochs and another learning rate first. If these classes are rare, "
        "{weighting}; if they are not, look at the findings about inputs and units."
    ).format(weighting=case.weighting)
    level = "problem" if len(only) == 1 else "warning"
    numbers = {"missing_share": float(there[never].sum()), "answered": len(only)}
    return [Finding(level, title, evidence, remedy, "constant_predictions", numbers)]
