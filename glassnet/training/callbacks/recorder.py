"""Recorder: puts the numbers of every epoch into the history; and the order of callbacks."""

from __future__ import annotations

from collections.abc import Sequence

from glassnet.training.callbacks.base import Callback, Logs

__all__ = ["Recorder", "arranged"]


class Recorder(Callback):
    """Write the history; always there, after the user's callbacks, whose additions it keeps."""

    calling_order = 1

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        assert self.training is not None
        self.training.history.add(epoch, logs or {})

    def overrides(self, *names: str) -> bool:
        return False  # several epochs may run in one go


def arranged(callbacks: Sequence[Callback]) -> list[Callback]:
    """Return callbacks, with a recorder, in an order that does not depend on the one given.

    The check for NaN comes first, so no other callback gets numbers that are NaN or infinite. The
    history has what the user's callbacks added, the progress shows it, and checkpoints come last,
    with what all others have just decided.
    """
    return sorted([*callbacks, Recorder()], key=lambda callback: callback.calling_order)
