"""Machine code on disk: found again, safe with several processes, and no folder is needed."""

import os
import pathlib
import subprocess
import sys
import warnings

import numpy as np
import pytest

from glassnet import models
from glassnet.backends import Compiled
from glassnet.backends.compiled.compiler import build, cache
from glassnet.graph import REGISTRY, Op, Program, apply, define, input_node
from glassnet.layers import Dense

ROOT = pathlib.Path(__file__).parents[3]
PROGRAM = """
import sys
import numpy as np
from glassnet.backends import Compiled
import glassnet.ops
from glassnet.backends.compiled.compiler import build
translations, translated = [], build.translated
build.translated = lambda *given: translations.append(1) or translated(*given)
from glassnet.graph import Program, input_node
x = input_node("x", ("n", 3), "float64")
y = Compiled().run(Program("double", [x], {"y": x * 2.0 + 1.0}), {"x": np.ones((4, 3))})["y"]
assert (y == 3).all()
print("numba" in sys.modules, len(translations))
"""


def start(folder):
    environment = {**os.environ, "GLASSNET_CACHE": str(folder), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", PROGRAM]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def output(process):
    text, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return text.strip()


def test_a_second_process_translates_nothing(tmp_path):
    assert output(start(tmp_path)) == "False 1"
    assert output(start(tmp_path)) == "False 0"
    (source,) = (tmp_path / "compiled").glob("*.py")
    assert "def run(" in source.read_text()


def test_a_program_without_one_of_its_pieces_is_compiled_anew(tmp_path):
    assert output(start(tmp_path)) == "False 1"
    piece = min((tmp_path / "compiled").glob("*.ll"))
    piece.with_suffix(".o").unlink()
    assert output(start(tmp_path)) == "False 1"


def test_two_processes_at_once(tmp_path):
    for process in [start(tmp_path), start(tmp_path)]:
        output(process)
    names = [path.name for path in (tmp_path / "compiled").iterdir()]
    assert len(names) == 6 and not any(name.startswith(".writing") for name in names)


def test_a_folder_that_cannot_be_used(tmp_path):
    occupied = tmp_path / "file"
    occupied.write_text("not a folder")
    assert output(start(occupied)) == "False 1"


def test_a_deleted_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GLASSNET_CACHE", str(tmp_path / "one"))
    cache.store("key", "source", b"code")
    assert cache.load("key") == b"code"
    (tmp_path / "one/compiled/key.o").unlink()
    assert cache.load("key") is None


def test_damaged_machine_code_is_made_anew(tmp_path, monkeypatch):
    monkeypatch.setenv("GLASSNET_CACHE", str(tmp_path))
    x = input_node("x", (5,), "float64")
    program = Program("damaged", [x], {"y": x * 4.0 - 1.0})
    Compiled().run(program, {"x": np.ones(5)})
    for path in (tmp_path / "compiled").glob("*.o"):
        path.write_bytes(path.read_bytes()[:100])
    build._loaded.clear()
    assert (Compiled().run(program, {"x": np.ones(5)})["y"] == 3).all()


@pytest.fixture
def strange_op():
    op = Op("strange", ("x",), lambda x: x, lambda x: x, None, "y = something")
    define(op)
    yield
    del REGISTRY["strange"]


def test_an_op_that_cannot_be_compiled_falls_back_with_one_line(strange_op, monkeypatch):
    from glassnet.backends import numpy_kernels

    def kernel(w, node, out, x):
        w.line(f"{out.text}[...] = {x.text} + 1")

    monkeypatch.setitem(numpy_kernels.KERNELS, "strange", kernel)
    x = input_node("x", (3,), "float64")
    program = Program("odd", [x], {"y": apply("strange", x)})
    backend = Compiled()
    with pytest.warns(RuntimeWarning, match="'odd' cannot be compiled .*strange.*NumPy") as caught:
        assert (backend.run(program, {"x": np.zeros(3)})["y"] == 1).all()
    assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert (backend.run(program, {"x": np.ones(3)})["y"] == 2).all()


def test_outputs_read_the_old_state():
    a, b = (input_node(name, (4,), "float64") for name in "ab")
    program = Program("swap", [a, b], {"a": b, "b": a + b})
    values = {"a": np.arange(4.0), "b": np.full(4, 10.0)}
    found = Compiled().run(program, values)
    assert (found["a"] == 10).all() and (found["b"] == np.arange(4.0) + 10).all()


def test_predictor_of_one_sample():
    net = models.Sequential([Dense(5, "tanh"), Dense(3, "softmax")], seed=0)
    net.build((None, 4))
    backend = Compiled()
    predictor = backend.predictor(net.network.prediction, net.network.weights())
    rows = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")
    for row, expected in zip(rows, net.predict(rows, verbose=0), strict=True):
        np.testing.assert_allclose(predictor(row), expected, rtol=1e-5)
    with pytest.raises(ValueError, match="one sample of shape"):
        predictor(rows)
