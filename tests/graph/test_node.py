"""Nodes, ops and programs: what they refuse, and the words they refuse it with."""

import numpy as np
import pytest

from glassnet import ops
from glassnet.errors import DTypeError, GlassnetError, GraphError, ShapeError
from glassnet.evaluate import evaluate
from glassnet.graph import REGISTRY, Op, Program, apply, constant, define, input_node
from glassnet.graph.expression import parse_expression, scalar_function
from glassnet.graph.node import common_dtype, elementwise

x = input_node("x", ("n", 3))
wide = input_node("wide", ("n", 3), "float64")
whole = input_node("whole", ("n", 3), "int64")
truth = input_node("truth", ("n", 3), "bool")


def test_numbers_follow_the_dtype_of_the_nodes():
    assert (x * 2.0).dtype == (2 * x).dtype == (x + np.float32(1)).dtype == "float32"
    assert (wide * 2).dtype == (x * wide).dtype == "float64"
    assert (whole + 1).dtype == "int64"
    assert (whole / 2).dtype == (whole * 0.5).dtype == "float32"
    assert ops.exp(whole).dtype == ops.sigmoid(truth).dtype == "float32"
    assert (x > 0).dtype == ops.equal(whole, 1).dtype == "bool"
    assert ops.where(truth, x, 0.0).dtype == "float32"
    assert ops.where(x > 0, whole, 0).dtype == "int64"
    assert common_dtype([1, 2.0]) == "float64"


def test_arrays_on_either_side_of_an_operator():
    row = np.ones(3, "f4")
    for node in (x + row, row + x, x - row, row - x, x * row, row * x, x / row, row / x, row**x):
        assert str(node.shape) == "(n, 3)"
    square = np.ones((3, 3), "f4")
    assert str((x @ square).shape) == str((square.T @ x.T).T.shape) == "(n, 3)"
    assert (x @ row).shape == (x.shape[0],)
    assert (row @ square @ x.T).shape == (x.shape[0],)


@pytest.mark.parametrize("question", [lambda: bool(x > 0), lambda: 1 if x else 2, lambda: x and x])
def test_a_node_decides_no_if(question):
    with pytest.raises(GraphError, match=r"use gn\.ops\.where"):
        question()


def test_lengths_and_parts():
    fixed = input_node("fixed", (2, 3))
    assert len(fixed) == 2
    assert [row.shape for row in fixed] == [(3,), (3,)]
    assert fixed[1, 2].shape == ()
    assert fixed[-1].shape == (3,)
    assert fixed[:, 1:].shape == (2, 2)
    assert fixed[..., 0].shape == (2,)
    with pytest.raises(GraphError, match="no fixed length"):
        len(x)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (5, "out of range"),
        ((0, 0, 0), "3 indices"),
        (slice(None, None, 2), "steps of 1"),
        ([0, 1], "gn.ops.gather"),
        (None, "cannot index"),
    ],
)
def test_what_cannot_be_indexed(key, message):
    with pytest.raises(ShapeError, match=message):
        input_node("fixed", (2, 3))[key]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: x @ x, r"inner sizes 3 and n must be equal"),
        (lambda: input_node("a", (2, 3, 4)) @ x, "needs two matrices"),
        (lambda: x + input_node("y", ("n",)), r"\(n, 3\) and \(n,\) do not fit together"),
        (lambda: ops.sum(x, axis=2), "axis 2 does not exist"),
        (lambda: ops.softmax_cross_entropy(x, input_node("t", ("n",))), "one-hot targets"),
        (lambda: ops.sparse_softmax_cross_entropy(x, x), r"must have the shape \(n,\)"),
        (lambda: ops.softmax(input_node("s", ())), "at least one axis"),
        (lambda: ops.concatenate([x, input_node("y", ("m", 3))], axis=1), "cannot be joined"),
        (lambda: ops.transpose(x, (0, 0)), "not an order"),
        (lambda: ops.broadcast_to(x, (3,)), "stretched|fit together"),
    ],
)
def test_shapes_that_do_not_fit(wrong, message):
    with pytest.raises(ShapeError, match=message):
        wrong()


def test_what_cannot_stand_in_a_graph():
    with pytest.raises(DTypeError, match="cannot stand in a graph"):
        constant(np.array(["a"]))
    with pytest.raises(DTypeError, match="'float16' of input 'h'"):
        input_node("h", (2,), "float16")
    with pytest.raises(GraphError, match="did you mean 'sigmoid'"):
        apply("sigmiod", x)


def test_a_constant_does_not_change_with_its_array():
    array = np.zeros(3)
    node = constant(array)
    array[0] = 1
    assert node.attrs["value"][0] == 0
    with pytest.raises(ValueError, match="read-only"):
        node.attrs["value"][0] = 2


def test_new_ops():
    with pytest.raises(GraphError, match="already registered"):
        define(Op("exp", ("x",), None, None, None, ""))
    with pytest.raises(GraphError, match=r"\['q'\].*neither input nor attribute"):
        elementwise("new_op", "x * q", None)
    assert "new_op" not in REGISTRY
    cube = elementwise("cube_for_a_test", "x * x * x", lambda g, y, x: (g * (3.0 * x * x),))
    try:
        assert evaluate(cube(constant(np.array([2.0]))), {}) == [8.0]
        assert cube.__doc__ == "y = x * x * x"
    finally:
        del REGISTRY["cube_for_a_test"]


@pytest.mark.parametrize(
    "expression",
    ["x +", "x.real", "[x]", "sinh(x)", "exp(x, x)", "x if x else 1", "lambda: x", "x @ x",
     "__import__('os')", "0 < x < 1", "exp(x=1)", "where(x)"],
)  # fmt: skip
def test_scalar_expressions_use_only_what_every_backend_knows(expression):
    with pytest.raises(GraphError, match="scalar expression"):
        parse_expression(expression)


@pytest.mark.parametrize(
    ("expression", "value", "result"),
    [
        ("1 / x", 0.0, np.inf), ("1 / x", -0.0, -np.inf), ("x / x", 0.0, np.nan),
        ("log(x)", 0.0, -np.inf), ("log(x)", -1.0, np.nan), ("log1p(x)", -1.0, -np.inf),
        ("log1p(x)", -2.0, np.nan), ("exp(x)", 1e4, np.inf), ("exp(x)", -1e4, 0.0),
        ("expm1(x)", 1e4, np.inf), ("sqrt(x)", -1.0, np.nan), ("x ** 0.5", -1.0, np.nan),
        ("x ** 2", 1e300, np.inf), ("x ** 3", -1e300, -np.inf), ("x ** -1", 0.0, np.inf),
        ("sin(x)", np.inf, np.nan), ("floor(x)", np.inf, np.inf), ("maximum(x, 1)", np.nan, np.nan),
        ("minimum(x, 1)", np.nan, np.nan), ("sign(x)", np.nan, np.nan), ("sign(x)", -3.0, -1.0),
    ],
)  # fmt: skip
def test_scalar_functions_give_infinity_or_nan_and_no_exception(expression, value, result):
    found = scalar_function(expression, ("x",))(value)
    np.testing.assert_equal(float(found), result)
    with np.errstate(all="ignore"):
        names = (
            "exp",
            "expm1",
            "log",
            "log1p",
            "sqrt",
            "sin",
            "floor",
            "maximum",
            "minimum",
            "sign",
        )
        numpy = eval(
            expression, {name: getattr(np, name) for name in names}, {"x": np.float64(value)}
        )
    np.testing.assert_equal(float(found), float(numpy))


def test_programs_check_themselves():
    with pytest.raises(GraphError, match="two inputs of the same name"):
        Program("p", [x, input_node("x", (2,))], {})
    with pytest.raises(GraphError, match="uses the input 'wide', which is not in its inputs"):
        Program("p", [x], {"y": wide + x})
    with pytest.raises(ShapeError, match="new value of 'x'"):
        Program("p", [x], {"x": ops.sum(x)})
    assert issubclass(ShapeError, ValueError)
    assert issubclass(ShapeError, GlassnetError)
