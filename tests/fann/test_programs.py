"""Whole programs: the AND gate of the articles, and networks that grow."""

import contextlib
import math
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

import glassnet.fann as libfann
from glassnet.errors import ArgumentError
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


# The program of the articles: one text, whichever library it is given.
AND_PROGRAM = """
import sys

if sys.argv[1] == "fann2":
    from fann2 import libfann
else:
    import glassnet.fann as libfann

ann = libfann.neural_net()
ann.create_sparse_array(1, (2, 4, 1))
ann.set_learning_rate(0.7)
ann.set_activation_function_output(libfann.SIGMOID_SYMMETRIC_STEPWISE)
ann.train_on_file("and.data", 100000, 1000, 0.0002)
ann.save("and.net")

again = libfann.neural_net()
again.create_from_file("and.net")
for row in [[-1, -1], [-1, 1], [1, -1], [1, 1]]:
    print("output", again.run(row)[0])
"""


def python_with_fann2():
    """A Python that can import Debian's python3-fann2; it is the system's, and not this one."""
    for python in (sys.executable, "/usr/bin/python3"):
        with contextlib.suppress(OSError):
            if not subprocess.run(
                [python, "-c", "import fann2.libfann"], capture_output=True
            ).returncode:
                return python
    message = "FANN's Python binding is not installed (Debian: apt-get install python3-fann2)"
    if os.environ.get("GLASSNET_REQUIRE_DATA") == "1" and shutil.which("dpkg"):
        pytest.fail(message)
    pytest.skip(message)


def lines_of(python, library, folder):
    write_data(str(folder / "and.data"), np.array(ROWS), np.array(TRUTH))
    (folder / "program.py").write_text(AND_PROGRAM, encoding="utf-8")
    done = subprocess.run(
        [python, "program.py", library], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("library", ["fann2", "glassnet.fann"])
def test_one_program_runs_on_both(library, tmp_path):
    python = python_with_fann2() if library == "fann2" else sys.executable
    lines = lines_of(python, library, tmp_path)
    assert lines[0] == "Max epochs   100000. Desired error: 0.0002000000."
    assert lines[1].startswith("Epochs            1. Current error: ")
    outputs = [float(line.split()[1]) for line in lines if line.startswith("output ")]
    # What one library has saved the other reads: here glassnet, elsewhere the real one.
    net = libfann.neural_net()
    net.create_from_file(str(tmp_path / "and.net"))
    np.testing.assert_allclose([net.run(row)[0] for row in ROWS], outputs, rtol=1e-12)
    if library == "glassnet.fann":
        assert right_rows(str(tmp_path / "and.net")) == 4  # the original saves wrong ones, too


def grown(data_path, neurons, error, algorithm=libfann.TRAIN_RPROP):
    data = libfann.training_data()
    data.read_train_from_file(data_path)
    net = libfann.neural_net()
    net.create_shortcut_array((2, 1))
    net.set_activation_function_output(libfann.SIGMOID_SYMMETRIC)
    net.set_training_algorithm(algorithm)
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


@pytest.mark.parametrize("is_faithful", [False, True])
@pytest.mark.parametrize("algorithm", ["RPROP", "QUICKPROP", "SARPROP"])
def test_a_network_grows_with_every_algorithm(algorithm, is_faithful, tmp_path):
    libfann.faithful(is_faithful)
    data_path = str(tmp_path / "xor.data")
    write_data(data_path, np.array(ROWS), np.array([[-1], [1], [1], [-1]]))
    net, error = grown(data_path, 8, 0.001, getattr(libfann, f"TRAIN_{algorithm}"))
    assert error <= 0.02  # one output wrong by half its range would be 0.0625
    assert net.get_num_layers() >= 3


@pytest.mark.parametrize("algorithm", ["INCREMENTAL", "BATCH"])
def test_a_network_does_not_grow_otherwise(algorithm, tmp_path):
    data_path = str(tmp_path / "xor.data")
    write_data(data_path, np.array(ROWS), np.array([[-1], [1], [1], [-1]]))
    with pytest.raises(ArgumentError, match="RPROP, QUICKPROP or SARPROP"):
        grown(data_path, 8, 0.001, getattr(libfann, f"TRAIN_{algorithm}"))


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


LIST_NAMES = """
import fann2.libfann as libfann

for name, value in vars(libfann).items():
    if not name.startswith("_"):
        print(name)
        if isinstance(value, type):
            print("\\n".join(f"{name}.{member}" for member in dir(value) if member[0] != "_"))
"""


def test_every_name_of_the_installed_binding_is_here():
    done = subprocess.run([python_with_fann2(), "-c", LIST_NAMES], capture_output=True, text=True)
    names = done.stdout.split()
    assert len(names) > 200
    for name in names:
        owner, _, member = name.partition(".")
        # What SWIG itself puts into every class is nothing of FANN's.
        if owner != "SwigPyIterator" and member != "thisown":
            assert hasattr(getattr(libfann, owner), member or "__doc__"), name
