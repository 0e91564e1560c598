"""Where the first NaN came from: the last stretch of training is walked again, step by step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glassnet import backends
from glassnet.graph import Node, Program
from glassnet.training.evaluation import PENALTY
from glassnet.training.run import Run, RunSnapshot

__all__ = ["Finding", "find_first_bad"]


@dataclass
class Finding:
    """What went bad first.

    Attributes
    ----------
    epoch, batch : int
        Where, counted from 1.
    tensor : str
        Name of the value, ``z2`` or the op that made it.
    cause : str
        The likely cause and what to do.
    """

    epoch: int
    batch: int
    tensor: str
    value: float
    cause: str

    @property
    def summary(self) -> str:
        return f"{self.tensor} became {self.value} in epoch {self.epoch}, batch {self.batch}"

    @property
    def message(self) -> str:
        return (
            f"training stopped in epoch {self.epoch}, batch {self.batch}: the first value that "
            f"went bad is {self.tensor} ({self.value}). Likely cause: {self.cause}. The weights "
            "are those from before that batch"
        )


def find_first_bad(training: Run, before: RunSnapshot) -> Finding:
    """Go back to where the last stretch began, find the batch that went bad, and what in it.

    The stretch is halved again and again: what is bad stays bad, so a half that ends with
    finite numbers was good. The run is left in the state from before the bad batch.
    """
    left, good = training.slice_batches, before
    training.go_back(good)
    while left > 1:
        half = left // 2
        training.run_batches(half)
        if training.is_finite():
            good, left = training.position(), left - half
        else:
            left = half
            training.go_back(good)
    epoch, batch = training.epoch, training.batch
    values = training.values_of_next_batch()
    name, value = _first_bad(training.step, values)
    cause = _cause(training, values, name)
    return Finding(epoch + 1, batch + 1, name, value, cause)


def _first_bad(step: Program, values: dict[str, np.ndarray]) -> tuple[str, float]:
    """Run the step with every value as an output and return the first that is not finite."""
    order = [node for node in step.order() if node.dtype.startswith("float") and node.inputs]
    outputs = {f"v{place}": node for place, node in enumerate(order)}
    program = Program("inspect", list(step.inputs.values()), outputs)
    found = backends.get("numpy").run(program, values)
    replaced = {id(node): name for name, node in step.outputs.items()}
    for place, node in enumerate(order):
        array = found[f"v{place}"]
        bad = ~np.isfinite(array)
        if bad.any():
            number = float(array[bad].reshape(-1)[0])
            label = node.name or replaced.get(id(node))
            return _in_words(label or _described(node, order[place:], replaced)), number
    return "the loss", float("nan")


def _in_words(label: str) -> str:
    label = label.replace(f"total_{PENALTY}", "the penalty")
    return label.replace("total_loss", "the loss").replace("total_", "")


def _described(node: Node, later: list[Node], outputs: dict[int, str]) -> str:
    """Name a value nobody named by its op and the first named value made from it."""
    made_from = {id(node)}
    for other in later:
        # The size of a value does not depend on what is in it.
        if other.op.name != "size" and any(id(child) in made_from for child in other.inputs):
            made_from.add(id(other))
            name = other.name or outputs.get(id(other))
            if name:
                return f"the {node.op.name} in {name}"
    return f"the result of {node.op.name}"


def _cause(training: Run, values: dict[str, np.ndarray], name: str) -> str:
    rate = training.optimizer.rate_at(training.state.step)
    largest_x = max(float(np.abs(values[key]).max()) for key in training.input_names)
    weights = [
        float(np.abs(values[weight.name]).max(initial=0))
        for weight in training.topology.parameters()
    ]
    largest_w = max(weights, default=0.0)
    if largest_w > 1e3:
        return (
            f"the learning rate {rate:g} is too high: the weights have grown to {largest_w:.3g}; "
            f"try {rate / 10:g}, or clip the gradients "
            "(clip=gn.optimizers.ClipByGlobalNorm(1.0))"
        )
    if largest_x > 1e3:
        return (
            f"the inputs are not scaled: they reach {largest_x:.3g}; put "
            "gn.layers.Normalization() first, or divide them by their largest value"
        )
    if "log" in name:
        return (
            "the logarithm of a number that is not positive; use an output activation that keeps "
            "predictions positive (softplus or exponential), or another loss"
        )
    return f"the learning rate {rate:g} is too high; try {rate / 10:g}"
