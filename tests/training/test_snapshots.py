"""Snapshots keep what the network held, without disturbing it."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import ArgumentError, ShapeError
from glassnet.training.inspection import layer_values


def test_everything_is_kept_at_every_epoch(make, xy):
    x, y = xy
    net = make(dtype="float64")
    watcher = gn.callbacks.Snapshots(x[:7], y[:7])
    net.fit(x, y, epochs=3, callbacks=[watcher], verbose=0)
    assert watcher.epochs == [0, 1, 2, 3]
    assert np.array_equal(watcher.predictions[-1], net.predict(x[:7]))
    assert np.array_equal(watcher.weights["W2"][-1], net.get_weights()[-2])
    assert watcher.losses[-1] == pytest.approx(net.evaluate(x[:7], y[:7]).loss, rel=1e-12)
    names = ["normalization_1", "dense_1", "dropout_1", "dense_2"]
    assert list(watcher.activations) == names
    for name, value in zip(names, layer_values(net.network, x[:7])[1:], strict=True):
        assert np.array_equal(watcher.activations[name][-1], value)


def test_the_gradient_is_the_slope_of_the_loss(make, xy):
    x, y = xy
    net = make(dtype="float64", dropout=0.0)
    watcher = gn.callbacks.Snapshots(x, y)
    net.fit(x, y, epochs=1, callbacks=[watcher], verbose=0)
    before, step = [w.copy() for w in net.get_weights()], 1e-6
    losses = []
    for sign in (1, -1):
        moved = [w.copy() for w in before]
        moved[4][1, 2] += sign * step  # W2, the last kernel
        net.set_weights(moved)
        losses.append(net.evaluate(x, y).loss)
    slope = (losses[0] - losses[1]) / (2 * step)
    assert net.get_weights()[4].shape == watcher.gradients["W2"][-1].shape == (8, 3)
    assert watcher.gradients["W2"][-1][1, 2] == pytest.approx(slope, rel=1e-6)


def test_a_second_fit_goes_on_and_another_model_begins_anew(make, xy):
    watcher, net = gn.callbacks.Snapshots(xy[0]), make()
    for _ in range(2):
        net.fit(*xy, epochs=2, callbacks=[watcher], verbose=0)
    assert watcher.epochs == [0, 1, 2, 3, 4]
    make(seed=1).fit(*xy, epochs=1, callbacks=[watcher], verbose=0)
    assert watcher.epochs == [0, 1] == list(range(len(watcher.predictions)))


def test_every_few_epochs_and_the_last(make, xy):
    watcher = gn.callbacks.Snapshots(xy[0], every=4)
    make().fit(*xy, epochs=10, callbacks=[watcher], verbose=0)
    assert watcher.epochs == [0, 4, 8, 10]


def test_large_arrays_are_thinned(make, xy):
    watcher = gn.callbacks.Snapshots(xy[0], most=10)
    make().fit(*xy, epochs=1, callbacks=[watcher], verbose=0)
    assert watcher.weights["W1"][0].shape == watcher.activations["dense_1"][0].shape == (10,)
    assert watcher.weights["b2"][0].shape == (3,)
    assert watcher.predictions[0].shape == (90, 3)


def test_what_is_not_there_is_said(make, xy):
    watcher = gn.callbacks.Snapshots(xy[0])
    with pytest.raises(ArgumentError, match="give it to fit first"):
        watcher.of("weights")
    make().fit(*xy, epochs=1, callbacks=[watcher], verbose=0)
    with pytest.raises(ArgumentError, match=r"no gradients; give Snapshots the targets too"):
        watcher.of("gradients")
    with pytest.raises(ArgumentError, match="did you mean 'weights'"):
        watcher.of("weight")
    with pytest.raises(ArgumentError, match="every=0 must be"):
        gn.callbacks.Snapshots(xy[0], every=0)
    with pytest.raises(ShapeError, match=r"built for \(n, 4\)"):
        make().fit(*xy, callbacks=[gn.callbacks.Snapshots(np.ones((2, 3)))], verbose=0)
