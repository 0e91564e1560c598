"""Printed programs as a person gets them: short, readable, complete, and right."""

import ast
import re
import subprocess
import sys

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import ArgumentError, TrainingError
from tests.formats.python.programs import LABELS, REAL, X, check, compare, network, run

TRASK_X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], "f8")
TRASK_Y = np.array([[0], [1], [1], [0]], "f8")
Dense, Dropout = gn.layers.Dense, gn.layers.Dropout


def trask():
    layers = [Dense(units, "sigmoid", use_bias=False) for units in (4, 1)]
    return network(layers, gn.optimizers.SGD(1.0), "half_sum_squared_error", n_in=3)


def test_trask_line_for_line():
    source = trask().source(TRASK_X, TRASK_Y, epochs=60_000, batch_size="full")
    loop = source[source.index("for epoch") :].splitlines()
    assert loop == [
        "for epoch in range(60000):",
        "    a1 = sigmoid(x @ W1)                     # (n, 4)",
        "    a2 = sigmoid(a1 @ W2)                    # (n, 1)",
        "    loss = 0.5 * np.sum((a2 - y) ** 2)",
        "    d2 = (a2 - y) * a2 * (1 - a2)            # (n, 1)",
        "    dW2 = a1.T @ d2                          # (4, 1)",
        "    dW1 = x.T @ (d2 @ W2.T * a1 * (1 - a1))  # (3, 4)",
        "    W1 -= learning_rate * dW1",
        "    W2 -= learning_rate * dW2",
        'print(f"loss {loss:.6g}")',
    ]
    assert len(source.splitlines()) <= 25


def test_trask_trains_as_long_as_his():
    check(trask(), TRASK_X, TRASK_Y, epochs=2_000, batch_size="full")


@pytest.mark.parametrize("style", ["numpy", "loops"])
def test_dropout_shuffling_and_a_short_last_batch(style):
    layers = [Dense(6, "relu"), Dropout(0.3), Dense(6, "tanh"), Dropout(0.5), Dense(3, "softmax")]
    net = network(layers, "adam", "sparse_categorical_crossentropy", seed=2**40 + 5)
    source = check(net, X, LABELS, style=style, epochs=3, batch_size=4)
    assert "threefry" in source and "shuffled" in source


def test_it_goes_on_where_the_network_is():
    net = network([Dense(4, "tanh"), Dropout(0.2), Dense(3)], "adam", "mse")
    check(net, X, REAL, epochs=2)
    check(net, X, REAL, epochs=2)
    source = net.source(X, REAL, epochs=2, batch_size=4)
    assert "for epoch in range(4, 6):" in source and "step = 12" in source


@pytest.mark.parametrize("batch_size", [1, 4, 11, "full"])
@pytest.mark.parametrize("shuffle", [False, True])
def test_batches(batch_size, shuffle):
    net = network([Dense(4, "tanh"), Dense(3)], "adam", "mse")
    source = check(net, X, REAL, batch_size=batch_size, shuffle=shuffle)
    assert ("shuffled" in source) == (shuffle and batch_size in (1, 4))


SETTINGS = {
    "step decay": lambda: gn.optimizers.SGD(gn.optimizers.StepDecay(0.1, 2)),
    "exponential": lambda: gn.optimizers.Adam(gn.optimizers.ExponentialDecay(0.1, 4, 0.5)),
    "cosine": lambda: gn.optimizers.SGD(gn.optimizers.CosineDecay(0.1, 5, 0.1), momentum=0.5),
    "warmup": lambda: gn.optimizers.SGD(gn.optimizers.Warmup(0.1, 3)),
    "nesterov": lambda: gn.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    "value": lambda: gn.optimizers.SGD(0.1, clip=gn.optimizers.ClipByValue(0.05)),
    "norm": lambda: gn.optimizers.Adam(0.1, clip=gn.optimizers.ClipByNorm(0.05)),
    "global norm": lambda: gn.optimizers.Adam(0.1, clip=gn.optimizers.ClipByGlobalNorm(0.05)),
}


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("style", ["numpy", "loops"])
def test_schedules_and_clipping(name, style):
    net = network([Dense(4, "tanh"), Dense(3)], SETTINGS[name](), "mse")
    check(net, X, REAL, style=style)


@pytest.mark.parametrize("style", ["numpy", "loops"])
def test_penalties_and_sample_weights(style):
    layers = [
        Dense(4, "tanh", kernel_regularizer="l2", bias_regularizer="l1"),
        Dense(3, kernel_regularizer="l1_l2"),
    ]
    weights = np.linspace(0.0, 2.0, len(X))
    check(network(layers, "sgd", "mse"), X, REAL, style=style, sample_weight=weights)


def test_layers_that_are_not_trained_stay():
    layers = [Dense(4, "tanh"), Dense(4, "tanh"), Dense(3)]
    layers[1].trainable = False
    source = check(network(layers, "adam", "mse"), X, REAL)
    assert "dW2" not in source and "dW1" in source


@pytest.mark.parametrize("style", ["numpy", "loops"])
def test_a_functional_model(style):
    a, b = gn.Input((5,)), gn.Input((2,))
    h = Dense(4, "relu", name="left")(a)
    both = gn.layers.Concatenate(name="both")([h, Dense(4, "tanh")(b)])
    h = Dense(8, "gelu")(both)
    out = Dense(3, "softmax")(gn.layers.Add()([h, both]))
    net = gn.Model([a, b], out, dtype="float64", seed=1)
    net.compile("rmsprop", "categorical_crossentropy")
    y = np.eye(3)[LABELS]
    source = check(net, [X, X[:, :2]], y, style=style)
    assert "both = " in source and "W_left" in source


def test_a_shared_layer():
    x = gn.Input((5,))
    layer = Dense(5, "tanh", name="twice")
    net = gn.Model(x, Dense(3)(layer(layer(x))), dtype="float64", seed=1)
    net.compile("sgd", "mse")
    check(net, X, REAL)


@pytest.mark.parametrize("style", ["numpy", "loops"])
def test_single_precision(style):
    layers = [Dense(6, "tanh"), Dropout(0.2), gn.layers.Activation("elu"), Dense(3, "softmax")]
    net = network(layers, "adam", "sparse_categorical_crossentropy", dtype="float32")
    source = check(net, X, LABELS, style=style, rtol=1e-5)
    if style == "numpy":
        scope = run(source)
        kinds = {str(v.dtype) for v in scope.values() if isinstance(v, np.ndarray)}
        assert kinds <= {"float32", "int64", "bool"}


STEPS = ["step", "step_symmetric", "hard_sigmoid", "sigmoid_stepwise", "selu", "gelu"]


@pytest.mark.parametrize("activation", STEPS)
def test_single_precision_stays_single(activation):
    net = network([Dense(6, activation), Dense(3)], "sgd", "mse", dtype="float32")
    scope = run(check(net, X, REAL, rtol=1e-5))
    assert {scope[name].dtype for name in ("a1", "d2", "dW1", "W1")} == {np.dtype("float32")}


def test_lbfgs():
    net = network([Dense(4, "tanh"), Dense(3)], "lbfgs", "mse")
    source = check(net, X, REAL, epochs=12, batch_size="full", rtol=1e-9)
    assert "minimize(" in source
    with pytest.raises(ArgumentError, match="style='numpy'"):
        net.source(X, REAL, style="loops")


def test_a_large_network_draws_its_weights(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    x = np.random.default_rng(0).normal(size=(40, 30))
    net = network([Dense(20, "relu"), Dense(3, "selu")], "sgd", "mse", n_in=30)
    path = net.save_source("net.py", x, x[:, :3], epochs=2)
    assert "normal(" in path.read_text()
    assert set(np.load("net.npz")) == {"x", "y"}
    run(path.read_text())
    check(net, x, x[:, :3], epochs=2)
    net.save_source("net.py", x, x[:, :3], epochs=2)
    assert set(np.load("net.npz")) == {"x", "y", "W1", "b1", "W2", "b2"}


@pytest.mark.parametrize("style", ["numpy", "loops"])
@pytest.mark.parametrize("large", [False, True])
def test_predict_alone(style, large, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    layers = [Dense(40 if large else 4, "relu"), Dropout(0.5), Dense(3, "softmax")]
    net = network(layers, "adam", "sparse_categorical_crossentropy")
    net.fit(X, LABELS, epochs=2, verbose=0)
    source = net.save_source("net.py", forward_only=True, style=style).read_text()
    assert not re.search(r"\b(for epoch|learning_rate|adam|loss|dW1|threefry)\b", source)
    found = run(source)["predict"](X.tolist() if style == "loops" else X)
    np.testing.assert_allclose(found, net.predict(X), rtol=1e-12)


def test_predict_with_several_inputs_and_outputs():
    a, b = gn.Input((5,)), gn.Input((2,))
    h = Dense(4, "tanh")(gn.layers.Concatenate()([a, b]))
    net = gn.Model([a, b], [Dense(1, "sigmoid", name="yes")(h), Dense(2)(h)], dtype="float64")
    predict = run(net.source(forward_only=True))["predict"]
    for found, expected in zip(predict(X, X[:, :2]), net.predict([X, X[:, :2]]), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-13)
    with pytest.raises((TrainingError, ArgumentError)):
        net.source()


BLOCKER = """
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        raise ImportError(f"import of {name} is blocked")
for name in list(sys.modules):
    if name not in ("sys", "builtins"):
        sys.modules.pop(name, None)
sys.meta_path[:] = [Block()]
"""


def test_loops_need_nothing_but_python(tmp_path):
    layers = [Dense(4, "gelu"), Dropout(0.3), Dense(3, "softmax")]
    net = network(layers, "adam", "sparse_categorical_crossentropy")
    source = net.source(X, LABELS, epochs=2, batch_size=4, style="loops")
    assert not any(isinstance(n, ast.Import | ast.ImportFrom) for n in ast.walk(ast.parse(source)))
    script = tmp_path / "net.py"
    script.write_text(f"{BLOCKER}\n{source}\nprint(W1)\n")
    done = subprocess.run(
        [sys.executable, "-I", "-S", script], capture_output=True, text=True, check=True
    )
    net.fit(X, LABELS, epochs=2, batch_size=4, verbose=0, backend="numpy")
    found = ast.literal_eval(done.stdout.splitlines()[-1])
    np.testing.assert_allclose(found, net.get_weights()[0], rtol=1e-12)


def test_data_is_read_where_none_is_given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    net = network([Dense(4, "tanh"), Dense(3, "softmax")], "sgd", "sparse_categorical_crossentropy")
    np.savez("data.npz", x=X, y=LABELS)
    np.savetxt("data.csv", np.column_stack([X, LABELS]), delimiter=",", fmt="%.17g")
    scopes = [run(net.source(epochs=2, batch_size=4, style=s)) for s in ("numpy", "loops")]
    net.fit(X, LABELS, epochs=2, batch_size=4, verbose=0, backend="numpy")
    for scope in scopes:
        compare(net, scope)


def test_epochs_and_batches_are_those_of_the_last_fit():
    net = network([Dense(3)], "sgd", "mse")
    net.fit(X, REAL, epochs=7, batch_size=5, verbose=0)
    source = net.source(X, REAL)
    assert "range(7, 14)" in source and "start + 5" in source


def test_normalization_learns_from_the_data_as_in_fit():
    layers = [gn.layers.Normalization(), Dense(3)]
    net = network(layers, "sgd", "mse")
    with pytest.raises(TrainingError, match="has not seen any data"):
        net.source()
    check(net, X + 3.0, REAL)


def test_a_network_with_nothing_to_train():
    net = network([Dense(3)], "adam", "mse")
    net.layers[0].trainable = False
    scope = run(net.source(X, REAL, epochs=2, batch_size=4))
    np.testing.assert_array_equal(scope["W1"], net.get_weights()[0])


def test_names_that_mean_something_in_python_are_not_broken():
    layers = [
        Dense(4, "sigmoid", name="np"),
        Dropout(0.2, name="print"),
        gn.layers.Activation("tanh", name="x"),
        gn.layers.Activation("step", name="for"),
        Dense(3, "softplus", name="größe-1"),
    ]
    net = network(layers, "adam", "mse")
    source = check(net, X, REAL)
    assert "W_np" in source and "W_größe_1" in source


@pytest.mark.parametrize("name", ["numpy", "loops"])
def test_no_leftovers(name):
    layers = [Dense(6, "relu"), Dropout(0.2), Dense(3, "softmax")]
    net = network(layers, "adam", "sparse_categorical_crossentropy")
    source = net.source(X, LABELS, epochs=5, style=name)
    assert not re.search(r"\bv\d+\b|\b1(\.0)? \* |\+ 0\b|\(\(\(", source)
    assert max(map(len, source.splitlines())) <= 110
    tree = ast.parse(source)
    functions = {f.name for f in ast.walk(tree) if isinstance(f, ast.FunctionDef)}
    used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    assert functions <= used


def test_two_prints_are_the_same():
    net = network([Dense(6, "relu"), Dropout(0.2), Dense(3)], "adam", "mse")
    assert net.source(X, REAL) == net.source(X, REAL)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"style": "loop"}, "did you mean 'loops'"),
        ({"style": 3}, "must be 'numpy' or 'loops'"),
        ({"epochs": -1}, "epochs=-1"),
        ({"batch_size": 0}, "batch_size=0"),
        ({"y": None}, "both x and y"),
        ({"epochs": 0}, "at least 1"),
        ({"forward_only": True}, "leave out x and y"),
    ],
)
def test_bad_arguments(settings, message):
    net = network([Dense(3)], "sgd", "mse")
    with pytest.raises(ArgumentError, match=re.escape(message)):
        net.source(**{"x": X, "y": REAL, **settings})


def test_a_network_that_is_not_compiled():
    net = gn.Sequential([gn.Input((5,)), Dense(3)], seed=0)
    with pytest.raises(TrainingError, match="forward_only=True"):
        net.source()
    assert "def predict(x):" in net.source(forward_only=True)
