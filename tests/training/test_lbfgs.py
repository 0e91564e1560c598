"""Training by L-BFGS, which makes its steps by itself."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import glassnet as gn


def test_lbfgs_has_no_single_step(make, xy):
    with pytest.raises(gn.errors.TrainingError, match=r"train_on_batch .* use fit"):
        make(optimizer="lbfgs").train_on_batch(*xy)


def test_lbfgs_makes_an_epoch_of_every_iteration(make, xy):
    net = make(optimizer="lbfgs", dtype="float64", dropout=0)
    history = net.fit(*xy, epochs=8, validation_split=0.2, verbose=0)
    assert history.epoch == list(range(len(history.epoch))) and len(history.epoch) <= 8
    losses = history.history["loss"]
    assert all(after <= before for before, after in itertools.pairwise(losses))
    assert losses[-1] < 0.3 * losses[0]
    assert len(history.history["val_loss"]) == len(losses)


def test_lbfgs_says_when_it_has_converged():
    net = gn.Sequential([gn.Input((1,)), gn.layers.Dense(1)], dtype="float64", seed=0)
    net.compile("lbfgs", "mse")
    x = np.arange(5.0)[:, None]
    history = net.fit(x, 3 * x + 1, epochs=500, verbose=0)
    assert history.stopped.startswith("converged") and len(history.epoch) < 500
    np.testing.assert_allclose(net.get_weights()[0], [[3.0]], atol=1e-3)


def test_lbfgs_with_callbacks_that_stop(make, xy):
    net = make(optimizer="lbfgs", dtype="float64", dropout=0)
    seen = []

    class Two(gn.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append(epoch)
            self.model.stop_training = epoch == 1

    history = net.fit(*xy, epochs=50, callbacks=[Two()], verbose=0)
    assert seen == history.epoch == [0, 1]
    assert net.evaluate(*xy).loss == pytest.approx(history.history["loss"][-1], rel=1e-6)


def test_lbfgs_with_nothing_to_train(make, xy):
    net = make(optimizer="lbfgs")
    for layer in net.layers:
        layer.trainable = False
    with pytest.raises(gn.errors.TrainingError, match=r"nothing to train.*trainable=True"):
        net.fit(*xy, verbose=0)
