"""The real library beside glassnet, in one run: training, files, growing networks."""

import numpy as np
import pytest

import glassnet as gn
import glassnet.fann as libfann
from glassnet.models.fann import save_fann
from tests.fann.libfann import Dice, Fann
from tests.formats.fann.test_networks import GRAPHS
from tests.shared_data import shared_file

ALGORITHMS = ["INCREMENTAL", "BATCH", "RPROP", "QUICKPROP", "SARPROP"]
KINDS = {
    "standard": lambda net: net.create_standard_array((3, 4, 2)),
    "sparse": lambda net: net.create_sparse_array(0.5, (3, 6, 4, 2)),
    "shortcut": lambda net: net.create_shortcut_array((3, 4, 2)),
}


@pytest.fixture
def data_path(tmp_path):
    draw = np.random.default_rng(4)
    data = libfann.training_data()
    x = draw.uniform(-1, 1, (9, 3))
    y = np.stack([np.sin(3 * x[:, 0]) * x[:, 1], x[:, 2] * x[:, 0]], axis=1) * 0.8
    data.set_train_data(x, y)
    path = str(tmp_path / "rows.data")
    data.save_train(path)
    return path


def network(kind, tmp_path):
    """A network, and the same one in the real library."""
    net = libfann.neural_net()
    KINDS[kind](net)
    net.randomize_weights(-0.9, 0.9)
    net.set_activation_function_hidden(libfann.SIGMOID_SYMMETRIC)
    net.set_activation_function_output(libfann.ELLIOT_SYMMETRIC)
    net.set_activation_function(libfann.GAUSSIAN, 1, 1)
    net.set_activation_function(libfann.SIN_SYMMETRIC, 1, 2)
    net.set_activation_steepness(0.8, 1, 1)
    net.set_activation_steepness(0.3, 1, 2)
    return net


def both(net, tmp_path):
    path = str(tmp_path / "both.net")
    net.save(path)
    return Fann(path)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("kind", KINDS)
def test_training_is_the_same(kind, algorithm, tmp_path, data_path):
    libfann.faithful(True)
    net = network(kind, tmp_path)
    net.set_training_algorithm(getattr(libfann, f"TRAIN_{algorithm}"))
    real = both(net, tmp_path)
    data = libfann.training_data()
    data.read_train_from_file(data_path)
    theirs, errors = [], []
    for generator in ("theirs", "ours"):
        dice = Dice(7)
        if generator == "ours":
            net.learner.draws = dice
        for epoch in range(25):
            if generator == "theirs":
                errors.append(real.train_epoch(data_path))
                theirs.append(real.weights())
            else:
                assert net.train_epoch(data) == pytest.approx(errors[epoch], rel=1e-6)
                # Quickprop divides by differences of slopes, which magnifies the last digit.
                close = (1e-9 if algorithm == "QUICKPROP" else 1e-11) * np.abs(theirs[epoch]).max()
                np.testing.assert_allclose(
                    net.get_weight_array(), theirs[epoch], rtol=0, atol=close, err_msg=str(epoch)
                )


@pytest.mark.parametrize("kind", KINDS)
def test_our_files_give_the_same_outputs(kind, tmp_path):
    net = network(kind, tmp_path)
    real = both(net, tmp_path)
    for row in np.random.default_rng(1).normal(size=(20, 3)):
        np.testing.assert_allclose(net.run(row), real.run(row), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("number", range(18))
@pytest.mark.parametrize("steepness", [0.25, 0.5, 1.0, 3.0])
def test_every_activation(number, steepness, tmp_path):
    net = libfann.neural_net()
    net.create_standard_array((1, 2, 1))
    net.set_activation_function_hidden(number)
    net.set_activation_function_output(number)
    net.set_activation_steepness_hidden(steepness)
    net.set_activation_steepness_output(steepness)
    net.randomize_weights(-2, 2)
    real = both(net, tmp_path)
    for x in [-1e6, -300.0, -7.0, -1.0, -0.1, 0.0, 0.2, 0.9, 1.1, 5.0, 400.0]:
        np.testing.assert_allclose(net.run([x]), real.run([x]), rtol=1e-12, atol=1e-15)


def test_an_exported_model_gives_the_same_outputs(tmp_path):
    net = gn.Sequential(
        [gn.Input((3,)), gn.layers.Dense(5, "sigmoid"), gn.layers.Dense(2, "softsign")],
        dtype="float64",
        seed=1,
    )
    net.build((None, 3))
    real = Fann(save_fann(net, tmp_path / "model.net"))
    x = np.random.default_rng(0).normal(size=(9, 3))
    np.testing.assert_allclose([real.run(row) for row in x], net.predict(x), rtol=1e-12)


@pytest.mark.parametrize("name", GRAPHS)
def test_an_exported_network_with_shortcuts_gives_the_same_outputs(name, tmp_path):
    net = GRAPHS[name]()
    real = Fann(save_fann(net, tmp_path / "model.net"))
    x = np.random.default_rng(0).normal(size=(9, 3))
    np.testing.assert_allclose([real.run(row) for row in x], net.predict(x), rtol=1e-12)


@pytest.mark.parametrize("algorithm", ALGORITHMS[:4])
def test_a_sparse_shortcut_network_learns_the_same(algorithm, tmp_path, data_path):
    libfann.faithful(True)
    path = str(save_fann(GRAPHS["skipping"](), tmp_path / "model.net"))
    data = libfann.training_data()
    data.read_train_from_file(data_path)
    data.set_train_data(data.get_input(), [row[:1] for row in data.get_output()])
    data.save_train(str(tmp_path / "one.data"))
    net, real = libfann.neural_net(), Fann(path)
    net.create_from_file(path)
    net.set_training_algorithm(getattr(libfann, f"TRAIN_{algorithm}"))
    real.library.fann_set_training_algorithm(real.net, ALGORITHMS.index(algorithm))
    for _ in range(10):
        error = real.train_epoch(str(tmp_path / "one.data"))
        assert net.train_epoch(data) == pytest.approx(error, rel=1e-6)
        close = 1e-9 * np.abs(real.weights()).max()
        np.testing.assert_allclose(net.get_weight_array(), real.weights(), rtol=0, atol=close)


def test_a_network_of_the_real_library_is_saved_as_ours(tmp_path):
    path = shared_file("fann/samples/deep_4_6_5_3.net")
    Fann(path).save(tmp_path / "theirs.net")
    net = libfann.neural_net()
    net.create_from_file(str(path))
    net.save(str(tmp_path / "ours.net"))
    assert (tmp_path / "ours.net").read_bytes() == (tmp_path / "theirs.net").read_bytes()
