"""Recorder: puts the numbers of every epoch into the history; and the order of callbacks."""

from __future__ import annotations

from collections.abc import Sequence

from glassnet.training.callbacks.base import Callback, Logs
from glassnet.training.callbacks.model_checkpoint import ModelCheckpoint
from glassnet.training.callbacks.progress import PlainProgress, ProgressBar
from glassnet.training.callbacks.terminate_on_nan import TerminateOnNaN

__all__ = ["Recorder", "arranged"]


class Recorder(Callback):
    """Write the history; always there, after the user's callbacks, whose additions it keeps."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        assert self.training is not None
        self.training.history.add(epoch, logs or {})

    def overrides(self, *names: str) -> bool:
        return False  # several epochs may run in one go


_LAST = (Recorder, ProgressBar, PlainProgress, ModelCheckpoint)


def arranged(callbacks: Sequence[Callback]) -> list[Callback]:
    """Return callbacks, with a recorder, in an order that does not depend on the one given.

    The check for NaN comes first, so no other callback gets numbers that are NaN or infinite. The
    history has what the user's callbacks added, the progress shows it, and checkpoints come last,
    with what all others have just decided.
    """

    def rank(callback: Callback) -> int:
        if isinstance(callback, TerminateOnNaN):
            return -2
        return next((n for n, kind in enumerate(_LAST) if isinstance(callback, kind)), -1)

    return sorted([*callbacks, Recorder()], key=rank)
