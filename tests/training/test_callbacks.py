"""The order and arguments callbacks are called with, and what is one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import glassnet as gn
from glassnet.callbacks import (
    Callback,
    EarlyStopping,
    LambdaCallback,
    ModelCheckpoint,
    TerminateOnNaN,
)
from glassnet.errors import ArgumentError, TrainingError
from tests.training.watching import Curve, same

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
