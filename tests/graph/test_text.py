"""The text form: readable, parses back, and says where it cannot be read."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassnet import backends, ops
from glassnet.errors import GlassnetError, GraphError
from glassnet.graph import Program, constant, from_text, gradients, input_node, simplify, to_text


def network():
    x, t = input_node("x", ("n", 4)), input_node("t", ("n",), "int64")
    W, b = input_node("W", (4, 3)), input_node("b", (3,))
    seed, step = input_node("seed", (), "int64"), input_node("step", (), "int64")
    z = (x @ W + b).named("z")
    a = (ops.elu(z, 0.5) * ops.dropout_mask(seed, step, z.shape, 0.25)).named("a")
    loss = ops.mean(ops.sparse_softmax_cross_entropy(a, t)).named("loss")
    dW, db = gradients(loss, [W, b])
    outputs = {"loss": loss, "W": W - 0.1 * dW, "b": b - 0.1 * db}
    inputs = [W, b, x, t, seed, step]
    return simplify(Program("network", inputs, outputs, ("loss",), ("x", "t")))


TEXT = """\
program double
input x: float32[n, 3]
y: float32[n, 3] = multiply(x, constant(2.0, 'float32', ()))
output y = y
totals y
rows x
"""


def test_what_it_looks_like():
    x = input_node("x", ("n", 3))
    program = Program("double", [x], {"y": (x * 2.0).named("y")}, ("y",), ("x",))
    assert to_text(program) == TEXT
    assert to_text(from_text(TEXT)) == TEXT


def test_a_whole_training_step_parses_back():
    program = network()
    text = to_text(program)
    back = from_text(text)
    assert to_text(back) == text
    assert (back.name, back.totals, back.rows, back.state) == (
        program.name,
        program.totals,
        program.rows,
        program.state,
    )
    values = {
        "x": np.linspace(-1, 1, 20).reshape(5, 4),
        "t": np.array([0, 1, 2, 1, 0]),
        "W": np.linspace(-1, 1, 12).reshape(4, 3),
        "b": np.zeros(3),
        "seed": np.array(3),
        "step": np.array(1),
    }
    first = backends.get("numpy").run(program, values)
    second = backends.get("numpy").run(back, values)
    for name in first:
        assert np.array_equal(first[name], second[name])


@pytest.mark.parametrize(
    "value",
    [0.1, -0.0, float("inf"), -float("inf"), float("nan"), 1e-300, True, 7,
     np.arange(6.0).reshape(2, 3), np.array([np.nan, np.inf]), np.array([[True, False]]),
     np.array([1, 2], np.uint32), np.zeros((0, 3)), np.array([0.1], "f4")],
)  # fmt: skip
def test_constants_come_back_exactly(value):
    node = constant(value)
    back = from_text(to_text(Program("p", [], {"c": node}))).outputs["c"]
    assert (back.dtype, back.shape) == (node.dtype, node.shape)
    np.testing.assert_array_equal(back.attrs["value"], node.attrs["value"])


@pytest.mark.parametrize(
    "name",
    [
        "dense/W",
        "my layer.W",
        "lambda",
        "v1",
        "it's",
        "both \"quotes' here",
        "schön",
        "1st",
        "a: b",
        "",
    ],
)
def test_inputs_may_have_any_name(name):
    x = input_node(name, ("n", 2))
    program = Program("p", [x], {"y": ops.exp(x) + 1.0})
    back = from_text(to_text(program))
    assert list(back.inputs) == [name]
    assert to_text(back) == to_text(program)


def test_values_of_the_same_name_are_told_apart():
    x = input_node("a", (2,))
    y = ops.exp(ops.sin(x).named("a")).named("a")
    z = (y + x).named("for")
    program = Program("p", [x], {"y": y, "z": z})
    text = to_text(program)
    assert to_text(from_text(text)) == text


ERRORS = {
    "nonsense": "expected 'name: dtype",
    "y: float32[n, 3] = multipli(x, x)": "did you mean 'multiply'",
    "y: float32[n, 3] = multiply(x, xx)": "the value 'xx' is not known; did you mean 'x'",
    "y: float32[n, 4] = multiply(x, x)": r"gives float32\[n, 3\], not float32\[n, 4\]",
    "y: float64[n, 3] = multiply(x, x)": "gives float32",
    "y: float32[n, 3] = multiply(x, 2.0)": "cannot read the argument 2.0",
    "y: float32[n, 3] = multiply(x": "never closed",
    "y: float32[n, 3] = x": "expected 'name: dtype",
    "y: float32[n 3] = exp(x)": "",
    "y: float32[3, n] = transpose(x, axes=3)": "",
    "y: float32[3, n] = transpose(x, axis=(1, 0))": "",
    "y: float32[n, 3] = add(x, constant([1, 2], 'float32', (3,)))": "",
    "y: float32[n, 3] = add(x, constant(1.0, 'float16', ()))": "float16",
    "y: float32[n, 3] = elu(x, alpha=__import__('os'))": "cannot read the value",
    "y: float32[n, 3] = x.__class__(x)": "expected",
    "input y: float31[n]": "float31",
    "output y": "",
    "output y = z": "the value 'z' is not known",
}


@pytest.mark.parametrize("line", ERRORS)
def test_an_error_says_the_line(line):
    text = f"program p\ninput x: float32[n, 3]\n\n{line}\noutput out = x\n"
    with pytest.raises(GraphError, match=r"^line 4 of the program, ") as caught:
        from_text(text)
    assert line in str(caught.value) or repr(line) in str(caught.value)
    if ERRORS[line]:
        with pytest.raises(GraphError, match=ERRORS[line]):
            from_text(text)


WHOLE = to_text(network())


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.integers(0, len(WHOLE)),
    st.integers(0, 12),
    st.text("abnvx019.,:=()[]'\" \n_*-/", max_size=6),
)
def test_a_damaged_text_is_an_error_of_ours_or_a_program(start, length, instead):
    text = WHOLE[:start] + instead + WHOLE[start + length :]
    try:
        program = from_text(text)
    except GlassnetError:
        return
    assert to_text(from_text(to_text(program))) == to_text(program)
