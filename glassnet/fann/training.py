"""``train_on_data``: epochs, reports, callbacks, and which weights are kept."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from glassnet.fann.learning import Learner
from glassnet.fann.programs import INCREMENTAL
from glassnet.fann.reports import epoch_line, first_line
from glassnet.fann.settings import is_faithful
from glassnet.fann.tally import Tally

__all__ = ["Reporter", "train"]

# Most epochs in one call; fewer at first, for those after the desired error is reached are wasted.
_LONGEST = 65_536
# Seconds; an epoch that takes longer is too costly to waste.
_DEAR = 1e-3


class Reporter:
    """Says where training stands, to standard output or to a callback.

    Parameters
    ----------
    owner : neural_net
    data : training_data
    callback : callable, optional
        ``callback(net, data, max_epochs, epochs_between_reports, desired_error, epochs)``, with
        the user's data behind if it takes a seventh argument; -1 stops the training.
    """

    def __init__(self, owner: Any, data: Any, callback: Callable[..., Any] | None, user: Any):
        self.owner = owner
        self.data = data
        self.callback = callback
        self.user = [user] if callback is not None and _takes(callback, 7) else []

    def begin(self, max_epochs: int, between: int, desired_error: float) -> None:
        self.plan = (max_epochs, between, desired_error)
        if between and self.callback is None:
            print(first_line(max_epochs, desired_error))

    def next_report(self, epoch: int) -> int:
        """Return the first epoch after this one that is reported, or the last of all."""
        max_epochs, between, _ = self.plan
        if not between:
            return max_epochs
        return 1 if epoch == 0 else min(max_epochs, (epoch // between + 1) * between)

    def says_stop(self, epoch: int, tally: Tally, is_reached: bool) -> bool:
        """Report where it is time to; return whether the callback wants to stop."""
        max_epochs, between, _ = self.plan
        if not between:
            return False
        if epoch % between and epoch not in (1, max_epochs) and not is_reached:
            return False
        if self.callback is None:
            print(epoch_line(epoch, tally.mse, tally.fails))
            return False
        answer = self.callback(self.owner, self.data, *self.plan, epoch, *self.user)
        return answer == -1


def _takes(function: Callable[..., Any], count: int) -> bool:
    try:
        inspect.signature(function).bind(*range(count))
    except (TypeError, ValueError):
        return False
    return True


def train(
    learner: Learner,
    x: np.ndarray,
    y: np.ndarray,
    max_epochs: int,
    between: int,
    desired_error: float,
    reporter: Reporter,
) -> None:
    """Train until the error is reached or the epochs are over.

    An epoch's error is that of the weights it began with (or, for incremental training, of those
    on the way). Unless FANN's own ways are wanted, the weights kept are those that earned it.
    """
    reporter.begin(max_epochs, between, desired_error)
    if not learner.can_stretch():
        _one_by_one(learner, x, y, max_epochs, desired_error, reporter)
        return
    epoch = 0
    while epoch < max_epochs:
        size = _size(learner, epoch, desired_error)
        count = min(size, reporter.next_report(epoch) - epoch)
        done, tally, is_reached = _stretch(learner, x, y, count, desired_error)
        epoch += done
        if epoch == max_epochs and not is_reached:
            tally = learner.tally = learner.test(x, y)
            is_reached = _is_reached(learner, tally, desired_error)
        if reporter.says_stop(epoch, tally, is_reached) or is_reached:
            return


def _size(learner: Learner, epoch: int, desired_error: float) -> int:
    """Return how many epochs to make in one go after so many."""
    if desired_error < 0:  # never reached
        return _LONGEST
    share = epoch // 4 if learner.epoch_seconds > _DEAR else epoch
    return min(share + 1, _LONGEST)


def _stretch(
    learner: Learner, x: np.ndarray, y: np.ndarray, count: int, desired_error: float
) -> tuple[int, Tally, bool]:
    """Train some epochs; return how many, the last one's errors, and if they are small enough.

    If an epoch reaches the error, its weights are those it began with: they are made again, and
    kept unless those after it are better still.
    """
    before = learner.snapshot()
    tallies = learner.stretch(x, y, count)
    hit = tallies.first(*_limit(learner, desired_error))
    if hit is None:
        return len(tallies), tallies[-1], False
    if learner.parameters["training_algorithm"] == INCREMENTAL:
        # Errors counted on the way belong to no weights: those there are have their own.
        learner.restore(before)
        learner.stretch(x, y, hit + 1)
        learner.tally = learner.test(x, y)
        return hit + 1, learner.tally, _is_reached(learner, learner.tally, desired_error)
    learner.restore(before)
    if hit:
        learner.stretch(x, y, hit)
    before = learner.snapshot()
    learner.stretch(x, y, 1)
    return hit + 1, _better(learner, before, tallies[hit], x, y), True


def _better(
    learner: Learner,
    before: dict[str, np.ndarray],
    earned: Tally,
    x: np.ndarray,
    y: np.ndarray,
) -> Tally:
    """Keep the weights of an epoch's beginning or of its end, whichever err less."""
    moved = learner.test(x, y)
    is_by_mse = learner.parameters["train_stop_function"] == 0
    if (moved.mse, moved.fails)[not is_by_mse] > (earned.mse, earned.fails)[not is_by_mse]:
        learner.restore(before)
        moved = earned
    learner.tally = moved
    return moved


def _one_by_one(
    learner: Learner,
    x: np.ndarray,
    y: np.ndarray,
    max_epochs: int,
    desired_error: float,
    reporter: Reporter,
) -> None:
    for epoch in range(1, max_epochs + 1):
        before = None if is_faithful() else [w.copy() for w in learner.net.weights]
        tally = learner.epoch(x, y)
        if before is not None:
            tally = _settled(learner, before, tally, x, y, desired_error, epoch == max_epochs)
        is_reached = _is_reached(learner, tally, desired_error)
        stops = reporter.says_stop(epoch, tally, is_reached)
        if is_reached or stops:
            return


def _limit(learner: Learner, desired_error: float) -> tuple[bool, float]:
    """Return whether the mean squared error is to be small, else the bit fails; and how small."""
    is_by_mse = learner.parameters["train_stop_function"] == 0
    return is_by_mse, float(np.float32(desired_error)) if is_by_mse else int(desired_error)


def _is_reached(learner: Learner, tally: Tally, desired_error: float) -> bool:
    is_by_mse, limit = _limit(learner, desired_error)
    return (tally.mse if is_by_mse else tally.fails) <= limit


def _settled(
    learner: Learner,
    before: list[np.ndarray],
    tally: Tally,
    x: np.ndarray,
    y: np.ndarray,
    desired_error: float,
    is_last: bool,
) -> Tally:
    """Return an error that belongs to the weights there are, where training may end here."""
    is_reached = _is_reached(learner, tally, desired_error)
    if not is_reached and not is_last:
        return tally
    moved = learner.test(x, y)
    if is_reached or moved.mse > tally.mse:
        for w, old in zip(learner.net.weights, before, strict=True):
            w[...] = old
        learner.net.touch()
        return tally
    learner.tally = moved
    return moved
