"""Measures of a network's health, and what they mean: for the diagnosis, the Doctor, the report."""

from glassnet.training.health.curves import (
    diverging,
    has_diverged,
    has_turned,
    is_still_falling,
    no_progress,
    overfitting,
    resting,
    too_few_epochs,
)
from glassnet.training.health.findings import LEVELS, Finding, capped
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
    "Finding",
    "LayerVitals",
    "Vitals",
    "capped",
    "constant_outputs",
    "dead_units",
    "diverging",
    "examine",
    "gradient_flow",
    "has_curves",
    "has_diverged",
    "has_turned",
    "is_still_falling",
    "large_updates",
    "no_progress",
    "overfitting",
    "resting",
    "saturated_units",
    "small_updates",
    "too_few_epochs",
    "update_ratios",
]
