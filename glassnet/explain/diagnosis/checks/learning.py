"""Checks of learning itself: short trainings of a copy, from the first weights."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass

import numpy as np

from glassnet.explain.diagnosis.case import Case, Data, shuffled
from glassnet.explain.diagnosis.registry import NotApplicable, check
from glassnet.explain.diagnosis.trials import Trial, redrawn, steps_for
from glassnet.optimizers import Adam, Optimizer, Schedule
from glassnet.training import health
from glassnet.training.health import Finding, capped
from glassnet.training.health.guess import mean_loss
from glassnet.training.network import Network
from glassnet.translation import _

TRIAL_ROWS = 500
BATCH = 16  # rows to learn by heart
MEMORIZED = 0.5  # of the loss of a guess: what remains after learning a few rows by heart
TRIES = 3
FEWEST = 100  # steps to learn them; where a step is so much work, there is one try
CLEAR = 0.2  # share of the loss that a good learning rate removes in a short trial
DECADES = 5  # how far other learning rates are tried, in powers of ten
MUCH_BETTER = 0.5  # a rate that removes less than this part of what the best does is too high ...
FAR_BETTER = 0.1  # ... or less than this part, too low
HOPELESS = 0.01
LONG_TRIAL = 3000  # steps, where they cost little


def _must_be_open(case: Case) -> None:
    """Leave networks alone that have learned, or cannot learn."""
    if not case.network.topology.parameters():
        raise NotApplicable(_("there is nothing to train"))
    if case.is_good:
        raise NotApplicable(_("the network has learned"))


def _start(case: Case) -> Network:
    """Return the network as training begins."""
    return redrawn(case.network) if case.is_trained else case.network


@check
def overfit_one_batch(case: Case) -> list[Finding]:
    """Whether the network can learn a handful of rows by heart."""
    _must_be_open(case)
    rows = _a_few(case)
    guess = _own_guess(case, rows)
    floor = mean_loss(case.loss, rows["y"], case.loss.outputs_for(case.targets(rows["y"])))
    if guess - floor <= 1e-6 * max(guess, 1e-3):
        raise NotApplicable(_("the rows all have the same target"))
    start, best, count = _start(case), math.inf, len(rows["y"])
    steps = steps_for(start, count, FEWEST, 300)
    trial = Trial(start, rows, Adam(), count)
    for attempt in range(TRIES if steps > FEWEST else 1):
        if attempt:
            trial.start_from(redrawn(start, (start.state.seed or 0) + attempt))
        for rate in (0.01, 0.1):
            best = min(best, trial.run(steps, rate))
            if best - floor <= MEMORIZED * (guess - floor):
                return []
    evidence = _(
        "{steps} steps of Adam on the same {n} rows brought the loss to {loss:.3g} at best; "
        "always giving the same answer has {guess:.3g}. A network that can learn at all knows so "
        "few rows by heart by then."
    ).format(steps=steps, n=count, loss=best, guess=guess)
    remedy = _(
        "Look at the other findings first. Else the network is too small (more units, a second "
        "layer), or too much of it is switched off (less dropout, less weight decay)."
    )
    numbers = {"loss": best, "guess": guess, "rows": count}
    title = _("It cannot even learn a few rows by heart")
    return [Finding("problem", title, evidence, remedy, "overfit_one_batch", numbers)]


def _a_few(case: Case) -> Data:
    """Return a few rows that differ, no more than the weights can hold."""
    network = case.network
    weights = sum(weight.size for weight in network.weights().values())
    outputs = int(np.prod(network.topology.output_shapes[0]))
    count = int(np.clip(weights // (2 * outputs), 2, BATCH))
    rows = shuffled(case.sample, len(case.sample["y"]))
    flat = np.concatenate(
        [a.reshape(len(a), -1) for name, a in rows.items() if name not in ("y", "sample_weight")],
        axis=1,
    )
    _rows, first = np.unique(flat[:200], axis=0, return_index=True)
    chosen = _of_every_class(rows["y"], np.sort(first))[:count]
    return {name: array[chosen] for name, array in rows.items() if name != "sample_weight"}


def _of_every_class(y: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return places in an order in which different targets come first."""
    keys = y[places].reshape(len(places), -1)
    _values, first = np.unique(keys, axis=0, return_index=True)
    rest = np.setdiff1d(np.arange(len(places)), first)
    return places[np.concatenate([np.sort(first), rest])]


def _own_guess(case: Case, rows: Data) -> float:
    """Return the loss of the best constant answer for these rows alone."""
    other = copy.copy(case)
    other.__dict__.pop("guess", None)
    other.__dict__["sample"] = rows
    return other.guess_loss(rows["y"])


@check
def learning_rate(case: Case) -> list[Finding]:
    """A learning rate that is too high or too low, by a short trial of others."""
    _must_be_open(case)
    optimizer = case.network.optimizer
    assert optimizer is not None
    if optimizer.is_host_side:
        raise NotApplicable(_("the optimizer finds its own step length"))
    rate = optimizer.rate_at(0)
    if not rate > 0:
        return [_no_rate(rate)]
    trial, first = _trial(case, optimizer)
    steps = steps_for(case.network, trial.batch_size, 30, 100)
    # A first loss far above that of a guess is no merit of the rate that brings it down.
    guess = min(first, case.guess_loss(trial.data["y"]))
    losses = _losses(trial, steps, rate, first)
    best = min(losses, key=lambda one: losses[one])
    own, least = losses[rate], losses[best]
    told = _Rates(rate, own, best, least, first, steps)
    if best < rate and guess - least >= CLEAR * guess and _part(own, least, guess) < MUCH_BETTER:
        return [_too_high(told, guess)]
    if best > rate and first - least >= CLEAR * first and _part(own, least, first) < FAR_BETTER:
        # A plateau takes a while: what learns in a longer trial is not too slow.
        most = steps_for(case.network, trial.batch_size, steps, LONG_TRIAL)
        if _part(trial.run(most, rate), least, first) >= MUCH_BETTER:
            return []
        return [_too_low(told)]
    return []


def _part(own: float, least: float, reference: float) -> float:
    """Return how much of the way down that the best rate went another went."""
    return (reference - own) / (reference - least)


@dataclass(frozen=True)
class _Rates:
    """What a trial of learning rates brought."""

    rate: float
    own: float
    best: float
    least: float
    first: float
    steps: int


def _trial(case: Case, optimizer: Optimizer) -> tuple[Trial, float]:
    plain = copy.deepcopy(optimizer)
    if isinstance(plain.learning_rate, Schedule):
        plain.learning_rate = optimizer.rate_at(0)
    rows = shuffled(case.sample, max(TRIAL_ROWS, case.batch_size))
    trial = Trial(_start(case), rows, plain, case.batch_size)
    return trial, trial.loss()


def _losses(trial: Trial, steps: int, rate: float, first: float) -> dict[float, float]:
    """Return by learning rate the loss after a trial, inf where it became infinite."""
    losses = {rate: trial.run(steps, rate)}
    for direction in (1, -1):
        least = losses[rate]
        for decade in range(1, DECADES + 1):
            one = rate * 10.0 ** (direction * decade)
            losses[one] = trial.run(steps, one)
            if losses[one] > least and least <= (1 - CLEAR) * first:
                break  # it gets worse from here on
            least = min(least, losses[one])
    return losses


def _no_rate(rate: float) -> Finding:
    evidence = _("The learning rate is {rate:g}, so no step changes anything.").format(rate=rate)
    remedy = _("Set it, for example gn.optimizers.Adam(0.001).")
    title, numbers = _("The learning rate is 0"), {"rate": rate}
    return Finding("problem", title, evidence, remedy, "learning_rate", numbers)


def _too_high(told: _Rates, guess: float) -> Finding:
    level = "problem" if told.own >= guess else "warning"
    remedy = _("A smaller learning rate: {best:g} in place of {rate:g}.")
    return _rate_finding(level, _("The learning rate is too high"), remedy, told)


def _too_low(told: _Rates) -> Finding:
    level = "problem" if _part(told.own, told.least, told.first) < HOPELESS else "warning"
    remedy = _("A larger learning rate: {best:g} in place of {rate:g}.")
    return _rate_finding(level, _("The learning rate is too low"), remedy, told)


def _rate_finding(level: str, title: str, remedy: str, told: _Rates) -> Finding:
    evidence = _(
        "In {steps} trial steps from a loss of {first:.4g}, the learning rate {rate:g} led to "
        "{own:.4g}, but {best:g} led to {least:.4g}."
    ).format(
        steps=told.steps, first=told.first, rate=told.rate, own=told.own, best=_short(told.best),
        least=told.least,
    )  # fmt: skip
    numbers = {
        "rate": told.rate, "loss": told.own, "better_rate": told.best, "better_loss": told.least,
    }  # fmt: skip
    remedy = remedy.format(best=_short(told.best), rate=told.rate)
    return Finding(level, title, evidence, remedy, "learning_rate", numbers)


def _short(rate: float) -> float:
    return float(f"{rate:.3g}")


@check
def update_ratio(case: Case) -> list[Finding]:
    """How large a step is beside the weights; about 0.001 is healthy."""
    network, optimizer = case.network, case.network.optimizer
    assert optimizer is not None
    if optimizer.is_host_side:
        raise NotApplicable(_("the optimizer finds its own step length"))
    if not network.topology.parameters():
        raise NotApplicable(_("there is nothing to train"))
    step = network.state.step
    other, rows = copy.deepcopy(network), shuffled(case.sample, case.batch_size)
    other.state.prepare_slots(optimizer, other.topology, other.dtype)
    program = other.step("sample_weight" in rows)
    scalars = {**other.scalars(), "step": step + 1}
    values = {**rows, **other.state.arrays(other.topology)}
    values |= {name: np.asarray(value) for name, value in scalars.items()}
    ratios = health.update_ratios(other, program, values)
    rate = optimizer.rate_at(step)
    found = health.large_updates(ratios, rate)
    # A network that has learned is at rest.
    found = found or ([] if case.is_good else health.small_updates(ratios, rate, case.vitals))
    return capped(found, "note") if case.is_good else found
