"""What a network tells about itself, and activations and lists that are set by layer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import ArgumentError, GlassnetError
from glassnet.fann.structure import Structure

if TYPE_CHECKING:
    from glassnet.explain.diagram import Diagram
    from glassnet.models.functional import Model

__all__ = ["Inspection"]

_LAST_ACTIVATION = 19


class Inspection(ABC):
    """Sizes, activations, steepnesses, lists of the cascade, and FANN's error state."""

    parameters: dict[str, Any]

    @abstractmethod
    def created(self) -> Structure:
        """Return the layers and weights."""

    # Pictures -------------------------------------------------------------------------

    def diagram(self, x: Any = None, most: int = 12) -> Diagram:
        """Return the network drawn with its weights, as the diagram of any glassnet model.

        FANN has nothing like it.
        """
        return self._as_model().diagram(x, most)

    def _as_model(self) -> Model:
        # Models bring training and pictures along, which a program of FANN's does without.
        from glassnet.models.fann import model_of

        return model_of(self.created().to_file(self.parameters), "neural_net")

    def _repr_html_(self) -> str | None:
        """Return what a notebook shows: diagram and table."""
        try:
            return self._as_model()._repr_html_()
        except GlassnetError:  # no layers yet, or an activation that FANN never computed
            return None

    # Sizes ----------------------------------------------------------------------------

    def get_num_input(self) -> int:
        """Return the number of inputs."""
        return self.created().layers[0]

    def get_num_output(self) -> int:
        """Return the number of outputs."""
        return self.created().layers[-1]

    def get_num_layers(self) -> int:
        """Return the number of layers."""
        return len(self.created().sizes)

    def get_total_neurons(self) -> int:
        """Return the number of neurons and biases."""
        net = self.created()
        return sum(net.layers) + sum(net.biases)

    def get_total_connections(self) -> int:
        """Return the number of connections."""
        return self.created().connection_count

    def get_network_type(self) -> int:
        """Return LAYER or SHORTCUT."""
        return self.created().network_type

    def get_layer_array(self, *_: Any) -> list[int]:
        """Return the neurons of every layer, without bias."""
        return self.created().layers

    def get_bias_array(self, *_: Any) -> list[int]:
        """Return the bias neurons of every layer."""
        return self.created().biases

    # Activations ----------------------------------------------------------------------

    def _neuron(self, layer: int, neuron: int) -> int:
        net = self.created()
        if not 0 < layer < len(net.sizes) or not 0 <= neuron < net.sizes[layer]:
            raise ArgumentError(
                f"there is no neuron {neuron} in layer {layer} to set or get: layers go from 1 to "
                f"{len(net.sizes) - 1}, and their sizes are {net.layers}"
            )
        return net.starts[layer] + neuron

    def _layer(self, layer: int) -> slice:
        net = self.created()
        if not 0 < layer < len(net.sizes):
            raise ArgumentError(
                f"there is no layer {layer} with activations: they go from 1 to "
                f"{len(net.sizes) - 1}"
            )
        return slice(net.starts[layer], net.starts[layer + 1])

    def _hidden(self) -> slice:
        net = self.created()
        return slice(net.starts[1], net.starts[-2])

    def _output(self) -> slice:
        net = self.created()
        return slice(net.starts[-2], net.starts[-1])

    def get_activation_function(self, layer: int, neuron: int) -> int:
        """Return the number of a neuron's activation."""
        return int(self.created().activation[self._neuron(layer, neuron)])

    def set_activation_function(self, activation_function: int, layer: int, neuron: int) -> None:
        """Set the activation of one neuron."""
        self._activate(activation_function, self._neuron(layer, neuron))

    def set_activation_function_layer(self, activation_function: int, layer: int) -> None:
        """Set the activation of one layer."""
        self._activate(activation_function, self._layer(layer))

    def set_activation_function_hidden(self, activation_function: int) -> None:
        """Set the activation of all hidden layers."""
        self._activate(activation_function, self._hidden())

    def set_activation_function_output(self, activation_function: int) -> None:
        """Set the activation of the output layer."""
        self._activate(activation_function, self._output())

    def _activate(self, number: int, where: Any) -> None:
        if not isinstance(number, int) or not 0 <= number <= _LAST_ACTIVATION:
            raise ArgumentError(
                f"{number!r} is the number of no activation; use a constant such as "
                "libfann.SIGMOID_SYMMETRIC"
            )
        self.created().activation[where] = number
        self._changed()

    def get_activation_steepness(self, layer: int, neuron: int) -> float:
        """Return a neuron's steepness."""
        return float(self.created().steepness[self._neuron(layer, neuron)])

    def set_activation_steepness(self, steepness: float, layer: int, neuron: int) -> None:
        """Set the steepness of one neuron."""
        self._steepen(steepness, self._neuron(layer, neuron))

    def set_activation_steepness_layer(self, steepness: float, layer: int) -> None:
        """Set the steepness of one layer."""
        self._steepen(steepness, self._layer(layer))

    def set_activation_steepness_hidden(self, steepness: float) -> None:
        """Set the steepness of all hidden layers."""
        self._steepen(steepness, self._hidden())

    def set_activation_steepness_output(self, steepness: float) -> None:
        """Set the steepness of the output layer."""
        self._steepen(steepness, self._output())

    def _steepen(self, steepness: float, where: Any) -> None:
        if not np.isfinite(steepness):
            raise ArgumentError(f"steepness {steepness!r} must be a finite number")
        self.created().steepness[where] = float(steepness)
        self._changed()

    def _changed(self) -> None:
        self.created().touch(form=True)
        self.__dict__.pop("run", None)  # of the network as it was

    # Lists of the cascade -------------------------------------------------------------

    def get_cascade_num_candidates(self) -> int:
        """Return how many candidates are trained at a time."""
        p = self.parameters
        return (
            len(p["cascade_activation_functions"])
            * len(p["cascade_activation_steepnesses"])
            * int(p["cascade_num_candidate_groups"])
        )

    def get_cascade_activation_functions_count(self) -> int:
        """Return how many activations candidates have."""
        return len(self.parameters["cascade_activation_functions"])

    def get_cascade_activation_functions(self) -> list[int]:
        """Return the activations of candidates."""
        return list(self.parameters["cascade_activation_functions"])

    def set_cascade_activation_functions(
        self, cascade_activation_functions: Sequence[int], *_: Any
    ) -> None:
        """Set the activations of candidates."""
        numbers = [int(number) for number in cascade_activation_functions]
        if not numbers or not all(0 <= number <= _LAST_ACTIVATION for number in numbers):
            raise ArgumentError(f"{numbers} must be one or more numbers of activations")
        self.parameters["cascade_activation_functions"] = numbers

    def get_cascade_activation_steepnesses_count(self) -> int:
        """Return how many steepnesses candidates have."""
        return len(self.parameters["cascade_activation_steepnesses"])

    def get_cascade_activation_steepnesses(self) -> list[float]:
        """Return the steepnesses of candidates."""
        return list(self.parameters["cascade_activation_steepnesses"])

    def set_cascade_activation_steepnesses(
        self, cascade_activation_steepnesses: Sequence[float], *_: Any
    ) -> None:
        """Set the steepnesses of candidates."""
        numbers = [float(number) for number in cascade_activation_steepnesses]
        if not numbers or not np.isfinite(numbers).all():
            raise ArgumentError(f"{numbers} must be one or more finite numbers")
        self.parameters["cascade_activation_steepnesses"] = numbers

    # FANN's error state: glassnet raises exceptions, so there is never one ------------

    def get_errno(self) -> int:
        """Return 0: what goes wrong is an exception here."""
        return 0

    def get_errstr(self) -> str:
        """Return no text: what goes wrong is an exception here."""
        return ""

    def reset_errno(self) -> None:
        """Do nothing: what goes wrong is an exception here."""
        return None

    def reset_errstr(self) -> None:
        """Do nothing: what goes wrong is an exception here."""
        return None

    def print_error(self) -> None:
        """Print nothing: what goes wrong is an exception here."""
        return None

    def set_error_log(self, log_file: Any) -> None:
        """Do nothing: what goes wrong is an exception here."""
        return None
