"""Ctrl-C: the first one ends a run cleanly, the second one at once."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import glassnet as gn
from glassnet.callbacks import Callback

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

START = """
import os, signal, sys, time
import numpy as np, glassnet as gn
x = np.linspace(-1, 1, 4000).reshape(1000, 4); y = x.sum(axis=1, keepdims=True)
net = gn.Sequential([gn.Input((4,)), gn.layers.Dense(16, "tanh"), gn.layers.Dense(1)], seed=0)
net.compile("adam", "mse")
class Ready(gn.callbacks.Callback):
    def on_train_begin(self, logs=None):
        print("ready", flush=True)
"""

CLEAN = (
    START
    + """
handler = signal.getsignal(signal.SIGINT)
history = net.fit(x, y, epochs=10**9, verbose=0, callbacks=[Ready()], batch_size=BATCH)
assert history is net.history and history.stopped == "interrupted", history.stopped
assert net.network.state.step > 0
assert all(np.isfinite(a).all() for a in net.get_weights())
assert np.isfinite(net.predict(x)).all()
assert signal.getsignal(signal.SIGINT) is handler
epochs = len(history.epoch)
assert epochs == len(history.history.get("loss", []))
assert net.fit(x, y, epochs=1, verbose=0).stopped == "all epochs done"
print("clean", epochs)
"""
)


def run(script, presses, wait=0.4):
    """Run a script, press Ctrl-C when it is ready, and return code, output and time it took."""
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout.readline().strip() == "ready", process.communicate()[1]
        time.sleep(wait)
        pressed = time.monotonic()
        for number in range(presses):
            if number:
                time.sleep(0.3)
            process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
    return process.returncode, out, err, time.monotonic() - pressed


@pytest.mark.parametrize("batch_size", ["32", "'full'"])
def test_ctrl_c_stops_cleanly_and_gives_the_history(batch_size):
    code, out, err, seconds = run(CLEAN.replace("BATCH", batch_size), presses=1)
    assert code == 0, err
    assert out.startswith("clean") and err == ""
    assert seconds < 3


def test_ctrl_c_while_a_callback_takes_its_time_waits_for_it():
    script = START + (
        "def slow(epoch, logs):\n    time.sleep(0.8)\n    print('slept', flush=True)\n"
        "slow = gn.callbacks.LambdaCallback(on_epoch_end=slow)\n"
        "h = net.fit(x, y, epochs=100, verbose=0, callbacks=[Ready(), slow])\n"
        "print(h.stopped, len(h.epoch))\n"
    )
    code, out, err, _ = run(script, presses=1)
    assert (code, out) == (0, "slept\ninterrupted 1\n"), err


def test_a_second_ctrl_c_ends_at_once():
    script = START + (
        "slow = gn.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: time.sleep(60))\n"
        "before = signal.getsignal(signal.SIGINT)\n"
        "try:\n    net.fit(x, y, epochs=9, verbose=0, callbacks=[Ready(), slow])\n"
        "except KeyboardInterrupt:\n"
        "    assert signal.getsignal(signal.SIGINT) is before\n"
        "    assert np.isfinite(net.predict(x)).all()\n    print('at once')\n"
    )
    code, out, err, seconds = run(script, presses=2)
    assert (code, out) == (0, "at once\n"), err
    assert seconds < 10


def test_a_run_that_ignores_ctrl_c_goes_on_ignoring_it():
    script = START + (
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "end = time.monotonic() + 1.5\n"
        "class End(gn.callbacks.Callback):\n"
        "    def on_epoch_end(self, epoch, logs=None):\n"
        "        self.model.stop_training = time.monotonic() > end\n"
        "print(net.fit(x, y, epochs=10**6, verbose=0, callbacks=[Ready(), End()]).stopped)\n"
    )
    code, out, err, _ = run(script, presses=2)
    assert (code, out) == (0, "stopped by a callback\n"), err


class Press(Callback):
    def on_epoch_end(self, epoch, logs=None):
        if epoch == 1:
            signal.raise_signal(signal.SIGINT)


def test_the_handler_is_put_back_and_weights_are_kept(make, xy):
    before = signal.getsignal(signal.SIGINT)
    net, short = make(), make()
    history = net.fit(*xy, epochs=9, callbacks=[Press()], verbose=0)
    assert signal.getsignal(signal.SIGINT) is before
    assert history.stopped == "interrupted" and history.epoch == [0, 1]
    short.fit(*xy, epochs=2, verbose=0)
    assert all(
        np.array_equal(a, b) for a, b in zip(net.get_weights(), short.get_weights(), strict=True)
    )


def test_the_handler_is_put_back_after_an_error(make, xy):
    before = signal.getsignal(signal.SIGINT)
    fail = gn.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        make().fit(*xy, callbacks=[fail], verbose=0)
    assert signal.getsignal(signal.SIGINT) is before


def test_fit_within_fit(make, xy):
    """A callback may train another network; Ctrl-C then ends the inner run."""
    inner = []

    class Inner(Callback):
        def on_epoch_end(self, epoch, logs=None):
            inner.append(make().fit(*xy, epochs=9, callbacks=[Press()], verbose=0).stopped)

    assert make().fit(*xy, epochs=2, callbacks=[Inner()], verbose=0).stopped == "all epochs done"
    assert inner == ["interrupted", "interrupted"]


def test_fit_in_other_threads(make, xy):
    results = {}

    def train(seed):
        net = make(seed=seed)
        net.fit(*xy, epochs=5, verbose=0)
        results[seed] = net.get_weights()

    threads = [threading.Thread(target=train, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for seed, weights in results.items():
        alone = make(seed=seed)
        alone.fit(*xy, epochs=5, verbose=0)
        assert all(np.array_equal(a, b) for a, b in zip(weights, alone.get_weights(), strict=True))
    assert len(results) == 4
