"""Networks that are deeper than Python recurses are copied, pickled and built."""

from __future__ import annotations

import copy
import pickle  # noqa: TID251  what users do with their own objects
import sys

import numpy as np
import pytest

import glassnet as gn
from glassnet import layers, ops
from glassnet.graph import Program, input_node

DEPTH = sys.getrecursionlimit() + 100


def chain(depth=DEPTH):
    x = h = gn.Input((2,))
    for _ in range(depth):
        h = layers.Activation("tanh")(h)
    return x, h


def skipping(depth=DEPTH):
    """Every value is made from the last two, so that a way down can leave out any of them."""
    x = gn.Input((2,))
    before, last = x, layers.Dense(2)(x)
    for _ in range(depth // 2):
        before, last = last, layers.Add()([layers.Activation("tanh")(last), before])
    return x, last


COPIES = {
    "deepcopy": copy.deepcopy,
    "pickle": lambda value: pickle.loads(pickle.dumps(value)),
    "old pickle": lambda value: pickle.loads(pickle.dumps(value, protocol=2)),
}


@pytest.mark.parametrize("make", [chain, skipping])
@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
def test_symbolic_values(make, copied):
    x, h = copied(make())
    net, again = gn.Model(*make(), seed=0), gn.Model(x, h, seed=0)
    points = np.linspace(-1, 1, 6).reshape(3, 2)
    assert np.array_equal(net.predict(points), again.predict(points))


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
def test_values_stay_the_same_objects(copied):
    x, h = chain(100)
    both = copied([h, layers.Dense(1)(h), x])
    assert both[1].inputs == (both[0],) and both[0].shape == (2,)
    assert both[0]._landings()[0]._depth == h._landings()[0]._depth
    end = both[0]
    while end.inputs:
        (end,) = end.inputs
    assert end is both[2]


def test_comparing_and_showing():
    _, h = chain()
    assert h == h and h != chain(3)[1] and len({h, h}) == 1
    assert repr(h) == "<Tensor (n, 2) of Activation>"


def test_a_model_of_5000_layers():
    assert len(gn.Model(*chain(5000), seed=0).layers) == 5000


@pytest.mark.slow
def test_a_model_of_5000_layers_at_work(tmp_path):
    net = gn.Model(*chain(5000), seed=0)
    points = np.ones((1, 2))
    expected = net.predict(points)
    for again in (gn.load(net.save(tmp_path / "a.safetensors")), copy.deepcopy(net)):
        assert np.array_equal(again.predict(points), expected)


def test_a_graph():
    x = h = input_node("x", (2,), "float32")
    for _ in range(DEPTH):
        h = ops.tanh(h)
    assert copy.deepcopy(h) is h
    program = copy.deepcopy(Program("p", [x], {"y": h}))
    assert program.outputs["y"] is h
