"""What a FANN network file holds, as one plain record, and the fields in the order of the file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = [
    "ACTIVATIONS",
    "FIELDS",
    "LAYER",
    "SCALES",
    "SHORTCUT",
    "SYMMETRIC",
    "FannNet",
    "Field",
    "defaults",
]

LAYER, SHORTCUT = 0, 1

# The number of an activation in files is its place here.
ACTIVATIONS = (
    "LINEAR",
    "THRESHOLD",
    "THRESHOLD_SYMMETRIC",
    "SIGMOID",
    "SIGMOID_STEPWISE",
    "SIGMOID_SYMMETRIC",
    "SIGMOID_SYMMETRIC_STEPWISE",
    "GAUSSIAN",
    "GAUSSIAN_SYMMETRIC",
    "GAUSSIAN_STEPWISE",
    "ELLIOT",
    "ELLIOT_SYMMETRIC",
    "LINEAR_PIECE",
    "LINEAR_PIECE_SYMMETRIC",
    "SIN_SYMMETRIC",
    "COS_SYMMETRIC",
    "SIN",
    "COS",
    "LINEAR_PIECE_RECT",
    "LINEAR_PIECE_RECT_LEAKY",
)

# Their values go from -1 to 1 (or wave around 0): errors are halved, to be as large as others'.
SYMMETRIC = (2, 5, 6, 8, 11, 13, 14, 15)


@dataclass(frozen=True)
class Field:
    """One ``name=value`` line.

    Attributes
    ----------
    kind : {"float", "real", "count", "counts", "reals"}
        "float" has six decimals, "real" twenty-one digits, "count" is a whole number; a plural
        stands for a list whose length the line before gives.
    top : int, optional
        Largest number allowed; the smallest is 0.
    """

    name: str
    kind: str
    default: Any
    top: int | None = None


# The lines between num_layers and layer_sizes, in the order FANN 2.2.0 writes them.
FIELDS = (
    Field("learning_rate", "float", 0.7),
    Field("connection_rate", "float", 1.0),
    Field("network_type", "count", 0, 1),
    Field("learning_momentum", "float", 0.0),
    Field("training_algorithm", "count", 2, 5),
    Field("train_error_function", "count", 1, 1),
    Field("train_stop_function", "count", 0, 1),
    Field("cascade_output_change_fraction", "float", 0.01),
    Field("quickprop_decay", "float", -0.0001),
    Field("quickprop_mu", "float", 1.75),
    Field("rprop_increase_factor", "float", 1.2),
    Field("rprop_decrease_factor", "float", 0.5),
    Field("rprop_delta_min", "float", 0.0),
    Field("rprop_delta_max", "float", 50.0),
    Field("rprop_delta_zero", "float", 0.1),
    Field("cascade_output_stagnation_epochs", "count", 12),
    Field("cascade_candidate_change_fraction", "float", 0.01),
    Field("cascade_candidate_stagnation_epochs", "count", 12),
    Field("cascade_max_out_epochs", "count", 150),
    Field("cascade_min_out_epochs", "count", 50),
    Field("cascade_max_cand_epochs", "count", 150),
    Field("cascade_min_cand_epochs", "count", 50),
    Field("cascade_num_candidate_groups", "count", 2),
    Field("bit_fail_limit", "real", 0.35),
    Field("cascade_candidate_limit", "real", 1000.0),
    Field("cascade_weight_multiplier", "real", 0.4),
    Field(
        "cascade_activation_functions",
        "counts",
        (3, 5, 7, 8, 10, 11, 14, 15, 16, 17),
        len(ACTIVATIONS) - 1,
    ),
    Field("cascade_activation_steepnesses", "reals", (0.25, 0.5, 0.75, 1.0)),
)

# The block of a scaled network; two groups, for the inputs and for the outputs.
SCALES = ("mean", "deviation", "new_min", "factor")


def defaults() -> dict[str, Any]:
    """Return every parameter with the value a fresh network has."""
    return {
        one.name: list(one.default) if isinstance(one.default, tuple) else one.default
        for one in FIELDS
    }


@dataclass
class FannNet:
    """A FANN network as a file tells it: neurons by number, each with its connections.

    Neurons are numbered layer by layer, each layer's bias neuron last. In a layered network every
    layer has one, the output layer too; in a shortcut network only the input layer.

    Attributes
    ----------
    layer_sizes : list of int
        Neurons a layer, bias neurons counted.
    num_inputs, activation : ndarray of int
        One number a neuron: connections that lead to it, number of its activation.
    steepness : ndarray
        One number a neuron.
    sources : ndarray of int
        For every connection, in the order of the neurons they lead to, where it comes from.
    weights : ndarray
        Their weights.
    parameters : dict
        Every training parameter by its name in files.
    scaling : dict of str to ndarray, optional
        ``mean_in``, ``deviation_in`` ... ``factor_out``, if the file holds scaling.
    extra : dict of str to str
        Fields of other layouts, unchanged.
    layout : str
        First line of the file read.
    """

    layer_sizes: list[int]
    num_inputs: np.ndarray
    activation: np.ndarray
    steepness: np.ndarray
    sources: np.ndarray
    weights: np.ndarray
    parameters: dict[str, Any] = field(default_factory=defaults)
    scaling: dict[str, np.ndarray] | None = None
    extra: dict[str, str] = field(default_factory=dict)
    layout: str = "FANN_FLO_2.1"

    @property
    def is_shortcut(self) -> bool:
        return bool(self.parameters["network_type"] == SHORTCUT)

    @property
    def num_input(self) -> int:
        return self.layer_sizes[0] - 1

    @property
    def num_output(self) -> int:
        return self.layer_sizes[-1] - (0 if self.is_shortcut else 1)

    @property
    def layers(self) -> list[int]:
        """Neurons a layer, without bias neurons."""
        inner = self.layer_sizes[1:-1]
        if not self.is_shortcut:
            inner = [size - 1 for size in inner]
        return [self.num_input, *inner, self.num_output]

    def starts(self) -> list[int]:
        """Return the number of each layer's first neuron, and at the end of all neurons."""
        return [0, *np.cumsum(self.layer_sizes).tolist()]

    def source_ranges(self) -> list[tuple[int, int]]:
        """Return for every layer the first neuron that may feed it, and the one after the last."""
        starts = self.starts()
        befores = [0, *starts[:-2]]
        return [
            (0 if self.is_shortcut else before, start)
            for before, start in zip(befores, starts[:-1], strict=True)
        ]
