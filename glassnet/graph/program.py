"""Program: a graph with named inputs and outputs, ready to be run, printed or differentiated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from glassnet.errors import GraphError, ShapeError
from glassnet.graph.dims import Dim, shape_text
from glassnet.graph.node import Node

__all__ = ["Program", "topological_order"]


def topological_order(outputs: Iterable[Node]) -> list[Node]:
    """Return every node the outputs need, each after its inputs; depth is no limit."""
    order: list[Node] = []
    done: set[int] = set()
    for output in outputs:
        stack: list[tuple[Node, int]] = [(output, 0)]
        while stack:
            node, position = stack.pop()
            if id(node) in done:
                continue
            if position < len(node.inputs):
                stack.append((node, position + 1))
                child = node.inputs[position]
                if id(child) not in done:
                    stack.append((child, 0))
            else:
                done.add(id(node))
                order.append(node)
    return order


class Program:
    """Named inputs to named outputs.

    Parameters
    ----------
    name : str
    inputs : sequence of Node
        Input nodes; their names are the names of the values to give.
    outputs : mapping of str to Node
        An output with the name of an input is that input's new value ("state"): all
        outputs are computed from the old values.
    totals : sequence of str
        Scalar outputs that are added up over the batches of an epoch.
    rows : sequence of str
        Inputs whose first axis runs over samples.
    """

    def __init__(
        self,
        name: str,
        inputs: Sequence[Node],
        outputs: Mapping[str, Node],
        totals: Sequence[str] = (),
        rows: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.inputs = {node.attrs["name"]: node for node in inputs}
        if len(self.inputs) != len(inputs):
            raise GraphError(f"program {name!r} has two inputs of the same name")
        self.outputs = dict(outputs)
        self.totals = tuple(totals)
        self.rows = tuple(rows)
        self._check()

    def _check(self) -> None:
        given = {id(node) for node in self.inputs.values()}
        # A program does not change, and its order is asked for many times.
        self._order = topological_order(self.outputs.values())
        for node in self._order:
            if node.op.name == "input" and id(node) not in given:
                raise GraphError(
                    f"program {self.name!r} uses the input {node.attrs['name']!r}, which is not in "
                    "its inputs"
                )
        for name in self.state:
            old, new = self.inputs[name], self.outputs[name]
            if old.shape != new.shape or old.dtype != new.dtype:
                raise ShapeError(
                    f"the new value of {name!r} is {new.dtype}{shape_text(new.shape)}, "
                    f"but the old one is {old.dtype}{shape_text(old.shape)}"
                )

    @property
    def state(self) -> tuple[str, ...]:
        """Names of the values that are both input and output: the state."""
        return tuple(name for name in self.outputs if name in self.inputs)

    def order(self) -> list[Node]:
        """Return all nodes, each after its inputs."""
        return list(self._order)

    def sizes(self, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, int]:
        """Return the numbers the symbolic sizes take for inputs of these shapes."""
        sizes: dict[str, int] = {}
        for name, node in self.inputs.items():
            given = shapes[name]
            fits = len(given) == len(node.shape)
            for want, got in zip(node.shape, given, strict=False):
                if isinstance(want, Dim):
                    known = sizes.setdefault(want.symbol, got // want.coefficient)
                    fits = fits and known * want.coefficient == got
                else:
                    fits = fits and want == got
            if not fits:
                raise ShapeError(
                    f"input {name!r} has the shape {shape_text(given)}, but "
                    f"{shape_text(node.shape)} "
                    "was expected"
                )
        return sizes

    def __repr__(self) -> str:
        return f"<Program {self.name}: {', '.join(self.inputs)} -> {', '.join(self.outputs)}>"
