"""Doctor: speaks while a network trains, once for each finding, and changes nothing."""

from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import ArgumentError
from glassnet.initializers import Constant, RandomNormal
from glassnet.layers import Dense
from glassnet.optimizers import SGD, Adam

LABELS = "sparse_categorical_crossentropy"


def iris():
    data = gn.datasets.info("iris")
    return (data.x - data.x.mean(axis=0)) / data.x.std(axis=0), data.y


def compiled(layers, loss, optimizer):
    net = gn.Sequential(layers, seed=0)
    net.compile(optimizer, loss)
    return net


def classes(optimizer, activation="tanh", **settings):
    layers = [Dense(8, activation, **settings), Dense(3, "softmax")]
    return compiled(layers, LABELS, optimizer), *iris(), {"epochs": 12}


def dead():
    return classes(Adam(0.01), "relu", bias_initializer=Constant(-20.0))


def saturated():
    return classes(Adam(0.001), "sigmoid", kernel_initializer=RandomNormal(0, 100.0))


def vanishing():
    layers = [Dense(12, "sigmoid") for _ in range(10)]
    net = compiled([*layers, Dense(3, "softmax")], LABELS, Adam(0.001))
    return net, *iris(), {"epochs": 2}


def leaping():
    return classes(Adam(20.0))


def creeping():
    return classes(SGD(1e-8))


def stuck():
    net, x, y, _ = classes(SGD(1e-8))
    return net, x, y, {"epochs": 30}


def growing():
    x, _ = iris()
    net = compiled([Dense(1)], "mse", SGD(0.5))
    return net, x, x[:, :1] + 1, {"epochs": 5, "batch_size": "full"}


def by_heart():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(60, 8)), rng.integers(0, 3, 60)
    net = compiled([Dense(64, "relu"), Dense(3, "softmax")], LABELS, Adam(0.01))
    held_out = (rng.normal(size=(60, 8)), rng.integers(0, 3, 60))
    return net, x, y, {"epochs": 60, "validation_data": held_out}


CASES = {
    dead: "Dead ReLU units",
    saturated: "Saturated units",
    vanishing: "The gradient vanishes",
    leaping: "Steps too large",
    creeping: "Steps too small",
    stuck: "The network makes no progress",
    growing: "Training diverges",
    by_heart: "Overfitting",
}


@pytest.mark.parametrize("backend", ["numpy", "compiled"])
@pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__)
def test_it_speaks_once(make, backend, capfd):
    net, x, y, settings = make()
    doctor = gn.callbacks.Doctor()
    net.fit(x, y, verbose=0, callbacks=[doctor], backend=backend, **settings)
    said = capfd.readouterr().err
    assert said.count(f": {CASES[make]}\n") == 1
    found = next(one for one in doctor.findings if one.title == CASES[make])
    assert found.evidence[:40] in said and "  Try: " in said
    assert found.level in ("warning", "problem")


def test_numbers_that_go_bad_are_told_by_the_warning_and_kept():
    x, _ = iris()
    doctor = gn.callbacks.Doctor()
    net = compiled([Dense(4, "relu"), Dense(1)], "mse", SGD(1e18))
    with pytest.warns(gn.callbacks.TrainingWarning):
        net.fit(x, x[:, :1], epochs=5, verbose=0, callbacks=[doctor])
    assert "became" in doctor.findings[-1].evidence
    assert doctor.findings[-1].check == "diverged"


def test_notes_are_kept_and_spoken_of_if_wanted(capfd):
    bias = Constant(np.repeat([-20.0, 0.1], [2, 6]))
    for level, count in (("warning", 0), ("note", 1)):
        net, x, y, _ = classes(Adam(0.01), "relu", bias_initializer=bias)
        doctor = gn.callbacks.Doctor(level)
        net.fit(x, y, epochs=1, verbose=0, callbacks=[doctor])
        assert [one.level for one in doctor.findings] == ["note"]
        assert capfd.readouterr().err.count("note: Dead ReLU units") == count
    with pytest.raises(ArgumentError, match="note, warning, problem"):
        gn.callbacks.Doctor("loud")


def test_a_resumed_run_does_not_repeat_itself(tmp_path, capfd):
    path = tmp_path / "run.safetensors"
    doctor = gn.callbacks.Doctor()
    net, x, y, _ = dead()
    keep = gn.callbacks.ModelCheckpoint(path)
    net.fit(x, y, epochs=2, verbose=0, callbacks=[doctor, keep])
    assert "Dead ReLU units" in capfd.readouterr().err
    again, net = gn.callbacks.Doctor(), dead()[0]
    net.fit(x, y, epochs=4, verbose=0, callbacks=[again], resume=path)
    assert "Dead ReLU units" not in capfd.readouterr().err
    assert again.findings[: len(doctor.findings)] == doctor.findings


def test_lbfgs_and_a_network_that_has_nothing_to_learn():
    x, y = iris()
    doctor = gn.callbacks.Doctor(verbose=0)
    net = compiled([Dense(8, "tanh"), Dense(3, "softmax")], LABELS, "lbfgs")
    net.fit(x, y, epochs=20, verbose=0, callbacks=[doctor])
    assert not [one for one in doctor.findings if one.level != "note"]


@pytest.mark.parametrize("epochs", [300, 1000])
@pytest.mark.parametrize("optimizer", [Adam(0.05), SGD(1.0)], ids=["adam", "sgd"])
def test_xor_without_a_hidden_layer_comes_to_rest_and_no_rate_is_blamed(optimizer, epochs, capfd):
    (x, y), _ = gn.datasets.load("xor")
    net = compiled([Dense(1, "sigmoid")], "binary_crossentropy", optimizer)
    doctor = gn.callbacks.Doctor()
    net.fit(x, y[:, None], epochs=epochs, verbose=0, callbacks=[doctor])
    said = capfd.readouterr().err
    assert said.count("Doctor, ") == 1 and "come to rest" in said and "hidden layer" in said
    assert "learning rate" not in "".join(map(str, doctor.findings))
    told = net.diagnose(x, y[:, None], verbose=0)
    assert told[0].title == "A hidden layer is needed"
    assert not told.of("update_ratio") and not told.of("constant_predictions")
