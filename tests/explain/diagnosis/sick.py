"""One sick network for every check: what makes it, and what the evidence must be."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet.graph import REGISTRY
from glassnet.initializers import Constant, RandomNormal
from glassnet.layers import Dense
from glassnet.ops.arithmetic import elementwise
from glassnet.optimizers import SGD, Adam

LABELS = "sparse_categorical_crossentropy"


def iris():
    """Standardised iris: 150 rows, 3 classes."""
    data = gn.datasets.info("iris")
    x = (data.x - data.x.mean(axis=0)) / data.x.std(axis=0)
    return x, data.y


def compiled(layers, loss, optimizer="adam", seed=0, **settings):
    net = gn.Sequential(layers, seed=seed, **settings)
    net.compile(optimizer, loss)
    return net


def plain(units=8, activation="tanh", **settings):
    """A healthy network for iris."""
    return compiled([Dense(units, activation, **settings), Dense(3, "softmax")], LABELS, Adam(0.01))


def near(value, relative=1e-3):
    """A test of one number of the evidence."""
    return lambda found: abs(found - value) <= relative * abs(value)


def between(low, high):
    return lambda found: low <= found <= high


SICK = {}


def sick(check, level, *, title="", **numbers):
    """Put a network on the list: a function that returns it with its data."""

    def add(function):
        SICK[f"{check}: {function.__name__}"] = (function, check, level, title, numbers)
        return function

    return add


# Data -------------------------------------------------------------------------------------


@sick("not_finite", "problem", rows=near(2), values=near(3))
def nan_in_x():
    x, y = iris()
    x[3, 1] = x[3, 2] = np.nan
    x[7, 0] = np.inf
    return plain(), x, y


@sick("not_finite", "problem", rows=near(1), values=near(1))
def nan_in_y():
    x, _ = iris()
    y = x[:, :1].copy()
    y[5] = np.nan
    return compiled([Dense(4, "tanh"), Dense(1)], "mse", Adam(0.01)), x[:, 1:], y


@sick("sample_weights", "problem", title="No row counts", rows=near(0), mean=near(0))
def no_weight_at_all():
    x, y = iris()
    return plain(), x, y, np.zeros(150)


@sick("sample_weights", "warning", title="Few rows", rows=near(2), effective=near(2))
def two_rows_of_150_count():
    x, y = iris()
    return plain(), x, y, np.eye(150)[[0, 70]].sum(axis=0)


@sick("sample_weights", "warning", title="not near 1", rows=near(150), mean=near(1e-6))
def tiny_weights():
    x, y = iris()
    return plain(), x, y, np.full(150, 1e-6)


@sick("target_shape", "warning", axes=near(2))
def one_axis_too_many():
    x, y = iris()
    return plain(), x, y[:, None]


@sick("unscaled", "warning", rms=near(809.3, 0.05))
def proline_of_wine():
    (x, y), _ = gn.datasets.load("wine")
    return plain(), x, y


@sick("unscaled", "warning", rms=near(4e-4, 0.5))
def hardly_above_nothing():
    x, y = iris()
    return plain(), x * np.float32(4e-4), y


@sick("constant_columns", "note", columns=near(1))
def a_column_of_sevens():
    x, y = iris()
    x[:, 2] = 7
    return plain(), x, y


@sick("constant_columns", "problem", columns=near(4))
def every_row_the_same():
    x, y = iris()
    return plain(), np.ones_like(x), y


@sick("duplicated_columns", "note", columns=near(2))
def inches_beside_centimetres():
    x, y = iris()
    return plain(), np.column_stack([x, x[:, 0], 0.3937 * x[:, 1] + 2]), y


@sick("leakage", "warning", feature=near(4), strength=near(1.0))
def the_answer_among_the_features():
    x, y = iris()
    noise = 0.2 * np.sin(np.arange(len(y)))
    return plain(), np.column_stack([x, 2.0 * y - 2 + noise]), y


@sick("leakage", "warning", feature=near(0), strength=between(0.999, 1))
def the_price_in_another_currency():
    (x, y), _ = gn.datasets.load("diabetes")
    y = ((y - y.mean()) / y.std())[:, None]
    x = np.column_stack([1.2 * y[:, 0] + 0.01 * np.sin(np.arange(len(y))), x / 0.05])
    return compiled([Dense(1)], "mse", SGD(0.01)), x, y


@sick("imbalance", "warning", share=near(0.96))
def one_rare_class():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(500, 4))
    return plain(), x, (np.arange(500) >= 480) * 2


@sick("imbalance", "problem", share=near(1.0))
def one_class_only():
    x, y = iris()
    return plain(), x, np.zeros_like(y)


# Structure --------------------------------------------------------------------------------


@sick("nothing_to_train", "problem", weights=near(0))
def everything_frozen():
    net = plain()
    for layer in net.layers:
        layer.trainable = False
    return net, *iris()


@sick("output_range", "problem", outside=between(0.9, 1), most=between(300, 350))
def sigmoid_for_quantities():
    (x, y), _ = gn.datasets.load("diabetes")
    return compiled([Dense(8, "tanh"), Dense(1, "sigmoid")], "mse"), x / 0.05, y[:, None]


@sick("missing_bias", "problem", **{"with": between(0, 0.01), "without": between(0.3, 10)})
def a_line_that_misses_the_origin():
    x = np.linspace(-1, 1, 60)[:, None]
    return compiled([Dense(1, use_bias=False)], "mse", SGD(0.1)), x, 2 * x + 1


@sick("needs_hidden_layer", "problem", without=near(np.log(2)), **{"with": between(0, 0.05)})
def xor_with_one_neuron():
    (x, y), _ = gn.datasets.load("xor")
    return compiled([Dense(1, "sigmoid")], "binary_crossentropy", Adam(0.05)), x, y[:, None]


@sick("needs_hidden_layer", "problem", guess=between(0.6, 0.7))
def circles_with_linear_layers():
    (x, y), _ = gn.datasets.load("circles")
    net = [Dense(16), Dense(1, "sigmoid")]
    return compiled(net, "binary_crossentropy", Adam(0.05)), x, y[:, None]


# The start --------------------------------------------------------------------------------


@sick("initial_loss", "warning", chance=near(np.log(3)), loss=between(11, 55))
def an_output_that_is_sure():
    net = compiled(
        [Dense(8, "tanh"), Dense(3, "softmax", kernel_initializer=RandomNormal(0, 15))],
        LABELS, Adam(0.01),
    )  # fmt: skip
    return net, *iris()


@sick("initial_loss", "problem", title="The targets are not scaled", away=between(20, 30))
def targets_in_the_hundreds():
    x, _ = iris()
    target = (1000 + 40 * x[:, :1]).astype(np.float32)
    return compiled([Dense(8, "tanh"), Dense(1)], "mse", Adam(0.01)), x, target


@sick("symmetric_weights", "problem", units=near(8), different=near(1))
def all_weights_alike():
    same = Constant(0.5)
    layers = [Dense(8, "tanh", kernel_initializer=same), Dense(3, "softmax",
              kernel_initializer=same)]  # fmt: skip
    return compiled(layers, LABELS, Adam(0.01)), *iris()


@sick("symmetric_weights", "problem", units=near(8), different=near(1))
def all_weights_zero():
    layers = [Dense(8, "tanh", kernel_initializer="zeros"), Dense(3, "softmax",
              kernel_initializer="zeros")]  # fmt: skip
    return compiled(layers, LABELS, Adam(0.01)), *iris()


@sick("weight_scale", "warning", title="The initial weights are too small",
      ratio=between(1e-6, 1e-3))  # fmt: skip
def deep_and_faint():
    faint = RandomNormal(0, 0.01)
    layers = [Dense(20, "tanh", kernel_initializer=faint) for _ in range(3)]
    return compiled([*layers, Dense(3, "softmax")], LABELS, Adam(0.01)), *iris()


@sick("weight_scale", "warning", title="The initial weights are too large",
      ratio=between(50, 1e4))  # fmt: skip
def deep_and_loud():
    loud = RandomNormal(0, 2)
    layers = [Dense(20, "relu", kernel_initializer=loud) for _ in range(3)]
    return compiled([*layers, Dense(3, "softmax")], LABELS, Adam(0.01)), *iris()


# Gradients --------------------------------------------------------------------------------


class WrongSquare(gn.layers.Layer):
    """x², whose derivative rule forgets the 2."""

    def output_shape(self, *input_shapes):
        return input_shapes[0]

    def call(self, context, *inputs):
        return _wrong_square(inputs[0])


_wrong_square = elementwise("wrong_square", "x * x", lambda g, y, x: (g * x,))
# Other tests go through all ops there are: it is on the list only while it is needed.
WRONG_OP = REGISTRY.pop("wrong_square")


@sick("gradient_check", "problem", factor=near(0.5, 0.01))
def a_rule_that_forgot_a_two():
    return compiled([Dense(6), WrongSquare(), Dense(3, "softmax")], LABELS, Adam(0.01)), *iris()


@sick("gradient_check", "problem", factor=near(0.5, 0.02))
def a_wrong_rule_in_a_network_so_deep_that_weights_are_measured_together():
    layers = [Dense(6, "tanh") for _ in range(40)]
    layers = [*layers[:2], WrongSquare(), *layers[2:]]
    return compiled([*layers, Dense(3, "softmax")], LABELS, Adam(0.01)), *iris()


@sick("vanishing_gradient", "problem", times=between(1e5, 1e12))
def ten_layers_of_sigmoids():
    layers = [Dense(12, "sigmoid") for _ in range(10)]
    return compiled([*layers, Dense(3, "softmax")], LABELS, Adam(0.01)), *iris()


@sick("vanishing_gradient", "problem", title="No gradient at all", gradient=near(0))
def steps_have_no_slope():
    layers = [Dense(8, "tanh"), Dense(1, "step")]
    x, y = iris()
    return compiled(layers, "mse", SGD(0.1)), x, (y == 0).astype(float)[:, None]


@sick("exploding_gradient", "warning", times=between(1e3, 1e8))
def large_weights_in_the_middle():
    large = RandomNormal(0, 3)
    layers = [Dense(20, "relu", kernel_initializer=large) for _ in range(5)]
    tail = Dense(3, "softmax", kernel_initializer=RandomNormal(0, 20))
    return compiled([Dense(20, "relu"), *layers[1:], tail], LABELS, Adam(0.01)), *iris()


# Units ------------------------------------------------------------------------------------


@sick("dead_units", "problem", dense_1=near(1.0))
def a_bias_far_below_zero():
    return plain(8, "relu", bias_initializer=Constant(-20.0)), *iris()


@sick("dead_units", "warning", dense_1=near(0.5))
def half_of_them_dead():
    bias = Constant(np.repeat([-20.0, 0.1], 4))
    return plain(8, "relu", bias_initializer=bias), *iris()


@sick("saturated_units", "problem", dense_1=between(0.95, 1))
def pixels_into_sigmoids():
    x, y = iris()
    return plain(8, "sigmoid", kernel_initializer=RandomNormal(0, 1)), 300 * (x + 2), y


# Learning ---------------------------------------------------------------------------------


@sick("overfit_one_batch", "problem", rows=near(16), loss=between(0.7, 1.2))
def held_down_by_its_penalty():
    heavy = {"kernel_regularizer": gn.layers.regularizers.L2(1.0)}
    net = [Dense(20, "relu", **heavy), Dense(3, "softmax", **heavy)]
    return compiled(net, LABELS, Adam(0.01)), *iris()


@sick("learning_rate", "problem", title="The learning rate is too high", rate=near(30))
def leaps():
    return compiled([Dense(8, "tanh"), Dense(3, "softmax")], LABELS, SGD(30.0)), *iris()


@sick("learning_rate", "problem", title="The learning rate is too low", rate=near(1e-7),
      better_rate=between(1e-4, 1))  # fmt: skip
def snail():
    return compiled([Dense(8, "tanh"), Dense(3, "softmax")], LABELS, Adam(1e-7)), *iris()


@sick("update_ratio", "warning", title="Steps too large", ratio=between(1, 30))
def steps_as_large_as_the_weights():
    x, _ = iris()
    y = np.random.default_rng(0).integers(0, 3, len(x))  # no rate learns noise
    return compiled([Dense(8, "tanh"), Dense(3, "softmax")], LABELS, Adam(5.0)), x, y


@sick("update_ratio", "problem", title="Steps too small", ratio=between(0, 1e-7))
def steps_of_nothing():
    x, _ = iris()
    y = np.random.default_rng(0).integers(0, 3, len(x))
    return compiled([Dense(8, "tanh"), Dense(3, "softmax")], LABELS, SGD(1e-9)), x, y


# After training ---------------------------------------------------------------------------


@sick("constant_predictions", "problem", spread=between(0, 1e-6))
def dead_in_the_middle():
    net = plain(8, "relu", bias_initializer=Constant(-20.0))
    net.fit(*iris(), epochs=3, verbose=0)
    return net, *iris()


@sick("constant_predictions", "problem", title="The network answers one class only",
      answered=near(1))  # fmt: skip
def only_the_common_class():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 3))
    y = (rng.random(400) < 0.1).astype(float)[:, None]
    net = compiled([Dense(4, "tanh"), Dense(1, "sigmoid")], "binary_crossentropy", Adam(0.01))
    net.fit(x, y, epochs=10, verbose=0)
    return net, x, y


@sick("diverged", "problem")
def a_loss_that_grows():
    x, _ = iris()
    net = compiled([Dense(1)], "mse", SGD(0.5))
    net.fit(x, x[:, :1] + 1, epochs=4, batch_size="full", verbose=0)
    return net, x, x[:, :1] + 1


@sick("no_progress", "warning", fall=between(-1, 0.01))
def ten_epochs_for_nothing():
    net = compiled([Dense(8, "tanh"), Dense(3, "softmax")], LABELS, SGD(1e-6))
    net.fit(*iris(), epochs=10, verbose=0)
    return net, *iris()


@sick("too_few_epochs", "warning", epochs=near(4))
def stopped_on_the_way():
    net = compiled([Dense(8, "tanh"), Dense(3, "softmax")], LABELS, Adam(0.001))
    net.fit(*iris(), epochs=4, verbose=0)
    return net, *iris()


@sick("overfitting", "warning", best_epoch=between(1, 60))
def noise_learned_by_heart():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(60, 8)), rng.integers(0, 3, 60)
    net = compiled([Dense(64, "relu"), Dense(3, "softmax")], LABELS, Adam(0.01))
    net.fit(x, y, epochs=60, validation_data=(x[::-1].copy() + 0.1, rng.integers(0, 3, 60)),
            verbose=0)  # fmt: skip
    return net, x, y
