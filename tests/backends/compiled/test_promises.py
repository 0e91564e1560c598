"""What holds for a whole process: the same bits every time, settings given back, clear words."""

import os
import pathlib
import re
import subprocess
import sys
import textwrap
import warnings

import numpy as np
import pytest

import glassnet as gn
from glassnet.backends import Compiled, numpy_kernels
from glassnet.backends.compiled.compiler import blas
from glassnet.backends.compiled.run import bound, threads
from glassnet.errors import ArgumentError
from glassnet.graph import REGISTRY, Op, apply, define

ROOT = pathlib.Path(__file__).parents[3]
# Twenty runs, on one thread and on two in turn; large enough for two to share the work.
TWENTY_RUNS = """
import hashlib
import numpy as np
import glassnet as gn
from glassnet.backends import Compiled
rng = np.random.default_rng(0)
x, y = rng.normal(size=(300, 90)), rng.integers(0, 10, 300)
found = []
for run in range(20):
    layers = [gn.layers.Dense(130, "tanh"), gn.layers.Dropout(0.3), gn.layers.Dense(10, "softmax")]
    net = gn.Sequential(layers, seed=4)
    net.compile("adam", "sparse_categorical_crossentropy")
    net.fit(x, y, batch_size=128, epochs=2, verbose=0, backend=Compiled(threads=1 + run % 2))
    found.append(hashlib.sha256(b"".join(w.tobytes() for w in net.get_weights())).hexdigest())
assert len(set(found)) == 1, found
print(found[0])
"""


def in_process(code, cache, **environment):
    own = {**os.environ, "GLASSNET_CACHE": str(cache), "PYTHONPATH": str(ROOT), **environment}
    command = [sys.executable, "-W", "error::RuntimeWarning", "-c", code]
    done = subprocess.run(command, env=own, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_same_bits_in_every_run_and_every_process(tmp_path):
    """Run with an empty cache, with a warm one, and where numbers of threads are set otherwise."""
    cold = in_process(TWENTY_RUNS, tmp_path)
    assert list((tmp_path / "compiled").glob("*.o"))
    assert in_process(TWENTY_RUNS, tmp_path) == cold
    settings = {"OPENBLAS_NUM_THREADS": "2", "GLASSNET_NUM_THREADS": "1", "PYTHONHASHSEED": "7"}
    assert in_process(TWENTY_RUNS, tmp_path, **settings) == cold


READ_ONLY = """
import ctypes, os, sys
import numpy as np
import glassnet.ops
from glassnet.backends import Compiled
from glassnet.graph import Program, input_node
if os.geteuid() == 0:
    # Root may write everywhere, unless it gives that up.
    header, none = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    assert ctypes.CDLL(None).capset(header, none) == 0
x = input_node("x", ("n", 3), "float64")
y = Compiled().run(Program("double", [x], {"y": x * 2.0 + 1.0}), {"x": np.ones((4, 3))})["y"]
assert (y == 3).all()
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="folders are closed otherwise")
def test_a_folder_that_may_only_be_read(tmp_path):
    folder = tmp_path / "compiled"
    folder.mkdir()
    for closed in (folder, tmp_path):
        closed.chmod(0o500)
    try:
        in_process(READ_ONLY, tmp_path)
        assert not list(folder.iterdir())
    finally:
        for closed in (tmp_path, folder):
            closed.chmod(0o700)


def network(width=64):
    layers = [gn.layers.Dense(width, "tanh"), gn.layers.Dense(3, "softmax")]
    net = gn.Sequential(layers, dtype="float64", seed=0)
    net.compile("adam", "sparse_categorical_crossentropy")
    return net


def samples(rows=200, features=40):
    rng = np.random.default_rng(1)
    return rng.normal(size=(rows, features)), rng.integers(0, 3, rows)


@pytest.fixture
def three_threads():
    """Sets BLAS to three threads, and back."""
    found = blas.find()
    if found.get_threads is None:
        pytest.skip("this BLAS does not say how many threads it uses")
    before = found.get_threads()
    found.set_threads(3)
    yield found
    found.set_threads(before)


class Stop(gn.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        raise KeyboardInterrupt


def test_the_number_of_threads_of_blas_is_given_back(three_threads, monkeypatch):
    inside = []
    right = bound.together

    def seen(*arguments):
        inside.append(three_threads.get_threads())
        return right(*arguments)

    monkeypatch.setattr(bound, "together", seen)
    network().fit(*samples(features=2400), batch_size=64, verbose=0, backend="compiled")
    assert set(inside) == {1}
    assert three_threads.get_threads() == 3

    def failing(*arguments):
        raise MemoryError

    monkeypatch.setattr(bound, "together", failing)
    with pytest.raises(MemoryError):
        network().fit(*samples(features=2400), batch_size=64, verbose=0, backend="compiled")
    assert three_threads.get_threads() == 3


def test_glassnet_num_threads(monkeypatch):
    started = []
    right = threads._start
    monkeypatch.setattr(threads, "_start", lambda *a: started.append(a[1]) or right(*a))
    monkeypatch.setenv("GLASSNET_NUM_THREADS", "1")
    x, y = samples(600, 200)
    network(300).fit(x, y, batch_size=256, epochs=3, verbose=0, backend=Compiled())
    assert started == []
    monkeypatch.setenv("GLASSNET_NUM_THREADS", "2")
    network(300).fit(x, y, batch_size=256, epochs=3, verbose=0, backend=Compiled())
    assert started and set(started) == {2}
    monkeypatch.setenv("GLASSNET_NUM_THREADS", "two")
    with pytest.raises(ArgumentError, match="GLASSNET_NUM_THREADS='two' must be a whole number"):
        Compiled()


@pytest.fixture
def strange_layer(monkeypatch):
    """A user's own layer, of an op that only NumPy has a kernel for: y = 3 x."""
    rule = Op("strange", ("x",), lambda x: x, lambda x: x, lambda g, y, x: (g * 3.0,), "y = 3 x")
    define(rule)

    def kernel(w, node, out, x):
        w.line(f"np.multiply({x.text}, 3.0, out={out.text})")

    monkeypatch.setitem(numpy_kernels.KERNELS, "strange", kernel)

    class Strange(gn.layers.Layer):
        def output_shape(self, shape):
            return shape

        def call(self, context, x):
            return apply("strange", x)

    yield Strange
    del REGISTRY["strange"]


def test_a_users_own_op_falls_back_with_one_line(strange_layer):
    x, y = samples(60, 5)
    found = []
    for backend in ("compiled", "numpy"):
        layers = [gn.layers.Dense(4), strange_layer(), gn.layers.Dense(3, "softmax")]
        net = gn.Sequential(layers, dtype="float64", seed=0)
        net.compile("adam", "sparse_categorical_crossentropy")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            net.fit(x, y, batch_size=16, epochs=3, verbose=0, backend=backend)
            net.fit(x, y, batch_size=16, epochs=3, verbose=0, backend=backend)
        found.append((net.get_weights(), [str(one.message) for one in caught]))
    (compiled, lines), (plain, none) = found
    assert none == [] and len(lines) == 1
    assert "'strange'" in lines[0] and "NumPy" in lines[0] and "\n" not in lines[0]
    for one, other in zip(compiled, plain, strict=True):
        np.testing.assert_array_equal(one, other)


PAGE = ROOT / "docs/performance.md"


def test_the_page_shows_what_is_compiled():
    """The listings of docs/performance.md are lines of the programs it names."""
    layers = [gn.layers.Dense(units, "sigmoid", use_bias=False) for units in (4, 1)]
    net = gn.Sequential([gn.Input((3,)), *layers], dtype="float64", seed=0)
    net.compile(gn.optimizers.SGD(1.0), "half_sum_squared_error")
    # Every other part between two fences is a listing; those of Python begin with its name.
    parts = re.split(r"^ *```", PAGE.read_text("utf-8"), flags=re.M)[1::2]
    loops, tiny = [textwrap.dedent(part[1:]) for part in parts if part.startswith("\n")]
    assert textwrap.indent(loops, " " * 8) in net.compiled_source()
    lines = {line.strip() for line in net.compiled_source("full", rows=4).split("\n")}
    assert {line.strip() for line in tiny.strip().split("\n")} <= lines
    assert len(lines) > 100
