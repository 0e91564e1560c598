"""StopWhen: a run that ends as soon as it is good enough."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.callbacks import StopWhen
from glassnet.errors import ArgumentError

XOR = np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]], "f8"), np.array([[-1], [1], [1], [-1.0]])


def network():
    net = gn.Sequential(
        [gn.Input((2,)), gn.layers.Dense(4, "tanh"), gn.layers.Dense(1, "tanh")],
        dtype="float64",
        seed=3,
    )
    net.compile(
        gn.optimizers.RPROP(),
        gn.losses.TanhError(halved=True),
        metrics=[gn.metrics.BitFail(0.35, halved=True)],
    )
    return net


@pytest.mark.parametrize("backend", ["numpy", "compiled"])
@pytest.mark.parametrize(
    ("name", "bound"),
    [("bit_fail", 0.0), ("loss", 0.01), ("val_bit_fail", 0.0), ("val_loss", 0.01)],
)
def test_it_stops_at_the_first_epoch_that_is_good_enough(name, bound, backend):
    stop = StopWhen(name, at_most=bound)
    history = network().fit(
        *XOR, batch_size="full", epochs=500, callbacks=[stop], verbose=0, backend=backend,
        validation_data=XOR if name.startswith("val_") else None,
    )  # fmt: skip
    seen = history.history[name]
    assert len(seen) < 500
    assert seen[-1] <= bound < min(seen[:-1])
    assert stop.stopped_epoch == len(seen) - 1
    assert f"{name} is at most {bound:g}" in history.stopped


def test_numbers_that_rise():
    x = np.linspace(0, 1, 40)[:, None]
    net = gn.Sequential([gn.Input((1,)), gn.layers.Dense(1, "sigmoid")], seed=0)
    net.compile(gn.optimizers.Adam(0.3), "binary_crossentropy", metrics=["accuracy"])
    history = net.fit(
        x, (x > 0.4).astype(float), epochs=200, verbose=0,
        callbacks=[StopWhen("accuracy", at_least=0.9)],
    )  # fmt: skip
    assert history.history["accuracy"][-1] >= 0.9 > max(history.history["accuracy"][:-1])


def test_it_says_when(capsys):
    network().fit(*XOR, epochs=3, callbacks=[StopWhen(at_most=1e9, verbose=1)], verbose=0)
    assert "epoch 1: stopped, loss is at most 1e+09" in capsys.readouterr().err


def test_a_resumed_run_stays_stopped(tmp_path):
    path = tmp_path / "run.safetensors"
    for resume in (None, path):
        callbacks = [StopWhen(at_most=1e9), gn.callbacks.ModelCheckpoint(path)]
        history = network().fit(*XOR, epochs=5, callbacks=callbacks, verbose=0, resume=resume)
        assert history.epoch == [0]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "one bound"),
        ({"at_most": 1, "at_least": 2}, "one bound"),
        ({"at_most": "a"}, "at_most"),
        ({"monitor": 3, "at_most": 1}, "name of a number"),
    ],
)
def test_settings_that_make_no_sense(settings, message):
    with pytest.raises(ArgumentError, match=message):
        StopWhen(**settings)


def test_a_number_the_run_does_not_have():
    with pytest.raises(ArgumentError, match="watches 'f1'"):
        network().fit(*XOR, epochs=2, callbacks=[StopWhen("f1", at_least=1)], verbose=0)
