"""The articles' classes and functions in plain NumPy, to compare with."""

# ruff: noqa: NPY002  the articles draw from the global generator

import itertools

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


class PlainRashid:
    """One step a call, weights as (to, from), samples as columns."""

    def __init__(self, inputnodes, hiddennodes, outputnodes, learningrate, weights="normal"):
        sizes = [inputnodes, *np.atleast_1d(hiddennodes), outputnodes]
        pairs = list(itertools.pairwise(sizes))
        if weights == "normal":
            self.weights = [np.random.normal(0.0, n**-0.5, (to, n)) for n, to in pairs]
        else:
            self.weights = [np.random.rand(to, n) - 0.5 for n, to in pairs]
        self.lr = learningrate
        self.function, self.slope = sigmoid, lambda a: a * (1 - a)

    @property
    def wih(self):
        return self.weights[0]

    @property
    def who(self):
        return self.weights[-1]

    def forward(self, inputs_list):
        signals = [np.array(inputs_list, ndmin=2).T]
        for matrix in self.weights:
            signals.append(self.function(matrix @ signals[-1]))
        return signals

    def query(self, inputs_list):
        return self.forward(inputs_list)[-1]

    def train(self, inputs_list, targets_list):
        signals = self.forward(inputs_list)
        error = np.array(targets_list, ndmin=2).T - signals[-1]
        for place in range(len(self.weights) - 1, -1, -1):
            delta = error * self.slope(signals[place + 1])
            error = self.weights[place].T @ delta
            self.weights[place] = self.weights[place] + self.lr * delta @ signals[place].T


class PlainLoy:
    """All samples at once; the output is what it was before the last step."""

    def __init__(self, x, y):
        self.input, self.y = x, y
        self.weights1 = np.random.rand(x.shape[1], 4)
        self.weights2 = np.random.rand(4, y.shape[1])
        self.output = np.zeros(y.shape)

    def feedforward(self):
        self.layer1 = sigmoid(self.input @ self.weights1)
        self.output = sigmoid(self.layer1 @ self.weights2)

    def backprop(self):
        delta = 2 * (self.y - self.output) * self.output * (1 - self.output)
        back = delta @ self.weights2.T * self.layer1 * (1 - self.layer1)
        self.weights2 = self.weights2 + self.layer1.T @ delta
        self.weights1 = self.weights1 + self.input.T @ back


def nonlin(x, deriv=False):
    return x * (1 - x) if deriv else sigmoid(x)


def sigmoid_derivative(a):
    return a * (1 - a)


def setup_and_init_weights(sizes):
    W, b = {}, {}
    for place in range(1, len(sizes)):
        W[place] = np.random.random_sample((sizes[place], sizes[place - 1]))
        b[place] = np.random.random_sample((sizes[place],))
    return W, b


def feed_forward(x, W, b):
    h, z = {1: x}, {}
    for place in W:
        z[place + 1] = W[place] @ h[place] + b[place]
        h[place + 1] = sigmoid(z[place + 1])
    return h, z


def train_nn(sizes, X, y, iter_num=3000, alpha=0.25):
    """Sample by sample: sum up the gradients, then step."""
    W, b = setup_and_init_weights(sizes)
    last, costs = len(sizes), []
    for _ in range(iter_num):
        dW = {place: np.zeros_like(W[place]) for place in W}
        db = {place: np.zeros_like(b[place]) for place in b}
        cost = 0.0
        for x, target in zip(X, y, strict=True):
            h, _ = feed_forward(x, W, b)
            cost += np.linalg.norm(target - h[last])
            delta = (h[last] - target) * h[last] * (1 - h[last])
            for place in range(last - 1, 0, -1):
                dW[place] += np.outer(delta, h[place])
                db[place] += delta
                delta = W[place].T @ delta * h[place] * (1 - h[place])
        for place in W:
            W[place] -= alpha * dW[place] / len(X)
            b[place] -= alpha * db[place] / len(X)
        costs.append(cost / len(X))
    return W, b, costs


def predict_y(W, b, X, n_layers):
    return np.array([np.argmax(feed_forward(x, W, b)[0][n_layers]) for x in X], float)
