"""Callbacks that write files: ModelCheckpoint and CSVLogger."""

from __future__ import annotations

import csv

import numpy as np
import pytest

import glassnet as gn
from glassnet.callbacks import (
    CSVLogger,
    ModelCheckpoint,
)
from glassnet.errors import ArgumentError, OutputError
from tests.training.watching import Curve, Weights, same

# ModelCheckpoint ---------------------------------------------------------------------------


def test_a_file_after_every_epoch(make, xy, tmp_path):
    net, weights = make(), Weights()
    name = tmp_path / "run-{epoch:02d}-{val_loss:.2f}.safetensors"
    checkpoint = ModelCheckpoint(name)
    history = net.fit(
        *xy, epochs=3, validation_split=0.2, callbacks=[weights, checkpoint], verbose=0
    )
    losses = history.history["val_loss"]
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [f"run-{n + 1:02d}-{losses[n]:.2f}.safetensors" for n in range(3)]
    for name, kept in zip(names, weights.kept, strict=True):
        assert same(gn.load(tmp_path / name).get_weights(), kept)


def test_only_the_best_is_kept(make, xy, tmp_path):
    net, weights = make(), Weights()
    checkpoint = ModelCheckpoint(tmp_path / "best.safetensors", save_best_only=True)
    net.fit(
        *xy, epochs=4, callbacks=[weights, Curve([3, 1, 2, 2]), checkpoint], verbose=0
    )  # fmt: skip
    assert same(gn.load(tmp_path / "best.safetensors").get_weights(), weights.kept[1])
    assert checkpoint.best == 1


def test_a_file_every_few_batches(make, xy, tmp_path):
    name = tmp_path / "at-{epoch}-{batch}.safetensors"
    make().fit(*xy, batch_size=30, epochs=3, callbacks=[ModelCheckpoint(name, save_freq=2)],
               verbose=0)  # fmt: skip
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [f"at-{place}.safetensors" for place in ("1-2", "2-1", "2-3", "3-2")]


def test_files_every_few_batches_say_so_if_asked(make, xy, tmp_path, capsys):
    path = tmp_path / "a.safetensors"
    make().fit(*xy, callbacks=[ModelCheckpoint(path, verbose=1)], verbose=0)
    assert f"epoch 1: wrote {path}" in capsys.readouterr().err


def test_files_can_be_loaded_as_models(make, xy, tmp_path):
    path = tmp_path / "a.safetensors"
    net = make()
    net.fit(*xy, epochs=2, callbacks=[ModelCheckpoint(path)], verbose=0)
    again = gn.load(path)
    assert np.array_equal(again.predict(xy[0]), net.predict(xy[0]))
    assert again.evaluate(*xy) == net.evaluate(*xy)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("{nothing}.safetensors", r"uses a name in braces.*known are epoch, batch, loss, accuracy"),
        ("{}.safetensors", r"uses a name in braces"),
        ("{epoch:zz}.safetensors", r"cannot be filled in.*run-\{epoch:03d\}"),
        ("{epoch.safetensors", r"cannot be filled in"),
    ],
)
def test_a_file_name_that_cannot_be_filled_in(make, xy, tmp_path, name, message):
    with pytest.raises(ArgumentError, match=message):
        make().fit(*xy, callbacks=[ModelCheckpoint(tmp_path / name)], verbose=0)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_noticed_at_once(make, xy, tmp_path):
    net = make()
    with pytest.raises(OutputError, match=r"the folder '.*none' does not exist; create it first"):
        net.fit(*xy, callbacks=[ModelCheckpoint(tmp_path / "none" / "a.safetensors")], verbose=0)
    assert net.network.state.step == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"filepath": ""}, "give the name of a file"),
        ({"filepath": 5}, "give the name of a file"),
        ({"filepath": "a", "save_freq": 0}, "save_freq=0 must be a whole number of at least 1"),
        ({"filepath": "a", "save_freq": "batch"}, "save_freq='batch' must be 'epoch' or a number"),
        ({"filepath": "a", "save_freq": 5, "save_best_only": True}, "needs save_freq='epoch'"),
    ],
)
def test_a_checkpoint_with_settings_that_make_no_sense(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        ModelCheckpoint(**arguments)


# CSVLogger ---------------------------------------------------------------------------------


def table(path, separator=","):
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter=separator))


def test_a_table_of_the_epochs(make, xy, tmp_path):
    path = tmp_path / "log.csv"
    history = make().fit(
        *xy, epochs=3, validation_split=0.2, callbacks=[CSVLogger(path)], verbose=0
    ).history  # fmt: skip
    rows = table(path)
    assert list(rows[0]) == ["epoch", "loss", "accuracy", "val_loss", "val_accuracy"]
    assert [row["epoch"] for row in rows] == ["0", "1", "2"]
    assert [float(row["val_loss"]) for row in rows] == history["val_loss"]


def test_a_table_is_begun_anew_or_gone_on_with(make, xy, tmp_path):
    path = tmp_path / "log.csv"
    net = make()
    for append, count in ((False, 2), (False, 2), (True, 4)):
        net.fit(*xy, epochs=2, callbacks=[CSVLogger(path, ";", append)], verbose=0)
        assert len(table(path, ";")) == count


def test_a_table_that_cannot_be_written(make, xy, tmp_path):
    with pytest.raises(OutputError, match=r"CSVLogger cannot write '.*log.csv': No such file"):
        make().fit(*xy, callbacks=[CSVLogger(tmp_path / "no" / "log.csv")], verbose=0)
    with pytest.raises(ArgumentError, match="give one character"):
        CSVLogger("a.csv", separator="::")
    with pytest.raises(ArgumentError, match="give the name of a file"):
        CSVLogger(None)
