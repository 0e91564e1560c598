"""One row at a time, in Python's numbers and as a builtin function of machine code."""

import copy
import gc
import inspect
import types

import numpy as np
import pytest

import glassnet.fann as libfann
from glassnet.errors import DataError, ShapeError, TrainingError
from glassnet.fann import onerow

KINDS = {
    "standard": lambda net: net.create_standard_array((3, 4, 2)),
    "wide": lambda net: net.create_standard_array((3, 70, 2)),
    "sparse": lambda net: net.create_sparse_array(0.5, (3, 6, 4, 2)),
    "shortcut": lambda net: net.create_shortcut_array((3, 4, 2)),
}


def network(kind="standard", backend="compiled"):
    libfann.seed(5)
    net = libfann.neural_net()
    KINDS[kind](net)
    net.set_activation_function_hidden(libfann.SIGMOID_SYMMETRIC)
    net.set_activation_function(libfann.GAUSSIAN, 1, 1)
    net.randomize_weights(-1, 1)
    net.set_backend(backend)
    return net


ROW = [0.5, -1.0, 2.0]


@pytest.mark.parametrize("kind", KINDS)
def test_machine_code_gives_the_same(kind):
    net, other = network(kind), network(kind, "numpy")
    for row in np.random.default_rng(0).normal(size=(20, 3)).tolist():
        np.testing.assert_allclose(net.run(row), other.run(row), rtol=1e-13, atol=1e-15)
    assert isinstance(net.run, types.BuiltinFunctionType)
    assert not isinstance(other.run, types.BuiltinFunctionType)


def test_machine_code_follows_every_change(tmp_path):
    net, other = network(), network(backend="numpy")

    def agree():
        for _ in range(2):  # the first time the weights are taken over, then they are there
            np.testing.assert_allclose(net.run(ROW), other.run(ROW), rtol=1e-12, atol=1e-14)

    data = libfann.training_data()
    data.set_train_data([ROW, [1.0, 0.0, 0.0]], [[0.2, 0.1], [0.3, 0.9]])
    for change in (
        lambda one: one.set_weight(0, 4, 2.0),
        lambda one: one.set_activation_function_output(libfann.ELLIOT),
        lambda one: one.set_activation_steepness(0.2, 1, 0),
        lambda one: one.set_weight_array([(0, 4, 1.0), (1, 5, -1.0)]),
        lambda one: one.train_on_data(data, 7, 0, 0.0),
        lambda one: one.train(ROW, [0.1, 0.2]),
        lambda one: one.train_epoch(data),
        lambda one: one.create_from_file(str(tmp_path / "other.net")),
    ):
        agree()
        network("shortcut").save(str(tmp_path / "other.net"))
        change(net)
        change(other)
    agree()


@pytest.mark.parametrize(
    "row",
    [tuple(ROW), np.array(ROW), np.array(ROW, "float32"), [0.5, -1, 2], [np.float64(0.5), -1.0, 2]],
)
def test_rows_of_every_kind(row):
    net = network()
    expected = net.run(ROW)
    for _ in range(2):
        assert net.run(row) == pytest.approx(expected, rel=1e-12)
        assert net.run(input=row) == pytest.approx(expected, rel=1e-12)


class Odd:
    """A number that shortens the list while it is read."""

    def __init__(self, row):
        self.row = row

    def __float__(self):
        self.row.clear()
        return 1.0


BAD = {
    "short": ([1.0], ShapeError, "3 inputs"),
    "long": ([1.0] * 4, ShapeError, "3 inputs"),
    "no list": (None, (DataError, ShapeError), "row"),
    "text": ("abc", (DataError, ShapeError), "row"),
    "words": (["a", "b", "c"], DataError, "row"),
    "NaN": ([1.0, float("nan"), 1.0], DataError, "NaN"),
    "infinity": ([1.0, float("-inf"), 1.0], DataError, "infinity"),
    "a table": ([ROW, ROW, ROW], ShapeError, "3 inputs"),
}


@pytest.mark.parametrize("backend", ["numpy", "compiled"])
@pytest.mark.parametrize("name", BAD)
def test_bad_rows(name, backend):
    row, kind, message = BAD[name]
    net = network(backend=backend)
    good = net.run(ROW)
    with pytest.raises(kind, match=message):
        net.run(row)
    assert net.run(ROW) == pytest.approx(good, rel=1e-12)


def test_a_list_that_changes_while_it_is_read():
    net = network()
    net.run(ROW)
    row = list(ROW)
    row[0] = Odd(row)
    with pytest.raises((ShapeError, DataError)):
        net.run(row)


def test_rows_whose_sum_has_no_finite_value():
    net = network()
    assert len(net.run([1e308, 1e308, 1e308])) == 2
    assert len(net.run([1e308, 1e308, 1e308])) == 2


def test_minus_one_is_a_number():
    net, other = network(), network(backend="numpy")
    net.run(ROW)
    assert net.run([-1.0, -1, -1.0]) == pytest.approx(other.run([-1.0, -1, -1.0]), rel=1e-12)


def test_it_can_be_asked_for_its_arguments():
    net = network()
    net.run(ROW)
    assert list(inspect.signature(net.run).parameters) == ["input"]
    for wrong in (lambda: net.run(), lambda: net.run(ROW, ROW), lambda: net.run(row=ROW)):
        with pytest.raises(TypeError):
            wrong()


def test_the_function_outlives_its_network():
    net = network()
    net.run(ROW)
    function, expected = net.run, net.run(ROW)
    del net
    gc.collect()
    assert function(ROW) == expected


def test_a_copy_is_a_network_of_its_own():
    net = network()
    before = net.run(ROW)
    for other in (copy.copy(net), copy.deepcopy(net), libfann.neural_net(net)):
        other.set_weight(0, 4, 9.0)
        assert other.run(ROW) != before
        assert net.run(ROW) == pytest.approx(before, rel=1e-12)


def test_a_destroyed_network_says_so():
    net = network()
    net.run(ROW)
    net.destroy()
    with pytest.raises(TrainingError, match="no layers"):
        net.run(ROW)


def test_a_class_with_a_run_of_its_own_keeps_it():
    class Doubled(libfann.neural_net):
        def run(self, row):
            return [2 * y for y in super().run(row)]

    net = Doubled()
    net.create_standard_array((3, 2))
    net.set_backend("compiled")
    plain = libfann.neural_net(net)
    for _ in range(2):
        assert net.run(ROW) == pytest.approx([2 * y for y in plain.run(ROW)], rel=1e-12)


@pytest.mark.parametrize("kind", ["standard", "wide", "sparse"])
def test_many_rows_are_worth_compiling_for(kind, monkeypatch):
    monkeypatch.setattr(onerow, "_MANY", dict.fromkeys(onerow._MANY, 5))
    net = network(kind, "auto")
    outputs = [net.run(ROW) for _ in range(8)]
    assert isinstance(net.run, types.BuiltinFunctionType)
    np.testing.assert_allclose(outputs, [outputs[0]] * 8, rtol=1e-13)


def test_what_cannot_be_had_is_done_without(monkeypatch):
    monkeypatch.setattr("glassnet.backends.compiled.run.builtin.is_possible", lambda: False)
    net, other = network(), network(backend="numpy")
    assert net.run(ROW) == other.run(ROW)
    assert not isinstance(net.run, types.BuiltinFunctionType)
