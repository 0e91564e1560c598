"""fit as a user of Keras expects it."""

from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import ArgumentError


def equal(first, second):
    """Whether two networks have the same weights and optimizer slots, bit for bit."""
    mine, own = first.network.tensors(), second.network.tensors()
    return mine.keys() == own.keys() and all(np.array_equal(mine[k], own[k]) for k in mine)


# History ------------------------------------------------------------------------------


def test_history_is_keras_s_dict(make, xy):
    history = make().fit(*xy, epochs=3, validation_split=0.2, verbose=0)
    assert list(history.history) == ["loss", "accuracy", "val_loss", "val_accuracy"]
    assert all(len(curve) == 3 for curve in history.history.values())
    assert history.epoch == [0, 1, 2]
    assert history.stopped == "all epochs done"
    assert history.seconds > 0
    params = history.params
    assert (params["epochs"], params["batch_size"], params["steps"]) == (3, 32, 3)
    assert (params["samples"], params["seed"]) == (72, 0)


def test_a_history_is_shown_in_one_line(make, xy):
    history = make().fit(*xy, epochs=2, verbose=0)
    loss, accuracy = (history.history[name][-1] for name in ("loss", "accuracy"))
    text = f"<History: 2 epochs, loss={loss:.6g}, accuracy={accuracy:.6g}; all epochs done>"
    assert repr(history) == text
    assert repr(type(history)()) == "<History: 0 epochs; not ended>"


def test_the_best_epoch(make, xy):
    history = make().fit(*xy, epochs=5, verbose=0)
    epoch, value = history.best("loss")
    assert value == min(history.history["loss"]) == history.history["loss"][epoch]
    assert history.best("accuracy", "max")[1] == max(history.history["accuracy"])
    with pytest.raises(ArgumentError, match=r"no 'val_los'; known are: accuracy, loss"):
        history.best("val_los")


def test_the_history_of_the_model_is_the_last_one(make, xy):
    net = make()
    assert net.history is None
    history = net.fit(*xy, verbose=0)
    assert net.history is history


def test_a_second_fit_continues_bit_for_bit(make, xy):
    twice, once = make(), make()
    first = twice.fit(*xy, epochs=3, verbose=0)
    second = twice.fit(*xy, epochs=4, verbose=0)
    whole = once.fit(*xy, epochs=7, verbose=0)
    assert equal(twice, once)
    assert first.history["loss"] + second.history["loss"] == whole.history["loss"]
    assert second.epoch == [0, 1, 2, 3]


def test_initial_epoch_numbers_the_epochs(make, xy):
    history = make().fit(*xy, initial_epoch=3, epochs=5, verbose=0)
    assert history.epoch == [3, 4]
    assert make().fit(*xy, initial_epoch=5, epochs=5, verbose=0).history == {}
    assert make().fit(*xy, epochs=0, verbose=0).epoch == []


def test_the_loss_of_an_epoch_is_the_mean_over_its_samples(make, xy):
    # With a rate of 0 the weights stand still, so the epoch is an evaluation.
    net = make(optimizer=gn.optimizers.SGD(0.0), dtype="float64", dropout=0)
    history = net.fit(*xy, epochs=1, batch_size=32, verbose=0).history
    loss, accuracy = net.evaluate(*xy)
    assert history["loss"] == [pytest.approx(loss, rel=1e-12)]
    assert history["accuracy"] == [pytest.approx(accuracy, rel=1e-12)]


def test_training_lowers_the_loss_and_learns(make, xy):
    net = make()
    history = net.fit(*xy, epochs=30, verbose=0).history
    assert history["loss"][-1] < 0.5 * history["loss"][0]
    assert net.evaluate(*xy).accuracy > 0.9


# Batches ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("batch_size", "steps"),
    [(1, 90), (32, 3), (45, 2), (90, 1), (1000, 1), ("full", 1), (None, 3), (np.int64(30), 3)],
)
def test_steps_an_epoch(make, xy, batch_size, steps):
    net = make()
    history = net.fit(*xy, batch_size=batch_size, epochs=2, verbose=0)
    assert history.params["steps"] == steps
    assert net.network.state.step == 2 * steps


def test_full_batch_is_all_samples_at_once(make, xy):
    full, large = make(), make()
    full.fit(*xy, batch_size="full", epochs=3, verbose=0)
    large.fit(*xy, batch_size=10**6, epochs=3, verbose=0)
    assert equal(full, large)


def test_without_shuffling_the_rows_come_as_they_lie(make, xy):
    x, y = xy
    net, by_hand = make(), make()
    net.fit(x, y, batch_size=30, epochs=1, shuffle=False, verbose=0)
    by_hand.build()
    by_hand.layers[0].adapt(x)
    for start in (0, 30, 60):
        by_hand.train_on_batch(x[start : start + 30], y[start : start + 30])
    for mine, own in zip(net.get_weights(), by_hand.get_weights(), strict=True):
        np.testing.assert_allclose(mine, own, rtol=1e-4, atol=1e-7)


def test_shuffling_makes_another_order_every_epoch(make, xy):
    from glassnet.training.loop import Training

    net = make()
    data = {"x": xy[0], "y": xy[1]}
    net.build()
    run = Training(
        net, net.network, gn.backends.get("numpy"), data, None, batch_size=32, epochs=2
    )  # fmt: skip
    orders = [run.order_of(epoch) for epoch in range(3)]
    assert all(sorted(order) == list(range(90)) for order in orders)
    assert not np.array_equal(orders[0], orders[1])
    assert np.array_equal(orders[0], run.order_of(0))


def test_one_batch_is_one_step(make, xy):
    net = make()
    scores = net.train_on_batch(*xy)
    assert scores.names == ("loss", "accuracy")
    assert net.network.state.step == 1
    assert net.train_on_batch(*xy).loss < scores.loss * 1.5
    before = net.get_weights()
    tested = net.test_on_batch(*xy)
    assert tested.names == ("loss", "accuracy")
    assert all(np.array_equal(a, b) for a, b in zip(before, net.get_weights(), strict=True))


def test_one_batch_gives_the_numbers_from_before_the_step(make, xy):
    net = make(metrics=["accuracy", "f1"], dropout=0)
    net.network.topology.layers[0].adapt(xy[0])
    before = net.evaluate(*xy)
    scores = net.train_on_batch(*xy)
    assert scores == pytest.approx(before, rel=1e-5)
    assert scores.names == ("loss", "accuracy", "f1")


# Validation ---------------------------------------------------------------------------


def split_of(net, xy, fraction, **settings):
    """The class counts of the two parts that fit makes."""
    found = {}

    class Spy(gn.callbacks.Callback):
        def on_train_begin(self, logs=None):
            found["train"], found["held"] = self.training.data, self.training.validation

    net.fit(*xy, validation_split=fraction, callbacks=[Spy()], verbose=0, **settings)
    return found["train"], found["held"]


def test_validation_split_is_random_and_stratified(make):
    x = np.arange(400, dtype=np.float32).reshape(100, 4)
    y = np.repeat([0, 1, 2], [60, 30, 10])  # in order: the last rows are all of one class
    train, held = split_of(make(), (x, y), 0.2)
    assert np.bincount(held["y"]).tolist() == [12, 6, 2]
    assert np.bincount(train["y"]).tolist() == [48, 24, 8]
    rows = np.concatenate([train["x"], held["x"]])[:, 0]
    assert sorted(rows) == sorted(x[:, 0])
    again = split_of(make(), (x, y), 0.2)[1]
    assert np.array_equal(again["x"], held["x"])
    other = split_of(make(seed=1), (x, y), 0.2)[1]
    assert not np.array_equal(other["x"], held["x"])


def test_validation_split_of_numbers_is_random():
    x = np.arange(100, dtype=np.float32)[:, None]
    net = gn.Sequential([gn.Input((1,)), gn.layers.Dense(1)], seed=0)
    net.compile("sgd", "mse")
    _, held = split_of(net, (x / 100, x), 0.1)
    assert held["y"].shape == (10, 1)
    assert held["y"].ravel().tolist() != list(range(90, 100))


def test_sample_weights_are_split_with_their_samples(make, xy):
    weights = np.arange(90, dtype=np.float32)
    x = np.repeat(weights[:, None], 4, axis=1)
    train, held = split_of(make(), (x, xy[1]), 0.2, sample_weight=weights)
    assert np.array_equal(train["x"][:, 0], train["sample_weight"])
    assert np.array_equal(held["x"][:, 0], held["sample_weight"])


def test_validation_data_come_before_the_split(make, xy):
    x, y = xy
    net = make()
    history = net.fit(
        x[:60], y[:60], validation_data=(x[60:], y[60:]), validation_split=0.5, epochs=2, verbose=0
    )
    assert history.params["samples"] == 60
    assert history.history["val_loss"][-1] == pytest.approx(net.evaluate(x[60:], y[60:]).loss)


def test_weighted_validation_data(make, xy):
    x, y = xy
    weights = np.linspace(0, 1, 30)
    net = make()
    history = net.fit(x[:60], y[:60], validation_data=[x[60:], y[60:], weights], verbose=0)
    expected = net.evaluate(x[60:], y[60:], sample_weight=weights).loss
    assert history.history["val_loss"] == [pytest.approx(expected)]


def test_validation_changes_nothing_in_the_training(make, xy):
    with_it, without = make(), make()
    with_it.fit(*xy, epochs=3, validation_data=xy, verbose=0)
    without.fit(*xy, epochs=3, verbose=0)
    assert equal(with_it, without)


# Weights of samples and classes --------------------------------------------------------


def test_sample_weight_zero_leaves_a_sample_out(make, xy):
    x, y = xy
    weights = np.r_[np.ones(60), np.zeros(30)]
    spoiled = y.copy()
    spoiled[60:] = (y[60:] + 1) % 3
    first, second = make(), make()
    first.fit(x, y, sample_weight=weights, epochs=2, verbose=0)
    second.fit(x, spoiled, sample_weight=weights, epochs=2, verbose=0)
    np.testing.assert_array_equal(first.get_weights()[2], second.get_weights()[2])


def test_class_weight_is_a_sample_weight(make, xy):
    by_class, by_sample = make(), make()
    by_class.fit(*xy, class_weight={0: 2.0, 2: 0.5}, epochs=2, verbose=0)
    weights = np.array([2.0, 1.0, 0.5])[xy[1]]
    by_sample.fit(*xy, sample_weight=weights, epochs=2, verbose=0)
    assert equal(by_class, by_sample)


def test_class_weight_and_sample_weight_multiply(make, xy):
    both, one = make(), make()
    both.fit(*xy, class_weight={1: 3.0}, sample_weight=np.full(90, 2.0), verbose=0)
    one.fit(*xy, sample_weight=np.where(xy[1] == 1, 6.0, 2.0), verbose=0)
    assert equal(both, one)


def test_normalization_learns_from_the_training_part_only(make, xy):
    net = make()
    train, _ = split_of(net, xy, 0.3)
    mean, deviation = net.get_weights()[:2]
    np.testing.assert_allclose(mean, train["x"].mean(axis=0), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(deviation, train["x"].std(axis=0), rtol=1e-4)
    net.fit(xy[0] * 100, xy[1], verbose=0)  # what was learned stays
    np.testing.assert_array_equal(net.get_weights()[0], mean)


def test_normalization_after_other_layers_learns_from_what_reaches_it(xy):
    net = gn.Sequential(
        [gn.Input((4,)), gn.layers.Dense(5), gn.layers.Normalization(), gn.layers.Dense(3)], seed=0
    )
    kernel, bias = net.get_weights()[:2]
    net.compile(gn.optimizers.SGD(0.0), "mse")
    net.fit(xy[0], np.zeros((90, 3)), verbose=0)
    expected = (xy[0] @ kernel + bias).mean(axis=0)
    np.testing.assert_allclose(net.get_weights()[2], expected, rtol=1e-4, atol=1e-5)


# Frozen layers, other dtypes, other ways in ---------------------------------------------


def test_a_frozen_layer_stays_as_it_is(make, xy):
    net = make()
    net.layers[1].trainable = False
    before = net.get_weights()
    net.fit(*xy, epochs=2, verbose=0)
    after = net.get_weights()
    assert np.array_equal(before[2], after[2]) and np.array_equal(before[3], after[3])
    assert not np.array_equal(before[4], after[4])
    net.layers[1].trainable = True
    net.fit(*xy, verbose=0)
    assert not np.array_equal(after[2], net.get_weights()[2])


def test_a_wholly_frozen_network_can_be_fitted_and_changes_nothing(make, xy):
    net = make(dropout=0)
    for layer in net.layers:
        layer.trainable = False
    net.layers[0].adapt(xy[0])
    before = net.get_weights()
    history = net.fit(*xy, epochs=2, verbose=0).history
    assert history["loss"][0] == pytest.approx(history["loss"][1], rel=1e-6)
    assert all(np.array_equal(a, b) for a, b in zip(before, net.get_weights(), strict=True))


def test_double_precision_all_the_way(make, xy):
    net = make(dtype="float64")
    net.fit(*xy, epochs=2, verbose=0)
    assert {array.dtype for array in net.get_weights()} == {np.dtype("float64")}
    assert net.predict(xy[0]).dtype == np.float64
    assert make().predict(xy[0]).dtype == np.float32


def test_both_backends_train_alike(make, xy):
    x, y = xy[0][:20], xy[1][:20]
    plain, fast = make(dtype="float64"), make(dtype="float64")
    plain.fit(x, y, epochs=1, batch_size=8, verbose=0, backend="loops")
    fast.fit(x, y, epochs=1, batch_size=8, verbose=0, backend="numpy")
    for mine, own in zip(plain.get_weights(), fast.get_weights(), strict=True):
        np.testing.assert_allclose(mine, own, rtol=1e-10, atol=1e-12)


def test_lists_and_data_frames_are_taken(make, xy):
    polars = pytest.importorskip("polars")
    x, y = xy
    arrays, lists, frames = make(), make(), make()
    arrays.fit(x, y, verbose=0)
    lists.fit(x.tolist(), y.tolist(), verbose=0)
    columns = {name: x[:, n] for n, name in enumerate("abcd")}
    frames.fit(polars.DataFrame(columns), polars.Series("y", y), verbose=0)
    assert equal(arrays, lists) and equal(arrays, frames)


class Frame:
    """What fit asks of a pandas data frame, without pandas."""

    def __init__(self, values):
        self.values, self.columns, self.shape = values, list("abcd"), values.shape

    def __len__(self):
        return len(self.values)

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype)


def test_whatever_turns_into_an_array_is_taken(make, xy):
    arrays, frames = make(), make()
    arrays.fit(*xy, verbose=0)
    frames.fit(Frame(xy[0]), xy[1], verbose=0)
    assert equal(arrays, frames)


def test_compiling_again_begins_the_optimizer_anew(make, xy):
    net, fresh = make(dropout=0), make(dropout=0)
    net.fit(*xy, epochs=3, verbose=0)
    fresh.build()
    fresh.set_weights(net.get_weights())
    net.compile("adam", "sparse_categorical_crossentropy")
    fresh.compile("adam", "sparse_categorical_crossentropy")
    for one in (net, fresh):
        one.fit(*xy, batch_size="full", verbose=0)
    # A step number left from before would scale Adam's first step wrongly.
    assert all(
        np.array_equal(a, b) for a, b in zip(net.get_weights(), fresh.get_weights(), strict=True)
    )


def test_the_learning_rate_can_be_changed_between_runs(make, xy):
    net = make()
    net.fit(*xy, verbose=0)
    net.optimizer.learning_rate = 0.0
    before = net.get_weights()
    net.fit(*xy, verbose=0)
    assert all(np.array_equal(a, b) for a, b in zip(before, net.get_weights(), strict=True))
