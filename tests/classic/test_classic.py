"""gn.classic: golden numbers, what can be read and changed, and errors that help."""

# ruff: noqa: NPY002  the articles draw from the global generator

import numpy as np
import pytest

import glassnet as gn
from glassnet.classic import LoyNetwork, RashidNetwork, loy, rashid, thomas, trask

X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
Y = np.array([[0], [1], [1], [0]])


@pytest.fixture(autouse=True)
def global_generator():
    state = np.random.get_state()
    np.random.seed(0)
    yield
    np.random.set_state(state)


def test_loys_printed_numbers():
    for seed, expected in (
        (0, [0.01009649, 0.97157766, 0.97166525, 0.03297871]),
        (1, [0.00965854, 0.96893341, 0.96884749, 0.03646843]),
    ):
        np.random.seed(seed)
        nn = LoyNetwork(X, Y)
        for _ in range(1500):
            nn.feedforward()
            nn.backprop()
        assert np.round(nn.output.ravel(), 8).tolist() == expected


def test_the_plain_names():
    assert loy.NeuralNetwork is LoyNetwork is gn.classic.LoyNetwork
    assert rashid.NeuralNetwork is rashid.neuralNetwork is RashidNetwork
    assert gn.classic.sigmoid_derivative is trask.sigmoid_output_to_derivative


def test_weights_can_be_read_assigned_and_changed_in_place():
    n = RashidNetwork(3, 4, 2, 0.5)
    n.wih = np.arange(12.0).reshape(4, 3)
    n.wih[0, 1] = -7.0
    n.who += 1.0
    before = n.who.copy()
    assert n.wih[0].tolist() == [0.0, -7.0, 2.0]
    expected = 1 / (1 + np.exp(-n.who @ (1 / (1 + np.exp(-n.wih @ [0.1, 0.2, 0.3])))))
    assert np.allclose(n.query([0.1, 0.2, 0.3]).ravel(), expected)
    n.train([0.1, 0.2, 0.3], [0.01, 0.99])
    assert np.all(n.who != before)


def test_several_hidden_layers():
    n = RashidNetwork(3, [5, 4], 2, 0.5)
    assert [w.shape for w in n.weights] == [(5, 3), (4, 5), (2, 4)]
    assert n.wih.shape == (5, 3)
    assert n.who.shape == (2, 4)


@pytest.mark.parametrize(
    "function",
    ["tanh", np.tanh, lambda x: np.tanh(x), gn.activations.tanh, lambda x: gn.ops.tanh(x)],
)
def test_the_activation_can_be_replaced(function):
    n = RashidNetwork(3, 4, 2, 0.1)
    wih, who = n.wih.copy(), n.who.copy()
    n.activation_function = function
    x, t = np.array([0.5, -0.2, 0.1]), np.array([0.3, -0.3])
    hidden = np.tanh(wih @ x)
    out = np.tanh(who @ hidden)
    assert np.allclose(n.query(x).ravel(), out)
    n.train(x, t)  # with the slope of tanh, not of the sigmoid
    assert np.allclose(n.who, who - 0.1 * np.outer((out - t) * (1 - out**2), hidden))
    assert n.lr == 0.1


def test_the_sigmoid_of_another_package_is_recognised():
    n = RashidNetwork(3, 4, 2, 0.1)
    n.activation_function = lambda x: 1 / (1 + np.exp(-x))
    assert n.activation_function is gn.activations.sigmoid


def test_a_function_of_ones_own_made_of_ops():
    n = RashidNetwork(2, 2, 1, 0.1)
    n.activation_function = lambda x: gn.ops.tanh(x) * 0.5
    x = np.array([1.0, 2.0])
    assert np.allclose(n.query(x).ravel(), 0.5 * np.tanh(n.who @ (0.5 * np.tanh(n.wih @ x))))


def test_loy_takes_new_input_and_weights():
    nn = LoyNetwork(X, Y)
    nn.weights1 = np.ones((3, 4))
    nn.weights2 = np.full((4, 1), 0.5)
    nn.input = np.array([[1.0, 2.0, 3.0]])
    nn.feedforward()
    hidden = 1 / (1 + np.exp(-6.0))
    assert np.allclose(nn.output, 1 / (1 + np.exp(-2 * hidden)))
    assert nn.layer1.shape == (1, 4)


def error(call, *parts):
    """The call fails with a message that holds all the parts."""
    with pytest.raises(gn.errors.GlassnetError) as caught:
        call()
    for part in parts:
        assert part in str(caught.value), str(caught.value)


def test_rashids_errors_name_both_shapes_and_the_remedy():
    n = RashidNetwork(3, 4, 2, 0.5)
    error(lambda: n.query([1, 2]), "(2,)", "needs (3,)", "inputnodes=2")
    error(lambda: n.train([1, 2, 3], [1]), "targets_list", "(1,)", "needs (2,)", "outputnodes=1")
    error(lambda: n.query(np.ones((3, 1))), "(3, 1)", "(3,)", "numpy.ravel")
    error(lambda: n.train(np.ones((2, 3)), np.ones((1, 2))), "(2, 3)", "(1, 2)", "one row")
    error(lambda: n.query([1, "two", 3]), "inputs_list", "3 numbers")
    error(lambda: n.query([1, np.nan, 3]), "inputs_list", "not finite")
    error(lambda: setattr(n, "wih", np.ones((3, 4))), "(3, 4)", "(4, 3)", "wih.T")
    error(lambda: setattr(n, "who", np.ones((2, 5))), "(2, 5)", "(2, 4)", "other sizes")
    error(lambda: setattr(n, "lr", 0), "lr=0", "greater than 0")
    error(lambda: setattr(n, "activation_function", np.vectorize(lambda v: v**3 + 1)), "gn.ops")
    error(lambda: setattr(n, "activation_function", "sigmiod"), "did you mean 'sigmoid'")
    error(lambda: RashidNetwork(3, 4, 2, 0.5, weights="ones"), "'normal' or 'uniform'")
    error(lambda: RashidNetwork(0, 4, 2, 0.5), "inputnodes", "0")
    error(lambda: RashidNetwork(3, 0, 2, 0.5), "hiddennodes", "0")
    error(lambda: RashidNetwork(3, [], 2, 0.5), "hiddennodes", "[]")


def test_loys_errors_name_both_shapes_and_the_remedy():
    error(lambda: LoyNetwork(X, Y.ravel()), "(4,)", "(4, 3)", "y.reshape(-1, 1)")
    error(lambda: LoyNetwork(X, Y[:3]), "(3, 1)", "(4, 3)", "one row a sample")
    nn = LoyNetwork(X, Y)
    error(lambda: setattr(nn, "weights1", np.ones((4, 3))), "(4, 3)", "(3, 4)", "weights1.T")
    error(lambda: setattr(nn, "weights2", np.ones((3, 1))), "(3, 1)", "(4, 1)")
    nn.input = np.ones((4, 2))
    error(nn.feedforward, "(4, 2)", "(n, 3)", "columns")


def test_thomas_errors_name_both_shapes_and_the_remedy():
    x, y = np.ones((6, 5)), np.ones((6, 3))
    error(lambda: thomas.train_nn([4, 2, 3], x, y), "(6, 5)", "(n, 4)", "first number")
    error(lambda: thomas.train_nn([5, 2, 4], x, y), "(6, 3)", "(n, 4)", "last number")
    error(lambda: thomas.train_nn([5, 2, 3], x, np.arange(6)), "(6,)", "convert_y_to_vect(y)")
    error(lambda: thomas.train_nn([5], x, y), "two layers or more")
    W, b = thomas.setup_and_init_weights([5, 2, 3])
    error(lambda: thomas.predict_y(W, b, np.ones((6, 4)), 3), "(6, 4)", "(2, 5)", "5 numbers")
    error(lambda: thomas.predict_y(W, b, x, 2), "n_layers=2", "n_layers=3")
    W[2] = W[2].T
    error(lambda: thomas.predict_y(W, b, x, 3), "W[2]", "(2, 3)")


def test_nonlin_refuses_what_no_sigmoid_gives():
    assert trask.nonlin(0.0) == 0.5
    assert trask.nonlin(np.array([0.5]), deriv=True) == [0.25]
    error(lambda: trask.nonlin(2.0, deriv=True), "got 2", "pass sigmoid(x)")
    error(lambda: trask.nonlin(np.array([0.3, -1.0]), True), "got -1")


def test_the_sigmoid_does_not_overflow():
    assert trask.sigmoid(np.array([-1e4, 1e4])).tolist() == [0.0, 1.0]
