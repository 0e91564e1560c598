"""The numbers that a judgement of a run rests on.

Takes a run, gives :class:`Facts`: what the judge of curves says, and the quality on training and
test rows. The verdict calls it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from glassnet import metrics
from glassnet.report.baseline import SURE, Better, better_method, row_errors
from glassnet.report.run import TrainedRun
from glassnet.training.health import RunCurves
from glassnet.training.health.limits import BY_HEART

__all__ = ["Facts", "facts_of"]


@dataclass
class Facts:
    """The numbers a judgement rests on; quality is accuracy or R².

    `best` is the number of the best epoch, `place` its place among the epochs of this run. The
    guesses always give the commonest answer. `better` is a simple method that does clearly better.
    """

    curves: RunCurves
    best: int
    place: int
    train: float
    test: float
    guess: float
    train_guess: float
    gap_is_real: bool
    better: Better | None

    @property
    def epochs(self) -> int:
        return len(self.curves.watched_curve.values)

    @property
    def gap(self) -> float:
        return self.train - self.test

    @property
    def is_by_heart(self) -> bool:
        return self.train >= BY_HEART


def facts_of(run: TrainedRun) -> Facts:
    """Measure a run."""
    curves = RunCurves(run.history.history, run.history.stopped)
    place, best = _best(run, curves.watched) if curves.watched_curve.values else (0, 0)
    return Facts(
        curves, best, place,
        _quality(run, run.train[1], run.train_outputs),
        _quality(run, run.test[1], run.outputs),
        _guess(run, run.test[1]), _guess(run, run.train[1]), _gap_is_real(run),
        None if run.data.complete else better_method(run),
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
    return metrics.r2(y.reshape(outputs.shape), outputs) if len(y) > 1 else math.nan


def _guess(run: TrainedRun, y: np.ndarray) -> float:
    """Return the quality of always giving the commonest answer of the training rows."""
    if not run.is_classification:
        return 0.0
    commonest = np.bincount(run.train[1]).argmax()
    return float(np.mean(y == commonest))


def _gap_is_real(run: TrainedRun) -> bool:
    """Return whether the test rows do worse than the training rows by more than chance makes it."""
    train = row_errors(run, run.train[1], run.train_outputs)
    test = row_errors(run, run.test[1], run.outputs, of=run.train[1])
    return float(test.mean() - train.mean()) > SURE * math.hypot(
        _chance(run, train), _chance(run, test)
    )


def _chance(run: TrainedRun, errors: np.ndarray) -> float:
    """Return the standard error of a mean; a share is counted with one more row each way."""
    count = len(errors)
    if run.is_classification:
        share = (errors.sum() + 1) / (count + 2)
        return math.sqrt(share * (1 - share) / (count + 2))
    return float(errors.std()) / math.sqrt(max(count - 1, 1))
