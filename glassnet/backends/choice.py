"""``backend="auto"``: NumPy for small jobs, machine code where compiling pays off.

The choice follows from the program and the amount of work alone, never from a measurement
or from what lies in a cache, so that the same call always computes the same numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from glassnet.graph.dims import Dim, bind
from glassnet.graph.node import Node
from glassnet.graph.program import Program

__all__ = ["Choice", "choose", "estimated_seconds"]

# Rough costs of the NumPy backend on an ordinary core, in seconds.
_PER_CALL = 1e-6
_PER_NUMBER = 5e-10
_PER_MULTIPLICATION = 5e-11
# A job that NumPy would finish in this time is not worth compiling for.
WORTH_COMPILING = 5.0


@dataclass(frozen=True)
class Choice:
    """Which backend, and why.

    Attributes
    ----------
    name : str
        ``"numpy"`` or ``"numba"``.
    seconds : float
        About how long NumPy would take.
    """

    name: str
    seconds: float

    @property
    def reason(self) -> str:
        """A line for people."""
        about = f"about {self.seconds:.0f} s" if self.seconds >= 1 else "under a second"
        if self.name == "numba":
            return f"compiled backend: NumPy would take {about}"
        return f"NumPy backend: {about} of work, not worth compiling"


def choose(program: Program, rows: int, times: int) -> Choice:
    """Return the backend for running a program ``times`` times on ``rows`` rows.

    >>> from glassnet.graph import input_node
    >>> x = input_node("x", ("n", 3))
    >>> choose(Program("double", [x], {"y": x + x}), 32, 10).name
    'numpy'
    """
    seconds = times * estimated_seconds(program, rows)
    return Choice("numba" if seconds > WORTH_COMPILING else "numpy", seconds)


def estimated_seconds(program: Program, rows: int) -> float:
    """Return about how long NumPy takes for one run of a program."""
    dims = [dim for node in program.inputs.values() for dim in node.shape]
    sizes = {dim.symbol: rows for dim in dims if isinstance(dim, Dim)}
    return sum(_cost(node, sizes) for node in program.order() if node.inputs)


def _cost(node: Node, sizes: dict[str, int]) -> float:
    if node.shape == () and node.op.is_elementwise:
        return _PER_CALL / 10
    shapes = [bind(child.shape, sizes) for child in node.inputs]
    numbers = max(math.prod(shape) for shape in [*shapes, bind(node.shape, sizes)])
    cost = _PER_CALL + numbers * _PER_NUMBER
    if node.op.name == "matmul":
        out = math.prod(bind(node.shape, sizes))
        inner = shapes[0][0 if node.attrs["transpose_a"] else 1]
        cost += out * inner * _PER_MULTIPLICATION
    return cost
