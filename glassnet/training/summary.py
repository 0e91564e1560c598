"""The table of layers."""

from __future__ import annotations

from glassnet.graph import shape_text
from glassnet.layers.topology import Topology
from glassnet.numbers import number_text
from glassnet.quoting import visible
from glassnet.training.compile_record import Goal
from glassnet.training.network import Network
from glassnet.translation import plural

__all__ = ["count_text", "summary_notes", "summary_rows", "summary_text"]


def summary_text(network: Network, name: str, is_default: bool) -> str:
    """Return the table of layers: name, output shape, number of parameters."""
    rows = summary_rows(network.topology)
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:>{widths[2]}}  {d}".rstrip() for a, b, c, d in rows
    ]
    rule = "-" * max(len(line) for line in lines)
    text = [visible(name), rule, lines[0], rule, *lines[1:], rule]
    return "\n".join([*text, *summary_notes(network, is_default)])


def summary_notes(network: Network, is_default: bool) -> list[str]:
    """Return what stands below the table: counts and settings."""
    return [_counts(network), _settings(network, is_default)]


def summary_rows(topology: Topology) -> list[tuple[str, str, str, str]]:
    """Return the head of the table and a row for every input and layer."""
    rows = [("layer", "output shape", "parameters", "connected to")]
    names = [
        given or ("input" if n == 0 else f"input {n + 1}")
        for n, given in enumerate(topology.given_names)
    ]
    for given, name, shape in zip(topology.given_names, names, topology.input_shapes, strict=True):
        rows.append((f"{name} (Input)" if given else name, shape_text(("n", *shape)), "", ""))
    for call in topology.calls:
        sources = "" if topology.is_chain else ", ".join(names[number] for number in call.inputs)
        label = f"{call.layer.name} ({type(call.layer).__name__})"
        count = f"{call.layer.parameter_count + call.layer.buffer_count:,}"
        rows.append((label, shape_text(("n", *call.shape)), count, sources))
        names.append(str(call.layer.name))
    return rows


def count_text(topology: Topology) -> str:
    """Return how many numbers a network holds, and how many of them training does not learn."""
    layers = topology.layers
    trained = sum(layer.parameter_count for layer in layers if layer.trainable)
    frozen = sum(layer.parameter_count for layer in layers if not layer.trainable)
    buffers = sum(layer.buffer_count for layer in layers)
    kinds = [f"{frozen:,} frozen"] if frozen else []
    kinds += [plural("{n} in a buffer", "{n} in buffers", buffers)] if buffers else []
    rest = f", {frozen + buffers:,} non-trainable ({', '.join(kinds)})" if kinds else ""
    count = plural("{n} parameter", "{n} parameters", trained + frozen + buffers)
    return f"{count}, {trained:,} of them trained{rest}"


def _counts(network: Network) -> str:
    return f"{count_text(network.topology)}; dtype {network.dtype}"


def _settings(network: Network, is_default: bool) -> str:
    record = network.compiled
    if record is None:
        return "not compiled yet: compile(optimizer, loss), or fit chooses what suits"
    chosen = " (chosen by default)" if is_default else ""
    optimizer = f"optimizer {visible(type(record.optimizer).__name__)}{chosen}"
    if not record.goals[0].name:
        goal = record.only
        metrics = f", metrics {_metrics(goal)}" if goal.metrics else ""
        return f"{_loss(goal)}{chosen}, {optimizer}{metrics}"
    lines = [
        f"output {visible(goal.name)}: {_loss(goal)}{chosen}"
        + (f", metrics {_metrics(goal)}" if goal.metrics else "")
        for goal in record.goals
    ]
    return "\n".join([*lines, optimizer])


def _loss(goal: Goal) -> str:
    factor = "" if goal.weight == 1 else f", weight {number_text(goal.weight)}"
    return f"loss {visible(repr(goal.loss))}{factor}"


def _metrics(goal: Goal) -> str:
    return ", ".join(visible(metric.name) for metric in goal.metrics)
