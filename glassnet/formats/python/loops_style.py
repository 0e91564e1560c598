"""Values as plain Python: loops over numbers in nested lists."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Mapping, Sequence

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
from glassnet.graph.entry import conditions_of, index_text
from glassnet.graph.expression import names_in, parse_expression
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
        if rule is None and node.op.entry is not None:
            return self._by_entry(node, index)
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

    def _by_entry(self, node: Node, index: Index) -> Text:
        """Return one number of a structured op, by what its record says it is made of."""
        assert node.op.entry is not None
        shapes = [child.shape for child in node.inputs]
        entry = node.op.entry(node.shape, *shapes, **node.attrs)
        letters = iter(self._free(index, len(entry.ranges)))
        inner = ["0" if dim == 1 else next(letters) for dim in entry.ranges]
        names = {f"i{axis}": one for axis, one in enumerate(index)}
        names |= {f"r{axis}": one for axis, one in enumerate(inner)}
        sizes = dict(zip(names, (*node.shape, *entry.ranges), strict=True))
        texts = {name: Text(one) for name, one in names.items()}
        for read in entry.reads:
            child = node.inputs[read.input]
            text = self.at(child, [index_text(one, names) for one in read.index])
            names[read.name] = text.text
            if read.fill is not None and not entry.is_inside:
                conditions = conditions_of(read, child.shape, sizes)
                fill = number(read.fill, node.dtype)
                text = chosen(_all_of(conditions, names), text, fill) if conditions else text
            texts[read.name] = text
        if "n" in names_in(entry.value):
            texts["n"] = Text(self.size(Dim("n")))
        value = of_tree(entry.value, texts, self._functions())
        pairs = zip(inner, entry.ranges, strict=True)
        ranges = [(letter, self.size(dim)) for letter, dim in pairs if dim != 1]
        return self._over(entry.combine, value, ranges)

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

    def draws(self, node: Node) -> str:
        """Return the call that makes an array of random numbers."""
        self.helpers.need("random_uniform")
        arguments = [str(node.attrs["stream"]), self.at(node.inputs[1], ()).text]
        arguments += [self.size(dim) for dim in node.shape]
        return f"random_uniform({', '.join(arguments)})"


def _all_of(conditions: Sequence[str], names: Mapping[str, str]) -> Text:
    """Return several conditions as one."""
    texts = [Text(index_text(one, names), 2) for one in conditions]
    return functools.reduce(lambda a, b: binary("and", a, b), texts)


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
