"""``backend="auto"``: NumPy for small jobs, machine code where compiling pays off.

The choice follows from the program, the sizes and the number of steps alone, never from a
measurement or from what lies in a cache, so that the same calls always compute the same numbers.

It also decides which programs are never compiled, even with ``backend="compiled"``: those of more
than :data:`MOST_UNITS` units, which would take too long to compile.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from glassnet.graph.dims import Dim, bind
from glassnet.graph.expression import is_slow
from glassnet.graph.node import Node
from glassnet.graph.program import Program

__all__ = ["MOST_UNITS", "Choice", "choose", "estimated_seconds", "is_too_large", "units"]

# Costs of the NumPy backend on one ordinary core, in seconds: fitted to the steps of the benchmarks
# (`python -m benchmarks estimate`), each of which they meet within a factor of 2.
_PER_CALL = 6e-7
_PER_BYTE = 1.2e-11
_PER_MULTIPLICATION = 2e-11  # of float32; twice that of float64
_PER_SLOW_FUNCTION = 1.4e-9  # exp and its like of one float32
# A job that NumPy would finish in this time is not worth compiling for.
WORTH_COMPILING = 0.5
# Most units of a program that is compiled: 2 to 5 s of compiling on one core (2 s for RPROP in a
# cascade of 100 hidden neurons, 1,410 units, and for 100 hidden layers with Adam, 1,103 units).
MOST_UNITS = 1500
# Elementwise ops and numbers are fused into the loops of other ops: this many count as one unit.
_MELTED = 10


@dataclass(frozen=True)
class Choice:
    """Which backend, and why.

    Attributes
    ----------
    name : str
        ``"numpy"`` or ``"compiled"``.
    seconds : float
        About how long NumPy would take.
    units : int
        Units of the program, if they are too many to be compiled, else 0.
    """

    name: str
    seconds: float
    units: int = 0

    @property
    def reason(self) -> str:
        """A line for people."""
        if self.units:
            return (
                f"NumPy backend: the network's {self.units} units would take too long to "
                f"compile (most: {MOST_UNITS})"
            )
        about = f"about {self.seconds:.0f} s" if self.seconds >= 1 else "under a second"
        if self.name == "compiled":
            return f"compiled backend: NumPy would take {about}"
        return f"NumPy backend: {about} of work, not worth compiling"


def choose(program: Program, rows: int, times: int) -> Choice:
    """Return the backend for running a program ``times`` times on ``rows`` rows.

    Steps that the model has made before count among them: many short calls are a long job too.

    >>> from glassnet import ops  # so that + is known
    >>> from glassnet.graph import input_node
    >>> x = input_node("x", ("n", 3))
    >>> choose(Program("double", [x], {"y": x + x}), 32, 10).name
    'numpy'
    """
    seconds = times * estimated_seconds(program, rows)
    if seconds > WORTH_COMPILING and is_too_large(program):
        return Choice("numpy", seconds, units(program))
    return Choice("compiled" if seconds > WORTH_COMPILING else "numpy", seconds)


def units(program: Program) -> int:
    """Return the size of a program for a compiler.

    A matrix product is two units, any other structured op is one; ten elementwise ops, or ops of
    single numbers, are one.

    >>> from glassnet import ops  # so that + is known
    >>> from glassnet.graph import input_node
    >>> x = input_node("x", ("n", 3))
    >>> units(Program("many", [x], {f"y{k}": x + k for k in range(25)}))
    2
    """
    nodes = [node for node in program.order() if node.inputs]
    melted = [node for node in nodes if node.op.is_elementwise or node.shape == ()]
    products = sum(node.op.name == "matmul" for node in nodes)
    return len(nodes) - len(melted) + products + len(melted) // _MELTED


def is_too_large(program: Program) -> bool:
    """Return whether a program has too many units to be compiled: NumPy then runs it."""
    return units(program) > MOST_UNITS


def estimated_seconds(program: Program, rows: int) -> float:
    """Return about how long NumPy takes for one run of a program."""
    dims = [dim for node in program.inputs.values() for dim in node.shape]
    sizes = {dim.symbol: rows for dim in dims if isinstance(dim, Dim)}
    return sum(_cost(node, sizes) for node in program.order() if node.inputs)


def _cost(node: Node, sizes: dict[str, int]) -> float:
    if node.shape == () and node.op.is_elementwise:
        return _PER_CALL / 10
    shapes = [bind(part.shape, sizes) for part in (*node.inputs, node)]
    size = 4 if node.dtype == "float32" else 8
    cost = _PER_CALL + sum(map(math.prod, shapes)) * size * _PER_BYTE
    if node.op.name == "matmul":
        inner = shapes[0][0 if node.attrs["transpose_a"] else 1]
        cost += math.prod(shapes[-1]) * inner * size / 4 * _PER_MULTIPLICATION
    if node.op.expression is not None and is_slow(node.op.expression):
        cost += math.prod(shapes[-1]) * size / 4 * _PER_SLOW_FUNCTION
    return cost
