"""The contract of an op: what must hold for each record, checked on its samples.

Each contract is a function of an op and one of its samples that raises
:class:`~glassnet.errors.ContractError` where it does not hold; :data:`OP_CONTRACTS` holds
them by name and :func:`check_op` checks them all.
"""

from __future__ import annotations

import contextlib
import functools
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from glassnet import backends, ops
from glassnet.errors import ContractError
from glassnet.graph import (
    REGISTRY,
    Node,
    Op,
    Program,
    Sample,
    bind,
    broadcast_shapes,
    constant,
    from_text,
    gradients,
    input_node,
    shape_text,
    simplify,
    to_text,
)
from glassnet.graph.node import find_op, make_node
from glassnet.random import uniform
from glassnet.testing.numeric import central_difference, draw, plain_values

__all__ = ["OP_CONTRACTS", "check_op"]

DERIVATIVE_TOLERANCE = 1e-6
BACKEND_TOLERANCE = 1e-12
# Single precision against double: a few roundings of 6e-8 each.
SINGLE_TOLERANCE = 1e-5


@dataclass(frozen=True)
class Case:
    """One call of an op, as nodes and as values."""

    op: Op
    sample: Sample
    inputs: list[Node]
    values: dict[str, np.ndarray]
    output: Node

    def __str__(self) -> str:
        shapes = ", ".join(shape_text(node.shape) for node in self.inputs)
        attrs = "".join(f", {key}={value!r}" for key, value in self.sample.attrs.items())
        return f"{self.op.name}({shapes}{attrs})"

    def fails(self, what: str) -> ContractError:
        return ContractError(f"{self}: {what}")


def build_case(op: Op, sample: Sample, dtype: str = "float64", seed: int = 0) -> Case:
    """Make the nodes and values of one sample; integers and truth values keep their dtype."""
    inputs, values = [], {}
    attrs = dict(sample.attrs)
    if attrs.get("dtype") == "float64" and op.name != "cast":
        attrs["dtype"] = dtype
    for place, one in enumerate(sample.inputs):
        name = f"{op.inputs[place] if place < len(op.inputs) else 'x'}_{place}"
        array = draw(one, f"{op.name}/{name}", dtype, seed)
        inputs.append(input_node(name, array.shape, str(array.dtype)))
        values[name] = array
    sample = replace(sample, attrs=attrs)
    try:
        output = make_node(op, inputs, attrs)
    except Exception as error:
        shapes = ", ".join(shape_text(node.shape) for node in inputs)
        raise ContractError(f"{op.name}({shapes}) cannot be built: {error}") from error
    return Case(op, sample, inputs, values, output)


def check_op(op: Op | str, seed: int = 0) -> None:
    """Check every contract of an op on every sample of its record.

    Parameters
    ----------
    op : Op or str
        The record, or the name of a registered op.
    seed : int, default 0
        Of the sample values.

    Raises
    ------
    ContractError
        At the first promise that does not hold. It is an ``AssertionError``.

    Examples
    --------
    >>> check_op("divide")
    """
    record = find_op(op) if isinstance(op, str) else op
    if not record.samples:
        raise ContractError(f"the op {record.name!r} has no samples, so nothing can be checked")
    for sample in record.samples:
        for contract in OP_CONTRACTS.values():
            contract(record, sample, seed)


# The contracts ------------------------------------------------------------------------


def check_shape(op: Op, sample: Sample, seed: int = 0) -> None:
    """The shape and dtype the rules promise are those of the real values."""
    case = build_case(op, sample, seed=seed)
    promised = case.output.shape
    independent = _shape_without_rule(case)
    if independent is not None and independent != promised:
        raise case.fails(
            f"the shape rule gives {shape_text(promised)}, but the value has the shape "
            f"{shape_text(independent)}"
        )
    for backend in ("numpy", "loops"):
        value = _run(case, backend, {"y": case.output})["y"]
        if value.shape != promised or str(value.dtype) != case.output.dtype:
            raise case.fails(
                f"the rules give {case.output.dtype}{shape_text(promised)}, but the value on "
                f"{backend} is {value.dtype}{shape_text(value.shape)}"
            )


def check_derivative(op: Op, sample: Sample, seed: int = 0) -> None:
    """The derivative rule equals a central difference, for each input in turn."""
    case = build_case(op, sample, seed=seed)
    if _differentiable(case):
        _compare_slopes(case, _weighted_sum(case.output, seed), "")


def check_second_derivative(op: Op, sample: Sample, seed: int = 0) -> None:
    """The derivative of the derivative equals a central difference of the derivative."""
    case = build_case(op, sample, seed=seed)
    if not _differentiable(case):
        return
    slopes = _gradients(case, _weighted_sum(case.output, seed))
    total = functools.reduce(operator.add, (_weighted_sum(slope, seed) for slope in slopes))
    _compare_slopes(case, total, " the second time")


def check_reuse(op: Op, sample: Sample, seed: int = 0) -> None:
    """Gradients add up where a value is used twice: beside the op, and for two of its inputs."""
    case = build_case(op, sample, seed=seed)
    if not _differentiable(case):
        return
    total = _weighted_sum(case.output, seed)
    for node in _float_inputs(case):
        beside = _weighted_sum(node, seed)
        if node.shape == case.output.shape:
            beside = beside + ops.sum(case.output * node)
        _compare_slopes(case, total * beside, f" where {node.name} is used twice")
    shared = _with_shared_input(case)
    if shared is not None:
        total = _weighted_sum(shared.output, seed)
        _compare_slopes(shared, total, " where two inputs are the same value")


def check_backends(op: Op, sample: Sample, seed: int = 0) -> None:
    """Loops and NumPy agree on the value and the gradients."""
    case = build_case(op, sample, seed=seed)
    outputs = _value_and_gradients(case, seed)
    expected, found = _run(case, "loops", outputs), _run(case, "numpy", outputs)
    _same(case, expected, found, "loops and numpy differ in", BACKEND_TOLERANCE)


def check_text(op: Op, sample: Sample, seed: int = 0) -> None:
    """The text form of the op and of its gradient parses back to an equal program."""
    case = build_case(op, sample, seed=seed)
    program = Program(op.name, case.inputs, _value_and_gradients(case, seed))
    text = to_text(program)
    with _temporarily_known(op):
        back = from_text(text)
    if to_text(back) != text:
        raise case.fails(f"its text form parses back to another program:\n{text}\n{to_text(back)}")
    expected = plain_values(program, case.values)
    _same(case, expected, plain_values(back, case.values), "parsed back, it differs in", 0.0)


def check_simplified(op: Op, sample: Sample, seed: int = 0) -> None:
    """The simplified program computes what the program as built computes."""
    case = build_case(op, sample, seed=seed)
    program = Program(op.name, case.inputs, _value_and_gradients(case, seed))
    expected = plain_values(program, case.values)
    found = plain_values(simplify(program), case.values)
    _same(case, expected, found, "simplifying changes", BACKEND_TOLERANCE)


def check_single_precision(op: Op, sample: Sample, seed: int = 0) -> None:
    """float32 in gives float32 out, near the value in double precision; so do the gradients."""
    case = build_case(op, sample, "float32", seed)
    if case.output.dtype == "float64" and case.sample.attrs.get("dtype") != "float64":
        raise case.fails("the value is float64, although every input is float32 at most")
    outputs = _value_and_gradients(case, seed)
    wide = build_case(op, sample, "float64", seed)
    values = {name: case.values[name].astype(array.dtype) for name, array in wide.values.items()}
    wide = replace(wide, values=values)
    expected = _run(wide, "numpy", _value_and_gradients(wide, seed))
    for backend in ("numpy", "loops"):
        found = _run(case, backend, outputs)
        _same(case, expected, found, f"float32 on {backend} is far off in", SINGLE_TOLERANCE)


Contract = Callable[[Op, Sample, int], None]

OP_CONTRACTS: dict[str, Contract] = {
    "shape": check_shape,
    "derivative": check_derivative,
    "second derivative": check_second_derivative,
    "reuse": check_reuse,
    "backends": check_backends,
    "text": check_text,
    "simplified": check_simplified,
    "single precision": check_single_precision,
}


# What they are made of ----------------------------------------------------------------


@contextlib.contextmanager
def _temporarily_known(op: Op) -> Iterator[None]:
    """Let the parser find an op that is being tried out before it is registered."""
    before = REGISTRY.get(op.name)
    REGISTRY[op.name] = op
    try:
        yield
    finally:
        if before is None:
            del REGISTRY[op.name]
        else:
            REGISTRY[op.name] = before


def _run(case: Case, backend: str, outputs: dict[str, Node]) -> dict[str, np.ndarray]:
    program = Program(case.op.name, case.inputs, outputs)
    try:
        return backends.get(backend).run(program, case.values)
    except ContractError:
        raise
    except Exception as error:
        raise case.fails(f"the {backend} backend cannot run it: {error}") from error


def _shape_without_rule(case: Case) -> tuple[Any, ...] | None:
    """Return the shape the value must have, found without the op's own rule if possible."""
    shapes = [node.shape for node in case.inputs]
    if case.op.is_elementwise:
        return broadcast_shapes(*shapes)
    if case.op.decompose is not None:
        return case.op.decompose(*case.inputs, **case.sample.attrs).shape
    return None


def _float_inputs(case: Case) -> list[Node]:
    unique = {id(node): node for node in case.inputs if node.dtype.startswith("float")}
    return list(unique.values())


def _differentiable(case: Case) -> bool:
    known = case.op.derivative is not None and case.output.dtype.startswith("float")
    return known and bool(_float_inputs(case))


def _weighted_sum(node: Node, seed: int) -> Node:
    """Make a scalar to which every entry contributes differently."""
    weights = uniform(seed, f"weights of {node.op.name}", bind(node.shape, {}), 0.5, 1.5)
    return ops.sum(ops.multiply(node, constant(weights, node.dtype)))


def _gradients(case: Case, total: Node) -> list[Node]:
    inputs = _float_inputs(case)
    try:
        slopes = gradients(total, inputs)
    except Exception as error:
        raise case.fails(f"the derivative rule cannot be applied: {error}") from error
    for node, slope in zip(inputs, slopes, strict=True):
        if slope.dtype != node.dtype:
            raise case.fails(
                f"the gradient with respect to {node.name} is {slope.dtype}, the input {node.dtype}"
            )
    return slopes


def _value_and_gradients(case: Case, seed: int) -> dict[str, Node]:
    outputs = {"the value": case.output}
    if _differentiable(case):
        slopes = _gradients(case, _weighted_sum(case.output, seed))
        for node, slope in zip(_float_inputs(case), slopes, strict=True):
            outputs[f"the gradient of {node.name}"] = slope
    return outputs


def _compare_slopes(case: Case, total: Node, where: str) -> None:
    """Compare the gradient of a scalar with its differences, one input at a time."""
    inputs = _float_inputs(case)
    names = [f"slope {number}" for number in range(len(inputs))]
    slopes = _run(case, "numpy", dict(zip(names, _gradients(case, total), strict=True)))
    value = Program("total", case.inputs, {"total": total})
    numpy = backends.get("numpy")
    for node, slope in zip(inputs, slopes.values(), strict=True):
        name = node.attrs["name"]
        direction = uniform(0, f"direction of {name}", slope.shape, -1.0, 1.0)

        def along(x: np.ndarray, name: str = name) -> float:
            return float(numpy.run(value, {**case.values, name: x})["total"])

        given = float(np.sum(slope * direction))
        measured = central_difference(along, case.values[name], direction)
        scale = max(abs(given), abs(measured), 1e-3)
        if not abs(given - measured) <= DERIVATIVE_TOLERANCE * scale:
            ratio = f" ({given / measured:.6g} times)" if measured else ""
            raise case.fails(
                f"the derivative with respect to {name} is wrong{where}: along a random "
                f"direction the rule gives {given:.9g}, a central difference {measured:.9g}{ratio}"
            )


def _with_shared_input(case: Case) -> Case | None:
    """Return the case with the first float input in the place of another of its shape."""
    inputs = list(case.inputs)
    for first, one in enumerate(case.sample.inputs):
        for second in range(first + 1, len(inputs)):
            if one.dtype == "float" and one == case.sample.inputs[second]:
                inputs[second] = inputs[first]
                output = make_node(case.op, inputs, dict(case.sample.attrs))
                kept = {id(node): node for node in inputs}
                values = {node.attrs["name"]: case.values[node.attrs["name"]] for node in inputs}
                return replace(case, inputs=list(kept.values()), values=values, output=output)
    return None


def _same(
    case: Case,
    expected: dict[str, np.ndarray],
    found: dict[str, np.ndarray],
    what: str,
    tolerance: float,
) -> None:
    """Compare values, relative to the largest entry of each."""
    for name, right in expected.items():
        got = found[name]
        if got.shape != right.shape:
            raise case.fails(f"{what} {name}: the shapes are {right.shape} and {got.shape}")
        size = float(np.max(np.abs(right.astype(np.float64)), initial=1.0))
        apart = np.abs(right.astype(np.float64) - got.astype(np.float64))
        worst = float(np.max(apart, initial=0.0))
        if not worst <= tolerance * size:
            raise case.fails(f"{what} {name} by {worst:.3g}, where {size:.3g} is the largest entry")
