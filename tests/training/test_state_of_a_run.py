"""The stepper owns the state of a run: callbacks read and change it through the run."""

import itertools

import numpy as np
import pytest

import glassnet as gn

draw = np.random.default_rng(6)
X, Y = draw.normal(size=(24, 3)), draw.normal(size=(24, 1))
BACKENDS = ["numpy", "compiled", "loops"]
ADAM = lambda: gn.optimizers.Adam(0.05)  # noqa: E731


def network(optimizer="sgd"):
    net = gn.Sequential(
        [gn.Input((3,)), gn.layers.Dense(4, "tanh"), gn.layers.Dense(1)], "float64", seed=1
    )
    net.compile(optimizer, "mse")
    return net


class AfterEachBatch(gn.callbacks.Callback):
    def __init__(self, act):
        self.act = act

    def on_train_batch_end(self, batch, logs=None):
        self.act(self.training)


def fit(net, act, backend, **settings):
    return net.fit(
        X, Y, batch_size=8, epochs=2, verbose=0, backend=backend,
        callbacks=[AfterEachBatch(act)], **settings,
    )  # fmt: skip


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_callback_fetches_the_numbers_of_the_moment(backend):
    net, seen = network(ADAM()), []

    def act(run):
        found = run.fetch(["dense_1.kernel", "dense_1.kernel.m"])
        assert list(found) == ["dense_1.kernel", "dense_1.kernel.m"]
        assert np.array_equal(found["dense_1.kernel"], net.get_weights()[0])
        assert set(run.fetch()) > set(found)
        seen.append(found["dense_1.kernel"].copy())

    fit(net, act, backend)
    assert len(seen) == 6 and np.array_equal(seen[-1], net.get_weights()[0])
    assert all(not np.array_equal(a, b) for a, b in itertools.pairwise(seen))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("way", ["in place", "set_weights"])
def test_halved_weights_take_effect_with_the_next_batch(backend, way):
    net, twin = network(), network()

    def halve(run):
        if way == "in place":
            for array in run.fetch(["dense_1.kernel"]).values():
                array *= 0.5
        else:
            first, *rest = net.get_weights()
            net.set_weights([first * 0.5, *rest])

    fit(net, halve, backend, shuffle=False)
    for start in (0, 8, 16) * 2:
        twin.train_on_batch(X[start : start + 8], Y[start : start + 8])
        first, *rest = twin.get_weights()
        twin.set_weights([first * 0.5, *rest])
    for a, b in zip(net.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("optimizer", [ADAM, lambda: "sgd"])
def test_a_stepper_goes_back_to_a_copy_of_its_state(backend, optimizer):
    net = network(optimizer())
    net.fit(X, Y, verbose=0)
    network_ = net.network
    arrays = network_.state.arrays(network_.topology)
    stepper = gn.backends.get(backend).stepper(network_.ready_step(False), arrays, {"x": X, "y": Y})
    copy = stepper.snapshot()
    before = {name: array.copy() for name, array in stepper.fetch().items()}
    assert copy.keys() == before.keys() and all(copy[name] is not arrays[name] for name in copy)
    for array in arrays.values():
        array += 1.0
    assert not np.array_equal(stepper.fetch()["dense_1.kernel"], before["dense_1.kernel"])
    assert stepper.is_finite()
    arrays["dense_2.bias"][0] = np.nan
    assert not stepper.is_finite()
    stepper.restore(copy)
    assert stepper.is_finite()
    assert all(np.array_equal(stepper.fetch()[name], array) for name, array in before.items())
    room = stepper.snapshot(copy)
    assert all(room[name] is copy[name] for name in copy)


def test_numbers_whose_sum_overflows_are_finite():
    net = network()
    net.build()
    arrays = net.network.state.arrays(net.network.topology)
    stepper = gn.backends.get("numpy").stepper(net.network.step(), arrays, {"x": X, "y": Y})
    arrays["dense_1.kernel"][:] = 1e308
    assert stepper.is_finite()
