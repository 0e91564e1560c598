"""The check of hand-written derivatives finds mistakes and says which."""

import numpy as np
import pytest

from glassnet.errors import ArgumentError, ContractError
from glassnet.testing import central_difference, check_gradient, plain_values

W = np.array([[0.5, -1.0, 2.0], [1.5, 0.3, -0.7]])
X = np.array([[1.0, 2.0], [0.5, -1.0], [3.0, 0.2], [-1.0, 1.0]])


def loss(w):
    return 0.5 * np.sum(np.tanh(X @ w) ** 2)


def slope(w):
    a = np.tanh(X @ w)
    return X.T @ (a * (1 - a * a))


def test_a_right_derivative():
    report = check_gradient(loss, slope, W)
    assert report.ok
    assert str(report) == "the derivative is right: 6 of 6 entries agree"
    np.testing.assert_allclose(report.measured, report.given, rtol=1e-9)


def test_a_value_instead_of_a_function():
    assert check_gradient(loss, slope(W), W).ok
    assert check_gradient(lambda x: x**2, 6, 3).ok


@pytest.mark.parametrize("x", [1e-8, 1e4, -1e6])
def test_any_size_of_x(x):
    assert check_gradient(lambda t: t**2 + t, lambda t: 2 * t + 1, x).ok
    with pytest.raises(ContractError):
        check_gradient(lambda t: t**2 + t, lambda t: 2 * t + 1.001 + t * 0.001, x)


def test_one_wrong_entry_is_named():
    def wrong(w):
        d = slope(w)
        d[1, 2] *= 3
        return d

    report = check_gradient(loss, wrong, W, raises=False)
    (entry,) = report.wrong
    assert entry.index == (1, 2)
    assert entry.factor == pytest.approx(3)
    assert "wrong in 1 of 6 entries" in str(report)
    assert "[1, 2]: got" in str(report)
    assert "(3 times)" in str(report)


MISTAKES = {
    "factor 2": (lambda w: 2 * slope(w), "Each of them is 2 times .* factor of 2 too much"),
    "half": (lambda w: slope(w) / 2, "factor of 2 missing"),
    "mean": (lambda w: slope(w) / 4, "factor of 4 missing"),
    "sign": (lambda w: -slope(w), "wrong sign"),
    "zero": (lambda w: 0 * slope(w), "another way"),
    "nan": (lambda w: slope(w) * np.nan, "NaN or infinity"),
    "transposed": (lambda w: slope(w).T, r"\(3, 2\), but x has the shape \(2, 3\).*return df\.T"),
    "summed": (lambda w: slope(w).sum(0), r"one entry for each entry of x"),
    "forgot the activation": (lambda w: X.T @ np.tanh(X @ w), "wrong in 6 of 6 entries"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_explained(name):
    wrong, message = MISTAKES[name]
    with pytest.raises(AssertionError, match=message):
        check_gradient(loss, wrong, W)


def test_entries_off_by_the_same_amount():
    report = check_gradient(loss, lambda w: slope(w) + 0.25, W, raises=False)
    assert "Each of them is 0.25 too much" in str(report)
    report = check_gradient(loss, lambda w: slope(w) - 0.25, W, raises=False)
    assert "Each of them is 0.25 too little" in str(report)


def test_a_factor_near_one_is_told_from_one():
    report = check_gradient(lambda x: x**2, lambda x: 2.0001 * x, 3.0, raises=False)
    assert "(1.00005 times)" in str(report)
    assert "It is 1 times" not in str(report)


def test_a_square_matrix_transposed():
    m = np.array([[1.0, 2.0], [3.0, 4.0]])
    weights = np.array([[1.0, -1.0], [0.5, 2.0]])
    with pytest.raises(ContractError, match="transposed matrix"):
        check_gradient(lambda w: np.sum(weights * w**2), lambda w: (2 * weights * w).T, m)


def test_long_lists_are_cut():
    report = check_gradient(
        lambda x: np.sum(x**2), lambda x: x * x, np.arange(3.0, 33.0), raises=False
    )
    assert "... and 22 more" in str(report)


def test_the_functions_cannot_spoil_the_point():
    def greedy(x):
        x *= 2
        return np.sum(x)

    assert check_gradient(greedy, lambda x: np.full_like(x, 2), [1.0, 2.0]).ok


def test_what_cannot_be_checked():
    with pytest.raises(ArgumentError, match=r"shape \(2,\), but one number was expected"):
        check_gradient(lambda x: x, lambda x: x, [1.0, 2.0])
    with pytest.raises(ArgumentError, match="finite"):
        check_gradient(np.sum, np.ones_like, [1.0, np.nan])


def test_central_difference_is_exact_for_low_powers():
    x = np.array([0.3, -2.0])
    found = central_difference(lambda t: np.sum(t**4), x, np.array([1.0, 2.0]))
    assert found == pytest.approx(4 * 0.3**3 - 8 * 8, rel=1e-11)


def test_plain_values_need_no_batch_size_but_the_data():
    from glassnet import ops
    from glassnet.graph import Program, input_node

    x = input_node("x", ("n", 2), "float64")
    y = ops.broadcast_to(ops.sum(x), x.shape) + ops.reshape(x, (-1,)).reshape(x.shape)
    data = np.arange(6.0).reshape(3, 2)
    found = plain_values(Program("p", [x], {"y": y}), {"x": data})["y"]
    np.testing.assert_array_equal(found, 15 + data)


@pytest.mark.parametrize(
    ("arguments", "settings", "says"),
    [
        ((lambda w: w, lambda w: 1.0, "a"), {}, "x is 'a'"),
        ((lambda w: w, lambda w: 1.0, 1j), {}, "x is 1j"),
        ((None, lambda w: 1.0, 1.0), {}, "f=None must be a function"),
        ((lambda w: None, lambda w: 1.0, 1.0), {}, "what f returns is None"),
        ((lambda w: "a", lambda w: 1.0, 1.0), {}, "what f returns is 'a'"),
        ((lambda w: w, lambda w: "a", 1.0), {}, "the derivative is 'a'"),
        ((lambda w: w.sum(), [[1], [1, 2]], [1.0, 2.0]), {}, "the derivative is"),
        ((lambda w: float("nan"), lambda w: 1.0, 1.0), {}, "f is nan"),
        ((lambda w: w, lambda w: 1.0, 1.0), {"step": 0}, "step=0 must be a positive number"),
        ((lambda w: w, lambda w: 1.0, 1.0), {"tolerance": "a"}, "tolerance='a' must be"),
        ((lambda w: w, lambda w: 1.0, 1.0), {"step": float("nan")}, "step=nan must be"),
    ],
)
def test_wrong_arguments_are_refused_in_words(arguments, settings, says):
    with pytest.raises(ArgumentError, match=says):
        check_gradient(*arguments, **settings)
