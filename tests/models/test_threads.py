"""Threads that share a network: every call gives what it gives alone."""

import sys
import threading

import numpy as np
import pytest

import glassnet as gn
import glassnet.fann as libfann
from glassnet import backends
from glassnet.backends.compiled.run.predictor import PlainPredictor, Predictor
from glassnet.errors import ShapeError

THREADS, CALLS = 4, 250
ROWS = np.random.default_rng(0).normal(size=(16, 40))


@pytest.fixture(autouse=True)
def _switch_often():
    """Let threads take turns a hundred times as often as usual."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(5e-5)
    yield
    sys.setswitchinterval(before)


def together(work, threads=THREADS):
    """Run ``work(number)`` on several threads at once; raise what one of them raises."""
    start, errors = threading.Barrier(threads), []

    def run(number):
        try:
            start.wait(30)
            work(number)
        except BaseException as error:
            errors.append(error)

    pool = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for thread in pool:
        thread.start()
    for thread in pool:
        thread.join(60)
    if errors:
        raise errors[0]


def agree(function, inputs, calls=CALLS):
    """Call a function from all threads; every result is the one of a call alone."""
    expected = [np.array(function(*given)) for given in inputs]
    wrong = []

    def work(number):
        for k in range(calls):
            one = (number * 5 + k) % len(inputs)
            if not np.array_equal(function(*inputs[one]), expected[one]):
                wrong.append(one)

    together(work)
    assert not wrong, f"{len(wrong)} wrong results of {THREADS * calls}"


def dense(width=200, dtype="float32"):
    layers = [gn.layers.Dense(width, "tanh"), gn.layers.Dense(3, "softmax")]
    net = gn.Sequential([gn.Input((40,)), *layers], seed=1, dtype=dtype)
    net.compile("sgd", "categorical_crossentropy", ["accuracy"])
    return net


def plain(net):
    network = net.network
    names = [name for name in network.prediction.inputs if name.startswith("x")]
    return PlainPredictor(backends.get("numpy"), network.prediction, names, network.weights())


@pytest.mark.parametrize("width", [3, 200])  # scalarised, and with products
@pytest.mark.parametrize("kind", ["compiled", "numpy"])
def test_a_shared_predictor(kind, width):
    net = dense(width)
    one = net.predictor() if kind == "compiled" else plain(net)
    assert isinstance(one, Predictor if kind == "compiled" else PlainPredictor)
    agree(one, [(row,) for row in ROWS], CALLS if kind == "numpy" else 2000)


def test_a_predictor_of_two_inputs():
    inputs = [gn.Input((20,)), gn.Input((20,))]
    net = gn.Model(inputs, gn.layers.Dense(2)(gn.layers.Concatenate()(inputs)), seed=1)
    one = net.predictor()
    agree(one, [(row[:20], row[20:]) for row in ROWS])
    with pytest.raises(ShapeError, match="one sample of shape"):
        one(ROWS[0], ROWS[1])


def test_a_call_within_a_call():
    one = dense().predictor()
    expected = one(ROWS[1])

    class Row:
        shape = (40,)

        def __array__(self, dtype=None, copy=None):
            np.testing.assert_array_equal(one(ROWS[1]), expected)
            return ROWS[0]

    np.testing.assert_array_equal(one(Row()), one(ROWS[0]))


def test_memory_does_not_grow_with_calls_that_fail():
    one = dense().predictor()
    for _ in range(3):
        with pytest.raises(gn.errors.DTypeError):
            one(np.array(["a"] * 40))
    assert len(one._free) == 1


@pytest.mark.parametrize("kind", ["compiled", "numpy"])
def test_other_weights_reach_every_thread(kind):
    net = dense()
    one = net.predictor() if kind == "compiled" else plain(net)
    old, new = net.network.weights(), dense().network.weights()
    new = {name: -array for name, array in new.items()}
    results = []
    for weights in (old, new):
        one.set_weights(weights)
        results.append(one(ROWS[0]))

    def work(number):
        for k in range(100):
            if number == 0:
                one.set_weights((old, new)[k % 2])
            else:
                found = one(ROWS[0])
                assert any(np.array_equal(found, result) for result in results)

    together(work)
    one.set_weights(old)
    agree(one, [(ROWS[0],)] * 4, 20)
    np.testing.assert_array_equal(one(ROWS[0]), results[0])


@pytest.mark.parametrize("kind", ["compiled", "numpy"])
@pytest.mark.parametrize("backend", ["compiled", "numpy"])
def test_a_predictor_keeps_its_weights_while_fit_runs(kind, backend):
    net = dense(20)
    y = np.eye(3)[np.arange(16) % 3]
    net.fit(ROWS, y, verbose=0, backend=backend)
    one = net.predictor() if kind == "compiled" else plain(net)
    expected = one(ROWS[0])
    done = threading.Event()

    def work(number):
        if number == 0:
            net.fit(ROWS, y, epochs=300, batch_size=4, verbose=0, backend=backend)
            done.set()
        while not done.is_set():
            np.testing.assert_array_equal(one(ROWS[0]), expected)

    together(work, 2)
    assert not np.array_equal(net.predict(ROWS[:1])[0], expected)


@pytest.mark.parametrize("backend", ["compiled", "numpy", "auto"])
def test_predict_evaluate_and_explain_together(backend):
    net = dense(20, "float64")
    y = np.eye(3)[np.arange(16) % 3]
    account = str(net.explain(ROWS[:1], y[:1]))
    predicted = [net.predict(ROWS[:n], backend=backend) for n in (1, 3, 16)]
    scores = net.evaluate(ROWS, y, verbose=0, backend=backend)

    def work(number):
        for k in range(20 if number else 3):
            if number == 0:
                assert str(net.explain(ROWS[:1], y[:1])) == account
            elif number == 1:
                assert net.evaluate(ROWS, y, verbose=0, backend=backend) == scores
            else:
                n = (1, 3, 16)[k % 3]
                found = net.predict(ROWS[:n], backend=backend)
                np.testing.assert_array_equal(found, predicted[k % 3])

    together(work)


def test_a_network_is_built_once():
    for seed in range(10):
        net = gn.Sequential([gn.layers.Dense(30, "tanh"), gn.layers.Dense(2)], seed=None)
        found = [None] * THREADS

        def work(number, net=net, found=found):
            found[number] = net.predict(ROWS)

        together(work)
        for one in found:
            np.testing.assert_array_equal(one, net.predict(ROWS), err_msg=str(seed))


# FANN ---------------------------------------------------------------------------------


class Number:
    """A number of the user's own: other threads may run while it is read."""

    def __init__(self, value):
        self.value = value

    def __float__(self):
        for _ in range(20):
            float(self.value)
        return float(self.value)


KINDS = {
    "neurons": lambda net: net.create_standard_array((8, 6, 2)),
    "layers": lambda net: net.create_standard_array((8, 60, 2)),
    "graph": lambda net: net.create_shortcut_array((8, 20, 3, 2)),
}


def fann(kind, backend):
    libfann.seed(3)
    net = libfann.neural_net()
    KINDS[kind](net)
    net.randomize_weights(-1, 1)
    net.set_backend(backend)
    return net


def lists():
    rows = ROWS[:, :8]
    as_is = [row.tolist() for row in rows]
    return [*as_is, *rows, *([Number(x) for x in row] for row in rows[:3])]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("backend", ["compiled", "numpy", "auto"])
def test_fann_run(kind, backend, monkeypatch):
    monkeypatch.setattr("glassnet.fann.onerow._MANY", dict.fromkeys([*KINDS, "numpy"], 100))
    net, other = fann(kind, backend), fann(kind, "numpy")
    inputs = lists()
    expected = [other.run([float(x) for x in row]) for row in inputs]

    def work(number):
        for k in range(CALLS):
            one = (number * 5 + k) % len(inputs)
            np.testing.assert_allclose(net.run(inputs[one]), expected[one], rtol=1e-12)

    together(work)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("backend", ["compiled", "numpy", "auto"])
def test_fann_test_counts_every_row(kind, backend, monkeypatch):
    monkeypatch.setattr("glassnet.fann.onerow._MANY", dict.fromkeys([*KINDS, "numpy"], 100))
    net, other = fann(kind, backend), fann(kind, "numpy")
    inputs, target = lists(), [0.25, 0.5]
    expected = [other.test([float(x) for x in row], target) for row in inputs]
    other.reset_MSE()
    for number in range(THREADS):
        for k in range(CALLS):
            other.test([float(x) for x in inputs[(number * 5 + k) % len(inputs)]], target)

    def work(number):
        for k in range(CALLS):
            one = (number * 5 + k) % len(inputs)
            np.testing.assert_allclose(net.test(inputs[one], target), expected[one], rtol=1e-12)

    together(work)
    assert net.get_bit_fail() == other.get_bit_fail()
    assert net.learner.tally.count == other.learner.tally.count
    assert net.get_MSE() == pytest.approx(other.get_MSE(), rel=1e-12)


def test_fann_run_while_another_thread_trains():
    net = fann("layers", "compiled")
    data = libfann.training_data()
    data.set_train_data(ROWS[:, :8].tolist(), np.abs(ROWS[:, :2] / 4).tolist())
    done = threading.Event()

    def work(number):
        if number == 0:
            for _ in range(30):
                net.train_on_data(data, 10, 0, 0.0)
            done.set()
        while not done.is_set():
            assert np.isfinite(net.run(ROWS[0, :8].tolist())).all()
            assert np.isfinite(net.test(ROWS[0, :8].tolist(), [0.1, 0.2])).all()

    together(work, 3)
    other = fann("layers", "compiled")
    for _ in range(30):
        other.train_on_data(data, 10, 0, 0.0)
    assert net.get_weight_array() == other.get_weight_array()
