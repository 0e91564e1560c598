"""Callbacks: look on while a network trains, and step in."""

from glassnet.training.callbacks.base import Callback
from glassnet.training.callbacks.csv_logger import CSVLogger
from glassnet.training.callbacks.doctor import Doctor
from glassnet.training.callbacks.early_stopping import EarlyStopping
from glassnet.training.callbacks.lambda_callback import LambdaCallback
from glassnet.training.callbacks.learning_rate import LearningRateScheduler, ReduceLROnPlateau
from glassnet.training.callbacks.model_checkpoint import ModelCheckpoint
from glassnet.training.callbacks.progress import (
    PlainProgress,
    ProgressBar,
    check_verbose,
    progress_for,
)
from glassnet.training.callbacks.recorder import arranged
from glassnet.training.callbacks.snapshots import Snapshots
from glassnet.training.callbacks.stop_when import StopWhen
from glassnet.training.callbacks.terminate_on_nan import TerminateOnNaN, TrainingWarning

__all__ = [
    "CSVLogger",
    "Callback",
    "Doctor",
    "EarlyStopping",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "PlainProgress",
    "ProgressBar",
    "ReduceLROnPlateau",
    "Snapshots",
    "StopWhen",
    "TerminateOnNaN",
    "TrainingWarning",
    "arranged",
    "check_verbose",
    "progress_for",
]
