"""FANN networks as models of glassnet, and models as FANN networks."""

import json

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import ArgumentError
from glassnet.formats.fann import read_net
from glassnet.models.fann import load_fann, save_fann
from tests.shared_data import shared_file

NETS = {
    "and_fann2.net": 1e-12,
    "cascade_xor.net": 1e-12,
    "deep_4_6_5_3.net": 1e-12,
    "shortcut_3_4_3_2.net": 1e-12,
    "sparse_0.4_6_5_3.net": 1e-12,
    "xor_float_2.1.net": 1e-6,
}


@pytest.mark.parametrize("name", NETS)
def test_a_network_of_fann_is_a_model(name):
    path = shared_file("fann/samples/golden.json")
    record = json.loads(path.read_text(encoding="utf-8"))["nets"][name]
    net = gn.load(shared_file(f"fann/samples/{name}"))
    found = net.predict(np.array(record["inputs"], float))
    np.testing.assert_allclose(found, record["outputs"], rtol=NETS[name], atol=NETS[name])


def test_scaling_in_the_file_is_not_applied_and_that_is_said():
    with pytest.warns(UserWarning, match="holds a scaling, which is not applied"):
        net = gn.load(shared_file("fann/samples/scaled_2_3_1.net"))
    path = shared_file("fann/samples/golden.json")
    record = json.loads(path.read_text(encoding="utf-8"))["nets"]["scaled_2_3_1.net"]
    found = net.predict(np.array(record["inputs"], float))
    np.testing.assert_allclose(found, record["outputs"], rtol=1e-12)


def test_it_learns_on():
    net = gn.load(shared_file("fann/samples/sparse_0.4_6_5_3.net"))
    net.compile(gn.optimizers.RPROP(), loss="mse")
    draw = np.random.default_rng(0)
    x, y = draw.normal(size=(20, 6)), draw.uniform(0, 1, size=(20, 3))
    losses = net.fit(x, y, epochs=30, batch_size="full", verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def model(*layers, seed=3):
    return gn.Sequential([gn.Input((3,)), *layers], dtype="float64", seed=seed)


CHAINS = {
    "dense": lambda: model(gn.layers.Dense(4, "sigmoid"), gn.layers.Dense(2, "tanh")),
    "no bias": lambda: model(gn.layers.Dense(2, "relu", use_bias=False)),
    "activation apart": lambda: model(gn.layers.Dense(4), gn.layers.Activation("softsign")),
    "masked": lambda: model(gn.layers.MaskedDense([[1, 0], [0, 1], [1, 1]], "elliot")),
    "steep": lambda: model(gn.layers.Dense(2, gn.activations.Steep("tanh", [0.3, 2.0]))),
    "mixed": lambda: model(gn.layers.Dense(3, gn.activations.PerUnit(["sin", "relu", "sin"]))),
    "scaled": lambda: model(
        gn.layers.Normalization(),
        gn.layers.Dense(4, "tanh"),
        gn.layers.Dense(2),
        gn.layers.Rescaling(3.0, 7.0),
    ),
    "dropout": lambda: model(gn.layers.Dropout(0.5), gn.layers.Dense(2, "half_cos")),
}


@pytest.mark.parametrize("name", CHAINS)
def test_a_model_goes_through_a_file(name, tmp_path):
    net = CHAINS[name]()
    net.build((None, 3))
    net.set_weights(
        [np.random.default_rng(1).uniform(0.3, 1.0, w.shape) for w in net.get_weights()]
    )
    path = save_fann(net, tmp_path / "model.net")
    x = np.random.default_rng(2).normal(size=(7, 3))
    np.testing.assert_allclose(load_fann(path).predict(x), net.predict(x), rtol=1e-12, atol=1e-14)
    assert read_net(path).layout == "FANN_FLO_2.1"


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (gn.layers.Dense(2, "softmax"), "'softmax' is not one of FANN's"),
        (gn.layers.Reshape((3, 1)), "a Reshape layer cannot be written"),
    ],
)
def test_what_fann_does_not_know(layer, message, tmp_path):
    net = model(layer, gn.layers.Flatten(), gn.layers.Dense(1))
    net.build((None, 3))
    with pytest.raises(ArgumentError, match=message):
        save_fann(net, tmp_path / "model.net")


def test_outputs_scaled_after_an_activation_have_no_place(tmp_path):
    net = model(gn.layers.Dense(1, "tanh"), gn.layers.Rescaling(2.0))
    net.build((None, 3))
    with pytest.raises(ArgumentError, match="let the last dense layer be linear"):
        save_fann(net, tmp_path / "model.net")
