"""Whole programs: the AND gate of the articles, and networks that grow."""

import math

import numpy as np
import pytest

import glassnet.fann as libfann
from glassnet.formats.fann import write_data
from tests.fann.libfann import Fann
from tests.shared_data import shared_file

ROWS, TRUTH = [[-1, -1], [-1, 1], [1, -1], [1, 1]], [[-1], [-1], [-1], [1]]


def and_program(library, data_path, net_path):
    """The program of the articles: one text, whichever library it is given."""
    ann = library.neural_net()
    ann.create_sparse_array(1, (2, 4, 1))
    ann.set_learning_rate(0.7)
    ann.set_activation_function_output(library.SIGMOID_SYMMETRIC_STEPWISE)
    ann.train_on_file(data_path, 100000, 0, 0.0002)
    ann.save(net_path)


def right_rows(net_path):
    net = libfann.neural_net()
    net.create_from_file(net_path)
    return sum(
        math.copysign(1, net.run(row)[0]) == y and abs(net.run(row)[0] - y) < 0.1
        for row, (y,) in zip(ROWS, TRUTH, strict=True)
    )


def wrong_seeds(first, count, tmp_path):
    data_path, net_path = str(tmp_path / "and.data"), str(tmp_path / "and.net")
    write_data(data_path, np.array(ROWS), np.array(TRUTH))
    wrong = []
    for seed in range(first, first + count):
        libfann.seed(seed)
        and_program(libfann, data_path, net_path)
        if right_rows(net_path) != 4:
            wrong.append(seed)
    return wrong


def test_the_saved_and_network_is_right(tmp_path):
    assert wrong_seeds(0, 100, tmp_path) == []


@pytest.mark.slow
def test_the_saved_and_network_is_right_with_500_seeds(tmp_path):
    assert wrong_seeds(100, 400, tmp_path) == []


def test_and_runs_on_fanns_own_binding_too(tmp_path):
    """Debian's python3-fann2, where this Python can import it."""
    fann2 = pytest.importorskip("fann2.libfann")
    data_path, net_path = str(tmp_path / "and.data"), str(tmp_path / "and.net")
    write_data(data_path, np.array(ROWS), np.array(TRUTH))
    and_program(fann2, data_path, net_path)
    assert right_rows(net_path) >= 0


def grown(data_path, neurons, error):
    data = libfann.training_data()
    data.read_train_from_file(data_path)
    net = libfann.neural_net()
    net.create_shortcut_array((2, 1))
    net.set_activation_function_output(libfann.SIGMOID_SYMMETRIC)
    net.cascadetrain_on_data(data, neurons, 0, error)
    return net, net.test_data(data)


def real_error(data_path, neurons, error, tmp_path):
    start = libfann.neural_net()
    start.create_shortcut_array((2, 1))
    start.set_activation_function_output(libfann.SIGMOID_SYMMETRIC)
    start.save(str(tmp_path / "start.net"))
    return Fann(tmp_path / "start.net").cascade(data_path, neurons, error)


@pytest.mark.parametrize("seed", range(3))
def test_a_network_grows_to_xor(seed, tmp_path):
    libfann.seed(seed)
    data_path = str(tmp_path / "xor.data")
    write_data(data_path, np.array(ROWS), np.array([[-1], [1], [1], [-1]]))
    net, error = grown(data_path, 5, 0.001)
    assert error <= max(0.001, real_error(data_path, 5, 0.001, tmp_path))
    assert 3 <= net.get_num_layers() <= 4
    net.save(str(tmp_path / "grown.net"))
    real = Fann(tmp_path / "grown.net")
    for row in ROWS:
        np.testing.assert_allclose(net.run(row), real.run(row), rtol=1e-12, atol=1e-15)


def test_lines_of_a_growing_network(tmp_path, capsys):
    data = libfann.training_data()
    data.set_train_data(ROWS, [[-1], [1], [1], [-1]])
    net = libfann.neural_net()
    net.create_shortcut_array((2, 1))
    net.set_activation_function_output(libfann.SIGMOID_SYMMETRIC)
    net.cascadetrain_on_data(data, 5, 1, 0.001)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Max neurons   5. Desired error: 0.001000"
    assert lines[1].startswith(
        "Neurons       0. Current error: 0.250000. Total error:  1.0000. Epochs "
    )
    assert "candidate steepness" in lines[2]
    assert lines[-1].startswith("Train outputs    Current error: 0.000")


@pytest.mark.slow
def test_a_network_grows_around_two_spirals(tmp_path):
    path = str(shared_file("fann/two-spiral.train"))
    _, error = grown(path, 30, 0.001)
    assert error <= max(0.001, real_error(path, 30, 0.001, tmp_path))
