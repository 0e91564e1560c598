"""Measures of a network's health, and what they mean: for the diagnosis, the Doctor, the report."""

from glassnet.training.health.curves import (
    diverging,
    no_progress,
    overfitting,
    resting,
    too_few_epochs,
)
from glassnet.training.health.findings import LEVELS, Finding, capped
from glassnet.training.health.judge import Curve, RunCurves
from glassnet.training.health.signs import (
    constant_outputs,
    dead_units,
    gradient_flow,
    large_updates,
    saturated_units,
    small_updates,
)
from glassnet.training.health.vitals import LayerVitals, Vitals, examine, has_curves, update_ratios

__all__ = [
    "LEVELS",
    "Curve",
    "Finding",
    "LayerVitals",
    "RunCurves",
    "Vitals",
    "capped",
    "constant_outputs",
    "dead_units",
    "diverging",
    "examine",
    "gradient_flow",
    "has_curves",
    "large_updates",
    "no_progress",
    "overfitting",
    "resting",
    "saturated_units",
    "small_updates",
    "too_few_epochs",
    "update_ratios",
]
