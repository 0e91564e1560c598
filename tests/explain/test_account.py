"""net.explain: any network, and how the optimizer comes to its step."""

import re

import numpy as np
import pytest

import glassnet as gn
from tests.explain.reading import check_arithmetic, lines_of
from tests.shared_data import shared_file

layers = gn.layers

X, Y = np.array([[0.5, -1.0, 2.0], [1.5, 0.3, -0.7]]), np.array([1, 0])


# Values by name ------------------------------------------------------------------------------


def test_values_are_those_of_the_step_that_fit_makes(net):
    e = net.explain(X, Y)
    np.testing.assert_array_equal(e["a2"], net.predict(X))
    assert float(e["loss"]) == pytest.approx(net.evaluate(X, Y, verbose=0).loss, rel=1e-14)
    for name, old in zip(("W1", "b1", "W2", "b2"), net.get_weights(), strict=True):
        np.testing.assert_array_equal(e[name], old)
    net.train_on_batch(X, Y)
    for name, new in zip(("W1", "b1", "W2", "b2"), net.get_weights(), strict=True):
        np.testing.assert_allclose(e[f"new {name}"], new, rtol=1e-13)
    slots = net.network.state.slots
    np.testing.assert_allclose(e["new velocity_W1"], slots["dense_1.kernel.velocity"], rtol=1e-13)


def test_the_second_step_has_the_slots_of_the_first(net):
    net.train_on_batch(X, Y)
    e = net.explain(X, Y)
    assert np.any(e["velocity_W1"] != 0)
    net.train_on_batch(X, Y)
    np.testing.assert_allclose(e["new W1"], net.get_weights()[0], rtol=1e-13)


def test_the_steps_go_forward_loss_backward_update(net):
    e = net.explain(X, Y)
    stages = [step.stage for step in e.steps]
    assert list(dict.fromkeys(stages)) == ["forward", "loss", "backward", "update"]
    names = [step.name for step in e.steps if step.stage == "backward"]
    assert names == ["d2", "dW2", "db2", "da1", "d1", "dW1", "db1"]


def test_one_sample_has_no_batch_axis(net):
    one, batch = net.explain(X[0], 1), net.explain(X[:1], [1])
    assert one["z1"].shape == (4,) and batch["z1"].shape == (1, 4)
    np.testing.assert_array_equal(one["z1"], batch["z1"][0])
    assert one["dW1"].shape == batch["dW1"].shape == (3, 4)
    assert "z₁[3] = " in str(one) and "z₁[0,3] = " in str(batch)


def test_a_name_that_is_not_known_gets_a_suggestion(net):
    e = net.explain(X[0], 1)
    with pytest.raises(KeyError, match=r"no value 'dw2'.*did you mean 'dW2'\?.*All names: x, y"):
        e["dw2"]
    with pytest.raises(gn.errors.ArgumentError, match="give y for loss"):
        net.explain(X[0])["dW1"]
    assert "dW2" in e and "dw2" not in e and "a1" in list(e)


def test_what_is_given_out_is_a_copy(net):
    e = net.explain(X, Y)
    e["W1"][...] = 0
    assert np.any(net.get_weights()[0] != 0) and np.any(e["W1"] != 0)


# The network is left as it is ----------------------------------------------------------------


def test_explaining_changes_nothing():
    parts = [layers.Normalization(), layers.Dense(4, "relu"), layers.Dropout(0.5), layers.Dense(1)]
    net = gn.Sequential([gn.Input((3,)), *parts], seed=5)
    net.compile("adam", "mse")
    net.fit(X, [[1.0], [2.0]], epochs=2, verbose=0)
    state = net.network.state
    before = [a.copy() for a in net.get_weights()], dict(state.slots), state.step, state.epoch
    slots = {name: array.copy() for name, array in state.slots.items()}
    e = net.explain(X, [[1.0], [2.0]])
    str(e), e.html(), e.latex(), e.why("b1", 0)
    for old, new in zip(before[0], net.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert state.slots.keys() == slots.keys() and (state.step, state.epoch) == before[2:]
    for name, array in slots.items():
        assert state.slots[name] is before[1][name]
        np.testing.assert_array_equal(state.slots[name], array)


def test_without_compile_the_defaults_are_shown_and_not_kept():
    net = gn.Sequential([gn.Input((3,)), layers.Dense(2, "softmax")], seed=0)
    e = net.explain(X, Y)
    assert "what fit would choose, the loss SparseCategoricalCrossentropy" in " ".join(e.notes)
    assert net.loss is None
    with pytest.raises(gn.errors.TrainingError):
        net.optimizer  # noqa: B018


def test_an_unbuilt_network_learns_its_input_from_one_sample():
    net = gn.Sequential([layers.Dense(2)], seed=0)
    assert net.explain([1.0, 2.0, 3.0])["z1"].shape == (2,)
    assert net.built


def test_a_refused_sample_leaves_an_unbuilt_network_unbuilt():
    net = gn.Sequential([layers.Dense(2)], seed=0)
    with pytest.raises(gn.errors.ShapeError):
        net.explain([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
    assert not net.built


# Kinds of networks ---------------------------------------------------------------------------


def test_forward_only_without_y(net):
    e = net.explain(X[0])
    assert {step.stage for step in e.steps} == {"forward"}
    assert "a forward pass only" in str(e)
    np.testing.assert_array_equal(e["a2"], net.predict(X[:1])[0])
    with pytest.raises(gn.errors.ArgumentError, match="give y"):
        e.why("W1", (0, 0))


def test_dropout_says_whether_it_acts():
    net = gn.Sequential([gn.Input((3,)), layers.Dense(6), layers.Dropout(0.5)], seed=0)
    net.compile("sgd", "mse")
    training, forward = net.explain(X[0], np.zeros(6)), net.explain(X[0])
    assert "dropout_1 leaves values out: with the mask of step 1" in str(training)
    assert "dropout_1 leaves nothing out" in str(forward)
    assert set(training["mask_1"]) <= {0.0, 2.0}


@pytest.mark.parametrize(
    "file", ["sparse_0.4_6_5_3.net", "shortcut_3_4_3_2.net", "cascade_xor.net", "and_fann2.net"]
)
def test_networks_of_fann(file):
    net = gn.load(shared_file(f"fann/samples/{file}"))
    n_in, n_out = net.network.topology.input_shapes[0][0], net.network.topology.output_shapes[0][0]
    net.compile(gn.optimizers.SGD(0.7), "mse")
    e = net.explain(np.linspace(-0.5, 0.5, n_in), np.linspace(0.1, 0.9, n_out))
    check_arithmetic(e.text(width=100_000), 6, least=20)
    why = e.why("W1", np.unravel_index(np.abs(e["dW1"]).argmax(), e["dW1"].shape))
    assert why.value == pytest.approx(np.abs(e["dW1"]).max() * np.sign(why.value), rel=1e-12)
    assert e.html() and e.latex()


def test_a_sparse_layer_shows_its_connections_only():
    net = gn.Sequential([gn.Input((3,)), layers.MaskedDense([[1, 0], [0, 1], [1, 0]])], "float64")
    net.compile("sgd", "mse")
    text = net.explain([1.0, 2.0, 3.0], [0.0, 0.0]).text()
    assert "z₁[0] = x[0]·W₁[0,0] + x[2]·W₁[2,0] + b₁[0]" in text


def test_a_functional_model_adds_what_comes_back_on_two_ways():
    x = gn.Input((3,))
    hidden = layers.Dense(3, "tanh")(x)
    relu = layers.Dense(3, "relu", kernel_initializer="ones", bias_initializer="ones")
    net = gn.Model(x, layers.Dense(1)(layers.Add()([hidden, relu(hidden)])), seed=0)
    net.compile("sgd", "mse")
    e = net.explain(X[0], [1.0])
    assert "a₁ is used in 2 places; what they send back is added" in str(e)
    why = e.why("a1", 0)
    assert why.path_count > 1
    assert why.value == pytest.approx(float(e["da1"][0]), rel=1e-5)


def test_two_inputs():
    a, b = gn.Input((2,)), gn.Input((3,))
    net = gn.Model([a, b], layers.Dense(1)(layers.Concatenate()([a, b])), dtype="float64")
    net.compile("sgd", "mse")
    e = net.explain([[1.0, 2.0], [3.0, 4.0, 5.0]], [1.0])
    assert e["x1"].shape == (2,) and e["x2"].shape == (3,) and e["concatenate_1"].shape == (5,)


def test_a_step_made_on_the_host_has_no_update():
    net = gn.Sequential([gn.Input((3,)), layers.Dense(1)])
    net.compile("lbfgs", "mse")
    e = net.explain(X[0], [1.0])
    assert {step.stage for step in e.steps} == {"forward", "loss", "backward"}
    assert any("no update to show" in note for note in e.notes)


@pytest.mark.parametrize("activation", sorted(set(gn.activations.names()) - {"step_symmetric"}))
def test_why_follows_every_activation(activation):
    net = gn.Sequential(
        [gn.Input((3,)), layers.Dense(4, activation), layers.Dense(2)], "float64", seed=1
    )
    net.compile("sgd", "mse")
    e = net.explain(0.3 * X, np.zeros((2, 2)))
    for place in [(0, 0), (2, 3)]:
        why = e.why("W1", place)
        np.testing.assert_allclose(why.value, e["dW1"][place], rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("loss", sorted(set(gn.losses.FAMILY.names())))
def test_every_loss_can_be_explained(loss):
    loss = gn.losses.get(loss)
    net = gn.Sequential([gn.Input((3,)), layers.Dense(3, "softmax")], "float64", seed=1)
    net.compile("sgd", loss)
    y = [2, 1] if loss.takes_labels else [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    e = net.explain(X, y)
    check_arithmetic(e.text(width=100_000), 6, least=10)
    why = e.why("W1", (1, 1))
    np.testing.assert_allclose(why.value, e["dW1"][1, 1], rtol=1e-9)


@pytest.mark.parametrize("optimizer", sorted(set(gn.optimizers.FAMILY.names()) - {"lbfgs"}))
def test_every_optimizer_can_be_explained(optimizer):
    net = gn.Sequential([gn.Input((3,)), layers.Dense(2)], "float64", seed=1)
    net.compile(optimizer, "mse")
    e = net.explain(X, np.ones((2, 2)))
    assert "new W1" in e.names
    check_arithmetic(e.text(width=100_000), 6, least=10)
    net.train_on_batch(X, np.ones((2, 2)))
    np.testing.assert_allclose(e["new W1"], net.get_weights()[0], rtol=1e-12)


# How the optimizer comes to its step ---------------------------------------------------------


@pytest.fixture
def turned():
    """An account of a step whose gradients point against those of the step before."""

    def made(optimizer):
        net = gn.Sequential([gn.Input((2,)), layers.Dense(1)], "float64", seed=0)
        net.compile(optimizer, "mse")
        net.train_on_batch([[1.0, 2.0]], [[50.0]])
        return net.explain([1.0, 0.0], [-5.0])

    return made


@pytest.mark.parametrize(
    ("optimizer", "names"),
    [
        (gn.optimizers.Adam(0.1), ["new m_W₁", "new v_W₁", "move_W₁", "new W₁"]),
        (gn.optimizers.SGD(0.001, momentum=0.9), ["new velocity_W₁", "new W₁"]),
    ],
)
def test_why_shows_what_the_optimizer_makes_of_the_gradient(turned, optimizer, names):
    e = turned(optimizer)
    against, still = e.why("W1", (0, 0)), e.why("W1", (1, 0))
    for why, row in ((against, 0), (still, 1)):
        told = re.sub(r"\n {4,}(?!=)", " ", str(why).partition("moves it")[2])
        check_arithmetic(told, e.digits, least=len(names))
        assert [line.name for line in lines_of(told)] == [f"{name}[{row},0]" for name in names]
        assert why.moves[-1].number == e["new W1"][row, 0]
        assert "velocity" in why._repr_html_() or "move" in why._repr_html_()
    assert against.value * (e["new W1"] - e["W1"])[0, 0] > 0
    assert "against this gradient: what it has kept of earlier steps outweighs it" in " ".join(
        str(against).split()
    )
    assert still.value == 0 and "This gradient is 0, but" in str(still)


def test_why_of_plain_descent_says_no_more_than_there_is(turned):
    e = turned(gn.optimizers.SGD(0.001))
    assert "So SGD moves it: new W₁[0,0] = " in " ".join(str(e.why("W1", (0, 0))).split())
    assert "So SGD leaves it where it is" in str(e.why("W1", (1, 0)))


def test_no_side_of_an_equation_stands_twice(turned):
    for line in lines_of(turned(gn.optimizers.Adam(0.1)).text(width=100_000)):
        assert all(a != b for a, b in zip(line.sides[:-2], line.sides[1:-1], strict=True)), line


def test_one_weight_can_be_followed_through_all_steps():
    parts = [layers.Dense(40, "relu"), layers.Dropout(0.5), layers.Dense(30, "relu")]
    net = gn.Sequential([gn.Input((5,)), *parts, layers.Dense(3, "softmax")], seed=2)
    net.compile("adam", "sparse_categorical_crossentropy")
    x = np.linspace(-1, 1, 5)
    net.train_on_batch(-x[None], [0])
    e = net.explain(x, 1)

    def places(name):
        step = next(step for step in e.steps if step.name == name)
        return [entry.left.index for entry in step.entries(e.fold(False, name))]

    for parameter in ("W1", "b1", "W2"):
        moved = places(f"new {parameter}")
        assert places(f"d{parameter}") == moved and len(moved) == 4
        aside = [places(f"{one}_{parameter}") for one in ("new m", "new v", "move")]
        assert aside[0] == aside[1] == aside[2] and set(aside[0]) < set(moved)
    of_layer = [s.name for s in e.steps if s.stage != "update" and s.shape == (40,)]
    assert len(of_layer) >= 7
    assert all(places(name) == places("z1") for name in of_layer)


def test_a_page_has_one_minus_and_dropout_tells_how_to_see_the_prediction():
    net = gn.Sequential([gn.Input((3,)), layers.Dense(2, "sigmoid"), layers.Dropout(0.5)], seed=0)
    net.compile("sgd", "mse")
    e = net.explain(X[0], [0.0, 1.0])
    page = re.sub(r"<style>.*?</style>|<[^>]*>", " ", e.html(), flags=re.S)
    assert not re.findall(r"(?<!\w)-|\de-\d|-x", page)
    assert "leave y out to see the pass of a prediction" in " ".join(e.notes)
    assert "<mo>−</mo>" in e.html() and "<mo>-</mo>" not in e.html()
