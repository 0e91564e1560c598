"""A. Trask, "A Neural Network in 11 lines of Python": every number the article prints."""

import numpy as np
import pytest

import glassnet as gn

X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], "f8")
Y_PART_1 = np.array([[0], [0], [1], [1]], "f8")
Y_PART_2 = np.array([[0], [1], [1], [0]], "f8")


def network(*units, rate=1.0):
    """Sigmoid layers without bias, with the article's initial weights."""
    layers = [gn.layers.Dense(count, "sigmoid", use_bias=False) for count in units]
    net = gn.Sequential([gn.Input((3,)), *layers], dtype="float64", seed=0)
    net.compile(gn.optimizers.SGD(rate), "half_sum_squared_error")
    draw = np.random.RandomState(1).random_sample
    sizes = [3, *units]
    net.set_weights([2 * draw(shape) - 1 for shape in zip(sizes[:-1], units, strict=True)])
    return net


def train(net, y, steps, backend):
    net.fit(X, y, epochs=steps, batch_size="full", verbose=0, backend=backend)


def mean_absolute_error(net):
    return float(np.mean(np.abs(Y_PART_2 - net.predict(X))))


def printed(number):
    """What Python 2 prints for a float: twelve digits."""
    return f"{number:.12g}"


def test_part_1(backend):
    net = network(1)
    train(net, Y_PART_1, 9_999, backend)  # what is printed was computed before the last update
    expected = [0.00966449, 0.00786506, 0.99358898, 0.99211957]
    assert np.round(net.predict(X).ravel(), 8).tolist() == expected


def test_part_2(backend):
    net = network(4, 1)
    errors = [printed(mean_absolute_error(net))]
    for _ in range(5):
        train(net, Y_PART_2, 10_000, backend)
        errors.append(printed(mean_absolute_error(net)))
    assert errors == [
        "0.496410031903",
        "0.00858452565325",
        "0.00578945986251",
        "0.00462917677677",
        "0.00395876528027",
        "0.00351012256786",
    ]


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (0.001, "0.485977857846"),
        (0.01, "0.0985964298089"),
        (0.1, "0.0130144905381"),
        (1, "0.00351012256786"),
        (10, "0.00131274062834"),
        (1000, "0.5"),
    ],
)
def test_learning_rates(rate, expected, backend):
    net = network(4, 1, rate=rate)
    train(net, Y_PART_2, 50_000, backend)
    assert printed(mean_absolute_error(net)) == expected


def test_learning_rate_100(backend):
    """At this rate the weights jump about so much that the last digits are rounding.

    The article prints 0.125206352756. Its own script gives 0.125206352760 with another BLAS,
    and 0.125206352744 in extended precision.
    """
    net = network(4, 1, rate=100)
    train(net, Y_PART_2, 50_000, backend)
    assert mean_absolute_error(net) == pytest.approx(0.125206352756, rel=1e-9)
