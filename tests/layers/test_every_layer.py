"""Every layer keeps every promise, alone and in a network: training, files, both backends."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.layers import FAMILY
from glassnet.testing import LAYER_CONTRACTS
from tests.layers.samples import CASES, SAMPLES, inputs_for


def each(cases):
    ids = [name for name, _, _ in cases]
    return pytest.mark.parametrize(("make", "shapes"), [case[1:] for case in cases], ids=ids)


EACH = each(CASES)
# An input stands first, so it is not put between other layers.
EACH_INNER = each([case for case in CASES if not case[0].startswith("InputLayer")])


def test_every_layer_has_samples():
    assert {cls.__name__ for cls in FAMILY.members.values()} == set(SAMPLES)


def test_every_layer_is_public_and_documented():
    for cls in FAMILY.members.values():
        assert getattr(gn.layers, cls.__name__) is cls
        assert cls.__name__ in gn.layers.__all__
        assert cls.__doc__


@EACH
@pytest.mark.parametrize("contract", LAYER_CONTRACTS)
def test_contract(make, shapes, contract):
    LAYER_CONTRACTS[contract](make(), tuple(shapes))


def model_around(make, shapes, dtype="float64"):
    """The layer between dense layers, so that gradients pass through it."""
    inputs = [gn.Input(shape) for shape in shapes]
    given = [gn.layers.Dense(shape[-1], "tanh")(x) for x, shape in zip(inputs, shapes, strict=True)]
    out = gn.layers.Dense(2)(gn.layers.Flatten()(make()(*given)))
    net = gn.Model(inputs, out, dtype=dtype, seed=5)
    net.compile(gn.optimizers.Adam(0.01), loss="mse", metrics=["mae"])
    return net


def trained(make, shapes, backend, dtype="float64"):
    net = model_around(make, shapes, dtype)
    x = inputs_for(shapes, dtype=dtype)
    x = x[0] if len(x) == 1 else x
    y = np.linspace(-1, 1, 12).reshape(6, 2)
    history = net.fit(x, y, epochs=2, batch_size=4, verbose=0, backend=backend)
    return net, x, history.history


@EACH_INNER
def test_both_backends_train_alike(make, shapes):
    one, _, losses = trained(make, shapes, "loops")
    two, _, others = trained(make, shapes, "numpy")
    assert losses["loss"] == pytest.approx(others["loss"], rel=1e-12)
    for a, b in zip(one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-13)


@EACH_INNER
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_save_and_load(make, shapes, dtype, tmp_path):
    net, x, _ = trained(make, shapes, "numpy", dtype)
    again = gn.load(net.save(tmp_path / "net.safetensors"))
    assert np.array_equal(again.predict(x), net.predict(x))
    assert again.predict(x).dtype == dtype
    assert again.network.topology.to_config() == net.network.topology.to_config()
    assert again.network.description() == net.network.description()
    y = np.zeros((6, 2))
    for one in (net, again):
        one.fit(x, y, epochs=2, batch_size=4, verbose=0)
    for a, b in zip(again.get_weights(), net.get_weights(), strict=True):
        assert np.array_equal(a, b)  # the optimizer's memory went along


@EACH_INNER
def test_frozen(make, shapes, tmp_path):
    net = model_around(make, shapes)
    layer = net.layers[len(shapes)]
    layer.trainable = False
    x = inputs_for(shapes)
    x = x[0] if len(x) == 1 else x
    net.predict(x)
    if isinstance(layer, gn.layers.Normalization):
        layer.adapt(np.zeros((2, *shapes[0])))
    before = {name: w.value.copy() for name, w in layer.weights.items()}
    net.fit(x, np.ones((6, 2)), epochs=2, verbose=0)
    for name, weight in layer.weights.items():
        assert np.array_equal(weight.value, before[name])
    assert gn.load(net.save(tmp_path / "f.safetensors")).layers[len(shapes)].trainable is False
