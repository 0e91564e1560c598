"""What the contracts of layers and losses share: a piece of graph with values for its inputs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from glassnet import backends, ops
from glassnet.errors import ContractError, GlassnetError
from glassnet.graph import Node, Program, bind, gradients, input_node
from glassnet.random import uniform
from glassnet.settings import Configured
from glassnet.testing.numeric import central_difference

__all__ = ["Part"]

DERIVATIVE_TOLERANCE = 1e-6
BACKEND_TOLERANCE = 1e-12
SINGLE_TOLERANCE = 1e-4


# Every entry of an output gets a weight of its own, so that a sum of them sees each.
_MIX = "the weights of the sum"


@dataclass
class Part:
    """A value under test.

    Attributes
    ----------
    name : str
        What it is called in messages.
    inputs : list of Node
        Everything it is made of.
    values : dict of str to ndarray
        A value for each input, by name.
    output : Node
    slopes : list of Node
        The inputs it is differentiated with respect to.
    updates : dict of str to Node
        New values of buffers, by the name of their input.
    """

    name: str
    inputs: list[Node]
    values: dict[str, np.ndarray]
    output: Node
    slopes: list[Node]
    updates: dict[str, Node] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.inputs = [node for node in self.inputs if node.attrs["name"] != _MIX]
        program = Program("part", self.inputs, {"the output": self.output})
        sizes = program.sizes({name: np.shape(self.values[name]) for name in program.inputs})
        self.mix = input_node(_MIX, self.output.shape, self.output.dtype)
        self.inputs = [*self.inputs, self.mix]
        weights = uniform(0, _MIX, bind(self.output.shape, sizes), 0.5, 1.5)
        self.values = {**self.values, _MIX: weights}

    def fails(self, what: str) -> ContractError:
        return ContractError(f"{self.name}: {what}")

    def run(self, outputs: dict[str, Node], backend: str = "numpy") -> dict[str, np.ndarray]:
        """Compute nodes for the values."""
        try:
            return backends.get(backend).run(Program("part", self.inputs, outputs), self.values)
        except GlassnetError as error:
            raise self.fails(f"the {backend} backend cannot run it: {error}") from error

    def total(self) -> Node:
        """Return a scalar to which every entry of the output contributes differently."""
        return ops.sum(self.output * self.mix)

    def outputs(self) -> dict[str, Node]:
        """Return the value, its gradients and new buffers, under names for messages."""
        found = {"the value": self.output}
        found |= {f"the new value of {name}": node for name, node in self.updates.items()}
        if self.slopes:
            for node, slope in zip(self.slopes, gradients(self.total(), self.slopes), strict=True):
                found[f"the gradient of {node.attrs['name']}"] = slope
        return found

    def check_slopes(self) -> None:
        """The gradients equal central differences, one input at a time."""
        total = self.total()
        names = [node.attrs["name"] for node in self.slopes]
        outputs = [f"the gradient of {name}" for name in names]
        slopes = self.run(dict(zip(outputs, gradients(total, self.slopes), strict=True)))
        value = Program("total", self.inputs, {"the total": total})
        for name, slope in zip(names, slopes.values(), strict=True):
            direction = uniform(0, f"direction of {name}", slope.shape, -1.0, 1.0)

            def along(x: np.ndarray, name: str = name) -> float:
                return float(
                    backends.get("numpy").run(value, {**self.values, name: x})["the total"]
                )

            given = float(np.sum(slope * direction))
            measured = central_difference(along, self.values[name], direction)
            scale = max(abs(given), abs(measured), 1e-3)
            if not abs(given - measured) <= DERIVATIVE_TOLERANCE * scale:
                raise self.fails(
                    f"the gradient with respect to {name} is wrong: along a random direction it "
                    f"is {given:.9g}, a central difference {measured:.9g}"
                )

    def check_same(
        self,
        found: dict[str, np.ndarray],
        expected: dict[str, np.ndarray],
        what: str,
        within: float,
    ) -> None:
        """Two results are equal, relative to the largest entry of each."""
        for name, right in expected.items():
            got = found[name]
            if got.shape != right.shape:
                raise self.fails(f"{what} {name}: the shapes are {got.shape} and {right.shape}")
            size = max(float(np.max(np.abs(right), initial=0.0)), 1.0)
            apart = float(np.max(np.abs(got.astype(np.float64) - right), initial=0.0))
            if not apart <= within * size:
                raise self.fails(f"{what} {name} by {apart:.3g}, its largest entry is {size:.3g}")

    def check_backends(self) -> None:
        """Plain loops and NumPy agree on value and gradients."""
        outputs = self.outputs()
        expected, found = self.run(outputs, "loops"), self.run(outputs, "numpy")
        self.check_same(found, expected, "loops and numpy differ in", BACKEND_TOLERANCE)

    def check_single(self, wide: Part) -> None:
        """In single precision the part is near the same part in double precision, ``wide``."""
        outputs = self.outputs()
        for name, node in outputs.items():
            if node.dtype != "float32":
                raise self.fails(f"{name} is {node.dtype}, although every input is float32")
        expected = wide.run(wide.outputs())
        self.check_same(self.run(outputs), expected, "float32 is far off in", SINGLE_TOLERANCE)


def through_json(part: Configured) -> dict[str, Any]:
    """Return what is left of a description after a file."""
    try:
        written = json.dumps(part.to_config())
    except (TypeError, ValueError, GlassnetError) as error:
        raise ContractError(
            f"{type(part).__name__} cannot be written to a file: {error}"
        ) from error
    found: dict[str, Any] = json.loads(written)
    return found
