"""Every op of the registry, compiled: the same numbers as the NumPy backend gives.

Warnings are errors in this suite, so a test that passes has run compiled code.
"""

import numpy as np
import pytest

from glassnet import ops
from glassnet.backends import Numpy
from glassnet.backends.compiled import Compiled
from glassnet.graph import REGISTRY, Program, apply, input_node, simplify
from glassnet.graph.differentiate import gradients

pytestmark = pytest.mark.unoptimised

COMPILED, NUMPY = Compiled(), Numpy()
TOLERANCE = {"float32": dict(rtol=2e-5, atol=2e-6), "float64": dict(rtol=1e-12, atol=1e-13)}
assert ops


CASES = [(op, dtype) for _, op in sorted(REGISTRY.items()) for dtype in ("float32", "float64")]


def draw(values, dtype, rng):
    kind = dtype if values.dtype == "float" else values.dtype
    if kind == "bool":
        return rng.random(values.shape) < 0.5
    if kind.startswith("float"):
        return rng.uniform(values.low, values.high, values.shape).astype(kind)
    return rng.integers(int(values.low), int(values.high), values.shape).astype(kind)


def attributes(sample, dtype):
    attrs = dict(sample.attrs)
    if "dtype" in attrs and attrs["dtype"].startswith("float"):
        attrs["dtype"] = dtype
    return attrs


def program_of(op, dtype, rng):
    """One program with every sample of the op and its derivative: one compile for all."""
    inputs, outputs, arrays = [], {}, {}
    for number, sample in enumerate(op.samples):
        nodes = []
        for place, values in enumerate(sample.inputs):
            array = draw(values, dtype, rng)
            nodes.append(input_node(f"s{number}_{place}", array.shape, str(array.dtype)))
            arrays[nodes[-1].name] = array
        y = apply(op.name, *nodes, **attributes(sample, dtype))
        outputs[f"y{number}"] = y
        wrt = [node for node in nodes if node.dtype.startswith("float")]
        if op.derivative is not None and wrt and y.dtype.startswith("float"):
            total = ops.sum(y * y) if y.shape else y * y
            slopes = gradients(total, wrt)
            outputs |= {f"d{n.name}": d for n, d in zip(wrt, slopes, strict=True)}
        inputs += nodes
    return simplify(Program(op.name, inputs, outputs)), arrays


def agree(program, values, dtype):
    got, want = COMPILED.run(program, values), NUMPY.run(program, values)
    assert got.keys() == want.keys()
    for name in want:
        assert got[name].dtype == want[name].dtype and got[name].shape == want[name].shape, name
        np.testing.assert_allclose(got[name], want[name], err_msg=name, **TOLERANCE[dtype])


@pytest.mark.parametrize("op, dtype", CASES, ids=lambda x: getattr(x, "name", x))
def test_op_and_its_derivative(op, dtype):
    program, arrays = program_of(op, dtype, np.random.default_rng(0))
    agree(program, arrays, dtype)
