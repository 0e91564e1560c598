"""Node, the Op record and its registry: the language every reading of a network shares.

A :class:`Node` is one value of a network: the op that makes it, the nodes it is made
of, its shape and dtype. An :class:`Op` is a record: name, shape rule, derivative rule,
and either one scalar expression (elementwise), a decomposition into other ops, or a
kernel in every backend, found by name.

Longer than other files: a node applies ops and an op makes nodes, so neither can be read,
or imported, without the other.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from glassnet.errors import DTypeError, GraphError, suggestion
from glassnet.graph.dims import Dim, Shape, broadcast_shapes, shape_text
from glassnet.graph.entry import Entry
from glassnet.graph.expression import names_in, parse_expression

__all__ = [
    "REGISTRY",
    "Node",
    "Op",
    "Sample",
    "Values",
    "apply",
    "as_node",
    "constant",
    "define",
    "eager_hook",
    "input_node",
]

# Order of promotion: a value of a later type never becomes one of an earlier type by itself.
DTYPES = ("bool", "uint32", "int64", "float32", "float64")
_PROMOTION = {"bool": 0, "uint32": 1, "int64": 2, "float32": 3, "float64": 4}


@dataclass(frozen=True)
class Values:
    """How to draw one sample input of an op for the contract tests.

    ``kinks`` are points where the op has no derivative: samples keep away from them.
    ``dtype`` is ``"float"`` for whichever float type is under test.
    """

    shape: tuple[int, ...]
    low: float = -2.0
    high: float = 2.0
    kinks: tuple[float, ...] = ()
    dtype: str = "float"


@dataclass(frozen=True)
class Sample:
    """One call of an op for the contract tests: its inputs and attributes."""

    inputs: tuple[Values, ...]
    attrs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Op:
    """The record of one operation.

    Parameters
    ----------
    name : str
        Unique name; kernels in the backends are found by it.
    inputs : tuple of str
        Names of the inputs, as the expression uses them.
    shape : callable
        ``shape(*input_shapes, **attrs)`` gives the output shape.
    dtype : callable
        ``dtype(*input_dtypes, **attrs)`` gives the output dtype.
    derivative : callable or None
        ``derivative(g, y, *inputs, **attrs)`` gives, for the gradient ``g`` of the output
        node ``y``, one gradient node (or None) per input. None: the op has no derivative.
    formula : str
        One line of mathematics for people.
    expression : str or None
        The scalar expression of an elementwise op.
    decompose : callable or None
        ``decompose(*inputs, **attrs)`` builds the same value out of other ops.
    entry : callable or None
        ``entry(shape, *input_shapes, **attrs)`` says what each number of a structured op's result
        is made of, as an :class:`~glassnet.graph.entry.Entry`.
    samples : tuple of Sample
        Calls that the contract tests make.
    doc : str
        A sentence on what it is for.
    """

    name: str
    inputs: tuple[str, ...]
    shape: Callable[..., Shape]
    dtype: Callable[..., str]
    derivative: Callable[..., tuple[Node | None, ...]] | None
    formula: str
    expression: str | None = None
    decompose: Callable[..., Node] | None = None
    samples: tuple[Sample, ...] = ()
    doc: str = ""
    entry: Callable[..., Entry] | None = None

    @property
    def is_elementwise(self) -> bool:
        return self.expression is not None

    def __repr__(self) -> str:
        return f"<Op {self.name}: {self.formula}>"


REGISTRY: dict[str, Op] = {}


class Node:
    """One value of a graph. Build nodes with ops; they are never changed afterwards.

    Attributes
    ----------
    op : Op
    inputs : tuple of Node
    attrs : dict
    shape : tuple of int or Dim
    dtype : str
    name : str
        What a person calls it (``W1``, ``z1``); empty for values nobody named.
    is_fixed : bool
        Whether it is a constant or made of constants alone, and no cast says its dtype.
    float_type : str or None
        Its dtype if that is a float type, else that of the values it was made from: the
        precision in which truth values and whole numbers meet fractions.
    """

    __slots__ = ("attrs", "dtype", "float_type", "inputs", "is_fixed", "name", "op", "shape")
    __array_ufunc__ = None  # so that ``array @ node`` asks the node

    def __init__(
        self,
        op: Op,
        inputs: tuple[Node, ...],
        attrs: dict[str, Any],
        shape: Shape,
        dtype: str,
        name: str = "",
    ) -> None:
        self.op = op
        self.inputs = inputs
        self.attrs = attrs
        self.shape = shape
        self.dtype = dtype
        self.name = name
        made_of_fixed = bool(inputs) and op.name != "cast" and all(one.is_fixed for one in inputs)
        self.is_fixed: bool = op.name == "constant" or made_of_fixed
        self.float_type: str | None = None
        if not self.is_fixed:
            self.float_type = (
                dtype if _is_float(dtype) else _widest(one.float_type for one in inputs)
            )

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def T(self) -> Node:
        return apply("transpose", self, axes=tuple(reversed(range(self.ndim))))

    @property
    def is_constant(self) -> bool:
        return self.op.name == "constant"

    def named(self, name: str) -> Node:
        """Give the node a name for people, in place, and return it."""
        self.name = name
        return self

    def __repr__(self) -> str:
        label = self.name or self.op.name
        return f"<Node {label}: {self.dtype}{shape_text(self.shape)}>"

    def __deepcopy__(self, memo: dict[int, Any]) -> Node:
        return self  # a value, as a number is; and a graph may be deeper than Python recurses

    def __bool__(self) -> bool:
        raise GraphError(
            f"{self!r} stands for a value that is not known yet, so it cannot decide an 'if' or "
            "'while'; use gn.ops.where(condition, a, b) instead"
        )

    def __len__(self) -> int:
        if not self.shape or isinstance(self.shape[0], Dim):
            raise GraphError(f"{self!r} has no fixed length")
        return self.shape[0]

    def __iter__(self) -> Any:
        return (self[index] for index in range(len(self)))

    def __add__(self, other: Any) -> Node:
        return apply("add", self, other)

    def __radd__(self, other: Any) -> Node:
        return apply("add", other, self)

    def __sub__(self, other: Any) -> Node:
        return apply("subtract", self, other)

    def __rsub__(self, other: Any) -> Node:
        return apply("subtract", other, self)

    def __mul__(self, other: Any) -> Node:
        return apply("multiply", self, other)

    def __rmul__(self, other: Any) -> Node:
        return apply("multiply", other, self)

    def __truediv__(self, other: Any) -> Node:
        return apply("divide", self, other)

    def __rtruediv__(self, other: Any) -> Node:
        return apply("divide", other, self)

    def __pow__(self, other: Any) -> Node:
        return apply("power", self, other)

    def __rpow__(self, other: Any) -> Node:
        return apply("power", other, self)

    def __neg__(self) -> Node:
        return apply("negative", self)

    def __abs__(self) -> Node:
        return apply("abs", self)

    def __matmul__(self, other: Any) -> Node:
        return operator_hooks["matmul"](self, other)

    def __rmatmul__(self, other: Any) -> Node:
        return operator_hooks["matmul"](other, self)

    def __gt__(self, other: Any) -> Node:
        return apply("greater", self, other)

    def __ge__(self, other: Any) -> Node:
        return apply("greater_equal", self, other)

    def __lt__(self, other: Any) -> Node:
        return apply("less", self, other)

    def __le__(self, other: Any) -> Node:
        return apply("less_equal", self, other)

    def __getitem__(self, key: Any) -> Node:
        return operator_hooks["index"](self, key)

    def sum(self, axis: Any = None, keepdims: bool = False) -> Node:
        return apply("sum", self, axes=_axes(axis, self.ndim), keepdims=keepdims)

    def reshape(self, *shape: Any) -> Node:
        target = shape[0] if len(shape) == 1 and isinstance(shape[0], tuple) else shape
        return apply("reshape", self, shape=target)


def _axes(axis: Any, ndim: int) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(ndim))
    axes = axis if isinstance(axis, tuple | list) else (axis,)
    return tuple(sorted(int(a) % max(ndim, 1) for a in axes))


# What ``a @ b`` and ``node[key]`` mean is said by the ops room, which sets these two.
operator_hooks: dict[str, Callable[..., Any]] = {}


# Set by the evaluate room: runs an op at once when no argument is a Node.
eager_hook: list[Callable[..., Any]] = []


def define(op: Op) -> Callable[..., Any]:
    """Put an op into the registry and return the function that applies it.

    Raises
    ------
    GraphError
        If the name is taken, or the expression uses names it was not given.
    """
    if op.name in REGISTRY:
        raise GraphError(f"an op named {op.name!r} is already registered")
    if op.expression is not None:
        parse_expression(op.expression)
    REGISTRY[op.name] = op

    def call(*inputs: Any, **attrs: Any) -> Any:
        return apply(op.name, *inputs, **attrs)

    call.__name__ = call.__qualname__ = op.name
    call.__module__ = _defining_module()  # where pickle finds it
    call.__doc__ = f"{op.formula}\n\n{op.doc}".strip()
    return call


def _defining_module() -> str:
    """Return the module that is calling into this one."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__") == __name__:
        frame = frame.f_back
    return str(frame.f_globals.get("__name__", __name__))


def _no_rule(*args: Any, **attrs: Any) -> Any:
    raise GraphError("inputs and constants are made by input_node() and constant()")


INPUT = Op("input", (), _no_rule, _no_rule, None, "a value given from outside")
CONSTANT = Op("constant", (), _no_rule, _no_rule, None, "a value fixed in the graph")


def input_node(name: str, shape: Sequence[int | Dim | str], dtype: str = "float32") -> Node:
    """Return a node for a value given from outside.

    Strings in the shape are symbolic sizes.

    >>> input_node("x", ("n", 3))
    <Node x: float32(n, 3)>
    """
    if dtype not in DTYPES:
        raise DTypeError(f"dtype {dtype!r} of input {name!r} is not one of {', '.join(DTYPES)}")
    dims = tuple(Dim(dim) if isinstance(dim, str) else dim for dim in shape)
    return Node(INPUT, (), {"name": name}, dims, dtype, name)


def constant(value: Any, dtype: str | None = None) -> Node:
    """Return a node holding a fixed number or array."""
    array = np.asarray(value)
    if dtype is None:
        dtype = {"b": "bool", "i": "int64", "u": "uint32"}.get(array.dtype.kind, str(array.dtype))
    if dtype not in DTYPES:
        raise DTypeError(
            f"a value of dtype {array.dtype} cannot stand in a graph; use numbers "
            f"({', '.join(DTYPES)}), for example array.astype('float64')"
        )
    if array.ndim == 0:
        return Node(CONSTANT, (), {"value": array.astype(dtype).item()}, (), dtype)
    fixed = np.array(array, dtype=dtype)
    fixed.setflags(write=False)
    return Node(CONSTANT, (), {"value": fixed}, fixed.shape, dtype)


def as_node(value: Any, dtype: str | None = None) -> Node:
    """Return the value itself if it is a node, else a constant node."""
    return value if isinstance(value, Node) else constant(value, dtype)


def common_dtype(values: Sequence[Any]) -> str:
    """Return the dtype a mixed set of nodes, arrays and numbers is computed in.

    What is fixed (numbers, arrays, constants and what is made of them) follows the values it is
    computed with, if one of them is of a float type: a network keeps its precision whatever a
    setting was written in. Plain Python numbers follow the others; alone they are float64.
    """
    flowing = _float_type(values)
    if flowing is not None:
        return flowing
    strong = [_dtype_of(value) for value in values if not isinstance(value, int | float)]
    floats = any(isinstance(value, float) for value in values)
    if not strong:
        return "float64"
    best = max(strong, key=_PROMOTION.__getitem__)
    if floats or _is_float(best):
        return _origin(values) or (best if _is_float(best) else "float32")
    has_count = any(isinstance(value, int) and not isinstance(value, bool) for value in values)
    return "int64" if best == "bool" and has_count else best


def _origin(values: Sequence[Any]) -> str | None:
    """Return the precision of what truth values and whole numbers were made from."""
    return _widest(value.float_type for value in values if isinstance(value, Node))


def _float_type(values: Sequence[Any]) -> str | None:
    """Return the widest float type among the values that are not fixed, None if there is none."""
    nodes = [value for value in values if isinstance(value, Node) and not value.is_fixed]
    return _widest(node.dtype for node in nodes if _is_float(node.dtype))


def _widest(dtypes: Iterable[str | None]) -> str | None:
    """Return the widest of some types, None if there is none."""
    return max((one for one in dtypes if one), key=_PROMOTION.__getitem__, default=None)


def _is_float(dtype: str) -> bool:
    return _PROMOTION[dtype] >= _PROMOTION["float32"]


def _dtype_of(value: Any) -> str:
    return value.dtype if isinstance(value, Node) else constant(value).dtype


def find_op(name: str) -> Op:
    """Return the op of that name, or raise with the nearest known name."""
    try:
        return REGISTRY[name]
    except KeyError:
        raise GraphError(f"there is no op {name!r}{suggestion(name, REGISTRY)}") from None


def apply(name: str, *inputs: Any, **attrs: Any) -> Any:
    """Apply the op called ``name``: a node if any input is one, else the value at once."""
    op = find_op(name)
    if any(isinstance(value, Node) for value in inputs):
        return make_node(op, inputs, attrs)
    if not eager_hook:
        raise GraphError(
            f"{name} was given plain values only; import glassnet.evaluate to compute them at once"
        )
    return eager_hook[0](op, inputs, attrs)


def make_node(op: Op, inputs: Sequence[Any], attrs: dict[str, Any]) -> Node:
    """Return a new node: inputs promoted to a common dtype, shape and dtype by the op's rules."""
    nodes = _promoted(op, inputs)
    shape = op.shape(*(node.shape for node in nodes), **attrs)
    dtype = op.dtype(*(node.dtype for node in nodes), **attrs)
    return Node(op, nodes, dict(attrs), shape, dtype)


def _promoted(op: Op, inputs: Sequence[Any]) -> tuple[Node, ...]:
    if not op.is_elementwise or op.name == "cast":
        return tuple(_following(as_node(value), _float_type(inputs)) for value in inputs)
    is_where = op.name == "where"  # its condition keeps its own type
    target = common_dtype(inputs[1:] if is_where else inputs)
    if is_where and _is_float(target) and _float_type(inputs[1:]) is None:
        target = _origin(inputs) or target  # two fixed values: the condition knows the precision
    if op.name not in _KEEPS_INTEGERS and _PROMOTION[target] < _PROMOTION["float32"]:
        target = _origin(inputs) or "float32"
    nodes = []
    for position, value in enumerate(inputs):
        if is_where and position == 0:
            nodes.append(as_node(value))
        elif isinstance(value, Node):
            nodes.append(value if value.dtype == target else _cast(value, target))
        else:
            nodes.append(constant(value, target))
    return tuple(nodes)


def _following(node: Node, target: str | None) -> Node:
    """Return a fixed array of floats in the type of the values it is computed with."""
    if target is None or not node.is_fixed or not _is_float(node.dtype) or node.dtype == target:
        return node
    return _cast(node, target)


# Elementwise ops that make sense on whole numbers and truth values as they are.
_KEEPS_INTEGERS = frozenset(
    [
        "add",
        "subtract",
        "multiply",
        "maximum",
        "minimum",
        "equal",
        "not_equal",
        "less",
        "less_equal",
        "greater",
        "greater_equal",
        "where",
        "negative",
        "abs",
    ]
)


def _cast(value: Node, dtype: str) -> Node:
    if value.is_constant:
        return constant(value.attrs["value"], dtype).named(value.name)
    return Node(REGISTRY["cast"], (value,), {"dtype": dtype}, value.shape, dtype)


def elementwise_shape(*shapes: Shape, **attrs: Any) -> Shape:
    return broadcast_shapes(*shapes)


def same_dtype(*dtypes: str, **attrs: Any) -> str:
    return dtypes[-1]


def bool_dtype(*dtypes: str, **attrs: Any) -> str:
    return "bool"


def elementwise(
    name: str,
    expression: str,
    derivative: Callable[..., tuple[Node | None, ...]] | None,
    *,
    formula: str = "",
    inputs: tuple[str, ...] = ("x",),
    dtype: Callable[..., str] = same_dtype,
    low: float = -2.0,
    high: float = 2.0,
    kinks: tuple[float, ...] = (),
    attrs: Mapping[str, Any] | None = None,
    samples: tuple[Sample, ...] | None = None,
    doc: str = "",
) -> Callable[..., Any]:
    """Define an elementwise op: one scalar expression and one derivative rule."""
    unknown = set(names_in(expression)) - set(inputs) - set(attrs or ())
    if unknown:
        raise GraphError(
            f"op {name!r}: {sorted(unknown)} in {expression!r} are neither input nor attribute"
        )
    if samples is None:
        samples = _elementwise_samples(len(inputs), low, high, kinks, dict(attrs or {}))
    text = formula or f"y = {expression}"
    return define(
        Op(name, inputs, elementwise_shape, dtype, derivative, text, expression, None, samples, doc)
    )


def _elementwise_samples(
    count: int, low: float, high: float, kinks: tuple[float, ...], attrs: dict[str, Any]
) -> tuple[Sample, ...]:
    # Unequal sizes throughout, and every way of broadcasting a pair.
    layouts: list[tuple[tuple[int, ...], ...]] = [((2, 3),) * count]
    if count == 1:
        layouts += [((),), ((5,),), ((2, 1, 3),), ((2, 3, 1, 4),)]
    else:
        layouts += [
            ((2, 3), (3,)) + ((2, 1),) * (count - 2),
            ((3,), (2, 3)) + ((2, 3),) * (count - 2),
            ((2, 1), (1, 3)) + ((),) * (count - 2),
            ((), (5,)) + ((5,),) * (count - 2),
            ((2, 1, 3), (4, 3)) + ((1, 4, 1),) * (count - 2),
            ((3, 1, 4), (2, 1, 5, 1)) + ((2, 3, 5, 4),) * (count - 2),
        ]
    return tuple(
        Sample(tuple(Values(shape, low, high, kinks) for shape in layout), attrs)
        for layout in layouts
    )
