"""``train`` and ``test`` of one row at a time, as builtin functions of machine code."""

import copy
import gc
import inspect
import threading
import types

import numpy as np
import pytest

import glassnet.fann as libfann
from glassnet.backends.compiled.run import builtin
from glassnet.errors import DataError, ShapeError, TrainingError
from glassnet.fann import onerow

KINDS = {
    "standard": lambda net: net.create_standard_array((3, 4, 2)),
    "wide": lambda net: net.create_standard_array((3, 70, 2)),
    "crowded": lambda net: net.create_standard_array((3, 255, 2)),
    "sparse": lambda net: net.create_sparse_array(0.5, (3, 6, 4, 2)),
    "shortcut": lambda net: net.create_shortcut_array((3, 4, 2)),
    "no hidden layer": lambda net: net.create_standard_array((3, 2)),
}
GENERATOR = np.random.default_rng(3)
ROWS = [
    (x.tolist(), y.tolist())
    for x, y in zip(GENERATOR.normal(size=(12, 3)), GENERATOR.uniform(size=(12, 2)), strict=True)
]
INPUTS, TARGETS = ROWS[0]


def network(kind="standard", backend="compiled"):
    libfann.seed(5)
    net = libfann.neural_net()
    KINDS[kind](net)
    net.set_activation_function_hidden(libfann.SIGMOID_SYMMETRIC)
    net.set_activation_function(libfann.ELLIOT, 1, 1)
    net.set_activation_function_output(libfann.SIGMOID)
    net.randomize_weights(-1, 1)
    net.set_bit_fail_limit(0.3)
    net.set_backend(backend)
    return net


def pair(kind="standard", backend="compiled"):
    return network(kind, backend), network(kind, "numpy")


def is_builtin(function):
    return isinstance(function, types.BuiltinFunctionType)


def assert_same(net, other):
    """Everything that can be read is the same."""
    weights = [[one.weight for one in each.get_connection_array()] for each in (net, other)]
    np.testing.assert_allclose(*weights, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(net.get_weight_array(), weights[0], rtol=0)
    assert net.get_MSE() == pytest.approx(other.get_MSE(), rel=1e-9)
    assert net.get_bit_fail() == other.get_bit_fail()
    assert net.run(INPUTS) == pytest.approx(other.run(INPUTS), rel=1e-9)


def both(net, other, what):
    results = [what(net), what(other)]
    if results[0] is not None:
        assert results[0] == pytest.approx(results[1], rel=1e-9)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("momentum", [0.0, 0.4])
@pytest.mark.parametrize("error", [libfann.ERRORFUNC_LINEAR, libfann.ERRORFUNC_TANH])
def test_a_loop_is_an_epoch(kind, momentum, error):
    nets = [*pair(kind), network(kind, "numpy")]
    data = libfann.training_data()
    data.set_train_data([x for x, _ in ROWS], [y for _, y in ROWS])
    for net in nets:
        net.set_training_algorithm(libfann.TRAIN_INCREMENTAL)
        net.set_learning_momentum(momentum)
        net.set_train_error_function(error)
    for _ in range(3):
        for net in nets[:2]:
            net.reset_MSE()
            for x, y in ROWS:
                assert net.train(x, y) is None
        nets[2].train_epoch(data)
        for net in nets[:2]:
            assert_same(net, nets[2])
    assert is_builtin(nets[0].train)
    assert not is_builtin(nets[1].train)


@pytest.mark.parametrize("kind", KINDS)
def test_test_gives_outputs_and_counts(kind):
    net, other = pair(kind)
    for x, y in ROWS:
        both(net, other, lambda one, x=x, y=y: one.test(x, y))
        assert_same(net, other)
    assert is_builtin(net.test)
    assert net.get_bit_fail() > 0
    net.reset_MSE()
    assert (net.get_MSE(), net.get_bit_fail()) == (0.0, 0)


def changes(folder):
    """What may come between calls, by name."""
    data = libfann.training_data()
    data.set_train_data([x for x, _ in ROWS], [y for _, y in ROWS])
    path = str(folder / "saved.net")
    network("shortcut").save(str(folder / "other.net"))
    return {
        "weight": lambda net: net.set_weight(0, 4, 2.0),
        "weights": lambda net: net.set_weight_array([(0, 4, 1.0), (1, 5, -1.0)]),
        "random weights": lambda net: (libfann.seed(9), net.randomize_weights(-0.5, 0.5))[0],
        "rate": lambda net: net.set_learning_rate(0.2),
        "momentum": lambda net: net.set_learning_momentum(0.5),
        "other momentum": lambda net: net.set_learning_momentum(0.3),
        "no momentum": lambda net: net.set_learning_momentum(0.0),
        "epoch without it": lambda net: net.train_epoch(data),
        "momentum again": lambda net: net.set_learning_momentum(0.5),
        "error function": lambda net: net.set_train_error_function(libfann.ERRORFUNC_LINEAR),
        "limit": lambda net: net.set_bit_fail_limit(0.1),
        "steepness": lambda net: net.set_activation_steepness_hidden(0.8),
        "activation": lambda net: net.set_activation_function_output(libfann.GAUSSIAN),
        "reset": lambda net: net.reset_MSE(),
        "epoch": lambda net: net.train_epoch(data),
        "epochs": lambda net: net.train_on_data(data, 7, 0, 0.0),
        "algorithm": lambda net: net.set_training_algorithm(libfann.TRAIN_INCREMENTAL),
        "its epochs": lambda net: net.train_on_data(data, 7, 0, 0.0),
        "test data": lambda net: net.test_data(data),
        "faithful": lambda net: (libfann.faithful(True), None)[1],
        "unfaithful": lambda net: (libfann.faithful(False), None)[1],
        "save": lambda net: (net.save(path), libfann.neural_net().create_from_file(path))[0],
        "file": lambda net: net.create_from_file(str(folder / "other.net")),
        "another": lambda net: net.create_from_file(path),
    }


def test_machine_code_follows_every_change(tmp_path):
    net, other = pair()
    for one in (net, other):
        one.train(*ROWS[0])
        one.test(*ROWS[0])
    # Functions got beforehand are as good as those got anew.
    held = {id(net): (net.train, net.test), id(other): (other.train, other.test)}
    for name, change in changes(tmp_path).items():
        both(net, other, change)
        for x, y in ROWS[:3]:
            for by_held in (True, False):
                both(net, other, lambda one, x=x, y=y: one.test(x, y))
                for one in (net, other):
                    train, test = held[id(one)] if by_held else (one.train, one.test)
                    train(x, y)
                    test(x, y)
                both(net, other, lambda one, x=x: one.run(x))
        assert np.isfinite(net.get_weight_array()).all(), name
        assert_same(net, other)


def test_faithful_calls_count_as_fann_does():
    """In single precision, one number after the other; and back to machine code afterwards."""
    net, other = pair()
    for x, y in ROWS[:2]:
        net.train(x, y)
        other.train(x, y)
    libfann.faithful(True)
    for one in (net, other):
        one.reset_MSE()
        for x, y in ROWS:
            one.train(x, y)
            one.test(x, y)
    assert net.learner.tally.squares == np.float32(net.learner.tally.squares)
    assert_same(net, other)
    libfann.faithful(False)
    for one in (net, other):
        one.train(*ROWS[3])
    assert_same(net, other)


def test_a_cascade_leaves_a_network_to_train_row_by_row():
    nets = [libfann.neural_net(), libfann.neural_net()]
    data = libfann.training_data()
    data.set_train_data([[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]])
    for net, backend in zip(nets, ("compiled", "numpy"), strict=True):
        libfann.seed(2)
        net.create_shortcut_array((2, 1))
        net.set_backend(backend)
        net.train([0, 1], [1])
        net.cascadetrain_on_data(data, 2, 0, 0.0)
        for _ in range(3):
            net.train([0.0, 1.0], [1.0])
            net.test([1.0, 1.0], [0.0])
    np.testing.assert_allclose(
        nets[0].get_weight_array(), nets[1].get_weight_array(), rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("name", ["train", "test"])
@pytest.mark.parametrize(
    "row", [tuple(INPUTS), np.array(INPUTS), [np.float64(x) for x in INPUTS]], ids=type
)
def test_rows_of_every_kind(name, row):
    net, other = pair()
    for target in (np.array(TARGETS), tuple(TARGETS), TARGETS):
        getattr(net, name)(row, target)
        getattr(net, name)(input=INPUTS, desired_output=TARGETS)
        for _ in range(2):
            getattr(other, name)(INPUTS, TARGETS)
    assert_same(net, other)


BAD = {
    "short": (lambda: ([1.0], TARGETS), ShapeError, "inputs"),
    "long": (lambda: ([1.0] * 4, TARGETS), ShapeError, "inputs"),
    "short targets": (lambda: (INPUTS, [1.0]), ShapeError, "outputs"),
    "no list": (lambda: (None, TARGETS), (DataError, ShapeError), "input"),
    "text": (lambda: ("abc", TARGETS), (DataError, ShapeError), "input"),
    "words": (lambda: (INPUTS, ["a", "b"]), DataError, "output"),
    "short tuple": (lambda: ((1.0,), TARGETS), ShapeError, "inputs"),
    "long array": (lambda: (np.ones(4), TARGETS), ShapeError, "inputs"),
    "array of two axes": (lambda: (np.ones((3, 1)), TARGETS), DataError, "axes"),
    "array of NaN": (lambda: (np.full(3, np.nan), TARGETS), DataError, "NaN"),
    "tuple of words": (lambda: (INPUTS, ("a", "b")), DataError, "output"),
    "NaN": (lambda: ([1.0, float("nan"), 1.0], TARGETS), DataError, "NaN"),
    "infinite target": (lambda: (INPUTS, [0.0, float("-inf")]), DataError, "infinity"),
    "table": (lambda: ([INPUTS, INPUTS, INPUTS], TARGETS), (DataError, ShapeError), "input"),
}


@pytest.mark.parametrize("backend", ["numpy", "compiled"])
@pytest.mark.parametrize("name", ["train", "test"])
@pytest.mark.parametrize("bad", BAD)
def test_bad_rows_change_nothing(bad, name, backend):
    make, kind, message = BAD[bad]
    net, other = network(backend=backend), network(backend="numpy")
    for one in (net, other):
        one.train(INPUTS, TARGETS)
        one.test(INPUTS, TARGETS)
    with pytest.raises(kind, match=message):
        getattr(net, name)(*make())
    assert_same(net, other)


class Odd:
    """A number that changes a list while it is read."""

    def __init__(self, row):
        self.row = row

    def __float__(self):
        self.row.clear()
        return 1.0


def test_a_list_that_changes_while_it_is_read():
    net, other = pair()
    for one in (net, other):
        one.train(INPUTS, TARGETS)
    row = list(INPUTS)
    row[0] = Odd(row)
    with pytest.raises((ShapeError, DataError)):
        net.train(row, TARGETS)
    assert_same(net, other)


class Changing:
    """A number that makes the network another one while it is read."""

    def __init__(self, net):
        self.net = net

    def __float__(self):
        self.net.set_learning_momentum(0.9)
        self.net.set_activation_function_hidden(libfann.GAUSSIAN)
        self.net.train(INPUTS, TARGETS)
        return 0.5


def test_a_network_that_changes_while_a_list_is_read():
    net, other = pair()
    for one in (net, other):
        one.train(INPUTS, TARGETS)
    net.train([Changing(net), 0.0, 0.0], [0.5, 0.5])
    assert np.isfinite(net.get_weight_array()).all()
    other.set_learning_momentum(0.9)
    other.set_activation_function_hidden(libfann.GAUSSIAN)
    for one in (net, other):
        one.set_weight_array(network().get_connection_array())
        one.set_learning_momentum(0.0)
        one.reset_MSE()
        for x, y in ROWS:
            one.train(x, y)
    assert_same(net, other)


def test_rows_whose_sum_has_no_finite_value():
    net, other = pair()
    for one in (net, other):
        one.randomize_weights(0.001, 0.002)
    for _ in range(2):
        both(net, other, lambda one: one.test([1e308, 1e308, 1e308], TARGETS))
    assert_same(net, other)


@pytest.mark.parametrize("name", ["train", "test"])
def test_it_can_be_asked_for_its_arguments(name):
    net = network()
    getattr(net, name)(INPUTS, TARGETS)
    function = getattr(net, name)
    assert is_builtin(function)
    assert list(inspect.signature(function).parameters) == ["input", "desired_output"]
    for wrong in (lambda: function(), lambda: function(INPUTS), lambda: function(row=INPUTS)):
        with pytest.raises(TypeError):
            wrong()


def test_a_copy_is_a_network_of_its_own():
    net = network()
    net.train(INPUTS, TARGETS)
    before = net.get_weight_array()
    for other in (copy.copy(net), copy.deepcopy(net), libfann.neural_net(net)):
        other.train(INPUTS, TARGETS)
        other.set_backend("compiled")
        other.train(INPUTS, TARGETS)
        assert other.get_weight_array() != before
        assert net.get_weight_array() == before


def test_functions_outlive_their_network():
    net, other = pair()
    net.train(INPUTS, TARGETS)
    net.test(INPUTS, TARGETS)
    other.train(INPUTS, TARGETS)
    train, test = net.train, net.test
    del net
    gc.collect()
    train(*ROWS[1])
    other.train(*ROWS[1])
    assert test(*ROWS[1]) == pytest.approx(other.test(*ROWS[1]), rel=1e-9)


def test_a_destroyed_network_says_so():
    net = network()
    net.train(INPUTS, TARGETS)
    train = net.train
    net.destroy()
    for function in (net.train, net.test, train):
        with pytest.raises(TrainingError, match="no layers"):
            function(INPUTS, TARGETS)


def test_a_class_with_a_method_of_its_own_keeps_it():
    class Counting(libfann.neural_net):
        calls = 0

        def train(self, x, y):
            self.calls += 1
            super().train(x, y)

    net = Counting(network())
    net.set_backend("compiled")
    for x, y in ROWS:
        net.train(x, y)
    assert net.calls == len(ROWS)


@pytest.mark.parametrize("kind", ["standard", "sparse"])
def test_many_calls_are_worth_compiling_for(kind, monkeypatch):
    monkeypatch.setattr(onerow, "_MANY", dict.fromkeys(onerow._MANY, 5))
    net, other = pair(kind, "auto")
    for k in range(8):
        assert is_builtin(net.train) == is_builtin(net.test) == (k > 5)
        for one in (net, other):
            one.train(*ROWS[k])
            one.test(*ROWS[k])
    assert_same(net, other)


def test_what_cannot_be_had_is_done_without(monkeypatch):
    monkeypatch.setattr("glassnet.backends.compiled.run.builtin.is_possible", lambda: False)
    net, other = pair()
    for one in (net, other):
        one.train(*ROWS[0])
        one.test(*ROWS[0])
    assert not is_builtin(net.train)
    assert_same(net, other)


def test_two_networks_in_two_threads():
    nets, alone = [network("wide"), network("wide")], [network("wide"), network("wide")]

    def work(net, first):
        for k in range(2_000):
            net.train(*ROWS[(first + k) % len(ROWS)])
            net.test(*ROWS[(first + 2 * k) % len(ROWS)])

    threads = [threading.Thread(target=work, args=(net, k)) for k, net in enumerate(nets)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for k, (net, one) in enumerate(zip(nets, alone, strict=True)):
        work(one, k)
        assert net.get_weight_array() == one.get_weight_array()
        assert net.get_MSE() == one.get_MSE()


def test_a_function_keeps_its_description():
    """Two threads may describe the same function; only one description stays in the cache."""
    functions = []
    for _ in range(20):
        made = builtin.Builtin("run", ("input",), lambda row: len(row))
        functions.append(made.function)
        builtin._method.cache_clear()
        del made
    gc.collect()
    filler = [bytes(range(32)) for _ in range(5000)]
    assert all(one.__name__ == "run" and one([1.0, 2.0]) == 2 for one in functions)
    assert len(filler) == 5000
