"""How values lie: rows that do not crowd in one place of the cache; memory kept between runs."""

import math
import re

import numpy as np
import pytest

import glassnet as gn
from glassnet.backends import Compiled, Numpy
from glassnet.backends.compiled.schedule.places import PASSING, Arena, apart
from glassnet.graph import Program, input_node
from glassnet.graph.dims import Dim, bind

# 256 numbers of float64 are 2048 bytes: rows so long lie a cache line further apart.
WIDE = 256
N = Dim("n")
D = gn.layers


def wide(layers, dtype="float64", optimizer="adam"):
    net = gn.Sequential([*layers, D.Dense(3, "softmax")], dtype=dtype, seed=1)
    net.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy")
    net.build((None, WIDE))
    return net


def samples(rows=150, dtype="float64"):
    rng = np.random.default_rng(0)
    return rng.normal(size=(rows, WIDE)).astype(dtype), rng.integers(0, 3, rows)


def trained(layers, backend, **options):
    net = wide(layers())
    x, y = samples()
    net.fit(x, y, batch_size=options.pop("batch_size", 64), epochs=2, verbose=0, backend=backend)
    return net


@pytest.mark.parametrize("lasting", [True, False])
@pytest.mark.parametrize("dtype", sorted(PASSING))
def test_places_start_where_machine_code_expects_them(dtype, lasting):
    """Vectors are moved to and from multiples of 64 bytes, whatever the sizes of the values."""
    arena, rng = Arena({"n": 7}), np.random.default_rng(0)
    item = np.dtype(dtype).itemsize
    end = 0
    for _ in range(100):
        shape = tuple(int(size) for size in rng.integers(1, 9, int(rng.integers(4))))
        place = arena.take((N, *shape) if rng.random() < 0.5 else shape, dtype, lasting)
        assert place.offset * item % 64 == 0 and place.offset >= end
        end = place.offset + math.prod(bind(place.shape, {"n": 7}))
    assert arena.used[place.pointer] >= end


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_truth_values_of_many_sizes(dtype):
    """Programs whose masks of odd sizes lie one after the other."""
    rng = np.random.default_rng(1)
    for count in (2, 5, 9):
        shapes = [(int(rng.integers(1, 12)), int(rng.integers(1, 12))) for _ in range(count)]
        inputs = [input_node(f"x{k}", shape, dtype) for k, shape in enumerate(shapes)]
        rows = input_node("rows", ("n", 3), dtype)
        masks = {f"mask {k}": x > 0.5 * x * x for k, x in enumerate(inputs)}
        program = Program("masks", [*inputs, rows], {**masks, "of rows": rows < 0.0})
        given = {f"x{k}": rng.normal(size=shape).astype(dtype) for k, shape in enumerate(shapes)}
        for size in (1, 7, 40):
            given["rows"] = rng.normal(size=(size, 3)).astype(dtype)
            found = Compiled(threads=1).run(program, given)
            for name, value in Numpy().run(program, given).items():
                np.testing.assert_array_equal(found[name], value, err_msg=name)


def test_only_rows_that_crowd_lie_apart():
    assert apart((784, 1024), "float32") == (1040, 1)
    assert apart((784, 256), "float64") == (264, 1)
    assert apart((784, 1000), "float32") == (1000, 1)
    assert apart((1, 1024), "float32") == (1024, 1)


LAYERS = {
    "dense": lambda: [D.Dense(WIDE, "tanh"), D.Dense(WIDE, "relu")],
    "dropout": lambda: [D.Dense(WIDE, "relu"), D.Dropout(0.3), D.Dense(WIDE)],
    "masked": lambda: [D.MaskedDense(np.tri(WIDE)), D.Activation("gelu")],
    "reshaped": lambda: [D.Dense(WIDE), D.Reshape((16, 16)), D.Flatten(), D.Dense(WIDE, "elu")],
    "softmax": lambda: [D.Dense(2 * WIDE, "selu"), D.Dense(WIDE, "softmax")],
}


@pytest.mark.parametrize("batch_size", [1, 7, 128])
@pytest.mark.parametrize("name", LAYERS)
def test_rows_apart_agree_with_numpy(name, batch_size):
    one = trained(LAYERS[name], Compiled(), batch_size=batch_size)
    two = trained(LAYERS[name], "numpy", batch_size=batch_size)
    for a, b in zip(one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)
    x, _ = samples()
    np.testing.assert_allclose(
        one.predict(x, backend=Compiled()), two.predict(x, backend="numpy"), rtol=1e-9, atol=1e-12
    )


def test_rows_do_lie_apart():
    source = wide(LAYERS["dense"]()).compiled_source(128)
    assert re.search(r"product\(.* 264, ", source)
    assert " * 264 + " in source


def test_memory_is_used_again_and_holds_nothing_over():
    """Runs one after the other on one backend give the bits of runs on backends of their own."""
    backend = Compiled()
    shared = [wide(LAYERS["dense"]()), wide(LAYERS["dense"](), optimizer="sgd")]
    alone = [wide(LAYERS["dense"]()), wide(LAYERS["dense"](), optimizer="sgd")]
    x, y = samples()
    for _ in range(2):
        for one, other in zip(shared, alone, strict=True):
            one.fit(x, y, batch_size=32, epochs=1, verbose=0, backend=backend)
            other.fit(x, y, batch_size=32, epochs=1, verbose=0, backend=Compiled())
    kept = backend._spare
    assert kept is not None
    shared[1].fit(x, y, batch_size=32, epochs=1, verbose=0, backend=backend)
    alone[1].fit(x, y, batch_size=32, epochs=1, verbose=0, backend=Compiled())
    assert backend._spare is kept
    for one, other in zip(shared, alone, strict=True):
        for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
            assert a.tobytes() == b.tobytes()
