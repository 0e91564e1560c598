"""Networks read from FANN's files are printed too: steepness, shortcuts, missing connections."""

import warnings

import numpy as np
import pytest

import glassnet as gn
import glassnet.fann as fann
from tests.formats.python.programs import check

X = np.random.default_rng(2).uniform(-1, 1, (7, 3))
Y = np.random.default_rng(3).uniform(0, 1, (7, 2))


def standard(net):
    net.create_standard_array([3, 4, 2])
    net.set_activation_function_hidden(fann.SIGMOID_SYMMETRIC)
    net.set_activation_steepness_hidden(0.7)


def shortcut(net):
    net.create_shortcut_array([3, 4, 3, 2])
    net.set_activation_function_hidden(fann.GAUSSIAN)
    net.set_activation_function_output(fann.LINEAR)


def sparse(net):
    net.create_sparse_array(0.5, [3, 5, 2])
    net.set_activation_function_hidden(fann.ELLIOT)


def mixed(net):
    net.create_standard_array([3, 4, 2])
    for unit, kind in enumerate((fann.SIN, fann.SIGMOID, fann.SIGMOID, fann.COS_SYMMETRIC)):
        net.set_activation_function(kind, 1, unit)
        net.set_activation_steepness(0.3 + 0.1 * unit, 1, unit)


@pytest.mark.parametrize("style", ["numpy", "loops"])
@pytest.mark.parametrize("make", [standard, shortcut, sparse, mixed], ids=lambda f: f.__name__)
def test_a_network_of_fann(make, style, tmp_path):
    made = fann.neural_net()
    make(made)
    path = tmp_path / "some.net"
    assert made.save(str(path))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net = gn.load(path)
    net.compile("rprop", "half_sum_squared_error")
    source = check(net, X, Y, style=style, batch_size="full", epochs=3)
    assert make is not sparse or "mask1 = " in source
