"""A layer or loss of the user's own that says what it is, is shown as the library's are."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.explain.diagram.sketch import sketch_of
from glassnet.layers.base import Layer
from glassnet.losses import Loss


class Doubled(Layer):
    """Twice the input."""

    def output_shape(self, *input_shapes):
        return input_shapes[0]

    def call(self, context, *inputs):
        return 2.0 * inputs[0]


class Scale(Doubled):
    role = "scaling"

    def in_words(self):
        return "twice as large"


class Fold(Doubled):
    role = "shape"


def network(layer, loss=None):
    net = gn.Sequential([gn.Input((3,)), layer, gn.layers.Dense(2, "tanh")], "float64", seed=0)
    net.build()
    if loss is not None:
        net.compile("sgd", loss)
    return net


def test_a_scaling_layer_keeps_its_units_apart():
    kinds = [
        sketch_of(network(layer).network.topology).links[0].kind for layer in (Doubled(), Scale())
    ]
    assert kinds == ["whole", "one"]


def test_a_layer_that_only_moves_numbers_is_passed_over_by_equations():
    assert "z_1^(2) = w_11^(1) x_1" in network(Fold()).equations().forward()
    for other in (Doubled(), Scale()):
        with pytest.raises(gn.errors.GraphError, match="equations are written for dense layers"):
            network(other).equations()


def test_a_layer_says_in_words_what_it_does():
    assert Scale().in_words() == "twice as large"
    assert gn.layers.Dense(1).in_words() == "1 unit, linear"
    assert gn.layers.Dropout(0.25).in_words() == "leaves out 25 % at random while training"
    assert gn.layers.Rescaling(2.0, -1.0).in_words() == "x · 2 − 1"
    assert gn.layers.MaskedDense([[1], [0]], "tanh").in_words() == "activation tanh"


class Written(Loss):
    formula = ("1 / k", "abs(y - h)")
    slope = ""
    matched = "tanh"

    def per_sample(self, targets, predictions):
        return gn.ops.mean(gn.ops.abs(targets - predictions), axis=1)


class Unwritten(Written):
    formula = ()


def test_a_loss_is_written_as_it_says():
    text = str(network(Fold(), Written()).equations())
    assert "J = 1/2 Σ_i |y_i - h_i^(2)|" in text
    text = str(network(Fold(), Unwritten()).equations())
    assert "J = the loss Unwritten" in text
    assert "δ_1^(2) = ∂J/∂h_1^(2) · f'(z_1^(2))" in text


def test_the_account_and_the_diagnosis_take_them():
    x, y = np.ones((12, 3)), np.full((12, 2), 0.5)
    net = network(Scale(), Unwritten())
    assert "2·x" in net.explain(x[0], y[0]).text()
    assert net.diagnose(x, y).checked
