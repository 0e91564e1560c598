"""Matplotlib pictures: each function draws into ``ax`` where one is given, and returns the Axes."""

from glassnet.plots.boundary import boundary
from glassnet.plots.confusion import confusion
from glassnet.plots.curves import curves
from glassnet.plots.scatter import predicted_against_true

__all__ = ["boundary", "confusion", "curves", "predicted_against_true"]
