"""FANN networks as models of glassnet, and models as FANN networks."""

import json

import numpy as np
import pytest

import glassnet as gn
import glassnet.fann as libfann
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


def fann_network(algorithm, error_function, activation):
    net = libfann.neural_net()
    net.create_standard_array((2, 4, 1))
    net.set_activation_function_hidden(libfann.ELLIOT)
    net.set_activation_function_output(activation)
    net.randomize_weights(-0.5, 0.5)
    net.set_training_algorithm(algorithm)
    net.set_train_error_function(error_function)
    net.set_learning_momentum(0.25)
    net.set_learning_rate(0.5)  # numbers that files hold exactly
    return net


@pytest.mark.parametrize("backend", ["numpy", "compiled"])
@pytest.mark.parametrize("activation", [libfann.ELLIOT_SYMMETRIC, libfann.GAUSSIAN])
@pytest.mark.parametrize("error_function", [0, 1])
@pytest.mark.parametrize("algorithm", [0, 1])
def test_it_learns_as_in_fann(algorithm, error_function, activation, backend, tmp_path):
    """The file says how: the same loss, error for error and step for step."""
    libfann.seed(2)
    fann = fann_network(algorithm, error_function, activation)
    fann.set_activation_steepness_output(1.0)  # elsewhere FANN's slopes of bells are others
    fann.save(str(tmp_path / "x.net"))
    net = gn.load(tmp_path / "x.net")
    x, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1.0]]), np.array([[0.1], [0.9], [0.8], [0.2]])
    data = libfann.training_data()
    data.set_train_data(x, y)
    before, fails = fann.test_data(data), fann.get_bit_fail()
    halved = activation == libfann.ELLIOT_SYMMETRIC
    scores = net.evaluate(x, y)
    assert scores["bit_fail"] * 4 == fails
    if not error_function:  # halves of squares: FANN has neither the half nor the quarter
        assert scores.loss == pytest.approx(before / (1 if halved else 2), rel=1e-12)
    fann.train_on_data(data, 30, 0, 0.0)
    net.fit(x, y, epochs=30, batch_size=1 if algorithm == 0 else "full", shuffle=False, verbose=0,
            backend=backend)  # fmt: skip
    assert fann.test_data(data) != pytest.approx(before, rel=1e-3)
    for row in x:
        assert net.predict(row[None])[0] == pytest.approx(fann.run(row), rel=1e-9)


@pytest.mark.parametrize("algorithm", range(5))
def test_the_file_says_how_it_learns(algorithm, tmp_path):
    fann = fann_network(algorithm, 1, libfann.SIGMOID_SYMMETRIC)
    fann.save(str(tmp_path / "x.net"))
    net = gn.load(tmp_path / "x.net")
    kind = ["SGD", "SGD", "RPROP", "Quickprop", "SARPROP"][algorithm]
    assert type(net.optimizer).__name__ == kind
    assert net.loss.halved
    if kind == "SARPROP":  # it need not get out of every valley
        return
    x = np.array([[-1, -1], [-1, 1], [1, -1], [1, 1.0]])
    y = np.array([[-1], [1], [1], [-1.0]])
    stop = gn.callbacks.StopWhen("bit_fail", at_most=0)
    size = "full" if algorithm else 1
    history = net.fit(x, y, epochs=2000, batch_size=size, verbose=0, callbacks=[stop]).history
    assert history["bit_fail"][-1] == 0


def test_a_file_nobody_can_train_with_is_read_all_the_same(tmp_path):
    fann = fann_network(2, 1, libfann.SIGMOID)
    fann.set_rprop_delta_zero(0.0)
    fann.save(str(tmp_path / "x.net"))
    net = gn.load(tmp_path / "x.net")
    assert net.predict(np.ones((1, 2)))[0] == pytest.approx(fann.run([1, 1]))


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


def shortcut():
    x = gn.Input((3,))
    a = gn.layers.Dense(4, "sigmoid")(x)
    b = gn.layers.Dense(2, "tanh")(gn.layers.Concatenate()([x, a]))
    return gn.Model(x, gn.layers.Dense(2, "elliot")(gn.layers.Concatenate()([x, a, b])),
                    dtype="float64", seed=4)  # fmt: skip


def skipping():
    """One way round a layer, in another order, scaled on the way."""
    x = gn.Input((3,))
    a = gn.layers.Dense(4, "sigmoid")(x)
    b = gn.layers.Dropout(0.3)(gn.layers.Dense(2, "tanh")(a))
    joined = gn.layers.Concatenate()([b, gn.layers.Rescaling(2.0, -1.0)(x)])
    return gn.Model(x, gn.layers.Dense(1, "softsign")(joined), dtype="float64", seed=5)


def branches():
    x = gn.Input((3,))
    scaled = gn.layers.Rescaling(0.5)(x)
    left = gn.layers.Activation("tanh")(gn.layers.Dense(4)(scaled))
    right = gn.layers.MaskedDense([[1, 0], [0, 1], [0, 0]], "sin")(scaled)
    out = gn.layers.Dense(2)(gn.layers.Concatenate()([right, left, right]))
    return gn.Model(x, gn.layers.Rescaling(3.0, 1.0)(out), dtype="float64", seed=6)


GRAPHS = {"shortcut": shortcut, "skipping": skipping, "branches": branches}


@pytest.mark.parametrize("name", GRAPHS)
def test_a_network_with_shortcuts_goes_through_a_file(name, tmp_path):
    net = GRAPHS[name]()
    path = save_fann(net, tmp_path / "model.net")
    x = np.random.default_rng(2).normal(size=(7, 3))
    np.testing.assert_allclose(load_fann(path).predict(x), net.predict(x), rtol=1e-12, atol=1e-14)
    kept = read_net(path).parameters
    assert kept["network_type"] == 1
    assert (kept["connection_rate"] == 1) == (name == "shortcut")


def test_a_shortcut_network_of_fann_comes_back_as_it_was(tmp_path):
    original = read_net(shared_file("fann/samples/shortcut_3_4_3_2.net"))
    net = gn.load(shared_file("fann/samples/shortcut_3_4_3_2.net"))
    again = read_net(save_fann(net, tmp_path / "again.net"))
    assert again.layer_sizes == original.layer_sizes
    np.testing.assert_array_equal(again.sources, original.sources)
    np.testing.assert_array_equal(again.weights, original.weights)
    np.testing.assert_array_equal(again.num_inputs, original.num_inputs)
    inner = original.num_inputs > 0
    np.testing.assert_array_equal(again.activation[inner], original.activation[inner])
    np.testing.assert_array_equal(again.steepness[inner], original.steepness[inner])


def no_chain(kind):
    x = gn.Input((3,))
    a = gn.layers.Dense(3)(x)
    if kind == "sum":
        return x, gn.layers.Dense(1)(gn.layers.Add()([x, a]))
    if kind == "two ways":  # the values before the activation are wanted as well
        kept = gn.layers.Dropout(0.1)(a)
        both = gn.layers.Concatenate()([a, gn.layers.Activation("tanh")(kept)])
        return x, gn.layers.Dense(1)(both)
    return x, gn.layers.Concatenate()([a, gn.layers.Dense(2)(a)])


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("sum", "a Add layer cannot be written"),
        ("two ways", "a Activation layer cannot be written"),
        ("output", "the output of a FANN network is its last dense layer"),
    ],
)
def test_graphs_that_fann_does_not_have(kind, message, tmp_path):
    with pytest.raises(ArgumentError, match=message):
        save_fann(gn.Model(*no_chain(kind)), tmp_path / "model.net")


def test_a_layer_along_the_last_axis_has_no_counterpart(tmp_path):
    net = gn.Sequential([gn.Input((2, 3)), gn.layers.Dense(4), gn.layers.Flatten()], seed=0)
    net.build((None, 2, 3))
    with pytest.raises(ArgumentError, match="put a Flatten layer before"):
        save_fann(net, tmp_path / "model.net")


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
