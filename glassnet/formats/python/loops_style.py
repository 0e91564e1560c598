"""Values as plain Python: loops over numbers in nested lists."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from glassnet.errors import GraphError
from glassnet.formats.python.expressions import (
    ATOM,
    Functions,
    Text,
    binary,
    call,
    chosen,
    negative,
    number,
    of_tree,
    raised,
    where_chain,
)
from glassnet.formats.python.helpers import Helpers
from glassnet.graph import Dim, Node, Shape
from glassnet.graph.expression import parse_expression
from glassnet.graph.readable import is_count

__all__ = ["LoopsStyle", "OwnLines", "index_names"]

_INDICES = "ijklpqrstuvw"
_OPERATORS = frozenset(["add", "subtract", "multiply", "divide", "power"])
_COMPARISONS = frozenset(["greater", "greater_equal", "less", "less_equal", "equal", "not_equal"])
_REDUCTIONS = frozenset(["matmul", "sum", "max", "scatter_add"])
Index = Sequence[str]


class OwnLines:
    """Says which values need loops of their own, so that no sum is computed again and again."""

    def __init__(self) -> None:
        self.heavy: set[int] = set()

    def __call__(self, node: Node, readers: list[Node]) -> bool:
        if node.op.name in ("random_uniform", "random_bits"):
            return True
        is_heavy = node.op.name in _REDUCTIONS or any(
            id(child) in self.heavy for child in node.inputs
        )
        for reader in readers:
            if is_heavy and (reader.op.name in _REDUCTIONS or reader.shape != node.shape):
                return True
        if is_heavy and len(readers) == 1:  # with more it has a line in any case
            self.heavy.add(id(node))
        return False


def index_names(shape: Shape) -> list[str]:
    """Return an index for every axis: a letter, or 0 where there is one value only.

    >>> index_names((4, 1, 3))
    ['i', '0', 'j']
    """
    letters = iter(_INDICES)
    return ["0" if dim == 1 else next(letters) for dim in shape]


class LoopsStyle:
    """Writes one number of a value, at given indices.

    Parameters
    ----------
    names : callable
        Gives the name of a node, None where it is to be written out.
    helpers : Helpers
    """

    def __init__(self, names: Callable[[Node], str | None], helpers: Helpers) -> None:
        self.names = names
        self.helpers = helpers
        self.uses_n = False
        self.outer: Index = ()  # the letters of the loops around

    def at(self, node: Node, index: Index) -> Text:
        """Return one number of a value: by its name, or how it is computed."""
        name = self.names(node)
        if name is None:
            return self.formula(node, index)
        return Text(name + "".join(f"[{one}]" for one in index))

    def formula(self, node: Node, index: Index) -> Text:
        """Return how one number of a value is computed."""
        if node.is_constant:
            return self._constant(node, index)
        if node.op.is_elementwise:
            return self._elementwise(node, index)
        rule = getattr(self, f"_op_{node.op.name}", None)
        if rule is None:
            raise GraphError(
                f"the op {node.op.name!r} cannot be printed as loops yet; add a rule for it to "
                "glassnet/formats/python/loops_style.py, or use style='numpy'"
            )
        result: Text = rule(index, node, *node.inputs, **node.attrs)
        return result

    def size(self, dim: int | Dim) -> str:
        if isinstance(dim, Dim):
            self.uses_n = True
            return "n" if dim.coefficient == 1 else f"{dim.coefficient} * n"
        return str(dim)

    # Elementwise ----------------------------------------------------------------------

    def _child(self, child: Node, index: Index) -> Text:
        """Return the number of an input that is stretched to the shape of its reader."""
        own = index[len(index) - child.ndim :] if child.ndim else []
        return self.at(
            child, ["0" if dim == 1 else one for dim, one in zip(child.shape, own, strict=True)]
        )

    def _elementwise(self, node: Node, index: Index) -> Text:
        name, inputs = node.op.name, node.inputs
        if is_count(node):
            return binary("multiply", *(self.formula(child, ()) for child in inputs))
        if name == "greater" and inputs[0].op.name == "cast":
            product = inputs[0].inputs[0]
            if product.dtype == "bool" and product.op.name == "multiply":
                return binary("and", *(self._child(child, index) for child in product.inputs))
        texts = [self._child(child, index) for child in inputs]
        if name == "cast":
            return texts[0] if inputs[0].dtype != "bool" else call("float", texts[0])
        if name == "negative":
            return negative(texts[0])
        if name == "square" or (name == "multiply" and texts[0] == texts[1]):
            return raised(texts[0], 2)
        if name == "where":
            return chosen(*texts)
        if name in _OPERATORS | _COMPARISONS:
            return binary(name, *texts)
        return self._by_expression(node, texts)

    def _by_expression(self, node: Node, texts: list[Text]) -> Text:
        arguments = texts + [number(value, node.dtype) for value in node.attrs.values()]
        names = dict(zip([*node.op.inputs, *node.attrs], arguments, strict=True))
        expression = node.op.expression
        assert expression is not None
        tree = parse_expression(expression)
        parts = [part for part in ast.walk(tree) if isinstance(part, ast.Call | ast.BinOp)]
        if len(parts) == 1 and isinstance(tree, ast.Call):
            return of_tree(tree, names, self._functions())
        name = self._define(node.op.name, [*node.op.inputs, *node.attrs], expression)
        return call(name, *arguments)

    def _functions(self) -> Functions:
        def needed(name: str) -> Callable[..., Text]:
            def write(*arguments: Text) -> Text:
                self.helpers.need(name)
                return call(name, *arguments)

            return write

        plain: dict[str, Callable[..., Text]] = {
            "abs": lambda x: call("abs", x),
            "maximum": lambda x, y: call("max", x, y),
            "minimum": lambda x, y: call("min", x, y),
            "sqrt": lambda x: Text(f"{x.within(ATOM)} ** 0.5", ATOM - 1),
            "where": chosen,
        }
        others = ("exp", "expm1", "log", "log1p", "sign", "sin", "cos", "tanh", "erf", "floor")
        return {**plain, **{name: needed(name) for name in others}}

    def _define(self, name: str, parameters: list[str], expression: str) -> str:
        names = {one: Text(one) for one in parameters}
        cases, rest = where_chain(expression)
        lines = [f"def {name}({', '.join(parameters)}):"]
        if len(cases) > 2:
            for condition, value in cases:
                lines.append(f"    if {of_tree(condition, names, self._functions()).text}:")
                lines.append(f"        return {of_tree(value, names, self._functions()).text}")
            lines.append(f"    return {of_tree(rest, names, self._functions()).text}")
        else:
            lines.append(f"    return {of_tree(expression, names, self._functions()).text}")
        return self.helpers.add(name, lines)

    # Sums ------------------------------------------------------------------------------

    def _free(self, index: Index, count: int) -> list[str]:
        used = "".join([*index, *self.outer])
        return [letter for letter in _INDICES if letter not in used][:count]

    def _over(self, function: str, term: Text, ranges: list[tuple[str, str]]) -> Text:
        if not ranges:
            return term
        loops = " ".join(f"for {letter} in range({size})" for letter, size in ranges)
        return Text(f"{function}({term.within(0)} {loops})")

    def _op_matmul(
        self, index: Index, node: Node, a: Node, b: Node, transpose_a: bool, transpose_b: bool
    ) -> Text:
        i, j = index
        inner = a.shape[0] if transpose_a else a.shape[1]
        (letter,) = self._free(index, 1)
        k = "0" if inner == 1 else letter
        left = self.at(a, [k, i] if transpose_a else [i, k])
        right = self.at(b, [j, k] if transpose_b else [k, j])
        ranges = [] if inner == 1 else [(k, self.size(inner))]
        return self._over("sum", binary("multiply", left, right), ranges)

    def _reduced(
        self, function: str, index: Index, x: Node, axes: Sequence[int], keepdims: bool
    ) -> Text:
        letters = iter(self._free(index, x.ndim))
        outer = iter([one for axis, one in enumerate(index) if not keepdims or axis not in axes])
        full, ranges = [], []
        for axis, dim in enumerate(x.shape):
            if axis not in axes:
                full.append(next(outer))
            elif dim == 1:
                full.append("0")
            else:
                full.append(next(letters))
                ranges.append((full[-1], self.size(dim)))
        return self._over(function, self.at(x, full), ranges)

    def _op_sum(self, index: Index, node: Node, x: Node, **attrs: Any) -> Text:
        return self._reduced("sum", index, x, **attrs)

    def _op_max(self, index: Index, node: Node, x: Node, **attrs: Any) -> Text:
        return self._reduced("max", index, x, **attrs)

    def _op_scatter_add(self, index: Index, node: Node, x: Node, places: Node, rows: int) -> Text:
        letters = self._free(index, places.ndim)
        sizes = [self.size(dim) for dim in places.shape]
        loops = " ".join(f"for {a} in range({b})" for a, b in zip(letters, sizes, strict=True))
        value = self.at(x, [*letters, *index[1:]]).within(0)
        return Text(f"sum({value} {loops} if {self.at(places, letters).text} == {index[0]})")

    # Constants, shapes, indices ---------------------------------------------------------

    def _constant(self, node: Node, index: Index) -> Text:
        value = node.attrs["value"]
        if node.shape == ():
            return number(value, node.dtype)
        text = str([number(v, node.dtype).text for v in value.reshape(-1)]).replace("'", "")
        return Text(f"{text}[{_flat(index, value.shape)}]")

    def _op_size(self, index: Index, node: Node, x: Node, axis: int) -> Text:
        return Text(self.size(x.shape[axis]))

    def _op_reshape(self, index: Index, node: Node, x: Node, shape: Shape) -> Text:
        return self.at(x, _through_reshape(list(index), shape, x.shape))

    def _op_transpose(self, index: Index, node: Node, x: Node, axes: Sequence[int]) -> Text:
        inner = [""] * len(axes)
        for place, axis in enumerate(axes):
            inner[axis] = index[place]
        return self.at(x, inner)

    def _op_broadcast_to(self, index: Index, node: Node, x: Node, shape: Shape) -> Text:
        return self._child(x, index)

    def _op_concatenate(self, index: Index, node: Node, *inputs: Node, axis: int) -> Text:
        starts = [0]
        for child in inputs:
            dim = child.shape[axis]
            assert isinstance(dim, int)
            starts.append(starts[-1] + dim)
        result: Text | None = None
        for child, start, stop in reversed(list(zip(inputs, starts, starts[1:], strict=False))):
            place = _moved(index[axis], -start) if child.shape[axis] != 1 else "0"
            text = self.at(child, [*index[:axis], place, *index[axis + 1 :]])
            test = Text(f"{index[axis]} < {stop}", 2)
            result = text if result is None else chosen(test, text, result)
        assert result is not None
        return result

    def _op_slice(
        self, index: Index, node: Node, x: Node, axis: int, start: int, stop: int
    ) -> Text:
        return self.at(x, [*index[:axis], _moved(index[axis], start), *index[axis + 1 :]])

    def _op_pad(
        self, index: Index, node: Node, x: Node, axis: int, before: int, after: int
    ) -> Text:
        dim = x.shape[axis]
        assert isinstance(dim, int)
        place = _moved(index[axis], -before) if dim > 1 else "0"
        inner = self.at(x, [*index[:axis], place, *index[axis + 1 :]])
        test = Text(f"{before} <= {index[axis]} < {before + dim}", 2)
        return chosen(test, inner, Text("0"))

    def _op_gather(self, index: Index, node: Node, x: Node, rows: Node) -> Text:
        place = self.at(rows, index[: rows.ndim]).text
        return self.at(x, [place, *index[rows.ndim :]])

    def _op_one_hot(self, index: Index, node: Node, labels: Node, classes: int, dtype: str) -> Text:
        same = binary("equal", self.at(labels, index[:-1]), Text(index[-1]))
        return call("float", same)

    def draws(self, node: Node) -> str:
        """Return the call that makes an array of random numbers."""
        self.helpers.need("random_uniform")
        arguments = [str(node.attrs["stream"]), self.at(node.inputs[1], ()).text]
        arguments += [self.size(dim) for dim in node.shape]
        return f"random_uniform({', '.join(arguments)})"


def _moved(index: str, by: int) -> str:
    """Return an index plus a number.

    >>> _moved("j", 2), _moved("j", -2), _moved("0", 3), _moved("j", 0)
    ('j + 2', 'j - 2', '3', 'j')
    """
    if index.lstrip("-").isdigit():
        return str(int(index) + by)
    return index if by == 0 else f"{index} {'+' if by > 0 else '-'} {abs(by)}"


def _flat(index: Sequence[str], shape: Sequence[int | Dim]) -> str:
    """Return the place of a number when all are counted row by row.

    >>> _flat(["i", "j"], (4, 3)), _flat(["i", "0"], (4, 1))
    ('i * 3 + j', 'i')
    """
    text = "0"
    for one, dim in zip(index, shape, strict=True):
        if dim == 1:
            continue
        if text == "0":
            text = one
        else:
            left = text if text.isidentifier() else f"({text})"
            text = f"{left} * {dim}" + ("" if one == "0" else f" + {one}")
    return text


def _through_reshape(index: list[str], outer: Shape, inner: Shape) -> list[str]:
    """Return where the number at an index comes from, before a reshape.

    >>> _through_reshape(["i", "j"], (5, 12), (5, 4, 3))
    ['i', 'j // 3', 'j % 3']
    """
    lead = 0
    while lead < min(len(outer), len(inner)) and outer[lead] == inner[lead]:
        lead += 1
    tail = 0
    limit = min(len(outer), len(inner)) - lead
    while tail < limit and outer[-1 - tail] == inner[-1 - tail]:
        tail += 1
    middle = inner[lead : len(inner) - tail]
    flat = _flat(index[lead : len(index) - tail], outer[lead : len(outer) - tail])
    return [*index[:lead], *_split(flat, middle), *index[len(index) - tail :]]


def _split(flat: str, shape: Shape) -> list[str]:
    """Return the indices in a shape of the number at a flat place."""
    places: list[str] = []
    below = 1
    used = [axis for axis, dim in enumerate(shape) if dim != 1]
    atom = flat if flat.isidentifier() or flat.isdigit() else f"({flat})"
    for axis in reversed(range(len(shape))):
        dim = shape[axis]
        if dim == 1:
            places.append("0")
            continue
        text = atom if below == 1 else f"{atom} // {below}"
        if axis != used[0]:
            text = f"{text} % {dim}"
            assert isinstance(dim, int)
            below *= dim
        places.append(flat if text == atom else text)
    return places[::-1]
