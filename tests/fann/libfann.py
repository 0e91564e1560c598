"""The real FANN library through ctypes, to compare with."""

from __future__ import annotations

import ctypes
import ctypes.util
import os

import numpy as np
import pytest

_NAMES = ("libdoublefann.so.2", "libdoublefann.so", "libdoublefann.dylib")


def load():
    """Return the double build of FANN; without it the test skips, or fails if it is required."""
    for name in _NAMES:
        try:
            return _declared(ctypes.CDLL(name))
        except OSError:
            continue
    message = "the FANN library is not installed (Debian: apt-get install libfann2)"
    if os.environ.get("GLASSNET_REQUIRE_DATA") == "1":
        pytest.fail(message)
    pytest.skip(message)


class Connection(ctypes.Structure):
    _fields_ = (
        ("source", ctypes.c_uint),
        ("target", ctypes.c_uint),
        ("weight", ctypes.c_double),
    )


def _declared(library):
    for name in (
        "fann_create_from_file",
        "fann_create_train",
        "fann_read_train_from_file",
        "fann_create_shortcut_array",
        "fann_create_standard_array",
    ):
        getattr(library, name).restype = ctypes.c_void_p
    library.fann_run.restype = ctypes.POINTER(ctypes.c_double)
    library.fann_get_MSE.restype = ctypes.c_float
    library.fann_train_epoch.restype = ctypes.c_float
    library.fann_test_data.restype = ctypes.c_float
    return library


class Fann:
    """A network of the real library, from a file."""

    def __init__(self, path):
        self.library = load()
        self.net = ctypes.c_void_p(self.library.fann_create_from_file(os.fsencode(path)))
        assert self.net.value, f"FANN cannot read {path}"

    def run(self, row):
        values = (ctypes.c_double * len(row))(*row)
        outputs = self.library.fann_run(self.net, values)
        return [outputs[k] for k in range(self.library.fann_get_num_output(self.net))]

    def weights(self):
        count = self.library.fann_get_total_connections(self.net)
        connections = (Connection * count)()
        self.library.fann_get_connection_array(self.net, connections)
        return np.array([one.weight for one in connections])

    def train_epoch(self, path):
        data = ctypes.c_void_p(self.library.fann_read_train_from_file(os.fsencode(path)))
        error = self.library.fann_train_epoch(self.net, data)
        self.library.fann_destroy_train(data)
        return error

    def train(self, path, epochs):
        """Train so many epochs, whatever the error."""
        data = ctypes.c_void_p(self.library.fann_read_train_from_file(os.fsencode(path)))
        self.library.fann_train_on_data(self.net, data, epochs, 0, ctypes.c_float(-1.0))
        self.library.fann_destroy_train(data)

    def test(self, path):
        data = ctypes.c_void_p(self.library.fann_read_train_from_file(os.fsencode(path)))
        error = self.library.fann_test_data(self.net, data)
        self.library.fann_destroy_train(data)
        return error

    def cascade(self, path, neurons, error):
        data = ctypes.c_void_p(self.library.fann_read_train_from_file(os.fsencode(path)))
        self.library.fann_cascadetrain_on_data(self.net, data, neurons, 0, ctypes.c_float(error))
        result = self.library.fann_test_data(self.net, data)
        self.library.fann_destroy_train(data)
        return result

    def save(self, path):
        assert self.library.fann_save(self.net, os.fsencode(path)) == 0


class Dice:
    """The random numbers of C, which FANN draws its from."""

    def __init__(self, seed):
        self.c = ctypes.CDLL(None)
        self.c.srand(seed)

    def uniform(self, shape, low=0.0, high=1.0):
        count = int(np.prod(shape, dtype=int))
        draws = np.array([self.c.rand() for _ in range(count)]) / (2**31 - 1)
        return (low + (high - low) * draws).reshape(shape)
