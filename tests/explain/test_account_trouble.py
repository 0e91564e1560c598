"""What an account says of damaged numbers and of wrong arguments."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import ArgumentError, GlassnetError

layers = gn.layers

X, Y = np.array([[0.5, -1.0, 2.0], [1.5, 0.3, -0.7]]), np.array([1, 0])


# Trouble -------------------------------------------------------------------------------------


def test_a_damaged_weight_is_named(net):
    weights = net.get_weights()
    weights[2][3, 1] = np.nan
    for array, weight in zip(weights, net.network.topology.weights(), strict=True):
        weight.value[...] = array
    e = net.explain(X, Y)
    assert (e.trouble.name, e.trouble.index) == ("W2", (3, 1))
    assert str(e).split("\n\n")[1].startswith("! W₂[3,1] is NaN before the pass begins")
    assert "W₂[3,1] is NaN" in e.html()
    assert "NaN" in e.latex()


def test_an_overflow_is_found_where_it_begins():
    net = gn.Sequential([gn.Input((2,)), layers.Dense(2), layers.Dense(1, "exponential")], seed=0)
    net.compile("sgd", "mse")
    net.set_weights([np.full((2, 2), 3.0), np.zeros(2), np.full((2, 1), 1e3), np.zeros(1)])
    e = net.explain([1.0, 2.0], [1.0])
    assert e.trouble.name == "a2" and e.trouble.number == np.inf
    assert "all it is made of is finite, but exp of numbers as large as 1.8e4" in e.trouble.message
    assert "float32" in e.trouble.message
    huge = net.explain([3e38, 3e38], [1.0])
    assert huge.trouble.name == "z1"


def test_no_trouble_with_finite_numbers(net):
    assert net.explain(X, Y).trouble is None


# Wrong arguments -----------------------------------------------------------------------------


def test_wrong_samples_are_refused_with_a_remedy(net):
    with pytest.raises(gn.errors.ShapeError, match="needs 3 features, but has 2"):
        net.explain([1.0, 2.0], 1)
    with pytest.raises(gn.errors.ArgumentError, match=r"64 samples at most.*500; .*x\[:4\]"):
        net.explain(np.zeros((500, 3)), np.zeros(500, int))
    with pytest.raises(gn.errors.DataError, match="7"):
        net.explain(X, [0, 7])
    with pytest.raises(gn.errors.ShapeError, match="x has 1 rows but y has 2"):
        net.explain(X[:1], [0, 1])
    with pytest.raises(gn.errors.DataError, match=r"x\[0, 1\] is nan"):
        net.explain([1.0, np.nan, 2.0])


def test_wrong_questions_are_refused_with_a_remedy(net):
    e = net.explain(X[0], 1)
    with pytest.raises(gn.errors.ArgumentError, match="did you mean 'W1'"):
        e.why("w1", (0, 0))
    with pytest.raises(gn.errors.ArgumentError, match=r"2 indices, for example \(0, 0\); got 1"):
        e.why("W1", 1)
    with pytest.raises(gn.errors.ShapeError, match=r"W1\[3, 0\] does not exist.*\(3, 4\)"):
        e.why("W1", (3, 0))
    with pytest.raises(gn.errors.ArgumentError, match=r"html, \.tex or \.txt"):
        e.save("account.docx")
    with pytest.raises(gn.errors.ArgumentError, match="1 to 17"):
        e.text(digits=0)


def _small():
    net = gn.Sequential([gn.Input((2,)), gn.layers.Dense(1)], dtype="float64", seed=0)
    net.compile(gn.optimizers.SGD(0.1), "half_sum_squared_error")
    return net


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda e: e[["W1"]], r"no value \['W1'\]"),
        (lambda e: e.why({}), r"not computed from a value {}"),
        (lambda e: e.why("W1"), "2 indices, for example"),
        (lambda e: e.why("b1", (0, 0)), "has one index, for example"),
        (lambda e: e.step("W1"), "'W1' is given, no step computes it"),
        (lambda e: e.text(unfold=3), "unfold=3 must be"),
        (lambda e: e.text(unfold=[["W1"]]), r"no value \['W1'\]"),
        (lambda e: e.text(width=None), "width=None must be a whole number"),
        (lambda e: e.save(None), "None is not the name of a file"),
    ],
)
def test_wrong_questions_are_answered_in_words(ask, says):
    with pytest.raises(ArgumentError, match=says):
        ask(_small().explain([1.0, 2.0], [1.0]))


def test_no_list_is_a_value():
    assert ["W1"] not in _small().explain([1.0, 2.0], [1.0])


def test_masked_and_ragged_values_are_refused():
    with pytest.raises(GlassnetError, match="masked"):
        _small().explain(np.ma.array([1.0, 2.0], mask=[0, 1]), [1.0])
    with pytest.raises(GlassnetError):
        _small().explain([1.0, 2.0], [[1.0], [1.0, 2.0]])
