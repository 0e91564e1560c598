"""Programs of too many units run on NumPy for every caller; their size alone decides."""

import itertools
import sys
import threading
import time

import numpy as np
import pytest

import glassnet as gn
import glassnet.fann as libfann
from glassnet import backends
from glassnet.backends import choice
from glassnet.backends.choice import is_too_large, units
from glassnet.backends.compiled.run.predictor import PlainPredictor
from glassnet.backends.waiting import in_thread
from glassnet.fann import programs
from glassnet.fann.structure import shortcut

# A bound at which the networks of these tests are small.
MOST_UNITS = 110
X = np.random.default_rng(1).normal(size=(12, 10))
Y = np.abs(X[:, :2]) / 4


@pytest.fixture(autouse=True)
def lower_bound(monkeypatch):
    """Lower the bound on units, so that networks above it are made quickly."""
    monkeypatch.setattr(choice, "MOST_UNITS", MOST_UNITS)


@pytest.fixture
def no_compiler(monkeypatch):
    """Let every attempt to compile fail the test."""

    def compiled(*_):
        raise AssertionError("something was compiled")

    monkeypatch.setattr("glassnet.backends.compiled._compile", compiled)


def deep(layers=24, width=10, **options):
    hidden = [gn.layers.Dense(width, "tanh") for _ in range(layers)]
    net = gn.Sequential([gn.Input((10,)), *hidden, gn.layers.Dense(2)], seed=1, **options)
    net.compile("adam", "mse")
    return net


def cascade(hidden):
    libfann.seed(2)
    net = libfann.neural_net()
    net.create_shortcut_array((10, *[1] * hidden, 2))
    net.randomize_weights(-0.3, 0.3)
    return net


SAID = "NumPy backend: the network's .* units would take too long to compile"


def test_a_deep_network_trains_on_numpy_and_says_so(no_compiler, capsys):
    found = []
    for backend in ("compiled", backends.Compiled(threads=1), "numpy"):
        net = deep()
        history = net.fit(X, Y, epochs=2, backend=backend, verbose=1)
        assert history.params["backend"] == "numpy"
        found.append(net.get_weights())
        said = capsys.readouterr().err
        assert (SAID.split(" .*")[0] in said) == (backend != "numpy")
        assert said.count("too long to compile") == (backend != "numpy")
    for one in found[1:]:
        for a, b in zip(found[0], one, strict=True):
            np.testing.assert_array_equal(a, b)


def test_much_work_makes_no_difference(no_compiler):
    program = deep().network.step()
    found = backends.choose(program, 32, 10**9)
    assert found.name == "numpy" and "too long to compile" in found.reason
    small = deep(1).network.step()
    assert backends.choose(small, 32, 10**9).name == "compiled"


def test_lbfgs_evaluation_and_validation(no_compiler):
    net = deep(60)
    net.compile("lbfgs", "mse", ["mae"])
    history = net.fit(X, Y, epochs=2, verbose=0, backend="compiled", validation_data=(X, Y))
    assert history.params["backend"] == "numpy" and "val_loss" in history.history
    scores = net.evaluate(X, Y, verbose=0, backend="compiled")
    assert scores == net.evaluate(X, Y, verbose=0, backend="numpy")
    predicted = net.predict(X, backend="compiled")
    np.testing.assert_array_equal(predicted, net.predict(X, backend="numpy"))


def test_a_predictor(no_compiler):
    net = deep(60, dtype="float64")
    one = net.predictor()
    assert isinstance(one, PlainPredictor)
    np.testing.assert_array_equal(one(X[0]), net.predict(X[:1])[0])
    with pytest.raises(gn.errors.ShapeError, match="takes one sample"):
        one(X)


def test_fann_on_every_way(no_compiler):
    net, other = cascade(40), cascade(40)
    net.set_backend("compiled")
    other.set_backend("numpy")
    data = libfann.training_data()
    data.set_train_data(X.tolist(), Y.tolist())
    for one in (net, other):
        for number in (libfann.TRAIN_RPROP, libfann.TRAIN_INCREMENTAL):
            one.set_training_algorithm(number)
            one.train_on_data(data, 2, 0, 0.0)
        one.train(X[0].tolist(), Y[0].tolist())
    assert net.run(X[0].tolist()) == other.run(X[0].tolist())
    assert net.test(X[0].tolist(), Y[0].tolist()) == other.test(X[0].tolist(), Y[0].tolist())
    assert net.get_weight_array() == other.get_weight_array()
    assert net.get_MSE() == other.get_MSE()


@pytest.mark.parametrize("seed", range(20))
def test_every_way_decides_by_the_program_alone(seed, no_compiler, monkeypatch):
    """Random networks, with the bound on either side of their units."""
    rng = np.random.default_rng(seed)
    net = deep(int(rng.integers(1, 6)), int(rng.integers(1, 30)), dtype="float64")
    program = net.network.step()
    for most, large in ((units(program) - 1, True), (units(program), False)):
        monkeypatch.setattr(choice, "MOST_UNITS", most)
        assert is_too_large(program) is large
        backend = backends.Compiled(threads=1)
        assert (backend.taking(program) is backend) is not large
        assert (backends.choose(program, 4, 10**9).name == "numpy") is large
        names = tuple(name for name in program.inputs if name in ("x", "y"))
        if large:
            assert backend.step_code(program, names, 1, {"n": 1}) is None
            assert backend.one_row(program, names, np.zeros(2)) is None
        else:
            with pytest.raises(AssertionError, match="compiled"):
                backend.step_code(program, names, 1, {"n": 1})


def test_usual_networks_are_compiled():
    for sizes in ((3, 4, 1), (57, 64, 32, 2), (784, 256, 128, 10), [16] * 9):
        layers = [gn.layers.Dense(n, "relu") for n in sizes[1:]]
        net = gn.Sequential([gn.Input((sizes[0],)), *layers], seed=0)
        net.compile("adam", "mse", ["mae"])
        assert units(net.network.step(True)) < MOST_UNITS
    assert units(programs.forward_program(shortcut([10, *[1] * 40, 2]))) > MOST_UNITS


def test_the_graph_of_a_cascade_grows_with_its_neurons():
    counts = []
    for hidden in (20, 40, 80, 160):
        net = shortcut([10, *[1] * hidden, 2])
        kind = programs.Kind(programs.RPROP_NUMBER, 1, False)
        counts.append(len(programs.step_program(net, kind).order()))
    for fewer, more in itertools.pairwise(counts):
        assert more < 2.1 * fewer


def test_a_hundred_hidden_neurons_do_not_keep_anybody_waiting(no_compiler):
    net = cascade(100)
    net.set_backend("compiled")
    data = libfann.training_data()
    data.set_train_data(X.tolist(), Y.tolist())
    start = time.process_time()
    net.run(X[0].tolist())
    net.train_on_data(data, 10, 0, 0.0)
    assert time.process_time() - start < 10


# Ctrl-C ---------------------------------------------------------------------------------

START = """
import os, sys, threading, time, signal
import numpy as np, glassnet as gn
from glassnet.backends.compiled.compiler import build
import glassnet.fann as libfann
x = np.linspace(-1, 1, 400, dtype="float32").reshape(100, 4); y = x.sum(axis=1, keepdims=True)
net = gn.Sequential([gn.Input((4,)), gn.layers.Dense(5, "tanh"), gn.layers.Dense(1)], seed=0)
net.compile("adam", "mse")
net.build()
before = net.get_weights()
real = build._translated
def slow(*given):
    print("ready", flush=True)
    for _ in range(WAIT):
        time.sleep(0.01)
    return real(*given)
build._translated = slow
def same():
    return all((a == b).all() for a, b in zip(before, net.get_weights()))
"""
FIT = """
history = net.fit(x, y, epochs=3, verbose=0, backend="compiled", validation_data=(x, y))
print(history.stopped, net.network.state.step, same(), history.epoch, flush=True)
"""
RAISED = """
handler = signal.getsignal(signal.SIGINT)
try:
    {call}
except KeyboardInterrupt:
    print("KeyboardInterrupt", same(), signal.getsignal(signal.SIGINT) is handler, flush=True)
"""
ROWS = "[0.1, 0.2], [0.3]"
MAKE_FANN = (
    "one = libfann.neural_net(); one.create_standard(2, 2, 1); one.set_backend('compiled')\n"
)


def pressed(script, wait, tmp_path, monkeypatch):
    """Press Ctrl-C in the middle of a compile; return the printed text and the seconds it took."""
    run = pytest.importorskip("tests.training.test_interrupt").run
    monkeypatch.setenv("GLASSNET_CACHE", str(tmp_path))
    return run(START.replace("WAIT", str(wait)) + script, presses=1)


posix = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


@posix
@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_ctrl_c_is_heard_while_fit_compiles(optimizer, tmp_path, monkeypatch):
    script = f"net.compile({optimizer!r}, 'mse')\n" + FIT
    code, out, err, seconds = pressed(script, 3000, tmp_path, monkeypatch)
    assert (code, out, err) == (0, "interrupted 0 True []\n", "")
    assert seconds < 10  # of the 30 that the compile takes
    assert not list(tmp_path.rglob("*.o")) and not list(tmp_path.rglob(".writing*"))


@posix
@pytest.mark.parametrize(
    "call",
    [
        "net.predict(x, backend='compiled')",
        "net.evaluate(x, y, verbose=0, backend='compiled')",
        "net.predictor()",
        MAKE_FANN + "    one.run([0.1, 0.2])",
        MAKE_FANN + f"    one.train({ROWS})",
    ],
)
def test_ctrl_c_is_heard_elsewhere(call, tmp_path, monkeypatch):
    script = RAISED.format(call=call)
    code, out, err, seconds = pressed(script, 3000, tmp_path, monkeypatch)
    assert (code, out, err) == (0, "KeyboardInterrupt True True\n", "")
    assert seconds < 10  # of the 30 that the compile takes


@posix
def test_what_was_left_compiling_serves_the_next_run(tmp_path, monkeypatch):
    script = FIT + "print(net.fit(x, y, verbose=0, backend='compiled').stopped, same())\n"
    code, out, err, _ = pressed(script, 400, tmp_path, monkeypatch)
    assert (code, err) == (0, "")
    # "ready" once more for nothing but what the first run did not come to.
    assert out.replace("ready\n", "") == "interrupted 0 True []\nall epochs done False\n"
    assert out.count("ready") == 0


@posix
def test_fann_compiles_after_an_interrupted_compile(tmp_path, monkeypatch):
    script = RAISED.format(call=MAKE_FANN + f"    one.train({ROWS})")
    script += f"one.train({ROWS}); print(type(one.train).__name__)\n"
    code, out, err, _ = pressed(script, 100, tmp_path, monkeypatch)
    assert (code, err) == (0, "")
    assert out == "KeyboardInterrupt True True\nbuiltin_function_or_method\n"


@posix
def test_an_epoch_that_is_over_keeps_its_numbers(tmp_path, monkeypatch):
    """The second compile is that of the validation."""
    first = "build._translated = lambda *a: setattr(build, '_translated', slow) or real(*a)\n"
    code, out, err, _ = pressed(first + FIT, 3000, tmp_path, monkeypatch)
    assert (code, out, err) == (0, "interrupted 4 False [0]\n", "")


@posix
def test_a_short_compile_is_followed_by_a_stretch(tmp_path, monkeypatch):
    script = FIT.replace("epochs=3", "epochs=10**6").replace("validation_data=(x, y)", "")
    code, out, err, _ = pressed(script.replace(", history.epoch", ""), 60, tmp_path, monkeypatch)
    assert (code, err) == (0, "") and out.startswith("interrupted")


def test_where_the_work_is_done():
    names = {threading.current_thread().name, in_thread(lambda: threading.current_thread().name)}
    assert len(names) == 2
    seen = []
    thread = threading.Thread(target=lambda: seen.append(in_thread(threading.get_ident)))
    thread.start()
    thread.join()
    assert seen == [thread.ident]
    with pytest.raises(ZeroDivisionError):
        in_thread(lambda: 1 / 0)
