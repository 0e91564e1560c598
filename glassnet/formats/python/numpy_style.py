"""Values as NumPy expressions."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Sequence
from typing import Any

from glassnet.errors import GraphError
from glassnet.formats.python.expressions import (
    ATOM,
    Functions,
    Text,
    binary,
    call,
    negative,
    number,
    of_tree,
    raised,
    where_chain,
)
from glassnet.formats.python.helpers import Helpers
from glassnet.graph import Dim, Node, Program, Shape, input_node, list_statements, size_of
from glassnet.graph.expression import parse_expression
from glassnet.graph.readable import is_count
from glassnet.quoting import python_docstring, python_text

__all__ = ["NumpyStyle"]

_OPERATORS = frozenset(
    ["add", "subtract", "multiply", "divide", "power", "greater", "greater_equal", "less"]
)
_MORE_OPERATORS = frozenset(["less_equal", "equal", "not_equal"])


def _function(name: str) -> Callable[..., Text]:
    return lambda *arguments: call(f"np.{name}", *arguments)


_NAMES = ("exp", "expm1", "log", "log1p", "sqrt", "abs", "sign", "sin", "cos", "tanh", "floor")
_OF_TWO = ("maximum", "minimum", "where")
FUNCTIONS: dict[str, Callable[..., Text]] = {name: _function(name) for name in _NAMES + _OF_TWO}


class NumpyStyle:
    """Writes values as NumPy expressions.

    Parameters
    ----------
    names : callable
        Gives the name of a node, None where it is to be written out.
    helpers : Helpers
        Where functions that are used are noted.
    streams : dict of int to str
        Names of the streams of random numbers.
    """

    def __init__(
        self, names: Callable[[Node], str | None], helpers: Helpers, streams: dict[int, str]
    ) -> None:
        self.names = names
        self.helpers = helpers
        self.streams = streams
        self.uses_n = False

    def text(self, node: Node) -> Text:
        """Return a value: its name, or how it is computed."""
        name = self.names(node)
        return Text(name) if name is not None else self.formula(node)

    def formula(self, node: Node) -> Text:
        """Return how a value is computed, even if it has a name."""
        if node.is_constant:
            return self._constant(node)
        if node.op.is_elementwise:
            return self._elementwise(node)
        rule = getattr(self, f"_op_{node.op.name}", None)
        if rule is not None:
            result: Text = rule(node, *node.inputs, **node.attrs)
            return result
        if node.op.decompose is not None:
            return self._fused(node)
        raise GraphError(
            f"the op {node.op.name!r} cannot be printed as NumPy yet; add a rule for it to "
            "glassnet/formats/python/numpy_style.py"
        )

    # Elementwise ----------------------------------------------------------------------

    def _elementwise(self, node: Node) -> Text:
        name, inputs = node.op.name, node.inputs
        if is_count(node):
            return binary("multiply", *(self._count(child) for child in inputs))
        if name in ("multiply", "divide", "greater", "where", "cast", "negative", "square"):
            special: Text | None = getattr(self, f"_{name}")(node, *inputs)
            if special is not None:
                return special
        if name in _OPERATORS or name in _MORE_OPERATORS:
            return binary(name, *(self.text(child) for child in inputs))
        return self._by_expression(node)

    def _count(self, node: Node) -> Text:
        return self.formula(node)

    def _by_expression(self, node: Node) -> Text:
        arguments = [self.text(child) for child in node.inputs]
        arguments += [number(value, node.dtype) for value in node.attrs.values()]
        names = dict(zip([*node.op.inputs, *node.attrs], arguments, strict=True))
        expression = node.op.expression
        assert expression is not None
        tree = parse_expression(expression)
        parts = [part for part in ast.walk(tree) if isinstance(part, ast.Call | ast.BinOp)]
        if len(parts) == 1 and not _is_step(tree):
            return of_tree(tree, names, self._functions())
        return call(self._define(node, expression), *arguments)

    def _functions(self) -> Functions:
        def erf(x: Text) -> Text:
            self.helpers.need("erf")
            return call("erf", x)

        return {**FUNCTIONS, "erf": erf}

    def _define(self, node: Node, expression: str) -> str:
        parameters = [*node.op.inputs, *node.attrs]
        names = {name: Text(name) for name in parameters}
        cases, rest = where_chain(expression)
        head = f"def {node.op.name}({', '.join(parameters)}):"
        if len(cases) > 2:
            body = self._select(cases, rest, names)
        else:
            text = of_tree(expression, names, self._functions())
            tail = ".astype(x.dtype)" if _is_step(parse_expression(expression)) else ""
            body = [f"    return {text.text}{tail}"]
        return self.helpers.add(node.op.name, [head, *body])

    def _select(
        self, cases: list[tuple[ast.expr, ast.expr]], rest: ast.expr, names: dict[str, Text]
    ) -> list[str]:
        def text(tree: ast.expr) -> str:
            return of_tree(tree, names, self._functions()).text

        pieces = [f"        ({text(c)}, {text(v)})," for c, v in cases]
        return [
            "    pieces = [",
            *pieces,
            "    ]",
            "    conditions, values = zip(*pieces)",
            f"    return np.select(conditions, values, {text(rest)}).astype(x.dtype)",
        ]

    def _negative(self, node: Node, x: Node) -> Text:
        return negative(self.text(x))

    def _square(self, node: Node, x: Node) -> Text:
        return raised(self.text(x), 2)

    def _multiply(self, node: Node, x: Node, y: Node) -> Text | None:
        return raised(self.text(x), 2) if x is y else None

    def _divide(self, node: Node, x: Node, y: Node) -> Text | None:
        """Write the sum of values by their number as a mean."""
        if x.op.name != "sum" or self.names(x) is not None or not is_count(y):
            return None
        inner, axes = x.inputs[0], x.attrs["axes"]
        if _value_of(y) != size_of(tuple(inner.shape[axis] for axis in axes)):
            return None
        return self._reduction("mean", inner, **x.attrs)

    def _greater(self, node: Node, x: Node, y: Node) -> Text | None:
        """Write the product of two truth values as what it is: both."""
        product = x.inputs[0] if x.op.name == "cast" else x
        if product.dtype != "bool" or product.op.name != "multiply":
            return None
        return binary("&", *(self.text(child) for child in product.inputs))

    def _where(self, node: Node, condition: Node, a: Node, b: Node) -> Text:
        is_off = b.is_constant and b.shape == () and b.attrs["value"] == 0
        if is_off and not a.is_constant:
            return binary("multiply", self.text(a), self.text(condition))
        is_single = node.dtype == "float32"
        if is_off and a.shape == () and node.shape != ():
            factor = self.text(a)
            factor = call("np.float32", factor) if is_single else factor
            return binary("multiply", self.text(condition), factor)
        text = call("np.where", self.text(condition), self.text(a), self.text(b))
        if is_single and a.shape == b.shape == ():
            text = Text(f"{text.text}.astype(np.float32)")
        return text

    def _cast(self, node: Node, x: Node) -> Text:
        text = self.text(x)
        if node.shape == ():
            return text
        return Text(f"{text.within(ATOM)}.astype(np.{node.dtype})")

    # Constants and shapes -------------------------------------------------------------

    def _constant(self, node: Node) -> Text:
        value = node.attrs["value"]
        if node.shape == ():
            return Text("np.pi") if value == math.pi else number(value, node.dtype)
        return Text(array_text(value, node.dtype))

    def shape(self, shape: Shape) -> str:
        dims = [str(dim) for dim in shape]
        self.uses_n = self.uses_n or any(isinstance(dim, Dim) for dim in shape)
        return f"({dims[0]},)" if len(dims) == 1 else f"({', '.join(dims)})"

    def _op_size(self, node: Node, x: Node, axis: int) -> Text:
        dim = x.shape[axis]
        if isinstance(dim, Dim):
            self.uses_n = True
            return Text("n") if dim.coefficient == 1 else Text(f"({dim.coefficient} * n)")
        return number(dim)

    def _method(self, x: Node, text: str) -> Text:
        return Text(f"{self.text(x).within(ATOM)}{text}")

    def _op_reshape(self, node: Node, x: Node, shape: Shape) -> Text:
        if shape == ():
            return self._method(x, ".item()")
        dims = ["-1" if isinstance(dim, Dim) else str(dim) for dim in shape]
        if x.shape == ():
            return Text(f"np.full({self.shape(shape)}, {self.text(x).text})")
        return self._method(x, f".reshape({', '.join(dims)})")

    def _op_transpose(self, node: Node, x: Node, axes: tuple[int, ...]) -> Text:
        if axes == tuple(reversed(range(len(axes)))):
            return self._method(x, ".T")
        return self._method(x, f".transpose({', '.join(map(str, axes))})")

    def _op_broadcast_to(self, node: Node, x: Node, shape: Shape) -> Text:
        kind = ", np.float32" if node.dtype == "float32" else ""
        if x.is_constant and x.shape == () and x.attrs["value"] == 0:
            return Text(f"np.zeros({self.shape(shape)}{kind})")
        if x.shape == ():
            return Text(f"np.full({self.shape(shape)}, {self.text(x).text}{kind})")
        return Text(f"np.broadcast_to({self.text(x).text}, {self.shape(shape)})")

    def _op_concatenate(self, node: Node, *inputs: Node, axis: int) -> Text:
        parts = ", ".join(self.text(child).text for child in inputs)
        return Text(f"np.concatenate([{parts}], axis={axis})")

    def _op_slice(self, node: Node, x: Node, axis: int, start: int, stop: int) -> Text:
        first = "" if start == 0 else str(start)
        last = "" if stop == x.shape[axis] else str(stop)
        return self._method(x, f"[{':, ' * axis}{first}:{last}]")

    def _op_pad(self, node: Node, x: Node, axis: int, before: int, after: int) -> Text:
        widths = ["(0, 0)"] * x.ndim
        widths[axis] = f"({before}, {after})"
        inner = ", ".join(widths) + ("," if x.ndim == 1 else "")
        return Text(f"np.pad({self.text(x).text}, ({inner}))")

    # Products, sums, indices, draws ----------------------------------------------------

    def _op_matmul(
        self, node: Node, a: Node, b: Node, transpose_a: bool, transpose_b: bool
    ) -> Text:
        sides = []
        for child, flip in ((a, transpose_a), (b, transpose_b)):
            sides.append(self._method(child, ".T") if flip else self.text(child))
        return binary("matmul", *sides)

    def _reduction(self, name: str, x: Node, axes: Sequence[int], keepdims: bool) -> Text:
        text = self.text(x)
        arguments = []
        if len(axes) < x.ndim or keepdims:
            numbers = [axis - x.ndim if axis == x.ndim - 1 > 0 else axis for axis in axes]
            axis = str(numbers[0]) if len(numbers) == 1 else str(tuple(axes))
            arguments.append(f"axis={axis}")
        if keepdims:
            arguments.append("keepdims=True")
        if text.text.isidentifier() and arguments:
            return Text(f"{text.text}.{name}({', '.join(arguments)})")
        return Text(f"np.{name}({', '.join([text.text, *arguments])})")

    def _op_sum(self, node: Node, x: Node, **attrs: Any) -> Text:
        return self._reduction("sum", x, **attrs)

    def _op_max(self, node: Node, x: Node, **attrs: Any) -> Text:
        return self._reduction("max", x, **attrs)

    def _op_argmax(self, node: Node, x: Node, axis: int) -> Text:
        return Text(f"np.argmax({self.text(x).text}, axis={axis})")

    def _op_gather(self, node: Node, x: Node, rows: Node) -> Text:
        return self._method(x, f"[{self.text(rows).text}]")

    def _op_scatter_add(self, node: Node, x: Node, places: Node, rows: int) -> Text:
        self.helpers.need("scatter_add")
        return call("scatter_add", self.text(x), self.text(places), Text(str(rows)))

    def _op_one_hot(self, node: Node, labels: Node, classes: int, dtype: str) -> Text:
        kind = ", dtype=np.float32" if dtype == "float32" else ""
        return Text(f"np.eye({classes}{kind})[{self.text(labels).text}]")

    def _draws(self, name: str, stream: int, step: Node, shape: Shape) -> Text:
        self.helpers.need(name)
        known = self.streams.get(stream)
        key = Text(python_text(known) if known is not None else str(stream))
        return call(name, key, self.text(step), Text(self.shape(shape)))

    def _op_random_uniform(
        self, node: Node, seed: Node, step: Node, stream: int, shape: Shape, dtype: str
    ) -> Text:
        return self._draws("random_uniform", stream, step, shape)

    # Fused ops ------------------------------------------------------------------------

    def _fused(self, node: Node) -> Text:
        """Write a fused op as a function, put together as the op says."""
        decompose = node.op.decompose
        assert decompose is not None
        inputs = [
            input_node(name, child.shape, child.dtype)
            for name, child in zip(node.op.inputs, node.inputs, strict=True)
        ]
        program = Program(node.op.name, inputs, {"y": decompose(*inputs, **node.attrs)})
        listing = list_statements(program)
        inner = NumpyStyle(listing.name_of, self.helpers, self.streams)
        head = f"def {node.op.name}({', '.join(node.op.inputs)}):"
        lines = [head, f'    """{python_docstring(node.op.formula)}."""']
        for one in listing.statements[:-1]:
            lines.append(f"    {one.name} = {inner.formula(one.node).text}")
        lines.append(f"    return {inner.formula(listing.statements[-1].node).text}")
        name = self.helpers.add(node.op.name, lines)
        return call(name, *(self.text(child) for child in node.inputs))


def _value_of(node: Node) -> Any:
    """Return the number of values a count stands for; it may be a multiple of n."""
    if node.op.name == "multiply":
        left, right = (_value_of(child) for child in node.inputs)
        if isinstance(left, Dim) and isinstance(right, Dim):
            return None
        return left * right
    return node.inputs[0].shape[node.attrs["axis"]]


def _is_step(tree: ast.expr) -> bool:
    """Tell whether an expression chooses between plain numbers, which have no dtype of x."""
    if not isinstance(tree, ast.Call) or not isinstance(tree.func, ast.Name):
        return False
    branches = tree.args[1:]
    return tree.func.id == "where" and not any(
        isinstance(part, ast.Name) for branch in branches for part in ast.walk(branch)
    )


def array_text(value: Any, dtype: str = "float64") -> str:
    """Return an array as a call of np.array."""
    kind = ", np.float32" if dtype == "float32" else ""
    return f"np.array({nested(value.tolist(), dtype)}{kind})"


def nested(value: Any, dtype: str = "float64") -> str:
    """Return nested lists of numbers as text."""
    if isinstance(value, list):
        return "[" + ", ".join(nested(one, dtype) for one in value) + "]"
    return number(value, dtype).text
