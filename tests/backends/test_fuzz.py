"""Random small training steps: NumPy, which reuses and overwrites buffers, against plain loops."""

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from glassnet import backends, ops
from glassnet.backends.base import PlainStepper, Work
from glassnet.errors import GlassnetError
from glassnet.graph import Program, input_node
from glassnet.random import permutation, uniform

STATE = {"a": (3, 3), "b": (3, 3), "c": (3,), "d": (2, 3), "s": (), "e": (3, 3)}
ROWS = 5


def join(x, y):
    """Half of one and half of the other."""
    axis = x.ndim - 1
    return ops.concatenate([x[..., :1], y[..., 1:]], axis=axis)


UNARY = [
    lambda x: -x,
    ops.tanh,
    ops.sigmoid,
    ops.silu,
    ops.softplus,
    ops.elu,
    ops.selu,
    ops.relu,
    ops.square,
    ops.softsign,
    ops.gelu,
    lambda x: x.T,
    lambda x: x * 0.5,
    lambda x: ops.silu(x.T),
    lambda x: x + 1.0,
    lambda x: ops.sum(x, axis=0),
    lambda x: ops.sum(x, axis=-1, keepdims=True),
    lambda x: ops.sum(ops.square(x)),
    lambda x: ops.mean(x),
    lambda x: ops.max(x, axis=-1, keepdims=True),
    lambda x: ops.softmax(x),
    lambda x: x.reshape((x.shape[0], 1)) if x.ndim == 1 else x.reshape((-1,)),
    lambda x: ops.broadcast_to(x, (3, 3)),
    lambda x: x[0],
    lambda x: x[:2],
    lambda x: ops.reshape(x.T, x.shape),
]
BINARY = [
    lambda x, y: x + y,
    lambda x, y: x - y,
    lambda x, y: x * y,
    lambda x, y: x / (1.0 + ops.square(y)),
    ops.maximum,
    ops.minimum,
    lambda x, y: ops.where(x > y, x, y),
    lambda x, y: ops.matmul(x, y),
    lambda x, y: ops.matmul(x, y, transpose_b=True),
    lambda x, y: ops.sum(x * y),
    join,
]
# The reshape to (-1,) is written for nodes; these are the ways a rule may refuse a shape.
REFUSALS = (GlassnetError, TypeError, IndexError)


def build(codes, ends, sums):
    """Make a step out of numbers: which op on which earlier values, and what ends where."""
    inputs = [input_node(name, shape, "float64") for name, shape in STATE.items()]
    inputs += [
        input_node("x", ("n", 3), "float64"),
        input_node("t", ("n", 3), "float64"),
        input_node("rate", (), "float64"),
        input_node("step", (), "float64"),
    ]
    pool = list(inputs)
    for code, first, second in codes:
        x, y = pool[first % len(pool)], pool[second % len(pool)]
        number = code % (len(UNARY) + len(BINARY))
        try:
            made = UNARY[number](x) if number < len(UNARY) else BINARY[number - len(UNARY)](x, y)
        except REFUSALS:
            continue
        pool.append(made)
    outputs = {}
    for number, total in enumerate(sums):
        outputs[f"total{number}"] = ops.sum(pool[total % len(pool)])
    for (name, shape), end in zip(STATE.items(), ends, strict=True):
        fitting = [node for node in pool[::-1] if node.shape == shape]
        outputs[name] = fitting[end % len(fitting)]
    return Program(
        "fuzz", inputs, outputs, tuple(f"total{n}" for n in range(len(sums))), ("x", "t")
    )


def starting_values():
    state = {name: np.array(uniform(1, name, shape, -1, 1)) for name, shape in STATE.items()}
    return state, {name: uniform(2, name, (ROWS, 3), -1, 1) for name in ("x", "t")}


# Programs are small as they come; shrinking them further could take minutes.
fuzzed = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
small = st.integers(0, 400)
programs = st.builds(
    build,
    st.lists(st.tuples(small, small, small), min_size=1, max_size=14),
    st.tuples(*[st.integers(0, 20)] * len(STATE)),
    st.tuples(small, small),
)


def is_close(found, expected):
    size = max(1.0, float(np.max(np.abs(expected), initial=0)))
    return np.allclose(found, expected, rtol=0, atol=1e-9 * size)


@fuzzed
@given(programs, st.booleans(), st.sampled_from([2, 3, 5]))
@pytest.mark.filterwarnings("ignore:overflow")
def test_the_numpy_stepper_equals_plain_loops(program, shuffled, batch_size):
    orders = [permutation(3, "rows", ROWS, epoch) if shuffled else None for epoch in range(2)]
    work = Work(orders, batch_size, batches=4, scalars={"rate": 0.3}, step=7)
    expected_state, data = starting_values()
    expected = PlainStepper(backends.get("loops"), program, expected_state, data).run(work)
    assume(all(np.all(np.abs(value) < 1e3) for value in expected_state.values()))
    assume(np.all(np.abs(expected[1]) < 1e5))
    state, data = starting_values()
    places = {name: id(array) for name, array in state.items()}
    found = backends.get("numpy").stepper(program, state, data).run(work)
    assert found[0] == expected[0]
    assert is_close(found[1], expected[1])
    for name, value in expected_state.items():
        assert is_close(state[name], value), name
        assert id(state[name]) == places[name]


@pytest.mark.slow
@settings(fuzzed, max_examples=80)
@given(programs, st.booleans(), st.sampled_from([2, 3, 5]))
@pytest.mark.filterwarnings("ignore:overflow")
def test_the_compiled_stepper_equals_the_numpy_one(program, shuffled, batch_size):
    orders = [permutation(3, "rows", ROWS, epoch) if shuffled else None for epoch in range(2)]
    work = Work(orders, batch_size, batches=4, scalars={"rate": 0.3}, step=7)
    expected_state, data = starting_values()
    expected = backends.get("numpy").stepper(program, expected_state, data).run(work)
    assume(all(np.all(np.abs(value) < 1e3) for value in expected_state.values()))
    assume(np.all(np.abs(expected[1]) < 1e5))
    state, data = starting_values()
    found = backends.get("compiled").stepper(program, state, data).run(work)
    assert found[0] == expected[0]
    assert is_close(found[1], expected[1])
    for name, value in expected_state.items():
        assert is_close(state[name], value), name


@fuzzed
@given(programs)
@pytest.mark.filterwarnings("ignore:overflow")
def test_a_run_equals_plain_loops_and_changes_no_input(program):
    state, data = starting_values()
    values = {**state, **data, "rate": np.float64(0.3), "step": np.float64(2)}
    before = {name: np.array(value) for name, value in values.items()}
    expected = backends.get("loops").run(program, values)
    found = backends.get("numpy").run(program, values)
    for name, value in expected.items():
        if np.all(np.abs(value) < 1e5):
            assert is_close(found[name], value), name
    for name, value in before.items():
        assert np.array_equal(values[name], value), name
