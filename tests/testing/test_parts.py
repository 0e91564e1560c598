"""The contracts of layers and losses themselves: they must fail on parts that are wrong."""

import dataclasses

import numpy as np
import pytest

import glassnet as gn
from glassnet import ops
from glassnet.errors import ContractError
from glassnet.graph.node import find_op, make_node
from glassnet.layers import Layer
from glassnet.losses import Loss
from glassnet.testing import check_layer, check_loss

WRONG_TANH = dataclasses.replace(find_op("tanh"), derivative=lambda g, y, x: (g * (1.0 - y),))


def test_right_parts_pass():
    check_layer(Scale(), (3,))
    check_layer(Scale(2.0), (4, 3))
    check_loss(Cubed(), REAL, -REAL)


class Scale(Layer):
    """y = x · scale, with one scale a feature."""

    def __init__(self, first=1.0, name=None):
        super().__init__(name)
        self.first = first

    def build(self, *shapes):
        self.add_weight("scale", "s", shapes[0][-1:], gn.initializers.Constant(self.first))

    def output_shape(self, *shapes):
        return shapes[0]

    def call(self, context, *inputs):
        return inputs[0] * self.weight(context, "scale")


class WrongShape(Scale):
    def output_shape(self, *shapes):
        return shapes[0][::-1]


class FixedRows(Scale):
    def call(self, context, *inputs):
        return inputs[0] + np.zeros((2, 1))


class WrongDerivative(Scale):
    def call(self, context, *inputs):
        return make_node(WRONG_TANH, inputs, {})


class MixedRows(Scale):
    def call(self, context, *inputs):
        return inputs[0] - ops.mean(inputs[0], axis=0)


class DoublePrecision(Scale):
    def call(self, context, *inputs):
        return ops.cast(ops.cast(inputs[0], "float64") * 2.0, "float64")


class WritesNoFile(Scale):
    def __init__(self, first=lambda x: x, name=None):
        super().__init__(first, name)


class Renames(Scale):
    """Changes its setting, so that the layer from the file is another."""

    def __init__(self, first=1.0, name=None):
        super().__init__(first * 2, name)

    def call(self, context, *inputs):
        return inputs[0] * self.first


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (WrongShape(), r"output_shape gives .* come out|does not fit"),
        (FixedRows(), "must stay open|cannot be built|do not fit"),
        (WrongDerivative(), "gradient with respect to x1 is wrong"),
        (MixedRows(), "depends on the samples beside it"),
        (DoublePrecision(), "is float64, although every input is float32"),
        (WritesNoFile(), "cannot be written to a file"),
        (Renames(3.0), "but the layer made from that description"),
    ],
)
def test_wrong_layers(layer, message):
    with pytest.raises((ContractError, gn.errors.ShapeError), match=message):
        check_layer(layer, (4, 3))


REAL = np.array([[0.5, 2.0, -1.0], [1.0, -0.3, 0.2]])


class Cubed(Loss):
    """Σ |y - p|³ a sample."""

    def per_sample(self, targets, predictions):
        size = ops.abs(targets - predictions)
        return ops.sum(size * ops.square(size), axis=1)


class OneNumber(Cubed):
    def per_sample(self, targets, predictions):
        return ops.sum(ops.square(targets - predictions))


class ByTheBatch(Cubed):
    def per_sample(self, targets, predictions):
        return super().per_sample(targets, predictions) / ops.size(predictions, axis=0)


class WrongSlope(Cubed):
    def per_sample(self, targets, predictions):
        return ops.sum(make_node(WRONG_TANH, [predictions], {}), axis=1)


class OtherBehindSigmoid(Cubed):
    def per_sample(self, targets, predictions):
        is_sigmoid = getattr(getattr(predictions, "op", None), "name", "") == "sigmoid"
        each = super().per_sample(targets, predictions)
        return each * 2.0 if is_sigmoid else each


class LosesItsSetting(Cubed):
    def __init__(self, power=3.0, reduction="mean"):
        super().__init__(reduction)
        self.power = 1.0 + power


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (OneNumber(), "there must be one loss a sample"),
        (ByTheBatch(), "depends on the samples beside it"),
        (WrongSlope(), "gradient with respect to p is wrong"),
        (OtherBehindSigmoid(), "behind sigmoid it is"),
        (LosesItsSetting(), "when it is made from its description"),
    ],
)
def test_wrong_losses(loss, message):
    with pytest.raises(ContractError, match=message):
        check_loss(loss, REAL, -REAL)


def test_parts_of_ones_own_train_and_survive_a_file(tmp_path):
    net = gn.Sequential([gn.Input((3,)), Scale(0.5), gn.layers.Dense(3)], dtype="float64", seed=0)
    net.compile("adam", loss=Cubed(reduction="sum"))
    history = net.fit(REAL, -REAL, epochs=5, verbose=0)
    assert history.history["loss"][-1] < history.history["loss"][0]
    path = net.save(tmp_path / "own.safetensors")
    again = gn.load(path, custom_objects={"Scale": Scale, "Cubed": Cubed})
    np.testing.assert_array_equal(again.predict(REAL), net.predict(REAL))
    assert again.evaluate(REAL, -REAL)["loss"] == net.evaluate(REAL, -REAL)["loss"]
    with pytest.raises(gn.errors.ArgumentError, match=r"unknown layer 'Scale'.*custom_objects"):
        gn.load(path)
