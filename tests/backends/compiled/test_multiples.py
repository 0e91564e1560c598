"""Axes of 3n, and axes after the first: threads share them without losing or overwriting any."""

import numpy as np
import pytest

import glassnet as gn
from glassnet import ops
from glassnet.backends import Numpy
from glassnet.backends.compiled.emit.lowering import lowered
from glassnet.backends.compiled.schedule import phases, sharding
from glassnet.backends.compiled.schedule.sharing import Tiles
from glassnet.graph import Program, gradients, input_node, simplify
from glassnet.graph.dims import Dim
from tests.backends.compiled import lifted
from tests.backends.compiled.test_every_op import compiled

pytestmark = pytest.mark.unoptimised

N = Dim("n")
ROWS = 97


def values_of(x, labels, w):
    """What reads and writes rows of 3n, and sums over an axis in the middle or at the front."""
    seed, step = (input_node(name, (), "int64") for name in ("seed", "step"))
    z = ops.tanh(ops.matmul(ops.reshape(x, (N * 3, 5)), w))
    draws = ops.random_uniform(seed, step, (N * 3, 3), "s", "float64")
    total = ops.sum(ops.square(z) * ops.sum(draws, axis=1, keepdims=True))
    found = {
        "product": z,
        "draws": draws,
        "odd draws": ops.random_uniform(seed, step, (N * 1, 3), "t", "float64"),
        "columns": ops.sum(z, axis=0),
        "largest": ops.max(z, axis=0, keepdims=True),
        "middle": ops.sum(ops.square(x), axis=1),
        "largest of the middle": ops.max(x, axis=1, keepdims=True),
        "of rank 4": ops.sum(ops.reshape(z, (N, 3, 2, 4)), axis=2),
        "first and third": ops.sum(ops.reshape(z, (N, 3, 2, 4)), axis=(0, 2)),
        "places": ops.argmax(z, axis=1),
        "picked": ops.gather(w, labels),
        "codes": ops.one_hot(ops.reshape(labels, (N * 3,)), 5, "float64") * 2.0,
        "losses": ops.sparse_softmax_cross_entropy(z, ops.reshape(labels, (N * 3,))),
    }
    return [seed, step], found, total


def test_multiples_of_the_batch_and_middle_axes(monkeypatch):
    monkeypatch.setattr(sharding, "_WORTH", 0.0)
    monkeypatch.setattr(sharding, "_SMALL_VALUE", 1)
    x, w = input_node("x", ("n", 3, 5), "float64"), input_node("w", (5, 8), "float64")
    labels = input_node("labels", ("n", 3), "int64")
    numbers, found, total = values_of(x, labels, w)
    for node, slope in zip([x, w], gradients(total, [x, w]), strict=True):
        found[f"slope of {node.attrs['name']}"] = slope
    program = simplify(Program("multiples", [x, w, labels, *numbers], found))
    rng = np.random.default_rng(2)
    given = {"x": rng.normal(size=(ROWS, 3, 5)), "w": rng.normal(size=(5, 8))}
    given |= {"labels": rng.integers(0, 5, (ROWS, 3)), "seed": np.int64(1), "step": np.int64(2)}
    results = [compiled(threads).run(program, given) for threads in (1, 2, 3)]
    lifted.close(results[0], Numpy().run(program, given), "float64")
    for name, value in results[0].items():
        assert all(value.tobytes() == other[name].tobytes() for other in results[1:]), name


@pytest.mark.parametrize("shape", [(4, 96), (2, 3, 64)])
def test_dense_over_samples_of_several_rows(shape):
    """The step is large enough to be shared as it stands; the last batch is short."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(700, *shape)), rng.normal(size=(700, 2))

    def trained(backend):
        net = gn.Sequential([gn.layers.Dense(48, "relu"), gn.layers.Flatten(), gn.layers.Dense(2)],
                            dtype="float64", seed=1)  # fmt: skip
        net.compile("adam", loss="mse")
        history = net.fit(x, y, batch_size=512, epochs=2, verbose=0, backend=backend)
        step = net.network.step()
        assert lowered(step, ("x", "y"), 512, {})[0].shards > 1
        return [
            *net.get_weights(),
            np.array(history.history["loss"]),
            net.predict(x, backend=backend),
        ]

    expected = trained("numpy")
    results = [trained(compiled(threads)) for threads in (1, 2, 3)]
    for k, value in enumerate(expected):
        np.testing.assert_allclose(results[0][k], value, rtol=1e-10, atol=1e-12)
        assert all(results[0][k].tobytes() == other[k].tobytes() for other in results[1:])


def test_tiles_of_another_length_wait_for_each_other(monkeypatch):
    """Places are used again; a shard of 9 rows and one of 4 end at different numbers in them."""
    monkeypatch.setattr(sharding, "_WORTH", 0.0)
    monkeypatch.setattr(sharding, "_SMALL_VALUE", 1)
    a, b = input_node("a", (9, 4), "float64"), input_node("b", (4, 9), "float64")
    x, factor = input_node("x", ("n", 9), "float64"), input_node("f", (1,), "float64")
    first = ops.tanh(a * factor)
    sums = ops.matmul(x, first)
    second = ops.tanh(b * ops.sum(sums))
    y = ops.matmul(sums, second)
    program = Program("pieces", [a, b, x, factor], {"y": ops.sum(y, axis=1)})
    traffic = []
    right = phases.traffic_of
    monkeypatch.setattr(phases, "traffic_of", lambda *a: traffic.append(right(*a)) or traffic[-1])
    lowered(program, ("x",), 1024, {})
    tiles = [one for one in traffic if type(one.sharing) is Tiles]
    assert len({one.sharing.length for one in tiles}) > 1
    for one in tiles:
        for other in tiles:
            shared = set(one.writes) & (set(other.writes) | set(other.reads))
            if one.sharing.length != other.sharing.length and shared:
                assert one.collides(other)
