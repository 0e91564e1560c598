"""Shards of rows and pieces of parameters: the same numbers on any number of threads."""

import numpy as np
import pytest

from glassnet import models, optimizers
from glassnet.backends import Compiled
from glassnet.backends.compiled.run.threads import thread_count
from glassnet.errors import ArgumentError
from glassnet.layers import Dense, Dropout


def network(dtype="float64", optimizer="adam", dropout=False):
    layers = [Dense(130, activation="tanh")]
    layers += [Dropout(0.3)] if dropout else []
    layers += [Dense(60, activation="sigmoid"), Dense(10, activation="softmax")]
    net = models.Sequential(layers, dtype=dtype, seed=1)
    net.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return net


def samples(rows=700, features=90):
    rng = np.random.default_rng(0)
    return rng.normal(size=(rows, features)), rng.integers(0, 10, rows)


def trained(backend, batch_size, epochs=2, **options):
    net = network(**options)
    history = net.fit(*samples(), batch_size=batch_size, epochs=epochs, verbose=0, backend=backend)
    return net.get_weights(), history.history


CASES = [
    (128, {}),
    (128, {"dropout": True}),
    (128, {"optimizer": optimizers.SGD(0.1, momentum=0.9)}),
    (256, {"optimizer": "rm_sprop"}),
    ("full", {"optimizer": optimizers.SGD(0.5)}),
]


@pytest.mark.parametrize("batch_size, options", CASES)
def test_shards_agree_with_numpy(batch_size, options):
    weights, history = trained(Compiled(threads=2), batch_size, **options)
    want, wanted = trained("numpy", batch_size, **options)
    for got, expected in zip(weights, want, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-9)
    for name, values in wanted.items():
        np.testing.assert_allclose(history[name], values, rtol=1e-9)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_bits_do_not_depend_on_the_number_of_threads(dtype):
    runs = [trained(Compiled(threads=t), 128, dtype=dtype, dropout=True) for t in (1, 2, 2, 3, 1)]
    for weights, history in runs[1:]:
        assert history == runs[0][1]
        for one, other in zip(weights, runs[0][0], strict=True):
            assert one.tobytes() == other.tobytes()


def test_weights_with_many_rows_stay_with_one_thread():
    x, y = samples(200, 520)
    found = []
    for backend in ("numpy", Compiled(threads=1), Compiled(threads=2)):
        layers = [Dense(520, "tanh"), Dense(512, "tanh"), Dense(10, "softmax")]
        net = models.Sequential(layers, dtype="float64", seed=1)
        net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
        net.fit(x, y, epochs=2, batch_size=64, verbose=0, backend=backend)
        found.append(net.get_weights())
    for numpy_, one, two in zip(*found, strict=True):
        np.testing.assert_allclose(one, numpy_, rtol=1e-9, atol=1e-9)
        assert one.tobytes() == two.tobytes()


def test_the_number_of_threads_can_be_set(monkeypatch):
    monkeypatch.setenv("GLASSNET_NUM_THREADS", "3")
    assert thread_count() == 3 and thread_count(2) == 2
    for wrong in (0, -1, "many"):
        with pytest.raises(ArgumentError, match="whole number"):
            thread_count(wrong)
