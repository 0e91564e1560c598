"""LambdaCallback: a callback made of plain functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from glassnet.errors import ArgumentError, shown, suggestion
from glassnet.training.callbacks.base import Callback

__all__ = ["LambdaCallback"]

_NAMES = (
    "on_train_begin",
    "on_train_end",
    "on_epoch_begin",
    "on_epoch_end",
    "on_train_batch_begin",
    "on_train_batch_end",
)


class LambdaCallback(Callback):
    """Call plain functions at the times their names say.

    Parameters
    ----------
    on_train_begin, on_train_end : callable, optional
        ``f(logs)``
    on_epoch_begin, on_epoch_end : callable, optional
        ``f(epoch, logs)``
    on_train_batch_begin, on_train_batch_end : callable, optional
        ``f(batch, logs)``

    Examples
    --------
    >>> watcher = LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs["loss"]))
    """

    def __init__(self, **functions: Callable[..., Any] | None) -> None:
        for name, function in functions.items():
            if name not in _NAMES:
                raise ArgumentError(f"LambdaCallback has no {name!r}{suggestion(name, _NAMES)}")
            if function is None:
                continue
            if not callable(function):
                raise ArgumentError(f"LambdaCallback({name}={shown(function)}): give a function")
            setattr(self, name, function)
