"""TerminateOnNaN: end a run whose numbers went bad, and say where it began."""

from __future__ import annotations

import warnings

from glassnet.errors import depth_of_user
from glassnet.training.callbacks.base import Callback, Logs
from glassnet.training.nan import Finding, find_first_bad
from glassnet.training.run import RunSnapshot

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

    calling_order = -1  # so that no other callback gets numbers that are NaN or infinite

    def __init__(self) -> None:
        self.before: RunSnapshot | None = None
        self.finding: Finding | None = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.finding = None

    def on_slice_begin(self) -> None:
        assert self.training is not None
        self.before = self.training.position(self.before)

    def on_slice_end(self) -> None:
        training = self.training
        assert training is not None and self.before is not None
        if training.is_finite():
            return
        self.finding = find_first_bad(training, self.before)
        training.gone_bad = True
        training.history.stopped = self.finding.summary
        self.model.stop_training = True
        warnings.warn(self.finding.message, TrainingWarning, stacklevel=depth_of_user())

    def on_train_end(self, logs: Logs | None = None) -> None:
        self.before = None  # it holds a copy of all weights
