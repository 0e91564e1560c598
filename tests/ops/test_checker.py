"""The checker itself: it must fail on rules that are wrong, each in another way."""

import dataclasses

import numpy as np
import pytest

from glassnet import ops
from glassnet.errors import ContractError
from glassnet.graph import REGISTRY, Op, Sample, Values, apply
from glassnet.graph.node import find_op
from glassnet.testing import check_op


def wrong(name, **changes):
    return dataclasses.replace(find_op(name), name=f"wrong_{name}", **changes)


def composite(derivative, shape=lambda x, b: x, dtype=lambda x, b: x, decompose=None):
    """A bias added to rows, as an op with a rule of its own."""
    return Op(
        "add_bias",
        ("x", "b"),
        shape,
        dtype,
        derivative,
        "y = x + b",
        decompose=decompose or (lambda x, b: x + b),
        samples=(Sample((Values((2, 3)), Values((3,)))),),
    )


def test_a_right_op_of_ones_own_passes():
    check_op(composite(lambda g, y, x, b: (g, ops.sum(g, axis=0))))
    check_op(dataclasses.replace(find_op("tanh"), name="my_tanh"))
    assert "my_tanh" not in REGISTRY


WRONG = {
    "factor 2": (
        wrong("square", derivative=lambda g, y, x: (g * x,)),
        r"derivative with respect to x_0 is wrong.*\(0.5 times\)",
    ),
    "sign": (wrong("exp", derivative=lambda g, y, x: (-g * y,)), r"\(-1 times\)"),
    "constant": (wrong("tanh", derivative=lambda g, y, x: (g,)), "derivative with respect to x_0"),
    "inputs swapped": (
        wrong("divide", derivative=lambda g, y, a, b: (-g * y / b, g / b)),
        "derivative with respect to x_0",
    ),
    "second input only": (
        wrong("multiply", derivative=lambda g, y, a, b: (g * b, g * b)),
        "derivative with respect to y_1",
    ),
    "gradient lost": (
        wrong("multiply", derivative=lambda g, y, a, b: (g * b, None)),
        "derivative with respect to y_1",
    ),
    "gradient ignored": (
        wrong("sin", derivative=lambda g, y, x: (ops.cos(x),)),
        "derivative with respect to x_0",
    ),
    "broadcasting not undone": (
        composite(lambda g, y, x, b: (g, g)),
        r"gradient of shape \(2, 3\) for an input of shape \(3,\)",
    ),
    "broadcasting undone by a mean": (
        composite(lambda g, y, x, b: (g, ops.mean(g, axis=0))),
        r"with respect to b_1 is wrong.*\(0.5 times\)",
    ),
    "too few gradients": (
        composite(lambda g, y, x, b: (g,)),
        "gives 1 gradients for 2 inputs",
    ),
    "shape of an elementwise op": (
        wrong("add", shape=lambda a, b: a, samples=(Sample((Values((3,)), Values((2, 3)))),)),
        r"shape rule gives \(3,\), but the value has the shape \(2, 3\)",
    ),
    "shape of a fused op": (
        composite(lambda g, y, x, b: (g, g), shape=lambda x, b: b),
        r"shape rule gives \(3,\), but the value has the shape \(2, 3\)",
    ),
    "dtype": (
        wrong("tanh", dtype=lambda x: "float64"),
        "is float64, although every input is float32",
    ),
    "precision lost": (wrong("tanh", dtype=lambda x: "float32"), "float32|differ"),
    "no samples": (wrong("tanh", samples=()), "has no samples"),
    "refuses its own sample": (
        wrong("tanh", samples=(Sample((Values((2,)),), {"rate": 1.0}),)),
        "derivative|attr|cannot",
    ),
    "value other than its parts": (
        wrong("softmax", decompose=lambda z: ops.softmax(2.0 * z)),
        "derivative with respect to z_0",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_the_checker_fails_on_a_wrong_rule(name):
    op, message = WRONG[name]
    with pytest.raises(ContractError, match=message):
        check_op(op)
    assert issubclass(ContractError, AssertionError)


def test_a_kernel_of_the_wrong_shape_is_found():
    for name, shape in [
        ("sum", lambda x, axes, keepdims: x),
        ("matmul", lambda a, b, transpose_a, transpose_b: (b[1], a[0])),
        ("transpose", lambda x, axes: x),
        ("concatenate", lambda *shapes, axis: shapes[0]),
    ]:
        # The kernel is found by the op's name, so the record takes the name of the right one.
        with pytest.raises(ContractError):
            check_op(dataclasses.replace(find_op(name), shape=shape))


def test_a_mistake_only_seen_where_a_value_is_used_twice(monkeypatch):
    """Reverse mode that overwrites instead of adding up: the mistake of many small libraries."""
    from glassnet.graph import differentiate

    right = differentiate._push

    def forgetful(node, g, wanted, accumulated):
        class Forgetful(dict):
            def get(self, key, default=None):
                return None

        fresh = Forgetful()
        right(node, g, wanted, fresh)
        accumulated.update(fresh)

    monkeypatch.setattr(differentiate, "_push", forgetful)
    with pytest.raises(ContractError, match=r"used twice|same value"):
        check_op("exp")


def test_values_keep_away_from_kinks_and_from_each_other():
    from glassnet.testing import draw

    numbers = draw(Values((50,), -1, 1, kinks=(0.0,)), "x")
    assert np.min(np.abs(numbers)) >= 0.05
    spread = np.sort(draw(Values((30,), -2, 2), "y"))
    assert np.min(np.diff(spread)) > 0.02
    whole = draw(Values((200,), 0, 3, dtype="int64"), "z")
    assert set(whole) == {0, 1, 2, 3}
    assert set(draw(Values((50,), dtype="bool"), "b")) == {False, True}


def test_it_can_be_used_with_an_op_that_calls_others():
    op = composite(
        lambda g, y, x, b: (g, ops.sum(g, axis=0)),
        decompose=lambda x, b: apply("add", x, b) * 1.0,
    )
    check_op(op)
