"""Callbacks: look on while a network trains, and step in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from glassnet.training.callbacks import (
    Callback,
    CSVLogger,
    Doctor,
    EarlyStopping,
    LambdaCallback,
    LearningRateScheduler,
    ModelCheckpoint,
    PlainProgress,
    ProgressBar,
    ReduceLROnPlateau,
    Snapshots,
    StopWhen,
    TerminateOnNaN,
    TrainingWarning,
)

if TYPE_CHECKING:
    from glassnet.plots.live import LiveCurves

__all__ = [
    "CSVLogger",
    "Callback",
    "Doctor",
    "EarlyStopping",
    "LambdaCallback",
    "LearningRateScheduler",
    "LiveCurves",
    "ModelCheckpoint",
    "PlainProgress",
    "ProgressBar",
    "ReduceLROnPlateau",
    "Snapshots",
    "StopWhen",
    "TerminateOnNaN",
    "TrainingWarning",
]


def __getattr__(name: str) -> Any:
    if name == "LiveCurves":  # it draws: matplotlib is loaded for those who want that
        from glassnet.plots.live import LiveCurves

        return LiveCurves
    raise AttributeError(f"module 'glassnet.callbacks' has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
