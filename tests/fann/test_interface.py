"""The Python binding: its names, its lines, and errors that say what to do."""

import inspect
import pathlib

import numpy as np
import pytest

import glassnet.fann as libfann
from glassnet.errors import (
    ArgumentError,
    DataError,
    FileFormatError,
    GlassnetError,
    OutputError,
    ShapeError,
    TrainingError,
)

# Every public name of Debian's python3-fann2 1.2.0, with the names of its arguments.
NAMES = pathlib.Path(__file__).with_name("fann2_names.txt").read_text(encoding="ascii")
MEMBERS = [line.split() for line in NAMES.splitlines() if "." in line]
CONSTANTS = [line.split("=") for line in NAMES.splitlines() if "=" in line]
CLASSES = [line for line in NAMES.splitlines() if line and "." not in line and "=" not in line]


@pytest.mark.parametrize(("name", "value"), CONSTANTS)
def test_constants(name, value):
    assert getattr(libfann, name) == int(value)


@pytest.mark.parametrize("name", CLASSES)
def test_classes(name):
    assert inspect.isclass(getattr(libfann, name))
    assert name in libfann.__all__


@pytest.mark.parametrize("words", MEMBERS, ids=lambda words: words[0])
def test_members_take_the_same_arguments(words):
    owner, member = words[0].split(".")
    function = getattr(getattr(libfann, owner), member)
    signature = inspect.signature(function)
    signature.bind("self", *words[1:])  # in the same order
    assert function.__doc__


def xor():
    data = libfann.training_data()
    data.set_train_data([[-1, -1], [-1, 1], [1, -1], [1, 1]], [[-1], [1], [1], [-1]])
    return data


def network(*layers):
    net = libfann.neural_net()
    net.create_standard_array(layers or (2, 3, 1))
    net.set_activation_function_hidden(libfann.SIGMOID_SYMMETRIC)
    net.set_activation_function_output(libfann.SIGMOID_SYMMETRIC)
    return net


def test_both_spellings():
    assert libfann.neural_network is libfann.neural_net


@pytest.mark.parametrize("arguments", [((2, 4, 1),), (2, 4, 1), ([2, 4, 1],), (3, (2, 4, 1))])
@pytest.mark.parametrize("kind", ["standard", "standard_array", "shortcut", "shortcut_array"])
def test_layers_however_they_are_given(kind, arguments):
    net = libfann.neural_net()
    assert getattr(net, f"create_{kind}")(*arguments) is True
    assert net.get_layer_array() == [2, 4, 1]


def test_the_number_of_layers_may_stand_first_as_in_c():
    net = libfann.neural_net()
    net.create_standard(3, 2, 4, 1)
    assert net.get_layer_array() == [2, 4, 1]
    net.create_sparse(1, 2, 4, 1)
    assert net.get_layer_array() == [2, 4, 1]


def test_lines_of_a_training(capsys):
    net = network()
    net.train_on_data(xor(), 25, 10, 1e-9)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Max epochs       25. Desired error: 0.0000000010."
    assert [line[:21] for line in lines[1:]] == [f"Epochs     {n:8d}. " for n in (1, 10, 20, 25)]
    assert lines[-1].endswith(
        f"Current error: {net.get_MSE():.10f}. Bit fail {net.get_bit_fail()}."
    )


def test_no_lines_if_none_are_wanted(capsys):
    network().train_on_data(xor(), 5, 0, 1e-9)
    assert capsys.readouterr().out == ""


def test_callback(capsys):
    seen = []

    def callback(net, data, max_epochs, between, desired_error, epochs):
        seen.append((max_epochs, between, desired_error, epochs))
        return -1 if epochs == 20 else 0

    net = network()
    net.set_callback(callback, None)
    net.train_on_data(xor(), 30, 10, 1e-9)
    assert seen == [(30, 10, 1e-9, 1), (30, 10, 1e-9, 10), (30, 10, 1e-9, 20)]
    assert capsys.readouterr().out == ""
    net.set_callback(lambda *arguments: seen.append(arguments[-1]), "mine")
    net.train_on_data(xor(), 1, 1, 1e-9)
    assert seen[-1] == "mine"


PARAMETERS = """\
Input layer                          :   2 neurons, 1 bias
  Hidden layer                       :   3 neurons, 1 bias
Output layer                         :   1 neurons
Total neurons and biases             :   8
Total connections                    :  13
Connection rate                      :   1.000
Network type                         :   FANN_NETTYPE_LAYER
Training algorithm                   :   FANN_TRAIN_RPROP
Training error function              :   FANN_ERRORFUNC_TANH
Training stop function               :   FANN_STOPFUNC_MSE
Bit fail limit                       :   0.350
Learning rate                        :   0.700
"""


def test_print_parameters_and_connections(capsys):
    net = network()
    net.print_parameters()
    assert capsys.readouterr().out.startswith(PARAMETERS)
    net.structure.put(np.array([1.0, -2.2, 0.4, *range(10)]))
    net.print_connections()
    assert capsys.readouterr().out.splitlines() == [
        "Layer / Neuron 0123456",
        "L   1 / N    3 BcA....",
        "L   1 / N    4 ABC....",
        "L   1 / N    5 DEF....",
        "L   1 / N    6 .......",
        "L   2 / N    7 ...GHIJ",
        "L   2 / N    8 .......",
    ]


def test_parameters_are_c_floats():
    net = network()
    assert net.get_learning_rate() == float(np.float32(0.7))
    net.set_rprop_delta_zero(0.3)
    assert net.get_rprop_delta_zero() == float(np.float32(0.3))
    assert net.get_bit_fail_limit() == 0.35


def test_structure():
    net = libfann.neural_net()
    net.create_shortcut_array((2, 3, 1))
    assert net.get_bias_array() == [1, 0, 0]
    assert (net.get_total_neurons(), net.get_total_connections()) == (7, 15)
    net.create_standard_array((2, 3, 1))
    assert net.get_bias_array() == [1, 1, 0]
    assert (net.get_total_neurons(), net.get_total_connections()) == (8, 13)
    first = net.get_connection_array()[0]
    assert (first.from_neuron, first.to_neuron) == (0, 3)
    net.set_weight_array([(0, 3, 5.0), (6, 7, -1.0)])
    assert net.get_connection_array()[0].weight == 5
    assert net.get_weight_array()[-1] == -1


@pytest.mark.parametrize("rate", [0.2, 0.5, 0.8])
def test_sparse_networks_have_as_many_connections_as_fanns(rate):
    net = libfann.neural_net()
    net.create_sparse_array(rate, (7, 5, 3))
    expected = sum(max(max(a, b), int(0.5 + rate * a * b)) + b for a, b in [(7, 5), (5, 3)])
    assert net.get_total_connections() == expected
    sources = {one.from_neuron for one in net.get_connection_array()}
    assert sources >= set(range(8)), "every input is connected"


def test_saving_and_loading(tmp_path):
    net = network()
    net.train_on_data(xor(), 50, 0, 1e-9)
    path = str(tmp_path / "xor.net")
    assert net.save(path) is True
    other = libfann.neural_net()
    assert other.create_from_file(path) is True
    for row in xor().get_input():
        assert other.run(row) == net.run(row)
    copy = libfann.neural_net(net)
    assert copy.run([1, -1]) == net.run([1, -1])
    copy.randomize_weights(-1, 1)
    assert copy.run([1, -1]) != net.run([1, -1])


def test_widrow_nguyen():
    net = network(3, 5, 2)
    data = libfann.training_data()
    data.set_train_data([[0, 2, 4], [1, 1, 1]], [[0, 1], [1, 0]])
    net.init_weights(data)
    factor = (0.7 * 5) ** (1 / 3) / 4
    weights = np.array([one.weight for one in net.get_connection_array()])
    is_bias = np.array([one.from_neuron in (3, 9) for one in net.get_connection_array()])
    assert ((weights[~is_bias] >= 0) & (weights[~is_bias] < factor)).all()
    assert (np.abs(weights[is_bias]) <= factor).all()
    assert (weights[is_bias] < 0).any()


def test_training_data(tmp_path):
    data = xor()
    data.save_train(str(tmp_path / "x.data"))
    other = libfann.training_data()
    other.read_train_from_file(str(tmp_path / "x.data"))
    assert other.get_input() == data.get_input()
    other.merge_train_data(data)
    other.subset_train_data(3, 2)
    assert other.get_input() == [[1, 1], [-1, -1]]
    copy = libfann.training_data(data)
    copy.shuffle_train_data()
    assert sorted(copy.get_input()) == sorted(data.get_input())
    copy.scale_train_data(0, 1)
    assert sorted(copy.get_input()) == [[0, 0], [0, 1], [1, 0], [1, 1]]
    copy.create_train_from_callback(3, 1, 1, lambda number, n_in, n_out: ([number], [-number]))
    assert copy.get_output() == [[0], [-1], [-2]]
    copy.save_train_to_fixed(str(tmp_path / "fixed.data"), 4)
    assert (tmp_path / "fixed.data").read_text().split() == [
        "3",
        "1",
        "1",
        "0",
        "0",
        "16",
        "-16",
        "32",
        "-32",
    ]
    copy.destroy_train()
    assert copy.length_train_data() == 0


def test_scaling_leaves_a_constant_column_alone():
    net = network(2, 3, 1)
    data = libfann.training_data()
    data.set_train_data([[5, 1], [5, 3]], [[1], [2]])
    net.set_scaling_params(data, -1, 1, -1, 1)
    net.scale_train(data)
    assert data.get_input() == [[5, -1], [5, 1]]
    net.descale_train(data)
    assert data.get_input() == [[5, 1], [5, 3]]


def test_one_row_at_a_time():
    net = network()
    net.set_learning_rate(0.5)
    net.randomize_weights(-1, 1)
    net.reset_MSE()
    for _ in range(300):
        for x, y in zip(xor().get_input(), xor().get_output(), strict=True):
            net.train(x, y)
    assert net.get_training_algorithm() == libfann.TRAIN_RPROP
    net.reset_MSE()
    for x, y in zip(xor().get_input(), xor().get_output(), strict=True):
        net.test(x, y)
    assert net.get_MSE() == pytest.approx(net.test_data(xor()))
    assert net.get_MSE() < 0.01


@pytest.mark.parametrize("algorithm", ["INCREMENTAL", "BATCH", "RPROP", "QUICKPROP", "SARPROP"])
def test_the_weights_kept_are_those_that_earned_the_error(algorithm):
    net = network()
    net.set_training_algorithm(getattr(libfann, f"TRAIN_{algorithm}"))
    net.randomize_weights(-1, 1)
    net.train_on_data(xor(), 400, 0, 0.01)
    reported = net.get_MSE()
    assert net.test_data(xor()) == pytest.approx(reported, rel=1e-12)


def test_stop_at_bit_fails():
    net = network()
    net.set_train_stop_function(libfann.STOPFUNC_BIT)
    net.set_bit_fail_limit(0.05)
    net.train_on_data(xor(), 2000, 0, 0)
    net.test_data(xor())
    assert net.get_bit_fail() == 0


def test_seeds():
    runs = []
    for number in (5, 5, 6):
        libfann.seed(number)
        runs.append(network().get_weight_array())
    assert runs[0] == runs[1] != runs[2]


def wrong_data():
    data = libfann.training_data()
    data.set_train_data([[1, 2, 3]], [[1]])
    return data


ERRORS = {
    "not created": (lambda: libfann.neural_net().run([1]), TrainingError, "create_standard_array"),
    "not created, size": (lambda: libfann.neural_net().get_num_input(), TrainingError, "no layers"),
    "too few inputs": (lambda: network().run([1]), ShapeError, "has 2 inputs, but 1 numbers came"),
    "too many inputs": (lambda: network().run([1, 2, 3]), ShapeError, "has 2 inputs"),
    "words": (lambda: network().run(["a", "b"]), DataError, "one row of 2 numbers"),
    "NaN": (lambda: network().run([1, float("nan")]), DataError, "NaN"),
    "no such network": (
        lambda: libfann.neural_net().create_from_file("nothere.net"),
        FileFormatError,
        "nothere.net",
    ),
    "no such data": (
        lambda: network().train_on_file("nothere.data", 1, 0, 0.1),
        FileFormatError,
        "nothere.data",
    ),
    "no such folder": (lambda: network().save("nothere/x.net"), OutputError, "does not exist"),
    "data of another width": (
        lambda: network().train_on_data(wrong_data(), 9, 0, 0.1),
        ShapeError,
        "3 inputs and 1 output",
    ),
    "no data": (lambda: network().train_epoch(libfann.training_data()), TrainingError, "no rows"),
    "rows of unequal length": (
        lambda: libfann.training_data().set_train_data([[1], [1, 2]], [[1], [2]]),
        DataError,
        "equal length",
    ),
    "unequal numbers of rows": (
        lambda: libfann.training_data().set_train_data([[1]], [[1], [2]]),
        DataError,
        "1 rows and",
    ),
    "no such activation": (
        lambda: network().set_activation_function_hidden(77),
        ArgumentError,
        "77 is the number of no",
    ),
    "no such layer": (
        lambda: network().set_activation_function_layer(3, 0),
        ArgumentError,
        "from 1 to 2",
    ),
    "no such neuron": (lambda: network().get_activation_function(7, 9), ArgumentError, "layers go"),
    "no such connection": (lambda: network().set_weight(0, 7, 1.0), ArgumentError, "no connection"),
    "no such algorithm": (
        lambda: network().set_training_algorithm(9),
        ArgumentError,
        "from 0 to 4",
    ),
    "one layer": (lambda: network(3), ArgumentError, "an input and an output layer"),
    "an empty layer": (lambda: network(3, 0, 1), ArgumentError, "from 1 to"),
    "no scaling": (lambda: network().scale_input([1, 2]), TrainingError, "set_scaling_params"),
    "cascade of layers": (
        lambda: network().cascadetrain_on_data(xor(), 3, 0, 0.1),
        ArgumentError,
        "create_shortcut",
    ),
    "no callback": (lambda: network().set_callback(3, None), ArgumentError, "cannot be called"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_to_do(name):
    call, kind, message = ERRORS[name]
    with pytest.raises(kind, match=message) as raised:
        call()
    assert isinstance(raised.value, GlassnetError)
