"""Matplotlib pictures: each function draws into ``ax`` where one is given, and returns the Axes.

Those of several panels return the Figure.
"""

from glassnet.plots.boundary import boundary
from glassnet.plots.confusion import confusion
from glassnet.plots.curves import curves
from glassnet.plots.functions import (
    descent,
    descent_map,
    descent_path,
    neuron_regions,
    sigmoid_graphs,
)
from glassnet.plots.images import digit_and_costs, image_grid, read_grey, value_grid
from glassnet.plots.lines import runs, time_bars, weight_bars
from glassnet.plots.panels import boundary_panels, panels
from glassnet.plots.scatter import predicted_against_true

__all__ = [
    "boundary",
    "boundary_panels",
    "confusion",
    "curves",
    "descent",
    "descent_map",
    "descent_path",
    "digit_and_costs",
    "image_grid",
    "neuron_regions",
    "panels",
    "predicted_against_true",
    "read_grey",
    "runs",
    "sigmoid_graphs",
    "time_bars",
    "value_grid",
    "weight_bars",
]
