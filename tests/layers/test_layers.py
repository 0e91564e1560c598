"""What each layer computes, and what it says where shapes do not fit."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import ArgumentError, GraphError, ShapeError
from tests.layers.samples import inputs_for

dense = gn.layers.Dense


def apply(layer, *inputs):
    """The layer alone in a network, on numbers."""
    symbols = [gn.Input(x.shape[1:]) for x in inputs]
    net = gn.Model(symbols, layer(*symbols), dtype="float64", seed=3)
    return net.predict(list(inputs) if len(inputs) > 1 else inputs[0]), net


X, X2 = inputs_for([(3,), (4, 3)])


def test_dense():
    y, net = apply(dense(5, "tanh"), X)
    w, b = net.get_weights()
    assert (w.shape, b.tolist()) == ((3, 5), [0.0] * 5)
    np.testing.assert_allclose(y, np.tanh(X @ w + b), rtol=1e-14)


def test_dense_on_the_last_of_several_axes():
    y, net = apply(dense(5, bias_initializer="ones"), X2)
    w, b = net.get_weights()
    np.testing.assert_allclose(y, X2 @ w + b, rtol=1e-13)


def test_activation():
    np.testing.assert_allclose(apply(gn.layers.Activation("tanh"), X)[0], np.tanh(X), rtol=1e-15)
    soft = apply(gn.layers.Activation("softmax"), X2)[0]
    np.testing.assert_allclose(soft.sum(axis=-1), 1, rtol=1e-14)
    np.testing.assert_allclose(
        soft, np.exp(X2) / np.exp(X2).sum(axis=-1, keepdims=True), rtol=1e-13
    )


def test_flatten_and_reshape():
    np.testing.assert_array_equal(apply(gn.layers.Flatten(), X2)[0], X2.reshape(6, 12))
    np.testing.assert_array_equal(apply(gn.layers.Reshape((2, -1)), X2)[0], X2.reshape(6, 2, 6))


def test_merging():
    np.testing.assert_array_equal(apply(gn.layers.Add(), X, 2 * X, X)[0], X + 2 * X + X)
    np.testing.assert_array_equal(
        apply(gn.layers.Concatenate(), X2, X2[..., :1])[0], np.concatenate([X2, X2[..., :1]], -1)
    )


def test_rescaling():
    np.testing.assert_array_equal(apply(gn.layers.Rescaling(2.0, 1.0), X)[0], X * 2 + 1)


# Dropout ------------------------------------------------------------------------------


def dropped(epochs=1, seed=0, name="drop", rows=1000):
    """What dropout lets through: with targets 0, ½Σ(w x)² has the gradient w x² where it does."""
    layers = [gn.Input((4,)), gn.layers.Dropout(0.25, name=name), dense(1, use_bias=False)]
    net = gn.Sequential(layers, dtype="float64", seed=seed)
    net.compile(gn.optimizers.SGD(1.0), loss="half_sum_squared_error")
    net.set_weights([[[1.0], [0.0], [0.0], [0.0]]])
    x = np.zeros((rows, 4))
    x[:, 0] = 1.0
    history = net.fit(x, np.zeros((rows, 1)), epochs=epochs, batch_size="full", verbose=0)
    return history.history["loss"][0]


def test_dropout_when_predicting_does_nothing():
    np.testing.assert_array_equal(apply(gn.layers.Dropout(0.5), X)[0], X)


def test_dropout_keeps_the_expected_value():
    # Each of 1,000 samples: 0 with probability 1/4, else ½ (4/3)².
    kept = dropped() / (0.5 * (4 / 3) ** 2)
    assert kept == pytest.approx(round(kept), abs=1e-9)
    assert 690 < kept < 810


def test_dropout_depends_on_the_seed_and_the_name_only():
    assert dropped() == dropped()
    assert dropped(seed=1) != dropped()
    assert dropped(name="other") != dropped()


@pytest.mark.parametrize("rate", [-0.1, 1, 1.5])
def test_dropout_rate(rate):
    with pytest.raises(ArgumentError, match=r"at least 0 and below 1"):
        gn.layers.Dropout(rate)


# Normalization ------------------------------------------------------------------------


def test_normalization_learns_from_the_training_data():
    x = np.column_stack([np.arange(8.0), np.full(8, 3.0), np.arange(8.0) ** 2])
    net = gn.Sequential([gn.layers.Normalization(), dense(1)], dtype="float64", seed=0)
    net.compile("sgd", loss="mse")
    net.fit(x, np.zeros((8, 1)), verbose=0)
    layer = net.layers[0]
    np.testing.assert_allclose(layer.mean, x.mean(axis=0))
    np.testing.assert_allclose(layer.deviation, [x[:, 0].std(), 1.0, x[:, 2].std()])
    before = layer.mean.copy()
    net.fit(x + 100, np.zeros((8, 1)), verbose=0)
    np.testing.assert_array_equal(layer.mean, before)  # once learned, it stays


def test_normalization_learned_beforehand():
    x = inputs_for([(4, 3)])[0] * 5 + 2
    layer = gn.layers.Normalization()
    layer.adapt(x)
    y = apply(layer, x)[0]
    np.testing.assert_allclose(y.mean(axis=(0, 1)), 0, atol=1e-14)
    np.testing.assert_allclose(y.std(axis=(0, 1)), 1, rtol=1e-13)


def test_normalization_within_a_network_sees_what_reaches_it():
    net = gn.Sequential(
        [gn.Input((3,)), gn.layers.Rescaling(10.0), gn.layers.Normalization(), dense(1)],
        dtype="float64",
        seed=0,
    )
    net.compile("sgd", loss="mse")
    net.fit(X, np.zeros((6, 1)), verbose=0)
    np.testing.assert_allclose(net.layers[1].mean, 10 * X.mean(axis=0))


def test_normalization_takes_moments_given_as_weights():
    """They are not learned anew by the next fit: neither from a file nor from set_weights."""
    net = gn.Sequential([gn.Input((3,)), gn.layers.Normalization(), dense(1)], seed=0)
    net.compile(gn.optimizers.SGD(0.0), loss="mse")
    given = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], np.ones((3, 1)), [0.0]]
    net.set_weights(given)
    net.fit(X, np.zeros((6, 1)), verbose=0)
    assert [w.tolist() for w in net.get_weights()[:2]] == given[:2]


def test_normalization_of_a_file_written_before_training_still_learns(tmp_path):
    net = gn.Sequential([gn.Input((3,)), gn.layers.Normalization(), dense(1)], seed=0)
    net.compile(gn.optimizers.SGD(0.1), loss="mse")
    again = gn.load(net.save(tmp_path / "untrained.safetensors"))
    again.fit(X, np.zeros((6, 1)), verbose=0)
    np.testing.assert_allclose(again.get_weights()[0], X.mean(axis=0), rtol=1e-5)


def test_normalization_of_other_features():
    layer = gn.layers.Normalization()
    layer.adapt(np.ones((4, 5)))
    with pytest.raises(ShapeError, match="adapted to 5 features, but its input has 3"):
        apply(layer, X)
    with pytest.raises(ShapeError, match=r"samples of shape \(n, features\), got \(3,\)"):
        layer.adapt([1.0, 2.0, 3.0])


# Initial weights ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("activation", "expected"),
    [("relu", "HeNormal"), ("selu", "LecunNormal"), ("tanh", "GlorotUniform")],
)
def test_default_initializer_fits_the_activation(activation, expected):
    assert type(dense(3, activation).kernel_initializer).__name__ == expected


def test_initial_weights_do_not_depend_on_the_layers_around():
    one = gn.Sequential([gn.Input((3,)), dense(4, name="a"), dense(2, name="b")], seed=7)
    other = gn.Sequential([gn.Input((5,)), dense(4, name="c"), dense(2, name="b")], seed=7)
    one.build(), other.build()
    np.testing.assert_array_equal(one.get_weights()[2], other.get_weights()[2])


# Shapes that do not fit ----------------------------------------------------------------


def build(*layers, shape=(3,)):
    gn.Sequential([gn.Input(shape), *layers], seed=0).build()


def test_the_table_up_to_the_failing_layer():
    with pytest.raises(ShapeError) as caught:
        build(dense(12), dense(5), gn.layers.Reshape((4, 3), name="bad"), dense(2))
    assert str(caught.value).splitlines() == [
        "the layer bad (Reshape) does not fit: Reshape(target_shape=(4, 3)): a sample of shape "
        "(5,) has 5 values and does not fit",
        "The network up to there:",
        "  input                (n, 3)",
        "  dense_1              (n, 12)",
        "  dense_2              (n, 5)",
        "  bad                  <- given (n, 5)",
    ]


@pytest.mark.parametrize(
    ("layer", "shapes", "message"),
    [
        (gn.layers.Add, [(3,), (4,)], r"inputs of one shape, got \(3,\), \(4,\)"),
        (gn.layers.Add, [(3,)], "two or more inputs"),
        (gn.layers.Concatenate, [(3,), (3, 1)], "differ only in the last axis"),
        (gn.layers.Concatenate, [(3,)], "two or more inputs"),
        (lambda: gn.layers.Reshape((-1, -1)), [(4,)], "does not fit"),
        (lambda: gn.layers.Reshape((-1, 0)), [(4,)], "does not fit"),
        (lambda: dense(2), [(3,), (3,)], "takes one input, but 2 were given"),
        (lambda: dense(2), [()], r"use x.reshape\(-1, 1\)"),
        (gn.layers.Normalization, [()], r"use x.reshape\(-1, 1\)"),
    ],
)
def test_shape_errors(layer, shapes, message):
    with pytest.raises(ShapeError, match=message):
        layer().output_shape(*shapes)


@pytest.mark.parametrize("units", [0, -1, 2.5, "3", True, None])
def test_units(units):
    with pytest.raises(ArgumentError, match="positive whole number"):
        dense(units)


def test_units_of_numpy():
    assert dense(np.int64(4)).units == 4


@pytest.mark.parametrize("shape", [(0,), (3, -1), (2.5,), (None, 3), 0])
def test_input_shape(shape):
    with pytest.raises(ShapeError, match="positive whole numbers"):
        gn.Input(shape)


@pytest.mark.parametrize("name", ["", "a.b", "a:b", "a/b", "a b"])
def test_layer_names(name):
    with pytest.raises(GraphError, match="cannot be the name of a layer"):
        dense(2, name=name)


def test_a_layer_used_for_two_shapes():
    shared = dense(2, name="shared")
    x, z = gn.Input((3,)), gn.Input((4,))
    with pytest.raises(ShapeError, match=r"shared has weights for inputs of shape \(n, 3\)"):
        gn.Model([x, z], gn.layers.Add()(shared(x), shared(z)))


def test_a_layer_called_with_numbers():
    with pytest.raises(GraphError, match="put it in a model and call predict"):
        dense(2)(np.zeros((2, 3)))


def test_unknown_names_are_answered_with_the_nearest():
    with pytest.raises(ArgumentError, match="did you mean 'sigmoid'"):
        dense(2, "sigmiod")
    with pytest.raises(ArgumentError, match="did you mean 'he_normal'"):
        dense(2, kernel_initializer="he_norml")
    with pytest.raises(ArgumentError, match="unknown regularizer"):
        dense(2, kernel_regularizer="l3")


# Regularizers -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("regularizer", "penalty"),
    [
        ("l1", lambda w: 0.01 * abs(w).sum()),
        ("l2", lambda w: 0.01 * (w**2).sum()),
        ({"class": "L1L2", "l1": 0.1, "l2": 0.2}, lambda w: (0.1 * abs(w) + 0.2 * w**2).sum()),
    ],
)
@pytest.mark.parametrize("loss", ["mean_squared_error", "half_sum_squared_error"])
def test_regularizers_add_to_the_loss(regularizer, penalty, loss):
    def network(regularizer):
        net = gn.Sequential(
            [gn.Input((3,)), dense(2, kernel_regularizer=regularizer, bias_regularizer="l2")],
            dtype="float64",
            seed=1,
        )
        net.compile(gn.optimizers.SGD(0.1), loss=loss)
        return net

    net, plain = network(regularizer), network(None)
    y = np.ones((6, 2))
    w = net.get_weights()[0]
    expected = plain.evaluate(X, y)["loss"] + penalty(w)
    assert net.evaluate(X, y)["loss"] == pytest.approx(expected, rel=1e-12)
    assert net.fit(X, y, batch_size="full", verbose=0).history["loss"][0] == pytest.approx(expected)
    plain.fit(X, y, batch_size="full", verbose=0)
    numeric = gn.grad(lambda v: gn.layers.regularizers.get(regularizer)(v))(w)
    moved = plain.get_weights()[0] - 0.1 * numeric
    np.testing.assert_allclose(net.get_weights()[0], moved, rtol=1e-12)


@pytest.mark.parametrize("name", ["L1", "L2", "L1L2"])
def test_negative_penalties(name):
    with pytest.raises(ArgumentError, match="0 or greater"):
        getattr(gn.layers.regularizers, name)(-0.1)


@pytest.mark.parametrize("units", [2**62, 10**18, 10**23])
def test_more_units_than_memory_holds(units):
    net = gn.Sequential([gn.Input((4,)), gn.layers.Dense(units)], seed=0)
    with pytest.raises(ShapeError, match="more numbers than memory holds; use fewer units"):
        net.build()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_value_of_a_step_has_the_dtype_of_the_network(dtype):
    layers = [gn.layers.Dense(3, "selu"), gn.layers.Dropout(0.5), gn.layers.Dense(2, "softmax")]
    net = gn.Sequential([gn.Input((4,)), *layers], dtype=dtype, seed=0)
    net.compile(gn.optimizers.Adam(), "sparse_categorical_crossentropy", metrics=["accuracy"])
    floats = {node.dtype for node in net.network.step().order() if "float" in node.dtype}
    assert floats == {dtype}
