"""Writes FANN network files: byte for byte what FANN 2.2.0 writes for the same values."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.formats.fann.net import FIELDS, SCALES, FannNet, Field
from glassnet.formats.files import write_text

__all__ = ["decimal_point_of", "format_fixed", "format_net", "write_net"]


def write_net(net: FannNet, path: str | Path) -> Path:
    """Write a network as a FANN 2.1 file, which every installed FANN reads.

    Differs: fields of later layouts (``net.extra``) are left out.
    """
    return write_text(path, format_net(net))


def format_net(net: FannNet) -> str:
    """Return the text of a FANN 2.1 file."""
    lines = ["FANN_FLO_2.1", f"num_layers={len(net.layer_sizes)}"]
    lines += _parameter_lines(net, _real)
    lines.append(_list_line("layer_sizes", map(str, net.layer_sizes)))
    lines += _scale_lines(net)
    lines += _body(net, _real)
    return "\n".join(lines) + "\n"


def format_fixed(net: FannNet) -> tuple[str, int]:
    """Return the text of a file for the fixed-point library, and its decimal point."""
    point = decimal_point_of(net)

    def whole(value: float) -> str:
        return str(math.floor(value * 2.0**point + 0.5))

    lines = ["FANN_FIX_2.0", f"decimal_point={point}", f"num_layers={len(net.layer_sizes)}"]
    lines += _parameter_lines(net, whole)
    lines.append(_list_line("layer_sizes", map(str, net.layer_sizes)))
    lines += _body(net, whole)
    return "\n".join(lines) + "\n", point


def decimal_point_of(net: FannNet) -> int:
    """Return how many binary digits of 32 are left for fractions of the largest sum."""
    ends = np.cumsum(net.num_inputs)
    sums = np.concatenate([[0.0], np.cumsum(np.abs(net.weights))])
    largest = float(np.max(sums[ends] - sums[ends - net.num_inputs], initial=0.0))
    bits = 0
    while largest >= 1:
        largest /= 2
        bits += 1
    return max(0, (32 - 2 - bits) // 2)


def _float(value: float) -> str:
    # FANN keeps these as C floats.
    return f"{float(np.float32(value)):.6f}"


def _real(value: float) -> str:
    return f"{value:.20e}"


def _list_line(name: str, words: Iterable[str]) -> str:
    return f"{name}=" + "".join(f"{word} " for word in words)


def _parameter_lines(net: FannNet, real: Any) -> list[str]:
    lines = []
    for one in FIELDS:
        lines += _lines_of(one, net.parameters[one.name], real)
    return lines


def _lines_of(one: Field, value: Any, real: Any) -> list[str]:
    if one.kind in ("counts", "reals"):
        words = [str(int(part)) if one.kind == "counts" else real(part) for part in value]
        return [f"{one.name}_count={len(words)}", _list_line(one.name, words)]
    form = {"float": _float, "real": real, "count": lambda number: str(int(number))}[one.kind]
    return [f"{one.name}={form(value)}"]


def _scale_lines(net: FannNet) -> list[str]:
    if net.scaling is None:
        return ["scale_included=0"]
    lines = ["scale_included=1"]
    for side in ("in", "out"):
        for what in SCALES:
            words = map(_float, net.scaling[f"{what}_{side}"])
            lines.append(_list_line(f"scale_{what}_{side}", words))
    return lines


def _body(net: FannNet, real: Any) -> list[str]:
    neurons = zip(
        net.num_inputs.tolist(), net.activation.tolist(), net.steepness.tolist(), strict=True
    )
    connections = zip(net.sources.tolist(), net.weights.tolist(), strict=True)
    return [
        _list_line(
            "neurons (num_inputs, activation_function, activation_steepness)",
            (f"({count}, {function}, {real(steep)})" for count, function, steep in neurons),
        ),
        _list_line(
            "connections (connected_to_neuron, weight)",
            (f"({origin}, {real(weight)})" for origin, weight in connections),
        ),
    ]
