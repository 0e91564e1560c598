"""Networks to print, and what a printed program computes."""

from __future__ import annotations

import contextlib
import io
import os
import re
import tempfile

import numpy as np

import glassnet as gn
from glassnet import activations
from glassnet.losses import FAMILY as LOSSES
from glassnet.optimizers import FAMILY as OPTIMIZERS

draw = np.random.default_rng(5)
N, N_IN, N_OUT = 11, 5, 3
X = draw.normal(size=(N, N_IN))
REAL = draw.normal(size=(N, N_OUT))
LABELS = draw.integers(0, N_OUT, N)
ONE_HOT = np.eye(N_OUT)[LABELS]
BINARY = draw.integers(0, 2, (N, N_OUT)).astype(float)
COUNTS = draw.poisson(2.0, (N, N_OUT)).astype(float)


def classes_of(family):
    """The members of a family, each once, by their class name."""
    return sorted({cls.__name__: cls for cls in family.members.values()}.items())


# Loss: last activation that suits it, and targets. What is not named here takes REAL and linear.
TARGETS = {
    "BinaryCrossentropy": ("sigmoid", BINARY),
    "CategoricalCrossentropy": ("softmax", ONE_HOT),
    "SparseCategoricalCrossentropy": ("softmax", LABELS),
    "Poisson": ("softplus", COUNTS),
}
LOSS_NAMES = [name for name, _ in classes_of(LOSSES)]
OPTIMIZER_NAMES = [name for name, _ in classes_of(OPTIMIZERS)]
ACTIVATION_NAMES = [*activations.names(), "Steep", "PerUnit", "LeakyRelu", "Elu"]


def activation_of(name, units):
    if name == "Steep":
        return activations.Steep("tanh", [0.5 + 0.1 * i for i in range(units)], limit=1.5)
    if name == "PerUnit":
        return activations.PerUnit((["tanh", "sigmoid", "relu"] * units)[:units])
    if name in ("LeakyRelu", "Elu"):
        return getattr(activations, name)(0.3)
    return name


def loss_of(name):
    last, targets = TARGETS.get(name, (None, REAL))
    return gn.losses.FAMILY.get(name), last, targets


def network(layers, optimizer, loss, dtype="float64", n_in=N_IN, seed=4):
    net = gn.Sequential([gn.Input((n_in,)), *layers], dtype=dtype, seed=seed)
    net.compile(optimizer, loss)
    return net


def run(text, **scope):
    """Run a program; return its names."""
    scope |= {"__name__": "program", "__file__": os.path.abspath("net.py")}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(text, "<program>", "exec"), scope)
    return scope


def values_of(net):
    """Weights and slots by the names they have in the program."""
    found = {}
    network = net.network
    weights = list(network.topology.weights())
    for weight in weights:
        symbol = re.sub(r"\W", "_", weight.symbol)
        found[symbol] = weight.value
        for slot in getattr(network.optimizer, "slots", {}):
            key = f"{weight.name}.{slot}"
            if key in network.state.slots:
                found[f"{slot}_{symbol}"] = network.state.slots[key]
    return found


def check(
    net, x, y, *, style="numpy", rtol=1e-12, epochs=3, batch_size=4, shuffle=True, **settings
):
    """Hold the program against fit: it goes on from where the network is."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        path = net.save_source(
            "net.py", x, y, epochs=epochs, batch_size=batch_size, shuffle=shuffle, style=style,
            **settings,
        )  # fmt: skip
        source = path.read_text()
        scope = run(source)
    net.fit(
        x, y, epochs=epochs, batch_size=batch_size, shuffle=shuffle, verbose=0, backend="numpy",
        **settings,
    )  # fmt: skip
    compare(net, scope, rtol)
    return source


def compare(net, scope, rtol=1e-12):
    for name, expected in values_of(net).items():
        if name not in scope:
            continue
        found = np.asarray(scope[name])
        assert found.shape == expected.shape, name
        np.testing.assert_allclose(found, expected, rtol=rtol, atol=rtol, err_msg=name)
    parameters = [re.sub(r"\W", "_", w.symbol) for w in net.network.topology.parameters()]
    assert parameters and all(name in scope for name in parameters)
