"""Callbacks that watch a number: early stopping and the learning rate."""

from __future__ import annotations

import pytest

import glassnet as gn
from glassnet.callbacks import (
    EarlyStopping,
    LearningRateScheduler,
    ReduceLROnPlateau,
)
from glassnet.errors import ArgumentError
from tests.training.watching import Curve, Weights, same

# EarlyStopping ---------------------------------------------------------------------------


def stopping(make, xy, values, name="val_loss", epochs=None, **settings):
    net, weights = make(), Weights()
    early = EarlyStopping(name, **settings)
    history = net.fit(
        *xy,
        epochs=epochs or len(values),
        callbacks=[weights, Curve(values, name), early],
        verbose=0,
    )
    best = [n for n, kept in enumerate(weights.kept) if same(kept, net.get_weights())]
    return early, history, best


def test_early_stopping_restores_the_best_weights(make, xy):
    early, history, best = stopping(make, xy, [3, 2, 1, 2, 2, 0], patience=2)
    assert history.epoch == [0, 1, 2, 3, 4]
    assert best == [2]
    assert (early.best, early.best_epoch, early.stopped_epoch) == (1, 2, 4)
    assert history.stopped == "val_loss has not got better since epoch 3"


def test_early_stopping_restores_at_the_end_of_a_run_too(make, xy):
    early, history, best = stopping(make, xy, [3, 1, 2], patience=5)
    assert best == [1] and early.stopped_epoch is None
    assert history.stopped == "all epochs done"


def test_early_stopping_without_restoring(make, xy):
    assert stopping(make, xy, [1, 2, 2], patience=2, restore_best_weights=False)[2] == [2]


def test_early_stopping_needs_more_than_min_delta(make, xy):
    _, history, best = stopping(make, xy, [1, 0.95, 0.92, 0.5], patience=2, min_delta=0.1)
    assert history.epoch == [0, 1, 2] and best == [0]
    # Small steps add up: the best is compared with, not the last.
    _, history, best = stopping(make, xy, [1, 0.95, 0.89, 0.85], patience=2, min_delta=0.1)
    assert history.epoch == [0, 1, 2, 3] and best == [2]


def test_early_stopping_of_gains(make, xy):
    _, history, best = stopping(make, xy, [0.5, 0.9, 0.8], "val_accuracy", patience=1)
    assert history.epoch == [0, 1, 2] and best == [1]
    _, _, best = stopping(make, xy, [0.5, 0.9, 0.8], "score", patience=5, mode="max")
    assert best == [1]


def test_early_stopping_waits_for_its_first_epoch(make, xy):
    values = [1, 2, 2, 2, 3, 3]
    _, history, best = stopping(make, xy, values, patience=2, start_from_epoch=3)
    assert history.epoch == [0, 1, 2, 3, 4, 5] and best == [3]


def test_early_stopping_without_patience_stops_at_once(make, xy):
    assert stopping(make, xy, [1, 2, 0])[1].epoch == [0, 1]


def test_early_stopping_falls_back_to_the_training_curve(make, xy):
    early = EarlyStopping(patience=1)
    history = make().fit(*xy, epochs=4, callbacks=[early], verbose=0)
    assert early.best == min(history.history["loss"])


def test_early_stopping_on_a_number_that_is_not_there(make, xy):
    message = r"EarlyStopping watches 'val_acc', which this run does not have; did you mean 'val_ac"
    with pytest.raises(ArgumentError, match=message):
        make().fit(
            *xy, validation_split=0.2, callbacks=[EarlyStopping("val_acc")], verbose=0
        )  # fmt: skip


def test_early_stopping_is_used_anew_in_every_run(make, xy):
    early = EarlyStopping("loss", patience=2)
    net = make()
    net.fit(*xy, epochs=3, callbacks=[Curve([1, 2, 3], "loss"), early], verbose=0)
    history = net.fit(*xy, epochs=3, callbacks=[Curve([9, 8, 7], "loss"), early], verbose=0)
    assert history.epoch == [0, 1, 2] and early.best == 7


def test_early_stopping_says_what_it_does_if_asked(make, xy, capsys):
    stopping(make, xy, [1, 2], verbose=1)
    assert "epoch 2: stopped early, val_loss has not got better" in capsys.readouterr().err


def test_early_stopping_when_nothing_is_a_number(make, xy):
    _, history, _ = stopping(make, xy, [float("nan")] * 3, patience=2)
    assert history.stopped == "val_loss was never a number"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"patience": -1}, r"patience=-1 must be a whole number of at least 0"),
        ({"patience": 2.5}, r"patience=2.5"),
        ({"patience": "3"}, r"patience='3'"),
        ({"min_delta": "x"}, r"min_delta='x' must be a number"),
        ({"min_delta": float("nan")}, r"min_delta=nan must be a finite number"),
        ({"mode": "maximum"}, r"mode='maximum' must be 'auto', 'min' or 'max'"),
        ({"monitor": 3}, r"EarlyStopping\(monitor=3\).*'val_loss'"),
    ],
)
def test_early_stopping_with_settings_that_make_no_sense(settings, message):
    with pytest.raises(ArgumentError, match=message):
        EarlyStopping(**settings)


# The learning rate -------------------------------------------------------------------------


def test_a_schedule_of_epochs(make, xy):
    net = make(optimizer=gn.optimizers.SGD(0.5))
    rates = LearningRateScheduler(lambda epoch: 0.1 / (epoch + 1))
    history = net.fit(*xy, epochs=3, callbacks=[rates], verbose=0).history
    assert history["learning_rate"] == [0.1, 0.05, pytest.approx(0.1 / 3)]
    assert net.optimizer.learning_rate == pytest.approx(0.1 / 3)


def test_a_schedule_of_epoch_and_rate(make, xy, capsys):
    net = make(optimizer=gn.optimizers.SGD(0.5))
    rates = LearningRateScheduler(lambda epoch, rate: rate * 0.5, verbose=1)
    history = net.fit(*xy, epochs=2, callbacks=[rates], verbose=0).history
    assert history["learning_rate"] == [0.25, 0.125]
    assert "epoch 2: learning rate 0.125" in capsys.readouterr().err


def test_a_schedule_object_as_a_function_of_the_epoch(make, xy):
    rates = LearningRateScheduler(gn.optimizers.StepDecay(0.1, every=1))
    history = make().fit(*xy, epochs=3, callbacks=[rates], verbose=0).history
    assert history["learning_rate"] == pytest.approx([0.1, 0.05, 0.025])


@pytest.mark.parametrize("bad", [-1.0, float("nan"), float("inf"), "0.1", None])
def test_a_schedule_that_gives_nonsense(make, xy, bad):
    rates = LearningRateScheduler(lambda epoch: bad)
    with pytest.raises(ArgumentError, match=r"gave the learning rate .* for epoch 0"):
        make().fit(*xy, callbacks=[rates], verbose=0)


def test_a_schedule_has_to_be_a_function():
    with pytest.raises(ArgumentError, match=r"schedule=0.1\): give a function of the epoch"):
        LearningRateScheduler(0.1)


@pytest.mark.parametrize("callback", [LearningRateScheduler(lambda e: 0.1), ReduceLROnPlateau()])
def test_one_schedule_is_enough(make, xy, callback):
    net = make(optimizer=gn.optimizers.SGD(gn.optimizers.StepDecay(0.1, 10)))
    with pytest.raises(ArgumentError, match=r"sets the learning rate.*StepDecay.*a number instead"):
        net.fit(*xy, callbacks=[callback], verbose=0)


def test_the_rate_falls_on_a_plateau(make, xy):
    net = make(optimizer=gn.optimizers.SGD(1.0))
    values = [5, 4, 4, 4, 4, 4, 3]
    reduce = ReduceLROnPlateau(factor=0.1, patience=2, min_lr=0.05)
    history = net.fit(*xy, epochs=7, callbacks=[Curve(values), reduce], verbose=0).history
    assert history["learning_rate"] == pytest.approx([1, 1, 1, 1, 0.1, 0.1, 0.05])


def test_the_rate_rests_after_it_fell(make, xy):
    net = make(optimizer=gn.optimizers.SGD(1.0))
    reduce = ReduceLROnPlateau(factor=0.5, patience=1, cooldown=2)
    history = net.fit(*xy, epochs=6, callbacks=[Curve([1] * 6), reduce], verbose=0).history
    # Keras: a rest of 2 lets one epoch pass, and the second counts again.
    assert history["learning_rate"] == pytest.approx([1, 1, 0.5, 0.5, 0.25, 0.25])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"factor": 1.0}, "factor must lie between 0 and 1"),
        ({"factor": "x"}, "factor='x' must be a number"),
        ({"patience": -1}, "patience=-1"),
        ({"cooldown": 0.5}, "cooldown=0.5"),
        ({"min_lr": None}, "min_lr=None"),
    ],
)
def test_a_plateau_with_settings_that_make_no_sense(settings, message):
    with pytest.raises(ArgumentError, match=message):
        ReduceLROnPlateau(**settings)
