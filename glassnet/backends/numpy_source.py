"""From a program to the source of one Python function made of NumPy calls.

Every array lives in a buffer chosen before the function is written: a buffer is used
again as soon as no later op needs its old content. Scalars are plain Python numbers, computed
in double precision. Views (transposes, slices) cost nothing where their base is a buffer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.backends.numpy_elementwise import Elementwise, Value, ends_in_ufunc
from glassnet.backends.numpy_entries import entry_function
from glassnet.backends.numpy_kernels import KERNELS, VIEWS
from glassnet.errors import GraphError
from glassnet.graph.dims import bind
from glassnet.graph.expression import FUNCTIONS, divide, power
from glassnet.graph.node import Node
from glassnet.graph.program import Program, topological_order
from glassnet.graph.rewrite import lowered

__all__ = ["Compiled", "Writer", "compile_program"]

# What a number may hold that a name may not.
_IN_NAMES = str.maketrans({".": "_", "-": "m", "+": "p"})


@dataclass
class Compiled:
    """A compiled program: its function, the outputs it returns, and its source."""

    function: Callable[..., Any]
    outputs: list[str]
    source: str


def compile_program(
    program: Program, sizes: Mapping[str, int], state: Mapping[str, np.ndarray]
) -> Compiled:
    """Write and compile the function for one set of sizes.

    Parameters
    ----------
    program : Program
    sizes : mapping
        Number for every symbolic size.
    state : mapping of str to ndarray
        Inputs bound to arrays that the function updates in place; the other inputs are
        the function's arguments, in the program's order.
    """
    simple = lowered(program, KERNELS)
    return Writer(simple, dict(sizes), state).write()


class Writer:
    """Writes one function. Kernels use :meth:`line`, :meth:`static` and :meth:`scratch`."""

    def __init__(
        self, program: Program, sizes: dict[str, int], state: Mapping[str, np.ndarray]
    ) -> None:
        self.program = program
        self.sizes = sizes
        self.state = state
        self.lines: list[str] = []
        self.scope: dict[str, Any] = {f"s_{name}": f for name, (_, f) in FUNCTIONS.items()}
        self.scope |= {"divide": divide, "power": power, "copyto": np.copyto, "np": np}
        self.values: dict[int, Value] = {}
        self.free: dict[tuple[tuple[int, ...], str], list[Value]] = {}
        self.order = schedule(program)
        self.position = {id(node): place for place, node in enumerate(self.order)}
        self.base: dict[int, Node] = {}
        self.readers: dict[int, list[Node]] = {id(node): [] for node in self.order}
        self.last_use: dict[int, int] = {}
        self.inline: set[int] = set()
        self._analyse()

    # What is known before writing -----------------------------------------------------

    def _analyse(self) -> None:
        for place, node in enumerate(self.order):
            first = node.inputs[0] if node.op.name in VIEWS and node.inputs else None
            self.base[id(node)] = node if first is None else self.base[id(first)]
            for child in node.inputs:
                self.readers[id(child)].append(node)
                self.last_use[id(self.base[id(child)])] = place
        for node in self.program.outputs.values():
            self.last_use[id(self.base[id(node)])] = len(self.order)
        outputs = {id(node) for node in self.program.outputs.values()}
        for node in self.order:
            if _is_sum_of_products(node):
                product = node.inputs[0]
                if self.readers[id(product)] == [node] and id(product) not in outputs:
                    # Written as one dot product; its factors must live until then.
                    self.inline.add(id(product))
                    for factor in product.inputs:
                        base = id(self.base[id(factor)])
                        self.last_use[base] = max(self.last_use[base], self.position[id(node)])

    def _in_place_state(self) -> dict[int, str]:
        """Return the nodes that may be written straight over the state they replace."""
        chosen: dict[int, str] = {}
        outputs = self.program.outputs
        holders: dict[int, set[str]] = {}
        for name, node in outputs.items():
            holders.setdefault(id(self.base[id(node)]), set()).add(name)
        for name in self.program.state:
            old, new = self.program.inputs[name], outputs[name]
            held = bool(holders.get(id(old), set()) - {name})
            if name not in self.state or held or id(new) in chosen or not ends_in_ufunc(new):
                continue
            if self.last_use.get(id(old), -1) <= self.position[id(new)]:
                chosen[id(new)] = name
        return chosen

    # Names and buffers ----------------------------------------------------------------

    def line(self, text: str) -> None:
        self.lines.append(text)

    def static(self, array: Any, label: str = "c") -> str:
        """Put an object into the function's scope and return its name."""
        name = f"{label}{len(self.scope)}"
        self.scope[name] = array
        return name

    def number(self, value: float, dtype: str) -> str:
        """Return the name of a number held as an array without axes."""
        return self.call(np.array(value, dtype), f"q_{dtype}_{value!r}".translate(_IN_NAMES))

    def call(self, function: Any, label: str) -> str:
        """Return the name under which a function can be called."""
        self.scope.setdefault(label, function)
        return label

    def buffer(self, shape: tuple[int, ...], dtype: str) -> Value:
        """Return a buffer with no content anybody needs."""
        free = self.free.get((shape, dtype))
        if free:
            return free.pop()
        array = np.empty(shape, dtype)
        return Value(self.static(array, "b"), shape, dtype, array, is_temporary=True)

    def release(self, value: Value) -> None:
        self.free.setdefault((value.shape, value.dtype), []).append(value)

    # Writing --------------------------------------------------------------------------

    def write(self) -> Compiled:
        arguments = self._inputs()
        in_place = self._in_place_state()
        for place, node in enumerate(self.order):
            if id(node) in self.values or id(node) in self.inline:
                continue
            self.values[id(node)] = self._node(node, in_place.get(id(node)))
            self._release_after(place, node)
        returned = self._outputs(in_place)
        body = "\n".join(f"    {line}" for line in self.lines)
        source = f"def run({', '.join(arguments)}):\n{body}\n    return ({returned})\n"
        exec(compile(source, f"<numpy {self.program.name}>", "exec"), self.scope)
        names = [name for name in self.program.outputs if name not in self.state]
        return Compiled(self.scope["run"], names, source)

    def _inputs(self) -> list[str]:
        arguments = []
        for place, (name, node) in enumerate(self.program.inputs.items()):
            shape = bind(node.shape, self.sizes)
            if name in self.state:
                array = self.state[name]
                value = Value(self.static(array, "w"), shape, node.dtype, array)
                if shape == ():
                    value = self.scalar(f"{value.text}.item()", node)
            else:
                arguments.append(f"i{place}")
                value = Value(f"i{place}", shape, node.dtype, is_scalar=shape == ())
            self.values[id(node)] = value
        return arguments

    def scalar(self, text: str, node: Node) -> Value:
        name = f"v{len(self.lines)}"
        self.line(f"{name} = {text}")
        return Value(name, (), node.dtype, is_scalar=True)

    def _node(self, node: Node, state: str | None) -> Value:
        shape = bind(node.shape, self.sizes)
        inputs = [self.values.get(id(child)) for child in node.inputs]
        if node.is_constant:
            return self._constant(node, shape)
        if node.op.name in VIEWS:
            return VIEWS[node.op.name](self, node, shape, *inputs)
        if node.op.is_elementwise:
            return Elementwise(self, node, shape, inputs).write(state)
        if id(node.inputs[0]) in self.inline and node.op.name == "sum":
            return self._dot(node)
        kernel = KERNELS.get(node.op.name)
        if kernel is None:
            return self._by_entry(node, shape, inputs)
        if shape == ():
            return self.scalar(kernel(self, node, None, *inputs), node)
        out = self.buffer(shape, node.dtype)
        kernel(self, node, out, *inputs)
        return out

    def _by_entry(self, node: Node, shape: tuple[int, ...], inputs: Sequence[Any]) -> Value:
        """Write an op without a kernel: by what each number of it is made of."""
        if node.op.entry is None:
            raise GraphError(
                f"the op {node.op.name!r} has neither an entry nor a kernel: give its record "
                "an entry, as glassnet/ops/cumulative.py does"
            )
        attrs = {
            key: bind(value, self.sizes) if isinstance(value, tuple) else value
            for key, value in node.attrs.items()
        }
        shapes = [value.shape for value in inputs]
        function = entry_function(node.op.entry(shape, *shapes, **attrs), shape, shapes)
        out = self.buffer(shape, node.dtype)
        texts = ", ".join(value.text for value in inputs)
        self.line(f"{self.static(function, 'e')}({out.text}, {texts})")
        return out if shape else self.scalar(f"{out.text}.item()", node)

    def _constant(self, node: Node, shape: tuple[int, ...]) -> Value:
        value = node.attrs["value"]
        if shape == ():
            text = repr(value)
            if isinstance(value, float) and (value != value or abs(value) == float("inf")):
                text = self.static(value)
            return Value(text, (), node.dtype, is_scalar=True)
        return Value(self.static(value, "k"), shape, node.dtype, value)

    def _dot(self, node: Node) -> Value:
        """Write Σ a·b over all elements as one dot product."""
        product = node.inputs[0]
        a = self.values[id(product.inputs[0])]
        b = self.values[id(product.inputs[-1])]
        return self.scalar(f"float({self.call(np.vdot, 'vdot')}({a.text}, {b.text}))", node)

    def _release_after(self, place: int, node: Node) -> None:
        for child in {id(self.base[id(c)]): self.base[id(c)] for c in node.inputs}.values():
            if self.last_use[id(child)] == place:
                value = self.values.get(id(child))
                # A buffer taken over by this node's own result is not free.
                mine = self.values[id(node)]
                if value is not None and value.is_temporary and value.array is not mine.array:
                    self.release(value)

    def _outputs(self, in_place: dict[int, str]) -> str:
        """Write back new state from old values only, then return what is left."""
        moved: list[tuple[str, str]] = []
        texts = []
        arrays = {id(array) for array in self.state.values()}
        for name, node in self.program.outputs.items():
            value = self.values[id(node)]
            base = self.values[id(self.base[id(node)])]
            reads_state = base.array is not None and id(base.array) in arrays
            written = in_place.get(id(node))
            if name in self.state and written == name:
                continue
            text = value.text
            itself = name in self.state and self.state[name] is value.array
            if reads_state and written is None and not itself and not value.is_scalar:
                text = f"n{len(self.lines)}"
                self.line(f"{text} = {value.text}.copy()")
            if name in self.state:
                moved.append((self.static(self.state[name], "w"), text))
            else:
                texts.append(text)
        for target, text in moved:
            self.line(f"{target}[...] = {text}")
        return "".join(f"{text}, " for text in texts)


def schedule(program: Program) -> list[Node]:
    """Order the nodes so that state can be updated in place: all who read it come first."""
    nodes = program.order()
    state = program.state
    old = {id(program.inputs[name]) for name in state}
    roots = [node for name, node in program.outputs.items() if name not in program.inputs]
    roots += [
        node
        for node in nodes
        if not node.op.is_elementwise and any(id(child) in old for child in node.inputs)
    ]
    return topological_order([*roots, *(program.outputs[name] for name in state)])


def _is_sum_of_products(node: Node) -> bool:
    if node.op.name != "sum" or node.shape != ():
        return False
    product = node.inputs[0]
    return product.op.name in ("square", "multiply") and all(
        factor.shape == product.shape for factor in product.inputs
    )
