"""Training steps, compiled: the same weights and totals as the NumPy backend gives."""

import platform

import numpy as np
import pytest

from glassnet import models, optimizers
from glassnet.backends import Compiled, Numpy, Work
from glassnet.layers import Dense, Dropout
from glassnet.random import permutation

pytestmark = pytest.mark.unoptimised

COMPILED = Compiled()


def network(dtype="float64", optimizer="adam", layers=None, loss="sparse_categorical_crossentropy"):
    layers = layers or [Dense(7, activation="tanh"), Dense(3, activation="softmax")]
    net = models.Sequential(layers, dtype=dtype, seed=3)
    net.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"])
    return net


def samples(rows, features=5, classes=3, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(rows, features)), rng.integers(0, classes, rows)


def trained(net, backend, x, y, **options):
    options = {"epochs": 3, "verbose": 0} | options
    history = net.fit(x, y, backend=backend, **options)
    return net.get_weights(), history.history


def assert_same(left, right, rtol=1e-9):
    for a, b in zip(left[0], right[0], strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol)
    for name in right[1]:
        np.testing.assert_allclose(left[1][name], right[1][name], rtol=rtol)


@pytest.mark.parametrize("batch_size", [1, 2, 7, 16, "full"])
@pytest.mark.parametrize("shuffle", [False, True])
def test_batch_sizes_and_the_short_last_batch(batch_size, shuffle):
    x, y = samples(23)
    options = dict(batch_size=batch_size, shuffle=shuffle)
    got = trained(network(), COMPILED, x, y, **options)
    assert_same(got, trained(network(), "numpy", x, y, **options))


def test_a_few_rows_all_at_once():
    x, y = samples(4)
    got = trained(network(), COMPILED, x, y, batch_size="full", epochs=50)
    assert_same(got, trained(network(), "numpy", x, y, batch_size="full", epochs=50))


@pytest.mark.parametrize("optimizer", sorted(optimizers.FAMILY.names()))
def test_optimizers(optimizer):
    x, y = samples(40)
    got = trained(network(optimizer=optimizer), COMPILED, x, y, batch_size=16)
    assert_same(got, trained(network(optimizer=optimizer), "numpy", x, y, batch_size=16))


ACTIVATIONS = [
    "relu",
    "sigmoid",
    "elu",
    "gelu",
    "silu",
    "softplus",
    "softsign",
    "selu",
    "leaky_relu",
]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations(activation):
    def build():
        return network(layers=[Dense(6, activation=activation), Dense(3, activation="softmax")])

    x, y = samples(40)
    got = trained(build(), COMPILED, x, y, batch_size=16)
    assert_same(got, trained(build(), "numpy", x, y, batch_size=16))


@pytest.mark.parametrize("batch_size", [1, 16])
def test_dropout_draws_the_same_masks(batch_size):
    def build():
        return network(layers=[Dense(6, activation="tanh"), Dropout(0.4), Dense(3, "softmax")])

    x, y = samples(40)
    got = trained(build(), COMPILED, x, y, batch_size=batch_size)
    assert_same(got, trained(build(), "numpy", x, y, batch_size=batch_size))


def test_float32_over_few_steps():
    x, y = samples(64)
    got = trained(network("float32"), COMPILED, x, y, batch_size=16, epochs=1)
    assert_same(got, trained(network("float32"), "numpy", x, y, batch_size=16, epochs=1), 2e-5)


def steppers(x, y):
    """The same training step on both backends, each with its own state."""
    from glassnet.training.programs import step_program

    found = []
    for backend in (COMPILED, Numpy()):
        net = network()
        net.build((None, x.shape[1]))
        inner = net.network
        inner.state.prepare_slots(inner.optimizer, inner.topology, "float64")
        step = step_program(inner.topology, inner.record, "float64")
        state = inner.state.arrays(inner.topology)
        data = {name: value for name, value in zip(step.rows, (x, y), strict=True)}
        scalars = {**inner.optimizer.scalars(), "seed": 0}
        found.append((backend.stepper(step, state, data), state, scalars))
    return found


def test_work_may_begin_and_end_anywhere():
    x, y = samples(23)
    orders = [permutation(0, "order", 23, epoch) for epoch in range(4)]
    results = []
    for stepper, state, scalars in steppers(x, y):
        first = stepper.run(Work(orders, 4, batches=8, scalars=scalars))
        later = Work(orders[1:], 4, first_batch=2, batches=5, scalars=scalars, step=8)
        results.append((first, stepper.run(later), state))
    (first, later, state), (first_, later_, state_) = results
    assert first[0] == first_[0] == 8 and later[0] == later_[0] == 5
    np.testing.assert_allclose(first[1], first_[1], rtol=1e-12)
    np.testing.assert_allclose(later[1], later_[1], rtol=1e-12)
    for name in state:
        np.testing.assert_allclose(state[name], state_[name], rtol=1e-10, atol=1e-12)


def test_stops_when_time_is_up():
    x, y = samples(23)
    stepper, _, scalars = steppers(x, y)[0]
    done, totals = stepper.run(
        Work([None] * 10**6, 23, batches=10**6, seconds=0.05, scalars=scalars)
    )
    assert 1 <= done < 10**6 and len(totals) == done


def slots_with_tiny_numbers(backend):
    """Whether Adam's slots hold subnormal numbers after gradients of about 1e-20."""
    net = network("float32", "adam")
    x = np.full((32, 5), 1e-19, "float32")
    net.fit(x, np.arange(32) % 3, epochs=2, batch_size=16, verbose=0, backend=backend)
    found = [np.abs(value) for value in net._network.state.slots.values()]
    return any(((value > 0) & (value < np.finfo("float32").tiny)).any() for value in found)


def test_numbers_below_the_normal_ones_are_zero_in_training_only():
    assert slots_with_tiny_numbers("numpy")
    is_x86 = platform.machine().lower() in ("x86_64", "amd64")
    assert slots_with_tiny_numbers("compiled") is not is_x86
    half = np.full(1, 2.0**-140, "float32") * np.float32(0.5)
    assert half[0] > 0  # the setting before is given back
