"""The checks, one file a family; they run in this order, from causes to effects."""

from glassnet.explain.diagnosis.checks import (  # isort: skip
    data,
    structure,
    start,
    gradients,
    units,
    learning,
    predictions,
    curves,
)

__all__ = [
    "curves",
    "data",
    "gradients",
    "learning",
    "predictions",
    "start",
    "structure",
    "units",
]
