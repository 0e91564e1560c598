"""What happens when numbers go bad: where it began, why, and back to before."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import glassnet as gn
from glassnet.callbacks import Callback, ModelCheckpoint, TerminateOnNaN, TrainingWarning


def exploding(rate=1e6, seed=0, **settings):
    net = gn.Sequential(
        [gn.Input((4,)), gn.layers.Dense(8, "relu"), gn.layers.Dense(1)], seed=seed, **settings
    )
    net.compile(gn.optimizers.SGD(rate), "mse")
    return net


X = np.linspace(-1, 1, 400, dtype=np.float32).reshape(100, 4)
Y = X.sum(axis=1, keepdims=True)


def finite(net):
    return all(np.isfinite(array).all() for array in net.get_weights())


def test_a_run_whose_numbers_go_bad_is_stopped_and_taken_back():
    net, guard = exploding(), TerminateOnNaN()
    with pytest.warns(TrainingWarning) as caught:
        history = net.fit(X, Y, batch_size=10, epochs=50, callbacks=[guard], verbose=0)
    message = str(caught[0].message)
    assert "the first value that went bad is" in message and "z2" in message
    assert "the learning rate 1e+06 is too high" in message and "try 100000" in message
    assert "The weights are those from before that batch" in message
    assert history.stopped == guard.finding.summary
    assert finite(net)
    assert caught[0].filename == __file__


def test_it_is_on_by_default_and_the_model_goes_on_working():
    net = exploding()
    with pytest.warns(TrainingWarning):
        net.fit(X, Y, epochs=5, verbose=0)
    assert finite(net)
    net.set_weights([np.zeros_like(array) for array in net.get_weights()])
    net.optimizer.learning_rate = 0.01
    assert net.fit(X, Y, epochs=2, verbose=0).stopped == "all epochs done"


@pytest.mark.parametrize("batch_size", [5, 10, "full"])
@pytest.mark.parametrize("watched", [False, True])
def test_the_batch_that_is_named_is_the_first_bad_one(batch_size, watched):
    """A run to just before the batch is finite and the next step is not."""
    guard = TerminateOnNaN()
    net = exploding(rate=30.0)
    extra = [Callback()] if not watched else [Watch()]
    with pytest.warns(TrainingWarning):
        net.fit(X, Y, batch_size=batch_size, epochs=500, callbacks=[guard, *extra], verbose=0)
    size = 100 if batch_size == "full" else batch_size
    steps = (guard.finding.epoch - 1) * (100 // size) + guard.finding.batch - 1
    assert net.network.state.step == steps

    again = exploding(rate=30.0)
    again.build()
    stop = Stop(steps)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again.fit(X, Y, batch_size=batch_size, epochs=500, callbacks=[stop], verbose=0)
    assert all(
        np.array_equal(a, b) for a, b in zip(net.get_weights(), again.get_weights(), strict=True)
    )


class Watch(Callback):
    def on_train_batch_end(self, batch, logs=None):
        assert np.isfinite(logs["loss"])  # nobody sees numbers that went bad


class Stop(Callback):
    def __init__(self, steps):
        self.steps = steps

    def on_train_batch_end(self, batch, logs=None):
        self.model.stop_training = self.model.network.state.step == self.steps


def test_epochs_before_the_bad_one_keep_their_numbers():
    """Several epochs run in one go, and are walked again to find the bad batch."""
    net, alone = exploding(rate=30.0), exploding(rate=30.0)
    with pytest.warns(TrainingWarning):
        history = net.fit(X, Y, batch_size=50, epochs=500, verbose=0)
    assert len(history.epoch) >= 1
    assert history.epoch == list(range(len(history.epoch)))
    assert np.isfinite(history.history["loss"]).all()
    expected = alone.fit(X, Y, batch_size=50, epochs=len(history.epoch), verbose=0)
    assert history.history == expected.history


def test_no_checkpoint_of_bad_numbers_is_written(tmp_path):
    path = tmp_path / "a.safetensors"
    net = exploding(rate=30.0)
    checkpoint = ModelCheckpoint(path, save_freq=1)
    with pytest.warns(TrainingWarning):
        net.fit(X, Y, batch_size=50, epochs=500, callbacks=[checkpoint], verbose=0)
    assert finite(gn.load(path))


def test_inputs_that_are_not_scaled_are_named_as_the_cause():
    net = exploding(rate=0.1)
    message = r"is the square in the loss \(inf\).*inputs are not scaled: they reach 1e\+20; put"
    with pytest.warns(TrainingWarning, match=message):
        net.fit(np.sign(X) * 1e20, Y, epochs=5, verbose=0)


def test_a_logarithm_is_named_as_the_cause():
    net = gn.Sequential([gn.Input((4,)), gn.layers.Dense(1)], seed=0)
    net.compile("sgd", "poisson")
    with pytest.warns(TrainingWarning, match=r"logarithm of a number that is not positive.*softpl"):
        net.fit(X, np.abs(Y), epochs=20, verbose=0)


def test_lbfgs_keeps_finite_weights():
    net = gn.Sequential([gn.Input((4,)), gn.layers.Dense(1, "exponential")], seed=0)
    net.compile("lbfgs", "mse")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net.fit(X * 1e4, Y * 1e10, epochs=20, verbose=0)
    assert finite(net)


def test_a_good_run_says_nothing(make, xy):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make().fit(*xy, epochs=3, verbose=0)
