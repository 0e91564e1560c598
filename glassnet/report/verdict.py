"""How did it go? A judgement in plain words, with the evidence for it and what to try.

A curve at rest does not say that all was learned. So the words claim only what was measured: how
the training rows and the test rows fare, whether the difference is more than chance, and whether a
simple method does clearly better (`glassnet.report.baseline`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from glassnet.report.evidence import evidence_of
from glassnet.report.facts import Facts, facts_of
from glassnet.report.run import TrainedRun
from glassnet.training.health import RunCurves
from glassnet.training.health.limits import (
    BY_HEART,
    FEWEST_ROWS,
    NEARLY_ALL,
    NO_GAP,
    NOTHING,
    QUALITY_GAP,
    UNDERFIT,
    WELL,
)
from glassnet.translation import _, plural

__all__ = ["Verdict", "verdict"]


@dataclass
class Verdict:
    """A judgement of a run.

    Attributes
    ----------
    kind : str
        "converged", "overfitting", "underfitting", "too few epochs", "too few rows",
        "nothing learned", "interrupted" or "diverged".
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


def verdict(run: TrainedRun) -> Verdict:
    """Return a judgement of a run."""
    if RunCurves(run.history.history, run.history.stopped).has_diverged:
        return _diverged(run)
    facts = facts_of(run)
    found = _judged(run, facts)
    found.evidence += evidence_of(run, facts)
    return found


def _judged(run: TrainedRun, facts: Facts) -> Verdict:
    if run.history.stopped == "interrupted":
        return _interrupted(facts)
    if run.data.complete and _is_whole(run, facts):
        return _whole_table()
    if facts.epochs == 1 and facts.curves.is_used_up:
        return _too_few_epochs(facts)
    rest = 1 - facts.train_guess
    if facts.train - facts.train_guess <= max(NOTHING * rest, 1e-9) and facts.train < WELL:
        return _nothing_learned(run, facts)
    if facts.curves.is_unfinished and facts.train < NEARLY_ALL:
        return _too_few_epochs(facts)
    if run.data.complete:
        return _part_of_table(facts)
    if len(run.test[1]) < FEWEST_ROWS:
        return _too_few_rows(run)
    if facts.gap_is_real and facts.gap > _allowed_gap(run, facts):
        return _overfitting(run, facts)
    if facts.better is not None or facts.train - facts.train_guess < UNDERFIT * rest:
        return _underfitting(run, facts)
    return _converged(run, facts)


def _is_whole(run: TrainedRun, facts: Facts) -> bool:
    return facts.test >= (1.0 if run.is_classification else BY_HEART)


def _allowed_gap(run: TrainedRun, facts: Facts) -> float:
    """Return the gap that is no harm; less of it where the training rows are known by heart."""
    return QUALITY_GAP if run.is_classification or facts.is_by_heart else 2 * QUALITY_GAP


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
        if facts.curves.watched_curve.is_still_falling
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


def _too_few_rows(run: TrainedRun) -> Verdict:
    return Verdict(
        "too few rows",
        _("Too few rows"),
        plural(
            "{n} test row cannot tell how the network does on rows it has never seen.",
            "{n} test rows cannot tell how the network does on rows it has never seen.",
            len(run.test[1]),
        ),
        [],
        [
            _("More data: at least {n} rows to test with, and five times as many in all.").format(
                n=FEWEST_ROWS
            ),
            _("Other seeds, to see how much of the result is luck: --seed 1, --seed 2."),
        ],
    )


def _underfitting(run: TrainedRun, facts: Facts) -> Verdict:
    summary = (
        _("the network does not even fit the rows it was trained on.")
        if facts.better is None
        else _("a simple method does clearly better on the test rows: there is more to learn.")
    )
    return Verdict(
        "underfitting",
        _("Underfitting"),
        summary,
        [],
        [
            _larger_network(run),
            _("A larger learning rate, or more patience."),
            _("Better features. Where the target is noisy, this may be all there is to learn.")
            if facts.better is None
            else _("Less dropout, if the network has some."),
        ],
    )


def _larger_network(run: TrainedRun) -> str:
    """Return the advice to make the network larger, with the option that does it."""
    end = run.model.info.get("layers", "").rsplit(", ", 1)[-1]
    if not end:
        return _("A larger network: more units, or a second layer.")
    return _('A larger network: more units or a second layer, as in --layers "{layers}".').format(
        layers=f"{_more_units(run)} relu, {end}"
    )


def _more_units(run: TrainedRun) -> int:
    """Return the next power of two above twice the units of the widest hidden layer."""
    widths = [shape[-1] for shape in _hidden_shapes(run)]
    return max(64, 2 ** math.ceil(math.log2(2 * max(widths, default=1))))


def _hidden_shapes(run: TrainedRun) -> list[tuple[int, ...]]:
    layers = [
        layer for layer in run.model.layers if any(w.is_parameter for w in layer.weights.values())
    ]
    return [tuple(weight.shape) for layer in layers[:-1] for weight in layer.weights.values()]


def _whole_table() -> Verdict:
    return Verdict("converged", _("Converged"), _("the network has learned the whole table."))


def _part_of_table(facts: Facts) -> Verdict:
    return Verdict(
        "underfitting",
        _("Underfitting"),
        _("the network has learned a part of the table, and its loss has come to rest."),
        [],
        [
            _("A hidden layer, or a wider one: without one a network draws straight lines only."),
            _("Another seed: a small network may get stuck where it began. --seed 1, --seed 2."),
            _("Another learning rate, or more epochs."),
        ],
    )


def _converged(run: TrainedRun, facts: Facts) -> Verdict:
    if facts.is_by_heart and facts.gap >= 1 - BY_HEART:
        summary = _(
            "the network knows its training rows by heart, and does nearly as well on rows it "
            "never saw."
        )
    elif facts.gap < NO_GAP and not facts.gap_is_real:
        summary = _(
            "the loss has come to rest, and the network does about as well on rows it has never "
            "seen."
        )
    else:
        summary = _(
            "the loss has come to rest, and the network does nearly as well on rows it never saw."
        )
    advice = [
        _("A look at the mistakes below: are they mistakes of the data or of the network?"),
        _("Other seeds, to see how much of the result is luck: --seed 1, --seed 2."),
    ]
    if not facts.is_by_heart:
        advice.insert(
            1, _larger_network(run) + " " + _("Only a trial tells whether it does better.")
        )
    return Verdict("converged", _("Converged"), summary, [], advice)
