"""First to third derivative of every op, activation and loss at 0, ±1, kinks, ends and far out.

Expected is the limit, approximated with hundreds of digits (``precise.py``). Where the limits from
the two sides differ, the op's record says which side is expected.

Longer than other files: one table of points and exceptions for all ops.
"""

from __future__ import annotations

import functools
import math
import re

import mpmath as mp
import numpy as np
import pytest

import glassnet as gn
from glassnet import activations, backends, losses, ops
from glassnet.graph import REGISTRY, Program, apply, constant, gradients, input_node, simplify
from tests.losses.samples import SAMPLES
from tests.ops.precise import function, graph_function, limits, same

ORDERS = (1, 2, 3)
# What a record says of a kink, and which slope that is.
SIDES = {
    "from the left": "left",
    "from the right": "right",
    "slope is 0": "zero",
    "side of the sign of zero": "right",  # +0.0
    "goes to x": "first",
}
PLAIN = (0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -3.0, 30.0, -30.0, 800.0, -800.0, 1e4, -1e4)
FAR = (2.0**100, -(2.0**100))  # its square is infinite in single precision
PAIRS = {
    "power": (
        (-(2.0**20), -2, -1, 0, 0.5, 1, 3, 2.0**20),
        (-2, -1, -0.5, 0, 0.25, 0.5, 1, 1.5, 2, 3),
    ),
    "sigmoid_cross_entropy": ((0, 1, -1, 30, -30, 1e4, -1e4, *FAR), (0, 0.25, 1)),
}
OTHER_PAIRS = ((-1e4, -1, 0, 0.5, 1, 3, *FAR), (-2, -1, 0, 0.25, 1, 3))


def elementwise(count):
    return [
        name
        for name, op in sorted(REGISTRY.items())
        if op.is_elementwise and op.derivative and len(op.inputs) == count and name != "cast"
    ]


def points_of(op, dtype):
    """Return the columns of inputs an op is tried at."""
    if len(op.inputs) == 1:
        kinks = {kink for sample in op.samples for one in sample.inputs for kink in one.kinks}
        return [np.array([*PLAIN, *FAR, *sorted(kinks - set(PLAIN))], dtype)]
    first, second = PAIRS.get(op.name, OTHER_PAIRS)
    pairs = [(x, y) for x in first for y in second]
    # 0 / 0 has no limit: it depends on the way.
    pairs = [pair for pair in pairs if not (op.name == "divide" and pair == (0, 0))]
    return [np.array(column, dtype) for column in zip(*pairs, strict=True)]


def derivatives(build, columns, which, dtype, backend, simplified=True):
    """Return derivatives of order 0 to 3 of a function of columns of numbers."""
    names = [f"x{n}" for n in range(len(columns))]
    inputs = [input_node(name, ("n",), dtype) for name in names]
    d = build(*inputs)
    outputs = {"d0": d}
    for order in ORDERS:
        (d,) = gradients(ops.sum(d), [inputs[which]])
        outputs[f"d{order}"] = d
    program = Program("slopes", inputs, outputs)
    program = simplify(program) if simplified else program
    with np.errstate(all="ignore"):
        found = backends.get(backend).run(program, dict(zip(names, columns, strict=True)))
    assert all(array.dtype == dtype for array in found.values())
    return [np.broadcast_to(array, columns[0].shape) for array in found.values()]


def is_right(got, wanted, dtype):
    tolerance = 1e-10 if dtype == "float64" else 3e-5
    top = float(np.finfo(dtype).max)
    if math.isinf(wanted) or abs(wanted) > top:
        return got == (math.inf if wanted > 0 else -math.inf)
    return abs(got - float(wanted)) <= tolerance * max(1, abs(float(wanted)))


def side_of(op):
    found = {
        side for words, side in SIDES.items() if words in op.doc and re.search(r"\bAt ", op.doc)
    }
    assert len(found) == 1, f"the record of {op.name} does not say what its slopes at a kink are"
    return found.pop()


def documented(side, left, right, which):
    if side == "first":
        return 1.0 if which == 0 else 0.0
    return {"left": left, "right": right, "zero": 0.0}[side]


@functools.cache
def reference(name, attrs, which, point):
    """Return the limits from both sides for the three orders; cached, for dtypes share points."""
    op = REGISTRY[name]
    f = function(op.expression, (*op.inputs, *dict(attrs)))
    rest = [mp.mpf(value) for _, value in attrs]

    def along(x):
        values = [x if n == which else mp.mpf(value) for n, value in enumerate(point)]
        try:
            return f(*values, *rest)
        except (ZeroDivisionError, TypeError):  # a pole; complex numbers have no order
            return mp.nan

    return {order: limits(along, point[which], order) for order in ORDERS}


def wrong_slopes(op, attrs, which, dtype, backend):
    columns = points_of(op, dtype)
    found = derivatives(lambda *x: apply(op.name, *x, **attrs), columns, which, dtype, backend)
    for number, point in enumerate(zip(*(c.tolist() for c in columns), strict=True)):
        for order, (left, right) in reference(op.name, (*attrs.items(),), which, point).items():
            got = float(found[order][number])
            if mp.isnan(left) and mp.isnan(right):  # outside the domain
                wanted = 0.0 if op.name == "power" and which == 1 else None  # as its record says
            elif mp.isnan(left) or mp.isnan(right):
                wanted = right if mp.isnan(left) else left
            else:
                top = np.finfo(dtype).max
                is_one = same(left, right) or (min(left, right) > top or max(left, right) < -top)
                wanted = left if is_one else documented(side_of(op), left, right, which)
            if op.name == "power" and which == 1 and point[0] <= 0:
                wanted = 0.0
            if wanted is not None and not is_right(got, wanted, dtype):
                yield f"{op.name}{point} by {op.inputs[which]}, order {order}: {got}, not {wanted}"


@pytest.mark.parametrize("name", [*elementwise(1), *elementwise(2)])
def test_slopes_of_an_op_are_limits(name):
    op = REGISTRY[name]
    for attrs in {repr(sample.attrs): dict(sample.attrs) for sample in op.samples}.values():
        for which in range(len(op.inputs)):
            for dtype in ("float64", "float32"):
                for backend in ("numpy", "loops"):
                    wrong = list(wrong_slopes(op, attrs, which, dtype, backend))
                    assert not wrong, f"{dtype}, {backend}: " + "; ".join(wrong[:5])


def test_only_where_and_cast_are_left_out():
    """``where`` passes on what it is given; ``cast`` is the identity."""
    rest = {n for n, op in REGISTRY.items() if op.is_elementwise and op.derivative}
    assert rest - {*elementwise(1), *elementwise(2)} == {"where", "cast"}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", elementwise(1))
def test_no_slope_is_nan_far_out(name, dtype):
    op = REGISTRY[name]
    attrs = dict(op.samples[0].attrs)
    ends = np.array([-1e30, 1e30] if dtype == "float32" else [-1e200, 1e200], dtype)
    found = derivatives(lambda x: apply(name, x, **attrs), [ends], 0, dtype, "numpy")
    defined = ~np.isnan(found[0])
    for order in ORDERS:
        assert not np.isnan(found[order][defined]).any(), order


# Powers -------------------------------------------------------------------------------------


def falling(exponent, order, x):
    """Return the derivative of x^exponent by hand: e (e - 1) ... x^(e - order)."""
    factor = 1.0
    for n in range(order):
        factor *= exponent - n
    if factor == 0:
        return 0.0
    with np.errstate(all="ignore"):
        return factor * float(np.float64(x) ** (exponent - order))


@pytest.mark.parametrize("exponent", [-2, -1, 0, 0.5, 1, 1.5, 2, 3, 4])
def test_slopes_of_a_constant_power(exponent):
    slope = lambda x: x**exponent  # noqa: E731
    for order in ORDERS:
        slope = gn.grad(slope)
        for x in (0.0, 1.0, -1.0, -2.0, 3.0, 1e4, np.float32(0), np.float32(-2)):
            if x < 0 and exponent % 1:
                continue
            np.testing.assert_allclose(float(slope(x)), falling(exponent, order, x), rtol=1e-6)


@pytest.mark.parametrize("simplified", [True, False])
@pytest.mark.parametrize("backend", ["numpy", "loops"])
def test_exponents_in_an_array(backend, simplified):
    exponents = np.array([-2.0, -1, 0, 0, 0.5, 1, 2, 3, 0])
    bases = np.array([0.0, 0, 0, -2, 0, 0, 0, -2, 1e4])
    found = derivatives(lambda x, y: x**y, [bases, exponents], 0, "float64", backend, simplified)
    for order in ORDERS:
        wanted = [falling(e, order, x) for x, e in zip(bases, exponents, strict=True)]
        np.testing.assert_allclose(found[order], wanted, rtol=1e-12)


def test_a_power_has_no_nan_in_mixed_derivatives():
    for x in (0.0, -2.0, 1.0):
        for y in (0.0, 1.0, 2.0):
            by_both = gn.grad(gn.grad(lambda x, y: x**y, 0), 1)
            assert np.isfinite(by_both(x, y)), (x, y)


# Together, in one compiled program --------------------------------------------------------------

COMPILED = [
    "power 0", "power 1", "power 0.5", "power -1", "gelu", "silu", "softplus", "sigmoid", "tanh",
    "log", "sqrt", "abs", "elu", "softsign", "tanh_error", "gaussian", "erf",
]  # fmt: skip


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_compiled_slopes_are_those_of_numpy(dtype):
    x = input_node("x", ("n",), dtype)
    outputs = {}
    for text in COMPILED:
        name, _, exponent = text.partition(" ")
        op = REGISTRY[name]
        rest = (float(exponent),) if exponent else ()
        d = apply(name, x, *rest, **dict(op.samples[0].attrs))
        for order in ORDERS:
            (d,) = gradients(ops.sum(d), [x])
            outputs[f"{text}, order {order}"] = d
    program = simplify(Program("slopes", [x], outputs))
    values = {"x": np.array([*PLAIN, *FAR], dtype)}
    with np.errstate(all="ignore"):
        theirs = backends.get("numpy").run(program, values)
    mine = backends.get("compiled").run(program, values)
    for name, array in theirs.items():
        tolerance = 1e-9 if dtype == "float64" else 2e-5
        np.testing.assert_allclose(mine[name], array, tolerance, tolerance, err_msg=name)


# Maxima, softmax and the losses made of it -------------------------------------------------------

ROWS = {
    "ordinary": [0.5, -1.0, 2.0],
    "equal": [1.0, 1.0, 1.0],
    "huge": [1e30, -1e30, 0.0],
    "sure": [1e4, -1e4, 0.0],
    "only one": [7.0],
}


def soft(values):
    with mp.workdps(80):
        z = [mp.mpf(v) for v in values]
        top = max(z)
        total = sum(mp.exp(v - top) for v in z)
        logs = [v - top - mp.log(total) for v in z]
        return [mp.exp(v) for v in logs], logs


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", ROWS)
def test_softmax_and_its_losses_at_extreme_values(name, dtype):
    row = np.array([ROWS[name]], dtype)
    p, logs = soft(row[0].tolist())
    z = input_node("z", row.shape, dtype)
    tolerance = (
        {"rtol": 1e-10, "atol": 1e-12} if dtype == "float64" else {"rtol": 2e-5, "atol": 1e-6}
    )
    for label in range(row.shape[1]):
        hot = np.eye(row.shape[1], dtype=dtype)[[label]]
        outputs = {
            "soft": ops.softmax(z),
            "log": ops.log_softmax(z),
            "dense": ops.softmax_cross_entropy(z, constant(hot)),
            "sparse": ops.sparse_softmax_cross_entropy(z, constant(np.array([label]))),
        }
        for kind in ("soft", "log"):
            outputs[f"d{kind}"] = gradients(ops.sum(outputs[kind] * hot), [z])[0]
        for kind in ("dense", "sparse"):
            slope = gradients(ops.sum(outputs[kind]), [z])[0]
            outputs |= {f"d{kind}": slope, f"dd{kind}": gradients(ops.sum(slope * hot), [z])[0]}
        for backend in ("numpy", "loops"):
            program = Program("soft", [z], outputs)
            with np.errstate(all="ignore"):
                got = backends.get(backend).run(program, {"z": row})
            flat = np.array([float(v) for v in p])
            slope, bend = flat - hot[0], flat[label] * (hot[0] - flat)
            wanted = {
                "soft": [flat], "log": [[float(v) for v in logs]], "dense": [-float(logs[label])],
                "sparse": [-float(logs[label])], "dsoft": [bend], "dlog": [-slope],
                "ddense": [slope], "dsparse": [slope], "dddense": [bend], "ddsparse": [bend],
            }  # fmt: skip
            for key, value in wanted.items():
                np.testing.assert_allclose(got[key], value, err_msg=f"{key} {backend}", **tolerance)


def test_softmax_of_minus_infinity_is_nothing():
    z = np.array([[0.0, -np.inf, 1.0]])
    np.testing.assert_allclose(ops.softmax(z), [[1 / (1 + np.e), 0, np.e / (1 + np.e)]])
    np.testing.assert_allclose(ops.log_softmax(z)[0, 1], -np.inf)
    slope = gn.grad(lambda z: ops.sum(ops.softmax(z) * np.array([[1.0, 2, 3]])))(z)
    assert np.isfinite(slope).all() and slope[0, 1] == 0


@pytest.mark.parametrize("backend", ["numpy", "loops"])
def test_equal_maxima_share_the_slope(backend):
    x = input_node("x", (2, 3), "float64")
    (d,) = gradients(ops.sum(ops.max(x, axis=1)), [x])
    (dd,) = gradients(ops.sum(d * np.arange(6.0).reshape(2, 3)), [x])
    values = {"x": np.array([[1.0, 1, 0], [2, 2, 2]])}
    got = backends.get(backend).run(Program("max", [x], {"d": d, "dd": dd}), values)
    np.testing.assert_allclose(got["d"], [[0.5, 0.5, 0], [1 / 3, 1 / 3, 1 / 3]])
    np.testing.assert_array_equal(got["dd"], np.zeros((2, 3)))


# Activations and losses: as networks use them --------------------------------------------------

ACTIVATIONS = {name: activations.get(name) for name in activations.names() if "softmax" not in name}
ACTIVATIONS |= {
    "LeakyRelu": activations.LeakyRelu(0.5),
    "Elu": activations.Elu(1.0),
    "Steep": activations.Steep("tanh", 0.5),
    "Steep, held": activations.Steep("sigmoid", 2.0, limit=150.0),
}


def held_to_its_limits(build, points, dtype, values=None):
    """Check that the slopes of a function of one number are limits, or between two."""
    x = input_node("x", (1, 1), dtype)
    y = build(x)
    d, outputs = ops.sum(y), {}
    for order in (1, 2):
        (d,) = gradients(ops.sum(d), [x])
        outputs[order] = d
    program = simplify(
        Program("f", [x, *inputs_of(y, x)], {f"d{n}": d for n, d in outputs.items()})
    )
    f = graph_function(y, x, values or {})
    for point in points:
        data = {"x": np.array([[point]], dtype)}
        data |= {
            n: np.full(i.shape, values[n], i.dtype) for n, i in program.inputs.items() if n != "x"
        }
        with np.errstate(all="ignore"):
            found = backends.get("numpy").run(program, data)
        for order in outputs:
            got = float(found[f"d{order}"].item())
            left, right = limits(f, float(data["x"].item()), order)
            if mp.isnan(left) and mp.isnan(right):
                continue
            left, right = (right if mp.isnan(left) else left, left if mp.isnan(right) else right)
            if same(left, right):
                assert is_right(got, left, dtype), (point, order, got, left)
            else:
                low, high = sorted((float(left), float(right)))
                assert min(low, 0) - 1e-5 <= got <= max(high, 0) + 1e-5, (point, order, got)


def inputs_of(y, x):
    from glassnet.graph import topological_order

    return [one for one in topological_order([y]) if one.op.name == "input" and one is not x]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_slopes_of_an_activation(name, dtype):
    held_to_its_limits(lambda x: ACTIVATIONS[name](x) * 1.0, (*PLAIN[:9], 1e4, -1e4), dtype)


OF_ONE_OUTPUT = [name for name in SAMPLES if "Categorical" not in name]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize("name", OF_ONE_OUTPUT)
def test_slopes_of_a_loss(name, from_logits, dtype):
    kind = getattr(losses, name)
    if from_logits and name != "BinaryCrossentropy":
        return
    loss = kind(from_logits=True) if from_logits else kind()
    is_bounded = name == "BinaryCrossentropy" and not from_logits
    points = (0.0, 1.0, 0.5, 1e-20, 1e-3) if is_bounded else (0.0, 1.0, 0.5, 2.0, 30.0, 1e4)
    if not is_bounded and name != "Poisson":
        points = (*points, -1.0, -1e4)
    for target in (0.0, 0.25, 1.0):
        y = input_node("y", (1, 1), dtype)
        held_to_its_limits(lambda x, y=y: loss.per_sample(y, x), points, dtype, {"y": target})


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", ["CategoricalCrossentropy", "SparseCategoricalCrossentropy"])
def test_probabilities_of_0_and_1_have_finite_losses(name, dtype):
    p = input_node("p", (2, 3), dtype)
    y = np.eye(3, dtype=dtype)[[0, 1]] if name[0] == "C" else np.array([0, 1])
    for rows in ([[1, 0, 0], [1, 0, 0]], [[0, 1, 0], [0, 0, 1]]):
        loss = getattr(losses, name)().per_sample(constant(y), p)
        (d,) = gradients(ops.sum(loss), [p])
        program = Program("loss", [p], {"loss": loss, "d": d})
        found = backends.get("numpy").run(program, {"p": np.array(rows, dtype)})
        assert np.isfinite(found["loss"]).all() and np.isfinite(found["d"]).all()


def test_huber_is_half_a_square_at_0():
    bend = gn.grad(
        gn.grad(lambda p: ops.sum(losses.Huber().per_sample(np.zeros((1, 1)), p.reshape(1, 1))))
    )
    assert [float(bend(x)) for x in (0.0, 0.5, 3.0, -3.0)] == [1, 1, 0, 0]


def test_units_of_their_own_do_not_spoil_each_other():
    """A slope that overflows in a unit of another function is no NaN."""
    f = activations.PerUnit(["exponential", "tanh", "tanh"])
    slope = gn.grad(lambda z: ops.sum(f(z)))(np.array([[0.0, 1e4, -1e4]]))
    np.testing.assert_array_equal(slope, [[1, 0, 0]])
