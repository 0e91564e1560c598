"""Matplotlib pictures: each function draws into ``ax`` where one is given, and returns the Axes.

Those of several panels divide the place of ``ax`` among them, and return the Figure. A notebook
shows what is returned; elsewhere ``gn.plots.curves(...).figure.savefig("curves.png")`` writes it.
``docs/gallery.md`` shows them all.
"""

from glassnet.plots.activation import activation
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
from glassnet.plots.landscape import loss_landscape
from glassnet.plots.learning import learning_curves
from glassnet.plots.lines import runs, time_bars, weight_bars
from glassnet.plots.network import network
from glassnet.plots.neurons import neuron_maps
from glassnet.plots.panels import boundary_panels, panels
from glassnet.plots.scatter import predicted_against_true
from glassnet.plots.snapshots import histograms, prediction_paths
from glassnet.plots.weights import back_query, weight_images

__all__ = [
    "activation",
    "back_query",
    "boundary",
    "boundary_panels",
    "confusion",
    "curves",
    "descent",
    "descent_map",
    "descent_path",
    "digit_and_costs",
    "histograms",
    "image_grid",
    "learning_curves",
    "loss_landscape",
    "network",
    "neuron_maps",
    "neuron_regions",
    "panels",
    "prediction_paths",
    "predicted_against_true",
    "read_grey",
    "runs",
    "sigmoid_graphs",
    "time_bars",
    "value_grid",
    "weight_bars",
    "weight_images",
]


def __dir__() -> list[str]:
    return list(__all__)
