"""Accounts and diagnoses of networks with several outputs."""

import re

import numpy as np
import pytest

import glassnet as gn
from tests.explain.test_arithmetic import WIDE, check_arithmetic
from tests.models.several import drawn

SEEDS = range(8)


def single(case):
    """One sample of a case, and its targets."""
    return case.x[0], {name: y[0] for name, y in case.y.items()}


@pytest.mark.parametrize("seed", SEEDS)
def test_every_line_of_arithmetic_comes_out(seed):
    case = drawn(seed)
    check_arithmetic(case.net.explain(*single(case)).text(digits=8, width=WIDE), 8, least=15)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_account_has_the_losses_and_gradients_of_the_step(seed):
    case = drawn(seed, optimizer=gn.optimizers.SGD(0.1), has_dropout=False)
    x, y = case.x[:3], {name: array[:3] for name, array in case.y.items()}
    e = case.net.explain(x, y)
    scores = case.net.evaluate(x, y, verbose=0)
    assert e["loss"] == pytest.approx(scores.loss, rel=1e-9)
    for number, name in enumerate(case.names, 1):
        assert e[f"loss{number}"] == pytest.approx(scores[f"{name}_loss"], rel=1e-9)
        assert f"the loss of the output {name}" in str(e.step(f"loss{number}"))
    before = case.net.get_weights()
    case.net.train_on_batch(x, y)
    symbols = [weight.symbol for weight in case.net.network.topology.weights()]
    for symbol, old, new in zip(symbols, before, case.net.get_weights(), strict=True):
        np.testing.assert_allclose(old - 0.1 * e[f"d{symbol}"], new, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(e[f"new {symbol}"], new, rtol=1e-9, atol=1e-12)


def test_paths_lead_through_every_loss_and_add_up():
    net = gn.Model(*_tensors(), dtype="float64", seed=0)
    net.compile("sgd", ["mse", "huber"], loss_weights=[0.5, 2.0])
    e = net.explain(np.ones(2), {"a": [0.3], "b": [-0.4]})
    text = str(e.why("W1", (0, 1)))
    gradient, *products = (
        float(number) for number in re.findall(r"(?:Why|product) .* = (\S+)", text)
    )
    assert gradient == pytest.approx(e["dW1"][0, 1], rel=1e-5)
    assert len(products) >= 2 and sum(products) == pytest.approx(gradient, rel=1e-4)
    assert "loss₁ → L" in text and "loss₂ → L" in text


def test_the_heading_tells_every_output():
    case = drawn(0, losses=["MeanSquaredError", "SparseCategoricalCrossentropy"])
    e = case.net.explain(*single(case))
    out0, out1 = case.net.predict(case.x[:1])
    label = int(case.y["out1"][0])
    text = e.text(width=WIDE)
    assert re.search(rf"prediction: out0 .*; out1 class {out1.argmax()}, probability", text)
    assert re.search(rf"target: out0 .*; out1 class {label}\b", text)
    assert f"{out0[0, 0]:.6g}" in text
    forward = case.net.explain(case.x[0]).text(width=WIDE)
    assert "prediction: out0" in forward and "target:" not in forward
    uncompiled = gn.Model(*_tensors(), seed=0)
    text = uncompiled.explain(np.ones(2), {"b": [1.0]}).text(width=WIDE)
    assert "is what fit would choose, the loss MeanSquaredError" in text


def _tensors():
    x = gn.Input((2,))
    h = gn.layers.Dense(3, "tanh")(x)
    return x, [gn.layers.Dense(1, name="a")(h), gn.layers.Dense(1, name="b")(h)]


def test_pages_are_written(tmp_path):
    case = drawn(2)
    e = case.net.explain(*single(case))
    assert "loss" in e.save(tmp_path / "pass.html").read_text(encoding="utf-8")
    assert e.latex()
    assert "<svg" in case.net._repr_html_()


# Diagnosis ------------------------------------------------------------------------------

draw = np.random.default_rng(3)
X = draw.normal(size=(120, 2))
Y = {
    "a": np.sin(X[:, :1]),
    "b": (X[:, 0] > 0).astype(int) + (X[:, 1] > 1),
}


def network(last=3, **settings):
    x = gn.Input((2,))
    h = gn.layers.Dense(6, settings.get("hidden", "tanh"), name="h")(x)
    b = gn.layers.Dense(last, "softmax", name="b")(h)
    net = gn.Model(x, [gn.layers.Dense(1, name="a")(h), b], seed=0)
    net.compile(gn.optimizers.Adam(0.05), ["mse", "sparse_categorical_crossentropy"])
    return net


def test_a_sick_output_is_named_and_the_healthy_one_is_not():
    net = network()
    found = net.diagnose(X, {**Y, "a": 1e4 * Y["a"]}, verbose=0)
    assert found.worst == "problem"
    (one,) = found.of("target_scale") or found.of("initial_loss")
    assert one.title.startswith("Output a: ")
    assert not [one for one in found if one.title.startswith("Output b") and one.rank == 2]


def test_what_is_wrong_with_the_samples_is_told_once():
    x = X.copy()
    x[5, 1] = np.nan
    found = network().diagnose(x, Y, verbose=0, checks=["not_finite"])
    assert len(found) == 1 and not found[0].title.startswith("Output")


def test_a_diagnosis_leaves_the_network_as_it_is():
    net = network()
    net.fit(X, Y, epochs=3, verbose=0, validation_split=0.2)
    before, step = net.get_weights(), net.network.state.step
    symbols = [weight.symbol for weight in net.network.topology.weights()]
    found = net.diagnose(X, Y, (X[:20], {"a": Y["a"][:20], "b": Y["b"][:20]}), verbose=0)
    assert "Each output was looked at by itself" in found.text()
    assert all(map(np.array_equal, before, net.get_weights()))
    assert net.network.state.step == step and len(net.loss) == 2
    assert [weight.symbol for weight in net.network.topology.weights()] == symbols


def test_class_weights_are_not_advised_for_one_of_several_outputs():
    rare = np.zeros(120, int)
    rare[:6] = 1
    found = network().diagnose(X, {**Y, "b": rare}, verbose=0)
    assert "class_weight" not in found.text()


def test_an_output_without_targets_is_left_out():
    found = network().diagnose(X, {"a": Y["a"]}, verbose=0, checks=["not_finite"])
    assert "they need: a." in found.text() or "needs: a." in found.text()
    with pytest.raises(gn.errors.ArgumentError, match="has no targets for any"):
        network().diagnose(X, {}, verbose=0)
