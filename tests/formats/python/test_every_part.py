"""A printed program trains as fit does: every layer, activation, loss and optimizer, by pairs."""

import itertools

import numpy as np
import pytest

import glassnet as gn
from tests.formats.python.programs import (
    ACTIVATION_NAMES,
    LOSS_NAMES,
    OPTIMIZER_NAMES,
    X,
    activation_of,
    check,
    loss_of,
    network,
)
from tests.layers.samples import CASES, inputs_for

STYLES = ["numpy", "loops"]


def all_pairs(*families):
    """Rows that hold every pair of members of different families, found greedily."""
    pairs = {
        ((a, i), (b, j))
        for a, b in itertools.combinations(range(len(families)), 2)
        for i in range(len(families[a]))
        for j in range(len(families[b]))
    }
    rows = []
    while pairs:
        (a, i), (b, j) = min(pairs)
        row = [None] * len(families)
        row[a], row[b] = i, j
        for place, family in enumerate(families):
            if row[place] is None:
                row[place] = max(range(len(family)), key=lambda k: gain(row, place, k, pairs))
        rows.append(tuple(family[k] for family, k in zip(families, row, strict=True)))
        pairs -= set(itertools.combinations(enumerate(row), 2))
    return rows


def gain(row, place, member, pairs):
    """How many pairs are new if a row gets a member at a place; the first is taken if all tie."""
    known = [(i, one) for i, one in enumerate(row) if one is not None]
    new = sum(tuple(sorted([one, (place, member)])) in pairs for one in known)
    return new, -member


ROWS = all_pairs(ACTIVATION_NAMES, LOSS_NAMES, OPTIMIZER_NAMES)


def test_the_rows_hold_every_pair():
    families = (ACTIVATION_NAMES, LOSS_NAMES, OPTIMIZER_NAMES)
    for a, b in itertools.combinations(range(3), 2):
        held = {(row[a], row[b]) for row in ROWS}
        assert held == set(itertools.product(families[a], families[b]))


@pytest.mark.parametrize(("activation", "loss", "optimizer"), ROWS, ids="-".join)
def test_pairs_in_numpy(activation, loss, optimizer):
    loss, last, y = loss_of(loss)
    layers = [gn.layers.Dense(4, activation_of(activation, 4)), gn.layers.Dense(3, last)]
    net = network(layers, optimizer_of(optimizer), loss)
    with np.errstate(all="ignore"):
        check(net, X, y)


def optimizer_of(name):
    return gn.optimizers.FAMILY.get(name)


@pytest.mark.parametrize("activation", ACTIVATION_NAMES)
def test_activations_as_loops(activation):
    layers = [gn.layers.Dense(3, activation_of(activation, 3)), gn.layers.Dense(3)]
    net = network(layers, "sgd", "mse")
    check(net, X, loss_of("MeanSquaredError")[2], style="loops", epochs=1)


@pytest.mark.parametrize("loss", LOSS_NAMES)
def test_losses_as_loops(loss):
    loss, last, y = loss_of(loss)
    net = network([gn.layers.Dense(3, last)], "sgd", loss)
    check(net, X, y, style="loops", epochs=2)


@pytest.mark.parametrize("optimizer", sorted(set(OPTIMIZER_NAMES) - {"LBFGS"}))
def test_optimizers_as_loops(optimizer):
    layers = [gn.layers.Dense(3, "tanh"), gn.layers.Dense(3)]
    net = network(layers, optimizer_of(optimizer), "mse")
    check(net, X, loss_of("MeanSquaredError")[2], style="loops", epochs=2)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(("make", "shapes"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_layers(make, shapes, style):
    inputs = [gn.Input(shape) for shape in shapes]
    layer = make()
    # Before it a layer with weights, so that its own gradient is needed too.
    before = [
        gn.layers.Dense(shape[-1], "tanh")(one) for shape, one in zip(shapes, inputs, strict=True)
    ]
    out = before[0] if isinstance(layer, gn.layers.InputLayer) else layer(*before)
    flat = gn.layers.Flatten()(out) if len(out.shape) > 1 else out
    net = gn.Model(inputs, gn.layers.Dense(2)(flat), dtype="float64", seed=3)
    net.compile(gn.optimizers.SGD(0.05), "mse")
    arrays = inputs_for(shapes)
    y = np.random.default_rng(0).normal(size=(len(arrays[0]), 2))
    x = arrays if len(arrays) > 1 else arrays[0]
    if type(layer).__name__ == "Normalization":
        net.fit(x, y, epochs=1, batch_size=4, verbose=0)  # it learns its moments first
    check(net, x, y, style=style, epochs=2)
