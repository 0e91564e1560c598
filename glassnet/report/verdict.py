"""How did it go? A judgement in plain words, with the evidence for it and what to try."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from glassnet import metrics
from glassnet.numbers import number
from glassnet.report.run import TrainedRun
from glassnet.training.health import has_diverged, has_turned, is_still_falling
from glassnet.translation import _, plural

__all__ = ["Verdict", "verdict"]

GAP = 0.05  # accuracy; R² counts double
HARMS = 0.15  # of the first validation loss: a smaller rise may be chance
CLOSE = 0.03  # a smaller gap is none


@dataclass
class Verdict:
    """A judgement of a run.

    Attributes
    ----------
    kind : str
        "converged", "overfitting", "underfitting", "too few epochs", "nothing learned",
        "interrupted" or "diverged".
    title, summary : str
        The judgement in a word or two, and in a sentence.
    evidence, advice : list of str
        What shows it, and what to try.
    """

    kind: str
    title: str
    summary: str
    evidence: list[str] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)


@dataclass
class Facts:
    """The numbers a judgement rests on; quality is accuracy or R².

    `best` is the number of the best epoch, `place` its place among the epochs of this run.
    """

    epochs: int
    best: int
    place: int
    watched: str
    values: list[float]
    train: float
    test: float
    guess: float

    @property
    def gap(self) -> float:
        return self.train - self.test


def verdict(run: TrainedRun) -> Verdict:
    """Return a judgement of a run."""
    if has_diverged(run.history.history, run.history.stopped):
        return _diverged(run)
    facts = _facts(run)
    found = _judged(run, facts)
    found.evidence += _evidence(run, facts)
    return found


def _facts(run: TrainedRun) -> Facts:
    history = run.history.history
    watched = "val_loss" if "val_loss" in history else "loss"
    values = history.get(watched, [])
    place, best = _best(run, watched) if values else (0, 0)
    return Facts(
        len(values), best, place, watched, values,
        _quality(run, run.train[1], run.train_outputs),
        _quality(run, run.test[1], run.outputs),
        _guess(run),
    )  # fmt: skip


def _best(run: TrainedRun, watched: str) -> tuple[int, int]:
    """Return the place of the best epoch in its curve and its number, both from 1."""
    epochs = run.history.epochs_of(watched)
    if run.best_epoch and run.best_epoch - 1 in epochs:
        return epochs.index(run.best_epoch - 1) + 1, run.best_epoch
    place = int(np.argmin(run.history.history[watched]))
    return place + 1, epochs[place] + 1


def _quality(run: TrainedRun, y: np.ndarray, outputs: np.ndarray) -> float:
    if run.is_classification:
        return metrics.accuracy(y, run.as_probabilities(outputs))
    return metrics.r2(y.reshape(outputs.shape), outputs)


def _guess(run: TrainedRun) -> float:
    """Return the quality of always giving the commonest answer of the training rows."""
    if not run.is_classification:
        return 0.0
    commonest = np.bincount(run.train[1]).argmax()
    return float(np.mean(run.test[1] == commonest))


def _judged(run: TrainedRun, facts: Facts) -> Verdict:
    quality, rest = facts.test, 1 - facts.guess
    if run.history.stopped == "interrupted":
        return _interrupted(facts)
    if quality - facts.guess <= max(0.1 * rest, 1e-9) and facts.train < 0.95:
        return _nothing_learned(run, facts)
    if _is_still_falling(run, facts):
        return _too_few_epochs(facts)
    if facts.gap > _allowed_gap(run):
        return _overfitting(run, facts)
    if facts.train - facts.guess < 0.5 * rest:
        return _underfitting(run, facts)
    return _converged(run, facts)


def _allowed_gap(run: TrainedRun) -> float:
    """Return the gap that chance alone may make on so few test rows."""
    if not run.is_classification:
        return 2 * GAP + 0.5 / math.sqrt(len(run.test[0]))
    return GAP + 1 / math.sqrt(4 * len(run.test[0]))


def _is_still_falling(run: TrainedRun, facts: Facts) -> bool:
    is_used_up = run.history.stopped == "all epochs done"
    return is_used_up and is_still_falling(facts.values) and facts.train < 0.999


# The judgements ---------------------------------------------------------------------------


def _diverged(run: TrainedRun) -> Verdict:
    return Verdict(
        "diverged",
        _("Diverged"),
        _("the numbers grew beyond all bounds and training had to stop."),
        [run.history.stopped],
        [
            _("A learning rate ten times smaller."),
            _("Scaling the inputs, if this was left out; looking for huge values in the data."),
        ],
    )


def _interrupted(facts: Facts) -> Verdict:
    tail = (
        _("The first was not over, so more training would probably have helped.")
        if facts.epochs == 0
        else _("The loss was still falling, so more training would probably have helped.")
        if is_still_falling(facts.values)
        else _("The loss had not got better for a while, so little may be lost.")
    )
    return Verdict(
        "interrupted",
        _("Interrupted"),
        plural("training was stopped after {n} epoch.", "training was stopped after {n} epochs.",
               facts.epochs) + " " + tail,
        [],
        [_("Going on from the checkpoint, with --resume.")],
    )  # fmt: skip


def _nothing_learned(run: TrainedRun, facts: Facts) -> Verdict:
    return Verdict(
        "nothing learned",
        _("Nothing learned"),
        _("the network is hardly better than always giving the same answer."),
        [],
        [
            _("Another learning rate: ten times larger, and ten times smaller."),
            _("A larger network: more units, a second layer, another activation."),
            _("A look at the data: does anything in the features tell of the target at all?"),
        ],
    )


def _too_few_epochs(facts: Facts) -> Verdict:
    return Verdict(
        "too few epochs",
        _("Too few epochs"),
        _("the network was still getting better when the epochs were used up."),
        [],
        [_("More epochs: --epochs {n}.").format(n=4 * facts.epochs), _("A larger learning rate.")],
    )


def _overfitting(run: TrainedRun, facts: Facts) -> Verdict:
    return Verdict(
        "overfitting",
        _("Overfitting"),
        _("the network knows its training rows by heart better than it knows the rest."),
        [],
        [
            _("More training data: the surest remedy."),
            _("More dropout, or a smaller network."),
        ],
    )


def _underfitting(run: TrainedRun, facts: Facts) -> Verdict:
    return Verdict(
        "underfitting",
        _("Underfitting"),
        _("the network does not even fit the rows it was trained on."),
        [],
        [
            _("A larger network: more units, or a second layer; less dropout."),
            _("A larger learning rate, or more patience."),
            _("Better features. Where the target is noisy, this may be all there is to learn."),
        ],
    )


def _converged(run: TrainedRun, facts: Facts) -> Verdict:
    if run.data.complete:
        return Verdict(
            "converged",
            _("Converged"),
            _("the network has learned the whole table.")
            if facts.test == 1
            else _("the network has learned a part of the table."),
        )
    return Verdict(
        "converged",
        _("Converged"),
        _("the network learned what it could, and does about as well on rows it has never seen.")
        if facts.gap < CLOSE
        else _("the network learned what it could, and does nearly as well on rows it never saw."),
        [],
        [
            _("A look at the mistakes below: are they mistakes of the data or of the network?"),
            _("Other seeds, to see how much of the result is luck: --seed 1, --seed 2."),
        ],
    )


# The evidence -----------------------------------------------------------------------------


def _evidence(run: TrainedRun, facts: Facts) -> list[str]:
    return [*_curve_evidence(run, facts), *_quality_evidence(run, facts)]


def _curve_evidence(run: TrainedRun, facts: Facts) -> list[str]:
    if not facts.values:
        return []
    value, last = facts.values[facts.place - 1], facts.values[-1]
    name = _("validation loss") if facts.watched == "val_loss" else _("training loss")
    text = _("The {name} fell from {first} to {value} in epoch {best}").format(
        name=name, first=number(facts.values[0], 3), value=number(value, 3), best=facts.best
    )
    after = facts.epochs - facts.place
    if not after:
        return [text + "."]
    if facts.watched == "val_loss" and has_turned(facts.values):
        is_small = last - value < HARMS * facts.values[0]
        rose = (
            _(
                ", and then rose a little, to {last}, which may be chance. The weights of "
                "epoch {best} were kept."
            )
            if is_small
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
        text = _(
            "It explains {train:.0f} % of the variance of its training rows, and {test:.0f} % of "
            "that of the test rows."
        )
        return [text.format(train=max(train, 0), test=max(test, 0))]
    if run.data.complete:
        right = round(facts.test * count)
        return [_("{right} of {n} rows are right.").format(right=right, n=count)]
    compared = _("{train:.1f} % of the training rows are right, and {test:.1f} % of the test rows.")
    guessed = _("Always giving the commonest answer would be right in {guess:.1f} %.")
    low, high = interval(facts.test, count)
    luck = _(
        "With so many test rows ({n}), the true share lies between {low:.1f} % and {high:.1f} % "
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
