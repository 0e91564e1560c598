"""From a program to the source of one Python function made of NumPy calls.

Every array lives in a buffer chosen before the function is written: a buffer is used
again as soon as nobody needs its old content. Scalars are plain Python numbers, computed
in double precision. Views (transposes, slices) cost nothing where their base is a buffer.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.backends.numpy_kernels import KERNELS, VIEWS
from glassnet.errors import GraphError
from glassnet.graph.dims import Dim, bind
from glassnet.graph.expression import FUNCTIONS, divide, parse_expression, power
from glassnet.graph.node import Node
from glassnet.graph.program import Program, topological_order
from glassnet.graph.rewrite import lowered

__all__ = ["Compiled", "Value", "Writer", "compile_program"]

_BINARY = {
    ast.Add: ("add", "+"), ast.Sub: ("subtract", "-"), ast.Mult: ("multiply", "*"),
    ast.Div: ("divide", None), ast.Pow: ("power", None),
}  # fmt: skip
_COMPARE = {
    ast.Gt: ("greater", ">"), ast.GtE: ("greater_equal", ">="), ast.Lt: ("less", "<"),
    ast.LtE: ("less_equal", "<="), ast.Eq: ("equal", "=="), ast.NotEq: ("not_equal", "!="),
}  # fmt: skip
_UFUNCS = {
    "exp": np.exp, "expm1": np.expm1, "log": np.log, "log1p": np.log1p, "sqrt": np.sqrt,
    "abs": np.absolute, "sign": np.sign, "sin": np.sin, "cos": np.cos, "tanh": np.tanh,
    "floor": np.floor, "maximum": np.maximum, "minimum": np.minimum,
}  # fmt: skip


@dataclass
class Compiled:
    """A compiled program: its function, the outputs it returns, and its source."""

    function: Callable[..., Any]
    outputs: list[str]
    source: str


@dataclass
class Value:
    """How the written function refers to one value.

    ``array`` is the buffer itself where it is known before the function runs; ``is_scalar``
    marks a plain Python number; ``is_temporary`` a buffer that may be overwritten.
    """

    text: str
    shape: tuple[int, ...]
    dtype: str
    array: np.ndarray | None = None
    is_scalar: bool = False
    is_temporary: bool = False


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
        for name in self.program.state:
            old, new = self.program.inputs[name], outputs[name]
            held = any(
                self.base[id(node)] is old for other, node in outputs.items() if other != name
            )
            if name not in self.state or held or id(new) in chosen or not _ends_in_ufunc(new):
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
                    value = self._scalar(f"{value.text}.item()", node)
            else:
                arguments.append(f"i{place}")
                value = Value(f"i{place}", shape, node.dtype, is_scalar=shape == ())
            self.values[id(node)] = value
        return arguments

    def _scalar(self, text: str, node: Node) -> Value:
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
            return _Elementwise(self, node, shape, inputs).write(state)
        if id(node.inputs[0]) in self.inline and node.op.name == "sum":
            return self._dot(node)
        kernel = KERNELS.get(node.op.name)
        if kernel is None:
            raise GraphError(f"the numpy backend has no kernel for the op {node.op.name!r}")
        if shape == ():
            return self._scalar(kernel(self, node, None, *inputs), node)
        out = self.buffer(shape, node.dtype)
        kernel(self, node, out, *inputs)
        return out

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
        return self._scalar(f"float({self.call(np.vdot, 'vdot')}({a.text}, {b.text}))", node)

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
    old = {id(program.inputs[name]) for name in program.state}
    roots = [node for name, node in program.outputs.items() if name not in program.state]
    roots += [
        node
        for node in nodes
        if not node.op.is_elementwise and any(id(child) in old for child in node.inputs)
    ]
    return topological_order([*roots, *(program.outputs[name] for name in program.state)])


def _is_sum_of_products(node: Node) -> bool:
    if node.op.name != "sum" or node.shape != ():
        return False
    product = node.inputs[0]
    return product.op.name in ("square", "multiply") and all(
        factor.shape == product.shape for factor in product.inputs
    )


def _ends_in_ufunc(node: Node) -> bool:
    if node.op.expression is None or node.shape == ():
        return False
    tree = parse_expression(node.op.expression)
    return not isinstance(tree, ast.Name | ast.Constant) and not _is_where(tree)


def _is_where(tree: ast.expr) -> bool:
    return (
        isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == "where"
    )


class _Elementwise:
    """Writes one elementwise op: its scalar expression as a chain of ufunc calls."""

    def __init__(
        self, writer: Writer, node: Node, shape: tuple[int, ...], inputs: list[Value | None]
    ) -> None:
        self.writer = writer
        self.node = node
        self.shape = shape
        self.names: dict[str, Value] = {}
        for name, value in zip(node.op.inputs, inputs, strict=True):
            assert value is not None
            # Values of the graph are not ours to overwrite.
            self.names[name] = Value(
                value.text, value.shape, value.dtype, value.array, value.is_scalar
            )
        for name, attr in node.attrs.items():
            self.names[name] = Value(repr(attr), (), node.dtype, is_scalar=True)
        # Temporaries are computed in the dtype of the inputs (comparisons give bool).
        self.dtype = inputs[-1].dtype if inputs and inputs[-1] is not None else node.dtype
        self.out: Value | None = None
        self.out_is_open = False
        self.borrowed: list[Value] = []

    def write(self, state: str | None) -> Value:
        assert self.node.op.expression is not None
        tree = parse_expression(self.node.op.expression)
        if self.shape == ():
            return self._scalar_value(tree)
        self._choose_out(tree, state)
        assert self.out is not None
        result = self.emit(tree, root=True)
        if result.text != self.out.text:
            self.writer.line(f"{self.out.text}[...] = {result.text}")
        for value in self.borrowed:
            self.writer.release(value)
        return self.out

    def _scalar_value(self, tree: ast.expr) -> Value:
        text = self.emit(tree).text
        if self.node.op.name == "cast":
            kind = {"b": "bool", "f": "float"}.get(np.dtype(self.node.dtype).kind, "int")
            text = f"{kind}({text})"
        return self.writer._scalar(text, self.node)

    def _choose_out(self, tree: ast.expr, state: str | None) -> None:
        """Write into the state, into an input nobody needs any more, or into a free buffer."""
        writer, node = self.writer, self.node
        ufunc = _ends_in_ufunc(node)
        if state is not None:
            old = writer.program.inputs[state]
            self.out = writer.values[id(old)]
            self.out_is_open = all(writer.base[id(child)] is not old for child in node.inputs)
            return
        place = writer.position[id(node)]
        for child in node.inputs:
            value = writer.values[id(child)]
            dying = writer.last_use[id(writer.base[id(child)])] == place
            whole = writer.base[id(child)] is child and value.is_temporary
            if ufunc and dying and whole and (value.shape, value.dtype) == (self.shape, node.dtype):
                self.out = value
                return
        self.out = writer.buffer(self.shape, node.dtype)
        self.out_is_open = ufunc

    def _temporary(self, shape: tuple[int, ...], dtype: str) -> Value:
        out = self.out
        if out is not None and self.out_is_open and (shape, dtype) == (out.shape, out.dtype):
            self.out_is_open = False
            return Value(out.text, shape, dtype, out.array, is_temporary=True)
        value = self.writer.buffer(shape, dtype)
        self.borrowed.append(value)
        return value

    def emit(self, tree: ast.expr, root: bool = False) -> Value:
        if isinstance(tree, ast.Name):
            return self.names[tree.id]
        if isinstance(tree, ast.Constant):
            return Value(repr(tree.value), (), self.dtype, is_scalar=True)
        function, template, parts = _parts(tree)
        values = [self.emit(part) for part in parts]
        if all(value.is_scalar for value in values):
            text = template.format(*(value.text for value in values))
            return Value(text, (), self.dtype, is_scalar=True)
        return self._array_call(function, values, root)

    def _array_call(self, function: str, values: list[Value], root: bool) -> Value:
        is_bool = function in _COMPARISONS
        dtype = "bool" if is_bool else self.dtype
        shape = np.broadcast_shapes(*(value.shape for value in values))
        target = self.out if root else None
        if target is None and function != "where":
            for value in values:
                if value.is_temporary and (value.shape, value.dtype) == (shape, dtype):
                    target = value
        if target is None:
            target = self._temporary(shape, dtype)
        if function == "where":
            condition, a, b = values
            self.writer.line(f"copyto({target.text}, {b.text})")
            self.writer.line(f"copyto({target.text}, {a.text}, where={condition.text})")
        else:
            texts = ", ".join(self._operand(value) for value in values)
            name = self.writer.call(_ufunc(function), f"u_{function}")
            # A positional third argument of these two is deprecated in NumPy 2.4.
            keyword = "out=" if function in ("maximum", "minimum") else ""
            self.writer.line(f"{name}({texts}, {keyword}{target.text})")
        self._reopen(values, target)
        return target

    def _operand(self, value: Value) -> str:
        """Return what is written for an operand: a number as an array of the right dtype.

        NumPy would look up the dtype of a Python number in every call, which takes longer
        than the arithmetic of a small network.
        """
        if value.is_scalar and self.dtype.startswith("float"):
            number = _literal(value.text)
            if number is not None:
                return self.writer.number(number, self.dtype)
        return value.text

    def _reopen(self, values: list[Value], target: Value) -> None:
        """The output buffer is open for temporaries again once its content was consumed."""
        out = self.out
        if out is None or target.text == out.text:
            return
        if any(value.is_temporary and value.text == out.text for value in values):
            self.out_is_open = True


def _literal(text: str) -> float | None:
    """Return the number a text stands for, None if it is a name or an expression."""
    try:
        return float(text)
    except ValueError:
        return None


# What a number may hold that a name may not.
_IN_NAMES = str.maketrans({".": "_", "-": "m", "+": "p"})

_COMPARISONS = {name for name, _ in _COMPARE.values()}


def _ufunc(name: str) -> Any:
    if name == "erf":
        from scipy.special import erf

        return erf
    return _UFUNCS[name] if name in _UFUNCS else getattr(np, name)


def _parts(tree: ast.expr) -> tuple[str, str, list[ast.expr]]:
    """Return the ufunc name, the scalar template and the operands of one operation."""
    if isinstance(tree, ast.BinOp):
        if (
            isinstance(tree.op, ast.Pow)
            and isinstance(tree.right, ast.Constant)
            and tree.right.value == 2
        ):
            return "square", "({0} * {0})", [tree.left]
        name, symbol = _BINARY[type(tree.op)]
        template = f"{name}({{}}, {{}})" if symbol is None else f"({{}} {symbol} {{}})"
        return name, template, [tree.left, tree.right]
    if isinstance(tree, ast.UnaryOp):
        return "negative", "(-{})", [tree.operand]
    if isinstance(tree, ast.Compare):
        name, symbol = _COMPARE[type(tree.ops[0])]
        return name, f"({{}} {symbol} {{}})", [tree.left, tree.comparators[0]]
    assert isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name)
    name = tree.func.id
    if name == "where":
        return name, "({1} if {0} else {2})", list(tree.args)
    return name, f"s_{name}({', '.join('{}' for _ in tree.args)})", list(tree.args)


def is_dim(value: Any) -> bool:
    return isinstance(value, Dim)
