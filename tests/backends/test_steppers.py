"""Training steps: old state is read, batches are walked, nothing large is allocated."""

import tracemalloc

import numpy as np
import pytest

from glassnet import backends, ops
from glassnet.backends.base import PlainStepper, Work
from glassnet.errors import ArgumentError, ShapeError
from glassnet.graph import Program, gradients, input_node
from glassnet.random import permutation, uniform

F64 = "float64"


def steppers(program, state, data):
    """The same step on every backend, each with state of its own."""
    for name in ("loops", "numpy", "compiled"):
        own = {key: np.array(value, F64) for key, value in state.items()}
        yield name, backends.get(name).stepper(program, own, data), own


def run_state(outputs, state, steps=1):
    """Run a step that reads only state, and return the new state of both backends."""
    first = input_node("x", ("n", 1), F64)
    nodes = {name: input_node(name, np.shape(value), F64) for name, value in state.items()}
    made = outputs(**nodes)
    program = Program("step", [*nodes.values(), first, input_node("step", (), F64)], made)
    results = []
    data = {"x": np.zeros((1, 1))}
    for _, stepper, own in steppers(program, state, data):
        stepper.run(Work([None] * steps, 1, batches=steps))
        results.append(own)
    return results


A = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 10.0]])
B = np.array([[-1.0, 0.5, 2.0], [0.25, -3.0, 1.0], [2.0, 2.0, -2.0]])


def silu(x):
    return x / (1 + np.exp(-x))


OLD_STATE = {
    "swapped": (lambda a, b: {"a": b, "b": a}, lambda a, b: (b, a)),
    "one moves, one is computed": (lambda a, b: {"a": b, "b": a - b}, lambda a, b: (b, a - b)),
    "read after being updated": (
        lambda a, b: {"a": a * 2.0, "b": b + a},
        lambda a, b: (a * 2, b + a),
    ),
    "read after, the other way": (
        lambda a, b: {"b": b + a, "a": a * 2.0},
        lambda a, b: (a * 2, b + a),
    ),
    "reads the new value too": (
        lambda a, b: (lambda new: {"a": new, "b": b - new + a})(a * 0.5),
        lambda a, b: (a * 0.5, b - a * 0.5 + a),
    ),
    "transposed": (lambda a, b: {"a": a.T, "b": a + b.T}, lambda a, b: (a.T, a + b.T)),
    "transposed under an op": (
        lambda a, b: {"a": ops.silu(a.T), "b": b},
        lambda a, b: (silu(a.T), b),
    ),
    "both from one value": (lambda a, b: {"a": a + b, "b": a + b}, lambda a, b: (a + b, a + b)),
    "chain of uses": (
        lambda a, b: {"a": ops.tanh(a) + ops.tanh(b), "b": ops.tanh(a) * a},
        lambda a, b: (np.tanh(a) + np.tanh(b), np.tanh(a) * a),
    ),
    "products": (lambda a, b: {"a": a @ b, "b": b @ a.T}, lambda a, b: (a @ b, b @ a.T)),
    "chosen": (
        lambda a, b: {"a": ops.where(a > b, b, a), "b": ops.elu(b - a)},
        lambda a, b: (np.where(a > b, b, a), np.where(b > a, b - a, np.expm1(b - a))),
    ),
    "unchanged": (lambda a, b: {"a": a, "b": a * b}, lambda a, b: (a, a * b)),
}


@pytest.mark.parametrize("name", OLD_STATE)
def test_every_output_reads_the_old_state(name):
    step, meaning = OLD_STATE[name]
    a, b = A, B
    for _ in range(3):
        a, b = meaning(a, b)
    for own in run_state(step, {"a": A, "b": B}, steps=3):
        np.testing.assert_allclose(own["a"], a, rtol=1e-12, atol=1e-9)
        np.testing.assert_allclose(own["b"], b, rtol=1e-12, atol=1e-9)


def test_scalar_state_may_come_from_a_part_of_an_array():
    for own in run_state(lambda a, s: {"a": a * s, "s": a[0, 1]}, {"a": A, "s": 3.0}):
        assert own["s"] == 2.0
        np.testing.assert_array_equal(own["a"], A * 3.0)


# A step with data -----------------------------------------------------------------------


def regression(order=("w", "x", "y", "rate", "step"), extra=False):
    """One dense layer, squared error, plain descent; rows matter, and so does the step number."""
    nodes = {
        "w": input_node("w", (3, 2), F64),
        "x": input_node("x", ("n", 3), F64),
        "y": input_node("y", ("n", 2), F64),
        "rate": input_node("rate", (), F64),
        "step": input_node("step", (), F64),
    }
    w, x, y, rate, step = nodes.values()
    error = x @ w - y
    loss = ops.sum(ops.square(error))
    (dw,) = gradients(loss, [w])
    outputs = {"loss": loss, "w": w - rate / (1.0 + step) * dw}
    outputs["rows"] = ops.size(x, 0)
    if extra:
        outputs = {"prediction": x @ w, **outputs}
    return Program("fit", [nodes[name] for name in order], outputs, ("rows", "loss"), ("x", "y"))


ROWS = 7
DATA = {"x": uniform(0, "x", (ROWS, 3), -1, 1), "y": uniform(0, "y", (ROWS, 2), -1, 1)}
WEIGHTS = {"w": uniform(0, "w", (3, 2), -1, 1)}


def by_hand(orders, batch_size, rate=0.1, step=0):
    w, totals = WEIGHTS["w"].copy(), []
    for order in orders:
        rows = np.arange(ROWS) if order is None else order
        total = np.zeros(2)
        for start in range(0, ROWS, batch_size):
            chosen = rows[start : start + batch_size]
            step += 1
            x, y = DATA["x"][chosen], DATA["y"][chosen]
            error = x @ w - y
            total += [len(chosen), np.sum(error**2)]
            w = w - rate / (1 + step) * 2 * x.T @ error
        totals.append(total)
    return w, np.array(totals)


@pytest.mark.parametrize("batch_size", [1, 3, 7, 100])
@pytest.mark.parametrize("shuffled", [False, True])
def test_epochs_with_a_short_last_batch_in_any_order(batch_size, shuffled):
    orders = [permutation(0, "rows", ROWS, epoch) if shuffled else None for epoch in range(3)]
    w, totals = by_hand(orders, batch_size)
    work = Work(orders, batch_size, batches=10**9, scalars={"rate": 0.1})
    for _, stepper, own in steppers(regression(), WEIGHTS, DATA):
        done, found = stepper.run(work)
        assert done == 3 * -(-ROWS // batch_size)
        np.testing.assert_allclose(found, totals, rtol=1e-12)
        np.testing.assert_allclose(own["w"], w, rtol=1e-12)


@pytest.mark.parametrize(
    "order", [("step", "y", "rate", "x", "w"), ("rate", "y", "w", "x", "step")]
)
def test_the_order_of_inputs_and_data_does_not_matter(order):
    w, totals = by_hand([None], 3)
    data = {"y": DATA["y"], "x": DATA["x"]}
    for _, stepper, own in steppers(regression(order, extra=True), WEIGHTS, data):
        _, found = stepper.run(Work([None], 3, batches=9, scalars={"rate": 0.1}))
        np.testing.assert_allclose(found, totals, rtol=1e-12)
        np.testing.assert_allclose(own["w"], w, rtol=1e-12)


@pytest.mark.parametrize("name", ["loops", "numpy", "compiled"])
@pytest.mark.parametrize("cut", range(10))
def test_stopping_at_any_batch_and_going_on_changes_nothing(name, cut):
    orders = [permutation(0, "rows", ROWS, epoch) for epoch in range(3)]
    batch_size, per_epoch = 3, 3
    whole = {"w": WEIGHTS["w"].copy()}
    scalars = {"rate": 0.1}
    _, all_totals = (
        backends.get(name)
        .stepper(regression(), whole, DATA)
        .run(Work(orders, batch_size, batches=9, scalars=scalars))
    )
    parts = {"w": WEIGHTS["w"].copy()}
    stepper = backends.get(name).stepper(regression(), parts, DATA)
    done, before = stepper.run(Work(orders, batch_size, batches=cut, scalars=scalars))
    assert done == cut
    assert len(before) == -(-cut // per_epoch)
    rest = Work(
        orders[cut // per_epoch :], batch_size, cut % per_epoch, 9, scalars=scalars, step=cut
    )
    done, after = stepper.run(rest)
    assert done == 9 - cut
    assert np.array_equal(parts["w"], whole["w"])
    np.testing.assert_allclose(before.sum(0) + after.sum(0), all_totals.sum(0), rtol=1e-12)


@pytest.mark.parametrize("name", ["loops", "numpy", "compiled"])
@pytest.mark.parametrize("cut", range(1, 7))
def test_totals_of_an_epoch_do_not_depend_on_where_it_is_cut(name, cut):
    order, scalars = permutation(0, "rows", ROWS), {"rate": 0.1}
    own = {"w": WEIGHTS["w"].copy()}
    stepper = backends.get(name).stepper(regression(), own, DATA)
    _, whole = stepper.run(Work([order], 1, batches=ROWS, scalars=scalars))
    own["w"][...] = WEIGHTS["w"]
    _, (before,) = stepper.run(Work([order], 1, batches=cut, scalars=scalars))
    rest = Work([order], 1, cut, ROWS, scalars=scalars, step=cut, totals=before)
    _, after = stepper.run(rest)
    assert np.array_equal(after, whole)


@pytest.mark.parametrize("name", ["loops", "numpy", "compiled"])
@pytest.mark.parametrize("orders", [[None] * 4, [np.arange(ROWS)] * 4])
@pytest.mark.parametrize("batch_size", [3, ROWS])
def test_the_time_budget_stops_after_one_batch_and_resumes_exactly(name, orders, batch_size):
    whole = {"w": WEIGHTS["w"].copy()}
    scalars = {"rate": 0.1}
    per_epoch = -(-ROWS // batch_size)
    backends.get(name).stepper(regression(), whole, DATA).run(
        Work(orders, batch_size, batches=100, scalars=scalars)
    )
    parts = {"w": WEIGHTS["w"].copy()}
    stepper = backends.get(name).stepper(regression(), parts, DATA)
    made = 0
    while made < 4 * per_epoch:
        left = orders[made // per_epoch :]
        work = Work(left, batch_size, made % per_epoch, 100, 0.0, scalars, made)
        done, totals = stepper.run(work)
        assert done == 1
        assert totals.shape == (1, 2)
        made += done
    assert np.array_equal(parts["w"], whole["w"])


@pytest.mark.parametrize("name", ["loops", "numpy", "compiled"])
def test_no_batches_means_no_change(name):
    for orders in ([None], [np.arange(ROWS)]):
        for batch_size in (2, ROWS):
            state = {"w": WEIGHTS["w"].copy()}
            stepper = backends.get(name).stepper(regression(), state, DATA)
            done, totals = stepper.run(Work(orders, batch_size, batches=0, scalars={"rate": 0.1}))
            assert (done, totals.shape) == (0, (0, 2))
            assert np.array_equal(state["w"], WEIGHTS["w"])


def test_a_step_without_scalars_runs():
    x, w = input_node("x", ("n", 3), F64), input_node("w", (3,), F64)
    program = Program("mean", [w, x], {"w": w + ops.sum(x, axis=0)})
    for _, stepper, own in steppers(program, {"w": np.zeros(3)}, {"x": DATA["x"]}):
        stepper.run(Work([None], 2, batches=9))
        np.testing.assert_allclose(own["w"], DATA["x"].sum(0))


def test_many_views_of_arguments_and_of_buffers_keep_their_names_apart():
    x = input_node("x", ("n", 90), F64)
    total = ops.sum(x)
    for number in range(89):
        part = ops.tanh(x[:, number : number + 2]) * float(number)
        total = total + ops.sum(part[:, 1:]) * ops.max(part[:, :1])
    program = Program("views", [x], {"total": total}, ("total",))
    values = {"x": uniform(0, "wide", (2, 90))}
    expected = backends.get("loops").run(program, values)["total"]
    assert backends.get("numpy").run(program, values)["total"] == pytest.approx(expected)


# What a step allocates ------------------------------------------------------------------


def dense_step(n, dropout):
    """Two dense layers, 64-256-10, with momentum; the activations of 256 rows are about 1 MB."""
    sizes = {"W1": (64, 256), "b1": (256,), "W2": (256, 10), "b2": (10,)}
    params = {name: input_node(name, shape) for name, shape in sizes.items()}
    slots = {f"m_{name}": input_node(f"m_{name}", shape) for name, shape in sizes.items()}
    x, t = input_node("x", ("n", 64)), input_node("t", ("n",), "int64")
    seed, rate, step = (
        input_node(k, (), d) for k, d in [("seed", "int64"), ("rate", "float32"), ("step", "int64")]
    )
    a = ops.silu(x @ params["W1"] + params["b1"])
    if dropout:
        a = a * ops.dropout_mask(seed, step, a.shape, 0.5)
    z = ops.relu(a) @ params["W2"] + params["b2"]
    loss = ops.mean(ops.sparse_softmax_cross_entropy(z, t))
    outputs = {"loss": loss}
    for name, slope in zip(params, gradients(loss, list(params.values())), strict=True):
        outputs[f"m_{name}"] = slots[f"m_{name}"] * 0.9 + slope
        outputs[name] = params[name] - rate * outputs[f"m_{name}"]
    nodes = [*params.values(), *slots.values(), x, t, seed, rate, step]
    state = {node.name: np.zeros(node.shape, "f4") for node in (*params.values(), *slots.values())}
    data = {"x": uniform(0, "x", (2 * n, 64)).astype("f4"), "t": np.arange(2 * n) % 10}
    return Program("dense", nodes, outputs, ("loss",), ("x", "t")), state, data


@pytest.mark.parametrize(("dropout", "limit"), [(False, 64), (True, 160)])
def test_a_step_allocates_nothing_large(dropout, limit):
    n = 256
    program, state, data = dense_step(n, dropout)
    stepper = backends.get("numpy").stepper(program, state, data)
    orders = [permutation(0, "rows", 2 * n, epoch) for epoch in range(12)]
    scalars = {"seed": 1, "rate": 0.01}
    stepper.run(Work(orders[:1], n, batches=2, scalars=scalars))
    tracemalloc.start()
    try:
        stepper.run(Work(orders, n, batches=24, scalars=scalars))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < limit * 1024


def test_backends_are_found_by_name():
    assert backends.get("auto").name == "numpy"
    assert backends.get(backends.get("loops")).name == "loops"
    with pytest.raises(ArgumentError, match="did you mean 'numpy'"):
        backends.get("numpi")


@pytest.mark.parametrize("name", ["loops", "numpy", "compiled"])
def test_a_wrong_shape_says_which_input_and_what_was_expected(name):
    x, y = input_node("x", ("n", 3), F64), input_node("y", ("n", 1), F64)
    program = Program("p", [x, y], {"z": x + y})
    with pytest.raises(
        ShapeError, match=r"input 'y' has the shape \(2,\), but \(n, 1\) was expected"
    ):
        backends.get(name).run(program, {"x": np.zeros((2, 3)), "y": np.zeros(2)})


def test_plain_steppers_need_nothing_but_run():
    stepper = PlainStepper(backends.get("numpy"), regression(), {"w": WEIGHTS["w"].copy()}, DATA)
    done, totals = stepper.run(Work([None], 3, batches=9, scalars={"rate": 0.1}))
    np.testing.assert_allclose(totals, by_hand([None], 3)[1])
    assert done == 3


@pytest.mark.parametrize("name", ["loops", "numpy", "compiled"])
def test_a_hyperparameter_may_be_a_number_of_numpy(name):
    rate, x = input_node("rate", (), F64), input_node("x", ("n", 2), F64)
    program = Program("sign", [rate, x], {"t": ops.sum(x) * ops.sign(rate)}, ("t",), ("x",))
    stepper = backends.get(name).stepper(program, {}, {"x": np.ones((4, 2))})
    _, totals = stepper.run(Work([None], 2, batches=9, scalars={"rate": np.float64(-3.0)}))
    assert totals.tolist() == [[-8.0]]
