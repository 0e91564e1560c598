"""Numbers that a callback logs in some epochs only: every reader knows their epochs."""

import csv
import math

import numpy as np
import pytest

import glassnet as gn
from glassnet.callbacks import (
    Callback,
    CSVLogger,
    EarlyStopping,
    ModelCheckpoint,
    ReduceLROnPlateau,
    StopWhen,
    TrainingWarning,
)
from glassnet.errors import ArgumentError
from glassnet.plots import curves, learning_curves
from glassnet.training.history import History


class Sometimes(Callback):
    """Puts numbers into the logs of the epochs that it has them for."""

    def __init__(self, name, values):
        self.name, self.values = name, values

    def on_epoch_end(self, epoch, logs=None):
        if epoch in self.values:
            logs[self.name] = self.values[epoch]


@pytest.fixture
def xy():
    draw = np.random.default_rng(3)
    x = draw.normal(size=(12, 3))
    return x, x[:, :1]


@pytest.fixture
def net():
    net = gn.Sequential([gn.Input((3,)), gn.layers.Dense(1)], seed=1)
    net.compile(gn.optimizers.SGD(0.01), "mse")
    return net


def test_the_best_epoch_is_right_whatever_epochs_have_the_number():
    draw = np.random.default_rng(1)
    for _ in range(300):
        first, count = int(draw.integers(0, 4)), int(draw.integers(1, 12))
        has = draw.random((3, count)) < draw.random((3, 1))
        values = draw.integers(0, 5, (3, count)).astype(float)
        values[draw.random((3, count)) < 0.1] = np.nan
        history, epoch = History(), first
        while epoch < first + count:
            many = int(draw.integers(0, 3))
            if many and epoch + many <= first + count:
                history.add_many(epoch, {"loss": np.arange(epoch, epoch + many, dtype=float)})
                has[:, epoch - first : epoch - first + many] = False
                epoch += many
                continue
            at = epoch - first
            own = {f"m{k}": values[k, at] for k in range(3) if has[k, at]}
            history.add(epoch, {"loss": float(epoch), **own})
            epoch += 1
        assert history.epoch == history.epochs_of("loss") == list(range(first, first + count))
        for k in range(3):
            mine = {first + n: values[k, n] for n in range(count) if has[k, n]}
            if not mine:
                continue
            assert history.epochs_of(f"m{k}") == list(mine)
            numbers = {epoch: value for epoch, value in mine.items() if not math.isnan(value)}
            for mode, choose in (("min", min), ("max", max)):
                if numbers:
                    best = choose(numbers, key=numbers.get)
                    assert history.best(f"m{k}", mode) == (best, numbers[best])
                else:
                    with pytest.raises(ArgumentError, match="every value is NaN"):
                        history.best(f"m{k}", mode)


def test_a_curve_put_there_by_hand_has_no_epochs():
    history = History()
    for epoch in range(3):
        history.add(epoch, {"loss": 1.0})
    history.history["mine"] = [1.0, 2.0]
    with pytest.raises(ArgumentError, match="2 values of 'mine' for 3 epochs"):
        history.best("mine")


def test_in_fit_with_a_later_start_and_in_a_resumed_run(net, xy, tmp_path):
    slow = Sometimes("slow", {4: 0.9, 7: 0.2, 9: 0.5})
    history = net.fit(*xy, epochs=11, initial_epoch=3, callbacks=[slow], verbose=0)
    assert history.epochs_of("slow") == [4, 7, 9] and history.best("slow") == (7, 0.2)
    assert history.best("loss")[0] in history.epoch and history.epoch[0] == 3

    path = tmp_path / "run-{epoch}.safetensors"
    whole = net.fit(*xy, epochs=11, callbacks=[slow, ModelCheckpoint(path)], verbose=0)
    slow = Sometimes("slow", {4: 0.9, 7: 0.2, 9: 0.5})
    again = net.fit(
        *xy, epochs=11, callbacks=[slow], verbose=0, resume=tmp_path / "run-6.safetensors"
    )
    assert again.epochs_of("slow") == whole.epochs_of("slow") == [4, 7, 9]
    assert again.best("slow") == (7, 0.2)


def test_patience_counts_the_epochs_that_have_the_number(net, xy):
    slow = Sometimes("slow", {2: 0.5, 4: 0.4, 6: 0.6, 8: 0.6})
    early = EarlyStopping("slow", patience=2)
    history = net.fit(*xy, epochs=20, callbacks=[slow, early], verbose=0)
    assert (early.best_epoch, early.stopped_epoch, history.epoch[-1]) == (4, 8, 8)
    plateau = ReduceLROnPlateau("slow", factor=0.5, patience=2)
    history = net.fit(*xy, epochs=12, callbacks=[slow, plateau], verbose=0)
    assert history.history["learning_rate"] == [0.01] * 9 + [0.005] * 3
    net.optimizer.learning_rate = 0.01
    stop = StopWhen("slow", at_most=0.45)
    assert net.fit(*xy, epochs=12, callbacks=[slow, stop], verbose=0).epoch[-1] == 4


def test_a_validation_loss_of_ones_own_is_not_compared_with_the_training_loss(net, xy):
    own = Sometimes("val_loss", {3: 1e6, 5: 2e6, 7: 3e6})
    early = EarlyStopping(patience=2)
    net.fit(*xy, epochs=20, callbacks=[own, early], verbose=0)
    assert (early.best, early.best_epoch, early.stopped_epoch) == (1e6, 3, 7)


def test_files_are_written_in_the_epochs_that_have_the_number(net, xy, tmp_path):
    slow = Sometimes("slow", {1: 0.5, 3: float("nan"), 5: 0.4, 7: 0.6})
    path = tmp_path / "best-{epoch}.safetensors"
    best = ModelCheckpoint(path, "slow", save_best_only=True)
    net.fit(*xy, epochs=9, callbacks=[slow, best], verbose=0)
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        "best-2.safetensors",
        "best-6.safetensors",
    ]


def test_a_number_that_never_came_is_said(net, xy):
    early = EarlyStopping("sloww", patience=2)
    slow = Sometimes("slow", {1: 0.5})
    with pytest.warns(TrainingWarning, match="'sloww', which no epoch .*did you mean 'slow'"):
        history = net.fit(*xy, epochs=4, callbacks=[slow, early], verbose=0)
    assert len(history.epoch) == 4
    with pytest.raises(ArgumentError, match="'sloww', which this run does not have"):
        net.fit(*xy, epochs=4, callbacks=[early, CSVLogger("/dev/null")], verbose=0)


@pytest.mark.parametrize("append", [False, True])
def test_a_table_has_a_column_for_every_number(net, xy, tmp_path, append):
    path = tmp_path / "log.csv"
    logger = CSVLogger(path, append=append)
    callbacks = [Sometimes("a", {2: 0.5}), Sometimes("b", {0: 1.0, 3: 2.0}), logger]
    history = net.fit(*xy, epochs=5, callbacks=callbacks, verbose=0).history
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == list("01234")
    assert [float(row["loss"]) for row in rows] == history["loss"]
    assert [row["a"] for row in rows] == ["", "", "0.5", "", ""]
    assert [row["b"] for row in rows] == ["1.0", "", "", "2.0", ""]


def test_pictures_draw_a_number_at_its_epochs(net, xy):
    slow = Sometimes("slow", {4: 0.9, 7: 0.2, 9: 0.5})
    history = net.fit(*xy, epochs=11, initial_epoch=2, callbacks=[slow], verbose=0)
    ax = curves(history, "slow", best_epoch=8)
    assert ax.lines[0].get_xdata().tolist() == [5, 8, 10]
    assert ax.lines[-1].get_xydata().tolist() == [[8, 0.2]]
    with pytest.raises(ArgumentError, match="best_epoch=6 is none of the epochs 5 to 10"):
        curves(history, "slow", best_epoch=6)
    assert learning_curves(history, "slow").lines[-1].get_xydata().tolist() == [[8, 0.2]]
    assert curves(history).lines[0].get_xdata().tolist() == list(range(3, 12))
