"""Advice on arrays and lists is followed to the letter, and works."""

from __future__ import annotations

import re

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import GlassnetError

KINDS = {
    "array": np.asarray,
    "list": lambda values: np.asarray(values).tolist(),
    "tuple": lambda values: tuple(np.asarray(values).tolist()),
    "list of arrays": lambda values: list(np.asarray(values)),
}
# The last of several ways: a feature a sample, not a sample of many features.
ADVICE = re.compile(
    r"(?:use|for one feature a sample) "
    r"((?:np\.array\([xy]\)|[xy])(?:\[None\]|\.reshape\([-\d, ()]+\)))"
)


def network(shape=None, loss="mse"):
    net = gn.Sequential([*([gn.Input(shape)] if shape else []), gn.layers.Dense(1)], seed=0)
    net.compile("sgd", loss)
    return net


def followed(net, x, y, method="fit"):
    """The numbers of pieces of advice that were needed until the call works."""
    values = {"x": x, "y": y}
    for count in range(4):
        try:
            if method == "predict":
                net.predict(values["x"])
            else:
                getattr(net, method)(values["x"], values["y"], verbose=0)
        except GlassnetError as error:
            found = ADVICE.search(str(error))
            assert found, error
            name = re.search(r"\b[xy]\b", found[1])[0]
            assert ("np.array(" in found[1]) == (not isinstance(values[name], np.ndarray)), error
            values[name] = eval(found[1], {"np": np, **values})
        else:
            return count
    raise AssertionError("the advice leads nowhere")


ROWS = np.linspace(0, 1, 8)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", ["fit", "evaluate", "train_on_batch"])
@pytest.mark.parametrize("loss", ["mse", "huber", "binary_crossentropy"])
def test_targets_of_one_axis_are_a_column(kind, method, loss):
    found = []
    for y in (ROWS, ROWS[:, None]):
        net = network((2,), loss)
        settings = {} if method == "train_on_batch" else {"verbose": 0}
        result = getattr(net, method)(np.eye(8)[:, :2], KINDS[kind](y), **settings)
        scores = result.history if method == "fit" else dict(result)
        found.append((scores, [weight.tolist() for weight in net.get_weights()]))
    assert found[0] == found[1]


@pytest.mark.parametrize("kind", KINDS)
def test_targets_of_one_axis_where_nothing_is_built(kind):
    assert followed(network(), np.zeros((8, 2)), KINDS[kind](ROWS)) == 0


def test_targets_of_one_axis_in_every_place():
    x, y = np.eye(8)[:, :2], (ROWS > 0.5).astype(float)
    net = network((2,), "binary_crossentropy")
    net.fit(
        x, y, validation_data=(x, y), class_weight="balanced", sample_weight=np.ones(8), verbose=0
    )
    net.fit(x, y, validation_split=0.25, verbose=0)
    assert net.explain(x[:2], y[:2])["loss"] == net.explain(x[:2], y[:2, None])["loss"]
    assert net.source(x, y) == net.source(x, y[:, None])
    for wrong in (np.zeros((8, 2)), np.zeros((8, 1, 1)), np.zeros(7)):
        with pytest.raises(GlassnetError):
            net.fit(x, wrong, verbose=0)
    with pytest.raises(GlassnetError):  # a wide output compares number by number
        gn.Sequential([gn.Input((2,)), gn.layers.Dense(8)]).fit(x, ROWS, verbose=0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(1,), (4,), (2, 4), (8,)])
def test_samples_of_another_shape(kind, shape):
    flat = {
        (1,): np.zeros(8),
        (4,): np.zeros(4),
        (2, 4): np.zeros((3, 8)),
        (8,): np.zeros((3, 2, 4)),
    }
    net = network(shape)
    x = KINDS[kind](flat[shape])
    assert followed(net, x, None, "predict") == 1


@pytest.mark.parametrize("kind", KINDS)
def test_samples_of_one_axis_where_nothing_is_built(kind):
    assert followed(network(), KINDS[kind](ROWS), ROWS[:, None]) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_rows_that_are_not_finite(kind):
    x = np.zeros((8, 2))
    x[3, 1] = np.nan
    with pytest.raises(GlassnetError) as caught:
        network((2,)).predict(KINDS[kind](x))
    text = re.search(
        r"Remove such rows, e\.g\. (.*), or fill them in, e\.g\. (.*)$", str(caught.value)
    )
    for advice in text.groups():
        assert np.isfinite(eval(advice, {"np": np, "x": KINDS[kind](x)})).all()


@pytest.mark.parametrize("kind", ["array", "list"])
def test_the_loss_itself_and_the_classic_network(kind):
    y = KINDS[kind](ROWS)
    for call in (
        lambda y: gn.losses.MeanSquaredError()(y, np.zeros((8, 1))),
        lambda y: gn.classic.LoyNetwork(np.zeros((8, 3)), y),
    ):
        with pytest.raises(GlassnetError) as caught:
            call(y)
        call(eval(ADVICE.search(str(caught.value))[1], {"np": np, "y": y}))


@pytest.mark.parametrize("kind", ["array", "list"])
def test_the_diagnosis(kind):
    x, y = np.eye(2)[[0, 1] * 8], np.linspace(0, 1, 16)
    assert not network((2,)).diagnose(x, KINDS[kind](y), verbose=0).of("target_shape")
    labels = np.array([0, 1] * 8)[:, None]
    net = gn.Sequential([gn.Input((2,)), gn.layers.Dense(2, "softmax")], seed=0)
    net.compile("sgd", "sparse_categorical_crossentropy")
    (found,) = net.diagnose(x, KINDS[kind](labels), verbose=0).of("target_shape")
    assert found.remedy == "Give y.ravel(); of a list, np.ravel(y)."
