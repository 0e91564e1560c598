"""Every loss keeps every promise, has the right value, and trains networks."""

import json

import numpy as np
import pytest

import glassnet as gn
from glassnet.graph import Program, gradients, input_node, simplify
from glassnet.losses import FAMILY
from glassnet.testing import LOSS_CONTRACTS
from tests.losses.samples import BINARY, CASES, LABELS, REAL, SAMPLES, SOFT

EACH = pytest.mark.parametrize(("make", "y", "p", "formula"), CASES.values(), ids=CASES)


def test_every_loss_has_samples():
    assert {cls.__name__ for cls in FAMILY.members.values()} == set(SAMPLES)


def test_every_loss_is_public_and_documented():
    for cls in FAMILY.members.values():
        assert getattr(gn.losses, cls.__name__) is cls
        assert cls.__name__ in gn.losses.__all__
        assert cls.__doc__


@EACH
@pytest.mark.parametrize("contract", LOSS_CONTRACTS)
def test_contract(make, y, p, formula, contract):
    LOSS_CONTRACTS[contract](make(), y, p)


@EACH
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_value(make, y, p, formula, reduction):
    expected = getattr(formula(y, p), reduction)()
    assert float(make(reduction=reduction)(y, p)) == pytest.approx(expected, rel=1e-12)


def test_default_reductions():
    sums = {cls for cls in FAMILY.members.values() if cls().reduction == "sum"}
    assert sums == {
        gn.losses.SumSquaredError,
        gn.losses.HalfSumSquaredError,
        gn.losses.QuarterSumSquaredError,
        gn.losses.TanhError,
    }


# In networks ----------------------------------------------------------------------------


def network_for(make, y, p, activation=None, dtype="float64", **settings):
    outputs = p.shape[1:] if p.ndim > 1 else (1,)
    net = gn.Sequential(
        [
            gn.Input((5,)),
            gn.layers.Dense(int(np.prod(outputs)), activation),
            gn.layers.Reshape(outputs),
        ],
        dtype=dtype,
        seed=2,
    )
    net.compile(gn.optimizers.SGD(0.01), loss=make(**settings))
    x = np.random.default_rng(4).normal(size=(len(p), 5))
    return net, x, (y if p.ndim > 1 else y[:, None])


# Poisson needs positive predictions, the cross-entropies probabilities.
BEHIND = {"Poisson": "softplus", "BinaryCrossentropy": "sigmoid"}


def activation_for(loss):
    if getattr(loss, "from_logits", False):
        return None
    name = type(loss).__name__
    return "softmax" if "Categorical" in name else BEHIND.get(name)


@EACH
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_networks_report_and_follow_the_loss(make, y, p, formula, reduction):
    net, x, y = network_for(make, y, p, activation_for(make()), reduction=reduction)
    each = formula(y, net.predict(x))
    expected = getattr(each, reduction)()
    assert net.evaluate(x, y)["loss"] == pytest.approx(expected, rel=1e-9)
    assert net.evaluate(x, y, batch_size=3)["loss"] == pytest.approx(expected, rel=1e-9)
    history = net.fit(x, y, epochs=20, batch_size="full", verbose=0).history["loss"]
    assert history[0] == pytest.approx(expected, rel=1e-9)
    assert history[-1] < history[0]


@EACH
def test_sample_weights(make, y, p, formula):
    net, x, y = network_for(make, y, p, activation_for(make()))
    weights = np.array([1.0, 0.0, 2.5, 0.5])
    each = formula(y, net.predict(x)) * weights
    expected = each.mean() if net.loss.reduction == "mean" else each.sum()
    assert net.evaluate(x, y, sample_weight=weights)["loss"] == pytest.approx(expected, rel=1e-9)
    history = net.fit(x, y, batch_size="full", verbose=0, sample_weight=weights)
    assert history.history["loss"][0] == pytest.approx(expected, rel=1e-9)


def test_a_sample_of_weight_two_counts_as_two_samples():
    def weights_after(rows, sample_weight):
        net, x, y = network_for(gn.losses.HalfSumSquaredError, REAL, REAL)
        net.fit(x[rows], y[rows], batch_size="full", verbose=0, sample_weight=sample_weight)
        return net.get_weights()[0]

    weighted = weights_after([0, 1, 2], [1.0, 2.0, 0.0])
    np.testing.assert_allclose(weighted, weights_after([0, 1, 1], None), rtol=1e-12)


@pytest.mark.parametrize("kind", ["labels", "one-hot", "binary"])
def test_class_weights(kind):
    def after(**settings):
        if kind == "binary":
            y = np.array([[0.0], [1.0], [1.0], [1.0]])
            net, x, y = network_for(gn.losses.BinaryCrossentropy, y, y, "sigmoid")
        elif kind == "labels":
            net, x, y = network_for(
                gn.losses.SparseCategoricalCrossentropy, LABELS, SOFT, "softmax"
            )
        else:
            y = np.eye(3)[LABELS]
            net, x, y = network_for(gn.losses.CategoricalCrossentropy, y, SOFT, "softmax")
        net.fit(x, y, batch_size="full", verbose=0, **settings)
        return net.get_weights()[0]

    labels = np.array([0, 1, 1, 1]) if kind == "binary" else LABELS
    count = np.bincount(labels)
    balanced = len(labels) / (np.count_nonzero(count) * count[labels])
    np.testing.assert_array_equal(
        after(class_weight="balanced"), after(sample_weight=balanced.astype("f8"))
    )
    table = {0: 3.0, 1: 0.5} | ({} if kind == "binary" else {2: 1.0})
    weights = np.array([table[label] for label in labels])
    np.testing.assert_array_equal(after(class_weight=table), after(sample_weight=weights))
    both = after(class_weight=table, sample_weight=[1.0, 2.0, 3.0, 4.0])
    np.testing.assert_array_equal(both, after(sample_weight=weights * [1, 2, 3, 4]))


def sequence_net(loss, **settings):
    net = gn.Sequential([gn.Input((5, 2)), gn.layers.Dense(3, "softmax")], dtype="float64", seed=0)
    net.compile(gn.optimizers.SGD(0.1), loss=loss(**settings), metrics=["accuracy"])
    return net, np.random.default_rng(1).normal(size=(4, 5, 2))


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_a_class_for_every_place_of_a_sequence(reduction):
    labels = np.random.default_rng(2).integers(0, 3, (4, 5))
    net, x = sequence_net(gn.losses.SparseCategoricalCrossentropy, reduction=reduction)
    p = net.predict(x)
    each = -np.log(np.take_along_axis(p, labels[..., None], -1)[..., 0])
    expected = getattr(each, reduction)()
    scores = net.evaluate(x, labels)
    assert scores["loss"] == pytest.approx(expected, rel=1e-9)
    assert scores["accuracy"] == pytest.approx(np.mean(p.argmax(-1) == labels))
    other, _ = sequence_net(gn.losses.CategoricalCrossentropy, reduction=reduction)
    assert other.evaluate(x, np.eye(3)[labels])["loss"] == pytest.approx(expected, rel=1e-9)


# Extremes -------------------------------------------------------------------------------

BIG = np.array([[1e4, -1e4, 0.0], [-1e4, 1e4, 50.0], [1e4, 1e4, -1e4], [-1e4, -1e4, -1e4]], "f4")
CLASS_LOSSES = {
    "binary": (gn.losses.BinaryCrossentropy, "sigmoid", np.round(BINARY)),
    "categorical": (gn.losses.CategoricalCrossentropy, "softmax", np.eye(3)[LABELS]),
    "sparse": (gn.losses.SparseCategoricalCrossentropy, "softmax", LABELS),
}


def finite_with_gradient(loss, y, activation):
    """Value and slope of a loss behind an activation, on both backends, for BIG."""
    z = input_node("z", ("n", 3), "float32")
    targets = loss.check_targets(y, (3,), "float32")
    t = input_node("t", ("n", *targets.shape[1:]), str(targets.dtype))
    total = gn.ops.sum(loss.per_sample(t, gn.activations.get(activation)(z)))
    program = Program("extreme", [z, t], {"loss": total, "dz": gradients(total, [z])[0]})
    for backend in ("numpy", "loops"):
        for one in (program, simplify(program)):
            for found in gn.backends.get(backend).run(one, {"z": BIG, "t": targets}).values():
                assert np.all(np.isfinite(found))


@pytest.mark.parametrize("kind", CLASS_LOSSES)
@pytest.mark.parametrize("form", ["behind activation", "from logits", "plain numbers"])
def test_extreme_pre_activations(kind, form):
    make, activation, y = CLASS_LOSSES[kind]
    loss = make(from_logits=form == "from logits")
    finite_with_gradient(loss, y, activation if form == "behind activation" else "linear")
    assert np.isfinite(loss(y, BIG))  # warnings are errors here
    assert np.isfinite(loss(y, np.clip(BIG, 0, 1)))


@pytest.mark.parametrize("name", ["sse", "half_sse", "mse", "mae", "huber"])
def test_extreme_differences(name):
    loss = gn.losses.get(name)
    finite_with_gradient(loss, -BIG, "linear")
    assert np.isfinite(loss(-BIG, BIG))


def test_extreme_counts():
    finite_with_gradient(gn.losses.Poisson(), np.abs(BIG), "softplus")


def test_a_certain_mistake_costs_what_the_pre_activation_says():
    loss = gn.losses.SparseCategoricalCrossentropy(from_logits=True)
    assert float(loss([1], np.array([[1e4, -1e4]], "f4"))) == 2e4
    assert float(gn.losses.BinaryCrossentropy(True)([[0.0]], np.array([[1e4]], "f4"))) == 1e4


# Names and descriptions -------------------------------------------------------------------


@pytest.mark.parametrize("name", FAMILY.names())
def test_names(name):
    loss = gn.losses.get(name)
    assert gn.losses.get(type(loss)).to_config() == loss.to_config()
    config = json.loads(json.dumps(loss.to_config()))
    assert gn.losses.get(config).to_config() == loss.to_config()
