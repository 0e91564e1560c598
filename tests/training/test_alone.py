"""One training at a time: a second one of the same weights is refused, in threads and callbacks."""

import copy
import multiprocessing
import pickle  # noqa: TID251 - users send models to other processes
import signal
import sys
import threading

import numpy as np
import pytest

import glassnet as gn
import glassnet.fann as libfann
from glassnet.callbacks import Callback
from glassnet.errors import TrainingError
from glassnet.training.alone import alone, is_claimed

RNG = np.random.default_rng(3)
X, Y = RNG.normal(size=(40, 3)), RNG.normal(size=(40, 2))


def make(optimizer="sgd"):
    net = gn.Sequential([gn.Input((3,)), gn.layers.Dense(2, "tanh")], seed=1)
    net.compile(optimizer, "mse")
    return net


def in_thread(work):
    """Run work in a thread of its own; return its result, or raise its error."""
    found = {}

    def run():
        try:
            found["result"] = work()
        except BaseException as error:
            found["error"] = error

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    if "error" in found:
        raise found["error"]
    return found["result"]


class During(Callback):
    """Does something in the middle of a run, here or in another thread."""

    def __init__(self, work):
        self.work = work

    def on_epoch_end(self, epoch, logs=None):
        if epoch == 1:
            self.work()


SECOND = {
    "fit": lambda net: net.fit(X, Y, verbose=0),
    "compiled": lambda net: net.fit(X, Y, verbose=0, backend="compiled"),
    "train_on_batch": lambda net: net.train_on_batch(X, Y),
}


@pytest.mark.parametrize("optimizer", ["sgd", "lbfgs"])
@pytest.mark.parametrize("second", SECOND)
@pytest.mark.parametrize("place", ["callback", "thread"])
def test_a_second_training_is_refused(optimizer, second, place):
    net, plain = make(optimizer), make(optimizer)

    def work():
        run = in_thread if place == "thread" else lambda call: call()
        words = "called this callback" if place == "callback" else "by another thread"
        with pytest.raises(TrainingError, match=f"being trained already, .*{words}"):
            run(lambda: SECOND[second](net))

    history = net.fit(X, Y, epochs=4, verbose=0, callbacks=[During(work)])
    expected = plain.fit(X, Y, epochs=4, verbose=0)
    assert history.history == expected.history and net.history is history
    for a, b in zip(net.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_model_that_is_not_built_yet_keeps_the_training_of_the_first():
    net = gn.Sequential([gn.layers.Dense(2)], seed=1)
    net.compile("sgd", "mse")
    ready, go = threading.Event(), threading.Event()

    class Hold(Callback):
        def on_train_begin(self, logs=None):
            ready.set()
            go.wait(30)

    thread = threading.Thread(target=lambda: net.fit(X, Y, verbose=0, callbacks=[Hold()]))
    thread.start()
    ready.wait(30)
    with pytest.raises(TrainingError, match="by another thread"):
        net.fit(X, Y, verbose=0)
    go.set()
    thread.join(60)
    assert net.built and net.network.state.step == 2


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt, SystemExit])
def test_the_claim_ends_with_every_exception(error):
    net = make()

    def fail():
        raise error

    with pytest.raises(error):
        net.fit(X, Y, epochs=3, verbose=0, callbacks=[During(fail)])
    assert not is_claimed(net.network)
    assert net.fit(X, Y, verbose=0).stopped == "all epochs done"


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_the_claim_ends_with_ctrl_c():
    net = make()
    press = During(lambda: signal.raise_signal(signal.SIGINT))
    assert net.fit(X, Y, epochs=3, verbose=0, callbacks=[press]).stopped == "interrupted"
    assert net.fit(X, Y, verbose=0).stopped == "all epochs done"


def test_data_that_do_not_fit_leave_no_claim():
    net = make()
    with pytest.raises(gn.errors.GlassnetError):
        net.fit(X[:, :2], Y, verbose=0)
    net.train_on_batch(X, Y)


def test_copies_made_in_a_callback_can_be_trained():
    net = make()
    for copied in (copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))):
        train = During(lambda copied=copied: copied(net).fit(X, Y, verbose=0))
        assert net.fit(X, Y, epochs=3, verbose=0, callbacks=[train]).stopped == "all epochs done"


def shared():
    x = gn.Input((3,))
    middle = gn.layers.Dense(4, "tanh")(x)
    models = [gn.Model(x, gn.layers.Dense(2)(middle), seed=1) for _ in range(2)]
    for model in models:
        model.compile("sgd", "mse")
    return models


def test_models_that_share_layers():
    one, other = shared()

    def refused():
        with pytest.raises(TrainingError, match="shares layers"):
            in_thread(lambda: other.fit(X, Y, verbose=0))

    one.fit(X, Y, epochs=3, verbose=0, callbacks=[During(refused)])
    # One after the other, as in adversarial networks, nothing is lost.
    here = During(lambda: other.fit(X, Y, verbose=0))
    one.fit(X, Y, epochs=3, verbose=0, callbacks=[here])
    for layer in other.layers:
        if layer in one.layers:
            layer.trainable = False
    apart = During(lambda: in_thread(lambda: other.fit(X, Y, verbose=0)))
    one.fit(X, Y, epochs=3, verbose=0, callbacks=[apart])


def test_other_models_train_at_the_same_time():
    nets = [make() for _ in range(4)]
    threads = [
        threading.Thread(target=lambda net=net: net.fit(X, Y, epochs=20, verbose=0)) for net in nets
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    alone_ = make()
    alone_.fit(X, Y, epochs=20, verbose=0)
    for net in nets:
        np.testing.assert_array_equal(net.get_weights()[0], alone_.get_weights()[0])


def test_of_many_at_once_one_gets_the_claim():
    owner, won, start = object(), [], threading.Barrier(8)
    over = threading.Barrier(8)

    def claim():
        start.wait()
        try:
            with alone(owner):
                won.append(1)
                over.wait(30)
        except TrainingError:
            over.wait(30)

    threads = [threading.Thread(target=claim) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(won) == 1 and not is_claimed(owner)


def _child(owner, queue):
    queue.put(is_claimed(owner))


@pytest.mark.skipif(sys.platform != "linux", reason="fork")
def test_a_process_that_is_forked_meanwhile_is_free():
    context = multiprocessing.get_context("fork")
    owner, queue = object(), context.SimpleQueue()
    with alone(owner):
        process = context.Process(target=_child, args=(owner, queue))
        process.start()
        assert queue.get() is False
        process.join(30)


@pytest.mark.parametrize("backend", ["numpy", "compiled"])
def test_weights_set_from_another_thread_are_refused(backend):
    """The next step would undo it; in a callback of the run it counts."""
    net, other = make(), make()
    x = gn.Input((3,))
    shares = gn.Model(x, gn.layers.Dense(2)(net.layers[0](x)), seed=2)
    net.build(), shares.build()
    done = []

    def work():
        for one in (net, shares):
            values = [0 * w for w in one.get_weights()]
            with pytest.raises(TrainingError, match="trained by another thread"):
                in_thread(lambda one=one, values=values: one.set_weights(values))
        in_thread(lambda: other.set_weights([0 * w for w in other.get_weights()]))
        net.set_weights([0 * w for w in net.get_weights()])
        done.append(1)

    rate = gn.callbacks.LearningRateScheduler(lambda epoch, rate: 0.0 if epoch > 1 else rate)
    net.fit(X, Y, epochs=4, verbose=0, backend=backend, callbacks=[During(work), rate])
    assert done and not any(w.any() for w in net.get_weights())
    in_thread(lambda: net.set_weights(make_weights()))
    assert net.get_weights()[0].any()


def make_weights():
    return make().get_weights()


def test_a_shared_layer_that_two_trainings_begin_to_train():
    """Frozen at first, and claimed by the model that trains it first."""
    shared = gn.layers.Dense(4, "tanh")
    nets, told, errors = [], threading.Barrier(2), []
    for seed in (1, 2):
        x = gn.Input((3,))
        net = gn.Model(x, gn.layers.Dense(2)(shared(x)), seed=seed)
        net.compile("sgd", "mse")
        net.build()
        nets.append(net)
    shared.trainable = False

    def unfreeze():
        told.wait(30)
        shared.trainable = True

    def run(net):
        try:
            net.fit(X, Y, epochs=200, verbose=0, callbacks=[During(unfreeze)])
        except TrainingError as error:
            errors.append(str(error))

    threads = [threading.Thread(target=run, args=(net,)) for net in nets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(errors) == 1 and "shares layers" in errors[0]
    for net in nets:
        net.fit(X, Y, verbose=0)  # no claim is left


@pytest.mark.parametrize("backend", ["numpy", "compiled"])
def test_settings_changed_by_another_thread(backend):
    """At any moment: step and slots are made from the same settings, and programs from the last."""
    net = gn.Sequential(
        [gn.Input((3,)), gn.layers.Dense(4, "tanh"), gn.layers.Dropout(0.1), gn.layers.Dense(2)],
        seed=1,
    )
    net.compile("adam", "mse")
    net.build()
    done = threading.Event()

    def change():
        number = 0
        while not done.is_set():
            number += 1
            net.layers[0].trainable = number % 3 > 0
            net.layers[0].activation = ("tanh", "relu")[number % 2]
            net.layers[1].rate = number % 9 / 10
            done.wait(1e-4)

    thread = threading.Thread(target=change)
    thread.start()
    try:
        net.fit(X, Y, epochs=60, batch_size=20, verbose=0, callbacks=[During(lambda: None)])
        for _ in range(60):
            net.train_on_batch(X, Y)
            net.predict(X)
    finally:
        done.set()
        thread.join()
    again = copy.deepcopy(net)
    np.testing.assert_array_equal(net.predict(X), again.predict(X))


# FANN ---------------------------------------------------------------------------------


def fann(backend):
    libfann.seed(4)
    net = libfann.neural_net()
    net.create_shortcut_array((2, 3, 1))
    net.set_backend(backend)
    data = libfann.training_data()
    data.set_train_data([[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]])
    return net, data


FANN = {
    "train": lambda net, data: net.train([0.0, 1.0], [1.0]),
    "train_epoch": lambda net, data: net.train_epoch(data),
    "train_on_data": lambda net, data: net.train_on_data(data, 3, 0, 0.0),
    "cascadetrain_on_data": lambda net, data: net.cascadetrain_on_data(data, 1, 0, 0.0),
}


@pytest.mark.parametrize("backend", ["numpy", "compiled"])
@pytest.mark.parametrize("place", ["callback", "thread"])
def test_fann_trains_a_network_once_at_a_time(place, backend):
    net, data = fann(backend)
    plain, _ = fann(backend)
    net.train([0.0, 1.0], [1.0])  # with machine code a builtin function from now on
    plain.train([0.0, 1.0], [1.0])
    refused = []

    def callback(*_):
        for name, second in FANN.items():
            run = in_thread if place == "thread" else lambda call: call()
            with pytest.raises(TrainingError, match="being trained already"):
                run(lambda second=second: second(net, data))
            refused.append(name)
        return 0

    net.set_callback(callback)
    plain.set_callback(lambda *_: 0)
    for one in (net, plain):
        one.train_on_data(data, 4, 4, 0.0)
    assert refused[: len(FANN)] == list(FANN)
    assert net.get_weight_array() == plain.get_weight_array()
    for one in (net, plain):
        one.train([0.0, 1.0], [1.0])
    assert net.get_weight_array() == plain.get_weight_array()


def test_weights_of_fann_set_from_another_thread_are_refused():
    net, data = fann("numpy")
    before, tried = net.get_weight_array(), []
    ways = {
        "randomize_weights": lambda: net.randomize_weights(-1.0, 1.0),
        "init_weights": lambda: net.init_weights(data),
        "set_weight": lambda: net.set_weight(0, 3, 1.0),
        "set_weight_array": lambda: net.set_weight_array([(0, 3, 1.0)]),
    }

    def callback(*_):
        for name, way in ways.items():
            with pytest.raises(TrainingError, match="trained by another thread"):
                in_thread(way)
            tried.append(name)
        return -1

    net.set_callback(callback)
    net.set_learning_rate(0.0)
    net.train_on_data(data, 4, 1, 0.0)
    assert tried[:4] == list(ways)
    in_thread(ways["randomize_weights"])
    assert net.get_weight_array() != before
