"""One sample at a time: the update and the next sample's product share a pass over the weights."""

import re

import numpy as np
import pytest

import glassnet as gn
from glassnet import models
from glassnet.backends import Compiled, Work
from glassnet.layers import Dense
from glassnet.random import permutation

COMPILED = Compiled()
ROWS, FEATURES = 13, 90


def network(dtype="float64", optimizer="sgd", activation="sigmoid"):
    layers = [Dense(70, activation=activation), Dense(3, activation="softmax")]
    net = models.Sequential(layers, dtype=dtype, seed=1)
    net.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    net.build((None, FEATURES))
    return net


def samples(dtype="float64"):
    rng = np.random.default_rng(0)
    return rng.normal(size=(ROWS, FEATURES)).astype(dtype), rng.integers(0, 3, ROWS)


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("activation", ["sigmoid", "relu", "gelu"])
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "rms_prop"])
def test_agrees_with_numpy(optimizer, activation, shuffle):
    x, y = samples()
    nets = [network(optimizer=optimizer, activation=activation) for _ in range(2)]
    options = dict(batch_size=1, epochs=3, shuffle=shuffle, verbose=0)
    histories = [
        net.fit(x, y, backend=b, **options)
        for net, b in zip(nets, (COMPILED, "numpy"), strict=True)
    ]
    for name, values in histories[1].history.items():
        np.testing.assert_allclose(histories[0].history[name], values, rtol=1e-9)
    for one, other in zip(*[net.get_weights() for net in nets], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)


def test_is_taken_for_one_sample_and_longer_rows_alone():
    assert "for the first sample" in network().compiled_source(1)
    assert "for the first sample" not in network().compiled_source(2)
    small = models.Sequential([Dense(15, "tanh"), Dense(3, "softmax")], seed=1)
    small.compile(optimizer="sgd", loss="sparse_categorical_crossentropy")
    small.build((None, FEATURES))
    assert "for the first sample" not in small.compiled_source(1)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shuffle", [False, True])
def test_bits_do_not_depend_on_where_a_run_is_cut(dtype, shuffle):
    x, y = samples(dtype)
    orders = [permutation(0, "order", ROWS, epoch) if shuffle else None for epoch in range(4)]
    found = []
    for parts in ([52], [7, 1, 5, 20, 19]):
        net = network(dtype)
        inner = net.network
        state = inner.state.arrays(inner.topology)
        stepper = COMPILED.stepper(inner.step(), state, {"x": x, "y": y})
        done = 0
        for count in parts:
            epoch, batch = divmod(done, ROWS)
            work = Work(orders[epoch:], 1, batch, count, scalars=inner.scalars(), step=done)
            assert stepper.run(work)[0] == count
            done += count
        found.append([array.copy() for array in state.values()])
    for one, other in zip(*found, strict=True):
        assert one.tobytes() == other.tobytes()


def test_the_rate_multiplies_the_short_factor_and_rows_in_place_have_no_mask():
    net = models.Sequential([Dense(70, "sigmoid"), Dense(10, "sigmoid")], seed=1)
    net.compile(optimizer="sgd", loss="mean_squared_error")
    net.build((None, FEATURES))
    source = net.compiled_source(1)
    # W1 - x (rate d1): one multiplication a weight.
    update = source[source.index("# the update, and the first product") :]
    assert not re.search(r"learning_rate_\S+ \* dW1", update)
    second = update[update.index("a1") :]
    assert "in range(8):" in second and "in range(8, 10):" in second
    assert "masked()" not in second[: second.index("in range(8, 10):")]


# Large enough for two threads to take half of the rows each; the last one has the rest.
LARGE = {"even": (264, 256), "left over": (301, 230)}
OPTIMIZERS = {
    "sgd": lambda: gn.optimizers.SGD(0.05),
    "momentum": lambda: gn.optimizers.SGD(0.01, momentum=0.9, nesterov=True),
    "adam": lambda: gn.optimizers.Adam(1e-3),
    "clipped": lambda: gn.optimizers.SGD(0.05, clip=gn.optimizers.ClipByGlobalNorm(0.1)),
    "decay": lambda: gn.optimizers.AdamW(1e-3, weight_decay=0.1),
}


def large(shape, optimizer="sgd", dtype="float64", dropout=0.0, penalty=None):
    features, units = shape
    layers = [Dense(units, "sigmoid", kernel_regularizer=penalty), gn.layers.Dropout(dropout)]
    net = models.Sequential([*layers, Dense(20, "tanh"), Dense(3, "softmax")], dtype=dtype, seed=1)
    net.compile(OPTIMIZERS[optimizer](), "sparse_categorical_crossentropy", ["accuracy"])
    net.build((None, features))
    return net


def fitted(net, backend, shuffle=True, rows=9, epochs=3):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, len(net.get_weights()[0]))).astype(net.dtype)
    y = rng.integers(0, 3, rows)
    options = dict(batch_size=1, epochs=epochs, shuffle=shuffle, verbose=0, backend=backend)
    return net.fit(x, y, **options).history


RUNS = [
    *((name, {}) for name in OPTIMIZERS),
    ("sgd", {"dropout": 0.3}),
    ("adam", {"penalty": "l2"}),
]


@pytest.mark.parametrize(("optimizer", "settings"), RUNS, ids=str)
@pytest.mark.parametrize("shape", LARGE.values(), ids=list(LARGE))
def test_two_threads_on_one_sample(shape, optimizer, settings):
    expected = large(shape, optimizer, **settings)
    history = fitted(expected, "numpy")
    found = []
    for threads in (1, 2, 3, 2):
        net = large(shape, optimizer, **settings)
        losses = fitted(net, Compiled(threads=threads))
        np.testing.assert_allclose(losses["loss"], history["loss"], rtol=1e-9)
        found.append(b"".join(array.tobytes() for array in net.get_weights()))
        for one, other in zip(net.get_weights(), expected.get_weights(), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)
    assert len(set(found)) == 1


def test_a_large_first_layer_is_shared_and_needs_two_meetings():
    source = large(LARGE["left over"]).compiled_source(1)
    step = source[source.index("while done") :]
    assert "range(296, end, 5)" in step and "end = 301 if shard == 1 else 0" in step
    assert step.count("meet(signs") == 2
    assert "claim(" not in network().compiled_source(1)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_many_samples_on_two_threads_give_the_same_bits(dtype):
    found = set()
    for threads in (1, 2, 2, 2, 2, 2):
        net = large(LARGE["even"], dtype=dtype, dropout=0.2)
        fitted(net, Compiled(threads=threads), rows=700, epochs=4)
        found.add(b"".join(array.tobytes() for array in net.get_weights()))
    assert len(found) == 1
