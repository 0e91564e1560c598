"""Sequential and Model: building, weights, shared layers, summary."""

from __future__ import annotations

import copy
import pickle  # noqa: TID251 - users send models to other processes

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import ArgumentError, GraphError, ShapeError, TrainingError

L = gn.layers


def chain(**settings):
    return gn.Sequential(
        [gn.Input((3,)), L.Dense(4, "relu"), L.Dense(2, "softmax")], **{"seed": 0, **settings}
    )


# Sequential ---------------------------------------------------------------------------------


def test_layers_are_added_one_by_one():
    net = gn.Sequential(seed=0)
    net.add(gn.Input((3,)))
    net.add(L.Dense(4))
    net.add(L.Dense(2))
    assert [layer.units for layer in net.layers] == [4, 2]
    assert not net.built
    assert net.predict(np.zeros((5, 3))).shape == (5, 2)
    assert net.built
    assert [layer.name for layer in net.layers] == ["dense_1", "dense_2"]


@pytest.mark.parametrize("shape", [(None, 3), [None, 3], (7, 3), (None, np.int64(3))])
def test_build_makes_the_weights(shape):
    net = gn.Sequential([L.Dense(4), L.Dense(2)], seed=0)
    net.build(shape)
    assert [array.shape for array in net.get_weights()] == [(3, 4), (4,), (4, 2), (2,)]
    before = net.get_weights()
    net.build(shape)  # again changes nothing
    assert all(np.array_equal(a, b) for a, b in zip(before, net.get_weights(), strict=True))


def test_an_input_makes_build_easy():
    net = chain()
    net.build()
    assert net.count_params() == 3 * 4 + 4 + 4 * 2 + 2


def test_the_input_is_learned_from_the_data():
    net = gn.Sequential([L.Flatten(), L.Dense(2)], seed=0)
    assert net.predict(np.zeros((5, 4, 3))).shape == (5, 2)
    assert net.network.topology.input_shapes == [(4, 3)]


def test_a_failed_attempt_leaves_the_layers_usable():
    net = gn.Sequential([L.Dense(6), L.Reshape((2, 3)), L.Flatten(), L.Dense(1)], seed=0)
    bad = gn.Sequential([net.layers[0], L.Reshape((7,))], seed=0)
    with pytest.raises(ShapeError, match="reshape_1"):
        bad.build((None, 9))
    assert net.predict(np.zeros((5, 3))).shape == (5, 1)


def test_data_that_are_refused_leave_the_model_unbuilt():
    net = gn.Sequential([L.Dense(4), L.Dense(1)], seed=0)
    net.compile("sgd", "mse")
    bad = np.full((5, 7), np.nan)
    for x, y in ((bad, np.zeros((5, 1))), (np.zeros((5, 7)), np.zeros((4, 1)))):
        with pytest.raises(gn.errors.GlassnetError):
            net.fit(x, y, verbose=0)
    assert not net.built
    net.fit(np.zeros((5, 3)), np.zeros((5, 1)), verbose=0)


def test_targets_that_are_refused_do_not_fix_the_default_loss():
    net = gn.Sequential([gn.Input((3,)), L.Dense(2)], seed=0)
    with pytest.raises(gn.errors.GlassnetError):
        net.fit(np.zeros((4, 3)), [[0.5], [1], [0], [1]], verbose=0)
    net.fit(np.zeros((4, 3)), np.zeros((4, 2)), verbose=0)
    assert type(net.loss).__name__ == "MeanSquaredError"


# Weights ------------------------------------------------------------------------------------


def test_weights_come_layer_by_layer_kernel_before_bias():
    net = gn.Sequential(
        [gn.Input((3,)), L.Normalization(), L.Dense(4), L.Dropout(0.1), L.Dense(2, use_bias=False)],
        seed=0,
    )
    names = ["normalization_1.mean", "normalization_1.deviation", "dense_1.kernel", "dense_1.bias",
             "dense_2.kernel"]  # fmt: skip
    assert list(net.network.weights()) == names
    assert [array.shape for array in net.get_weights()] == [(3,), (3,), (3, 4), (4,), (4, 2)]


def test_get_weights_gives_copies_and_set_weights_takes_them():
    net, other = chain(seed=0), chain(seed=1)
    weights = net.get_weights()
    weights[0][:] = 9
    assert not np.array_equal(net.get_weights()[0], weights[0])
    other.set_weights(net.get_weights())
    x = np.ones((2, 3))
    assert np.array_equal(other.predict(x), net.predict(x))
    other.set_weights([array.tolist() for array in net.get_weights()])


# Model --------------------------------------------------------------------------------------


def test_two_inputs_add_and_concatenate():
    a, b = gn.Input((3,)), gn.Input((2,))
    left, right = L.Dense(4, "tanh")(a), L.Dense(4, "tanh")(b)
    joined = L.Concatenate()([L.Add()([left, right]), a])
    net = gn.Model([a, b], L.Dense(1)(joined), seed=0, dtype="float64")
    xa, xb = np.linspace(-1, 1, 30).reshape(10, 3), np.linspace(0, 1, 20).reshape(10, 2)
    w1, b1, w2, b2, w3, b3 = net.get_weights()
    hidden = np.tanh(xa @ w1 + b1) + np.tanh(xb @ w2 + b2)
    expected = np.concatenate([hidden, xa], axis=1) @ w3 + b3
    np.testing.assert_allclose(net.predict([xa, xb]), expected, rtol=1e-12)
    assert np.array_equal(net.predict((xa, xb)), net.predict({"x1": xa, "x2": xb}))
    y = xa[:, :1] * xb[:, :1]
    net.compile(gn.optimizers.Adam(0.02), "mse")
    history = net.fit([xa, xb], y, epochs=40, validation_split=0.2, verbose=0).history
    assert history["loss"][-1] < 0.5 * history["loss"][0]
    assert net.evaluate([xa, xb], y).loss < history["loss"][0]


def test_inputs_are_called_by_their_names(tmp_path):
    age, bill = gn.Input((1,), name="age"), gn.Input((3,), name="bill")
    net = gn.Model([age, bill], L.Dense(2)(L.Concatenate()([age, bill])), seed=0)
    one, three = np.linspace(0, 1, 5)[:, None], np.linspace(-1, 1, 15).reshape(5, 3)
    expected = net.predict([one, three])
    path = net.save(tmp_path / "net.safetensors")
    for model in (net, gn.load(path), copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert np.array_equal(model.predict({"bill": three, "age": one}), expected)
        assert np.array_equal(model.predict({"x1": one, "x2": three}), expected)
        assert "age (Input)" in model.summary_text() and "age, bill" in model.summary_text()
    with pytest.raises(ArgumentError, match="has the inputs age, bill, but x has age, x2"):
        net.predict({"age": one, "x2": three})
    with pytest.raises(ShapeError, match=r"bill has the shape \(5, 1\)"):
        net.predict([one, one])
    net.fit({"age": one, "bill": three}, np.zeros((5, 2)), verbose=0)
    chain = gn.Sequential([gn.Input((3,), name="bill"), L.Dense(1)], seed=0)
    for model in (chain, gn.load(chain.save(path))):
        assert np.array_equal(model.predict({"bill": three}), model.predict(three))


def test_names_of_inputs_that_swap_their_numbers_or_are_given_twice():
    a, b = gn.Input((1,), name="x2"), gn.Input((1,), name="x1")
    net = gn.Model([a, b], L.Concatenate()([a, b]))
    found = net.predict({"x2": [[2.0]], "x1": [[1.0]]})
    assert found.tolist() == [[2.0, 1.0]]
    a, b = gn.Input((1,)), gn.Input((1,), name="x1")
    with pytest.raises(GraphError, match="two inputs are called 'x1'"):
        gn.Model([a, b], L.Concatenate()([a, b]))


def test_several_outputs_can_predict():
    x = gn.Input((3,))
    hidden = L.Dense(4)(x)
    net = gn.Model(x, [L.Dense(1)(hidden), L.Dense(2)(hidden)], seed=0)
    one, two = net.predict(np.zeros((5, 3)))
    assert one.shape == (5, 1) and two.shape == (5, 2)
    one, two = net.predict(np.zeros((2500, 3)))
    assert one.shape == (2500, 1)
    with pytest.raises(gn.errors.ArgumentError, match=r"has the outputs dense_2, dense_3, but y"):
        net.fit(np.zeros((5, 3)), np.zeros((5, 1)), verbose=0)
    with pytest.raises(TrainingError, match=r"predict_labels needs a network with one output"):
        net.predict_labels(np.zeros((5, 3)))


def test_a_shared_layer_has_one_set_of_weights():
    a, b = gn.Input((3,)), gn.Input((3,))
    shared = L.Dense(4, "tanh")
    net = gn.Model([a, b], L.Dense(1)(L.Add()([shared(a), shared(b)])), seed=0, dtype="float64")
    assert net.count_params() == 3 * 4 + 4 + 4 + 1
    xa, xb = np.linspace(-1, 1, 15).reshape(5, 3), np.linspace(1, 2, 15).reshape(5, 3)
    assert np.allclose(net.predict([xa, xb]), net.predict([xb, xa]))
    net.compile("sgd", "half_sum_squared_error")
    before = net.get_weights()[0]
    net.fit([xa, xb], np.ones((5, 1)), verbose=0)
    assert not np.array_equal(before, net.get_weights()[0])


def test_functional_models_come_back_from_a_file(tmp_path):
    a, b = gn.Input((3,)), gn.Input((3,))
    shared = L.Dense(4, "tanh", name="shared")
    out = L.Dense(1)(L.Concatenate()([shared(a), shared(b), a]))
    net = gn.Model([a, b], out, seed=0, name="twin")
    net.compile("adam", "mse")
    xs, y = [np.ones((6, 3)), np.zeros((6, 3))], np.ones((6, 1))
    net.fit(xs, y, epochs=2, verbose=0)
    again = gn.load(net.save(tmp_path / "a"))
    assert type(again) is gn.Model and again.name == "twin"
    assert np.array_equal(again.predict(xs), net.predict(xs))
    for model in (net, again):
        model.fit(xs, y, epochs=2, verbose=0)
    assert np.array_equal(again.predict(xs), net.predict(xs))


def test_a_model_within_a_model():
    x = np.linspace(-1, 1, 12).reshape(4, 3)
    inner = gn.Sequential([gn.Input((3,)), L.Dense(4, "tanh", name="inside")], seed=0)
    start = gn.Input((3,))
    net = gn.Model(start, L.Dense(1)(inner(start)), seed=0)
    hidden = inner.predict(x)
    kernel, bias = net.get_weights()[2:]
    np.testing.assert_allclose(net.predict(x), hidden @ kernel + bias, rtol=1e-5)
    net.compile("sgd", "mse")
    net.fit(x, np.ones((4, 1)), verbose=0)
    assert np.array_equal(inner.get_weights()[0], net.get_weights()[0])  # one set of weights

    two = gn.Model([a := gn.Input((3,)), b := gn.Input((3,))], L.Add()([a, b]))
    outer = gn.Model([p := gn.Input((3,)), q := gn.Input((3,))], L.Dense(1)(two([p, q])), seed=0)
    assert outer.predict([x, x]).shape == (4, 1)
    with pytest.raises(GraphError, match=r"takes 2 inputs, but is applied to 1"):
        two(gn.Input((3,)))


def test_calling_a_model_predicts():
    net = chain()
    assert np.array_equal(net(np.ones((2, 3))), net.predict(np.ones((2, 3))))


def test_layers_of_a_trained_model_in_a_new_one():
    base = chain()
    base.build()
    new = gn.Sequential([gn.Input((3,)), base.layers[0], L.Dense(5, name="head")], seed=9)
    assert np.array_equal(new.get_weights()[0], base.get_weights()[0])
    new.layers[0].trainable = False
    new.fit(np.ones((4, 3)), np.zeros((4, 5)), verbose=0)
    assert np.array_equal(new.get_weights()[0], base.get_weights()[0])
    double = gn.Sequential([gn.Input((3,)), base.layers[0]], dtype="float64")
    with pytest.raises(GraphError, match=r"dense_1 is shared with a model of dtype='float32'"):
        double.build()


# Summary ------------------------------------------------------------------------------------


def test_the_table_of_layers():
    lines = []
    chain(name="tiny").summary(print_fn=lines.append)
    assert lines[0].splitlines()[0] == "tiny"
    assert "dense_1 (Dense)  (n, 4)" in lines[0]
    assert "26 parameters, 26 of them trained; dtype float32" in lines[0]
    assert "not compiled yet: compile(optimizer, loss), or fit chooses what suits" in lines[0]


def test_the_table_says_what_feeds_what_and_what_is_frozen():
    a, b = gn.Input((3,)), gn.Input((3,))
    net = gn.Model([a, b], L.Dense(1)(L.Add()([a, b])), seed=0)
    net.layers[-1].trainable = False
    text = net.summary_text()
    assert "input, input 2" in text and "4 parameters, 0 of them trained" in text


@pytest.mark.parametrize(
    ("activation", "units", "y", "loss", "metric"),
    [
        ("softmax", 3, [0, 1, 2, 0], "SparseCategoricalCrossentropy(from_logits=False", True),
        ("softmax", 3, np.eye(3)[[0, 1, 2, 0]], "CategoricalCrossentropy(from_logits=False", True),
        (None, 3, [0, 1, 2, 0], "SparseCategoricalCrossentropy(from_logits=True", True),
        ("sigmoid", 1, [[0], [1], [0], [1]], "BinaryCrossentropy(from_logits=False", True),
        (None, 1, [[0.5], [1], [0], [1]], "MeanSquaredError", False),
        ("relu", 2, np.ones((4, 2)), "MeanSquaredError", False),
    ],
)
def test_what_fit_chooses_without_compile(activation, units, y, loss, metric):
    net = gn.Sequential([gn.Input((3,)), L.Dense(units, activation)], seed=0)
    history = net.fit(np.ones((4, 3)), y, verbose=0).history
    text = net.summary_text()
    assert f"loss {loss}" in text and "(chosen by default), optimizer Adam (chosen by" in text
    assert ("accuracy" in history) == metric
    net.compile("sgd", type(net.loss)())
    assert "by default" not in net.summary_text()


def test_a_default_that_was_chosen_by_evaluate_keeps_its_settings():
    net = chain()
    x, y = np.ones((4, 3)), [0, 1, 0, 1]
    net.evaluate(x, y)
    net.optimizer.learning_rate = 0.5
    net.fit(x, y, verbose=0)
    assert net.optimizer.learning_rate == 0.5


def test_how_a_model_presents_itself():
    net = gn.Sequential([L.Dense(4)], seed=0)
    assert repr(net) == "<Sequential: 1 layer, not built yet>"
    net.build((None, 3))
    assert repr(net) == "<Sequential: 16 parameters, output (n, 4)>"


def test_compile_can_be_asked_back():
    net = chain()
    assert net.loss is None
    with pytest.raises(TrainingError, match=r"not compiled yet: call compile\(optimizer, loss\)"):
        _ = net.optimizer
    optimizer = gn.optimizers.SGD(0.5)
    net.compile(optimizer, "categorical_crossentropy", "accuracy")
    assert net.optimizer is optimizer
    net.build()
    assert net.optimizer is optimizer and type(net.loss).__name__ == "CategoricalCrossentropy"


def test_metrics_as_functions_of_ones_own():
    def spread(y_true, y_pred):
        return float(y_pred.max() - y_pred.min())

    net = chain()
    net.compile("sgd", "sparse_categorical_crossentropy", [spread, "accuracy"])
    history = net.fit(np.ones((4, 3)), [0, 1, 0, 1], epochs=2, verbose=0).history
    assert list(history) == ["loss", "accuracy", "spread"] or "spread" in history
    assert net.evaluate(np.ones((4, 3)), [0, 1, 0, 1]).names == ("loss", "spread", "accuracy")


def test_weights_made_for_data_that_are_refused_are_forgotten():
    """The shape of one sample is learned from x, which may be the wrong x."""
    net = gn.Sequential([L.Dense(4), L.Dense(3, "softmax")])
    for x, y in ((np.ones((6, 2, 2)), [0, 1] * 3), (np.ones((6, 9)), [0, 1, 2, 3, 4, 5])):
        for call in (net.fit, net.evaluate, net.train_on_batch):
            with pytest.raises(gn.errors.GlassnetError):
                call(x, y)
            assert not net.built and net.seed is None
    assert net.fit(np.ones((6, 4)), [0, 1, 2] * 2, verbose=0).epoch == [0]


def test_a_setting_changed_later_counts_everywhere(tmp_path):
    x, y = np.array([[0.3, -2.0], [1.5, 0.5]]), np.array([[1.0], [0.0]])
    hidden = gn.layers.Dense(5, "relu")
    net = gn.Sequential([gn.Input((2,)), hidden, gn.layers.Dense(1)], seed=0)
    net.compile("sgd", "mean_squared_error")
    before, scores = net.predict(x), net.evaluate(x, y, verbose=0)
    hidden.activation = gn.layers.Dense(5, "tanh").activation
    after = net.predict(x)
    assert not np.allclose(after, before)
    assert net.evaluate(x, y, verbose=0) != scores
    loaded = gn.load(net.save(tmp_path / "net.safetensors"))
    np.testing.assert_array_equal(loaded.predict(x), after)


def test_a_size_changed_later_is_refused_before_a_file_is_spoiled(tmp_path):
    hidden = gn.layers.Dense(5, "relu")
    net = gn.Sequential([gn.Input((2,)), hidden, gn.layers.Dense(1)], seed=0)
    path = net.save(tmp_path / "net.safetensors")
    hidden.units = 7
    for call in (lambda: net.predict(np.ones((1, 2))), lambda: net.save(path)):
        with pytest.raises(GraphError, match=r"dense_1 was changed .*\(n, 7\) instead of \(n, 5\)"):
            call()
    hidden.units = 5
    np.testing.assert_array_equal(
        gn.load(path).predict(np.ones((1, 2))), net.predict(np.ones((1, 2)))
    )


def test_a_predictor_computes_what_predict_computes():
    net = gn.Sequential([gn.Input((5,)), gn.layers.Dense(4, "relu"), gn.layers.Dense(3)], seed=0)
    x = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)
    one = net.predictor()
    np.testing.assert_allclose([one(row).copy() for row in x], net.predict(x), rtol=1e-5, atol=1e-6)
    with pytest.raises(ShapeError, match=r"one sample of shape \(5,\)"):
        one(x)


def test_the_compiled_source_can_be_read():
    net = gn.Sequential([gn.Input((5,)), gn.layers.Dense(3, "tanh")], seed=0)
    with pytest.raises(TrainingError, match=r"call compile\(optimizer, loss\)"):
        net.compiled_source()
    net.compile("sgd", "mse")
    source = net.compiled_source()
    assert source == net.compiled_source()
    assert "# matmul" in source and "tanh" in source
    compile(source, "<step>", "exec")
    with pytest.raises(ArgumentError, match=r'say how many, compiled_source\("full", rows=1000\)'):
        net.compiled_source("full")
    # All four rows at once: every element is a local variable, columns side by side.
    assert "column4(given0" in net.compiled_source("full", rows=4)
    assert "column4" not in net.compiled_source(4)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_copies_go_on_as_the_original_does(copied):
    net = chain()
    net.compile("adam", "sparse_categorical_crossentropy", ["accuracy"])
    x, y = np.random.default_rng(0).normal(size=(20, 3)), np.arange(20) % 2
    net.fit(x, y, epochs=2, verbose=0)
    other = copied(net)
    assert type(other) is gn.Sequential and other.network is not net.network
    for model in (net, other):
        model.fit(x, y, epochs=2, verbose=0)
    for mine, its in zip(net.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, its)


def test_a_model_that_is_not_built_cannot_be_pickled():
    with pytest.raises(TrainingError, match=r"call build\(\(None, features\)\)"):
        pickle.dumps(gn.Sequential([L.Dense(1)]))
