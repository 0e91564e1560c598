"""Rewriting: each rule, and the program that must come out as a person would write it."""

import numpy as np
import pytest

from glassnet import backends, ops
from glassnet.graph import Program, constant, gradients, input_node, lowered, simplify, to_text
from glassnet.testing import plain_values

x = input_node("x", ("n", 3), "float64")
y = input_node("y", ("n", 3), "float64")
w = input_node("w", (3, 2), "float64")
s = input_node("s", (), "float64")


def ops_of(node):
    """The names of the ops that are left."""
    program = simplify(Program("p", [x, y, w, s], {"out": node}))
    return [part.op.name for part in program.order() if part.op.name not in ("input", "constant")]


def text_of(node):
    program = simplify(Program("p", [x, y, w, s], {"out": node}))
    return [line.split(" = ")[-1] for line in to_text(program).splitlines() if ": " in line][4:]


RULES = {
    "x * 1": (x * 1.0, []),
    "1 * x": (1.0 * x, []),
    "x + 0": (x + 0.0, []),
    "0 + x": (0.0 + x, []),
    "x - 0": (x - 0.0, []),
    "0 - x": (0.0 - x, ["negative"]),
    "x / 1": (x / 1.0, []),
    "x ** 1": (x**1.0, []),
    "x ** 2": (x**2.0, ["square"]),
    "- - x": (ops.negative(-x), []),
    "x * -1": (x * -1.0, ["negative"]),
    "-(x - y)": (-(x - y), ["subtract"]),
    "x + (-y)": (x + (-y), ["subtract"]),
    "(-x) + y": ((-x) + y, ["subtract"]),
    "x - (-y)": (x - (-y), ["add"]),
    "(-x) * (-y)": ((-x) * (-y), ["multiply"]),
    "2 * (3 * x)": (2.0 * (3.0 * x), ["multiply"]),
    "s * (2 * x)": (s * (2.0 * x), ["multiply", "multiply"]),
    "numbers": (x * (constant(2.0, "float64") * 3.0 + 1.0), ["multiply"]),
    "functions of numbers": (x + ops.exp(constant(0.0, "float64")), ["add"]),
    "shared": (ops.exp(x) + ops.exp(x), ["exp", "add"]),
    "shared under attributes": (
        ops.elu(x, 0.5) + ops.elu(x, 0.5) * ops.elu(x, 0.7),
        ["elu", "elu", "multiply", "add"],
    ),
    "same cast": (ops.cast(x, "float64"), []),
    "same reshape": (ops.reshape(x, x.shape), []),
    "reshape of reshape": (ops.reshape(ops.reshape(x, (-1,)), (1, -1)), ["reshape"]),
    "same transpose": (ops.transpose(x, (0, 1)), []),
    "transposed twice": (x.T.T, []),
    "same broadcast": (ops.broadcast_to(x, x.shape), []),
    "broadcast read by an op": (x + ops.broadcast_to(s, x.shape), ["add"]),
    "reshape of a broadcast number": (
        y * (2.0 * ops.broadcast_to(s, (3,))).reshape((1, 3)),
        ["multiply", "multiply"],
    ),
    "sum of sums": (ops.sum(ops.sum(x, axis=1)), ["sum"]),
    "factor of a sum": (ops.sum(2.0 * ops.sum(s * x, axis=1)), ["sum", "multiply", "multiply"]),
    "sum over nothing": (ops.sum(x, axis=()), []),
    "x.T @ y": (x.T @ y, ["matmul"]),
    "x @ w.T.T": (x @ w.T.T, ["matmul"]),
    "transposed product of transposes": (x.T.T.T @ y.T.T, ["matmul"]),
}


@pytest.mark.parametrize("name", RULES)
def test_rule(name):
    node, left = RULES[name]
    assert ops_of(node) == left


@pytest.mark.parametrize("name", RULES)
def test_rule_keeps_the_value(name):
    node, _ = RULES[name]
    program = Program("p", [x, y, w, s], {"out": node})
    values = {
        "x": np.linspace(-1, 2, 12).reshape(4, 3),
        "y": np.linspace(3, 1, 12).reshape(4, 3),
        "w": np.linspace(0, 1, 6).reshape(3, 2),
        "s": np.float64(0.7),
    }
    expected = plain_values(program, values)["out"]
    after = simplify(program)
    np.testing.assert_allclose(plain_values(after, values)["out"], expected, rtol=1e-13)
    assert (after.outputs["out"].shape, after.outputs["out"].dtype) == (node.shape, node.dtype)


def test_transposes_become_flags():
    assert text_of(x.T @ y) == ["matmul(x, y, transpose_a=True, transpose_b=False)"]
    assert text_of(w.T @ x.T) == ["matmul(w, x, transpose_a=True, transpose_b=True)"]


def test_dead_code_goes_and_inputs_stay():
    ops.exp(x)  # nobody needs it
    program = simplify(Program("p", [x, y], {"out": x * 2.0}))
    assert [node.op.name for node in program.order()] == ["input", "constant", "multiply"]
    assert list(program.inputs) == ["x", "y"]


def test_names_and_totals_stay():
    loss = ops.sum(ops.exp(x) * 1.0).named("loss")
    z = (x + 0.0 * 1.0 + y).named("z")
    program = Program("p", [x, y], {"loss": loss, "z": z}, totals=("loss",), rows=("x", "y"))
    after = simplify(program)
    assert after.outputs["loss"].name == "loss"
    assert after.outputs["z"].name == "z"
    assert (after.totals, after.rows, after.name) == (("loss",), ("x", "y"), "p")


def test_a_broadcast_that_gives_the_shape_is_kept():
    assert ops_of(ops.broadcast_to(s, (2, 3))) == ["broadcast_to"]


def test_what_is_the_same_everywhere_is_computed_once():
    assert ops_of(ops.exp(ops.broadcast_to(s, (2, 3)))) == ["exp", "broadcast_to"]


def test_a_rule_never_changes_the_shape_or_the_dtype():
    one = constant(np.ones((4, 1, 3)))
    assert ops_of(one * s) == ["multiply"]
    single = input_node("single", (2,), "float32")
    wide = ops.cast(single, "float64") * 1.0
    program = simplify(Program("p", [single], {"out": wide}))
    assert program.outputs["out"].dtype == "float64"


def test_simplifying_twice_changes_nothing():
    for node, _ in RULES.values():
        once = simplify(Program("p", [x, y, w, s], {"out": node}))
        assert to_text(simplify(once)) == to_text(once)


def test_fused_ops_are_taken_apart_only_where_there_is_no_kernel():
    program = Program("p", [x], {"out": ops.softmax(x)})
    assert "softmax" not in {node.op.name for node in lowered(program, ()).order()}
    assert "softmax" in {node.op.name for node in lowered(program, ("softmax",)).order()}


TRASK = """\
program trask
input X: float64[4, 3]
input y: float64[4, 1]
input W1: float64[3, 4]
input W2: float64[4, 1]
z1: float64[4, 4] = matmul(X, W1, transpose_a=False, transpose_b=False)
a1: float64[4, 4] = sigmoid(z1)
z2: float64[4, 1] = matmul(a1, W2, transpose_a=False, transpose_b=False)
a2: float64[4, 1] = sigmoid(z2)
"""


def test_the_short_program_comes_out_as_short_as_it_is_written():
    """sigmoid(X W1) W2 ..., half the sum of squares: no temporary a person would not write."""
    X, t = input_node("X", (4, 3), "float64"), input_node("y", (4, 1), "float64")
    W1, W2 = input_node("W1", (3, 4), "float64"), input_node("W2", (4, 1), "float64")
    a1 = ops.sigmoid((X @ W1).named("z1")).named("a1")
    a2 = ops.sigmoid((a1 @ W2).named("z2")).named("a2")
    loss = 0.5 * ops.sum(ops.square(a2 - t))
    dW1, dW2 = gradients(loss, [W1, W2])
    program = simplify(
        Program("trask", [X, t, W1, W2], {"a1": a1, "a2": a2, "dW2": dW2, "dW1": dW1})
    )
    text = to_text(program)
    assert text.startswith(TRASK)
    names = [node.op.name for node in program.order() if node.op.name not in ("input", "constant")]
    # a1, a2; (a2 - y) a2 (1 - a2); its product; the same for d1, behind W2
    assert names == [
        *["matmul", "sigmoid", "matmul", "sigmoid"],
        *["subtract", "multiply", "subtract", "multiply", "matmul"],
        *["matmul", "multiply", "subtract", "multiply", "matmul"],
    ]
    numbers = [n.attrs["value"] for n in program.order() if n.op.name == "constant"]
    assert set(numbers) == {1.0}  # only those of 1 - a1 and 1 - a2
    values = {
        "X": np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1.0]]),
        "y": np.array([[0, 1, 1, 0.0]]).T,
        "W1": np.linspace(-1, 1, 12).reshape(3, 4),
        "W2": np.linspace(-1, 0.5, 4).reshape(4, 1),
    }
    found = backends.get("numpy").run(program, values)
    b1 = 1 / (1 + np.exp(-values["X"] @ values["W1"]))
    b2 = 1 / (1 + np.exp(-b1 @ values["W2"]))
    d2 = (b2 - values["y"]) * b2 * (1 - b2)
    np.testing.assert_allclose(found["dW2"], b1.T @ d2, rtol=1e-13)
    d1 = d2 @ values["W2"].T * b1 * (1 - b1)
    np.testing.assert_allclose(found["dW1"], values["X"].T @ d1, rtol=1e-13)
