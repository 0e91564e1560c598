"""Each callback, and the order and arguments callbacks are called with."""

from __future__ import annotations

import csv
import itertools

import numpy as np
import pytest

import glassnet as gn
from glassnet.callbacks import (
    Callback,
    CSVLogger,
    EarlyStopping,
    LambdaCallback,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
    TerminateOnNaN,
)
from glassnet.errors import ArgumentError, OutputError, TrainingError


class Curve(Callback):
    """Makes the run believe in a given validation loss; has to come before who watches it."""

    def __init__(self, values, name="val_loss"):
        self.values, self.name = values, name

    def on_epoch_end(self, epoch, logs=None):
        logs[self.name] = self.values[epoch]


class Weights(Callback):
    """Keeps the weights from the end of every epoch."""

    def __init__(self):
        self.kept = []

    def on_epoch_end(self, epoch, logs=None):
        self.kept.append(self.model.get_weights())


def same(first, second):
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


# Order and arguments ---------------------------------------------------------------------


class Diary(Callback):
    def __init__(self):
        self.lines = []

    def on_train_begin(self, logs):
        self.lines.append(("train begin", logs))

    def on_train_end(self, logs):
        self.lines.append(("train end", sorted(logs)))

    def on_epoch_begin(self, epoch, logs):
        self.lines.append(("epoch begin", epoch, logs))

    def on_epoch_end(self, epoch, logs):
        self.lines.append(("epoch end", epoch, sorted(logs)))

    def on_train_batch_begin(self, batch, logs):
        self.lines.append(("batch begin", batch, logs))

    def on_train_batch_end(self, batch, logs):
        self.lines.append(("batch end", batch, sorted(logs)))

    def on_test_begin(self, logs):
        self.lines.append(("test begin", logs))

    def on_test_end(self, logs):
        self.lines.append(("test end", sorted(logs)))


def test_call_order_and_arguments_are_keras_s(make, xy):
    diary = Diary()
    make().fit(*xy, batch_size=45, epochs=2, validation_data=xy, callbacks=[diary], verbose=0)
    names, both = ["accuracy", "loss"], ["accuracy", "loss", "val_accuracy", "val_loss"]
    epoch = [
        ("batch begin", 0, {}),
        ("batch end", 0, names),
        ("batch begin", 1, {}),
        ("batch end", 1, names),
        ("test begin", {}),
        ("test end", names),
    ]
    assert diary.lines == [
        ("train begin", {}),
        ("epoch begin", 0, {}),
        *epoch,
        ("epoch end", 0, both),
        ("epoch begin", 1, {}),
        *epoch,
        ("epoch end", 1, both),
        ("train end", both),
    ]


def test_logs_of_a_batch_are_the_averages_so_far(make, xy):
    seen = []

    class Batches(Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(logs["loss"])

    net = make()
    history = net.fit(*xy, batch_size=40, epochs=1, callbacks=[Batches()], verbose=0)
    assert len(seen) == 3 and len(set(seen)) == 3
    assert seen[-1] == history.history["loss"][0]


def test_the_old_names_of_the_batch_methods_are_called(make, xy):
    seen = []

    class Old(Callback):
        def on_batch_begin(self, batch, logs=None):
            seen.append(("begin", batch))

        def on_batch_end(self, batch, logs=None):
            seen.append(("end", batch))

    make().fit(*xy, batch_size=50, callbacks=[Old()], verbose=0)
    assert seen == [("begin", 0), ("end", 0), ("begin", 1), ("end", 1)]


def test_a_callback_knows_its_model_and_the_settings_of_the_run(make, xy):
    known = {}

    class Curious(Callback):
        def set_params(self, params):
            super().set_params(params)
            known["params"] = self.params

        def set_model(self, model):
            super().set_model(model)
            known["model"] = self.model

    net = make()
    net.fit(*xy, epochs=2, callbacks=[Curious()], verbose=0)
    assert known["model"] is net
    assert known["params"]["epochs"] == 2 and known["params"]["steps"] == 3


def test_watching_changes_nothing(make, xy):
    watched, alone = make(), make()
    mine = watched.fit(*xy, epochs=4, callbacks=[Diary()], verbose=0)
    own = alone.fit(*xy, epochs=4, verbose=0)
    assert same(watched.get_weights(), alone.get_weights())
    assert mine.history == own.history


def test_what_a_callback_adds_to_the_logs_stands_in_the_history(make, xy):
    class Extra(Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["norm"] = np.float32(epoch)

    history = make().fit(*xy, epochs=2, callbacks=[Extra()], verbose=0).history
    assert history["norm"] == [0.0, 1.0]
    with pytest.raises(ArgumentError, match=r"'word'='hello'.*only numbers"):
        make().fit(*xy, callbacks=[Curve(["hello"], "word")], verbose=0)


def test_stop_training_after_an_epoch(make, xy):
    class Stop(Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = epoch == 1

    net = make()
    history = net.fit(*xy, epochs=9, callbacks=[Stop()], verbose=0)
    assert history.epoch == [0, 1] and history.stopped == "stopped by a callback"
    assert net.fit(*xy, epochs=2, verbose=0).stopped == "all epochs done"


def test_stop_training_within_an_epoch_ends_it_as_in_keras(make, xy):
    lines = []

    class Stop(Callback):
        def on_train_batch_end(self, batch, logs=None):
            lines.append(batch)
            self.model.stop_training = batch == 1

        def on_epoch_end(self, epoch, logs=None):
            lines.append(("epoch", epoch, logs["loss"]))

    net = make()
    history = net.fit(*xy, batch_size=10, epochs=9, callbacks=[Stop()], verbose=0)
    assert lines == [0, 1, ("epoch", 0, history.history["loss"][0])]
    assert net.network.state.step == 2
    assert np.isfinite(history.history["loss"][0])


def test_stop_training_before_the_first_step(make, xy):
    class Stop(Callback):
        def on_train_begin(self, logs=None):
            self.model.stop_training = True

    net = make()
    assert net.fit(*xy, callbacks=[Stop()], verbose=0).history == {}
    assert net.network.state.step == 0


@pytest.mark.parametrize("when", ["train_begin", "epoch_begin", "train_batch_end", "epoch_end"])
def test_a_callback_that_raises_leaves_the_model_usable(make, xy, when):
    ended = []

    class Watcher(Callback):
        def on_train_end(self, logs=None):
            ended.append(True)

    class Broken(Callback):
        pass

    def fail(self, *arguments):
        raise RuntimeError("broken callback")

    setattr(Broken, f"on_{when}", fail)
    net = make()
    with pytest.raises(RuntimeError, match="broken callback"):
        net.fit(*xy, epochs=3, callbacks=[Watcher(), Broken()], verbose=0)
    assert ended == [True]
    assert np.isfinite(net.predict(xy[0])).all()
    assert net.fit(*xy, epochs=2, verbose=0).epoch == [0, 1]


def test_compiling_anew_during_fit_is_refused(make, xy):
    net = make()
    again = LambdaCallback(on_epoch_end=lambda *_: net.compile("sgd", net.loss))
    with pytest.raises(TrainingError, match=r"compiled the model anew .*stop_training = True"):
        net.fit(*xy, epochs=2, callbacks=[again], verbose=0)
    net.fit(*xy, epochs=1, verbose=0)
    assert type(net.optimizer) is gn.optimizers.SGD


def test_all_callbacks_are_told_of_the_end_even_if_one_fails(make, xy):
    ended = []

    class Quiet(Callback):
        def on_train_end(self, logs=None):
            ended.append(True)

    class Broken(Callback):
        def on_train_end(self, logs=None):
            raise RuntimeError("broken end")

    with pytest.raises(RuntimeError, match="broken end"):
        make().fit(*xy, callbacks=[Quiet(), Broken(), Quiet()], verbose=0)
    assert ended == [True, True]


def test_one_callback_need_not_stand_in_a_list(make, xy):
    stop = EarlyStopping(patience=1)
    make().fit(*xy, epochs=2, callbacks=stop, verbose=0)
    assert stop.best < np.inf


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_callbacks_in_any_order_leave_the_same_checkpoint(make, xy, tmp_path, order):
    def run(places, name):
        path = tmp_path / name
        callbacks = [
            ModelCheckpoint(path),
            EarlyStopping("loss", patience=3),
            TerminateOnNaN(),
            LambdaCallback(on_epoch_end=lambda epoch, logs: logs.update(extra=epoch)),
        ]
        make().fit(*xy, epochs=2, callbacks=[callbacks[n] for n in places], verbose=0)
        return path.read_bytes()

    assert run(order, "a.safetensors") == run(range(4), "b.safetensors")


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


# LambdaCallback ----------------------------------------------------------------------------


def test_plain_functions_as_callbacks(make, xy):
    lines = []
    names = ("train_begin", "train_end", "epoch_begin", "epoch_end", "train_batch_begin",
             "train_batch_end")  # fmt: skip
    functions = {
        f"on_{name}": lambda *arguments, name=name: lines.append((name, *arguments[:-1]))
        for name in names
    }
    make().fit(*xy, batch_size="full", callbacks=[LambdaCallback(**functions)], verbose=0)
    assert lines == [
        ("train_begin",),
        ("epoch_begin", 0),
        ("train_batch_begin", 0),
        ("train_batch_end", 0),
        ("epoch_end", 0),
        ("train_end",),
    ]


def test_a_plain_function_at_a_time_there_is_not():
    with pytest.raises(ArgumentError, match=r"no 'on_epoch_ends'; did you mean 'on_epoch_end'\?"):
        LambdaCallback(on_epoch_ends=print)
    with pytest.raises(ArgumentError, match=r"on_epoch_end='x'\): give a function"):
        LambdaCallback(on_epoch_end="x")
    LambdaCallback(on_epoch_end=None)  # as Keras allows


# What is no callback -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("callbacks", "message"),
    [
        ([EarlyStopping], r"holds the class EarlyStopping; make an object: EarlyStopping\(...\)"),
        (["early"], r"holds 'early', but every callback must be an object of a class derived from"),
        ([None], r"holds None"),
        (5, r"callbacks=5 must be a list of callbacks"),
        ("early", r"callbacks='early' must be a list of callbacks"),
        ({"a": EarlyStopping()}, r"must be a list of callbacks"),
    ],
)
def test_what_is_no_callback(make, xy, callbacks, message):
    net = make()
    with pytest.raises(ArgumentError, match=message):
        net.fit(*xy, callbacks=callbacks, verbose=0)
    assert not net.built
