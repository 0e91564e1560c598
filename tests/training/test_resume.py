"""fit(resume=FILE) ends bit for bit where an uninterrupted run does."""

from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet.callbacks import (
    Callback,
    CSVLogger,
    EarlyStopping,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
)
from glassnet.errors import ArgumentError, FileFormatError

EPOCHS = 6


def state(net):
    return {name: array.tobytes() for name, array in net.network.tensors().items()}


class Kill(Callback):
    """Ends a run the hard way after so many batches."""

    def __init__(self, steps):
        self.steps = steps

    def on_train_batch_end(self, batch, logs=None):
        if self.model.network.state.step == self.steps:
            raise Killed


class Killed(Exception):
    pass


OPTIMIZERS = {
    "adam": lambda: gn.optimizers.Adam(0.01),
    "momentum": lambda: gn.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    "rmsprop": lambda: gn.optimizers.RMSprop(0.01),
    "schedule": lambda: gn.optimizers.AdamW(gn.optimizers.Warmup(
        gn.optimizers.CosineDecay(0.02, 15), 4)),
    "clipped": lambda: gn.optimizers.SGD(0.1, clip=gn.optimizers.ClipByGlobalNorm(0.5)),
}  # fmt: skip

EXTRAS = {
    "plain": lambda: [],
    "early": lambda: [EarlyStopping(patience=2)],
    "plateau": lambda: [ReduceLROnPlateau(patience=1, min_delta=0.05, factor=0.5)],
    "scheduler": lambda: [LearningRateScheduler(lambda epoch, rate: rate * 0.8)],
}


def fit(net, xy, callbacks, **settings):
    return net.fit(
        *xy, epochs=EPOCHS, batch_size=20, validation_split=0.25, verbose=0, callbacks=callbacks,
        **settings,
    )  # fmt: skip


def compare(make, xy, path, optimizer, extra, save_freq, steps, **model):
    whole, cut, resumed = (
        make(optimizer=OPTIMIZERS[optimizer](), **model) for _ in range(3)
    )  # fmt: skip
    expected = fit(whole, xy, EXTRAS[extra]())
    with pytest.raises(Killed):
        fit(cut, xy, [*EXTRAS[extra](), ModelCheckpoint(path, save_freq=save_freq), Kill(steps)])
    history = fit(resumed, xy, EXTRAS[extra](), resume=path)
    assert state(resumed) == state(whole)
    assert (history.history, history.epoch) == (expected.history, expected.epoch)
    assert history.stopped == expected.stopped
    assert resumed.optimizer.learning_rate == pytest.approx(whole.optimizer.learning_rate) or (
        optimizer == "schedule"
    )


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize(("save_freq", "steps"), [("epoch", 10), (1, 7), (3, 11)])
def test_every_optimizer_resumes(make, xy, tmp_path, optimizer, save_freq, steps):
    compare(make, xy, tmp_path / "a.safetensors", optimizer, "plain", save_freq, steps)


@pytest.mark.parametrize("extra", EXTRAS)
@pytest.mark.parametrize(("save_freq", "steps"), [("epoch", 10), (1, 6), (1, 8), (3, 11), (4, 9)])
def test_callbacks_resume(make, xy, tmp_path, extra, save_freq, steps):
    compare(make, xy, tmp_path / "a.safetensors", "adam", extra, save_freq, steps)


def test_double_precision_with_regression_and_sample_weights(tmp_path):
    x = np.linspace(-1, 1, 200).reshape(50, 4)
    y, weights = np.sin(3 * x), np.linspace(0, 2, 50)

    def run(**settings):
        net = gn.Sequential(
            [gn.layers.Dense(6, "tanh"), gn.layers.Dropout(0.3), gn.layers.Dense(4)],
            seed=1, dtype="float64",
        )  # fmt: skip
        net.compile(gn.optimizers.Adam(0.01), "half_sum_squared_error", ["mae", "r2"])
        history = net.fit(
            x, y, epochs=4, batch_size=16, sample_weight=weights, verbose=0, **settings
        )
        return state(net), history.history

    path = tmp_path / "a.safetensors"
    expected = run()
    with pytest.raises(Killed):
        run(callbacks=[ModelCheckpoint(path, save_freq=1), Kill(6)])
    assert run(resume=path) == expected


def test_a_model_without_a_seed_takes_that_of_the_file(xy, tmp_path):
    """The split for validation depends on the seed, so it is needed before anything else."""
    path = tmp_path / "a.safetensors"

    def network():
        net = gn.Sequential([gn.layers.Dense(3, "softmax")])
        net.compile("adam", "sparse_categorical_crossentropy")
        return net

    first = network()
    with pytest.raises(Killed):
        fit(first, xy, [ModelCheckpoint(path), Kill(7)])
    second, whole = network(), network()
    whole.seed = first.seed
    history = fit(second, xy, [], resume=path)
    expected = fit(whole, xy, [])
    assert second.seed == first.seed
    assert state(second) == state(whole) and history.history == expected.history


def test_a_run_that_was_over_ends_at_once(make, xy, tmp_path):
    path = tmp_path / "a.safetensors"
    net, again = make(), make()
    history = fit(net, xy, [ModelCheckpoint(path)])
    resumed = fit(again, xy, [], resume=path)
    assert state(again) == state(net) and resumed.history == history.history


class Rising(Callback):
    def on_epoch_end(self, epoch, logs=None):
        logs["val_loss"] = [3, 1, 2, 2, 2, 2][epoch]


@pytest.mark.parametrize("save_freq", ["epoch", 1])
def test_a_run_that_early_stopping_ended_stays_ended(make, xy, tmp_path, save_freq):
    path = tmp_path / "a.safetensors"

    def callbacks(patience=2):
        return [Rising(), EarlyStopping(patience=patience)]

    net, again, more = make(), make(), make()
    history = fit(net, xy, [*callbacks(), ModelCheckpoint(path, save_freq=save_freq)])
    assert history.epoch == [0, 1, 2, 3]
    resumed = fit(again, xy, callbacks(), resume=path)
    assert state(again) == state(net)
    assert (resumed.history, resumed.stopped) == (history.history, history.stopped)
    # More patience than the run had lets it go on.
    assert fit(more, xy, callbacks(patience=4), resume=path).epoch == [0, 1, 2, 3, 4, 5]


def test_a_run_that_a_callback_ended_stays_ended(make, xy, tmp_path):
    path = tmp_path / "a.safetensors"

    class Stop(Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = epoch == 2

    net, again = make(), make()
    fit(net, xy, [Stop(), ModelCheckpoint(path)])
    assert fit(again, xy, [Stop()], resume=path).epoch == [0, 1, 2]
    assert state(again) == state(net)


def test_more_epochs_than_the_first_run(make, xy, tmp_path):
    path = tmp_path / "a.safetensors"
    short, long, whole = make(), make(), make()
    short.fit(*xy, epochs=2, verbose=0, callbacks=[ModelCheckpoint(path)])
    history = long.fit(*xy, epochs=5, verbose=0, resume=path)
    expected = whole.fit(*xy, epochs=5, verbose=0)
    assert state(long) == state(whole) and history.history == expected.history


def test_a_resumed_run_writes_the_same_checkpoints(make, xy, tmp_path):
    one, two = tmp_path / "one.safetensors", tmp_path / "two.safetensors"
    fit(make(), xy, [ModelCheckpoint(one, save_freq=2), EarlyStopping(patience=3)])
    with pytest.raises(Killed):
        fit(make(), xy, [ModelCheckpoint(two, save_freq=2), EarlyStopping(patience=3), Kill(9)])
    callbacks = [ModelCheckpoint(two, save_freq=2), EarlyStopping(patience=3)]
    fit(make(), xy, callbacks, resume=two)
    assert one.read_bytes() == two.read_bytes()


def test_a_table_goes_on_from_the_checkpoint(make, xy, tmp_path):
    path, table, whole = (tmp_path / name for name in ("a.safetensors", "a.csv", "b.csv"))
    fit(make(), xy, [CSVLogger(whole)])
    with pytest.raises(Killed):
        fit(make(), xy, [ModelCheckpoint(path, save_freq=5), CSVLogger(table), Kill(14)])
    with table.open("a") as file:
        file.write("4,0.1")  # a line that was being written
    fit(make(), xy, [CSVLogger(table)], resume=path)
    assert table.read_bytes() == whole.read_bytes()


def test_a_callback_of_ones_own_is_kept(make, xy, tmp_path):
    path = tmp_path / "a.safetensors"

    class Counter(Callback):
        def __init__(self):
            self.count, self.sums = 0, np.zeros(2)

        def on_train_batch_end(self, batch, logs=None):
            self.count += 1
            self.sums += [batch, logs["loss"]]

        def get_state(self):
            return {"count": self.count, "sums": self.sums, "half": np.float32(0.5)}

        def set_state(self, kept):
            self.count, self.sums = kept["count"], np.array(kept["sums"])

    whole, second = Counter(), Counter()
    fit(make(), xy, [whole])
    with pytest.raises(Killed):
        fit(make(), xy, [Counter(), ModelCheckpoint(path, save_freq=3), Kill(10)])
    fit(make(), xy, [second], resume=path)
    assert second.count == whole.count and np.array_equal(second.sums, whole.sums)

    class Odd(Callback):
        def get_state(self):
            return {"thing": object()}

    with pytest.raises(gn.errors.DTypeError, match=r"of type object cannot be written to a file"):
        fit(make(), xy, [Odd(), ModelCheckpoint(path)])


def test_the_optimizer_in_hand_takes_up_the_saved_rate(make, xy, tmp_path):
    path = tmp_path / "a.safetensors"
    halve = [LearningRateScheduler(lambda epoch, rate: rate / 2)]
    with pytest.raises(Killed):
        fit(make(), xy, [*halve, ModelCheckpoint(path), Kill(11)])
    optimizer = gn.optimizers.Adam(0.01)
    net = make(optimizer=optimizer)
    net.fit(*xy, epochs=2, batch_size=20, validation_split=0.25, verbose=0, resume=path)
    assert net.optimizer is optimizer and optimizer.learning_rate == 0.0025


# What cannot be resumed ---------------------------------------------------------------------


@pytest.fixture
def checkpoint(make, xy, tmp_path):
    path = tmp_path / "a.safetensors"
    fit(make(), xy, [ModelCheckpoint(path)])
    return path


def untouched(net):
    return net.network.state.step == 0


def test_another_network(make, xy, checkpoint):
    net = gn.Sequential([gn.Input((4,)), gn.layers.Dense(3, "softmax")], seed=0)
    net.compile("adam", "sparse_categorical_crossentropy", ["accuracy"])
    message = (
        r"a network with other layers than this one \(4 layers there, 1 here\); build the same"
    )
    with pytest.raises(ArgumentError, match=message):
        fit(net, xy, [], resume=checkpoint)
    assert untouched(net)


def test_another_setting_of_a_layer(make, xy, checkpoint):
    net = make(dropout=0.5)
    with pytest.raises(ArgumentError, match=r"dropout_1 has rate=0.2 there, 0.5 here"):
        fit(net, xy, [], resume=checkpoint)


def test_another_dtype(make, xy, checkpoint):
    with pytest.raises(ArgumentError, match=r"another dtype than this one \(float32 there, float6"):
        fit(make(dtype="float64"), xy, [], resume=checkpoint)


def test_another_optimizer(make, xy, checkpoint):
    with pytest.raises(ArgumentError, match=r"the optimizer Adam\(.*compiled with SGD\("):
        fit(make(optimizer="sgd"), xy, [], resume=checkpoint)
    schedule = gn.optimizers.Adam(gn.optimizers.StepDecay(0.1, 5))
    with pytest.raises(ArgumentError, match=r"same kind of optimizer, schedule and clipping"):
        fit(make(optimizer=schedule), xy, [], resume=checkpoint)


def test_other_metrics(make, xy, checkpoint):
    with pytest.raises(ArgumentError, match=r"with the metrics .*Accuracy.*but this network"):
        fit(make(metrics=["f1"]), xy, [], resume=checkpoint)


def test_another_number_of_rows(make, xy, checkpoint):
    with pytest.raises(ArgumentError, match=r"with rows=68, but this one has rows=6\d; a resumed"):
        fit(make(), (xy[0][:84], xy[1][:84]), [], resume=checkpoint)


def test_another_batch_size(make, xy, checkpoint):
    with pytest.raises(ArgumentError, match=r"with batch_size=20, but this one has batch_size=10"):
        make().fit(
            *xy, batch_size=10, validation_split=0.25, verbose=0, resume=checkpoint
        )  # fmt: skip


@pytest.mark.parametrize("part", [0, 1])
def test_other_data_of_the_same_shape(make, xy, checkpoint, part):
    changed = [array.copy() for array in xy]
    if part == 0:
        changed[0][7, 2] += 1
    else:
        changed[1][[0, 1]] = changed[1][[1, 0]] if xy[1][0] != xy[1][1] else (xy[1][0] + 1) % 3
    net = make()
    with pytest.raises(ArgumentError, match=r"a run on other data: x, y, the weights or the valid"):
        fit(net, changed, [], resume=checkpoint)
    assert untouched(net)


def test_a_plain_model_file(make, xy, tmp_path):
    path = make().save(tmp_path / "net.safetensors")
    with pytest.raises(
        FileFormatError, match=r"holds a network, but no position in a training run"
    ):
        fit(make(), xy, [], resume=path)


def test_a_file_that_is_not_there(make, xy, tmp_path):
    (tmp_path / "other.safetensors").write_bytes(b"")
    with pytest.raises(FileFormatError, match=r"there is no file '.*none'; there are other.safet"):
        fit(make(), xy, [], resume=tmp_path / "none")


@pytest.mark.parametrize("resume", [5, True, ["a"], ""])
def test_what_is_no_file_name(make, xy, resume):
    with pytest.raises(ArgumentError, match=r"is not the name of a model file"):
        fit(make(), xy, [], resume=resume)


def test_lbfgs_cannot_be_resumed(make, xy, tmp_path):
    path = tmp_path / "a.safetensors"
    make(optimizer="lbfgs").fit(*xy, epochs=2, verbose=0, callbacks=[ModelCheckpoint(path)])
    assert gn.load(path).fit(*xy, epochs=1, verbose=0).epoch == [0]
    with pytest.raises(ArgumentError, match=r"L-BFGS cannot be resumed.*gn.load\(path\).fit"):
        make(optimizer="lbfgs").fit(*xy, epochs=2, verbose=0, resume=path)


def test_a_damaged_position(make, xy, checkpoint):
    from glassnet.formats import safetensors

    tensors, description = safetensors.read(checkpoint)
    for name in ("epoch", "totals", "history", "callbacks", "stop"):
        run = {key: value for key, value in description["run"].items() if key != name}
        safetensors.write(checkpoint, tensors, {**description, "run": run})
        with pytest.raises(
            FileFormatError, match=r"the position in the run that .* cannot be read"
        ):
            fit(make(), xy, [], resume=checkpoint)


def test_the_compiled_backend_resumes(make, xy, tmp_path):
    path = tmp_path / "a.safetensors"
    whole, resumed = make(), make()
    expected = fit(whole, xy, [], backend="compiled")
    with pytest.raises(Killed):
        fit(make(), xy, [ModelCheckpoint(path, save_freq=1), Kill(7)], backend="compiled")
    history = fit(resumed, xy, [], backend="compiled", resume=path)
    assert state(resumed) == state(whole) and history.history == expected.history
