"""A. Thomas, "Neural Networks Tutorial": the forward pass and the gradient descent."""

import numpy as np

import glassnet as gn

W1 = np.repeat([[0.2, 0.4, 0.6]], 3, axis=0)  # columns are units
B1 = [0.8, 0.8, 0.8]
W2, B2 = [[0.5], [0.5], [0.5]], [0.2]


def f(x):
    return x**4 - 3 * x**3 + 2


def first_layers(backend, *layers):
    net = gn.Sequential([gn.Input((3,)), *layers], dtype="float64", seed=0)
    net.set_weights([W1, B1, W2, B2][: len(net.get_weights())])
    return np.round(net.predict([[1.5, 2.0, 3.0]], backend=backend), 10).tolist()


def test_forward_pass(backend):
    dense = gn.layers.Dense
    assert first_layers(backend, dense(3)) == [[2.1, 3.4, 4.7]]
    hidden = [0.8909031788, 0.9677045353, 0.9909867013]
    assert first_layers(backend, dense(3, "sigmoid")) == [hidden]
    assert first_layers(backend, dense(3, "sigmoid"), dense(1, "sigmoid")) == [[0.8354556612]]


def test_gradient_descent():
    found = gn.minimize(f, 6.0, learning_rate=0.01, precision=1e-5)
    assert round(found.x, 10) == 2.2499646074
    assert found.steps == 70
    assert found.converged
    assert found.path[0] == 6.0
    assert len(found.path) == 71
    assert found.path[-1] == found.x


def test_derivative():
    assert gn.grad(f)(6.0) == 4 * 6.0**3 - 9 * 6.0**2
    assert abs(gn.grad(f)(2.25)) < 1e-13
