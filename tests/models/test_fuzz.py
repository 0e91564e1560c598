"""Whatever is passed: a result that makes sense, or a GlassnetError that says something."""

from __future__ import annotations

import random
import warnings

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import GlassnetError

L = gn.layers
X = np.linspace(-1, 1, 32, dtype=np.float32).reshape(8, 4)

ARRAYS = [
    X,
    X.astype("f8"),
    X.astype(int),
    X > 0,
    X.T,
    X[::-1],
    X[:1],
    X[:0],
    X[0],
    X[0, 0],
    X[:, :1],
    X[:, 0],
    X.reshape(8, 2, 2),
    X.reshape(2, 4, 4),
    X * np.nan,
    X * np.inf,
    X * 1e38,
    X.astype("f8") * 1e300,
    X.astype("f2"),
    X.astype(complex),
    X.astype(str),
    X.astype(object),
    np.zeros((8, 0)),
    np.zeros(()),
    np.array([None] * 8),
    np.array(["2020-01-01"] * 8, "datetime64[D]"),
    np.zeros(8, [("a", "f4"), ("b", "i4")]),
    np.ma.masked_less(X, 0),
    np.arange(8) % 3,
    np.arange(8) % 2,
    np.arange(8) - 1,
    np.eye(8),
    np.eye(3)[np.arange(8) % 3],
    np.full(8, 2**62),
    np.full((8, 1), 10.0**10),
]
ODD = [
    None, True, False, 0, 1, -1, 2.5, 10**30, float("nan"), float("inf"), 1j, "", "a", "full",
    "auto", "numpy", b"x", [], [[]], [[], [1]], [1, [2]], [None], ["a"], [X], [X, X], (X, X),
    (X, X[:, :1]), (X, X, X), {}, {"x": X}, {1: 2}, {0: 1.0, 1: 2.0}, set(), range(8), iter([1]),
    object(), int, np.float32, len, lambda e: e, Ellipsis, slice(3), np.random.default_rng(0),
    gn.callbacks.EarlyStopping(), [gn.callbacks.EarlyStopping()], L.Dense(3), gn.Input((4,)),
    "adam", "mse", "accuracy", "balanced", np.int64(3), np.float64(0.5), np.str_("a"), 2**63,
]  # fmt: skip
VALUES = [*ARRAYS, *ODD]

KINDS = {
    "labels": (3, "softmax", "sparse_categorical_crossentropy", ["accuracy"]),
    "one-hot": (3, "softmax", "categorical_crossentropy", ["accuracy", "f1"]),
    "binary": (1, "sigmoid", "binary_crossentropy", ["accuracy"]),
    "numbers": (1, None, "mse", ["mae", "r2"]),
    "default": (3, None, None, None),
    "unbuilt": (3, "softmax", None, None),
}
GOOD = {
    "labels": np.arange(8) % 3,
    "one-hot": np.eye(3)[np.arange(8) % 3],
    "binary": (np.arange(8) % 2)[:, None],
    "numbers": X[:, :1],
    "default": np.arange(8) % 3,
    "unbuilt": np.arange(8) % 3,
}


def network(kind):
    units, activation, loss, metrics = KINDS[kind]
    start = [] if kind == "unbuilt" else [gn.Input((4,))]
    net = gn.Sequential([*start, L.Dense(5, "relu"), L.Dense(units, activation)], seed=0)
    if loss:
        net.compile("adam", loss, metrics)
    return net


def attempt(call):
    """Return the result, or None after a GlassnetError with something to say."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return call()
    except GlassnetError as error:
        text = str(error)
        assert len(text) > 15, text
        assert len(text) < 1500, text
        return None


def check(net):
    """The model is as usable as before."""
    if net.built:
        assert all(np.isfinite(array).all() for array in net.get_weights())


NAMES = ["batch_size", "epochs", "verbose", "callbacks", "validation_split", "validation_data",
         "shuffle", "class_weight", "sample_weight", "initial_epoch", "seed", "backend",
         "resume"]  # fmt: skip


def small(name, value):
    """Whether a value would make the run long: many epochs are no mistake."""
    is_number = isinstance(value, int | np.integer) and not isinstance(value, bool)
    return name == "epochs" and is_number and value > 100


def cases():
    """Every argument with every kind of network; the quick ones are those that differ most."""
    for name in ("x", "y", *NAMES):
        for kind in KINDS:
            is_quick = kind == "labels" or (name in "xy" and kind in ("numbers", "unbuilt"))
            yield pytest.param(name, kind, marks=[] if is_quick else pytest.mark.slow)


@pytest.mark.parametrize(("name", "kind"), list(cases()))
def test_one_argument_of_fit_at_a_time(name, kind):
    for value in VALUES if name in "xy" else [*ODD, *ARRAYS[::5]]:
        if small(name, value):
            continue
        net = network(kind)
        arguments = {"x": X, "y": GOOD[kind], "verbose": 0, "batch_size": 4, name: value}
        history = attempt(lambda net=net, arguments=arguments: net.fit(**arguments))
        check(net)
        if history is not None:
            assert isinstance(history.history, dict)
        else:
            assert net.fit(X, GOOD[kind], verbose=0).epoch == [0]


@pytest.mark.parametrize("kind", ["labels", "numbers", "unbuilt"])
def test_predict_evaluate_and_single_batches(kind):
    net = network(kind)
    for value in VALUES:
        attempt(lambda value=value: net.predict(value))
        attempt(lambda value=value: net.predict_labels(value))
        for name in ("batch_size", "backend", "verbose"):
            attempt(lambda value=value, name=name: net.predict(X, **{name: value}))
            attempt(lambda value=value, name=name: net.evaluate(X, GOOD[kind], **{name: value}))
        for call in (net.evaluate, net.test_on_batch, network(kind).train_on_batch):
            attempt(lambda value=value, call=call: call(X, value))
            attempt(lambda value=value, call=call: call(value, GOOD[kind]))
            attempt(lambda value=value, call=call: call(X, GOOD[kind], sample_weight=value))
        attempt(lambda value=value: net.set_weights(value))
    check(net)


def test_many_arguments_at_random():
    draws = random.Random(0)
    for _ in range(150):
        kind = draws.choice(list(KINDS))
        net = network(kind)
        names = draws.sample(NAMES, draws.randint(1, 4))
        arguments = {"verbose": 0, **{name: draws.choice(VALUES) for name in names}}
        if any(small(name, value) for name, value in arguments.items()):
            continue
        x = draws.choice(VALUES) if draws.random() < 0.3 else X
        y = draws.choice(VALUES) if draws.random() < 0.3 else GOOD[kind]
        attempt(lambda net=net, x=x, y=y, arguments=arguments: net.fit(x, y, **arguments))
        check(net)


@pytest.mark.parametrize("name", ["optimizer", "loss", "metrics"])
def test_compile(name):
    for value in VALUES:
        if name == "metrics" and callable(value):
            continue  # what a function of one's own raises is one's own
        net = network("numbers")
        arguments = {"optimizer": "sgd", "loss": "mse", "metrics": None, name: value}
        attempt(lambda net=net, arguments=arguments: net.compile(**arguments))
        attempt(lambda net=net: net.fit(X, GOOD["numbers"], verbose=0))
        check(net)


def test_models_and_their_parts():
    for value in VALUES:
        for call in (
            gn.Sequential,
            lambda value: gn.Sequential([value]),
            lambda value: gn.Sequential([L.Dense(2)], dtype=value),
            lambda value: gn.Sequential([L.Dense(2)], seed=value),
            lambda value: gn.Sequential([L.Dense(2)], name=value),
            lambda value: gn.Sequential([L.Dense(2)]).build(value),
            lambda value: gn.Model(value, value),
            lambda value: gn.Model(gn.Input((2,)), value),
            lambda value: gn.Input(value),
            lambda value: L.Dropout(value),
            lambda value: L.Dense(2, name=value),
            lambda value: L.Dense(2)(value),
            lambda value: gn.load(value),
            lambda value: gn.callbacks.EarlyStopping(patience=value),
            lambda value: gn.callbacks.EarlyStopping(monitor=value),
            lambda value: gn.callbacks.ReduceLROnPlateau(factor=value),
            lambda value: gn.callbacks.ModelCheckpoint(value),
            lambda value: gn.callbacks.ModelCheckpoint("a", save_freq=value),
            lambda value: gn.callbacks.LearningRateScheduler(value),
            lambda value: gn.callbacks.CSVLogger(value),
            lambda value: gn.callbacks.CSVLogger("a", separator=value),
        ):
            attempt(lambda value=value, call=call: call(value))
