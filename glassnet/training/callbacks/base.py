"""What a callback is: something that looks on while a network trains, and may step in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from glassnet.training.loop import Training

__all__ = ["Callback", "mode_of"]

Logs = dict[str, float]


class Callback:
    """Base of callbacks; override what you need, with Keras's names.

    A run stops at the end of a batch or an epoch only for callbacks that ask for it by
    overriding such a method; otherwise several epochs may run in one go.

    Attributes
    ----------
    model : Model
        The network being trained; set ``self.model.stop_training = True`` to end the run.
    training : Training
        The run itself.
    """

    model: Any = None
    training: Training | None = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Called once before the first step."""

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Called once after the last step, also after Ctrl-C."""

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Called before every epoch."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Called after every epoch with its loss and metrics."""

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Called before every batch."""

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Called after every batch with the averages of the epoch so far."""

    def on_slice_begin(self) -> None:
        """Called a few times a second, before a stretch of training."""

    def on_slice_end(self) -> None:
        """Called a few times a second, after a stretch of training."""

    def get_state(self) -> dict[str, Any]:
        """Return what has to be kept in a checkpoint: numbers, text and arrays."""
        return {}

    def set_state(self, state: dict[str, Any]) -> None:
        """Take up what a checkpoint kept."""

    @classmethod
    def overrides(cls, *names: str) -> bool:
        """Return whether this class overrides one of the methods."""
        return any(getattr(cls, name) is not getattr(Callback, name) for name in names)


_HIGHER_IS_BETTER = ("acc", "auc", "f1", "precision", "recall", "r2")


def mode_of(monitor: str, mode: str = "auto") -> str:
    """Return "max" or "min" for a monitored number."""
    if mode in ("min", "max"):
        return mode
    name = monitor.removeprefix("val_")
    is_gain = name.startswith(_HIGHER_IS_BETTER) or name.endswith(("accuracy", "auc"))
    return "max" if is_gain else "min"
