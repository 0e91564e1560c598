"""TerminateOnNaN: end a run whose numbers went bad, and say where it began."""

from __future__ import annotations

import warnings

import numpy as np

from glassnet.training.callbacks.base import Callback, Logs
from glassnet.training.nan import Finding, find_first_bad
from glassnet.training.state import Snapshot

__all__ = ["TerminateOnNaN", "TrainingWarning"]


class TrainingWarning(UserWarning):
    """Something about a training run that a person should know."""


class TerminateOnNaN(Callback):
    """Stop when the loss or a weight is NaN or infinite; on by default.

    The run is taken back to the last step whose numbers were all finite. A warning names the
    first value that went bad, and the likely cause.

    Attributes
    ----------
    finding : Finding or None
        What was found.
    """

    def __init__(self) -> None:
        self.before: Snapshot | None = None
        self.position = (0, 0)
        self.finding: Finding | None = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.finding = None

    def on_slice_begin(self) -> None:
        training = self.training
        assert training is not None
        self.before = training.state.snapshot(training.topology)
        self.position = (training.epoch, training.batch)

    def on_slice_end(self) -> None:
        training = self.training
        assert training is not None
        if np.isfinite(training.slice_loss) and training.weights_are_finite():
            return
        assert self.before is not None
        self.finding = find_first_bad(training, self.before, self.position)
        training.history.stopped = self.finding.summary
        self.model.stop_training = True
        warnings.warn(self.finding.message, TrainingWarning, stacklevel=2)
