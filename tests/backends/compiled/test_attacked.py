"""What an attack on the compiled backend found: interrupts, indices, memory, names, folders."""

from __future__ import annotations

import copy
import gc
import os
import pathlib
import stat
import subprocess
import sys
import threading
import types
import warnings

import numpy as np
import pytest

import glassnet as gn
from glassnet import backends
from glassnet.backends import Compiled
from glassnet.backends.compiled.compiler import blas
from glassnet.backends.compiled.run import threads as compiled_threads
from glassnet.backends.compiled.run.threads import thread_count
from glassnet.errors import ArgumentError
from glassnet.graph import Program, input_node

RNG = np.random.default_rng(0)


def network(width=256, seed=1):
    return gn.Sequential([gn.Input((width,)), gn.layers.Dense(width, "tanh")], seed=seed)


class Pressed(threading.Event):
    """Ctrl-C as soon as the threads may go."""

    armed = False

    def set(self):
        super().set()
        if Pressed.armed:
            Pressed.armed = False
            raise KeyboardInterrupt


def test_ctrl_c_leaves_no_thread_behind_that_spoils_the_next_prediction(monkeypatch):
    net = network()
    a, b = RNG.normal(size=(2, 1024, 256)).astype("float32")
    right = net.predict(b, backend="compiled")
    alive = threading.active_count()
    own = types.SimpleNamespace(Event=Pressed, Thread=threading.Thread)
    monkeypatch.setattr(compiled_threads, "threading", own)
    for _ in range(30):
        Pressed.armed = True
        with pytest.raises(KeyboardInterrupt):
            net.predict(a, backend="compiled")
        assert threading.active_count() <= alive
        np.testing.assert_array_equal(net.predict(b, backend="compiled"), right)


class Embedding(gn.layers.Layer):
    """Rows of a table, by number."""

    def build(self, input_shape):
        self.add_weight("table", "E", (4, 8), "glorot_uniform")

    def output_shape(self, input_shape):
        return (8,)

    def call(self, context, x):
        return gn.ops.gather(self.weight(context, "table"), gn.ops.cast(x[:, 0], "int64"))


@pytest.mark.parametrize("backend", ["numpy", "compiled"])
@pytest.mark.parametrize("index", [-1, 3, 4, 60, -5, 10**9])
def test_indices_count_from_the_end_and_never_lead_outside(backend, index):
    net = gn.Sequential([gn.Input((1,)), Embedding(), gn.layers.Dense(1)], dtype="float64", seed=1)
    net.compile(gn.optimizers.SGD(0.1), "mse")
    x, y = np.array([[0.0], [index], [2.0]]), np.ones((3, 1))
    if -4 <= index < 4:
        net.fit(x, y, epochs=2, verbose=0, backend=backend, shuffle=False)
        same = gn.Sequential(
            [gn.Input((1,)), Embedding(), gn.layers.Dense(1)], dtype="float64", seed=1
        )
        same.compile(gn.optimizers.SGD(0.1), "mse")
        same.fit(x % 4, y, epochs=2, verbose=0, backend="numpy", shuffle=False)
        for one, other in zip(net.get_weights(), same.get_weights(), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12)
        return
    with pytest.raises(IndexError):
        net.fit(x, y, epochs=2, verbose=0, backend=backend)


def test_predictions_keep_no_network_alive():
    backend = Compiled()
    for seed in range(3):
        network(16, seed).predict(np.zeros((4, 16)), backend=backend)
    gc.collect()
    assert len(backend._runners) == 0


def test_threads_of_blas_are_given_back_by_the_last_run():
    find = blas.find()
    if not find.get_threads:
        pytest.skip("this BLAS cannot be asked")
    before = find.get_threads()
    with blas.one_thread():
        with blas.one_thread():
            assert find.get_threads() == 1
        assert find.get_threads() == 1
    assert find.get_threads() == before


def test_the_larger_of_a_truth_value_and_a_number():
    x = input_node("x", ("n",), "float64")
    program = Program("p", [x], {"y": gn.ops.maximum(gn.ops.cast(x > 0, "float64"), x)})
    values = {"x": np.array([-1.5, 0.5, 1.5])}
    found = backends.get("compiled").run(program, values)["y"]
    np.testing.assert_array_equal(found, [0, 1, 1.5])


def test_deep_networks_compile():
    layers = [gn.layers.Dense(3, "tanh") for _ in range(40)]
    net = gn.Sequential([gn.Input((3,)), *layers], seed=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = net.predict(np.ones((5, 3)), backend=Compiled())
    np.testing.assert_allclose(found, net.predict(np.ones((5, 3)), backend="numpy"), rtol=1e-5)


@pytest.mark.parametrize("name", ["x²", "x₁", "größe", "1st", "if"])
def test_any_name_a_layer_may_have_can_be_compiled(name):
    net = gn.Sequential([gn.Input((3,)), gn.layers.Dense(2, "tanh", name=name)], seed=0)
    net.compile("sgd", "mse")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net.fit(np.ones((20, 3)), np.ones((20, 2)), verbose=0, backend=Compiled())


FOLDERS = """
import os, sys
for name in ("HOME", "GLASSNET_CACHE", "XDG_CACHE_HOME"):
    os.environ.pop(name, None)
os.environ.update(dict(one.split("=", 1) for one in sys.argv[1:]))
import pathlib
def home():
    raise RuntimeError("Could not determine home directory.")
if "HOME" not in os.environ:
    pathlib.Path.home = home
from glassnet.backends.compiled.compiler import cache
print(cache.folder())
"""


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the folders of Linux")
@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ([], "/glassnet-"),  # a temporary one
        (["HOME=/nobody"], "/nobody/.cache/glassnet/compiled"),
        (["HOME=/nobody", "XDG_CACHE_HOME="], "/nobody/.cache/glassnet/compiled"),
        (["XDG_CACHE_HOME=/there"], "/there/glassnet/compiled"),
        (["HOME=/nobody", "GLASSNET_CACHE=~/code"], "/nobody/code/compiled"),
    ],
)
def test_where_machine_code_is_kept(settings, expected):
    root = pathlib.Path(__file__).parents[3]
    command = [sys.executable, "-c", FOLDERS, *settings]
    found = subprocess.run(
        command, cwd=root, capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip
    assert expected in found.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="rights of POSIX")
def test_others_may_read_what_lies_in_a_shared_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GLASSNET_CACHE", str(tmp_path))
    mask = os.umask(0o022)
    try:
        network(7).predict(np.zeros((4, 7)), backend=Compiled())
    finally:
        os.umask(mask)
    files = list((tmp_path / "compiled").iterdir())
    # A program known to the process is not written again.
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o644 for file in files)


@pytest.mark.parametrize("given", ["²", "9" * 5000, "0", "-1", "abc", "2.0"])
def test_numbers_of_threads_that_are_none(given, monkeypatch):
    monkeypatch.setenv("GLASSNET_NUM_THREADS", given)
    with pytest.raises(ArgumentError, match="GLASSNET_NUM_THREADS"):
        thread_count()


def test_a_backend_is_copied_as_what_it_was_made_with():
    assert copy.deepcopy(Compiled(threads=1)).threads == 1
