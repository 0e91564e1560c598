"""Pictures. Each function takes ``ax=`` and returns it, or returns a figure of several."""

from glassnet.plots.functions import (
    descent,
    descent_map,
    descent_path,
    neuron_regions,
    sigmoid_graphs,
)
from glassnet.plots.images import digit_and_costs, image_grid, read_grey, value_grid
from glassnet.plots.lines import curves, loss_curve, time_bars, weight_bars
from glassnet.plots.planes import decision_panels, decision_regions

__all__ = [
    "curves",
    "decision_panels",
    "decision_regions",
    "descent",
    "descent_map",
    "descent_path",
    "digit_and_costs",
    "image_grid",
    "loss_curve",
    "neuron_regions",
    "read_grey",
    "sigmoid_graphs",
    "time_bars",
    "value_grid",
    "weight_bars",
]
