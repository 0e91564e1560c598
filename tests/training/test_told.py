"""What a run says about itself: who computes, and that Ctrl-C ended it."""

from __future__ import annotations

import signal

import numpy as np
import pytest

import glassnet as gn
from glassnet.callbacks import Callback
from glassnet.errors import ArgumentError

X = np.linspace(-1, 1, 40).reshape(10, 4)
Y = X.sum(axis=1, keepdims=True)


def network():
    net = gn.Sequential([gn.Input((4,)), gn.layers.Dense(1)], seed=0)
    net.compile(gn.optimizers.SGD(0.01), "mse")
    return net


class Press(Callback):
    def on_epoch_end(self, epoch, logs=None):
        if epoch == 1:
            signal.raise_signal(signal.SIGINT)


def test_an_interrupted_run_says_so(capsys):
    net = network()
    net.fit(X, Y, epochs=9, callbacks=[Press()], verbose=2)
    assert "interrupted in epoch 3; the weights are kept" in capsys.readouterr().err
    net.fit(X, Y, epochs=1, verbose=2)
    assert "interrupted" not in capsys.readouterr().err


def test_a_wait_for_the_compiler_is_announced(capsys):
    network().fit(X, Y, epochs=1, verbose=2, backend="compiled")
    assert "a new network takes a moment to compile" in capsys.readouterr().err


@pytest.mark.parametrize("rate", [-0.1, "x", np.nan])
def test_a_rate_set_later_is_checked_too(rate):
    net = network()
    with pytest.raises(ArgumentError, match="learning_rate was set to"):
        net.optimizer.learning_rate = rate
    assert net.optimizer.learning_rate == 0.01
    net.fit(X, Y, verbose=0)
