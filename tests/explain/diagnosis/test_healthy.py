"""Healthy networks draw no finding above a note: before training, while it runs, and after it."""

from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet.cli.fann_data import fann_dataset
from glassnet.examples import (
    logistic_regression,
    mazur,
    nielsen,
    rashid,
    spiral,
    thomas,
    trask_three_layers,
)
from glassnet.layers import Dense, Dropout, Normalization, Rescaling
from glassnet.optimizers import SGD, Adam
from tests.shared_data import shared_file

LABELS = "sparse_categorical_crossentropy"


def classifier(name, layers, optimizer, epochs=25):
    (x, y), held_out = gn.datasets.load(name)
    net = gn.Sequential([*layers, Dense(int(y.max()) + 1, "softmax")], seed=1)
    net.compile(optimizer, LABELS, ["accuracy"])
    return net, (x, y), held_out, {"epochs": epochs, "validation_split": 0.15}


def digits():
    return classifier("digits", [Rescaling(1 / 16), Dense(64, "relu"), Dropout(0.2)], Adam(0.003))


def digits_deep():
    layers = [Rescaling(1 / 16), *[Dense(48, "relu") for _ in range(4)]]
    return classifier("digits", layers, SGD(0.05, momentum=0.9), 20)


def iris():
    return classifier("iris", [Normalization(), Dense(16, "tanh")], Adam(0.01))


def wine():
    return classifier("wine", [Normalization(), Dense(16, "sigmoid")], Adam(0.01), 40)


def breast_cancer():
    return classifier("breast_cancer", [Normalization(), Dense(16, "relu")], Adam(0.003), 15)


def two_moons():
    return classifier("two_moons", [Dense(16, "relu"), Dense(16, "relu")], Adam(0.01), 40)


def blobs():
    return classifier("blobs", [Normalization(), Dense(8, "tanh")], Adam(0.01))


def diabetes():
    (x, y), (x_test, y_test) = gn.datasets.load("diabetes")
    end = [Dense(1), Rescaling(float(y.std()), float(y.mean()))]
    net = gn.Sequential([Normalization(), Dense(16, "relu"), *end], seed=1)
    net.compile(Adam(0.01), "mean_squared_error")
    return net, (x, y[:, None]), (x_test, y_test[:, None]), {"epochs": 20}


def a_line():
    x = np.linspace(-1, 1, 200)[:, None]
    net = gn.Sequential([Dense(1)], seed=0)
    net.compile(SGD(0.1), "mean_squared_error")
    return net, (x, 2 * x + 1), None, {"epochs": 30}


def a_curve_by_lbfgs():
    x = np.linspace(-1, 1, 200)[:, None]
    net = gn.Sequential([Dense(8, "tanh"), Dense(1)], seed=0)
    net.compile("lbfgs", "mean_squared_error")
    return net, (x, np.sin(3 * x)), None, {"epochs": 60}


def xor():
    (x, y), _ = gn.datasets.load("xor")
    net = gn.Sequential([Dense(4, "tanh"), Dense(1, "sigmoid")], seed=1)
    net.compile(Adam(0.1), "binary_crossentropy")
    return net, (x, y[:, None]), None, {"epochs": 300, "batch_size": "full"}


def functional():
    (x, y), held_out = gn.datasets.load("wine")
    x, held_out = (x - x.mean(0)) / x.std(0), None
    left, right = gn.Input((6,)), gn.Input((7,))
    both = gn.layers.Concatenate()([Dense(8, "relu")(left), Dense(8, "relu")(right)])
    net = gn.Model([left, right], Dense(3, "softmax")(both), seed=0)
    net.compile(Adam(0.01), LABELS)
    return net, ([x[:, :6], x[:, 6:]], y), held_out, {"epochs": 30}


def example_trask():
    net = trask_three_layers.network()
    return net, (trask_three_layers.X, trask_three_layers.Y), None, {
        "epochs": 20_000, "batch_size": "full",
    }  # fmt: skip


def example_mazur():
    return mazur.network(), (mazur.X, mazur.Y), None, {"epochs": 10_000}


def example_spiral():
    return spiral.network(100), gn.datasets.spiral(), None, {"epochs": 2_000, "batch_size": "full"}


def example_logistic_regression():
    train, test = logistic_regression.data()
    net = logistic_regression.neuron(SGD(1.0), 1e-3)
    return net, train, test, {"epochs": 500, "batch_size": "full"}


def example_thomas():
    (x, y), (x_test, y_test) = thomas.data()
    net = thomas.article_network()
    net.compile(Adam(0.01), gn.losses.HalfSumSquaredError("mean"))
    train, test = ((a, gn.utils.to_categorical(b)) for a, b in ((x, y), (x_test, y_test)))
    return net, train, test, {"epochs": 15}


def mnist_rows(count):
    images = gn.datasets.load("mnist", folder=shared_file("mnist").parent / "mnist")
    (x, y), (x_test, y_test) = images
    return (x[:count].reshape(-1, 784), y[:count]), (x_test[:500].reshape(-1, 784), y_test[:500])


def example_nielsen():
    pairs = mnist_rows(10_000)
    train, test = ((x / np.float32(255), gn.utils.to_categorical(y, 10)) for x, y in pairs)
    return nielsen.network(), train, test, {"epochs": 3, "batch_size": 10}


def example_rashid():
    (x, y), (x_test, y_test) = mnist_rows(600)
    train, test = ((rashid.scaled(a), rashid.targets(b)) for a, b in ((x, y), (x_test, y_test)))
    return rashid.network(), train, test, {"epochs": 3, "batch_size": 1}


HEALTHY = [
    digits, digits_deep, iris, wine, breast_cancer, two_moons, blobs, diabetes, a_line,
    a_curve_by_lbfgs, xor, functional, example_trask, example_mazur, example_spiral,
    example_logistic_regression, example_thomas, example_nielsen, example_rashid,
]  # fmt: skip


def loud(findings):
    return [str(found) for found in findings if found.level != "note"]


@pytest.mark.parametrize("make", HEALTHY, ids=lambda make: make.__name__)
def test_a_healthy_network_draws_no_alarm(make):
    net, (x, y), held_out, settings = make()
    before = net.diagnose(x, y, batch_size=settings.get("batch_size"), verbose=0)
    assert not loud(before)
    doctor = gn.callbacks.Doctor(verbose=0)
    stopping = gn.callbacks.EarlyStopping("val_loss", patience=20)
    net.fit(x, y, verbose=0, callbacks=[doctor, stopping], **settings)
    assert not loud(doctor.findings)
    assert not loud(net.diagnose(x, y, held_out, verbose=0))


def test_the_network_of_the_readme_draws_no_alarm():
    (x, y), held_out = gn.datasets.load("digits")
    net = gn.Sequential([Dense(30, activation="sigmoid"), Dense(10, activation="softmax")], seed=0)
    net.compile(Adam(1e-3), LABELS, ["accuracy"])
    assert not loud(net.diagnose(x, y, verbose=0))
    net.fit(x, y, epochs=30, verbose=0)
    assert not loud(net.diagnose(x, y, held_out, verbose=0))


@pytest.mark.parametrize("seed", range(3))
def test_mushrooms(seed):
    data = fann_dataset(str(shared_file("fann/mushroom.train")))
    x, y = data.x, data.y
    net = gn.Sequential([Dense(32, "relu"), Dense(2, "softmax")], seed=seed)
    net.compile(Adam(0.003), "categorical_crossentropy")
    assert not loud(net.diagnose(x, y, verbose=0))
    net.fit(x, y, epochs=5, verbose=0)
    assert not loud(net.diagnose(x, y, verbose=0))
