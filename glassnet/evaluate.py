"""Ops on plain arrays, and derivatives of any Python function made of ops."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import glassnet.ops  # noqa: F401 - a function given to grad may use operators alone
from glassnet import backends
from glassnet.errors import ArgumentError, DTypeError, GraphError, ShapeError
from glassnet.graph.differentiate import gradients
from glassnet.graph.node import Node, Op, apply, as_node, eager_hook, input_node, make_node
from glassnet.graph.program import Program
from glassnet.graph.rewrite import simplify

__all__ = ["Minimum", "evaluate", "grad", "minimize", "value_and_grad"]


def _run_op(op: Op, inputs: Sequence[Any], attrs: dict[str, Any]) -> Any:
    """Run one op on plain values at once."""
    arrays = [value if isinstance(value, int | float) else _array(value) for value in inputs]
    nodes: list[Any] = []
    values: dict[str, np.ndarray] = {}
    for number, value in enumerate(arrays):
        if isinstance(value, np.ndarray):
            nodes.append(input_node(f"i{number}", value.shape, str(value.dtype)))
            values[f"i{number}"] = value
        else:
            nodes.append(value)
    node = make_node(op, nodes, attrs)
    program = Program(op.name, [n for n in nodes if isinstance(n, Node)], {"y": node})
    result = backends.get("numpy").run(program, values)["y"]
    return result if result.ndim else result[()]


eager_hook.append(_run_op)


def _array(value: Any, name: str = "value") -> np.ndarray:
    try:
        array = np.asarray(value)
    except ValueError as error:  # rows of different lengths, or a list that holds itself
        raise ShapeError(
            f"{name} is no array: {error}; give numbers, or rows that are equally long"
        ) from error
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise DTypeError(f"{name} has masked entries; fill them in first, with {name}.filled(...)")
    kind = array.dtype.kind
    if kind == "f":
        return array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)
    if kind == "b":
        return array
    if kind in "iu" and (array.dtype != np.uint64 or not array.size or array.max() < 2**63):
        return array.astype(np.int64)
    raise DTypeError(
        f"{name} has the dtype {array.dtype}, but numbers were expected; convert it first, "
        "for example with numpy.asarray(value, 'float64')"
    )


def _traced(value: Any, name: str) -> tuple[Node, np.ndarray]:
    array = _array(value, name)
    if array.dtype.kind != "f":
        array = array.astype(np.float64)
    return input_node(name, array.shape, str(array.dtype)), array


def value_and_grad(
    function: Callable[..., Any], argnums: int | Sequence[int] = 0
) -> Callable[..., Any]:
    """Return a function that gives (f(x), df/dx).

    Parameters
    ----------
    function : callable
        Any function made of arithmetic and ``gn.ops``; it must return a scalar.
    argnums : int or sequence of int, default 0
        Which arguments to differentiate with respect to; with a sequence the gradient is
        a tuple.

    Raises
    ------
    GraphError
        If the function does not return a scalar, or does something to its arguments that
        is not an op.

    Examples
    --------
    >>> value, slope = value_and_grad(lambda x: x**2)(3.0)
    >>> float(value), float(slope)
    (9.0, 6.0)
    """
    numbers = (argnums,) if isinstance(argnums, int) else tuple(argnums)

    def differentiated(*arguments: Any) -> tuple[Any, Any]:
        for number in numbers:
            if not -len(arguments) <= number < len(arguments):
                raise ArgumentError(
                    f"argnums={argnums} asks for argument {number}, but {len(arguments)} were given"
                )
        if any(isinstance(argument, Node) for argument in arguments):
            return _inside_graph(function, arguments, numbers, isinstance(argnums, int))
        nodes, values = list(arguments), {}
        for number in numbers:
            node, array = _traced(arguments[number], f"x{number % len(arguments)}")
            nodes[number] = node
            values[node.name] = array
        result = _as_scalar(_called(function, nodes), function)
        inputs = [nodes[number] for number in numbers]
        outputs = {"value": result}
        outputs |= {f"d{n.name}": d for n, d in zip(inputs, gradients(result, inputs), strict=True)}
        found = backends.get("numpy").run(simplify(Program("function", inputs, outputs)), values)
        parts = [found[f"d{node.name}"] for node in inputs]
        slopes = tuple(part if part.ndim else part[()] for part in parts)
        return found["value"][()], slopes[0] if isinstance(argnums, int) else slopes

    return differentiated


def _inside_graph(
    function: Callable[..., Any], arguments: Sequence[Any], numbers: Sequence[int], single: bool
) -> tuple[Any, Any]:
    """Differentiate while another function is being traced: derivatives of derivatives."""
    nodes = [as_node(a) if n in numbers else a for n, a in enumerate(arguments)]
    result = _as_scalar(_called(function, nodes), function)
    slopes = tuple(gradients(result, [nodes[number] for number in numbers]))
    return result, slopes[0] if single else slopes


def _called(function: Callable[..., Any], arguments: Sequence[Any]) -> Any:
    try:
        return function(*arguments)
    except TypeError as error:
        if "Node" not in str(error):
            raise
        name = getattr(function, "__name__", "the function")
        raise GraphError(
            f"{name} does something to its arguments that has no derivative here ({error}); use "
            "arithmetic and gn.ops, such as gn.ops.sin instead of np.sin or math.sin"
        ) from error


def _as_scalar(result: Any, function: Callable[..., Any]) -> Node:
    node = as_node(result)
    if node.shape != ():
        name = getattr(function, "__name__", "the function")
        raise GraphError(
            f"{name} returned a value of shape {node.shape}, but only a scalar can be "
            "differentiated; take its sum or mean first (gn.ops.sum)"
        )
    return node if node.dtype.startswith("float") else apply("cast", node, dtype="float64")


def grad(function: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """Return the derivative df/dx of a function as a function.

    Parameters
    ----------
    function : callable
        Any function made of arithmetic and ``gn.ops``; it must return a scalar.
    argnums : int or sequence of int, default 0
        Which arguments to differentiate with respect to.

    Examples
    --------
    >>> float(grad(lambda x: x**4 - 3 * x**3 + 2)(6.0))
    540.0
    """
    both = value_and_grad(function, argnums)

    def derivative(*arguments: Any) -> Any:
        return both(*arguments)[1]

    return derivative


def evaluate(node: Node, values: dict[str, Any], backend: str = "numpy") -> np.ndarray:
    """Compute one node for the given values of its inputs."""
    from glassnet.graph.program import topological_order

    inputs = [part for part in topological_order([node]) if part.op.name == "input"]
    arrays = {part.attrs["name"]: np.asarray(values[part.attrs["name"]]) for part in inputs}
    return backends.get(backend).run(Program("evaluate", inputs, {"y": node}), arrays)["y"]


@dataclass
class Minimum:
    """What :func:`minimize` found.

    Attributes
    ----------
    x : float or ndarray
        Where it stopped.
    value : float
        The function there.
    path : ndarray
        Every point visited, the start first.
    steps : int
        Number of steps made.
    converged : bool
        Whether the last step was small enough.
    """

    x: Any
    value: float
    path: np.ndarray = field(repr=False)
    steps: int
    converged: bool


def minimize(
    function: Callable[..., Any],
    x: Any,
    learning_rate: float = 0.01,
    precision: float = 1e-5,
    max_steps: int = 10_000,
) -> Minimum:
    """Walk downhill: x ← x - learning_rate · df/dx until a step is no longer than ``precision``.

    Parameters
    ----------
    function : callable
        A scalar function of one number or array, made of arithmetic and ``gn.ops``.
    x : float or array
        Where to start.
    learning_rate : float, default 0.01
    precision : float, default 1e-5
        Stop when no component of x moved by more than this.
    max_steps : int, default 10,000

    Raises
    ------
    ArgumentError
        If the learning rate or the precision is not positive.

    Examples
    --------
    >>> round(float(minimize(lambda x: x**4 - 3 * x**3 + 2, 6.0).x), 4)
    2.25
    """
    if not learning_rate > 0 or not precision > 0:
        raise ArgumentError(
            f"learning_rate={learning_rate} and precision={precision} must both be greater than 0"
        )
    here = _array(x, "x").astype(np.float64)
    both = value_and_grad(function)
    path = [here]
    converged = False
    for _ in range(max_steps):
        with np.errstate(over="ignore", invalid="ignore"):  # told below
            slope = both(here)[1]
            new = here - learning_rate * slope
        if not np.all(np.isfinite(new)):
            raise ArgumentError(
                f"the walk left the finite numbers after {len(path)} steps, at x = {here}; "
                f"learning_rate={learning_rate} is too large: try {learning_rate / 10:g}"
            )
        path.append(new)
        converged = bool(np.max(np.abs(new - here)) <= precision)
        here = new
        if converged:
            break
    value = float(both(here)[0])
    point = here if here.ndim else float(here)
    return Minimum(point, value, np.array(path), len(path) - 1, converged)
