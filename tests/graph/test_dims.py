"""Sizes: symbolic arithmetic, broadcasting, and one program for every batch size."""

import numpy as np
import pytest

from glassnet import backends, ops
from glassnet.errors import ShapeError
from glassnet.graph import (
    Dim,
    Program,
    bind,
    broadcast_shapes,
    gradients,
    input_node,
    shape_text,
    size_of,
)

n = Dim("n")


def test_arithmetic():
    assert n * 4 == 4 * n == Dim("n", 4)
    assert (n * 12) // 4 == n * 3
    assert n + n == n * 2
    assert n != Dim("m")
    assert n != 1
    assert hash(n * 2) == hash(Dim("n", 2))
    assert [str(n), str(n * 6)] == ["n", "6*n"]


@pytest.mark.parametrize(
    "wrong", [lambda: n * n, lambda: n + Dim("m"), lambda: n + 1, lambda: 1 + n, lambda: n * 3 // 2]
)
def test_what_a_size_cannot_do_is_a_shape_error(wrong):
    with pytest.raises(ShapeError):
        wrong()


def test_shapes():
    assert size_of((n, 3, 4)) == n * 12
    assert size_of(()) == 1
    assert bind((n * 2, 3), {"n": 5}) == (10, 3)
    assert [shape_text(s) for s in [(), (n,), (n, 3)]] == ["()", "(n,)", "(n, 3)"]
    with pytest.raises(ShapeError, match="size 'n'"):
        bind((n,), {"m": 1})


@pytest.mark.parametrize(
    ("shapes", "result"),
    [
        ([(n, 3), (3,)], (n, 3)),
        ([(n, 1), (1, 4)], (n, 4)),
        ([(), (n,)], (n,)),
        ([(2, 1, 5), (3, 1)], (2, 3, 5)),
        ([(0,), (1,)], (0,)),
    ],
)
def test_broadcasting(shapes, result):
    assert broadcast_shapes(*shapes) == result
    assert broadcast_shapes(*reversed(shapes)) == result


@pytest.mark.parametrize(
    "shapes", [[(n,), (3,)], [(n,), (n * 2,)], [(2,), (3,)], [(n,), (n, 1, 2)]]
)
def test_what_does_not_fit(shapes):
    with pytest.raises(ShapeError, match="they must be equal or one of them must be 1"):
        broadcast_shapes(*shapes)


@pytest.mark.parametrize("backend", ["loops", "numpy"])
def test_one_program_runs_with_any_batch_size(backend):
    x, w = input_node("x", ("n", 4), "float64"), input_node("w", (2, 3), "float64")
    flat = ops.reshape(x, (-1, 2))  # (2n, 2)
    back = ops.reshape(ops.tanh(flat @ w), (x.shape[0], -1))  # (n, 6)
    loss = ops.mean(ops.square(back))
    (dw,) = gradients(loss, [w])
    program = Program("any", [x, w], {"back": back, "loss": loss, "dw": dw})
    assert flat.shape == (n * 2, 2)
    assert back.shape == (n, 6)
    assert dw.shape == (2, 3)
    weights = np.arange(6.0).reshape(2, 3) / 10
    for size in (1, 2, 7):
        data = np.linspace(-1, 1, size * 4).reshape(size, 4)
        found = backends.get(backend).run(program, {"x": data, "w": weights})
        a = np.tanh(data.reshape(-1, 2) @ weights)
        assert found["back"].shape == (size, 6)
        np.testing.assert_allclose(found["loss"], np.mean(a**2), rtol=1e-13)
        slope = data.reshape(-1, 2).T @ (2 * a / a.size * (1 - a * a))
        np.testing.assert_allclose(found["dw"], slope, rtol=1e-12)


@pytest.mark.parametrize(
    ("shape", "target", "result"),
    [
        ((n, 4), (-1,), (n * 4,)),
        ((n, 4), (n, -1), (n, 4)),
        ((n, 4), (-1, 2), (n * 2, 2)),
        ((n, 4), (n * 2, -1), (n * 2, 2)),
        ((n * 6,), (-1, 2), (n * 3, 2)),
        ((2, 6), (3, -1), (3, 4)),
        ((n, 3, 4), (n, 2, -1), (n, 2, 6)),
    ],
)
def test_reshape_works_out_the_size_left_open(shape, target, result):
    assert ops.reshape(input_node("x", shape), target).shape == result


@pytest.mark.parametrize(("shape", "target"), [((n, 3), (-1, 2)), ((5,), (2, -1)), ((n,), (3,))])
def test_reshape_refuses_what_does_not_come_out(shape, target):
    with pytest.raises(ShapeError):
        ops.reshape(input_node("x", shape), target)
