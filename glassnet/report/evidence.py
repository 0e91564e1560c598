"""What shows that a judgement of a run is right, in sentences with numbers.

Takes a run and its facts, gives sentences; the verdict holds them.
"""

from __future__ import annotations

import math

from glassnet.numbers import number
from glassnet.report.baseline import NEIGHBOURS, UNITS
from glassnet.report.facts import Facts
from glassnet.report.run import TrainedRun
from glassnet.translation import _, plural

__all__ = ["evidence_of", "interval"]


def evidence_of(run: TrainedRun, facts: Facts) -> list[str]:
    """Return what the curves, the rows and a simple method show."""
    return [
        *_curve_evidence(run, facts), *_quality_evidence(run, facts), *_simple_evidence(run, facts)
    ]  # fmt: skip


def _simple_evidence(run: TrainedRun, facts: Facts) -> list[str]:
    better = facts.better
    if better is None:
        return []
    method = (
        _("The mean of the {n} nearest training rows").format(n=NEIGHBOURS)
        if better.method == "nearest"
        else _("A hidden layer of {n} random units, with only the last layer fitted,").format(
            n=UNITS
        )
    )
    text = (
        _("{method} is right in {other:.1f} % of the test rows, the network in {own:.1f} %.")
        if run.is_classification
        else _("{method} explains {other:.0f} % of the variance, the network {own:.0f} %.")
    )
    return [text.format(method=method, other=100 * better.other, own=100 * better.own)]


def _curve_evidence(run: TrainedRun, facts: Facts) -> list[str]:
    curves = facts.curves
    values = curves.watched_curve.values
    if not values:
        return []
    value, last = values[facts.place - 1], values[-1]
    text = _("The {name} fell from {first} to {value} in epoch {best}").format(
        name=curves.watched_name,
        first=number(values[0], 3),
        value=number(value, 3),
        best=facts.best,
    )
    after = facts.epochs - facts.place
    if not after:
        return [text + "."]
    if curves.validation.has_turned:
        rose = (
            _(
                ", and then rose a little, to {last}, which may be chance. The weights of "
                "epoch {best} were kept."
            )
            if not curves.rise_harms
            else _(
                ", and then rose to {last}: from there on the network learned its training "
                "rows by heart. The weights of epoch {best} were kept."
            )
        )
        return [text + rose.format(last=number(last, 3), best=facts.best)]
    return [
        text + plural(
            ", and hardly got better in the {n} epoch after it.",
            ", and hardly got better in the {n} epochs after it.", after,
        )
    ]  # fmt: skip


def _quality_evidence(run: TrainedRun, facts: Facts) -> list[str]:
    train, test, count = 100 * facts.train, 100 * facts.test, len(run.test[0])
    if not run.is_classification:
        text = (
            _("It explains {train:.0f} % of the variance of its training rows, and {test:.0f} % of "
              "that of the test rows.")
            if count > 1
            else _("It explains {train:.0f} % of the variance of its training rows; one test row "
                   "has no variance.")
        )  # fmt: skip
        return [text.format(train=max(train, 0), test=max(test, 0))]
    if run.data.complete:
        right = round(facts.test * count)
        return [_("{right} of {n} rows are right.").format(right=right, n=count)]
    compared = _("{train:.1f} % of the training rows are right, and {test:.1f} % of the test rows.")
    guessed = _("Always giving the commonest answer would be right in {guess:.1f} %.")
    low, high = interval(facts.test, count)
    luck = _(
        "With {n} test rows, the true share lies between {low:.1f} % and {high:.1f} % "
        "(95 % confidence)."
    )
    return [
        compared.format(train=train, test=test),
        guessed.format(guess=100 * facts.guess),
        luck.format(n=f"{count:,}", low=100 * low, high=100 * high),
    ]


def interval(share: float, count: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share that was counted.

    Examples
    --------
    >>> [round(end, 3) for end in interval(29 / 30, 30)]
    [0.833, 0.994]
    """
    z = 1.96
    middle = share + z * z / (2 * count)
    spread = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return (middle - spread) / (1 + z * z / count), (middle + spread) / (1 + z * z / count)
