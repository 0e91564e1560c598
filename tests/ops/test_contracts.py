"""Every op of the registry keeps every promise of the contract."""

import ast
import pathlib

import pytest

import glassnet.ops as ops
from glassnet.graph import REGISTRY
from glassnet.testing import OP_CONTRACTS

# Derivatives of these are none, or zero everywhere: there is nothing to learn through.
NO_DERIVATIVE = {
    "argmax",
    "equal",
    "greater",
    "greater_equal",
    "less",
    "less_equal",
    "not_equal",
}


@pytest.mark.parametrize("name", sorted(REGISTRY))
@pytest.mark.parametrize("contract", OP_CONTRACTS)
def test_contract(name, contract):
    op = REGISTRY[name]
    for sample in op.samples:
        OP_CONTRACTS[contract](op, sample, 0)


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_record_is_complete(name):
    op = REGISTRY[name]
    assert op.name == name
    assert op.samples, "without samples no contract is checked"
    assert op.formula
    assert (op.derivative is None) == (name in NO_DERIVATIVE)
    assert not (op.is_elementwise and op.decompose)


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_samples_have_unequal_sizes(name):
    """A square sample would not see a missing transpose."""
    shapes = [values.shape for sample in REGISTRY[name].samples for values in sample.inputs]
    long = [shape for shape in shapes if len(shape) > 1]
    assert all(len(set(shape)) > 1 for shape in long if shape != (1, 1))


def test_every_function_of_the_room_is_public():
    source = pathlib.Path(ops.__file__).read_text(encoding="utf-8")
    imported = {
        alias.name
        for node in ast.parse(source).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert imported == set(ops.__all__)
