"""Every callback there is: exported, documented, tested, and without effect on the numbers."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from pathlib import Path

import numpy as np
import pytest

import glassnet as gn
from glassnet.training import callbacks as room
from glassnet.training.callbacks.base import Callback

INNER = {"Monitor", "Recorder"}  # parts of others


def classes():
    found = {}
    for module in pkgutil.iter_modules(room.__path__):
        parts = importlib.import_module(f"{room.__name__}.{module.name}")
        for name, one in inspect.getmembers(parts, inspect.isclass):
            if issubclass(one, Callback) and one.__module__ == parts.__name__:
                found[name] = one
    return found


PUBLIC = {name: one for name, one in classes().items() if name not in INNER}

# What makes one, and whether it lets the training be; a callback that is missing here fails.
SAMPLES = {
    "CSVLogger": (lambda folder: gn.callbacks.CSVLogger(folder / "a.csv"), True),
    "Callback": (lambda folder: gn.callbacks.Callback(), True),
    "Doctor": (lambda folder: gn.callbacks.Doctor(), True),
    "EarlyStopping": (lambda folder: gn.callbacks.EarlyStopping("loss", patience=99), False),
    "LambdaCallback": (lambda folder: gn.callbacks.LambdaCallback(), True),
    "LearningRateScheduler": (
        lambda folder: gn.callbacks.LearningRateScheduler(lambda epoch: 0.1),
        False,
    ),
    "ModelCheckpoint": (lambda folder: gn.callbacks.ModelCheckpoint(folder / "a"), True),
    "PlainProgress": (lambda folder: gn.callbacks.PlainProgress(), True),
    "ProgressBar": (lambda folder: gn.callbacks.ProgressBar(), True),
    "ReduceLROnPlateau": (lambda folder: gn.callbacks.ReduceLROnPlateau("loss"), False),
    "Snapshots": (lambda folder: gn.callbacks.Snapshots(np.ones((5, 4)), np.zeros(5, int)), True),
    "StopWhen": (lambda folder: gn.callbacks.StopWhen("loss", at_most=0), False),
    "TerminateOnNaN": (lambda folder: gn.callbacks.TerminateOnNaN(), True),
}


@pytest.mark.parametrize("name", PUBLIC)
def test_it_is_exported_documented_and_tested(name):
    assert name in gn.callbacks.__all__ and getattr(gn.callbacks, name) is PUBLIC[name]
    assert inspect.getdoc(PUBLIC[name])
    tests = "".join(file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("*.py"))
    assert tests.count(name) > 2
    assert name in SAMPLES


@pytest.mark.parametrize("name", SAMPLES)
def test_it_can_be_used_twice_and_lets_the_numbers_be(make, xy, tmp_path, name):
    create, is_quiet = SAMPLES[name]
    callback, net, alone = create(tmp_path), make(), make()
    for _ in range(2):
        net.fit(*xy, epochs=2, callbacks=[callback], verbose=0)
        alone.fit(*xy, epochs=2, verbose=0)
    assert callback.model is net
    if is_quiet:
        assert all(
            np.array_equal(a, b)
            for a, b in zip(net.get_weights(), alone.get_weights(), strict=True)
        )


@pytest.mark.parametrize("name", SAMPLES)
def test_its_state_survives_a_file(make, xy, tmp_path, name):
    """What get_state gives can be written, and set_state takes it."""
    path = tmp_path / "run.safetensors"
    for resume in (None, path):
        callbacks = [SAMPLES[name][0](tmp_path), gn.callbacks.ModelCheckpoint(path)]
        history = make().fit(*xy, epochs=3, callbacks=callbacks, verbose=0, resume=resume)
    assert history.epoch == [0, 1, 2]
