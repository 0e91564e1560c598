"""What `save` writes, `load` reads, or `save` refuses it: settings, names, notes, own classes."""

from __future__ import annotations

import os
import random
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import glassnet as gn
from glassnet import initializers, layers, losses, optimizers
from glassnet.errors import GlassnetError
from glassnet.layers.regularizers import Regularizer
from glassnet.settings import Configured

TEXT = st.text(st.characters(), max_size=20)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | TEXT
    | st.binary(max_size=3)
    | st.complex_numbers()
    | st.sampled_from([np.float32(1.5), np.int8(3), np.bool_(True), np.arange(3), np.array(["é"]),
                       np.datetime64("2020-01-01"), np.longdouble(2), np.array([1 + 2j]), {1, 2},
                       np.array([None, {}], object), object(), range(3), np.float64("nan")])
)  # fmt: skip
NOTES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(TEXT | st.integers() | st.none() | st.booleans(), inner, max_size=3)
    ),
    max_leaves=8,
)
QUICK = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def saved_and_loaded(net, path, **custom):
    """Return the model as it comes back, or None if it was refused."""
    try:
        net.save(path)
    except GlassnetError:
        return None
    return gn.load(path, **custom)


def plain(value):
    """What a value is in JSON: lists for tuples and arrays, numbers for NumPy's."""
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return value


@given(NOTES)
@QUICK
def test_notes(tmp_path, note):
    net = gn.Sequential([gn.Input((2,)), layers.Dense(1)], seed=0)
    net.info["note"] = note
    again = saved_and_loaded(net, tmp_path / "a.safetensors")
    assert again is None or repr(plain(again.info)) == repr(plain(net.info))


@given(st.none() | TEXT, st.none() | TEXT, st.none() | TEXT, st.lists(TEXT, max_size=3))
@QUICK
def test_names(tmp_path, model, layer, given_input, classes):
    try:
        net = gn.Sequential(
            [gn.Input((2,), name=given_input), layers.Dense(2, name=layer)], seed=0, name=model
        )
    except GlassnetError:
        return
    net.info["class_names"] = classes
    again = saved_and_loaded(net, tmp_path / "a.safetensors")
    assert again is not None and again.name == net.name
    assert [one.name for one in again.layers] == [one.name for one in net.layers]
    assert again.info == net.info
    assert np.array_equal(again.predict([[1, 2]]), net.predict([[1, 2]]))


NUMBERS = (0.5, 1, np.float32(0.25), np.float64(0.1), np.int64(1), np.array(0.5), True, "x", None,
           float("nan"), float("inf"), -1.0, 1e300, [0.5, 0.25], np.array([0.5, 0.25]), (0.5, 0.5),
           1j, {"a": 1}, 10**400)  # fmt: skip
MAKERS = (
    lambda n: layers.Dense(n),
    lambda n: layers.Dense(2, gn.activations.Steep("tanh", n)),
    lambda n: layers.Dense(2, gn.activations.Steep("tanh", 0.5, n)),
    lambda n: layers.Dense(2, gn.activations.LeakyRelu(n)),
    lambda n: layers.Dense(2, gn.activations.Elu(n)),
    lambda n: layers.Dense(2, kernel_initializer=initializers.Constant(n)),
    lambda n: layers.Dense(2, kernel_regularizer={"class": "L2", "l2": n}),
    lambda n: layers.Dropout(n),
    lambda n: layers.Rescaling(n),
    lambda n: layers.Rescaling(1.0, n),
    lambda n: layers.Reshape((n, 2)),
    lambda n: layers.MaskedDense([[n, 1], [1, 1]]),
)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # 1e300 is infinite in single precision
def test_settings_of_layers(tmp_path):
    for make in MAKERS:
        for number in NUMBERS:
            try:
                net = gn.Sequential([gn.Input((2,)), make(number), layers.Flatten()], seed=0)
                expected = net.predict([[1.0, 2.0]])
            except Exception:  # settings that are refused are other tests' matter
                continue
            again = saved_and_loaded(net, tmp_path / "a.safetensors")
            if again is not None:
                assert np.array_equal(again.predict([[1.0, 2.0]]), expected, equal_nan=True)


class OwnStart(initializers.Initializer):
    def __init__(self, value=0.5):
        self.value = value

    def __call__(self, shape, seed, name):
        return np.full(shape, self.value)


class OwnPenalty(Regularizer):
    def __init__(self, weight=0.1):
        self.weight = weight

    def __call__(self, weight):
        return self.weight * gn.ops.sum(weight * weight)


class OwnActivation(Configured):
    def __init__(self, factor=2.0):
        self.factor = factor

    def __call__(self, x):
        return x * self.factor


class OwnLayer(layers.Layer):
    def output_shape(self, shape):
        return shape

    def call(self, context, x):
        return x * 2.0


class OwnLoss(losses.Loss):
    def per_sample(self, y, prediction):
        return gn.ops.mean((y - prediction) ** 2, axis=1)


def own_metric(y, prediction):
    return float(np.mean(prediction))


def bent(x):
    return x * 3.0


bent.glassnet_name = "bent"


def test_classes_and_functions_of_one_s_own(tmp_path):
    own = {one.__name__: one for one in
           (OwnStart, OwnPenalty, OwnActivation, OwnLayer, OwnLoss, own_metric, bent)}  # fmt: skip
    dense = [
        layers.Dense(2, OwnActivation(3.0), kernel_initializer=OwnStart(0.25)),
        layers.Dense(2, bent, kernel_regularizer=OwnPenalty(0.5), bias_initializer=OwnStart()),
    ]
    net = gn.Sequential([gn.Input((2,)), *dense, OwnLayer()], seed=0)
    net.compile(optimizers.SGD(0.1), OwnLoss(), [own_metric])
    again = saved_and_loaded(net, tmp_path / "a.safetensors", custom_objects=own)
    x, y = np.ones((2, 2)), np.zeros((2, 2))
    assert np.array_equal(again.predict(x), net.predict(x))
    assert list(again.evaluate(x, y, verbose=0)) == list(net.evaluate(x, y, verbose=0))
    missing = random.Random(0).choice(["OwnStart", "OwnActivation", "OwnLayer", "OwnLoss"])
    with pytest.raises(GlassnetError, match=r"unknown .*custom_objects|unknown"):
        gn.load(tmp_path / "a.safetensors", custom_objects={**own, missing: None})


@pytest.mark.parametrize(
    ("note", "message"),
    [
        ({1: "a"}, r"a dict with the key 1 cannot be written to a file, for it would come back as"),
        ({(1, 2): 3}, r"a dict with the key \(1, 2\) cannot be written"),
        ({None: 1}, r"a dict with the key None cannot be written"),
        (10**5000, r"the description of the model cannot be written: Exceeds the limit"),
    ],
    ids=["whole number", "tuple", "None", "5,000 digits"],
)
def test_what_would_not_come_back(tmp_path, note, message):
    net = gn.Sequential([gn.Input((2,)), layers.Dense(1)], seed=0)
    net.info["note"] = note
    with pytest.raises(GlassnetError, match=message):
        net.save(tmp_path / "a.safetensors")
    deep = around = []
    for _ in range(5000):
        around.append([])
        around = around[0]
    around.append(deep)
    net.info["note"] = deep
    with pytest.raises(GlassnetError, match="nested more than 100 deep"):
        net.save(tmp_path / "a.safetensors")
    assert list(tmp_path.iterdir()) == []


def test_a_description_that_is_too_long(tmp_path, monkeypatch):
    monkeypatch.setattr("glassnet.formats.safetensors._LONGEST_HEADER", 10_000)
    net = gn.Sequential([gn.Input((2,)), layers.Dense(1)], seed=0)
    net.info["note"] = "a" * 10_000
    with pytest.raises(GlassnetError, match=r"at most 10,000; put less into model.info"):
        net.save(tmp_path / "a.safetensors")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="names of files are bytes")
def test_data_whose_name_is_not_utf8(tmp_path):
    path = os.fsencode(tmp_path) + b"/t\xffx.csv"
    rows = "".join(f"{n},{n % 7},{'ab'[n % 2]}\n" for n in range(40))
    with open(path, "wb") as file:
        file.write(b"one,two,kind\n" + rows.encode())
    command = [sys.executable, "-c", "from glassnet.cli import main; main()"]
    done = subprocess.run(
        [*command, "train", path, "--epochs", "2"],
        cwd=tmp_path,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONUTF8": "1"},
    )
    assert done.returncode == 0, done.stderr
    written = sorted(name for name in os.listdir(os.fsencode(tmp_path)) if b"csv" not in name)
    assert len(written) == 2 and all(b"t\xef\xbf\xbdx" in name for name in written)


def test_a_setting_that_is_nested_without_end(tmp_path):
    class Holds(OwnLayer):
        def __init__(self, value, name=None):
            super().__init__(name)
            self.value = value

    deep = []
    for _ in range(5000):
        deep = [deep]
    net = gn.Sequential([gn.Input((2,)), Holds(deep)], seed=0)
    with pytest.raises(GlassnetError, match="a setting of Holds is nested too deeply"):
        net.save(tmp_path / "a.safetensors")
