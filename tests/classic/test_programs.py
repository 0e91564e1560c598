"""Programs in the articles' manner give the same numbers with glassnet as with plain NumPy.

Only their import line differs. Weights come from NumPy's global generator in both.
"""

# ruff: noqa: NPY002  the articles draw from the global generator

import importlib.util
import pathlib
import sys

import numpy as np
import pytest

PLAIN = pathlib.Path(__file__).with_name("plain.py")

RASHID = """
import numpy
{imports}

numpy.random.seed(5)
input_nodes, hidden_nodes, output_nodes, learning_rate = 6, 4, 3, 0.3
n = neuralNetwork(input_nodes, hidden_nodes, output_nodes, learning_rate)
lines = ["2,0,255,17,80,3,200", "0,255,1,20,0,90,40", "1,7,7,7,250,130,0", "0,240,0,9,9,99,60"]
untrained = n.query((numpy.asarray([1, 2, 3, 4, 5, 6]) / 255.0 * 0.99) + 0.01)
for epoch in range(20):
    for record in lines:
        all_values = record.split(",")
        inputs = (numpy.asarray(all_values[1:], dtype=float) / 255.0 * 0.99) + 0.01
        targets = numpy.zeros(output_nodes) + 0.01
        targets[int(all_values[0])] = 0.99
        n.train(inputs, targets)
scorecard = []
for record in lines:
    all_values = record.split(",")
    outputs = n.query((numpy.asarray(all_values[1:], dtype=float) / 255.0 * 0.99) + 0.01)
    scorecard.append(1 if numpy.argmax(outputs) == int(all_values[0]) else 0)
numbers = [untrained, outputs, n.wih, n.who, numpy.asarray(scorecard)]
"""

DEEP = """
import numpy
{imports}

numpy.random.seed(2)
n = neuralNetwork(3, [5, 4], 2, 0.2, weights="uniform")
for step in range(50):
    n.train([0.1, 0.9, 0.4], [0.99, 0.01])
    n.train([[0.3, 0.2, 0.8], [0.5, 0.6, 0.7]], [[0.01, 0.99], [0.5, 0.5]])
    n.lr = n.lr * 0.99
numbers = [n.query([[0.1, 0.9, 0.4], [1.0, 0.5, -1.5]]), *n.weights]
"""

LOY = """
import numpy as np
{imports}

np.random.seed(0)
X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
y = np.array([[0], [1], [1], [0]])
nn = NeuralNetwork(X, y)
loss = []
for i in range(1500):
    nn.feedforward()
    nn.backprop()
    loss.append(np.mean(np.square(y - nn.output)))
numbers = [nn.output, nn.layer1, nn.weights1, nn.weights2, np.array(loss)]
"""

TRASK = """
import numpy as np
{imports}

X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
y = np.array([[0], [1], [1], [0]])
np.random.seed(1)
syn0 = 2 * np.random.random((3, 4)) - 1
syn1 = 2 * np.random.random((4, 1)) - 1
errors = []
for j in range(3000):
    l1 = nonlin(np.dot(X, syn0))
    l2 = nonlin(np.dot(l1, syn1))
    l2_error = y - l2
    errors.append(np.mean(np.abs(l2_error)))
    l2_delta = l2_error * nonlin(l2, deriv=True)
    l1_delta = l2_delta.dot(syn1.T) * nonlin(l1, deriv=True)
    syn1 += l1.T.dot(l2_delta)
    syn0 += X.T.dot(l1_delta)
numbers = [l2, syn0, syn1, np.array(errors), sigmoid(syn0), sigmoid_derivative(l1)]
"""

THOMAS = """
import numpy as np
{imports}

np.random.seed(3)
X = np.random.normal(size=(12, 5))
y = np.eye(3)[np.arange(12) % 3]
W, b, avg_cost_func = train_nn([5, 4, 3], X, y, 60, 0.5)
h, z = feed_forward(X[0], W, b)
numbers = [W[1], W[2], b[1], b[2], np.array(avg_cost_func), predict_y(W, b, X, 3), h[3], z[2]]
"""

PROGRAMS = [
    (RASHID, "PlainRashid as neuralNetwork", "from glassnet.classic.rashid import neuralNetwork"),
    (RASHID, "PlainRashid as neuralNetwork",
     "from glassnet.classic import RashidNetwork as neuralNetwork"),
    (DEEP, "PlainRashid as neuralNetwork", "from glassnet.classic.rashid import neuralNetwork"),
    (LOY, "PlainLoy as NeuralNetwork", "from glassnet.classic.loy import NeuralNetwork"),
    (TRASK, "nonlin, sigmoid, sigmoid_derivative",
     "from glassnet.classic import nonlin, sigmoid, sigmoid_derivative"),
    (THOMAS, "train_nn, predict_y, feed_forward",
     "from glassnet.classic.thomas import train_nn, predict_y, feed_forward"),
]  # fmt: skip


@pytest.fixture
def plain(monkeypatch):
    spec = importlib.util.spec_from_file_location("plain_articles", PLAIN)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setitem(sys.modules, "plain_articles", module)


@pytest.fixture(autouse=True)
def global_generator():
    """The programs seed NumPy's global generator; nobody else is to notice."""
    state = np.random.get_state()
    yield
    np.random.set_state(state)


def run(program, imports):
    names = {}
    exec(program.format(imports=imports), names)
    return names["numbers"]


@pytest.mark.parametrize(("program", "of_plain", "of_glassnet"), PROGRAMS)
def test_the_same_numbers(program, of_plain, of_glassnet, plain):
    expected = run(program, f"from plain_articles import {of_plain}")
    found = run(program, of_glassnet)
    for one, other in zip(found, expected, strict=True):
        assert np.shape(one) == np.shape(other)
        assert np.allclose(one, other, rtol=1e-9, atol=1e-12)
