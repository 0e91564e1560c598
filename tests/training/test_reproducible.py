"""One seed gives one result."""

from __future__ import annotations

import subprocess
import sys

import numpy as np

import glassnet as gn


def equal(first, second):
    """Whether two networks have the same weights and optimizer slots, bit for bit."""
    mine, own = first.network.tensors(), second.network.tensors()
    return mine.keys() == own.keys() and all(np.array_equal(mine[k], own[k]) for k in mine)


SCRIPT = """
import zlib, numpy as np, glassnet as gn
from glassnet.random import normal
x = normal(0, "x", (50, 4)).astype("f4"); y = np.arange(50) % 3
net = gn.Sequential([gn.layers.Dense(8, "tanh"), gn.layers.Dropout(0.3),
                     gn.layers.Dense(3, "softmax")], seed=5)
net.compile("adam", "sparse_categorical_crossentropy")
net.fit(x, y, epochs=4, batch_size=16, validation_split=0.2, verbose=0)
print(zlib.crc32(b"".join(a.tobytes() for a in net.get_weights())), net.history.history)
"""


def test_one_seed_gives_one_result_in_two_processes():
    runs = [
        subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert runs[0].stdout == runs[1].stdout != ""


def test_another_seed_gives_another_result(make, xy):
    first, second = make(seed=1), make(seed=2)
    assert not np.array_equal(first.get_weights()[2], second.get_weights()[2])
    assert not equal(first, second)


def test_a_seed_nobody_chose_is_drawn_and_recorded(xy):
    def run(seed=None):
        net = gn.Sequential([gn.layers.Dense(3, "softmax")])
        return net, net.fit(*xy, verbose=0, seed=seed).params["seed"]

    net, seed = run()
    assert net.seed == seed and isinstance(seed, int)
    again, same = run(seed)
    assert same == seed and np.array_equal(net.get_weights()[0], again.get_weights()[0])
    assert run()[1] != seed  # once in 2³¹


def masks(net):
    """What the last, a dropout layer leaves of ones in the first step."""
    from glassnet.graph import Program, input_node
    from glassnet.layers.base import Context

    net.build((None, 4))
    layer = net.layers[-1]
    seed, step = input_node("seed", (), "int64"), input_node("step", (), "int64")
    ones = input_node("ones", ("n", 6), "float32")
    out = layer.call(Context({}, "float32", True, seed, step), ones)
    program = Program("mask", [ones, seed, step], {"out": out})
    values = {"ones": np.ones((5, 6), "f4"), "seed": np.int64(net.seed), "step": np.int64(1)}
    return gn.backends.get("numpy").run(program, values)["out"]


def test_draws_of_a_layer_depend_on_seed_its_name_and_the_step_only():
    def tail():
        return [gn.layers.Dense(6, name="here"), gn.layers.Dropout(0.5, name="drop")]

    alone = gn.Sequential(tail(), seed=3)
    behind = gn.Sequential(
        [gn.layers.Dense(4), gn.layers.Dropout(0.4, name="other"), *tail()], seed=3
    )
    assert np.array_equal(masks(alone), masks(behind))
    # The first weights of a layer depend on nothing else either.
    assert np.array_equal(alone.get_weights()[0], behind.get_weights()[2])
    elsewhere = gn.Sequential([gn.layers.Dense(6), gn.layers.Dropout(0.5, name="else")], seed=3)
    assert not np.array_equal(masks(alone), masks(elsewhere))
