"""Callbacks: look on while a network trains, and step in."""

from glassnet.training.callbacks import (
    Callback,
    CSVLogger,
    EarlyStopping,
    LambdaCallback,
    LearningRateScheduler,
    ModelCheckpoint,
    PlainProgress,
    ProgressBar,
    ReduceLROnPlateau,
    Snapshots,
    TerminateOnNaN,
    TrainingWarning,
)

__all__ = [
    "CSVLogger",
    "Callback",
    "EarlyStopping",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "PlainProgress",
    "ProgressBar",
    "ReduceLROnPlateau",
    "Snapshots",
    "TerminateOnNaN",
    "TrainingWarning",
]
