"""The table of layers."""

from __future__ import annotations

from glassnet.graph import shape_text
from glassnet.training.network import Network

__all__ = ["summary_text"]


def summary_text(network: Network, name: str, is_default: bool) -> str:
    """Return the table of layers: name, output shape, number of parameters."""
    topology = network.topology
    rows = [("layer", "output shape", "parameters", "connected to")]
    names = ["input" if n == 0 else f"input {n + 1}" for n in range(len(topology.input_shapes))]
    for label, shape in zip(names, topology.input_shapes, strict=True):
        rows.append((label, shape_text(("n", *shape)), "", ""))
    is_chain = all(call.inputs == (place,) for place, call in enumerate(topology.calls))
    for call in topology.calls:
        sources = "" if is_chain else ", ".join(names[number] for number in call.inputs)
        label = f"{call.layer.name} ({type(call.layer).__name__})"
        count = f"{call.layer.parameter_count:,}"
        rows.append((label, shape_text(("n", *call.shape)), count, sources))
        names.append(str(call.layer.name))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:>{widths[2]}}  {d}".rstrip() for a, b, c, d in rows
    ]
    rule = "-" * max(len(line) for line in lines)
    trained = sum(
        layer.parameter_count
        for layer in topology.layers
        if layer.trainable and any(weight.is_parameter for weight in layer.weights.values())
    )
    total = sum(layer.parameter_count for layer in topology.layers)
    text = [name, rule, lines[0], rule, *lines[1:], rule]
    text.append(f"{total:,} parameters, {trained:,} of them trained; dtype {network.dtype}")
    if network.loss is not None and network.optimizer is not None:
        chosen = " (chosen by default)" if is_default else ""
        metrics = ", ".join(metric.name for metric in network.metrics)
        text.append(
            f"loss {network.loss!r}{chosen}, optimizer {type(network.optimizer).__name__}{chosen}"
        )
        text[-1] += f", metrics {metrics}" if metrics else ""
    else:
        text.append("not compiled yet: compile(optimizer, loss), or fit chooses what suits")
    return "\n".join(text)
