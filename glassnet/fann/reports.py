"""What FANN prints: the same lines, for programs that read them."""

from __future__ import annotations

from typing import Any

from glassnet.fann.constants import (
    ERROR_FUNCTION_NAMES,
    NETWORK_TYPE_NAMES,
    STOP_FUNCTION_NAMES,
    TRAIN_NAMES,
)
from glassnet.fann.structure import Structure
from glassnet.formats.fann import ACTIVATIONS

__all__ = ["connection_lines", "epoch_line", "first_line", "parameter_lines"]


def first_line(max_epochs: int, desired_error: float) -> str:
    """Return the line a training begins with."""
    return f"Max epochs {max_epochs:8d}. Desired error: {desired_error:.10f}."


def epoch_line(epoch: int, error: float, fails: int) -> str:
    """Return the line of one epoch."""
    return f"Epochs     {epoch:8d}. Current error: {error:.10f}. Bit fail {fails}."


_TRAINING = (
    ("Bit fail limit", "bit_fail_limit", "8.3f"),
    ("Learning rate", "learning_rate", "8.3f"),
    ("Learning momentum", "learning_momentum", "8.3f"),
    ("Quickprop decay", "quickprop_decay", "11.6f"),
    ("Quickprop mu", "quickprop_mu", "8.3f"),
    ("RPROP increase factor", "rprop_increase_factor", "8.3f"),
    ("RPROP decrease factor", "rprop_decrease_factor", "8.3f"),
    ("RPROP delta min", "rprop_delta_min", "8.3f"),
    ("RPROP delta max", "rprop_delta_max", "8.3f"),
    ("Cascade output change fraction", "cascade_output_change_fraction", "11.6f"),
    ("Cascade candidate change fraction", "cascade_candidate_change_fraction", "11.6f"),
    ("Cascade output stagnation epochs", "cascade_output_stagnation_epochs", "4d"),
    ("Cascade candidate stagnation epochs", "cascade_candidate_stagnation_epochs", "4d"),
    ("Cascade max output epochs", "cascade_max_out_epochs", "4d"),
    ("Cascade min output epochs", "cascade_min_out_epochs", "4d"),
    ("Cascade max candidate epochs", "cascade_max_cand_epochs", "4d"),
    ("Cascade min candidate epochs", "cascade_min_cand_epochs", "4d"),
    ("Cascade weight multiplier", "cascade_weight_multiplier", "8.3f"),
    ("Cascade candidate limit", "cascade_candidate_limit", "8.3f"),
)


def _line(title: str, value: str) -> str:
    return f"{title:<37}:{value}"


def parameter_lines(net: Structure, p: dict[str, Any]) -> list[str]:
    """Return what ``print_parameters`` prints."""
    lines = [_line("Input layer", f"{net.layers[0]:4d} neurons, {net.biases[0]} bias")]
    for layer in range(1, len(net.sizes) - 1):
        size = f"{net.layers[layer]:4d} neurons, {net.biases[layer]} bias"
        lines.append(_line("  Hidden layer", size))
    neurons = sum(net.layers) + sum(net.biases)
    lines += [
        _line("Output layer", f"{net.layers[-1]:4d} neurons"),
        _line("Total neurons and biases", f"{neurons:4d}"),
        _line("Total connections", f"{net.connection_count:4d}"),
        _line("Connection rate", f"{p['connection_rate']:8.3f}"),
        _line("Network type", f"   FANN_NETTYPE_{NETWORK_TYPE_NAMES[net.network_type]}"),
        _line("Training algorithm", f"   FANN_TRAIN_{TRAIN_NAMES[p['training_algorithm']]}"),
        _line("Training error function",
              f"   FANN_ERRORFUNC_{ERROR_FUNCTION_NAMES[p['train_error_function']]}"),
        _line("Training stop function",
              f"   FANN_STOPFUNC_{STOP_FUNCTION_NAMES[p['train_stop_function']]}"),
    ]  # fmt: skip
    lines += [_line(title, format(p[name], form)) for title, name, form in _TRAINING]
    return lines + _cascade_lines(p)


def _cascade_lines(p: dict[str, Any]) -> list[str]:
    functions, steeps = p["cascade_activation_functions"], p["cascade_activation_steepnesses"]
    groups = p["cascade_num_candidate_groups"]
    lines = [
        _line(f"Cascade activation functions[{k}]", f"   FANN_{ACTIVATIONS[number]}")
        for k, number in enumerate(functions)
    ]
    lines += [
        _line(f"Cascade activation steepnesses[{k}]", f"{steep:8.3f}")
        for k, steep in enumerate(steeps)
    ]
    count = len(functions) * len(steeps) * groups
    lines.append(_line("Cascade candidate groups", f"{groups:4d}"))
    return [*lines, _line("Cascade no. of candidates", f"{count:4d}")]


def connection_lines(net: Structure) -> list[str]:
    """Return what ``print_connections`` prints: a letter a weight, small if it is negative."""
    width = sum(net.layers[:-1]) + sum(net.biases)
    lines = ["Layer / Neuron " + "".join(str(number % 10) for number in range(width))]
    for layer in range(1, len(net.sizes)):
        for row in range(net.sizes[layer]):
            letters = ["."] * width
            if row < net.layers[layer]:
                for column in net.columns(layer)[row]:
                    weight = net.weights[layer - 1][row, column]
                    size = min(int(abs(weight) + 0.5), 25)
                    letter = chr((ord("a") if weight < 0 else ord("A")) + size)
                    letters[net.first_source(layer) + int(column)] = letter
            number = net.starts[layer] + row
            lines.append(f"L {layer:3d} / N {number:4d} {''.join(letters)}")
    return lines
