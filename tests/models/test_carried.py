"""Models on their way to another process, with parts of the user's own."""

import copy
import importlib
import os
import pickle  # noqa: TID251 - users send models to other processes
import subprocess
import sys
import threading

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import ArgumentError, GlassnetError
from glassnet.graph import REGISTRY

L = gn.layers
X = np.linspace(-1, 1, 20).reshape(10, 2)
Y = X[:, :1] * X[:, 1:]

# A module as users write one, with a part of every kind.
OWN = """
import functools
import numpy as np
import glassnet as gn
from glassnet import ops
from glassnet.graph.node import elementwise

own_op = elementwise("OP", "x * x", lambda x, y, g: (g * 2.0 * x,))

def twice(x):
    return 2.0 * x

def times(x, by):
    return by * x

class Plain(gn.layers.Layer):
    def __init__(self, rule=twice, name=None):
        super().__init__(name)
        self.rule = rule
    def output_shape(self, *shapes):
        return shapes[0]
    def call(self, context, *inputs):
        return self.rule(inputs[0])

class Loss(gn.losses.Loss):
    class Inner(gn.losses.MeanSquaredError):
        pass
    def per_sample(self, targets, predictions):
        return ops.sum(ops.abs(targets - predictions), axis=1)

class Optimizer(gn.optimizers.Adam):
    pass

class Schedule(gn.optimizers.ExponentialDecay):
    pass

class Clipping(gn.optimizers.ClipByValue):
    pass

class Start(gn.initializers.Initializer):
    def __call__(self, shape, seed=0, stream="weights"):
        return np.full(shape, 0.25)

class Penalty(gn.layers.regularizers.Regularizer):
    def __call__(self, w):
        return 0.1 * ops.sum(ops.square(w))

class Metric(gn.metrics.MeanSquaredError):
    name = "own_metric"

class Net(gn.Sequential):
    pass

def gap(y_true, y_pred):
    return float(np.mean(y_true - y_pred))

class Watch(gn.callbacks.Callback):
    seen = 0
    def on_epoch_end(self, epoch, logs=None):
        self.seen += 1

def trained(net, x, y, watch):
    net.fit(x, y, epochs=2, verbose=0, callbacks=[watch])
    return net, watch
"""

RUNNER = """
if __name__ == "__main__":
    import multiprocessing, pickle, sys
    with open(sys.argv[1], "rb") as file:
        parts = pickle.load(file)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        done = pool.apply(parts["do"], parts["arguments"])
    with open(sys.argv[1], "wb") as file:
        pickle.dump(done, file)
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """The module, found on the path of this process."""
    folder = tmp_path_factory.mktemp("own")
    name = f"own_parts_{folder.name.replace('-', '_')}"
    (folder / f"{name}.py").write_text(OWN.replace("OP", f"op_{name}"), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        module = importlib.import_module(name)
        setattr(module, f"op_{name}", module.own_op)  # an op is found by its own name
        yield module
        sys.modules.pop(name)
        REGISTRY.pop(f"op_{name}")


def network(own, activation):
    own_dense = L.Dense(
        3, activation, kernel_initializer=own.Start(), kernel_regularizer=own.Penalty()
    )
    net = own.Net([gn.Input((2,)), own_dense, own.Plain(), own.Plain(activation), L.Dense(1)],
                  seed=0)  # fmt: skip
    rate = own.Schedule(0.05, 3, 0.9)
    net.compile(own.Optimizer(rate, clip=own.Clipping(0.5)), own.Loss(), [own.Metric(), own.gap])
    return net


ACTIVATIONS = ["twice", "own_op", "tanh", "partial", "Steep"]


@pytest.mark.parametrize("kind", ACTIVATIONS)
def test_own_parts_are_found_by_module_and_name(own, kind):
    import functools

    rule = {"partial": functools.partial(own.times, by=3.0), "tanh": gn.activations.tanh,
            "Steep": gn.activations.Steep("tanh", 0.7)}.get(kind) or getattr(own, kind)  # fmt: skip
    net = network(own, rule)
    net.fit(X, Y, epochs=2, verbose=0)
    for make in (lambda one: pickle.loads(pickle.dumps(one)), copy.copy, copy.deepcopy):
        other = make(net)
        assert type(other) is own.Net and type(other.loss) is own.Loss
        assert type(other.optimizer) is own.Optimizer and other.network is not net.network
        assert np.array_equal(other.predict(X), net.predict(X))
        first = copy.deepcopy(net)
        histories = [one.fit(X, Y, epochs=3, verbose=0).history for one in (first, other)]
        assert histories[0] == histories[1]  # optimizer, schedule, step and metrics too
        assert np.array_equal(other.predict(X), first.predict(X))


def test_another_process_trains_on(own, tmp_path):
    net = network(own, own.twice)
    net.fit(X, Y, epochs=1, verbose=0)
    given = {"do": own.trained, "arguments": (net, X, Y, own.Watch())}
    (tmp_path / "parts").write_bytes(pickle.dumps(given))
    (tmp_path / "runner.py").write_text(RUNNER, encoding="utf-8")
    words = [sys.executable, str(tmp_path / "runner.py"), str(tmp_path / "parts")]
    path = os.pathsep.join([os.path.dirname(own.__file__), *filter(None, sys.path)])
    subprocess.run(words, check=True, timeout=120, env={**os.environ, "PYTHONPATH": path})
    other, watch = pickle.loads((tmp_path / "parts").read_bytes())
    net.fit(X, Y, epochs=2, verbose=0)
    assert watch.seen == 2 and np.array_equal(other.predict(X), net.predict(X))


def test_a_model_file_imports_nothing(own, tmp_path):
    net = gn.Sequential([gn.Input((2,)), L.Dense(1)], seed=0)
    net.compile("adam", own.Loss())
    path = net.save(tmp_path / "net.safetensors")
    with pytest.raises(ArgumentError, match="custom_objects"):
        gn.load(path)
    assert type(gn.load(path, {"Loss": own.Loss}).loss) is own.Loss


def local_parts():
    class Local(gn.losses.MeanSquaredError):
        pass

    class Layer(L.Activation):
        pass

    def metric(y_true, y_pred):
        return 0.0

    return [
        ("Local", {"loss": Local()}), ("Layer", {"layer": Layer("tanh")}),
        ("metric", {"metrics": [metric]}), ("<lambda>", {"layer": L.Activation(lambda x: x)}),
        ("<lambda>", {"layer": L.Dense(2, lambda x: x)}),
    ]  # fmt: skip


@pytest.mark.parametrize("place", range(5))
def test_what_no_other_process_can_find_is_refused_in_words(place):
    name, parts = local_parts()[place]
    layer = parts.get("layer", L.Dense(2))
    net = gn.Sequential([gn.Input((2,)), layer, L.Dense(1)], seed=0)
    net.compile("sgd", parts.get("loss", "mse"), parts.get("metrics"))
    with pytest.raises(ArgumentError, match=f"{name}.*within other code; define it at the top"):
        pickle.dumps(net)
    for other in (copy.copy(net), copy.deepcopy(net)):  # in this process all is known
        assert np.array_equal(other.predict(X), net.predict(X))


def test_parts_of_the_program_itself_are_refused_in_words():
    program = (
        "import copy, pickle, glassnet as gn\n"
        "class Own(gn.losses.MeanSquaredError): pass\n"
        "net = gn.Sequential([gn.Input((2,)), gn.layers.Dense(1)])\n"
        "net.compile('sgd', Own())\n"
        "copy.deepcopy(net)\n"
        "try: pickle.dumps(net)\n"
        "except gn.errors.ArgumentError as error: print(error)\n"
    )
    words = [sys.executable, "-c", program]
    found = subprocess.run(words, check=True, timeout=60, capture_output=True, text=True)
    assert "'Own', which is defined in the program that is run, or in a notebook" in found.stdout


def test_a_class_under_another_name_and_a_lock_are_refused(own):
    net = gn.Sequential([gn.Input((2,)), L.Dense(1)], seed=0)
    net.compile("sgd", type("Loss", (own.Loss,), {"__module__": own.__name__})())
    with pytest.raises(ArgumentError, match="is another object than"):
        pickle.dumps(net)
    net.compile("sgd", own.Loss.Inner())
    assert type(pickle.loads(pickle.dumps(net)).loss) is own.Loss.Inner
    net.info["lock"] = threading.Lock()
    with pytest.raises(ArgumentError, match="lock"):
        pickle.dumps(net)


@pytest.mark.parametrize("name", [one for one in gn.callbacks.__all__ if one[0].isupper()])
def test_callbacks_are_carried(name, tmp_path):
    kind = getattr(gn.callbacks, name)
    if not issubclass(kind, gn.callbacks.Callback):
        return
    arguments = {
        "CSVLogger": [tmp_path / "log.csv"], "ModelCheckpoint": [tmp_path / "m.safetensors"],
        "LearningRateScheduler": [gn.optimizers.ExponentialDecay(0.1, 2, 0.9)],
        "StopWhen": ["loss", 0.0], "Snapshots": [X, Y], "LambdaCallback": [],
    }.get(name, [])  # fmt: skip
    try:
        callback = kind(*arguments)
    except (TypeError, GlassnetError):
        pytest.fail(f"give {name} its arguments here")
    other = pickle.loads(pickle.dumps(callback))
    net = gn.Sequential([gn.Input((2,)), L.Dense(1)], seed=0)
    net.compile("sgd", "mse")
    net.fit(X, Y, epochs=1, verbose=0, callbacks=[other])
    assert type(pickle.loads(pickle.dumps(other))) is kind  # after a run, too
