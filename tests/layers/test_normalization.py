"""Normalization: right moments for any offset, and what was learned stays learned."""

from __future__ import annotations

import copy
import pickle  # noqa: TID251 - users send models to other processes
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import glassnet as gn
from glassnet.data.moments import moments
from glassnet.errors import ArgumentError, ShapeError
from glassnet.formats import safetensors

L = gn.layers

EVEN = np.array([[-1.0, 1.0], [1.0, -1.0]])  # mean exactly 0, deviation exactly 1
ZEROS = np.zeros((2, 1))


def made(*layers, seed=0, dtype="float32", optimizer="sgd"):
    net = gn.Sequential([*layers, L.Dense(3, "tanh"), L.Dense(1)], seed=seed, dtype=dtype)
    net.compile(optimizer, "mse")
    return net


def fitted(x=EVEN, y=ZEROS, **arguments):
    net = made(L.Normalization(), **arguments)
    net.fit(x, y, verbose=0)
    return net


# Moments ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "column",
    [
        1.7e9 + np.arange(200),
        1_700_000_000 + np.arange(200),
        1e6 + 0.01 * (-1.0) ** np.arange(50),
        -1e12 + 1e-3 * np.arange(7),
        2**53 - np.arange(100),
        1e-300 * np.arange(5),
        1e200 * np.arange(-3, 4),
        np.float32(16_777_216) + np.float32(2) * np.arange(10, dtype=np.float32),
        np.arange(100, dtype=np.uint8),
        np.array([False, True, True]),
    ],
)
def test_moments_equal_those_of_exact_arithmetic(column):
    found = moments(column[:, None])
    exact = [Fraction(value.item()) for value in column]
    mean = sum(exact) / len(exact)
    variance = sum((value - mean) ** 2 for value in exact) / len(exact)
    scale = max(variance, Fraction(1, 10**700))
    np.testing.assert_allclose(found.mean, float(mean), rtol=1e-15, atol=1e-15)
    assert abs(Fraction(found.deviation[0]) ** 2 / scale - 1) < 1e-12


@given(
    st.integers(-(10**12), 10**12),
    st.lists(st.integers(0, 1000), min_size=2, max_size=40),
    st.sampled_from([1.0, 0.25, 1024.0]),
)
@settings(max_examples=150, deadline=None)
def test_an_offset_changes_no_deviation(offset, steps, scale):
    steps = np.array(steps, np.float64)[:, None]
    found = moments((offset + steps) * scale)
    assert bool(found.constant[0]) == (np.ptp(steps) == 0)
    np.testing.assert_allclose(found.deviation, np.std(steps * scale, axis=0), rtol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_only_rounding_makes_a_column_constant(dtype):
    for value in (0.1, -3.7e7, 1.7e9, 1e-20):
        one = np.full((40, 1), value, dtype)
        assert moments(one).constant.all()
        one[::2] = np.nextafter(one[0, 0], np.dtype(dtype).type(np.inf))  # one step of rounding
        assert moments(one).constant.all()
        one[::2] += 4 * np.spacing(one[0, 0])
        assert not moments(one).constant.any()


def test_normalized_columns_have_deviation_1_whatever_their_offset():
    x = np.column_stack([1.7e9 + np.arange(200.0), 1e6 + 0.01 * (-1.0) ** np.arange(200)])
    for dtype in ("float64", "float32"):
        net = made(L.Normalization(), dtype=dtype)
        net.fit(x, np.zeros((200, 1)), verbose=0)
        np.testing.assert_allclose(net.layers[0].deviation, [57.73430522661548, 0.01], rtol=1e-8)


# Whether it has learned is a fact of its own ------------------------------------------------


def saved(net, path):
    return gn.load(net.save(path / "net.safetensors"))


def given_weights(net, path):
    fresh = made(L.Normalization(), seed=5)
    fresh.build((None, 2))
    fresh.set_weights(net.get_weights())
    return fresh


def in_another_model(net, path):
    other = gn.Sequential([net.layers[0], L.Dense(1)], seed=1)
    other.compile("sgd", "mse")
    return other


WAYS = {
    "the same model": lambda net, path: net,
    "a file": saved,
    "two files": lambda net, path: saved(saved(net, path), path),
    "pickle": lambda net, path: pickle.loads(pickle.dumps(net)),
    "a copy": lambda net, path: copy.deepcopy(net),
    "set_weights": given_weights,
    "a shared layer": in_another_model,
}


@pytest.mark.parametrize("way", WAYS)
def test_moments_of_exactly_0_and_1_are_learned_once(way, tmp_path):
    net = WAYS[way](fitted(), tmp_path)
    assert net.layers[0].is_adapted
    net.fit(EVEN * 5 + 3, ZEROS, verbose=0)
    net.train_on_batch(EVEN * 5 + 3, ZEROS)
    np.testing.assert_array_equal(net.layers[0].mean, [0, 0])
    np.testing.assert_array_equal(net.layers[0].deviation, [1, 1])


@pytest.mark.parametrize("way", WAYS)
def test_what_was_not_learned_is_learned_later(way, tmp_path):
    net = made(L.Normalization())
    net.build((None, 2))
    net = WAYS[way](net, tmp_path)
    assert not net.layers[0].is_adapted and net.layers[0].mean is None
    np.testing.assert_array_equal(net.predict(EVEN).shape, (2, 1))
    net.fit(EVEN * 5 + 3, ZEROS, verbose=0)
    np.testing.assert_array_equal(net.layers[0].mean, [3, 3])


def test_weights_from_before_the_training_make_it_learn_anew():
    net = made(L.Normalization())
    net.build((None, 2))
    first = net.get_weights()
    for offset in (0.0, 3.0, 1.7e9):  # as with one network for all folds of a cross-validation
        net.set_weights(first)
        assert not net.layers[0].is_adapted
        net.fit(EVEN + offset, ZEROS, verbose=0)
        np.testing.assert_array_equal(net.layers[0].mean, [offset, offset])


def test_forget():
    net = fitted(EVEN * 2 + 1.7e9)
    net.layers[0].forget()
    assert not net.layers[0].is_adapted and net.layers[0].mean is None
    assert [array.dtype.name for array in net.get_weights()] == ["float32"] * 6
    net.fit(EVEN * 5 + 3, ZEROS, verbose=0)
    np.testing.assert_array_equal(net.layers[0].mean, [3, 3])


def test_files_from_before_say_nothing_and_are_judged_by_their_moments(tmp_path):
    for x, expected in ((EVEN * 5 + 3, [3, 3]), (EVEN, [9, 9])):
        path = fitted(x).save(tmp_path / "net.safetensors")
        tensors, description = safetensors.read(path)
        old = {name: array for name, array in tensors.items() if "normalization_1:" not in name}
        assert len(old) == len(tensors) - 2
        safetensors.write(path, old, description)
        net = gn.load(path)
        net.fit(EVEN + 9, ZEROS, verbose=0)
        np.testing.assert_array_equal(net.layers[0].mean, expected)


class Refuse(gn.callbacks.Callback):
    def on_train_begin(self, logs=None):
        raise ArgumentError("not today")


@pytest.mark.parametrize("is_built", [True, False])
def test_a_refused_fit_teaches_nothing(is_built):
    net = made(L.Normalization())
    if is_built:
        net.build((None, 2))
    with pytest.raises(ArgumentError, match="not today"):
        net.fit(EVEN + 1.7e9, ZEROS, verbose=0, callbacks=[Refuse()])
    assert not net.layers[0].is_adapted and not net.layers[0].is_wide
    net.fit(EVEN + 3, ZEROS, verbose=0)
    np.testing.assert_array_equal(net.layers[0].mean, [3, 3])


def test_adapted_before_it_is_built():
    layer = L.Normalization()
    layer.adapt(EVEN)
    net = made(layer)
    net.fit(EVEN + 5, ZEROS, verbose=0)
    np.testing.assert_array_equal(layer.mean, [0, 0])
    with pytest.raises(ShapeError, match="adapted to 3 features"):
        layer.adapt(np.eye(3))
    np.testing.assert_array_equal(layer.mean, [0, 0])


# Double precision where float32 would blur ---------------------------------------------------

TIMES = 1.7e9 + np.arange(60.0)
OTHER = np.random.default_rng(0).normal(size=60)
X = np.column_stack([TIMES, OTHER])
Y = ((TIMES - TIMES.mean()) / 20 + OTHER)[:, None]

FIRST = {
    "nothing": ((), (2,)),
    "Flatten": ((L.Flatten,), (1, 2)),
    "Reshape": ((lambda: L.Reshape((2,)),), (2, 1)),
    "Rescaling": ((lambda: L.Rescaling(0.5, -3.0),), (2,)),
}


@pytest.mark.parametrize(
    ("first", "backend"),
    [("nothing", "loops"), *((first, b) for b in ("numpy", "compiled") for first in FIRST)],
)
def test_a_wide_input_is_exact_in_every_backend(first, backend):
    before, shape = FIRST[first]
    rows = 20 if backend == "loops" else 60
    x, y = X[:rows].reshape(rows, *shape), Y[:rows]
    nets = [made(*(one() for one in before), L.Normalization(), dtype=d, optimizer="adam")
            for d in ("float32", "float64")]  # fmt: skip
    for net in nets:
        net.fit(x, y, epochs=2, batch_size=8, verbose=0, backend=backend)
    single, double = (net.predict(x, backend=backend) for net in nets)
    assert single.dtype == np.float32 and len(np.unique(single)) == rows
    np.testing.assert_allclose(single, double, atol=2e-6)
    assert nets[0].layers[len(before)].is_wide
    assert nets[0].get_weights()[-1].dtype == np.float32
    assert {p.inputs["x"].dtype for p in [nets[0].network.prediction]} == {"float64"}


def test_whole_numbers_beyond_the_reach_of_float32():
    x = np.column_stack([1_700_000_000 + np.arange(60), np.arange(60)])
    net = made(L.Normalization())
    net.fit(x, Y, verbose=0)
    assert len(np.unique(net.predict(x))) == 60
    np.testing.assert_array_equal(net.predict(x.tolist()), net.predict(x))


def test_one_row_files_copies_and_programs_compute_the_same(tmp_path):
    net = made(L.Normalization(), optimizer="adam")
    net.fit(X, Y, epochs=3, verbose=0)
    expected = net.predict(X)
    others = {name: way(net, tmp_path) for name, way in WAYS.items() if name != "a shared layer"}
    for name, other in others.items():
        np.testing.assert_array_equal(other.predict(X), expected, err_msg=name)
    one = net.predictor()
    np.testing.assert_allclose([one(row) for row in X], expected, atol=1e-6)
    np.testing.assert_allclose([net.predict(row[None])[0] for row in X], expected, atol=1e-6)
    for style in ("numpy", "loops"):
        space: dict = {}
        exec(net.source(forward_only=True, style=style), space)
        found = space["predict"](X.tolist())
        np.testing.assert_allclose(found, expected, atol=1e-6, err_msg=style)
    explained = [np.asarray(net.explain(row)["z2"]).reshape(-1) for row in X[:5]]
    np.testing.assert_allclose(explained, expected[:5], atol=1e-6)


@pytest.mark.parametrize("style", ["numpy", "loops"])
def test_a_printed_training_learns_the_same(style, capsys):
    net = made(L.Normalization(), optimizer="adam")
    space: dict = {}
    text = net.source(X[:10], Y[:10], epochs=2, batch_size=4, style=style)
    assert not net.layers[0].is_adapted and not net.layers[0].is_wide
    exec(text, space)
    net.fit(X[:10], Y[:10], epochs=2, batch_size=4, verbose=0)
    np.testing.assert_allclose(np.array(space["W1"]), net.get_weights()[2], atol=1e-6)


def test_a_resumed_run_takes_its_input_as_the_first_did(tmp_path):
    path = tmp_path / "run.safetensors"
    whole, first, second = (made(L.Normalization(), optimizer="adam") for _ in range(3))
    data = dict(verbose=0, validation_split=0.2, batch_size=8)
    whole.fit(X, Y, epochs=4, **data)
    first.fit(X, Y, epochs=2, callbacks=[gn.callbacks.ModelCheckpoint(path)], **data)
    with pytest.raises(ArgumentError, match="other data"):
        second.fit(X + 1, Y, epochs=4, resume=path, **data)
    assert not second.layers[0].is_adapted and not second.layers[0].is_wide
    second.fit(X, Y, epochs=4, resume=path, **data)
    for ours, theirs in zip(second.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_branches_take_each_input_as_they_need_it():
    times, other = gn.Input((1,), name="times"), gn.Input((1,), name="other")
    both = L.Concatenate()([times, other])
    near = L.Dense(2)(other)  # this branch computes in the network's precision
    joined = L.Concatenate()([L.Normalization()(both), near])
    net = gn.Model([times, other], [L.Dense(1)(joined), L.Flatten()(both)], seed=0)
    net.layers[[type(x) for x in net.layers].index(L.Normalization)].adapt(X)
    out, through = net.predict({"times": X[:, :1], "other": X[:, 1:]})
    assert out.dtype == through.dtype == np.float32 and len(np.unique(out)) == 60
    assert net.network.topology.input_dtypes("float32") == ["float64", "float64"]


def test_ordinary_columns_stay_in_single_precision():
    rng = np.random.default_rng(1)
    for x in (rng.normal(size=(50, 2)), 100 + rng.normal(size=(50, 2)), np.full((50, 2), 1.7e9)):
        net = made(L.Normalization())
        net.fit(x, np.zeros((50, 1)), verbose=0)
        assert not net.layers[0].is_wide
        assert {node.dtype for node in net.network.prediction.inputs.values()} == {"float32"}


OPTIMIZERS = (
    lambda: gn.optimizers.Adam(0.01),
    lambda: gn.optimizers.SGD(0.05, momentum=0.9),
    gn.optimizers.LBFGS,
)


def check_random_networks(count, backends):
    """Networks of any rank with wide columns, trained in float32, equal those in float64."""
    rng = np.random.default_rng(4)
    for number in range(count):
        shape = ((3,), (2, 3), (2, 2, 3))[number % 3]
        x = rng.normal(size=(int(rng.choice([5, 7, 40])), *shape)) * [1, 10, 0.01]
        x = x + rng.choice([0, 1e9, -3e8, 1e6], size=3)
        within = [L.Normalization(), L.Dense(4, "tanh"), L.Flatten(), L.Dense(2)]
        before = [L.Flatten(), L.Normalization(), L.Dense(5, "sigmoid"), L.Dense(2)]
        layers = within if number % 2 else before
        size, optimizer = ("full", 1, 3, 8)[number % 4], OPTIMIZERS[int(rng.integers(3))]
        y, found = rng.normal(size=(len(x), 2)), {}
        for dtype, backend in (("float64", "numpy"), *(("float32", b) for b in backends)):
            net = gn.Sequential(copy.deepcopy(layers), dtype=dtype, seed=1)
            net.compile(optimizer(), "mse")
            net.fit(x, y, epochs=2, batch_size=size, verbose=0, backend=backend)
            found[dtype, backend] = net.predict(x, backend=backend)
        for values in found.values():
            np.testing.assert_allclose(values, found["float64", "numpy"], atol=2e-5)


def test_random_networks_with_wide_columns():
    check_random_networks(24, ["numpy"])


@pytest.mark.slow
def test_random_networks_with_wide_columns_compiled():
    check_random_networks(12, ["compiled"])


@pytest.mark.parametrize("backend", ["numpy", "compiled"])
def test_programs_made_before_it_learned_are_made_anew(backend):
    plain = np.column_stack([OTHER, OTHER**2])
    net, other = made(L.Normalization()), made(L.Normalization(), seed=0)
    net.build((None, 2))
    other.build((None, 2))
    for one in (net, other):
        one.predict(X, backend=backend)
        one.evaluate(X, Y, backend=backend, verbose=0)
    net.layers[0].adapt(X)
    other.set_weights(net.get_weights())
    for one in (net, other):
        assert len(np.unique(one.predict(X, backend=backend))) == 60
    assert other.evaluate(X, Y, backend=backend) == net.evaluate(X, Y, backend=backend)
    for one in (net, other):
        one.layers[0].adapt(plain)  # ordinary numbers again
        assert one.get_weights()[0].dtype == np.float32
        assert one.predict(plain, backend=backend).shape == (60, 1)
        one.fit(plain, Y, verbose=0, backend=backend)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [1e-305, 1e-300, 1e-45, 1e-38, 1e-30, 1.0, 1e30, 1e38, 1e300])
def test_columns_of_any_size(size, dtype, tmp_path):
    """float32 holds numbers from 1e-38 to 1e38; beyond, 0 / 0 gave NaN."""
    draw = np.random.default_rng(8)
    x = np.c_[draw.normal(size=(40, 1)) * size, draw.normal(size=40), np.full(40, size)]
    column = x[:, 0].astype(np.longdouble)
    expected = np.c_[(column - column.mean()) / column.std(), x[:, 1:]].astype(float)
    expected[:, 1] = (x[:, 1] - x[:, 1].mean()) / x[:, 1].std()
    expected[:, 2] = 0
    net = gn.Sequential([gn.Input((3,)), L.Normalization()], dtype=dtype)
    net.layers[0].adapt(x)
    nets = [net, gn.load(net.save(tmp_path / "net.safetensors")), copy.deepcopy(net)]
    other = gn.Sequential([gn.Input((3,)), L.Normalization()], dtype=dtype)
    other.build((None, 3))
    other.set_weights(net.get_weights())
    for one in [*nets, other]:
        for found in (one.predict(x), [one.predictor()(row) for row in x[:3]]):
            assert np.asarray(found).dtype == dtype
            np.testing.assert_allclose(found, expected[: len(found)], rtol=1e-4, atol=2e-5)
    trained = made(L.Normalization(), dtype=dtype)
    losses = trained.fit(x, x[:, 1:2], epochs=2, verbose=0).history["loss"]
    assert np.isfinite(losses).all() and len(losses) == 2
    for style in ("numpy", "loops"):
        names = {}
        exec(net.source(forward_only=True, style=style), names)
        found = names["predict"](x[:3] if style == "numpy" else x[:3].tolist())
        np.testing.assert_allclose(found, expected[:3], rtol=1e-4, atol=2e-5)
