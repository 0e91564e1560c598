"""grad, value_and_grad and minimize: what they give, and what they say when they cannot."""

import math

import numpy as np
import pytest

from glassnet import ops
from glassnet.errors import ArgumentError, DTypeError, GlassnetError, GraphError
from glassnet.evaluate import evaluate, grad, minimize, value_and_grad
from glassnet.graph import input_node


def quartic(x):
    return x**4 - 3 * x**3 + 2


def test_a_number():
    value, slope = value_and_grad(quartic)(6.0)
    assert (value, slope) == (650.0, 540.0)
    assert isinstance(slope, float)
    assert grad(quartic)(np.float32(6)).dtype == np.float32


def test_whole_numbers_are_taken_as_float64():
    assert grad(quartic)(6) == 540.0
    slope = grad(lambda x: ops.sum(x**3))(np.array([1, 2, 3]))
    assert slope.dtype == np.float64
    np.testing.assert_array_equal(slope, [3, 12, 27])
    assert grad(lambda x: ops.sum(x * 2.0))([[1, 2], [3, 4]]).tolist() == [[2, 2], [2, 2]]
    assert grad(lambda x: x * 3.0)(True) == 3.0


def test_second_and_third_derivatives():
    second = grad(grad(quartic))
    assert second(6.0) == 12 * 36 - 18 * 6
    assert grad(second)(6.0) == 24 * 6 - 18
    assert grad(grad(ops.sin))(0.5) == pytest.approx(-math.sin(0.5), rel=1e-15)
    assert grad(lambda x: value_and_grad(lambda t: t**3)(x)[0] + grad(lambda t: t**2)(x))(2.0) == 14


def test_a_hessian_times_a_vector():
    a = np.array([[2.0, 1.0], [1.0, 3.0]])
    v = np.array([1.0, -2.0])

    def directional(x):
        return ops.sum(grad(lambda t: 0.5 * ops.sum(t * ops.matmul(a, t)))(x) * v)

    np.testing.assert_allclose(grad(directional)(np.array([0.3, 0.7])), a @ v, rtol=1e-14)


def test_several_arguments():
    def f(a, b, c):
        return ops.sum(a * b) + c * ops.sum(b)

    a, b = np.array([1.0, 2.0]), np.array([3.0, -1.0])
    np.testing.assert_array_equal(grad(f)(a, b, 2.0), b)
    np.testing.assert_array_equal(grad(f, 1)(a, b, 2.0), a + 2)
    db, dc = grad(f, (1, -1))(a, b, 2.0)
    np.testing.assert_array_equal(db, a + 2)
    assert dc == 2.0
    value, slopes = value_and_grad(f, (0,))(a, b, 2.0)
    assert value == 5.0
    assert isinstance(slopes, tuple)
    with pytest.raises(ArgumentError, match="asks for argument 3, but 3 were given"):
        grad(f, 3)(a, b, 2.0)


def test_functions_that_do_not_depend_on_x():
    assert value_and_grad(lambda x: 7.0)(1.0) == (7.0, 0.0)
    assert value_and_grad(lambda x: 7)(1.0) == (7.0, 0.0)
    np.testing.assert_array_equal(grad(lambda x: ops.sum(ops.step(x)))(np.ones(3)), np.zeros(3))
    np.testing.assert_array_equal(grad(lambda x: ops.argmax(x))(np.ones(3)), np.zeros(3))
    np.testing.assert_array_equal(grad(lambda x: ops.greater(x[0], 0.0))(np.ones(2)), np.zeros(2))


def test_the_arrays_given_are_not_changed():
    x = np.array([1.0, 2.0])
    slope = grad(lambda t: ops.sum(t) * 1.0)(x)
    slope += 1
    minimize(lambda t: ops.sum(ops.square(t)), x, max_steps=5)
    np.testing.assert_array_equal(x, [1, 2])


@pytest.mark.parametrize("shape", [(), (1,), (2, 3), (0,)])
def test_gradients_have_the_shape_of_x(shape):
    assert np.shape(grad(lambda x: ops.sum(ops.tanh(x)))(np.full(shape, 0.5))) == shape


def test_what_cannot_be_differentiated_says_why():
    def doubled(x):
        return x * 2

    with pytest.raises(GraphError, match=r"doubled returned a value of shape \(2,\).*gn\.ops\.sum"):
        grad(doubled)(np.ones(2))
    with pytest.raises(GraphError, match=r"use gn\.ops\.where\(condition, a, b\) instead"):
        grad(lambda x: x if x > 0 else -x)(1.0)
    with pytest.raises(DTypeError, match=r"numpy\.asarray\(value, 'float64'\)"):
        grad(lambda x: x)("a")
    with pytest.raises(DTypeError, match="complex"):
        grad(lambda x: x)(1j)


@pytest.mark.parametrize("name", ["sigmoid", "softmax", "sum", "exp"])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_ops_on_plain_arrays(name, dtype):
    x = np.array([[0.5, -1.0, 2.0]], dtype)
    y = getattr(ops, name)(x)
    expected = {
        "sigmoid": 1 / (1 + np.exp(-x)),
        "softmax": np.exp(x) / np.exp(x).sum(),
        "sum": x.sum(),
        "exp": np.exp(x),
    }[name]
    assert y.dtype == dtype
    np.testing.assert_allclose(y, expected, rtol=1e-6)


def test_ops_on_plain_numbers_and_lists():
    assert ops.sigmoid(0.0) == 0.5
    assert ops.add(1, 2) == 3
    np.testing.assert_array_equal(ops.maximum([1, 5], [3, 2]), [3, 5])
    assert ops.mean(np.array([1, 2, 4])) == pytest.approx(7 / 3)
    assert ops.argmax(np.array([1, 5, 2])) == 1
    np.testing.assert_array_equal(ops.one_hot(np.array([1, 0]), 3), [[0, 1, 0], [1, 0, 0]])
    np.testing.assert_array_equal(ops.matmul(np.eye(2), np.array([1.0, 2.0])), [1, 2])
    np.testing.assert_array_equal(ops.clip(np.array([-2.0, 0.5, 2.0]), 0, 1), [0, 0.5, 1])
    np.testing.assert_array_equal(ops.reshape(np.arange(6.0), (2, -1)), [[0, 1, 2], [3, 4, 5]])
    np.testing.assert_array_equal(ops.gather(np.arange(6.0), np.array([4, 1])), [4, 1])


def test_one_node_can_be_evaluated():
    x = input_node("x", ("n", 2), "float64")
    for backend in ("loops", "numpy"):
        found = evaluate(ops.sum(x * 2.0, axis=1), {"x": [[1, 2], [3, 4]]}, backend)
        np.testing.assert_array_equal(found, [6, 14])


# Minimizing -------------------------------------------------------------------------------


def test_the_minimum_of_the_quartic():
    found = minimize(quartic, 6.0, learning_rate=0.01, precision=1e-5)
    assert found.x == pytest.approx(2.25, abs=1e-3)
    assert found.converged
    assert found.path[0] == 6.0
    assert found.path[1] == 6.0 - 0.01 * 540.0
    assert found.path[-1] == found.x
    assert len(found.path) == found.steps + 1
    assert found.value == pytest.approx(quartic(found.x))


def test_the_steps_are_those_of_the_formula():
    x, path = 6.0, [6.0]
    for _ in range(20):
        x -= 0.01 * (4 * x**3 - 9 * x**2)
        path.append(x)
    found = minimize(quartic, 6.0, learning_rate=0.01, max_steps=20)
    np.testing.assert_allclose(found.path, path, rtol=1e-12)
    assert not found.converged
    assert found.steps == 20


def test_many_dimensions():
    target = np.array([[1.0, -2.0], [0.5, 3.0]])
    found = minimize(lambda x: ops.sum(ops.square(x - target)), np.zeros((2, 2)), 0.1, 1e-9)
    np.testing.assert_allclose(found.x, target, atol=1e-7)
    assert found.path.shape == (found.steps + 1, 2, 2)


def test_a_start_of_whole_numbers():
    assert minimize(lambda x: x**2, 3, learning_rate=0.25).x == pytest.approx(0, abs=1e-4)


BAD = [("learning_rate", 0), ("learning_rate", -0.1), ("precision", 0.0), ("precision", math.nan)]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_bad_settings(name, value):
    with pytest.raises(ArgumentError, match="must both be greater than 0"):
        minimize(quartic, 6.0, **{name: value})


@pytest.mark.parametrize("function", [np.sin, math.sin, lambda x: np.exp(x) + 1])
def test_functions_of_other_libraries_say_what_to_use(function):
    with pytest.raises(GraphError, match=r"gn.ops.sin instead of np.sin or math.sin"):
        grad(function)(1.0)


def test_a_minimum_is_shown_without_its_path():
    assert "path" not in repr(minimize(quartic, 6.0, max_steps=3))


@pytest.mark.filterwarnings("error")
def test_too_large_a_learning_rate_says_what_to_try():
    with pytest.raises(ArgumentError, match=r"learning_rate=0.5 is too large: try 0.05"):
        minimize(quartic, 6.0, learning_rate=0.5)


STARTS = {
    "text": "six",
    "rows of two lengths": [[1.0, 2.0], [3.0]],
    "a complex number": 1 + 2j,
    "masked": np.ma.masked_array([1.0, 2.0], mask=[True, False]),
    "beyond int64": np.array([2**63], np.uint64),
}


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_what_is_no_number_is_refused(start):
    for call in (grad(quartic), lambda x: minimize(quartic, x)):
        with pytest.raises(GlassnetError, match=r"dtype|no array|masked"):
            call(start)
