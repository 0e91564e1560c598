"""With the same settings and first weights, glassnet errs no more than the real FANN."""

import functools

import numpy as np
import pytest

import glassnet.fann as libfann
from tests.fann.libfann import Fann
from tests.shared_data import shared_file

SEEDS = 10
# Data set, layers, epochs of RPROP.
TASKS = [
    ("two-spiral", (2, 20, 10, 1), 300),
    ("two-spiral", (2, 20, 1), 500),
    ("robot", (48, 16, 3), 100),
    ("diabetes", (8, 4, 2), 100),
    ("mushroom", (125, 32, 2), 25),
]


@functools.cache
def data_of(path):
    data = libfann.training_data()
    data.read_train_from_file(str(path))
    return data


def both_errors(seed, task, folder):
    """Test errors of the real library and of glassnet."""
    name, layers, epochs = task
    train, test = (shared_file(f"fann/{name}.{part}") for part in ("train", "test"))
    libfann.seed(seed)
    net = libfann.neural_net()
    net.create_standard_array(layers)
    net.set_activation_function_hidden(libfann.SIGMOID_SYMMETRIC)
    net.set_activation_function_output(libfann.SIGMOID_SYMMETRIC)
    net.save(str(folder / "start.net"))
    real = Fann(folder / "start.net")
    real.train(train, epochs)
    net.train_on_data(data_of(train), epochs, 0, 0.0)
    return real.test(test), net.test_data(data_of(test))


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS, ids=lambda task: f"{task[0]}-{len(task[1])}")
def test_the_error_is_no_worse_than_the_real_librarys(task, tmp_path):
    theirs, ours = np.array([both_errors(seed, task, tmp_path) for seed in range(SEEDS)]).T
    standard_error = theirs.std(ddof=1) / np.sqrt(SEEDS)
    assert ours.mean() <= theirs.mean() + standard_error
    assert np.isfinite(ours).all() and ours.mean() > 0
