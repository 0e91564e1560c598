"""What an op's record says of its numbers is what its kernels compute, on every backend."""

import numpy as np
import pytest

from glassnet import backends, ops
from glassnet.backends import numpy_source
from glassnet.backends.compiled.emit import source
from glassnet.backends.numpy_entries import entry_function
from glassnet.errors import GraphError, ShapeError
from glassnet.graph import REGISTRY, Program
from glassnet.graph.entry import Entry, Read, index_text, parse_index
from glassnet.testing.ops import build_case
from tests.backends.compiled.test_every_op import compiled

assert ops
WITH_ENTRY = sorted(name for name, op in REGISTRY.items() if op.entry is not None)
CASES = [(name, number) for name in WITH_ENTRY for number in range(len(REGISTRY[name].samples))]


def test_structured_ops_have_entries():
    """Those without one keep a loop of their own in every backend; no new op needs to."""
    without = {
        name
        for name, op in REGISTRY.items()
        if op.entry is None and op.expression is None and op.decompose is None
    }
    assert without == {"argmax", "scatter_add", "random_bits", "random_uniform"}


def expected_of(case):
    return backends.get("numpy").run(Program("op", case.inputs, {"y": case.output}), case.values)


@pytest.mark.parametrize(("name", "number"), CASES)
def test_numpy_by_entry_is_numpy_by_kernel(name, number):
    case = build_case(REGISTRY[name], REGISTRY[name].samples[number])
    expected = expected_of(case)["y"]
    arrays = [case.values[node.name] for node in case.inputs]
    shapes = [array.shape for array in arrays]
    entry = case.op.entry(expected.shape, *shapes, **case.sample.attrs)
    out = np.empty(expected.shape, expected.dtype)
    entry_function(entry, expected.shape, shapes)(out, *arrays)
    np.testing.assert_allclose(out, expected, rtol=1e-14)


@pytest.mark.parametrize("name", [name for name in WITH_ENTRY if name in source.KERNELS])
@pytest.mark.unoptimised
def test_compiled_by_entry_is_numpy_by_kernel(name, monkeypatch):
    monkeypatch.delitem(source.KERNELS, name)
    for sample in REGISTRY[name].samples:
        case = build_case(REGISTRY[name], sample)
        program = Program("op", case.inputs, {"y": case.output * 1.0})
        expected = backends.get("numpy").run(program, case.values)
        found = compiled().run(program, case.values)
        np.testing.assert_allclose(found["y"], expected["y"], rtol=1e-14)


def test_a_number_outside_is_its_fill_even_where_there_is_nothing_inside():
    entry = Entry((Read("x", 0, ("i0 - 2",), -7.0),), "x")
    out = np.empty(5)
    entry_function(entry, (5,), [(2,)])(out, np.array([1.0, 2.0]))
    assert out.tolist() == [-7, -7, 1, 2, -7]
    entry_function(entry, (5,), [(0,)])(out, np.empty(0))
    assert out.tolist() == [-7] * 5


def test_indices_are_worked_out_as_far_as_they_are_known():
    assert index_text("i0 * 3 + i1 * 1 - 0", {"i0": "0", "i1": "k"}) == "k"
    assert index_text("(i0 + 1 - r0 * 2) // 3", {"r0": "0"}) == "(i0 + 1) // 3"
    assert index_text("i0 - 2 >= 0", {"i0": "5"}) == "3 >= 0"


@pytest.mark.parametrize("text", ["i0 / 2", "f(i0)", "0 < i0 < 3", "x[i0]"])
def test_an_index_is_whole_numbers(text):
    with pytest.raises(GraphError, match="uses"):
        parse_index(text)


def test_numpy_runs_an_op_that_has_only_a_record():
    assert "cummax" not in numpy_source.KERNELS and "windows" not in numpy_source.KERNELS
    x = np.array([[3.0, 1.0, 4.0, 1.0, 5.0]])
    assert ops.cummax(x).tolist() == [[3, 3, 4, 4, 5]]
    image = np.arange(12.0).reshape(1, 3, 4, 1)
    same = ops.windows(image, 3, padding="same", fill=-1.0)
    assert same.shape == (1, 3, 4, 3, 3, 1)
    assert same[0, 0, 0, :, :, 0].tolist() == [[-1, -1, -1], [-1, 0, 1], [-1, 4, 5]]
    assert ops.windows(image, (3, 2), strides=(1, 2)).shape == (1, 1, 2, 3, 2, 1)


def test_windows_that_cannot_be_are_refused():
    image = np.zeros((1, 3, 4, 1))
    for call, message in [
        (lambda: ops.windows(image, 5), "does not fit"),
        (lambda: ops.windows(image, 2, padding="full"), "'valid', 'same'"),
        (lambda: ops.windows(image, (2, 2, 2)), "or 2 of them"),
        (lambda: ops.windows(image, 2, strides=0), "at least 1"),
        (lambda: ops.windows(image[0, 0], 2), "3 or 4 axes"),
    ]:
        with pytest.raises(ShapeError, match=message):
            call()
